//! Shipments by the real door: NetSuite's script signs and posts, and its posts get lost, doubled, reordered.

use std::time::Duration;

use sandbox::netsuite::{Handling, Kind as Record, Release};
use sandbox::shopify::line;
use tokio::time::Instant;

use crate::shipment_story::{packages, ships};
use crate::world::World;

/// A world whose account posts what is saved to the service.
async fn told() -> World {
    let world = World::with(ships()).await;
    world.script(false);
    world
}

#[tokio::test]
async fn a_shipment_saved_in_netsuite_is_at_the_customer_within_seconds() {
    let world = told().await;
    let order = world.sold([line("MUG", 1)]).await;
    let saved = Instant::now();
    world.ships(order, &packages(&["1Z1"]));
    world
        .until("it is shown", || !world.standing(order).is_empty())
        .await;
    assert!(saved.elapsed() < Duration::from_secs(10));
    world.drain_well().await;
    world.arrived_once(order);
}

#[tokio::test]
async fn doubled_and_reordered_posts_are_one_mail_for_each_package() {
    let world = told().await;
    let order = world.sold([line("MUG", 1)]).await;
    world.netsuite.handle_callbacks(Handling::Hold, Some(2));
    let id = world.ships(order, &packages(&["1Z-WRONG"]));
    world
        .netsuite
        .person_edits(
            Record::ItemFulfillment,
            id,
            &packages(&["1Z-RIGHT"]),
            &["packageUps"],
        )
        .unwrap();
    world.netsuite.release_callbacks(Release::Reversed);
    world.netsuite.callbacks_settled().await;
    world.drain_well().await;
    world.arrived_once(order);

    world
        .netsuite
        .handle_callbacks(Handling::Duplicate(5), Some(1));
    world
        .netsuite
        .person_deletes(Record::ItemFulfillment, id)
        .unwrap();
    world.netsuite.callbacks_settled().await;
    world.drain_well().await;
    assert!(world.standing(order).is_empty());
    assert_eq!(world.mails(order), 1);
}
