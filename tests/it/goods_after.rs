//! Goods that come back after their credit was written: received where Shopify put them, and not credited again.

use rust_decimal::Decimal;
use sandbox::netsuite::Kind;
use sandbox::shopify::{DispositionKind, Fulfil, Order, ProcessUnits, Processing, Returning};

use crate::refunds::{dollars, order};
use crate::world::{Change, World};

impl World {
    /// Units that NetSuite has on its shelves.
    fn on_hand(&self) -> Decimal {
        self.netsuite
            .stock()
            .iter()
            .map(|level| level.on_hand)
            .sum()
    }

    /// What becomes of one returned mug whose parcel was announced and not opened.
    fn opens_parcel(&self, order: &Order, id: u64, end: DispositionKind) {
        let held = self.shop.order(order.id).unwrap();
        let found = held.returns.iter().find(|it| it.id == id).unwrap();
        let units = ProcessUnits {
            line: found.lines[0].id,
            quantity: 1,
            disposition: end,
            location: None,
        };
        self.shop.dispose(order.id, id, &units).unwrap();
    }

    /// Two mugs are paid back before anybody has seen them; the return.
    async fn pays_back_unseen(&self, order: &Order) -> u64 {
        let returning = Returning::units(order.lines[0].id, 2);
        let (held, id) = self.shop.open_return(order.id, &returning).unwrap();
        let open = held.returns.iter().find(|it| it.id == id).unwrap();
        let all = Processing::all(open, DispositionKind::ProcessingRequired);
        self.shop
            .process_return(order.id, id, &all.refunded())
            .unwrap();
        self.drain_well().await;
        id
    }

    /// The documents of goods: return authorizations with their state, and receipts.
    fn received(&self) -> (Vec<(Decimal, String)>, usize) {
        let authorized = self.netsuite.transactions(Kind::ReturnAuthorization);
        let authorized = authorized.into_iter().map(|it| (it.total, it.status));
        let receipts = self.netsuite.transactions(Kind::ItemReceipt).len();
        (authorized.collect(), receipts)
    }
}

#[tokio::test]
async fn goods_that_arrive_after_their_credit_are_received_and_not_credited_again() {
    let world = World::start().await;
    let order = Order::clone(&world.shop.place_order(order()));
    world.drain_well().await;
    world.ships_whole(order.id);
    world.bills(order.id);
    world.drain_well().await;
    let before = world.on_hand();
    let id = world.pays_back_unseen(&order).await;
    assert_eq!(world.totals(Kind::CreditMemo), [dollars(22)]);
    assert_eq!(world.totals(Kind::CustomerRefund), [dollars(22)]);
    assert_eq!(world.received(), (Vec::new(), 0));

    let closed = (dollars(11), "H".to_owned());
    world.opens_parcel(&order, id, DispositionKind::Restocked);
    world.drain_well().await;
    assert_eq!(world.received(), (vec![closed.clone()], 1));
    assert_eq!(world.on_hand() - before, Decimal::ONE);

    // A second parcel, with goods that nobody can sell: received, not restocked.
    world.opens_parcel(&order, id, DispositionKind::NotRestocked);
    world.drain_well().await;
    world.shop.announce(order.id, &["orders/updated"]);
    world.drain_well().await;
    assert_eq!(world.received(), (vec![closed.clone(), closed], 2));
    assert_eq!(world.on_hand() - before, Decimal::ONE);
    assert_eq!(world.totals(Kind::CreditMemo), [dollars(22)]);
    assert_eq!(world.totals(Kind::CustomerRefund), [dollars(22)]);
}

#[tokio::test]
async fn goods_of_a_cash_sale_that_arrive_after_its_cash_refund_are_received() {
    let world = World::with(Change {
        orders: "channel.pos = { record = \"cash_sale\" }",
        ..Change::default()
    })
    .await;
    let order = world.sells_at_the_till().await;
    let before = world.on_hand();
    let id = world.pays_back_unseen(&order).await;
    assert_eq!(world.totals(Kind::CashRefund), [dollars(22)]);
    assert_eq!(world.received(), (Vec::new(), 0));
    world.opens_parcel(&order, id, DispositionKind::Restocked);
    world.drain_well().await;
    assert_eq!(world.received(), (vec![(dollars(11), "H".to_owned())], 1));
    assert_eq!(world.on_hand() - before, Decimal::ONE);
    assert_eq!(world.totals(Kind::CashRefund), [dollars(22)]);
}

#[tokio::test]
async fn goods_that_arrive_after_a_credit_over_two_bills_are_received_once() {
    let world = World::start().await;
    let order = Order::clone(&world.shop.place_order(order()));
    world.drain_well().await;
    world.bills_units(&order, 1);
    world.bills_units(&order, 1);
    world.shop.fulfil(order.id, &Fulfil::default()).unwrap();
    world.drain_well().await;
    let id = world.pays_back_unseen(&order).await;
    assert_eq!(world.totals(Kind::CreditMemo), [dollars(11), dollars(11)]);
    for _ in 0..2 {
        world.opens_parcel(&order, id, DispositionKind::Restocked);
        world.drain_well().await;
    }
    let closed = (dollars(11), "H".to_owned());
    assert_eq!(world.received(), (vec![closed.clone(), closed], 2));
}
