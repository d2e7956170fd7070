//! Lost answers and kill -9 on the way of a shipment: the customer gets exactly one mail for each package.

use std::time::Duration;

use sandbox::netsuite::{Fault as Outage, Kind as Record, Matcher};
use sandbox::shopify::{Fault, When, line};
use serde_json::json;

use crate::process::{Process, free_address};
use crate::shipment_story::{ANNEX, from_annex, packages, ships};
use crate::world::{Change, PATIENCE, World};

/// A shipment whose create meets `fault`.
async fn meets(fault: Fault) -> (World, u64) {
    let world = World::with(ships()).await;
    let order = world.sold([line("MUG", 2)]).await;
    let id = world.ships(order, &packages(&["1Z1"]));
    world.shop.fail("CreateFulfillment", fault, 1);
    world.called(id, "create").await;
    world.drain_well().await;
    (world, order)
}

#[tokio::test]
async fn a_lost_reply_is_found_again_and_not_sent_again() {
    for fault in [
        Fault::ReplyLost,
        Fault::BadGatewayAfter,
        Fault::GatewayTimeoutAfter,
    ] {
        let (world, order) = meets(fault).await;
        world.arrived_once(order);
        assert_eq!(world.shop.calls_of("CreateFulfillment"), 1);
    }
}

#[tokio::test]
async fn what_did_not_arrive_is_sent_again_only_when_it_cannot_arrive_any_more() {
    let (world, order) = meets(Fault::ResetBefore).await;
    world.arrived_once(order);
    assert_eq!(world.shop.calls_of("CreateFulfillment"), 2);
    let gap = world.database.number(
        "select (extract(epoch from max(sent_at) - min(sent_at)) * 1000)::int8 from attempt_call where call like 'write shopify fulfillment of %'",
    );
    let deadline = Duration::from_secs(5).as_millis();
    assert!(u128::try_from(gap.await).unwrap() >= deadline);
}

#[tokio::test]
async fn throttling_delays_a_shipment_and_does_not_double_it() {
    let (world, order) = meets(Fault::Throttled).await;
    world.arrived_once(order);
}

#[tokio::test]
async fn a_number_corrected_before_the_restart_does_not_ship_twice() {
    let world = World::without_service_with(ships()).await;
    let public = free_address();
    let process = Process::start(&world, public).await;
    world.subscribe(public);
    let order = world.sold([line("MUG", 4)]).await;
    let mut part = packages(&["1Z-WRONG"]);
    part["item"] = json!({ "items": [{ "orderLine": 1, "quantity": 2, "itemReceive": true }] });
    let id = world.ships(order, &part);
    let gate = world.shop.park("CreateFulfillment", When::AfterExecution);
    world.called(id, "create").await;
    assert!(gate.arrived(PATIENCE).await);
    process.kill();
    gate.release();
    let right = packages(&["1Z-RIGHT"]);
    world
        .netsuite
        .person_edits(Record::ItemFulfillment, id, &right, &["packageUps"])
        .unwrap();
    let _process = Process::start(&world, public).await;
    world.drain_well().await;

    world.arrived_once(order);
    assert_eq!(world.standing(order)[0].numbers, ["1Z-RIGHT"]);
}

#[tokio::test]
async fn an_outage_of_netsuite_delays_shipments_and_loses_none() {
    let world = World::with(ships()).await;
    let order = world.sold([line("MUG", 1)]).await;
    let id = world.ships(order, &packages(&["1Z1"]));
    world
        .netsuite
        .fail_times(3, Matcher::any(), Outage::Maintenance);
    world.called(id, "create").await;
    world.drain_well().await;
    world.arrived_once(order);
}

/// The twins with an order that ships from two places, and a process that will be killed.
async fn two_places() -> (World, Process, std::net::SocketAddr, u64, u64) {
    let world = World::without_service_with(Change {
        more: "[store.fulfillments]\nelsewhere = \"as_assigned\"\ncarriers = { \"33\" = \"UPS\" }",
        annex: Some(ANNEX),
        ..Change::default()
    })
    .await;
    let public = free_address();
    let process = Process::start(&world, public).await;
    world.subscribe(public);
    let order = world
        .sold([line("MUG", 1), from_annex(line("TEE", 2))])
        .await;
    let id = world.ships(order, &packages(&["1Z1"]));
    (world, process, public, order, id)
}

async fn killed(on: &str, when: When, sent: usize) {
    let (world, process, public, order, id) = two_places().await;
    let gates: Vec<_> = (0..sent).map(|_| world.shop.park(on, when)).collect();
    world.called(id, "create").await;
    for (index, gate) in gates.iter().enumerate() {
        assert!(gate.arrived(PATIENCE).await);
        if index + 1 < gates.len() {
            gate.release();
        }
    }
    process.kill();
    for gate in &gates {
        gate.release();
    }
    let _process = Process::start(&world, public).await;
    world.drain_well().await;

    let places: Vec<u64> = world.standing(order).iter().map(|it| it.location).collect();
    assert_eq!(places.len(), 2, "{places:?}");
    assert_ne!(places[0], places[1]);
    assert_eq!(world.mails(order), 2, "one for each package");
}

#[tokio::test]
async fn killed_before_the_first_place_ships() {
    killed("ShipmentsQuery", When::BeforeExecution, 1).await;
}

#[tokio::test]
async fn killed_after_the_first_place_left_and_before_its_answer() {
    killed("CreateFulfillment", When::AfterExecution, 1).await;
}

#[tokio::test]
async fn killed_between_two_places() {
    killed("CreateFulfillment", When::BeforeExecution, 2).await;
}

#[tokio::test]
async fn killed_after_both_places_left_and_before_the_last_answer() {
    killed("CreateFulfillment", When::AfterExecution, 2).await;
}
