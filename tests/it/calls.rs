//! What an order costs: NetSuite calls, Shopify reads, passes. Counted by the twins.

use sandbox::shopify::{Address, Payment, PlaceOrder, line};
use waybill::event::Kind;
use waybill::outbox::pause::{self, Scope};

use crate::world::World;

const RECORD: &str = "POST /services/rest/record/v1";
const SUITEQL: &str = "POST /services/rest/query/v1/suiteql";

fn of(email: &str) -> PlaceOrder {
    PlaceOrder::of([line("MUG", 1), line("TEE", 2)]).with_email(email)
}

/// The items, the currencies, the token and one customer are known from here on.
async fn warm() -> World {
    let world = World::start().await;
    world.shop.place_order(of("known@example.com"));
    world.drain_well().await;
    world.netsuite.reset_calls();
    world.shop.reset_calls();
    world
}

/// The calls, without what differs from run to run.
fn paths(world: &World) -> Vec<String> {
    let path = |call: String| call.split('?').next().unwrap_or_default().to_owned();
    world.netsuite_calls().into_iter().map(path).collect()
}

#[tokio::test]
async fn an_order_of_a_known_customer_costs_two_netsuite_calls_and_of_a_new_one_four() {
    let world = warm().await;
    let order = world.shop.place_order(of("known@example.com"));
    world.quiet().await;
    assert_eq!(
        paths(&world),
        [
            format!("{RECORD}/salesOrder"),
            format!("{RECORD}/customerDeposit")
        ]
    );
    world.holds_once(order.id, order.totals.price.shop);

    world.netsuite.reset_calls();
    let address = Address {
        last_name: Some("New".into()),
        ..Address::sample()
    };
    let order = world.shop.place_order(PlaceOrder {
        billing_address: Some(address),
        ..of("new@example.com")
    });
    world.quiet().await;
    assert_eq!(
        paths(&world),
        [
            SUITEQL.to_owned(),
            format!("{RECORD}/customer"),
            format!("{RECORD}/salesOrder"),
            format!("{RECORD}/customerDeposit"),
        ]
    );
    world.holds_once(order.id, order.totals.price.shop);
}

#[tokio::test]
async fn skipped_orders_cost_no_netsuite_call() {
    let world = warm().await;
    world.shop.place_order(PlaceOrder {
        test: true,
        ..of("tester@example.com")
    });
    world
        .shop
        .place_order(of("unpaid@example.com").with_payment(Payment::Pending));
    let cancelled = world
        .shop
        .place_order(of("gone@example.com").with_payment(Payment::Authorized));
    world.shop.cancel(cancelled.id, "customer").unwrap();
    world.quiet().await;
    assert_eq!(
        world.ends().await[1..],
        ["test order", "not paid", "cancelled before it was imported"]
    );
    assert_eq!(paths(&world), Vec::<String>::new());
}

#[tokio::test]
async fn webhooks_that_come_together_cost_one_pass_and_one_read_and_the_echo_one_more() {
    let world = warm().await;
    world.shop.hold_deliveries();
    let order = world.shop.place_order(of("known@example.com"));
    world.shop.announce(order.id, &["orders/updated"]);
    let orders = Scope {
        kind: Some(Kind::Order),
        owner: None,
    };
    let pool = &world.database.pool;
    let paused = pause::start(pool, orders, "", "test", None).await.unwrap();
    world.shop.release_deliveries(false);
    world.shop.settle().await.unwrap();
    pause::lift(pool, paused, "test").await.unwrap();
    world.quiet().await;

    let passes = "select count(*) from attempt where document =
        (select document from outbox where kind = 'order' order by length(document) desc, document desc limit 1)";
    assert_eq!(world.database.number(passes).await, 1);
    assert_eq!(world.shop.calls_of("order"), 1);
    world.drain_well().await;
    assert!(
        world.shop.calls_of("order") <= 2,
        "{:?}",
        world.shop.calls()
    );
    world.holds_once(order.id, order.totals.price.shop);
}

#[tokio::test]
async fn the_ids_of_twenty_five_orders_are_shown_in_one_call_and_read_back_in_one() {
    let world = warm().await;
    let orders: Vec<u64> = (0..25)
        .map(|_| world.shop.place_order(of("known@example.com")).id)
        .collect();
    world.quiet().await;
    // Once a later pass has ended, the dispatcher has let go of all before it.
    world.shop.place_order(PlaceOrder {
        test: true,
        ..of("known@example.com")
    });
    world.quiet().await;
    world.netsuite.reset_calls();
    world.drain_well().await;
    assert_eq!(world.shop.calls_of("metafieldsSet"), 1);
    assert_eq!(paths(&world), [SUITEQL]);
    for order in orders {
        let shown = world.shown(order);
        assert_eq!(shown, Some(world.sales_order(order).id.to_string()));
    }
}
