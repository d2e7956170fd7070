//! Stock: what NetSuite can ship is what the shop may sell, item by item.

use rust_decimal::Decimal;
use sandbox::netsuite::SeedItem;
use sandbox::shopify::Level;
use waybill::event::{self, Document, Event, NETSUITE, Priority, Source};
use waybill::outbox::writer::store;

use crate::world::{Change, World};

/// The shop's location.
pub(crate) const HERE: u64 = 72_345_678;

/// It shows what NetSuite has at location 6.
pub(crate) const SHOWN: &str = r#"
[store.locations]
"72345678" = ["6"]
"#;

pub(crate) async fn shown(more: &'static str) -> World {
    World::with(Change {
        more,
        ..Change::default()
    })
    .await
}

/// An item that NetSuite has `on_hand` of and the shop sells; its id.
pub(crate) fn sold(world: &World, sku: &str, on_hand: i64) -> u64 {
    world.shop.add_variant(sku, Decimal::TEN);
    let item = world.netsuite.seed_item(SeedItem::new(sku));
    world
        .netsuite
        .set_on_hand(item, "6", Decimal::from(on_hand));
    item
}

/// Marks these items as due, as a sweep does.
pub(crate) async fn mark(world: &World, items: &[u64]) {
    let event = |item: &u64| Event {
        source: Source::Sweep,
        store: NETSUITE.to_owned(),
        topic: "sweep".to_owned(),
        delivery_id: uuid::Uuid::new_v4().to_string(),
        document: Document::new(event::Kind::Item, NETSUITE, item),
        priority: Priority::Item,
        version: None,
        body: Vec::new(),
    };
    let events: Vec<Event> = items.iter().map(event).collect();
    store(&world.database.pool, &events).await.unwrap();
}

pub(crate) fn level(world: &World, sku: &str) -> Level {
    world.shop.level(sku, HERE).unwrap()
}

#[tokio::test]
async fn what_netsuite_has_on_hand_is_on_hand_in_the_shop() {
    let world = shown(SHOWN).await;
    let item = sold(&world, "CUP", 7);
    mark(&world, &[item]).await;
    world.drain_well().await;
    assert_eq!(level(&world, "CUP").on_hand, 7);
}
