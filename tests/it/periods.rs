//! Closed accounting periods: what posts moves, waits or keeps its day, by the store's setting.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sandbox::netsuite::Settings;
use sandbox::shopify::{PlaceOrder, line};

use crate::world::{Change, World};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// All before November is closed.
fn october_is_closed(account: &mut Settings) {
    account.books_closed_before = Some(day("2026-11-01"));
}

async fn world(orders: &'static str) -> World {
    World::with(Change {
        orders,
        account: Some(october_is_closed),
        ..Change::default()
    })
    .await
}

/// Placed and paid on the 20th of October.
fn of_october() -> PlaceOrder {
    let at: DateTime<Utc> = "2026-10-20T12:00:00Z".parse().unwrap();
    PlaceOrder {
        created_at: Some(at),
        processed_at: Some(at),
        ..PlaceOrder::of([line("MUG", 1)])
    }
}

/// How often the periods were asked for.
fn asked(world: &World) -> usize {
    let calls = world.netsuite.calls().into_iter();
    calls
        .filter(|call| call.body.to_string().contains("accountingperiod"))
        .count()
}

#[tokio::test]
async fn a_deposit_of_a_closed_period_is_dated_into_the_first_open_one_and_the_plan_says_why() {
    let world = world("closed_period = \"first_open\"").await;
    let order = world.shop.place_order(of_october());
    let fresh = world.shop.place_order([line("MUG", 1)]);
    world.drain_well().await;
    world.holds_once(order.id, Decimal::TEN);
    world.holds_once(fresh.id, Decimal::TEN);
    assert_eq!(world.sales_order(order.id).date, Some(day("2026-10-20")));
    assert_eq!(world.deposits(order.id)[0].date, Some(day("2026-11-01")));
    let noted =
        "select plan -> 'notes' ->> 0 from attempt where jsonb_array_length(plan -> 'notes') > 0";
    let notes = world.database.texts(noted).await;
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(
        notes[0].contains("dated 2026-11-01") && notes[0].contains("2026-10-20"),
        "{notes:?}"
    );
    assert_eq!(asked(&world), 1, "the periods are remembered");
}

#[tokio::test]
async fn held_is_held_before_anything_is_written_until_the_period_is_open() {
    let world = world("closed_period = \"hold\"").await;
    world.shop.place_order(of_october());
    world.drain().await;
    assert_eq!(world.ends().await, ["period_closed"]);
    assert!(world.explained().await[0].contains("2026-10-20"));
    world.holds_nothing();
}

#[tokio::test]
async fn the_original_day_is_kept_and_netsuite_decides() {
    let world = world("closed_period = \"original\"").await;
    let order = world.shop.place_order(of_october());
    world.drain().await;
    assert_eq!(world.ends().await, ["period_closed"]);
    assert_eq!(world.sales_order(order.id).date, Some(day("2026-10-20")));
    assert!(world.netsuite.deposits().is_empty());
    assert_eq!(asked(&world), 0);
}
