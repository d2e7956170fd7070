//! The money of refunds: pending, failed, more or less than the units are worth, by another tender.

use rust_decimal::Decimal;
use sandbox::netsuite::{Kind, Transaction};
use sandbox::shopify::{
    GiveBack, Order, Payment, PlaceOrder, Refunding, Restock, Tender, TransactionKind,
    TransactionStatus, line,
};

use crate::refunds::dollars;
use crate::world::{Change, World};

/// Two mugs and a shirt of 10 dollars each, shipped and billed: 30.
async fn billed(payment: Payment) -> (World, Order) {
    let world = World::with(Change {
        instead: &[("tip = \"902\"", "tip = \"902\"\nadjustment = \"906\"")],
        more: "[store.payments.gift_card]\npayment_option = \"9\"\naccount = \"217\"",
        ..Change::default()
    })
    .await;
    world.service_item(906, "Adjustment");
    let placed = PlaceOrder::of([line("MUG", 2), line("TEE", 1)]);
    let order = world.shop.place_order(placed.with_payment(payment));
    world.drain_well().await;
    world.ships_whole(order.id);
    world.bills(order.id);
    world.drain_well().await;
    (world, Order::clone(&order))
}

fn mug(order: &Order) -> Refunding {
    Refunding::units(order.lines[0].id, 1, Restock::NoRestock)
}

/// A mug is refunded and the gateway takes its time; then it ends so.
async fn settled(end: TransactionStatus) -> World {
    let (world, order) = billed(Payment::Paid).await;
    let refunding = Refunding {
        pending: true,
        ..mug(&order)
    };
    let (held, _) = world.shop.refund(order.id, &refunding).unwrap();
    world.drain_well().await;
    assert_eq!(world.totals(Kind::CreditMemo), [dollars(10)]);
    assert!(world.totals(Kind::CustomerRefund).is_empty());
    let mut transactions = held.transactions.iter();
    let pending = transactions.find(|it| it.kind == TransactionKind::Refund);
    world
        .shop
        .settle_transaction(order.id, pending.unwrap().id, end)
        .unwrap();
    world.drain_well().await;
    world
}

#[tokio::test]
async fn a_pending_refund_is_paid_out_when_it_has_gone_through() {
    let world = settled(TransactionStatus::Success).await;
    assert_eq!(world.totals(Kind::CustomerRefund), [dollars(10)]);
    assert_eq!(
        world.netsuite.transactions(Kind::CreditMemo)[0].open,
        Decimal::ZERO
    );
}

#[tokio::test]
async fn a_refund_that_failed_leaves_its_credit_open() {
    let world = settled(TransactionStatus::Failure).await;
    assert!(world.totals(Kind::CustomerRefund).is_empty());
    assert_eq!(
        world.netsuite.transactions(Kind::CreditMemo)[0].open,
        dollars(10)
    );
}

#[tokio::test]
async fn money_that_differs_from_the_units_is_on_an_item_of_its_own() {
    for (paid, difference) in [(8, -2), (13, 3)] {
        let (world, order) = billed(Payment::Paid).await;
        let refunding = Refunding {
            amount: Some(dollars(paid)),
            ..mug(&order)
        };
        world.shop.refund(order.id, &refunding).unwrap();
        world.drain_well().await;
        assert_eq!(world.totals(Kind::CreditMemo), [dollars(paid)]);
        assert_eq!(world.totals(Kind::CustomerRefund), [dollars(paid)]);
        let memo = &world.netsuite.transactions(Kind::CreditMemo)[0];
        let apart: Vec<Decimal> = memo
            .lines
            .iter()
            .filter(|line| line.item == 906)
            .map(|line| line.amount)
            .collect();
        assert_eq!(apart, [dollars(difference)]);
    }
}

/// Where each customer refund was paid from.
fn paid_from(world: &World) -> Vec<(Decimal, String)> {
    let refunds = world.netsuite.transactions(Kind::CustomerRefund);
    let account = |it: &Transaction| it.fields["account"]["id"].as_str().map(str::to_owned);
    let mut paid: Vec<(Decimal, String)> = refunds
        .iter()
        .map(|it| (it.total, account(it).unwrap_or_default()))
        .collect();
    paid.sort();
    paid
}

/// A mug's 10 dollars in cash, rounded by so many cents.
fn in_cash(order: &Order, restock: Restock, rounding: i64) -> Refunding {
    Refunding {
        money: false,
        transactions: vec![GiveBack {
            rounding: Decimal::new(rounding, 2),
            ..GiveBack::to("cash", dollars(10))
        }],
        ..Refunding::units(order.lines[0].id, 1, restock)
    }
}

async fn rounds_cash() -> (World, Order) {
    let world = World::with(Change {
        orders: "channel.pos = { record = \"cash_sale\" }",
        instead: &[("tip = \"902\"", "tip = \"902\"\nrounding = \"909\"")],
        ..Change::default()
    })
    .await;
    world.service_item(909, "Rounding");
    let placed = PlaceOrder::of([line("MUG", 3), line("TEE", 1)]);
    let order = world.shop.place_order(placed);
    world.drain_well().await;
    (world, Order::clone(&order))
}

/// The amounts on the item of cash rounding.
fn rounded(documents: &[Transaction]) -> Vec<Decimal> {
    let lines = documents.iter().flat_map(|it| &it.lines);
    let lines = lines.filter(|line| line.item == 909 && !line.closed);
    lines.map(|line| line.amount).collect()
}

#[tokio::test]
async fn cash_given_back_is_credited_as_it_was_rounded() {
    let (world, order) = rounds_cash().await;
    world.ships_whole(order.id);
    world.bills(order.id);
    let (up, down) = (Decimal::new(2, 2), Decimal::new(-3, 2));
    for cents in [2, -3] {
        let refunding = in_cash(&order, Restock::Return, cents);
        world.shop.refund(order.id, &refunding).unwrap();
        world.drain_well().await;
    }
    let moved = [dollars(10) + up, dollars(10) + down];
    assert_eq!(world.totals(Kind::CreditMemo), moved);
    assert_eq!(world.totals(Kind::CustomerRefund), moved);
    let memos = world.netsuite.transactions(Kind::CreditMemo);
    assert_eq!(rounded(&memos), [up, down]);
    assert!(memos.iter().all(|memo| memo.open.is_zero()));
}

#[tokio::test]
async fn cash_given_back_before_shipment_lowers_the_order_by_what_left_the_till() {
    let (world, order) = rounds_cash().await;
    let refunding = in_cash(&order, Restock::Cancel, 2);
    world.shop.refund(order.id, &refunding).unwrap();
    world.drain_well().await;
    let up = Decimal::new(2, 2);
    assert_eq!(world.totals(Kind::CustomerRefund), [dollars(10) + up]);
    let booked = world.sales_order(order.id);
    assert_eq!(booked.total, dollars(30) - up);
    assert_eq!(rounded(&[booked]), [-up]);
    assert_eq!(world.deposits(order.id)[0].open, dollars(30) - up);
}

#[tokio::test]
async fn cash_given_back_at_the_till_is_a_cash_refund_of_what_left_it() {
    let (world, _) = rounds_cash().await;
    let order = world.sells_at_the_till().await;
    let refunding = Refunding {
        transactions: vec![GiveBack {
            rounding: Decimal::new(-1, 2),
            ..GiveBack::to("cash", dollars(11))
        }],
        ..in_cash(&order, Restock::NoRestock, 0)
    };
    world.shop.refund(order.id, &refunding).unwrap();
    world.drain_well().await;
    let paid = Decimal::new(1099, 2);
    assert_eq!(world.totals(Kind::CashRefund), [paid]);
    let refunds = world.netsuite.transactions(Kind::CashRefund);
    assert_eq!(rounded(&refunds), [Decimal::new(-1, 2)]);
}

/// A mug's 10 dollars by store credit.
fn as_store_credit(order: &Order, restock: Restock) -> Refunding {
    Refunding {
        money: false,
        transactions: vec![GiveBack::to("shopify_store_credit", dollars(10))],
        ..Refunding::units(order.lines[0].id, 1, restock)
    }
}

const STORE_CREDIT: &str =
    "[store.payments.shopify_store_credit]\npayment_option = \"9\"\naccount = \"217\"";

#[tokio::test]
async fn money_that_goes_back_as_store_credit_is_refunded_from_the_account_that_owes_it() {
    let world = World::with(Change {
        more: STORE_CREDIT,
        ..Change::default()
    })
    .await;
    let placed = || PlaceOrder::of([line("MUG", 2), line("TEE", 1)]);
    let shipped = world.shop.place_order(placed());
    let open = world.shop.place_order(placed());
    world.drain_well().await;
    world.ships_whole(shipped.id);
    world.bills(shipped.id);
    let kept = as_store_credit(&shipped, Restock::NoRestock);
    world.shop.refund(shipped.id, &kept).unwrap();
    let cancelled = as_store_credit(&open, Restock::Cancel);
    world.shop.refund(open.id, &cancelled).unwrap();
    world.drain_well().await;
    // Of what is billed the credit, of what is not the deposit.
    assert_eq!(world.totals(Kind::CreditMemo), [dollars(10)]);
    let memo = &world.netsuite.transactions(Kind::CreditMemo)[0];
    assert_eq!(memo.open, Decimal::ZERO);
    assert_eq!(world.deposits(open.id)[0].open, dollars(20));
    let liability = (dollars(10), "217".to_owned());
    assert_eq!(paid_from(&world), [liability.clone(), liability]);
}

#[tokio::test]
async fn store_credit_without_an_account_of_its_own_is_held_and_names_the_key() {
    let (world, order) = billed(Payment::Paid).await;
    let refunding = as_store_credit(&order, Restock::NoRestock);
    world.shop.refund(order.id, &refunding).unwrap();
    world.drain().await;
    assert_eq!(world.problems().await, ["missing_setting"]);
    let told = world.explained().await.concat();
    assert!(told.contains("payments.shopify_store_credit"), "{told}");
    assert!(world.totals(Kind::CustomerRefund).is_empty());
}

#[tokio::test]
async fn money_goes_back_from_the_account_of_the_tender_that_it_goes_back_by() {
    let tenders = vec![
        Tender::sale("gift_card", dollars(12)),
        Tender::rest("shopify_payments"),
    ];
    let (world, order) = billed(Payment::Tenders(tenders)).await;
    let refunding = Refunding {
        money: false,
        transactions: vec![
            GiveBack::to("gift_card", dollars(6)),
            GiveBack::to("shopify_payments", dollars(4)),
        ],
        ..mug(&order)
    };
    world.shop.refund(order.id, &refunding).unwrap();
    world.drain_well().await;
    assert_eq!(world.totals(Kind::CreditMemo), [dollars(10)]);
    assert_eq!(
        paid_from(&world),
        [
            (dollars(4), "123".to_owned()),
            (dollars(6), "217".to_owned())
        ]
    );
}
