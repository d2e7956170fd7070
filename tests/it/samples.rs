//! Shopify's own sample bodies, signed, through the real door: each ends settled or explained.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::door::{DOMAIN, sign};
use crate::world::{Change, World};

const AUD: &str = include_str!("../fixtures/shopify/orders_create.aud-gst.json");
const DOCS: &str = include_str!("../fixtures/shopify/orders_create.docs-2026-07.json");
const REFUND: &str = include_str!("../fixtures/shopify/refunds_create.docs-2026-07.json");
const EDITED: &str = include_str!("../fixtures/shopify/orders_edited.docs-2026-07.json");
const RETURN: &str = include_str!("../fixtures/shopify/returns_approve.docs-2026-07.json");
const CUSTOMER: &str = include_str!("../fixtures/shopify/customers_update.docs-2026-07.json");

/// Posts a body as Shopify would.
async fn post(world: &World, topic: &str, body: &str) {
    let target = world.shop.subscriptions().remove(0).uri;
    let signature = sign("sandbox-secret", body.as_bytes());
    let headers = [
        ("content-type", "application/json"),
        ("x-shopify-topic", topic),
        ("x-shopify-shop-domain", DOMAIN),
        ("x-shopify-webhook-id", topic),
        ("x-shopify-event-id", topic),
        ("x-shopify-api-version", "2026-10"),
        ("x-shopify-hmac-sha256", signature.as_str()),
    ];
    let status = world
        .shop
        .send_raw(&target, &headers, body.as_bytes().to_vec())
        .await;
    assert_eq!(status, Some(200), "{topic}");
}

fn body(text: &str, change: impl FnOnce(&mut Value)) -> Value {
    let mut body = serde_json::from_str(text).unwrap();
    change(&mut body);
    body
}

#[tokio::test]
async fn the_six_sample_bodies_end_settled_with_a_reason_and_write_nothing() {
    let world = World::with(Change {
        currency: Some("AUD"),
        ..Change::default()
    })
    .await;
    let returned = body(DOCS, |body| body["id"] = json!(4_783_296_544_821_u64));
    for order in [body(AUD, |_| {}), body(DOCS, |_| {}), returned] {
        world.shop.import_body(&order).unwrap();
    }
    for (topic, text) in [
        ("orders/create", AUD),
        ("orders/paid", DOCS),
        ("refunds/create", REFUND),
        ("orders/edited", EDITED),
        ("returns/approve", RETURN),
        ("customers/update", CUSTOMER),
    ] {
        post(&world, topic, text).await;
    }
    world.drain_well().await;
    assert_eq!(world.ends().await, ["test order"; 3]);
    let others = "select kind || ': ' || reason from outbox where kind <> 'order'";
    assert_eq!(
        world.database.texts(others).await,
        ["customer: not in NetSuite: brought in with the first order"]
    );
    assert_eq!(world.database.number("select count(*) from event").await, 6);
    world.holds_nothing();
    let calls = world.netsuite_calls();
    assert!(
        calls.iter().all(|call| call.contains("suiteql")),
        "{calls:?}"
    );
}

#[tokio::test]
async fn the_sample_with_gst_goes_whole_once_it_is_no_test() {
    let world = World::with(Change {
        currency: Some("AUD"),
        instead: &[(
            "code = \"11\"\ntype = \"3\"",
            "country = \"AU\"\ntitle = \"GST\"\nrate = \"0.1\"\ncode = \"11\"\ntype = \"3\"",
        )],
        ..Change::default()
    })
    .await;
    let real = body(AUD, |body| body["test"] = json!(false));
    let order = world.shop.import_body(&real).unwrap().id;
    post(&world, "orders/create", &real.to_string()).await;
    world.drain_well().await;
    world.holds_once(order, Decimal::new(5945, 2));
    let booked = world.sales_order(order);
    assert_eq!(booked.currency, "AUD");
    assert_eq!(booked.shipping, Decimal::new(1000, 2));
    assert_eq!(booked.lines.len(), 1);
    assert_eq!(booked.lines[0].item, 903, "a line without a SKU");
    let [gst] = booked.tax_rows.as_slice() else {
        panic!("{:?}", booked.tax_rows)
    };
    assert_eq!(gst.code.as_deref(), Some("11"));
    assert_eq!(gst.amount, Decimal::new(450, 2));
    assert_eq!(gst.rate, Decimal::TEN);
}

#[tokio::test]
async fn the_sample_that_contradicts_itself_is_cancelled_before_import_or_held_with_both_sums() {
    let world = World::start().await;
    let cancelled = body(DOCS, |body| body["test"] = json!(false));
    let contradicting = body(DOCS, |body| {
        body["id"] = json!(820_982_911_946_154_509_u64);
        body["test"] = json!(false);
        body["cancelled_at"] = Value::Null;
        body["cancel_reason"] = Value::Null;
        body["financial_status"] = json!("paid");
    });
    for (topic, order) in [
        ("orders/create", &cancelled),
        ("orders/paid", &contradicting),
    ] {
        world.shop.import_body(order).unwrap();
        post(&world, topic, &order.to_string()).await;
    }
    world.drain().await;
    assert_eq!(
        world.ends().await,
        ["cancelled before it was imported", "source_contradicts"]
    );
    let told = world.explained().await;
    assert!(told[0].contains("404.95"), "{told:?}");
    world.holds_nothing();
}
