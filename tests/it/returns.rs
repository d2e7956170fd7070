//! Returns of what is shipped and billed: in steps, with fees, and with goods sent in exchange.

use rust_decimal::Decimal;
use sandbox::netsuite::Kind;
use sandbox::shopify::{
    DispositionKind, NewReturnLine, Order, PlaceOrder, Processing, Returning, line,
};

use crate::world::{Change, World};

fn dollars(amount: i64) -> Decimal {
    Decimal::new(amount * 100, 2)
}

/// Two mugs and a shirt of 10 dollars each, the mugs taxed at 10 %, shipped and billed: 32.
async fn billed() -> (World, Order) {
    let world = World::with(Change {
        instead: &[("tip = \"902\"", "tip = \"902\"\nrestocking = \"905\"")],
        ..Change::default()
    })
    .await;
    world.service_item(905, "Restocking fee");
    let mug = line("MUG", 2).taxed("State tax", Decimal::new(1, 1));
    let order = world
        .shop
        .place_order(PlaceOrder::of([mug, line("TEE", 1)]));
    world.drain_well().await;
    world.ships_whole(order.id);
    world.bills(order.id);
    world.drain_well().await;
    let order = world.shop.order(order.id).unwrap();
    (world, Order::clone(&order))
}

/// The merchant opens a return of `units` mugs, and it is processed whole with its money.
async fn returned(world: &World, order: &Order, returning: &Returning) {
    let (_, id) = world.shop.open_return(order.id, returning).unwrap();
    let order = world.shop.order(order.id).unwrap();
    let open = order.returns.iter().find(|it| it.id == id).unwrap();
    let all = Processing::all(open, DispositionKind::Restocked).refunded();
    world.shop.process_return(order.id, id, &all).unwrap();
    world.drain_well().await;
}

#[tokio::test]
async fn a_restocking_fee_is_kept_from_the_credit_on_its_own_item() {
    let (world, order) = billed().await;
    let returning = Returning {
        lines: vec![NewReturnLine {
            line: order.lines[0].id,
            quantity: 1,
            restocking_fee: Some(Decimal::from(20)),
            ..NewReturnLine::default()
        }],
        shipping_fee: Some(Decimal::new(150, 2)),
        ..Returning::default()
    };
    returned(&world, &order, &returning).await;
    // The mug's 11, less 2 for restocking it and 1.50 for the way back.
    let kept = Decimal::new(750, 2);
    assert_eq!(world.totals(Kind::CreditMemo), [kept]);
    assert_eq!(world.totals(Kind::CustomerRefund), [kept]);
    let memo = &world.netsuite.transactions(Kind::CreditMemo)[0];
    let fees: Vec<Decimal> = memo
        .lines
        .iter()
        .filter(|line| line.item == 905)
        .map(|line| line.amount)
        .collect();
    assert_eq!(fees, [Decimal::new(-350, 2)]);
}

#[tokio::test]
async fn an_exchange_credits_what_came_back_and_pays_what_went_out_with_it() {
    let (world, order) = billed().await;
    let returning = Returning {
        exchanges: vec![line("TEE", 1)],
        ..Returning::units(order.lines[0].id, 1)
    };
    returned(&world, &order, &returning).await;
    let dollar = Decimal::ONE;
    assert_eq!(world.totals(Kind::CreditMemo), [dollars(11)]);
    assert_eq!(world.totals(Kind::CustomerRefund), [dollar]);
    assert_eq!(world.sales_order(order.id).total, dollars(42));
    // The shirt is shipped and billed: the rest of the credit pays it.
    world.ships_whole(order.id);
    world.bills(order.id);
    world.shop.announce(order.id, &["orders/updated"]);
    world.drain_well().await;
    assert_eq!(world.totals(Kind::Invoice), [dollars(32), dollars(10)]);
    for kind in [Kind::Invoice, Kind::CreditMemo, Kind::CustomerDeposit] {
        let open: Decimal = world
            .netsuite
            .transactions(kind)
            .iter()
            .map(|it| it.open)
            .sum();
        assert_eq!(open, Decimal::ZERO, "{kind:?}");
    }
}

#[tokio::test]
async fn a_return_that_comes_back_in_two_steps_has_two_credits() {
    let (world, order) = billed().await;
    let returning = Returning::units(order.lines[0].id, 2);
    let (held, id) = world.shop.open_return(order.id, &returning).unwrap();
    let ends = [DispositionKind::Missing, DispositionKind::Restocked];
    let open = held.returns.iter().find(|it| it.id == id).unwrap();
    for end in ends {
        let mut step = Processing::all(open, end).refunded();
        step.units[0].quantity = 1;
        world.shop.process_return(order.id, id, &step).unwrap();
        world.drain_well().await;
    }
    let each = [dollars(11), dollars(11)];
    assert_eq!(world.totals(Kind::CreditMemo), each);
    assert_eq!(world.totals(Kind::CustomerRefund), each);
    // What did not come back is not received.
    assert_eq!(world.totals(Kind::ReturnAuthorization), [dollars(11)]);
    assert_eq!(world.netsuite.transactions(Kind::ItemReceipt).len(), 1);
}

#[tokio::test]
async fn goods_that_come_back_before_their_money_goes_are_credited_at_once_and_paid_back_later() {
    let (world, order) = billed().await;
    let returning = Returning::units(order.lines[0].id, 1);
    let (held, id) = world.shop.open_return(order.id, &returning).unwrap();
    let open = held.returns.iter().find(|it| it.id == id).unwrap();
    let all = Processing::all(open, DispositionKind::Restocked);
    world.shop.process_return(order.id, id, &all).unwrap();
    world.drain_well().await;
    assert_eq!(world.netsuite.transactions(Kind::ItemReceipt).len(), 1);
    assert_eq!(world.totals(Kind::CreditMemo), [dollars(11)]);
    assert!(world.totals(Kind::CustomerRefund).is_empty());
    let money = sandbox::shopify::Refunding {
        money: true,
        owed_too: true,
        ..Default::default()
    };
    world.shop.refund(order.id, &money).unwrap();
    world.drain_well().await;
    assert_eq!(world.totals(Kind::CreditMemo), [dollars(11)]);
    assert_eq!(world.totals(Kind::CustomerRefund), [dollars(11)]);
    assert_eq!(
        world.netsuite.transactions(Kind::CreditMemo)[0].open,
        Decimal::ZERO
    );
}
