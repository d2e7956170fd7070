//! The program from outside: how it starts, how it stops, and the status it ends with.

use sandbox::netsuite::{Fault, Matcher};
use sandbox::shopify::line;

use crate::process::{Process, free_address, run};
use crate::world::World;

#[tokio::test]
async fn sigterm_finishes_what_is_in_flight_gives_the_lease_back_and_ends_with_0() {
    let world = World::without_service().await;
    let public = free_address();
    let process = Process::start(&world, public).await;
    world.subscribe(public);
    let slow = Fault::Slow { ms: 500 };
    world
        .netsuite
        .fail_when(Matcher::create("salesOrder"), slow);
    let order = world.shop.place_order([line("MUG", 1)]).id;
    world
        .until("the sales order is on its way", || {
            world.netsuite.faults_left() == 0
        })
        .await;
    assert_eq!(process.terminate().await, Some(0));
    assert_eq!(world.deposits(order).len(), 1, "the pass was finished");
    let free = "select count(*) from dispatcher_lease where until <= now()";
    assert_eq!(world.database.number(free).await, 1);
    assert_eq!(
        world
            .database
            .number("select count(*) from outbox where claims > ended")
            .await,
        0
    );
}

#[tokio::test]
async fn a_database_of_another_account_is_refused_with_2() {
    let world = World::without_service().await;
    let url = Some(world.database.url.as_str());
    assert_eq!(run(&world, &["migrate"], url).0, Some(0));
    sqlx::query("insert into installation (account, stores) values ('7654321', '{}')")
        .execute(&world.database.pool)
        .await
        .unwrap();
    let (status, said) = run(&world, &["serve"], url);
    assert_eq!(status, Some(2), "{said}");
    assert!(
        said.contains("7654321") && said.contains("1234567_SB1"),
        "{said}"
    );
}

#[tokio::test]
async fn without_a_database_serve_ends_with_2_and_names_the_variable() {
    let world = World::without_service().await;
    let (status, said) = run(&world, &["serve"], None);
    assert_eq!(status, Some(2));
    assert!(
        said.contains("DATABASE_URL") && said.contains("--private-postgres"),
        "{said}"
    );
}

#[tokio::test]
async fn a_document_that_nobody_named_cannot_be_explained_and_nonsense_is_unusable() {
    let world = World::without_service().await;
    let url = Some(world.database.url.as_str());
    assert_eq!(run(&world, &["explain", "order/us/1"], url).0, Some(1));
    assert_eq!(run(&world, &["explain", "nonsense/us/1"], url).0, Some(2));
    assert_eq!(run(&world, &["pause", "mars"], url).0, Some(2));
    assert_eq!(run(&world, &["sweep", "--kind", "return"], url).0, Some(2));
    assert_eq!(run(&world, &["health"], None).0, Some(1));
}

#[tokio::test]
async fn a_paused_store_waits_and_goes_on_when_resumed() {
    let world = World::start().await;
    let url = Some(world.database.url.as_str());
    assert_eq!(
        run(&world, &["pause", "us", "--reason", "stock-taking"], url).0,
        Some(0)
    );
    let order = world.shop.place_order([line("MUG", 1)]).id;
    world.database.until("select count(*) from outbox").await;
    let (status, told) = run(&world, &["explain", &format!("order/us/{order}")], url);
    assert_eq!(status, Some(0), "{told}");
    assert!(told.contains("stock-taking"), "{told}");
    assert!(world.netsuite.sales_orders().is_empty());
    assert_eq!(run(&world, &["resume", "us"], url).0, Some(0));
    world.drain_well().await;
    assert_eq!(world.deposits(order).len(), 1);
}

#[tokio::test]
async fn the_set_up_is_checked_without_calling_anybody() {
    let world = World::without_service().await;
    let (status, told) = run(&world, &["check", "--offline"], None);
    assert_eq!(status, Some(0), "{told}");
    assert!(world.netsuite.calls().is_empty() && world.shop.calls().is_empty());
}
