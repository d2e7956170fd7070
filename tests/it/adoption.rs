//! Orders that another integration brought in before go-live: linked and left alone, never doubled.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sandbox::netsuite::Kind;
use sandbox::shopify::{Order, PlaceOrder, line};
use serde_json::json;
use std::sync::Arc;

use crate::world::{Change, World};

async fn world() -> World {
    World::with(Change {
        orders: "since = 2026-11-20T00:00:00Z\nadopt = { field = \"otherRefNum\", value = \"order.name\" }",
        ..Change::default()
    })
    .await
}

fn old(world: &World) -> Arc<Order> {
    let created: DateTime<Utc> = "2026-11-19T12:00:00Z".parse().unwrap();
    world.shop.place_order(PlaceOrder {
        created_at: Some(created),
        ..PlaceOrder::of([line("MUG", 1)])
    })
}

/// What another integration made of an order; the id.
fn brought_in(world: &World, number: &str, customer: u64, item: u64) -> u64 {
    let body = json!({
        "entity": { "id": customer.to_string() },
        "otherRefNum": number,
        "item": { "items": [{ "item": { "id": item.to_string() }, "quantity": 1, "rate": 10, "price": { "id": "-1" } }] },
    });
    world
        .netsuite
        .person_creates(Kind::SalesOrder, &body)
        .unwrap()
}

#[tokio::test]
async fn an_order_from_before_go_live_is_linked_shown_and_neither_doubled_nor_changed() {
    let world = world().await;
    let body = json!({ "isPerson": false, "companyName": "Old", "subsidiary": { "id": "2" } });
    let customer = world.netsuite.seed_customer(&body).unwrap();
    let item = world.item("OLD");
    let there = brought_in(&world, "#1001", customer, item);
    brought_in(&world, "#1002", customer, item);
    brought_in(&world, "#1002", customer, item);
    let before = world.netsuite.sales_orders();

    let adopted = old(&world);
    let doubtful = old(&world);
    let alone = old(&world);
    assert_eq!(
        (adopted.name.as_str(), doubtful.name.as_str()),
        ("#1001", "#1002")
    );
    world.drain().await;
    assert_eq!(world.problems().await, ["many_orders"]);
    assert_eq!(world.shown(adopted.id), Some(there.to_string()));
    assert_eq!(world.shown(doubtful.id), None);
    assert_eq!(world.shown(alone.id), None);

    let edited = world
        .shop
        .edit(adopted.id, |order| order.note = Some("new".into()));
    edited.unwrap();
    world.drain().await;
    assert_eq!(world.netsuite.sales_orders(), before);
    assert!(world.netsuite.deposits().is_empty());
    let ends = world.ends().await;
    assert_eq!(ends[0], "brought in by something else");
    assert_eq!(ends[2], "before go-live");

    let new = world.shop.place_order([line("MUG", 1)]).id;
    world.drain().await;
    world.holds_once(new, Decimal::new(1000, 2));
}
