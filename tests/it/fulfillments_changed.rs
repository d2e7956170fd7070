//! What happens to a shipment after it was shown: corrections, deletions, and what people do in the shop.

use sandbox::netsuite::Kind as Record;
use sandbox::shopify::line;
use serde_json::json;

use crate::shipment_story::{packages, ships};
use crate::world::{Change, World};

#[tokio::test]
async fn a_corrected_number_is_corrected_without_a_second_mail() {
    let world = World::with(ships()).await;
    let order = world.sold([line("MUG", 1)]).await;
    let id = world.shipped(order, &packages(&["1Z-WRONG"])).await;

    world
        .netsuite
        .person_edits(
            Record::ItemFulfillment,
            id,
            &packages(&["1Z-RIGHT"]),
            &["packageUps"],
        )
        .unwrap();
    world.called(id, "edit").await;
    world.drain_well().await;

    world.arrived_once(order);
    assert_eq!(world.standing(order)[0].numbers, ["1Z-RIGHT"]);
}

#[tokio::test]
async fn a_number_that_comes_later_tells_the_customer_where_the_store_says_so() {
    let world = World::with(Change {
        more: "[store.fulfillments]\nnotify_of_changes = true\ncarriers = { \"33\" = \"UPS\" }",
        ..Change::default()
    })
    .await;
    let order = world.sold([line("MUG", 1)]).await;
    let id = world
        .shipped(order, &json!({ "shipMethod": { "id": "33" } }))
        .await;
    world
        .netsuite
        .person_edits(Record::ItemFulfillment, id, &packages(&["1Z1"]), &[])
        .unwrap();
    world.called(id, "edit").await;
    world.drain_well().await;

    assert_eq!(world.standing(order)[0].numbers, ["1Z1"]);
    assert_eq!(world.mails(order), 2);
}

#[tokio::test]
async fn a_deleted_shipment_is_cancelled_and_its_units_can_ship_again() {
    let world = World::with(ships()).await;
    let order = world.sold([line("MUG", 2)]).await;
    let id = world.shipped(order, &packages(&["1Z1"])).await;

    world
        .netsuite
        .person_deletes(Record::ItemFulfillment, id)
        .unwrap();
    world.called(id, "delete").await;
    world.drain_well().await;
    assert!(world.standing(order).is_empty());

    world.called(id, "delete again").await;
    world.drain_well().await;
    world.shipped(order, &packages(&["1Z2"])).await;
    let standing = world.standing(order);
    assert_eq!(standing.len(), 1);
    assert_eq!(standing[0].numbers, ["1Z2"]);
    assert_eq!(world.mails(order), 2, "one for each package that left");
}

#[tokio::test]
async fn a_shipment_cancelled_in_the_shop_is_not_sent_again() {
    let world = World::with(ships()).await;
    let order = world.sold([line("MUG", 1)]).await;
    let id = world.shipped(order, &packages(&["1Z1"])).await;
    world
        .shop
        .edit(order, |order| {
            for shipment in &mut order.fulfillments {
                shipment.cancelled = true;
            }
        })
        .unwrap();
    world.called(id, "edit").await;
    world.drain().await;

    assert_eq!(world.end_of(id).await, "fulfillment_cancelled");
    assert_eq!(world.mails(order), 1);
}

#[tokio::test]
async fn a_number_that_a_person_corrected_in_the_shop_stays() {
    let world = World::with(ships()).await;
    let order = world.sold([line("MUG", 1)]).await;
    let id = world.shipped(order, &packages(&["1Z1"])).await;
    world
        .shop
        .edit(order, |order| {
            for shipment in &mut order.fulfillments {
                shipment.numbers = vec!["BY-HAND".to_owned()];
            }
        })
        .unwrap();
    world.called(id, "edit").await;
    world.drain_well().await;

    assert_eq!(world.standing(order)[0].numbers, ["BY-HAND"]);
    assert_eq!(world.end_of(id).await, "Shopify shows it already");
}

#[tokio::test]
async fn doubled_and_reordered_calls_change_nothing() {
    let world = World::with(ships()).await;
    let order = world.sold([line("MUG", 3)]).await;
    let part = json!({ "items": [{ "orderLine": 1, "quantity": 1, "itemReceive": true }] });
    let mut first = packages(&["1Z1"]);
    first["item"] = part;
    let ids = [
        world.ships(order, &first),
        world.ships(order, &packages(&["1Z2"])),
    ];
    for call in ["update", "create", "create again"] {
        for id in [ids[1], ids[0]] {
            world.called(id, call).await;
        }
    }
    world.drain_well().await;
    for id in ids {
        world.called(id, "late").await;
    }
    world.drain_well().await;

    let mut numbers: Vec<_> = world
        .standing(order)
        .into_iter()
        .flat_map(|it| it.numbers)
        .collect();
    numbers.sort();
    assert_eq!(numbers, ["1Z1", "1Z2"]);
    assert_eq!(world.mails(order), 2);
}
