//! Changes of an order after it was partly shipped or billed: what is taken, what is refused, what it is then worth.

use rust_decimal::Decimal;
use sandbox::netsuite::{Kind, Settings, TaxMode, Transaction};
use serde_json::{Value, json};

use crate::world::{Reply, World, settings};

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn order(world: &World) -> Transaction {
    world.account.sales_orders().remove(0)
}

/// An order of four mugs at 10.
async fn four_mugs(world: &World) -> u64 {
    let mut body = world.order();
    body["item"]["items"] = json!([world.line(world.mug, 4, "10")]);
    world.post("salesOrder", &body).await.id()
}

fn make(world: &World, order: u64, to: Kind, body: Value) -> u64 {
    world
        .account
        .person_makes(Kind::SalesOrder, order, to, &body)
        .unwrap()
}

fn ship(world: &World, order: u64, quantity: u32, status: &str) {
    let lines = json!([{ "orderLine": 1, "itemReceive": true, "quantity": quantity }]);
    let body = json!({ "shipStatus": status, "item": { "items": lines } });
    make(world, order, Kind::ItemFulfillment, body);
}

async fn change(world: &World, order: u64, line: Value) -> Reply {
    let body = json!({ "item": { "items": [line] } });
    world.patch(&format!("salesOrder/{order}"), &body).await
}

#[tokio::test]
async fn a_line_is_sold_less_down_to_what_is_picked_shipped_or_billed() {
    for status in ["A", "C"] {
        let world = World::start().await;
        let id = four_mugs(&world).await;
        ship(&world, id, 2, status);
        let less = |quantity: u32| json!({ "line": 1, "quantity": quantity });
        let refused = change(&world, id, less(1)).await;
        assert_eq!(refused.status, 400);
        assert_eq!(refused.path(), "item.items[0].quantity");
        assert_eq!(change(&world, id, less(2)).await.status, 204);
        assert_eq!(order(&world).total, dec("20"));
    }
}

#[tokio::test]
async fn a_closed_line_keeps_its_amount_frees_its_stock_and_is_billed_no_more() {
    let world = World::start().await;
    let id = four_mugs(&world).await;
    let committed = || {
        let stock = world.account.stock();
        stock
            .iter()
            .find(|level| level.item == world.mug)
            .unwrap()
            .committed
    };
    assert_eq!(committed(), dec("4"));
    let reply = change(&world, id, json!({ "line": 1, "isClosed": true })).await;
    assert_eq!(reply.status, 204, "{}", reply.body);
    let closed = order(&world);
    assert_eq!((&*closed.status, closed.total), ("H", dec("40")));
    assert_eq!(committed(), Decimal::ZERO);
    let billed = world
        .account
        .person_makes(Kind::SalesOrder, id, Kind::Invoice, &json!({}));
    assert!(billed.is_err());
}

#[tokio::test]
async fn what_is_shipped_is_billed_at_any_moment_in_several_invoices() {
    let world = World::start().await;
    let id = four_mugs(&world).await;
    for quantity in [1, 2] {
        ship(&world, id, quantity, "C");
        make(&world, id, Kind::Invoice, json!({}));
    }
    let totals: Vec<_> = world
        .account
        .transactions(Kind::Invoice)
        .iter()
        .map(|invoice| invoice.total)
        .collect();
    assert_eq!(totals, [dec("10"), dec("20")]);
    let change = change(&world, id, json!({ "line": 1, "quantity": 3 })).await;
    assert_eq!(change.status, 204, "{}", change.body);
    assert_eq!(order(&world).status, "G");
}

#[tokio::test]
async fn native_and_legacy_tax_are_computed_again_when_a_line_changes() {
    for tax in [TaxMode::SuiteTax, TaxMode::Legacy] {
        let world = World::with(Settings {
            tax,
            native_tax_rate: dec("8.25"),
            ..settings()
        })
        .await;
        let id = four_mugs(&world).await;
        assert_eq!(order(&world).tax, dec("3.30"), "{tax:?}");
        change(&world, id, json!({ "line": 1, "quantity": 1 })).await;
        let changed = order(&world);
        assert_eq!((changed.tax, changed.total), (dec("0.83"), dec("10.83")));
        ship(&world, id, 1, "C");
        make(&world, id, Kind::Invoice, json!({}));
        let invoice = &world.account.transactions(Kind::Invoice)[0];
        assert_eq!(invoice.total, dec("10.83"), "{tax:?}");
    }
}

#[tokio::test]
async fn an_overridden_tax_stays_until_its_rows_are_sent_again() {
    let world = World::start().await;
    let id = four_mugs(&world).await;
    let read = world
        .get(&format!("salesOrder/{id}?expandSubResources=true"))
        .await;
    let reference = read.body["item"]["items"][0]["taxDetailsReference"].clone();
    let taxed = |basis: u32, amount: u32| {
        json!({ "taxDetailsOverride": true, "taxDetails": { "items": [{
            "taxDetailsReference": reference, "taxType": "1", "taxCode": "9",
            "taxBasis": basis, "taxRate": 10, "taxAmount": amount,
        }] } })
    };
    let path = format!("salesOrder/{id}?replace=taxDetails");
    assert_eq!(world.patch(&path, &taxed(40, 4)).await.status, 204);
    change(&world, id, json!({ "line": 1, "quantity": 2 })).await;
    assert_eq!(order(&world).total, dec("24"), "the tax of four mugs");
    assert_eq!(world.patch(&path, &taxed(20, 2)).await.status, 204);
    assert_eq!(order(&world).total, dec("22"));
}

#[tokio::test]
async fn a_discount_in_the_header_is_a_line_of_its_own_for_suiteql() {
    let world = World::start().await;
    let mut body = world.order();
    body["discountItem"] = json!({ "id": world.discount.to_string() });
    body["discountRate"] = json!(-5);
    let id = world.post("salesOrder", &body).await.id();
    let rows = world
        .rows(
            "SELECT item, itemtype, foreignamount FROM transactionline \
             WHERE transaction = ? AND itemtype = 'Discount'",
            &[&id.to_string()],
        )
        .await;
    assert_eq!(rows[0]["foreignamount"], "5");
    assert_eq!(rows[0]["item"], world.discount.to_string());
}
