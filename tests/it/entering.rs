//! Which orders enter NetSuite, and when: what is so before the moment, and what after it.

use rust_decimal::Decimal;
use sandbox::netsuite::Kind;
use sandbox::shopify::{Fulfil, Payment, PlaceOrder, Risk, Tender, TransactionStatus, line};

use crate::world::{Change, World};

fn dollars(amount: i64) -> Decimal {
    Decimal::new(amount * 100, 2)
}

fn order(payment: Payment) -> PlaceOrder {
    PlaceOrder::of([line("MUG", 3)]).with_payment(payment)
}

async fn entering(orders: &'static str) -> World {
    World::with(Change {
        orders,
        ..Change::default()
    })
    .await
}

fn deposits(world: &World, order: u64) -> Vec<Decimal> {
    let deposits = world.deposits(order);
    deposits.iter().map(|deposit| deposit.total).collect()
}

#[tokio::test]
async fn placed_enters_at_once_and_a_later_payment_adds_its_deposit() {
    let world = entering("when = \"placed\"").await;
    let order = world.shop.place_order(order(Payment::Pending)).id;
    world.drain_well().await;
    assert_eq!(world.sales_order(order).total, dollars(30));
    assert_eq!(deposits(&world, order), []);

    world.shop.mark_paid(order).unwrap();
    world.drain_well().await;
    world.holds_once(order, dollars(30));
}

#[tokio::test]
async fn authorized_enters_with_the_authorization_and_each_capture_adds_its_deposit() {
    let world = entering("when = \"authorized\"").await;
    let pending = world.shop.place_order(order(Payment::Pending)).id;
    let order = world.shop.place_order(order(Payment::Authorized)).id;
    world.drain_well().await;
    assert_eq!(world.ends().await[0], "not authorized");
    assert_eq!(world.netsuite.sales_orders().len(), 1);
    assert_eq!(deposits(&world, order), []);

    world.shop.capture(order, Some(dollars(10))).unwrap();
    world.drain_well().await;
    assert_eq!(deposits(&world, order), [dollars(10)]);
    world.shop.capture(order, None).unwrap();
    world.shop.mark_paid(pending).unwrap();
    world.drain_well().await;
    assert_eq!(deposits(&world, order), [dollars(10), dollars(20)]);
    assert_eq!(world.sales_order(order).total, dollars(30));
    world.holds_once(pending, dollars(30));
}

#[tokio::test]
async fn paid_waits_for_the_whole_payment_unless_the_channel_or_payment_terms_say_otherwise() {
    let world = entering(
        "when = \"paid\"\nchannel.pos = { when = \"placed\" }\nterms = { \"Net 30\" = \"2\" }",
    )
    .await;
    let authorized = world.shop.place_order(order(Payment::Authorized)).id;
    let till = world.shop.place_order(PlaceOrder {
        source_name: Some("pos".into()),
        ..order(Payment::Pending)
    });
    let on_terms = world.shop.place_order(PlaceOrder {
        net_days: Some(30),
        ..order(Payment::Pending)
    });
    world.drain_well().await;
    assert_eq!(world.ends().await[0], "not paid");
    assert_eq!(world.netsuite.sales_orders().len(), 2);
    assert!(world.netsuite.deposits().is_empty());
    assert_eq!(world.sales_order(till.id).total, dollars(30));
    let terms = world.sales_order(on_terms.id).fields["terms"]["id"].clone();
    assert_eq!(terms, "2");

    world.shop.capture(authorized, None).unwrap();
    world.drain_well().await;
    world.holds_once(authorized, dollars(30));
}

#[tokio::test]
async fn a_part_is_not_paid_and_failed_and_pending_payments_are_no_money() {
    let world = World::start().await;
    let tender = |status, amount| Tender {
        status,
        ..Tender::sale("shopify_payments", dollars(amount))
    };
    let order = world.shop.place_order(order(Payment::Tenders(vec![
        tender(TransactionStatus::Failure, 30),
        tender(TransactionStatus::Success, 10),
    ])));
    world.drain_well().await;
    assert_eq!(world.ends().await, ["not paid"]);
    world.holds_nothing();

    world.shop.mark_paid(order.id).unwrap();
    world.drain_well().await;
    assert_eq!(deposits(&world, order.id), [dollars(10), dollars(20)]);
    assert_eq!(world.sales_order(order.id).total, dollars(30));
}

#[tokio::test]
async fn fulfilled_waits_for_the_last_shipment() {
    let world = entering("when = \"fulfilled\"").await;
    let order = world.shop.place_order(order(Payment::Paid));
    let part = Fulfil {
        lines: vec![(order.lines[0].id, 1)],
        ..Fulfil::default()
    };
    world.shop.fulfil(order.id, &part).unwrap();
    world.drain_well().await;
    assert_eq!(world.ends().await, ["not fulfilled"]);
    world.holds_nothing();

    world.shop.fulfil(order.id, &Fulfil::default()).unwrap();
    world.shop.announce(order.id, &["orders/updated"]);
    world.drain_well().await;
    world.holds_once(order.id, dollars(30));
}

#[tokio::test]
async fn test_orders_old_orders_and_cancelled_ones_never_enter_and_risky_ones_wait_for_a_person() {
    let world = entering("since = 2026-11-01T00:00:00Z\nhold_if_risk = \"high\"").await;
    let paid = || order(Payment::Paid);
    world.shop.place_order(PlaceOrder {
        test: true,
        ..paid()
    });
    let before: chrono::DateTime<chrono::Utc> = "2026-10-31T23:59:59Z".parse().unwrap();
    world.shop.place_order(PlaceOrder {
        created_at: Some(before),
        ..paid()
    });
    world.shop.hold_deliveries();
    let cancelled = world.shop.place_order(paid()).id;
    world.shop.cancel(cancelled, "customer").unwrap();
    world.shop.release_deliveries(false);
    world.shop.place_order(PlaceOrder {
        risk: Risk::Cancel,
        ..paid()
    });
    world.drain().await;
    assert_eq!(
        world.ends().await,
        [
            "test order",
            "before go-live",
            "cancelled before it was imported",
            "risk_hold"
        ]
    );
    world.holds_nothing();

    let medium = world.shop.place_order(PlaceOrder {
        risk: Risk::Investigate,
        ..paid()
    });
    world.drain().await;
    world.holds_once(medium.id, dollars(30));
    assert_eq!(world.netsuite.transactions(Kind::SalesOrder).len(), 1);
}
