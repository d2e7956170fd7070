//! Stock: what NetSuite can ship is what the shop may sell, item by item.

use rust_decimal::Decimal;
use sandbox::netsuite::{Kind, SeedItem};
use sandbox::shopify::{Fulfil, Level, Shop, line};
use serde_json::json;
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

/// A world whose shops show stock, once its first sweeps are over: they mark what the test has held.
pub(crate) async fn shown(more: &'static str) -> World {
    let world = World::with(Change {
        more,
        ..Change::default()
    })
    .await;
    still(&world).await;
    world
}

/// Waits until the first sweeps of all kinds have been, stock's full compare among them, none is under
/// way, and nothing is due.
pub(crate) async fn still(world: &World) {
    world
        .database
        .until(
            "select (count(*) filter (where finished_at is null) = 0
                and count(distinct kind) filter (where kind in ('order', 'fulfillment', 'item')) = 3
                and count(*) filter (where kind = 'item') >= 2)::int::int8 from sweep",
        )
        .await;
    quiet(world).await;
}

/// Waits until the shop's webhooks of what was written have come and been looked at, too.
pub(crate) async fn quiet(world: &World) {
    world.quiet().await;
    world.quiet().await;
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
    // A busy server can refuse once; a sweep then asks again, too.
    while store(&world.database.pool, &events).await.is_err() {}
}

pub(crate) fn level(world: &World, sku: &str) -> Level {
    world.shop.level(sku, HERE).unwrap()
}

/// Why nothing was done for an item.
pub(crate) async fn reason(world: &World, item: u64) -> Option<String> {
    let reason = "select reason from outbox where document = $1";
    let reason = sqlx::query_scalar(reason).bind(format!("item/netsuite/{item}"));
    reason.fetch_one(&world.database.pool).await.unwrap()
}

#[tokio::test]
async fn what_netsuite_has_on_hand_is_on_hand_in_the_shop() {
    let world = shown(SHOWN).await;
    let item = sold(&world, "CUP", 7);
    mark(&world, &[item]).await;
    world.drain_well().await;
    assert_eq!(level(&world, "CUP").on_hand, 7);
}

#[tokio::test]
async fn what_the_shop_sold_is_taken_off_once_whether_or_not_netsuite_knows_it() {
    let world = shown(SHOWN).await;
    let item = sold(&world, "CUP", 10);
    world.shop.place_order([line("CUP", 2)]);
    world.drain_well().await;
    // This one's webhooks are lost.
    world.shop.hold_deliveries();
    world.shop.place_order([line("CUP", 3)]);
    mark(&world, &[item]).await;
    world.drain_well().await;
    let level = level(&world, "CUP");
    assert_eq!((level.on_hand, level.committed), (10, 5));
}

#[tokio::test]
async fn what_was_shipped_by_hand_or_cancelled_in_the_shop_alone_is_not_sold_again() {
    let world = shown(SHOWN).await;
    let items = [sold(&world, "CUP", 10), sold(&world, "POT", 10)];
    let shipped = world.shop.place_order([line("CUP", 2)]);
    let cancelled = world.shop.place_order([line("POT", 2)]);
    mark(&world, &items).await;
    world.drain_well().await;
    world.shop.hold_deliveries();
    world.shop.fulfil(shipped.id, &Fulfil::default()).unwrap();
    world.shop.cancel(cancelled.id, "customer").unwrap();
    mark(&world, &items).await;
    world.drain_well().await;
    for sku in ["CUP", "POT"] {
        let level = level(&world, sku);
        assert_eq!((level.on_hand, level.available()), (8, 8), "{sku}");
    }
}

#[tokio::test]
async fn a_shipment_shows_too_little_until_the_shop_is_told_and_then_the_right_number() {
    let world = shown(SHOWN).await;
    let item = sold(&world, "CUP", 10);
    let order = world.shop.place_order([line("CUP", 2)]);
    mark(&world, &[item]).await;
    world.drain_well().await;
    world.shop.hold_deliveries();
    let sale = world.sales_order(order.id).id;
    let body = json!({ "shipStatus": { "id": "C" } });
    world
        .netsuite
        .person_makes(Kind::SalesOrder, sale, Kind::ItemFulfillment, &body)
        .unwrap();
    mark(&world, &[item]).await;
    world.drain_well().await;
    assert_eq!(level(&world, "CUP").available(), 6);
    world.shop.fulfil(order.id, &Fulfil::default()).unwrap();
    mark(&world, &[item]).await;
    world.drain_well().await;
    let level = level(&world, "CUP");
    assert_eq!((level.on_hand, level.available()), (8, 8));
}

#[tokio::test]
async fn stock_below_zero_is_shown_as_nothing_or_held_as_the_store_wants() {
    for (negative, held, on_hand) in [
        ("\"zero\"", vec![], 0),
        ("\"hold\"", vec!["negative_stock".to_owned()], 5),
    ] {
        let more = format!("{SHOWN}\n[store.inventory]\nnegative = {negative}\n");
        let world = shown(more.leak()).await;
        let item = sold(&world, "CUP", 5);
        mark(&world, &[item]).await;
        world.drain_well().await;
        world.netsuite.set_on_hand(item, "6", Decimal::from(-3));
        mark(&world, &[item]).await;
        world.drain().await;
        assert_eq!(world.problems().await, held);
        assert_eq!(level(&world, "CUP").on_hand, on_hand, "{negative}");
    }
}

#[tokio::test]
async fn a_buffer_is_kept_back_and_never_makes_a_debt() {
    let more = format!("{SHOWN}\n[store.inventory]\nbuffer = 3\n");
    let world = shown(more.leak()).await;
    let items = [sold(&world, "CUP", 7), sold(&world, "POT", 2)];
    mark(&world, &items).await;
    world.drain_well().await;
    assert_eq!(level(&world, "CUP").on_hand, 4);
    assert_eq!(level(&world, "POT").on_hand, 0);
}

#[tokio::test]
async fn what_is_not_shown_says_why() {
    let world = shown(SHOWN).await;
    let untracked = sold(&world, "LOOSE", 4);
    world.shop.untrack("LOOSE");
    let inactive = sold(&world, "OLD", 4);
    world
        .netsuite
        .person_deactivates(Kind::InventoryItem, inactive)
        .unwrap();
    let unsold = world.netsuite.seed_item(SeedItem::new("RAW"));
    let bundle = sold(&world, "SET", 4);
    world.shop.make_bundle("SET");
    world.shop.add_variant("TWIN", Decimal::TEN);
    let twice = sold(&world, "TWIN", 4);
    world.shop.add_variant("WRAP", Decimal::TEN);
    let service = world
        .netsuite
        .seed_item(SeedItem::of(Kind::OtherChargeSaleItem, "WRAP"));
    let items = [untracked, inactive, unsold, bundle, twice, service];
    mark(&world, &items).await;
    world.drain().await;

    assert_eq!(world.problems().await, ["ambiguous_variant"]);
    for (item, part) in [
        (untracked, "does not track"),
        (inactive, "is inactive"),
        (unsold, "no variant of the shop us has the SKU `RAW`"),
        (bundle, "as a bundle"),
        (service, "keeps no stock"),
    ] {
        let reason = reason(&world, item).await.unwrap_or_default();
        assert!(reason.contains(part), "{item}: {reason}");
    }
    for sku in ["LOOSE", "OLD", "SET", "TWIN", "WRAP"] {
        assert_eq!(level(&world, sku).on_hand, 0, "{sku}");
    }
}

/// A kit of these components, sold in the shop; its id.
pub(crate) fn kit(world: &World, sku: &str, members: &[(u64, u32)]) -> u64 {
    world.shop.add_variant(sku, Decimal::TEN);
    world.netsuite.seed_item(SeedItem {
        members: members
            .iter()
            .map(|(item, each)| (*item, Decimal::from(*each)))
            .collect(),
        ..SeedItem::of(Kind::KitItem, sku)
    })
}

#[tokio::test]
async fn a_kit_has_as_many_as_its_scarcest_component_and_takes_from_its_components() {
    let world = shown(SHOWN).await;
    let (cup, tea) = (sold(&world, "CUP", 9), sold(&world, "TEA", 3));
    let set = kit(&world, "TEASET", &[(cup, 2), (tea, 1)]);
    mark(&world, &[cup, tea, set]).await;
    world.drain_well().await;
    assert_eq!(level(&world, "TEASET").on_hand, 3);

    // One set is in NetSuite, another is not: each takes two cups.
    let known = world.shop.place_order([line("TEASET", 1)]);
    world.drain_well().await;
    assert_eq!(world.sales_order(known.id).lines[0].committed, Decimal::ONE);
    world.shop.hold_deliveries();
    world.shop.place_order([line("TEASET", 1)]);
    mark(&world, &[cup, tea, set]).await;
    world.drain_well().await;
    assert_eq!(level(&world, "CUP").available(), 5);
    assert_eq!(level(&world, "TEA").available(), 1);
    assert_eq!(level(&world, "TEASET").available(), 1);
}

#[tokio::test]
async fn an_item_that_got_another_sku_or_was_made_anew_in_the_shop_is_found_again() {
    let world = shown(SHOWN).await;
    let item = sold(&world, "CUP", 7);
    mark(&world, &[item]).await;
    world.drain_well().await;
    world.shop.delete_variant("CUP");
    world.shop.add_variant("CUP", Decimal::TEN);
    mark(&world, &[item]).await;
    world.drain_well().await;
    assert_eq!(level(&world, "CUP").on_hand, 7);
}

#[tokio::test]
async fn two_stores_on_one_location_do_not_sell_the_same_unit() {
    let other = Shop::start(sandbox::shopify::Settings {
        domain: "acme-eu.myshopify.com".into(),
        second_ms: 20,
        restore_rate: Some(100_000),
        ..sandbox::shopify::Settings::default()
    });
    let other = other.await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (id, secret) = (dir.path().join("id"), dir.path().join("secret"));
    std::fs::write(&id, "sandbox-client").unwrap();
    std::fs::write(&secret, "sandbox-secret").unwrap();
    let more = format!(
        r#"{SHOWN}
[[store]]
name = "eu"
domain = "acme-eu.myshopify.com"
url = "{}"
client_id = {{ file = "{}" }}
client_secrets = [{{ file = "{}" }}]
subsidiary = "2"
time_zone = "Europe/Berlin"
[store.tax]
strategy = "suitetax_override"
[store.locations]
"72345678" = ["6"]
"#,
        other.url(),
        id.display(),
        secret.display()
    );
    other.add_variant("CUP", Decimal::TEN);
    // No webhooks come from there: the first sweep finds it.
    other.place_order([line("CUP", 1)]);
    let world = shown(more.leak()).await;
    world
        .database
        .until("select count(*) from outbox where owner = 'eu' and state = 'held'")
        .await;
    let item = sold(&world, "CUP", 10);
    world.shop.hold_deliveries();
    world.shop.place_order([line("CUP", 4)]);
    mark(&world, &[item]).await;
    // The one store's order was there before the item: it waits for a person, and is sold all the same.
    world.drain().await;
    assert_eq!(world.problems().await, ["unknown_sku"]);
    assert_eq!(level(&world, "CUP").available(), 5);
    assert_eq!(other.level("CUP", HERE).unwrap().available(), 5);
}
