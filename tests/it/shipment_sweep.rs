//! Shipments that no call told of: the sweep of NetSuite.

use sandbox::netsuite::Kind as Record;
use sandbox::shopify::{Blocked, line};
use serde_json::json;
use waybill::event::Kind;
use waybill::sweep;

use crate::shipment_story::{packages, ships};
use crate::world::{Change, PATIENCE, World};

/// As [`asked`], and all that was marked went well.
async fn swept(world: &World) -> (i64, i64) {
    let seen = asked(world).await;
    world.drain_well().await;
    seen
}

/// Asks for a sweep and waits for its end: how many it saw and marked.
async fn asked(world: &World) -> (i64, i64) {
    let pool = &world.database.pool;
    let settings = waybill::config::Sweeps::default();
    let ids = [
        sweep::request(pool, &settings, Kind::Fulfillment, "netsuite", None)
            .await
            .unwrap(),
    ];
    let ended = tokio::time::timeout(PATIENCE, sweep::follow(pool, &ids, |_, _| {}));
    let ended = ended.await.unwrap().unwrap();
    (ended[0].seen, ended[0].marked)
}

#[tokio::test]
async fn a_shipment_that_no_call_told_of_is_there_after_the_next_sweep() {
    let mut change = ships();
    change.instead = &[("order = \"1h\"", "order = \"1h\"\nfulfillment = \"200ms\"")];
    let world = World::with(change).await;
    let order = world.sold([line("MUG", 1)]).await;
    world.ships(order, &packages(&["1Z1"]));
    world
        .until("the sweep finds it", || !world.standing(order).is_empty())
        .await;
    world.drain_well().await;
    world.arrived_once(order);
}

#[tokio::test]
async fn what_was_seen_costs_one_query_until_it_changes() {
    let world = World::with(ships()).await;
    let order = world.sold([line("MUG", 1)]).await;
    let id = world.shipped(order, &packages(&["1Z1"])).await;
    world.netsuite.reset_calls();
    world.shop.reset_calls();

    assert_eq!(swept(&world).await, (1, 0));
    assert_eq!(world.netsuite_calls().len(), 1);
    assert!(world.shipment_calls().is_empty());

    // As a change a second later would leave it.
    world
        .database
        .texts("update outbox set seen_version = seen_version - interval '1 second' where kind = 'fulfillment' returning document")
        .await;
    world
        .netsuite
        .person_edits(
            Record::ItemFulfillment,
            id,
            &packages(&["1Z2"]),
            &["packageUps"],
        )
        .unwrap();
    assert_eq!(swept(&world).await, (1, 1));
    assert_eq!(world.standing(order)[0].numbers, ["1Z2"]);
}

#[tokio::test]
async fn shipments_of_orders_that_are_not_ours_are_not_marked() {
    let world = World::with(ships()).await;
    let customer = json!({ "companyName": "Wholesale", "subsidiary": { "id": "2" } });
    let customer = world.netsuite.seed_customer(&customer).unwrap();
    let mug = world.item("WHOLESALE");
    let sale = json!({
        "entity": { "id": customer.to_string() },
        "orderStatus": { "id": "B" },
        "location": { "id": "6" },
        "item": { "items": [{ "item": { "id": mug.to_string() }, "quantity": 1, "rate": 1.0 }] },
    });
    let sale = world
        .netsuite
        .person_creates(Record::SalesOrder, &sale)
        .unwrap();
    world
        .netsuite
        .person_makes(
            Record::SalesOrder,
            sale,
            Record::ItemFulfillment,
            &json!({}),
        )
        .unwrap();
    assert_eq!(swept(&world).await, (1, 0));
}

#[tokio::test]
async fn a_deletion_that_no_call_told_of_is_found() {
    let mut change = ships();
    change.instead = &[("order = \"1h\"", "order = \"1h\"\ndeleted = \"1ms\"")];
    let world = World::with(change).await;
    let order = world.sold([line("MUG", 1)]).await;
    let id = world.shipped(order, &packages(&["1Z1"])).await;
    world
        .netsuite
        .person_deletes(Record::ItemFulfillment, id)
        .unwrap();
    swept(&world).await;
    assert!(world.standing(order).is_empty());
}

#[tokio::test]
async fn what_the_shop_has_on_hold_is_tried_again_and_ships_once_the_hold_ends() {
    let world = World::with(ships()).await;
    let order = world.sold([line("MUG", 1)]).await;
    world
        .shop
        .edit(order, |order| order.block(Some(Blocked::OnHold)))
        .unwrap();
    let id = world.ships(order, &packages(&["1Z1"]));
    world.called(id, "create").await;
    world.drain().await;
    assert_eq!(world.end_of(id).await, "fulfillment_on_hold");
    // Nobody is told when it ends.
    world.shop.edit(order, |order| order.block(None)).unwrap();
    assert_eq!(asked(&world).await, (1, 0), "it was tried a moment ago");

    world
        .database
        .texts("update outbox set claimed_at = claimed_at - interval '16 minutes' where state = 'held' returning document")
        .await;
    assert_eq!(swept(&world).await, (1, 1));
    world.arrived_once(order);
}

#[tokio::test]
async fn the_window_begins_where_netsuites_own_clock_stood() {
    let world = World::with(Change::default()).await;
    let order = world.sold([line("MUG", 1)]).await;
    world.shipped(order, &json!({})).await;
    swept(&world).await;
    swept(&world).await;
    let gaps = world
        .database
        .texts("select (since_clock = lag(until_clock) over (order by id) - interval '5 minutes')::text from sweep where kind = 'fulfillment' order by id desc limit 1")
        .await;
    assert_eq!(gaps, ["true"]);
}
