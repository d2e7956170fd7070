//! Additional fees, taxed and not, in each way of booking tax: equal to the cent, and taken back so.

use rust_decimal::Decimal;
use sandbox::netsuite::{Kind, Settings};
use sandbox::shopify::{NewFee, NewTax, PlaceOrder, Refunding, Restock};

use crate::taxes::{EXACT, included, legacy, plain, taxed};
use crate::world::World;

fn cents(amount: i64) -> Decimal {
    Decimal::new(amount, 2)
}

fn fee(name: &str, price: i64, taxes: &[(&str, Decimal)]) -> NewFee {
    let taxes = taxes.iter().map(|(title, rate)| NewTax::new(title, *rate));
    NewFee {
        name: name.to_owned(),
        price: cents(price),
        taxes: taxes.collect(),
    }
}

/// Two fees that are taxed alike, and one that is not taxed.
fn with_fees(order: PlaceOrder) -> PlaceOrder {
    let state = [("State tax", Decimal::new(825, 4))];
    let fees = vec![
        fee("Eco fee", 199, &state),
        fee("Deposit", 300, &[]),
        fee("Bag", 15, &state),
    ];
    PlaceOrder { fees, ..order }
}

/// One more, with two taxes of its own.
fn with_more_fees(order: PlaceOrder) -> PlaceOrder {
    let two = [
        ("State tax", Decimal::new(4, 2)),
        ("City tax", Decimal::new(45, 3)),
    ];
    let mut order = with_fees(order);
    order.fees.push(fee("Delivery fee", 137, &two));
    order
}

type Instead = &'static [(&'static str, &'static str)];

type Account = fn(&mut Settings);

const FEE: (&str, &str) = (
    "tip = \"902\"",
    "tip = \"902\"\nfee = \"908\"\ntax = \"905\"",
);

async fn world(settings: Instead, account: Account) -> World {
    let world = World::with(taxed(settings, account)).await;
    world.service_item(908, "Fee");
    world.service_item(905, "Tax");
    world
}

/// The amounts on the fees' item.
fn fees(world: &World, order: u64) -> Vec<Decimal> {
    let booked = world.sales_order(order);
    let fees = booked.lines.iter().filter(|line| line.item == 908);
    fees.map(|line| line.amount).collect()
}

#[tokio::test]
async fn taxed_fees_are_booked_to_the_cent_where_the_tax_is_exact() {
    const OWN: &str = "strategy = \"suitetax_override\"\nreferences = \"read_back\"";
    let ways: [Instead; 3] = [
        &[FEE],
        &[FEE, (EXACT, OWN)],
        &[FEE, (EXACT, "strategy = \"tax_line\"")],
    ];
    for way in ways {
        let world = world(way, |_| {}).await;
        for order in [with_more_fees(plain()), with_more_fees(included())] {
            let order = world.shop.place_order(order);
            world.drain_well().await;
            world.holds_once(order.id, order.totals.price.shop);
            assert_eq!(fees(&world, order.id).len(), 3, "{way:?}");
        }
    }
}

#[tokio::test]
async fn taxed_fees_are_within_the_tolerance_where_netsuite_computes_their_tax() {
    const ONE_CODE: (&str, &str) = ("code = \"11\"\ntype = \"3\"", "code = \"9\"");
    const OTHER: (&str, &str) = ("code = \"9\"\ntype = \"1\"", "code = \"9\"");
    let native = |account: &mut Settings| account.native_tax_rate = Decimal::new(825, 2);
    let ways: [(Instead, Account); 2] = [
        (
            &[FEE, (EXACT, "strategy = \"native\"\ntolerance = \"0.05\"")],
            native,
        ),
        (
            &[
                FEE,
                (EXACT, "strategy = \"legacy_rate\"\ntolerance = \"0.05\""),
                ONE_CODE,
                OTHER,
            ],
            legacy,
        ),
    ];
    for (way, account) in ways {
        let world = world(way, account).await;
        for order in [with_fees(plain()), with_fees(included())] {
            let order = world.shop.place_order(order);
            world.drain_well().await;
            let booked = world.sales_order(order.id);
            let off = booked.total - order.totals.price.shop;
            assert!(off.abs() <= cents(5), "{way:?}: {off}");
            assert_eq!(fees(&world, order.id).len(), 2, "{way:?}");
        }
    }
}

#[tokio::test]
async fn fees_that_go_back_with_the_order_are_credited_with_their_tax() {
    let world = world(&[FEE], |_| {}).await;
    let order = world.shop.place_order(with_more_fees(plain()));
    world.drain_well().await;
    world.ships_whole(order.id);
    world.bills(order.id);
    let all = Refunding {
        everything: true,
        restock: Restock::NoRestock,
        money: true,
        ..Refunding::default()
    };
    world.shop.refund(order.id, &all).unwrap();
    world.drain_well().await;
    let total = order.totals.price.shop;
    assert_eq!(world.totals(Kind::CreditMemo), [total]);
    assert_eq!(world.totals(Kind::CustomerRefund), [total]);
    let memo = &world.netsuite.transactions(Kind::CreditMemo)[0];
    let back = memo.lines.iter().filter(|line| line.item == 908);
    let back: Decimal = back.map(|line| line.amount).sum();
    assert_eq!(back, cents(199 + 300 + 15 + 137));
}
