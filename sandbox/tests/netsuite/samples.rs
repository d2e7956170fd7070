//! Requests and answers seen on live accounts, against the twin.

use rust_decimal::Decimal;
use sandbox::netsuite::{Kind, SeedItem};
use serde_json::{Value, json};

use crate::world::World;

fn sample(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// A customer of the parent company and the items the samples name.
async fn world() -> (World, String) {
    let world = World::start().await;
    let buyer = json!({ "companyName": "Example Ltd", "subsidiary": "1" });
    let buyer = world.account.seed_customer(&buyer).unwrap().to_string();
    world
        .account
        .seed_item(SeedItem::new("SAMPLE").with_id(567));
    for (id, name) in [(2, "Sales tax"), (3, "Shipping"), (4, "Discount given")] {
        world
            .account
            .seed_item(SeedItem::of(Kind::OtherChargeSaleItem, name).with_id(id));
    }
    (world, buyer)
}

#[tokio::test]
async fn the_sales_order_production_code_sends_is_taken() {
    let (world, buyer) = world().await;
    let mut order = sample(include_str!("../fixtures/salesorder-create-request.json"));
    order["entity"]["id"] = json!(buyer);
    let reply = world.post("salesOrder", &order).await;
    assert_eq!(reply.status, 204, "{}", reply.body);
    assert_eq!(
        world.account.sales_orders()[0].total,
        Decimal::new(37185, 2)
    );
}

#[tokio::test]
async fn the_invoice_with_a_tax_override_is_taken() {
    let (world, buyer) = world().await;
    let mut invoice = sample(include_str!(
        "../fixtures/invoice-suitetax-override-request.json"
    ));
    invoice["entity"]["id"] = json!(buyer);
    let reply = world.post("invoice", &invoice).await;
    assert_eq!(reply.status, 204, "{}", reply.body);
    assert_eq!(
        world.account.transactions(Kind::Invoice)[0].total,
        Decimal::new(238, 0)
    );
}

#[tokio::test]
async fn rows_and_faults_have_the_forms_of_live_ones() {
    let (world, _) = world().await;
    let live = sample(include_str!("../fixtures/suiteql-customers-200.json"));
    let reply = world.query("SELECT * FROM customer", &[]).await.body;
    let keys = |value: &Value| {
        value
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(&reply), keys(&live));
    for (name, value) in reply["items"][0].as_object().unwrap() {
        let seen = &live["items"][0][name];
        assert!(
            seen.is_null() || value.is_string() == seen.is_string(),
            "{name}"
        );
        assert_eq!(*name, name.to_lowercase());
    }
    let dates = |value: &Value| value.as_str().unwrap().split('/').count();
    assert_eq!(
        dates(&reply["items"][0]["datecreated"]),
        dates(&live["items"][0]["datecreated"])
    );

    let live = sample(include_str!(
        "../fixtures/suiteql-unknown-identifier-400.json"
    ));
    let reply = world
        .query("SELECT subsidiary FROM transaction", &[])
        .await
        .body;
    assert_eq!(reply, live);
}

#[tokio::test]
async fn an_inactive_item_or_customer_is_refused_on_a_new_order() {
    let world = World::start().await;
    world
        .account
        .person_deactivates(Kind::InventoryItem, world.mug)
        .unwrap();
    let reply = world.post("salesOrder", &world.order()).await;
    assert_eq!((reply.code(), reply.status.as_u16()), ("USER_ERROR", 400));
    let mut order = world.order();
    order["item"]["items"] = json!([world.line(world.shirt, 1, "1")]);
    world
        .account
        .person_deactivates(Kind::Customer, world.customer)
        .unwrap();
    assert_eq!(world.post("salesOrder", &order).await.code(), "USER_ERROR");
}

#[tokio::test]
async fn what_a_person_does_is_not_a_call_and_has_no_rest_source() {
    let world = World::start().await;
    let mut order = world.order();
    order["tranId"] = json!("#1001");
    order["otherRefNum"] = json!("#1001");
    assert_eq!(
        world.post("salesOrder", &order).await.status,
        400,
        "numbers are given by NetSuite"
    );
    let id = world
        .account
        .person_creates(Kind::SalesOrder, &order)
        .unwrap();
    world
        .account
        .person_makes(Kind::SalesOrder, id, Kind::ItemFulfillment, &json!({}))
        .unwrap();
    world
        .account
        .person_edits(Kind::SalesOrder, id, &json!({ "memo": "call first" }), &[])
        .unwrap();
    assert_eq!(world.account.calls().len(), 1);
    let rows = world.rows("SELECT tranid, otherrefnum, memo, status, source FROM transaction WHERE otherrefnum = ?", &["#1001"]).await;
    assert_eq!(
        rows,
        [
            json!({ "links": [], "tranid": "#1001", "otherrefnum": "#1001", "memo": "call first", "status": "F" })
        ]
    );
}
