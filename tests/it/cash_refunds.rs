//! Cash sales taken back in steps: a cash refund for each, once its money has gone.

use rust_decimal::Decimal;
use sandbox::netsuite::Kind;
use sandbox::shopify::{
    DispositionKind, GiveBack, Order, Processing, Refunding, Restock, Returning,
};

use crate::refunds::dollars;
use crate::world::{Change, World};

/// Two mugs of 11 dollars and a shirt of 10, sold at the till.
async fn sold() -> (World, Order) {
    let world = World::with(Change {
        orders: "channel.pos = { record = \"cash_sale\" }",
        instead: &[(
            "tip = \"902\"",
            "tip = \"902\"\ntender = { shopify_store_credit = \"906\" }",
        )],
        more: "[store.payments.shopify_store_credit]\naccount = \"217\"",
        ..Change::default()
    })
    .await;
    world.service_item(906, "Store credit");
    let order = world.sells_at_the_till().await;
    assert_eq!(world.totals(Kind::CashSale), [dollars(32)]);
    (world, order)
}

/// One mug of an open return of two is processed.
fn step(world: &World, order: &Order, id: u64, end: DispositionKind, money: Option<Refunding>) {
    let held = world.shop.order(order.id).unwrap();
    let open = held.returns.iter().find(|it| it.id == id).unwrap();
    let mut step = Processing::all(open, end);
    step.units[0].quantity = 1;
    step.refund = money;
    world.shop.process_return(order.id, id, &step).unwrap();
}

fn all_owed() -> Option<Refunding> {
    let all = Refunding {
        money: true,
        ..Refunding::default()
    };
    Some(all)
}

fn two_mugs(world: &World, order: &Order) -> u64 {
    let returning = Returning::units(order.lines[0].id, 2);
    world.shop.open_return(order.id, &returning).unwrap().1
}

#[tokio::test]
async fn each_step_of_a_cash_sales_return_is_a_cash_refund_of_its_own() {
    let (world, order) = sold().await;
    let id = two_mugs(&world, &order);
    for (end, refunds) in [
        (DispositionKind::Missing, 1),
        (DispositionKind::Restocked, 2),
    ] {
        step(&world, &order, id, end, all_owed());
        world.drain_well().await;
        assert_eq!(world.totals(Kind::CashRefund), vec![dollars(11); refunds]);
    }
    world.shop.announce(order.id, &["orders/updated"]);
    world.drain_well().await;
    assert_eq!(world.totals(Kind::CashRefund), [dollars(11), dollars(11)]);
    // What did not come back is not received.
    assert_eq!(world.totals(Kind::ReturnAuthorization), [dollars(11)]);
    assert_eq!(world.netsuite.transactions(Kind::ItemReceipt).len(), 1);
    assert_eq!(world.totals(Kind::CashSale), [dollars(32)]);
}

#[tokio::test]
async fn one_payment_for_two_steps_is_a_cash_refund_for_each() {
    let (world, order) = sold().await;
    let id = two_mugs(&world, &order);
    step(&world, &order, id, DispositionKind::Restocked, None);
    world.waits_for("has not gone back yet").await;
    assert!(world.totals(Kind::CashRefund).is_empty());
    step(&world, &order, id, DispositionKind::Restocked, all_owed());
    world.drain_well().await;
    assert_eq!(world.totals(Kind::CashRefund), [dollars(11), dollars(11)]);
    assert_eq!(world.ends().await, ["applied"]);
}

#[tokio::test]
async fn a_step_that_is_paid_later_by_a_refund_of_its_own_is_booked_then() {
    let (world, order) = sold().await;
    let id = two_mugs(&world, &order);
    step(&world, &order, id, DispositionKind::Restocked, all_owed());
    step(&world, &order, id, DispositionKind::Restocked, None);
    world.waits_for("has not gone back yet").await;
    assert_eq!(world.totals(Kind::CashRefund), [dollars(11)]);
    let money = Refunding {
        money: true,
        owed_too: true,
        ..Refunding::default()
    };
    world.shop.refund(order.id, &money).unwrap();
    world.drain_well().await;
    assert_eq!(world.totals(Kind::CashRefund), [dollars(11), dollars(11)]);
}

#[tokio::test]
async fn store_credit_for_a_cash_sale_is_paid_out_by_the_account_that_owes_it() {
    let (world, order) = sold().await;
    let refunding = Refunding {
        money: false,
        transactions: vec![
            GiveBack::to("shopify_store_credit", dollars(4)),
            GiveBack::to("shopify_payments", dollars(7)),
        ],
        ..Refunding::units(order.lines[0].id, 1, Restock::NoRestock)
    };
    world.shop.refund(order.id, &refunding).unwrap();
    let shirt = Refunding {
        money: false,
        transactions: vec![GiveBack::to("shopify_store_credit", dollars(10))],
        ..Refunding::units(order.lines[1].id, 1, Restock::NoRestock)
    };
    world.shop.refund(order.id, &shirt).unwrap();
    world.drain_well().await;
    let refunds = world.netsuite.transactions(Kind::CashRefund);
    let paid: Vec<(Decimal, &str)> = refunds
        .iter()
        .map(|it| (it.total, it.fields["account"]["id"].as_str().unwrap()))
        .collect();
    // Of the mug's 11 the larger part went back by card, 4 stayed as store credit.
    assert_eq!(paid, [(dollars(7), "123"), (dollars(10), "217")]);
    let further: Vec<Decimal> = refunds[0]
        .lines
        .iter()
        .filter(|line| line.item == 906)
        .map(|line| line.amount)
        .collect();
    assert_eq!(further, [dollars(-4)]);
}
