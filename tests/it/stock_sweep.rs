//! Stock that nothing told of: the full compare, what a pause leaves behind, and what a pass would write.

use rust_decimal::Decimal;
use tokio_util::sync::CancellationToken;
use waybill::config::Sweeps;
use waybill::event::{Document, Kind, NETSUITE};
use waybill::flows::{self, Context, Preview};
use waybill::journal::{Journal, Urgency};
use waybill::outbox::pause;

use crate::stock::{HERE, SHOWN, level, mark, reason, shown, sold};
use crate::world::{Change, World};

/// As [`SHOWN`], sweeping what changed only when asked.
async fn compared() -> World {
    World::with(Change {
        more: SHOWN,
        instead: &[("order = \"1h\"", "order = \"1h\"\nitem = \"1h\"")],
        ..Change::default()
    })
    .await
}

#[test]
fn a_change_is_swept_well_within_a_minute() {
    assert!(Sweeps::default().item.as_secs() <= 45);
    assert_eq!(Sweeps::default().item_full.as_secs(), 24 * 3600, "nightly");
}

#[tokio::test]
async fn the_full_compare_puts_right_what_no_change_told_of() {
    let world = compared().await;
    let item = sold(&world, "CUP", 7);
    mark(&world, &[item]).await;
    world.drain_well().await;
    // A person changes it in the shop, whose webhook is lost.
    world.shop.set_on_hand("CUP", HERE, 99);
    let compares = "select count(*) from sweep where since = 'epoch' and finished_at is not null";
    let first = "select (count(*) = 1)::int::int8 from sweep where since = 'epoch' and finished_at is not null";
    world.database.until(first).await;
    world.drain_well().await;
    world.shop.set_on_hand("CUP", HERE, 99);
    assert_eq!(world.database.number(compares).await, 1);

    // A night later.
    sqlx::raw_sql(
        "update sweep set started_at = started_at - interval '25 hours' where since = 'epoch'",
    )
    .execute(&world.database.pool)
    .await
    .unwrap();
    world
        .until("it is compared", || level(&world, "CUP").on_hand == 7)
        .await;
    assert_eq!(world.database.number(compares).await, 2);
}

#[tokio::test]
async fn paused_stock_stands_still_and_is_compared_when_the_pause_ends() {
    let world = compared().await;
    let item = sold(&world, "CUP", 7);
    mark(&world, &[item]).await;
    world.drain_well().await;
    let scope = pause::Scope {
        kind: Some(Kind::Item),
        owner: Some("us"),
    };
    let pool = &world.database.pool;
    pause::start(pool, scope, "stocktaking", "anna", None)
        .await
        .unwrap();
    world.netsuite.set_on_hand(item, "6", Decimal::from(3));
    mark(&world, &[item]).await;
    world.drain_well().await;
    assert_eq!(level(&world, "CUP").on_hand, 7);
    let told = reason(&world, item).await.unwrap_or_default();
    assert_eq!(told, "no shop shows stock");

    sqlx::raw_sql("update pause set lifted_at = now()")
        .execute(pool)
        .await
        .unwrap();
    world
        .until("it is compared", || level(&world, "CUP").on_hand == 3)
        .await;
}

#[tokio::test]
async fn a_preview_of_stock_shows_what_a_pass_then_writes() {
    let world = shown(SHOWN).await;
    let item = sold(&world, "CUP", 7);
    let path = world.settings("127.0.0.1:0");
    let config = waybill::config::load(Some(&path)).unwrap();
    let context = Context::new(config, world.database.pool.clone()).unwrap();
    let journal = Journal::of_reads(Urgency::Live, CancellationToken::new());
    let document = Document::new(Kind::Item, NETSUITE, item);

    let previewed = flows::preview(&context, &document, &journal).await.unwrap();
    let Preview::Write { plan } = previewed else {
        panic!("it would write: {previewed:?}");
    };
    assert_eq!(plan.writes[0].body["on_hand"], 7);
    assert_eq!(level(&world, "CUP").on_hand, 0, "nothing is written yet");

    mark(&world, &[item]).await;
    world.drain_well().await;
    let hashes =
        "select plan_hash from attempt where document like 'item/%' and outcome = 'applied'";
    assert_eq!(world.database.texts(hashes).await, [plan.hash()]);
    let again = flows::preview(&context, &document, &journal).await.unwrap();
    assert!(
        matches!(&again, Preview::Skip { reason } if reason == "already equal"),
        "{again:?}"
    );
}
