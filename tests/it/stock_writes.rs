//! Stock: how quantities are set, what it costs, and that nothing is sold twice in a flash sale.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rust_decimal::Decimal;
use sandbox::netsuite::{self, Matcher, SeedItem};
use sandbox::shopify::{Fault, Handling, When, line};
use tokio::time::Instant;

use crate::stock::{HERE, SHOWN, kit, level, mark, quiet, reason, shown, sold, still};
use crate::world::{Change, World};

const SET: &str = "inventorySetQuantities";

/// The topic by which a shop tells of each change of stock, our own among them.
const LEVELS: &str = "inventory_levels/update";

/// The idempotency keys of the writes, in order.
fn keys(world: &World) -> Vec<String> {
    let calls = world.shop.calls().into_iter();
    calls
        .filter(|call| call.root_fields.iter().any(|field| field == SET))
        .map(|call| call.variables["key"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_quantity_that_moved_since_it_was_read_is_read_again() {
    let world = shown(SHOWN).await;
    let item = sold(&world, "CUP", 7);
    let gate = world.shop.park(SET, When::BeforeExecution);
    mark(&world, &[item]).await;
    assert!(gate.arrived(Duration::from_secs(30)).await);
    world.shop.set_on_hand("CUP", HERE, 99);
    gate.release();
    world.drain_well().await;
    assert_eq!(level(&world, "CUP").on_hand, 7);
    let keys = keys(&world);
    assert!(keys.len() == 2 && keys[0] != keys[1], "{keys:?}");
}

#[tokio::test]
async fn a_write_without_an_answer_is_sent_again_with_its_key() {
    for fault in [Fault::ReplyLost, Fault::ResetBefore, Fault::BadGatewayAfter] {
        let world = shown(SHOWN).await;
        let item = sold(&world, "CUP", 7);
        world.shop.fail(SET, fault.clone(), 1);
        mark(&world, &[item]).await;
        world.drain_well().await;
        assert_eq!(level(&world, "CUP").on_hand, 7, "{fault:?}");
        let keys = keys(&world);
        assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    }
}

#[tokio::test]
async fn what_the_shop_refuses_is_explained_and_holds_up_nothing_else() {
    let world = shown(SHOWN).await;
    let items = [sold(&world, "CUP", 7), sold(&world, "SET", 3)];
    mark(&world, &items).await;
    world.drain_well().await;
    // From now on the shop computes it from other variants.
    world.shop.make_bundle("SET");
    for item in items {
        world.netsuite.set_on_hand(item, "6", Decimal::ONE);
    }
    mark(&world, &items).await;
    world.drain_well().await;
    assert_eq!(level(&world, "CUP").on_hand, 1);
    assert_eq!(level(&world, "SET").on_hand, 3);
    let told = reason(&world, items[1]).await.unwrap_or_default();
    assert!(told.contains("as a bundle"), "{told}");
}

#[tokio::test]
async fn a_location_the_shop_does_not_have_is_a_missing_setting() {
    let world = shown("[store.locations]\n\"1\" = [\"6\"]\n").await;
    let item = sold(&world, "CUP", 7);
    mark(&world, &[item]).await;
    world.drain().await;
    assert_eq!(world.problems().await, ["missing_setting"]);
}

#[tokio::test]
async fn what_is_right_already_is_read_and_not_written() {
    let world = shown(SHOWN).await;
    let item = sold(&world, "CUP", 7);
    mark(&world, &[item]).await;
    world.drain_well().await;
    mark(&world, &[item]).await;
    world.drain_well().await;
    assert_eq!(world.shop.calls_of(SET), 1);
    let told = reason(&world, item).await.unwrap_or_default();
    assert_eq!(told, "already equal");
}

#[tokio::test]
async fn the_shops_word_of_our_own_write_costs_no_call_and_that_of_a_sale_is_read() {
    let world = shown(SHOWN).await;
    world.shop.subscribe(LEVELS, &world.door());
    let item = sold(&world, "CUP", 7);
    mark(&world, &[item]).await;
    world.drain_well().await;
    let reads = || world.shop.calls_of("InventoryQuery");
    assert_eq!((reads(), world.shop.calls_of(SET)), (1, 1));
    let told = "select count(*) from outbox where owner = 'us' and reason = 'the shop tells what we wrote'";
    assert_eq!(world.database.number(told).await, 1);

    world.shop.place_order([line("CUP", 1)]);
    world.drain_well().await;
    assert!(reads() >= 2, "{} reads", reads());
}

/// Items with stock that are linked to the shop's variants already.
async fn catalogue(world: &World, count: usize) -> Vec<u64> {
    let items: Vec<u64> = (0..count)
        .map(|number| sold(world, &format!("SKU-{number}"), 5))
        .collect();
    known(world, &items).await;
    items
}

/// Links these items, `SKU-0` and on, to the shop's variants.
async fn known(world: &World, items: &[u64]) {
    let variants = world.shop.variants().into_iter();
    let variants: BTreeMap<String, u64> = variants.map(|it| (it.sku, it.inventory_item)).collect();
    let inventory: Vec<String> = (0..items.len())
        .map(|number| variants[&format!("SKU-{number}")].to_string())
        .collect();
    let ids: Vec<String> = items.iter().map(ToString::to_string).collect();
    sqlx::query(
        "insert into link (kind, store, shopify_id, netsuite_id, document, record, origin)
         select 'item', 'us', shop, item, 'item/netsuite/' || item, 'inventoryItem', 'matched'
         from unnest($1::text[], $2::text[]) as known (shop, item) on conflict do nothing",
    )
    .bind(&inventory)
    .bind(&ids)
    .execute(&world.database.pool)
    .await
    .unwrap();
}

/// What was asked of both, for a failed test.
fn calls(world: &World) -> String {
    let netsuite = world.netsuite.calls().into_iter();
    let netsuite = netsuite.map(|call| format!("netsuite {:?} {:.300?}", call.path, call.body));
    let shop = world.shop.calls().into_iter();
    let shop = shop.map(|call| format!("shop {:?} {:.200?}", call.root_fields, call.variables));
    netsuite.chain(shop).collect::<Vec<_>>().join("\n")
}

/// A lease that outlasts a busy machine: what a pass that lost it was doing is done again.
const PATIENT: (&str, &str) = ("lease = \"2s\"", "lease = \"20s\"");

const ONCE: &[(&str, &str)] = &[(
    "order = \"1h\"",
    "order = \"1h\"\nitem = \"1h\"\nfulfillment = \"1h\"\nitem_full = \"1h\"",
)];

#[tokio::test]
async fn three_hundred_changes_are_one_pass_of_five_calls_and_each_document_has_its_own_attempt() {
    let world = World::with(Change {
        more: SHOWN,
        instead: ONCE,
        ..Change::default()
    })
    .await;
    // The kits are asked for once, and kept.
    still(&world).await;
    world.shop.subscribe(LEVELS, &world.door());
    let items = catalogue(&world, 300).await;
    world.netsuite.reset_calls();
    world.shop.reset_calls();
    mark(&world, &items).await;
    quiet(&world).await;
    assert_eq!(level(&world, "SKU-0").on_hand, 5);
    assert_eq!(level(&world, "SKU-299").on_hand, 5);
    let told = calls(&world);
    assert_eq!(world.netsuite_calls().len(), 1, "{told}");
    assert_eq!(world.shop.calls().len(), 4, "{told}");
    let passes = "select count(distinct pass) from attempt where plan is not null and document like 'item/netsuite/%'";
    assert_eq!(world.database.number(passes).await, 1);
    let attempts =
        "select count(*) from attempt where plan is not null and document like 'item/netsuite/%'";
    assert_eq!(world.database.number(attempts).await, 300);
}

#[tokio::test]
async fn a_change_of_two_thousand_items_costs_at_most_twenty_six_calls_sweep_included() {
    let world = World::with(Change {
        more: SHOWN,
        instead: const { &[PATIENT, ONCE[0]] },
        ..Change::default()
    })
    .await;
    still(&world).await;
    world.shop.subscribe(LEVELS, &world.door());
    catalogue(&world, 2_000).await;
    world.netsuite.reset_calls();
    world.shop.reset_calls();
    sweep_from_later_on(&world).await;
    shows(2_000, || {
        let variants = world.shop.variants().into_iter();
        let levels = variants.filter_map(|it| Some(it.levels.get(&HERE)?.on_hand));
        levels.filter(|on_hand| *on_hand == 5).count()
    })
    .await;
    quiet(&world).await;
    for sku in ["SKU-0", "SKU-1999"] {
        assert_eq!(level(&world, sku).on_hand, 5, "{sku}");
    }
    let calls = world.netsuite_calls().len() + world.shop.calls().len();
    assert!(calls <= 26, "{calls} calls: {}", self::calls(&world));
}

/// Sweeps stock as often as it can, and the orders so often that one sweep ends before the next begins.
const SALE: (&str, &str) = (
    "order = \"1h\"",
    "order = \"5s\"\nitem = \"1s\"\nfulfillment = \"1h\"",
);

/// Sweeps as often as they can.
const OFTEN: &[(&str, &str)] = &[(
    "order = \"1h\"",
    "order = \"1s\"\nitem = \"1s\"\nfulfillment = \"1h\"",
)];

#[tokio::test]
async fn a_change_in_netsuite_is_in_the_shop_within_one_sweep_and_its_kits_with_it() {
    let world = World::with(Change {
        more: SHOWN,
        instead: OFTEN,
        ..Change::default()
    })
    .await;
    let item = sold(&world, "CUP", 9);
    world.shop.add_variant("PAIR", Decimal::TEN);
    world.netsuite.seed_item(SeedItem {
        members: vec![(item, Decimal::TWO)],
        ..SeedItem::of(netsuite::Kind::KitItem, "PAIR")
    });
    let shows = |cups: i64, pairs: i64| {
        level(&world, "CUP").on_hand == cups && level(&world, "PAIR").on_hand == pairs
    };
    world.until("the shop has them", || shows(9, 4)).await;
    world.netsuite.set_on_hand(item, "6", Decimal::from(3));
    world
        .until("the shop has the new number", || shows(3, 1))
        .await;
}

#[tokio::test]
async fn among_thousands_of_kits_those_of_a_changed_component_follow_it() {
    const COMPONENTS: usize = 150;
    const KITS: usize = 1_500;
    let world = World::with(Change {
        more: SHOWN,
        instead: const { &[PATIENT, ONCE[0]] },
        ..Change::default()
    })
    .await;
    let components: Vec<u64> = (0..COMPONENTS)
        .map(|number| sold(&world, &format!("PART-{number}"), 9))
        .collect();
    let kits: Vec<u64> = (0..KITS)
        .map(|number| {
            let component = components[number % COMPONENTS];
            kit(&world, &format!("SKU-{number}"), &[(component, 2)])
        })
        .collect();
    known(&world, &kits).await;
    let shown = |units| {
        let variants = world.shop.variants().into_iter();
        let kits = variants.filter(|it| it.sku.starts_with("SKU-"));
        let levels = kits.filter_map(|it| Some(it.levels.get(&HERE)?.on_hand));
        levels.filter(|on_hand| *on_hand == units).count()
    };
    shows(KITS, || shown(4)).await;
    let changed = components[7];
    world.netsuite.set_on_hand(changed, "6", Decimal::from(3));
    sweep_from_later_on(&world).await;
    let concerned = KITS / COMPONENTS;
    shows(concerned, || shown(1)).await;
    world.drain_well().await;
    assert_eq!((shown(1), shown(4)), (concerned, KITS - concerned));
    assert_eq!(world.problems().await, Vec::<String>::new());
}

/// Waits until so many are shown.
async fn shows(wanted: usize, shown: impl Fn() -> usize) {
    let until = Instant::now() + Duration::from_secs(200);
    while shown() < wanted {
        assert!(Instant::now() < until, "{} of {wanted} are shown", shown());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// What changed in the last two seconds is left to the next sweep: this one looks from later on.
async fn sweep_from_later_on(world: &World) {
    sqlx::query(
        "insert into sweep (kind, store, since, until, backfill)
         values ('item', 'netsuite', now() - interval '1 hour', now() + interval '1 minute', false)",
    )
    .execute(&world.database.pool)
    .await
    .unwrap();
}

#[expect(clippy::too_many_lines, reason = "one story, told in one piece")]
#[tokio::test]
async fn a_flash_sale_while_netsuite_is_away_never_publishes_more_than_can_be_shipped() {
    const ORDERS: usize = 500;
    /// So many come at once.
    const BURST: usize = 10;
    let units = i64::try_from(ORDERS).unwrap();
    let (first, then) = (units * 4 / 5, units * 6 / 5);
    let world = World::with(Change {
        more: SHOWN,
        instead: const { &[PATIENT, SALE] },
        ..Change::default()
    })
    .await;
    let item = sold(&world, "CUP", first);
    world
        .until("the shop has them", || {
            level(&world, "CUP").on_hand == first
        })
        .await;
    // At each write: what the shop sold and may still sell, against what NetSuite has.
    let (held, writes) = (world.netsuite.stock_now(), Arc::new(Mutex::new(Vec::new())));
    let seen = Arc::clone(&writes);
    world.shop.watch_stock(move |write| {
        let held = held();
        let held = held.iter().find(|it| it.item == item && it.location == "6");
        let on_hand = held.map_or(Decimal::ZERO, |it| it.on_hand);
        seen.lock().unwrap().push((write.after, on_hand));
    });

    let away = || {
        let away = netsuite::Fault::Maintenance;
        world.netsuite.fail_always(Matcher::any(), away);
    };
    away();
    for number in 0..ORDERS {
        if number % 10 == 0 {
            world.shop.handle_next(None, Handling::Lose, 3);
        }
        if number == ORDERS / 2 {
            // It comes back for a while, with goods that have arrived.
            world.netsuite.clear_faults();
            world.netsuite.set_on_hand(item, "6", Decimal::from(then));
            lift(&world).await;
        }
        if number == ORDERS * 3 / 4 {
            away();
        }
        world.shop.place_order([line("CUP", 1)]);
        if number % BURST == BURST - 1 {
            world.shop.settle().await.unwrap();
        }
    }
    world.netsuite.clear_faults();
    let until = Instant::now() + Duration::from_secs(240);
    while world.netsuite.sales_orders().len() < ORDERS {
        assert!(Instant::now() < until, "not all orders are in NetSuite");
        lift(&world).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    world.drain_well().await;
    world
        .until("the shop has what arrived", || {
            level(&world, "CUP").on_hand == then
        })
        .await;
    assert_eq!(level(&world, "CUP").available(), then - units);
    assert!(!writes.lock().unwrap().is_empty());
    for (after, on_hand) in writes.lock().unwrap().iter() {
        let shippable = on_hand - Decimal::from(after.committed);
        assert!(
            Decimal::from(after.available()) <= shippable.max(Decimal::ZERO),
            "{after:?} of {on_hand}"
        );
    }
}

/// Ends the breaker's pauses, and makes due what waits to be tried again.
async fn lift(world: &World) {
    let lifted = sqlx::raw_sql(
        "update pause set lifted_at = now() where lifted_at is null;
         update outbox set due_at = now(), not_before = null where state = 'due' and due_at > now()",
    )
    .execute(&world.database.pool)
    .await;
    // A busy server can refuse once; it is asked again soon.
    drop(lifted);
}
