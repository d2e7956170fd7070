//! Documents whose passes die, and systems that are away: the rest goes on, and a person sees why.

use rust_decimal::Decimal;
use sandbox::netsuite::{Fault, Matcher};
use sandbox::shopify::line;
use waybill::outbox::pause::{self, BREAKER, Scope};

use crate::world::World;

/// An order whose earlier passes died so often, as its row says.
async fn after_deaths(world: &World, deaths: &'static str) -> u64 {
    let pool = &world.database.pool;
    let scope = Scope {
        kind: None,
        owner: Some("us"),
    };
    let pause = pause::start(pool, scope, "a test prepares it", "test", None)
        .await
        .unwrap();
    let order = world.shop.place_order([line("MUG", 1)]).id;
    world.database.until("select count(*) from outbox").await;
    sqlx::query(deaths).execute(pool).await.unwrap();
    pause::lift(pool, pause, "test").await.unwrap();
    order
}

#[tokio::test]
async fn a_document_whose_passes_died_three_times_is_held_and_calls_nobody() {
    let world = World::start().await;
    after_deaths(&world, "update outbox set claims = 3").await;
    world.drain().await;
    assert_eq!(world.problems().await, ["quarantined"]);
    assert!(world.netsuite.sales_orders().is_empty());
    let other = world.shop.place_order([line("TEE", 1)]).id;
    world.drain().await;
    world.holds_once(other, Decimal::new(1000, 2));
}

#[tokio::test]
async fn a_document_whose_passes_died_twice_runs_alone_and_is_done() {
    let world = World::start().await;
    let order = after_deaths(&world, "update outbox set claims = 2").await;
    world.drain_well().await;
    world.holds_once(order, Decimal::new(1000, 2));
}

#[tokio::test]
async fn the_breaker_pauses_the_lane_while_netsuite_is_away_and_lets_it_go_on() {
    let world = World::start().await;
    let any = Matcher::any();
    world
        .netsuite
        .fail_always(any, Fault::ServerError { committed: false });
    let order = world.shop.place_order([line("MUG", 1)]).id;
    world
        .database
        .until("select count(*) from pause where lifted_at is null")
        .await;
    let pool = &world.database.pool;
    let paused = pause::in_force(pool).await.unwrap().remove(0);
    assert_eq!(
        (paused.by.as_str(), paused.owner.as_deref()),
        (BREAKER, Some("us"))
    );
    world.netsuite.clear_faults();
    assert!(pause::lift(pool, paused.id, "anna").await.unwrap());
    world.drain_well().await;
    world.holds_once(order, Decimal::new(1000, 2));
}
