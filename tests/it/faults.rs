//! What the network and the two systems do wrong: each fault at each write, and nothing is lost or doubled.

use rust_decimal::Decimal;
use sandbox::netsuite::{Fault, Matcher};
use sandbox::shopify::{self, Handling, Lag, line};
use waybill::sweep;

use crate::world::World;

fn total() -> Decimal {
    Decimal::new(1000, 2)
}

/// One order of a new customer, with `fault` at the first write of each record.
async fn survives(fault: Fault) {
    for record in ["customer", "salesOrder", "customerDeposit"] {
        let world = World::start().await;
        world
            .netsuite
            .fail_when(Matcher::create(record), fault.clone());
        let order = world.shop.place_order([line("MUG", 1)]).id;
        world.drain_well().await;
        assert_eq!(
            world.netsuite.faults_left(),
            0,
            "{fault:?} at {record} was met"
        );
        world.netsuite.commit_late_now();
        world.drain_well().await;
        world.holds_once(order, total());
        assert_eq!(
            world.netsuite.sales_orders().len(),
            1,
            "{fault:?} at {record}"
        );
        assert_eq!(world.netsuite.deposits().len(), 1, "{fault:?} at {record}");
        assert_eq!(world.netsuite.customers().len(), 1, "{fault:?} at {record}");
    }
}

#[tokio::test]
async fn a_reply_lost_after_the_commit() {
    survives(Fault::ReplyLost).await;
}

#[tokio::test]
async fn a_reset_before_the_commit() {
    survives(Fault::ResetBefore).await;
}

#[tokio::test]
async fn a_commit_that_comes_after_we_gave_up() {
    survives(Fault::CommitLate { ms: None }).await;
}

#[tokio::test]
async fn a_server_error_with_the_commit_and_without() {
    survives(Fault::ServerError { committed: true }).await;
    survives(Fault::ServerError { committed: false }).await;
}

#[tokio::test]
async fn a_maintenance_page_in_html() {
    survives(Fault::Maintenance).await;
}

#[tokio::test]
async fn too_many_requests_and_a_token_that_ends_on_the_way() {
    survives(Fault::TooManyRequests).await;
    survives(Fault::InvalidLogin).await;
}

#[tokio::test]
async fn a_slow_answer_and_a_record_that_was_changed() {
    survives(Fault::Slow { ms: 300 }).await;
    survives(Fault::RecordChanged).await;
}

#[tokio::test]
async fn a_record_that_is_said_to_exist_and_does_not_is_tried_again() {
    for record in ["salesOrder", "customerDeposit"] {
        let world = World::start().await;
        world
            .netsuite
            .fail_when(Matcher::create(record), Fault::AlreadyExists);
        let order = world.shop.place_order([line("MUG", 1)]).id;
        world.drain_well().await;
        world.holds_once(order, total());
    }
}

#[tokio::test]
async fn a_taken_name_is_no_match_and_the_customer_gets_the_configured_one() {
    let world = World::start().await;
    world
        .netsuite
        .fail_when(Matcher::create("customer"), Fault::NameClash);
    let order = world.shop.place_order([line("MUG", 1)]).id;
    world.drain_well().await;
    world.holds_once(order, total());
    let customer = world.netsuite.customers().remove(0);
    let shopify = world.shop.order(order).unwrap().customer.unwrap();
    assert!(
        customer.entity_id.ends_with(&shopify.to_string()),
        "{}",
        customer.entity_id
    );
}

#[tokio::test]
async fn a_field_that_the_form_demands_holds_the_order_and_names_it() {
    let world = World::start().await;
    world.netsuite.fail_always(
        Matcher::create("salesOrder"),
        Fault::MandatoryField {
            label: "Department".into(),
        },
    );
    let order = world.shop.place_order([line("MUG", 1)]).id;
    world.drain().await;
    assert_eq!(world.problems().await, ["field_missing"]);
    let told = world
        .database
        .texts("select problem ->> 'what' from outbox where state = 'held'")
        .await;
    assert!(told[0].contains("Department"), "{told:?}");
    assert!(world.netsuite.sales_orders().is_empty());
    world.netsuite.clear_faults();
    world.shop.announce(order, &["orders/updated"]);
    world.drain_well().await;
    world.holds_once(order, total());
}

#[tokio::test]
async fn shopifys_own_faults() {
    use shopify::Fault;
    for fault in [
        Fault::ReplyLost,
        Fault::BadGatewayAfter,
        Fault::ResetBefore,
        Fault::SlowMs(200),
        Fault::Throttled,
        Fault::InternalError,
        Fault::Unavailable,
        Fault::Unauthorized,
    ] {
        let world = World::start().await;
        for name in ["order", "metafieldsSet"] {
            world.shop.fail(name, fault.clone(), 1);
        }
        let order = world.shop.place_order([line("MUG", 1)]).id;
        world.drain_well().await;
        world.holds_once(order, total());
        let shown = world.shop.metafield(
            &format!("gid://shopify/Order/{order}"),
            "waybill",
            "netsuite_id",
        );
        assert!(shown.is_some(), "{fault:?}");
    }
}

#[tokio::test]
async fn a_read_that_lags_behind_its_webhook_is_waited_for() {
    for lag in [Lag::Earlier, Lag::Missing] {
        let world = World::start().await;
        world.shop.hold_deliveries();
        let order = world.shop.place_order([line("MUG", 1)]).id;
        world.shop.lag(order, lag, 2);
        world.shop.release_deliveries(false);
        world.drain_well().await;
        world.holds_once(order, total());
    }
}

#[tokio::test]
async fn updated_before_create_and_old_bodies_after_newer_ones() {
    let world = World::start().await;
    world.shop.hold_deliveries();
    let order = world.shop.place_order([line("MUG", 1)]).id;
    world.shop.release_deliveries(true);
    world.drain_well().await;
    world.holds_once(order, total());
}

#[tokio::test]
async fn an_order_without_any_webhook_is_found_by_the_sweep() {
    let world = World::start().await;
    world.shop.handle_next(None, Handling::Lose, 10);
    let order = world.shop.place_order([line("MUG", 1)]).id;
    world.shop.settle().await.unwrap();
    assert_eq!(world.database.number("select count(*) from event").await, 0);
    sweep::request(
        &world.database.pool,
        &waybill::config::Sweeps::default(),
        waybill::event::Kind::Order,
        "us",
        None,
    )
    .await
    .unwrap();
    world
        .until("the sweep marks it", || {
            !world.netsuite.sales_orders().is_empty()
        })
        .await;
    world.drain_well().await;
    world.holds_once(order, total());
}

#[tokio::test]
async fn postgres_restarts_under_load() {
    let mut world = World::on_a_server_of_its_own().await;
    let mut orders = Vec::new();
    for round in 0..3 {
        orders.extend((0..8).map(|_| world.shop.place_order([line("MUG", 1)]).id));
        world
            .until("some are booked", || {
                world.netsuite.sales_orders().len() > round * 8
            })
            .await;
        world.restart_postgres();
    }
    world.drain_well().await;
    for order in &orders {
        world.holds_once(*order, total());
    }
    assert_eq!(world.netsuite.sales_orders().len(), orders.len());
}
