//! Payments of every kind, and what goes with them: accounts by currency, duties, rounded cash, voids, disputes.

use rust_decimal::Decimal;
use sandbox::netsuite::Kind;
use sandbox::shopify::{
    DisputeStatus, NewDispute, NewDuty, NewTax, Payment, PlaceOrder, Tender, TransactionKind,
    TransactionStatus, line,
};

use crate::world::{Change, World};

fn dollars(amount: i64) -> Decimal {
    Decimal::new(amount * 100, 2)
}

#[tokio::test]
async fn a_disputed_payment_marks_the_order_and_changes_nothing_until_it_is_decided() {
    let world = World::start().await;
    let order = world.shop.place_order([line("MUG", 1)]).id;
    world.drain_well().await;
    let books = (world.netsuite.sales_orders(), world.netsuite.deposits());
    let (_, dispute) = world.shop.dispute(order, &NewDispute::default()).unwrap();
    world.shop.announce(order, &["orders/updated"]);
    world.drain_well().await;
    let end = world.ends().await.concat();
    assert!(end.contains("a payment is disputed: chargeback"), "{end}");
    assert_eq!(
        (world.netsuite.sales_orders(), world.netsuite.deposits()),
        books
    );
    world
        .shop
        .decide_dispute(order, dispute, DisputeStatus::Won)
        .unwrap();
    world.shop.announce(order, &["orders/updated"]);
    world.drain_well().await;
    assert_eq!(world.ends().await, ["already equal"]);
}

#[tokio::test]
async fn a_payment_is_booked_on_the_account_of_its_currency() {
    for (currency, account) in [("USD", "123"), ("EUR", "124")] {
        let world = World::with(Change {
            currency: Some(currency),
            instead: &[(
                "account = \"123\"",
                "account = \"123\"\naccounts.EUR = \"124\"",
            )],
            ..Change::default()
        })
        .await;
        let order = world.shop.place_order([line("MUG", 1)]).id;
        world.drain_well().await;
        let deposit = &world.deposits(order)[0];
        assert_eq!(deposit.currency, currency);
        assert_eq!(deposit.fields["account"]["id"], account);
    }
}

#[tokio::test]
async fn a_store_books_in_its_subsidiary() {
    let world = World::with(Change {
        instead: &[
            ("subsidiary = \"2\"", "subsidiary = \"1\""),
            ("location = \"6\"", "location = \"1\""),
        ],
        ..Change::default()
    })
    .await;
    let order = world.shop.place_order([line("MUG", 1)]).id;
    world.drain_well().await;
    world.holds_once(order, dollars(10));
    assert_eq!(world.sales_order(order).fields["subsidiary"]["id"], "1");
    assert_eq!(
        world.netsuite.customers()[0].subsidiary.as_deref(),
        Some("1")
    );
}

#[tokio::test]
async fn duties_are_a_line_of_their_own_with_their_tax() {
    let world = World::with(Change {
        instead: &[("tip = \"902\"", "tip = \"902\"\nduty = \"907\"")],
        ..Change::default()
    })
    .await;
    world.service_item(907, "Duty");
    let mut mug = line("MUG", 2);
    mug.duties = vec![NewDuty {
        price: dollars(4),
        taxes: vec![NewTax::new("State tax", Decimal::new(1, 1))],
        ..NewDuty::default()
    }];
    let order = world.shop.place_order(PlaceOrder::of([mug]));
    world.drain_well().await;
    world.holds_once(order.id, order.totals.price.shop);
    let booked = world.sales_order(order.id);
    let duty = booked.lines.iter().find(|line| line.item == 907).unwrap();
    assert_eq!(duty.amount, dollars(4));
    assert_eq!(booked.tax, Decimal::new(40, 2));
}

#[tokio::test]
async fn cash_that_was_rounded_is_booked_as_it_was_taken() {
    let world = World::with(Change {
        instead: &[("tip = \"902\"", "tip = \"902\"\nrounding = \"909\"")],
        ..Change::default()
    })
    .await;
    world.service_item(909, "Rounding");
    let cash = Tender {
        gateway: "cash".to_owned(),
        kind: TransactionKind::Sale,
        amount: None,
        status: TransactionStatus::Success,
        rounding: Decimal::new(-2, 2),
    };
    let mug = line("MUG", 1).taxed("State tax", Decimal::new(2, 3));
    let order = PlaceOrder::of([mug]).with_payment(Payment::Tenders(vec![cash]));
    let order = world.shop.place_order(order);
    assert_eq!(order.totals.price.shop, Decimal::new(1002, 2));
    world.drain_well().await;
    world.holds_once(order.id, dollars(10));
    let booked = world.sales_order(order.id);
    let rounding = booked.lines.iter().find(|line| line.item == 909).unwrap();
    assert_eq!(rounding.amount, Decimal::new(-2, 2));
}

#[tokio::test]
async fn an_authorization_that_is_voided_books_no_money() {
    let world = World::with(Change {
        orders: "when = \"authorized\"",
        ..Change::default()
    })
    .await;
    let order = PlaceOrder::of([line("MUG", 1)]).with_payment(Payment::Authorized);
    let order = world.shop.place_order(order).id;
    world.drain_well().await;
    assert_eq!(world.sales_order(order).total, dollars(10));
    world.shop.void(order).unwrap();
    world.drain_well().await;
    assert!(world.netsuite.deposits().is_empty());
    assert!(world.netsuite.transactions(Kind::CustomerRefund).is_empty());
    assert_eq!(world.sales_order(order).status, "B");
}
