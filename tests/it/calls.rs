//! What an order costs: NetSuite calls, Shopify reads, passes. Counted by the twins.

use std::time::Duration;

use sandbox::shopify::{Address, Order, Payment, PlaceOrder, When, line};
use waybill::event::Kind;
use waybill::outbox::pause::{self, Scope};

use crate::world::{Change, World};

const RECORD: &str = "POST /services/rest/record/v1";
const PATIENCE: Duration = Duration::from_secs(30);

const GIFT_NOTE: &str = r#"
[[store.field]]
record = "salesOrder"
field = "custbody_gift_note"
value = "order.note"
"#;

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
async fn webhooks_that_come_together_cost_one_pass_and_one_read_and_the_echo_a_look() {
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
    assert_eq!(world.shop.calls_of("order"), 1, "it is not read again");
    let calls = world.shop.calls();
    let looks = calls
        .iter()
        .filter(|call| call.operation == "OrderVersionsQuery");
    let points: Vec<_> = looks.map(|call| call.actual_cost).collect();
    assert_eq!(
        points,
        [Some(1), Some(1)],
        "before our own write, and after"
    );
    let reading = calls.iter().find(|call| call.operation == "OrderQuery");
    let reading = reading.and_then(|call| call.actual_cost).unwrap();
    assert!(reading > 30, "a reading costs {reading} points");
    assert_eq!(world.ends().await[1], "already equal");
    world.holds_once(order.id, order.totals.price.shop);
}

#[tokio::test]
async fn a_change_a_moment_before_our_own_write_is_not_taken_for_its_echo() {
    for newest_first in [false, true] {
        let world = World::with(Change {
            more: GIFT_NOTE,
            ..Change::default()
        })
        .await;
        let order = world.shop.place_order(PlaceOrder {
            note: Some("ring twice".to_owned()),
            ..of("known@example.com")
        });
        world.quiet().await;

        let gate = world.shop.park("metafieldsSet", When::BeforeExecution);
        let look = "update outbox set verify_at = now() where verify_at is not null";
        sqlx::raw_sql(look)
            .execute(&world.database.pool)
            .await
            .unwrap();
        assert!(gate.arrived(PATIENCE).await);
        world.shop.hold_deliveries();
        let note = |order: &mut Order| order.note = Some("leave it".to_owned());
        world.shop.edit(order.id, note).unwrap();
        gate.release();
        let shown = "select count(*) from link where shown_at is not null";
        world.database.until(shown).await;
        world.shop.release_deliveries(newest_first);
        world.drain_well().await;

        let record = world.sales_order(order.id);
        assert_eq!(record.fields["custbody_gift_note"], "leave it");
    }
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
