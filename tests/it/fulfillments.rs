//! Shipments of NetSuite as the shop's customers see them: parts, packages, places, carriers.

use sandbox::netsuite::{Kind as Record, SeedItem};
use sandbox::shopify::{Blocked, Fulfil, line};
use serde_json::json;
use waybill::event::Document;
use waybill::flows::{self, Context, Preview};
use waybill::journal::{Journal, Urgency};

use crate::shipment_story::{ANNEX, MAIN, SHIPS, from_annex, packages, ships};
use crate::world::{Change, World};

#[tokio::test]
async fn a_shipment_reaches_the_customer_with_its_number_in_three_calls() {
    let world = World::with(ships()).await;
    let order = world.sold([line("MUG", 2), line("TEE", 1)]).await;
    let id = world.ships(order, &packages(&["1Z999"]));
    world.netsuite.reset_calls();
    world.shop.reset_calls();

    world.called(id, "create").await;
    world.drain_well().await;

    world.arrived_once(order);
    let shipment = &world.standing(order)[0];
    assert_eq!(shipment.company.as_deref(), Some("UPS"));
    assert_eq!(shipment.numbers, ["1Z999"]);
    let units = [("MUG".to_owned(), 2), ("TEE".to_owned(), 1)];
    assert_eq!(world.units(order, shipment), units);
    assert_eq!(
        world.shipment_calls(),
        [("ShipmentsQuery", 1), ("CreateFulfillment", 1)]
    );
    let calls = world.database.texts(
        "select call from attempt_call c join attempt a using (pass) where document like 'fulfillment/%' order by c.id",
    );
    assert_eq!(
        calls.await.len(),
        3,
        "one of NetSuite's and two of Shopify's"
    );
}

#[tokio::test]
async fn parts_of_an_order_ship_one_after_the_other() {
    let world = World::with(ships()).await;
    let order = world.sold([line("MUG", 3), line("TEE", 1)]).await;
    let part = json!({ "items": [
        { "orderLine": 1, "quantity": 2, "itemReceive": true },
        { "orderLine": 2, "itemReceive": false },
    ] });
    world.shipped(order, &json!({ "item": part })).await;

    let first = world.standing(order);
    assert_eq!(world.units(order, &first[0]), [("MUG".to_owned(), 2)]);

    world.shipped(order, &packages(&["1Z2"])).await;

    let both = world.standing(order);
    let rest = [("MUG".to_owned(), 1), ("TEE".to_owned(), 1)];
    assert_eq!(world.units(order, &both[1]), rest);
    assert_eq!(world.mails(order), 2, "one for each package");
}

#[tokio::test]
async fn an_order_of_many_shipments_is_read_to_its_last() {
    let world = World::with(ships()).await;
    let order = world.sold([line("MUG", 47), line("TEE", 1)]).await;
    let mug = world.order(order).lines[0].id;
    // Most were shipped by hand, one by one, in both systems.
    for number in 0..45 {
        let one = Fulfil {
            lines: vec![(mug, 1)],
            numbers: vec![format!("HAND-{number}")],
            ..Fulfil::default()
        };
        world.shop.fulfil(order, &one).unwrap();
    }
    let mut last = packages(&["1Z-LAST"]);
    last["item"] = json!({ "items": [
        { "orderLine": 1, "quantity": 1, "itemReceive": true },
        { "orderLine": 2, "itemReceive": false },
    ] });
    let by_hand = Fulfil {
        lines: vec![(mug, 1)],
        numbers: vec!["1Z-LAST".to_owned()],
        ..Fulfil::default()
    };
    world.shop.fulfil(order, &by_hand).unwrap();
    let id = world.shipped(order, &last).await;

    assert_eq!(world.end_of(id).await, "applied");
    assert_eq!(world.standing(order).len(), 46, "the last is taken over");
    assert_eq!(world.shop.calls_of("CreateFulfillment"), 0);
}

#[tokio::test]
async fn several_packages_of_one_shipment_are_one_fulfillment_with_all_numbers() {
    let world = World::with(ships()).await;
    let order = world.sold([line("MUG", 4)]).await;
    world
        .shipped(order, &packages(&["1Z2", "1Z1", "1Z3"]))
        .await;

    world.arrived_once(order);
    assert_eq!(world.standing(order)[0].numbers, ["1Z1", "1Z2", "1Z3"]);
}

#[tokio::test]
async fn what_is_only_picked_waits_until_it_is_shipped() {
    let world = World::with(ships()).await;
    let order = world.sold([line("MUG", 1)]).await;
    let id = world
        .shipped(order, &json!({ "shipStatus": { "id": "A" } }))
        .await;
    assert!(world.standing(order).is_empty());
    assert_eq!(world.end_of(id).await, "in NetSuite it is picked");

    let shipped = json!({ "shipStatus": { "id": "C" } });
    world
        .netsuite
        .person_edits(Record::ItemFulfillment, id, &shipped, &[])
        .unwrap();
    world.called(id, "ship").await;
    world.drain_well().await;

    world.arrived_once(order);
}

#[tokio::test]
async fn packed_is_enough_where_the_store_says_so_and_no_mail_is_sent_where_it_says_so() {
    let more = "[store.fulfillments]\nship_when = \"packed\"\nnotify_customer = false";
    let world = World::with(Change {
        more,
        ..Change::default()
    })
    .await;
    let order = world.sold([line("MUG", 1)]).await;
    world
        .shipped(order, &json!({ "shipStatus": { "id": "B" } }))
        .await;
    assert_eq!(world.standing(order).len(), 1);
    assert_eq!(world.mails(order), 0);
}

#[tokio::test]
async fn a_carrier_that_shopify_does_not_know_leads_to_its_own_page() {
    let more = r#"
[store.fulfillments]
carriers = { default = "Kurier Plus" }
tracking_urls = { "Kurier Plus" = "https://kurier.example/t/{number}" }
"#;
    let world = World::with(Change {
        more,
        ..Change::default()
    })
    .await;
    let order = world.sold([line("MUG", 1)]).await;
    world.shipped(order, &packages(&["A 1/2"])).await;

    let shipment = &world.standing(order)[0];
    assert_eq!(shipment.company.as_deref(), Some("Kurier Plus"));
    assert_eq!(shipment.urls, ["https://kurier.example/t/A%201%2F2"]);
}

#[tokio::test]
async fn a_kit_counts_and_its_components_do_not() {
    let world = World::with(ships()).await;
    let mug = world.item("KIT-MUG");
    world.netsuite.seed_item(SeedItem {
        members: vec![(mug, 2.into())],
        ..SeedItem::of(Record::KitItem, "SET")
    });
    let order = world.sold([line("SET", 1)]).await;
    world.shipped(order, &packages(&["1Z1"])).await;

    world.arrived_once(order);
    let shipment = &world.standing(order)[0];
    assert_eq!(world.units(order, shipment), [("SET".to_owned(), 1)]);
    let woken = world.database.texts(
        "select document from event where source = 'waybill' and document like 'item/%' order by 1",
    );
    assert!(woken.await.contains(&format!("item/netsuite/{mug}")));
}

#[tokio::test]
async fn an_order_that_ships_from_two_places_is_two_fulfillments() {
    let more = "[store.fulfillments]\nelsewhere = \"as_assigned\"\ncarriers = { \"33\" = \"UPS\" }";
    let world = World::with(Change {
        more,
        annex: Some(ANNEX),
        ..Change::default()
    })
    .await;
    let order = world
        .sold([line("MUG", 1), from_annex(line("TEE", 2))])
        .await;
    world.shipped(order, &packages(&["1Z1"])).await;

    let both = world.standing(order);
    let places: Vec<u64> = both.iter().map(|it| it.location).collect();
    assert_eq!(places, [MAIN, ANNEX]);
    assert_eq!(world.mails(order), 2, "one for each package");
}

#[tokio::test]
async fn what_netsuite_ships_from_elsewhere_is_moved_there_first() {
    let world = World::with(Change {
        more: SHIPS,
        annex: Some(ANNEX),
        ..Change::default()
    })
    .await;
    let order = world
        .sold([line("MUG", 1), from_annex(line("TEE", 2))])
        .await;
    world.shipped(order, &packages(&["1Z1"])).await;

    world.arrived_once(order);
    assert_eq!(world.standing(order)[0].location, MAIN);
    assert_eq!(world.shop.calls_of("MoveFulfillmentOrder"), 1);
}

#[tokio::test]
async fn an_order_on_hold_in_the_shop_is_explained_and_ships_after_its_release() {
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

    world.shop.edit(order, |order| order.block(None)).unwrap();
    world.called(id, "again").await;
    world.drain_well().await;
    world.arrived_once(order);
}

#[tokio::test]
async fn a_scheduled_or_cancelled_order_is_explained() {
    let world = World::with(ships()).await;
    let scheduled = world.sold([line("MUG", 1)]).await;
    let cancelled = world.sold([line("TEE", 1)]).await;
    world
        .shop
        .edit(scheduled, |order| order.block(Some(Blocked::Scheduled)))
        .unwrap();
    let ids = [scheduled, cancelled].map(|order| world.ships(order, &packages(&["1Z1"])));
    world.shop.cancel(cancelled, "customer").unwrap();
    for id in ids {
        world.called(id, "create").await;
    }
    world.drain().await;
    assert_eq!(world.end_of(ids[0]).await, "fulfillment_not_open");
    assert_eq!(world.end_of(ids[1]).await, "fulfilled_elsewhere");
    assert_eq!(world.mails(scheduled) + world.mails(cancelled), 0);
}

#[tokio::test]
async fn an_equal_shipment_made_by_hand_is_taken_over_and_another_one_is_explained() {
    let world = World::with(ships()).await;
    let (equal, other) = (
        world.sold([line("MUG", 1)]).await,
        world.sold([line("TEE", 1)]).await,
    );
    for (order, number) in [(equal, "1Z1"), (other, "BY-HAND")] {
        let by_hand = Fulfil {
            numbers: vec![number.to_owned()],
            ..Fulfil::default()
        };
        world.shop.fulfil(order, &by_hand).unwrap();
    }
    let ids = [equal, other].map(|order| world.ships(order, &packages(&["1Z1"])));
    for id in ids {
        world.called(id, "create").await;
    }
    world.drain().await;

    assert_eq!(world.end_of(ids[0]).await, "applied");
    assert_eq!(world.end_of(ids[1]).await, "fulfilled_elsewhere");
    assert_eq!(world.order(equal).fulfillments.len(), 1);
    assert_eq!(world.shop.calls_of("CreateFulfillment"), 0);
}

#[tokio::test]
async fn shipments_of_orders_that_are_not_ours_are_left_alone() {
    let world = World::with(ships()).await;
    let customer = json!({ "companyName": "Wholesale", "subsidiary": { "id": "2" } });
    let customer = world.netsuite.seed_customer(&customer).unwrap();
    let mug = world.item("WHOLESALE");
    let sale = world
        .netsuite
        .person_creates(
            Record::SalesOrder,
            &json!({
                "entity": { "id": customer.to_string() },
                "orderStatus": { "id": "B" },
                "location": { "id": "6" },
                "item": { "items": [{ "item": { "id": mug.to_string() }, "quantity": 1, "rate": 1.0 }] },
            }),
        )
        .unwrap();
    let id = world
        .netsuite
        .person_makes(
            Record::SalesOrder,
            sale,
            Record::ItemFulfillment,
            &json!({}),
        )
        .unwrap();
    world.called(id, "create").await;
    world.drain_well().await;

    assert_eq!(
        world.end_of(id).await,
        format!("it was made from salesorder {sale}, which is no order of a store")
    );
    assert!(world.shipment_calls().is_empty());
}

#[tokio::test]
async fn what_lives_on_a_shipment_is_woken() {
    let world = World::with(ships()).await;
    let order = world.sold([line("MUG", 1)]).await;
    world.shipped(order, &packages(&["1Z1"])).await;
    let woken = world
        .database
        .texts("select regexp_replace(document, '/[0-9]+$', '') from event where source = 'waybill' order by 1")
        .await;
    assert_eq!(woken, ["item/netsuite", "order/us"]);
}

#[tokio::test]
async fn a_preview_shows_what_a_pass_then_writes() {
    let world = World::with(ships()).await;
    let order = world.sold([line("MUG", 2)]).await;
    let id = world.ships(order, &packages(&["1Z1"]));
    let path = world.settings("127.0.0.1:0");
    let config = waybill::config::load(Some(&path)).unwrap();
    let context = Context::new(config, world.database.pool.clone()).unwrap();
    let journal = Journal::of_reads(Urgency::Live, tokio_util::sync::CancellationToken::new());
    let document = Document::new(waybill::event::Kind::Fulfillment, "netsuite", id);

    let previewed = flows::preview(&context, &document, &journal).await.unwrap();
    let Preview::Write { plan } = previewed else {
        panic!("it would write: {previewed:?}");
    };
    assert!(world.standing(order).is_empty(), "nothing is written yet");

    world.called(id, "create").await;
    world.drain_well().await;
    let hashes = world
        .database
        .texts("select plan_hash from attempt where document like 'fulfillment/%' and outcome = 'applied'")
        .await;
    assert_eq!(hashes, [plan.hash()]);
    let again = flows::preview(&context, &document, &journal).await.unwrap();
    assert!(matches!(again, Preview::Skip { .. }), "{again:?}");
}
