//! kill -9 at each step of an order's way: in the end one sales order and one deposit, equal to the cent.

use rust_decimal::Decimal;
use sandbox::netsuite::{Fault, Matcher};
use sandbox::shopify::{When, line};
use sqlx::Connection;
use waybill::outbox::pause::{self, Scope};

use crate::process::{Process, free_address};
use crate::world::{PATIENCE, World};

/// Ten dollars, as every order here.
fn total() -> Decimal {
    Decimal::new(1000, 2)
}

/// A world whose webhooks go to a process that is about to be killed.
async fn world() -> (World, Process, std::net::SocketAddr) {
    let world = World::without_service().await;
    let public = free_address();
    let process = Process::start(&world, public).await;
    world.subscribe(public);
    (world, process, public)
}

/// After the restart everything is as if nothing had happened.
async fn recovers(world: World, public: std::net::SocketAddr, order: u64) {
    let _process = Process::start(&world, public).await;
    world.netsuite.clear_faults();
    world.netsuite.release_parked();
    world.drain_well().await;
    world.holds_once(order, total());
    assert_eq!(world.netsuite.sales_orders().len(), 1);
    assert_eq!(world.netsuite.deposits().len(), 1);
    assert_eq!(world.netsuite.customers().len(), 1);
}

#[tokio::test]
async fn killed_before_the_event_is_stored() {
    let (world, process, public) = world().await;
    let mut connection = world.database.connection().await;
    let mut transaction = connection.begin().await.unwrap();
    sqlx::query("lock table event in access exclusive mode")
        .execute(&mut *transaction)
        .await
        .unwrap();
    let order = world.shop.place_order([line("MUG", 1)]).id;
    world.database.until("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'").await;
    process.kill();
    transaction.rollback().await.unwrap();
    assert_eq!(world.database.number("select count(*) from event").await, 0);
    recovers(world, public, order).await;
}

#[tokio::test]
async fn killed_after_the_event_is_stored() {
    let (world, process, public) = world().await;
    let scope = Scope {
        kind: None,
        owner: Some("us"),
    };
    let pause = pause::start(&world.database.pool, scope, "a test holds it", "test", None)
        .await
        .unwrap();
    let order = world.shop.place_order([line("MUG", 1)]).id;
    world.database.until("select count(*) from event").await;
    process.kill();
    pause::lift(&world.database.pool, pause, "test")
        .await
        .unwrap();
    recovers(world, public, order).await;
}

#[tokio::test]
async fn killed_after_the_claim() {
    let (world, process, public) = world().await;
    let gate = world.shop.park("order", When::BeforeExecution);
    let order = world.shop.place_order([line("MUG", 1)]).id;
    assert!(gate.arrived(PATIENCE).await);
    process.kill();
    gate.release();
    recovers(world, public, order).await;
}

/// Kills the process while NetSuite holds this call, carried out or not.
async fn killed_at(matcher: Matcher, committed: bool) {
    let (world, process, public) = world().await;
    world.netsuite.fail_when(matcher, Fault::Park { committed });
    let order = world.shop.place_order([line("MUG", 1)]).id;
    world
        .until("the call is parked", || world.netsuite.parked() == 1)
        .await;
    process.kill();
    recovers(world, public, order).await;
}

#[tokio::test]
async fn killed_after_the_customer_was_made() {
    killed_at(Matcher::create("salesOrder"), false).await;
}

#[tokio::test]
async fn killed_after_the_customer_left_and_before_its_answer() {
    killed_at(Matcher::create("customer"), true).await;
}

#[tokio::test]
async fn killed_after_the_sales_order_left_and_before_its_answer() {
    killed_at(Matcher::create("salesOrder"), true).await;
}

#[tokio::test]
async fn killed_after_the_deposit_left_and_before_its_answer() {
    killed_at(Matcher::create("customerDeposit"), true).await;
}

#[tokio::test]
async fn killed_before_the_end_is_written() {
    let (world, process, public) = world().await;
    world.netsuite.fail_when(
        Matcher::create("customerDeposit"),
        Fault::Park { committed: true },
    );
    let order = world.shop.place_order([line("MUG", 1)]).id;
    world
        .until("the deposit is made", || world.netsuite.parked() == 1)
        .await;
    let mut connection = world.database.connection().await;
    let mut transaction = connection.begin().await.unwrap();
    sqlx::query("select from outbox for update")
        .execute(&mut *transaction)
        .await
        .unwrap();
    world.netsuite.release_parked();
    world
        .database
        .until("select count(*) from link where kind = 'deposit'")
        .await;
    process.kill();
    transaction.rollback().await.unwrap();
    recovers(world, public, order).await;
}

#[tokio::test]
async fn two_processes_make_each_order_once_and_the_standby_takes_over() {
    let (world, first, public) = world().await;
    let second = free_address();
    let _second = Process::start(&world, second).await;
    world.subscribe(second);
    let mut orders: Vec<u64> = (0..10)
        .map(|_| world.shop.place_order([line("MUG", 1)]).id)
        .collect();
    let booked = || world.netsuite.deposits().len();
    world.until("the first is under way", || booked() > 0).await;
    first.kill();
    orders.extend((0..10).map(|_| world.shop.place_order([line("TEE", 1)]).id));
    world
        .until("the standby has done the rest", || booked() == 20)
        .await;
    let _first = Process::start(&world, public).await;
    world.drain_but_for_webhooks().await;
    for order in orders {
        world.holds_once(order, total());
    }
    assert_eq!(world.netsuite.sales_orders().len(), 20);
}
