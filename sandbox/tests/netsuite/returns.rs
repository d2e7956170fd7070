//! Returns: from each document, in parts, by hand, and what they do to stock.

use rust_decimal::Decimal;
use sandbox::netsuite::{Kind, Settings};
use serde_json::{Value, json};

use crate::world::{World, settings};

fn make(world: &World, from: Kind, of: u64, to: Kind, body: Value) -> u64 {
    world.account.person_makes(from, of, to, &body).unwrap()
}

fn mugs(world: &World) -> Decimal {
    let stock = world.account.stock();
    let level = stock.iter().find(|level| level.item == world.mug);
    level.unwrap().on_hand
}

fn one() -> Value {
    json!({ "orderStatus": "B", "item": { "items": [{ "line": 1, "quantity": 1 }] } })
}

async fn shipped(world: &World) -> u64 {
    let order = world.post("salesOrder", &world.order()).await.id();
    make(
        world,
        Kind::SalesOrder,
        order,
        Kind::ItemFulfillment,
        json!({}),
    );
    order
}

#[tokio::test]
async fn a_return_comes_from_the_order_the_invoice_or_the_cash_sale_and_never_takes_more() {
    for kind in [Kind::SalesOrder, Kind::Invoice, Kind::CashSale] {
        let world = World::start().await;
        let order = shipped(&world).await;
        let source = if kind == Kind::SalesOrder {
            order
        } else {
            make(&world, Kind::SalesOrder, order, kind, json!({}))
        };
        let rma = || {
            let to = Kind::ReturnAuthorization;
            world.account.person_makes(kind, source, to, &one())
        };
        assert!(rma().is_ok() && rma().is_ok(), "{kind:?}");
        assert!(rma().is_err(), "{kind:?}: two were sold");
    }
}

#[tokio::test]
async fn what_comes_back_is_for_sale_again_only_if_it_is_restocked() {
    for (restock, on_hand) in [(true, 99), (false, 98)] {
        let world = World::start().await;
        let order = shipped(&world).await;
        let to = Kind::ReturnAuthorization;
        let rma = make(&world, Kind::SalesOrder, order, to, one());
        let lines = json!([{ "orderLine": 1, "quantity": 1, "restock": restock }]);
        let body = json!({ "item": { "items": lines } });
        make(&world, to, rma, Kind::ItemReceipt, body);
        assert_eq!(mugs(&world), Decimal::from(on_hand));
    }
}

#[tokio::test]
async fn a_credit_without_a_return_restocks_only_where_the_account_does_so() {
    for (direct_credits_restock, on_hand) in [(true, 99), (false, 98)] {
        let world = World::with(Settings {
            direct_credits_restock,
            ..settings()
        })
        .await;
        let order = shipped(&world).await;
        let invoice = make(&world, Kind::SalesOrder, order, Kind::Invoice, json!({}));
        let one = json!({ "item": { "items": [{ "line": 1, "quantity": 1 }] } });
        make(&world, Kind::Invoice, invoice, Kind::CreditMemo, one);
        assert_eq!(mugs(&world), Decimal::from(on_hand));
    }
}

#[tokio::test]
async fn a_cash_sale_without_an_order_takes_its_goods_and_gives_them_back_when_deleted() {
    let world = World::start().await;
    let mut sale = world.order();
    sale.as_object_mut().unwrap().remove("orderStatus");
    let sale = world.post("cashSale", &sale).await.id();
    assert_eq!(mugs(&world), Decimal::from(98));
    world.account.person_deletes(Kind::CashSale, sale).unwrap();
    assert_eq!(mugs(&world), Decimal::from(100));
}

#[tokio::test]
async fn a_return_entered_by_hand_without_a_source_is_received_and_credited() {
    let world = World::start().await;
    let body = json!({
        "entity": { "id": world.customer.to_string() }, "orderStatus": "B", "location": "6",
        "item": { "items": [world.line(world.mug, 1, "12.50")] },
    });
    let rma = world
        .account
        .person_creates(Kind::ReturnAuthorization, &body)
        .unwrap();
    let from = Kind::ReturnAuthorization;
    make(&world, from, rma, Kind::ItemReceipt, json!({}));
    make(&world, from, rma, Kind::CreditMemo, json!({}));
    assert_eq!(mugs(&world), Decimal::from(101));
    let memo = &world.account.transactions(Kind::CreditMemo)[0];
    assert_eq!(memo.open, Decimal::new(125, 1));
    assert_eq!(
        world.account.transactions(Kind::ReturnAuthorization)[0].status,
        "G"
    );
}
