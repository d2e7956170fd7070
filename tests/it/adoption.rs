//! Orders that another integration brought in before go-live: linked, never doubled; what changes later is closed or held.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sandbox::netsuite::Kind;
use sandbox::shopify::{Editing, Order, Payment, PlaceOrder, line};
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

/// Two mugs, unpaid, from before go-live; another integration brought them in. The sales order.
async fn adopted(world: &World) -> (Arc<Order>, u64) {
    let body = json!({ "isPerson": false, "companyName": "Old", "subsidiary": { "id": "2" } });
    let customer = world.netsuite.seed_customer(&body).unwrap();
    let item = world.item("OLD");
    let body = json!({
        "entity": { "id": customer.to_string() },
        "otherRefNum": "#1001",
        "orderStatus": { "id": "B" },
        "location": { "id": "6" },
        "item": { "items": [{ "item": { "id": item.to_string() }, "quantity": 2, "rate": 10, "price": { "id": "-1" } }] },
    });
    let sale = world
        .netsuite
        .person_creates(Kind::SalesOrder, &body)
        .unwrap();
    let created: DateTime<Utc> = "2026-11-19T12:00:00Z".parse().unwrap();
    let order = world.shop.place_order(PlaceOrder {
        created_at: Some(created),
        ..PlaceOrder::of([line("MUG", 2)]).with_payment(Payment::Pending)
    });
    world.drain_well().await;
    assert_eq!(world.shown(order.id), Some(sale.to_string()));
    (order, sale)
}

fn sale(world: &World) -> sandbox::netsuite::Transaction {
    world.netsuite.sales_orders().remove(0)
}

#[tokio::test]
async fn a_later_edit_is_held_with_both_sides_until_they_agree() {
    let world = world().await;
    let (order, there) = adopted(&world).await;
    let before = sale(&world);
    let edit = Editing::set_quantity(order.lines[0].id, 1);
    world.shop.commit_edit(order.id, &edit).unwrap();
    world.drain().await;
    assert_eq!(world.problems().await, ["changed_after_import"]);
    let told = world.explained().await.concat();
    assert!(told.contains("10.00") && told.contains("20.00"), "{told}");
    assert_eq!(sale(&world), before);
    // A further event neither hides nor clears it.
    world.shop.announce(order.id, &["orders/updated"]);
    world.drain().await;
    assert_eq!(world.problems().await, ["changed_after_import"]);

    let line = before.lines[0].line;
    let body = json!({ "item": { "items": [{ "line": line, "quantity": 1, "amount": 10 }] } });
    world
        .netsuite
        .person_edits(Kind::SalesOrder, there, &body, &[])
        .unwrap();
    world.shop.announce(order.id, &["orders/updated"]);
    world.drain_well().await;
    world.shop.announce(order.id, &["orders/updated"]);
    world.drain_well().await;
    assert_eq!(world.ends().await, ["brought in by something else"]);
    assert_eq!(sale(&world).total, Decimal::new(1000, 2));
}

#[tokio::test]
async fn an_order_of_which_nothing_is_left_closes_the_sales_order_that_nobody_touched() {
    let world = world().await;
    let (order, _) = adopted(&world).await;
    world.shop.cancel(order.id, "customer").unwrap();
    world.drain_well().await;
    assert_eq!(sale(&world).status, "H");
    assert!(world.netsuite.deposits().is_empty());
    world.shop.announce(order.id, &["orders/updated"]);
    world.drain_well().await;
    assert_eq!(world.ends().await, ["brought in by something else"]);
}

#[tokio::test]
async fn a_sales_order_that_is_shipped_is_not_closed_for_a_cancellation() {
    let world = world().await;
    let (order, there) = adopted(&world).await;
    let picked = json!({ "shipStatus": { "id": "A" } });
    world
        .netsuite
        .person_makes(Kind::SalesOrder, there, Kind::ItemFulfillment, &picked)
        .unwrap();
    world.shop.cancel(order.id, "customer").unwrap();
    world.drain().await;
    assert_eq!(world.problems().await, ["changed_after_import"]);
    assert!(sale(&world).lines.iter().all(|line| !line.closed));
}

#[tokio::test]
async fn money_that_went_back_and_is_not_in_netsuite_is_held_with_both_sides() {
    let world = world().await;
    let (order, _) = adopted(&world).await;
    world.shop.mark_paid(order.id).unwrap();
    world.drain_well().await;
    world.shop.cancel(order.id, "customer").unwrap();
    world.drain().await;
    // The order is carried, and what is not is told.
    assert_eq!(sale(&world).status, "H");
    assert_eq!(world.problems().await, ["changed_after_import"]);
    let told = world.explained().await.concat();
    assert!(told.contains("20.00 USD refunded"), "{told}");
}
