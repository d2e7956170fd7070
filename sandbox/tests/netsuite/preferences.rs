//! What the account's preferences do: deposits used by themselves, refunds before the goods come back.

use rust_decimal::Decimal;
use sandbox::netsuite::{Kind, Settings};
use serde_json::{Value, json};

use crate::world::{World, settings};

async fn transform(world: &World, from: &str, id: u64, to: &str, body: Value) -> u64 {
    let path = format!("{from}/{id}/!transform/{to}");
    let reply = world.post(&path, &body).await;
    assert_eq!(reply.status, 204, "{path}: {}", reply.body);
    reply.id()
}

/// An order of two mugs at 12.50 that is shipped and billed.
async fn billed(world: &World) -> (u64, u64) {
    let order = world.post("salesOrder", &world.order()).await.id();
    transform(world, "salesOrder", order, "itemFulfillment", json!({})).await;
    let invoice = transform(world, "salesOrder", order, "invoice", json!({})).await;
    (order, invoice)
}

#[tokio::test]
async fn open_deposits_are_used_for_the_orders_invoice_by_preference() {
    for (auto_apply_deposits, applied, unpaid) in [(true, 2, 0), (false, 0, 25)] {
        let world = World::with(Settings {
            auto_apply_deposits,
            ..settings()
        })
        .await;
        let order = world.post("salesOrder", &world.order()).await.id();
        for payment in [20, 10] {
            let deposit = json!({
                "customer": world.customer, "salesOrder": order, "payment": payment, "account": "123",
            });
            world.post("customerDeposit", &deposit).await.id();
        }
        transform(&world, "salesOrder", order, "itemFulfillment", json!({})).await;
        let body = json!({ "tranDate": "2026-11-20" });
        transform(&world, "salesOrder", order, "invoice", body).await;

        let used = world.account.transactions(Kind::DepositApplication);
        assert_eq!(used.len(), applied);
        assert!(used.iter().all(|one| one.date == "2026-11-20".parse().ok()));
        let invoice = &world.account.transactions(Kind::Invoice)[0];
        assert_eq!(invoice.open, Decimal::from(unpaid));
        let left: Decimal = world.account.deposits().iter().map(|one| one.open).sum();
        assert_eq!(left, Decimal::from(5 + unpaid));
    }
}

#[tokio::test]
async fn goods_are_credited_before_they_are_received_only_by_preference() {
    for (refund_in_advance_of_return, status) in [(true, 204), (false, 400)] {
        let world = World::with(Settings {
            refund_in_advance_of_return,
            ..settings()
        })
        .await;
        let (_, invoice) = billed(&world).await;
        let body = json!({ "orderStatus": "B" });
        let rma = transform(&world, "invoice", invoice, "returnAuthorization", body).await;
        let path = format!("returnAuthorization/{rma}/!transform/creditMemo");
        let reply = world.post(&path, &json!({ "autoApply": false })).await;
        assert_eq!(reply.status, status, "{}", reply.body);
        let receipt = json!({});
        transform(&world, "returnAuthorization", rma, "itemReceipt", receipt).await;
        let again = world.post(&path, &json!({ "autoApply": false })).await;
        assert_eq!(again.status, if status == 204 { 400 } else { 204 });
    }
}

#[tokio::test]
async fn a_credit_memo_pays_its_unpaid_invoice_unless_it_says_what_it_pays() {
    let world = World::start().await;
    let (_, invoice) = billed(&world).await;
    let one = json!({ "item": { "items": [{ "line": 1, "quantity": 1 }] }, "autoApply": false });
    transform(&world, "invoice", invoice, "creditMemo", one).await;
    transform(&world, "invoice", invoice, "creditMemo", json!({})).await;
    let memos = world.account.transactions(Kind::CreditMemo);
    let half = Decimal::new(125, 1);
    assert_eq!((memos[0].open, memos[1].open), (half, Decimal::ZERO));
    assert_eq!(world.account.transactions(Kind::Invoice)[0].open, half);
}

#[tokio::test]
async fn tax_rows_sent_with_a_transform_take_the_place_of_the_copied_ones() {
    let row = |reference: &str, basis: Value, amount: Value| {
        json!({
            "taxDetailsReference": reference, "taxType": "1", "taxCode": "9",
            "taxBasis": basis, "taxRate": 8, "taxAmount": amount,
        })
    };
    for (transform_replaces_tax_rows, tax) in [(true, "0.4"), (false, "0.8")] {
        let world = World::with(Settings {
            transform_replaces_tax_rows,
            ..settings()
        })
        .await;
        let mut order = world.order();
        order["shippingCost"] = json!(5);
        order["taxDetailsOverride"] = json!(true);
        order["taxDetails"] = json!({ "items": [row("SHIPPING", json!(5), json!(0.4))] });
        let reply = world.post("salesOrder", &order).await;
        assert_eq!(reply.status, 204, "{}", reply.body);
        let order = reply.id();
        transform(&world, "salesOrder", order, "itemFulfillment", json!({})).await;
        let body = json!({ "taxDetails": { "items": [row("SHIPPING", json!(5), json!(0.4))] } });
        transform(&world, "salesOrder", order, "invoice", body).await;
        let invoice = &world.account.transactions(Kind::Invoice)[0];
        assert_eq!(invoice.tax, tax.parse().unwrap());
    }
}

#[tokio::test]
async fn custom_fields_of_head_and_lines_go_on_to_what_is_made() {
    let world = World::with(Settings {
        custom_fields: ["custbody_gift_note", "custcol_waybill_line"]
            .map(str::to_owned)
            .into(),
        ..settings()
    })
    .await;
    let mut order = world.order();
    order["custbody_gift_note"] = json!("for you");
    order["item"]["items"][0]["custcol_waybill_line"] = json!("77");
    let order = world.post("salesOrder", &order).await.id();
    transform(&world, "salesOrder", order, "itemFulfillment", json!({})).await;
    transform(&world, "salesOrder", order, "invoice", json!({})).await;
    for kind in [Kind::ItemFulfillment, Kind::Invoice] {
        let made = &world.account.transactions(kind)[0];
        assert_eq!(made.fields["custbody_gift_note"], "for you");
        assert_eq!(made.lines[0].fields["custcol_waybill_line"], "77");
    }
}
