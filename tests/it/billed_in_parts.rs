//! Orders that are shipped and billed in parts: several invoices, credits over them, edits between them.

use rust_decimal::Decimal;
use sandbox::netsuite::Kind;
use sandbox::shopify::{Editing, Fulfil, Order, Payment, PlaceOrder, Refunding, Restock, line};
use serde_json::json;

use crate::world::{Change, World};

fn dollars(amount: i64) -> Decimal {
    Decimal::new(amount * 100, 2)
}

/// Three mugs of 10 dollars, taxed at 10 %: 33.
async fn placed(payment: Payment) -> (World, Order) {
    let world = World::with(Change {
        orders: "when = \"placed\"",
        ..Change::default()
    })
    .await;
    let mug = line("MUG", 3).taxed("State tax", Decimal::new(1, 1));
    let order = world
        .shop
        .place_order(PlaceOrder::of([mug]).with_payment(payment));
    world.drain_well().await;
    (world, Order::clone(&order))
}

impl World {
    /// NetSuite ships so many units of the order's first line and bills them, and the shop is told.
    async fn ships_and_bills_units(&self, order: &Order, units: u32) {
        let part = Fulfil {
            lines: vec![(order.lines[0].id, units)],
            ..Fulfil::default()
        };
        self.shop.fulfil(order.id, &part).unwrap();
        self.bills_units(order, units);
        self.drain_well().await;
    }

    /// NetSuite ships so many units of the order's first line and bills them.
    pub(crate) fn bills_units(&self, order: &Order, units: u32) {
        let record = self.sales_order(order.id);
        let lines = record
            .lines
            .iter()
            .filter(|line| line.item_type == "InvtPart");
        let lines = lines.map(|line| match line.line == record.lines[0].line {
            true => json!({ "orderLine": line.line, "itemReceive": true, "quantity": units }),
            false => json!({ "orderLine": line.line, "itemReceive": false }),
        });
        let body = json!({
            "shipStatus": { "id": "C" },
            "item": { "items": lines.collect::<Vec<_>>() },
        });
        let made = Kind::ItemFulfillment;
        self.netsuite
            .person_makes(Kind::SalesOrder, record.id, made, &body)
            .unwrap();
        self.bills(order.id);
    }
}

#[tokio::test]
async fn units_of_several_invoices_are_credited_off_each() {
    let (world, order) = placed(Payment::Paid).await;
    world.ships_and_bills_units(&order, 1).await;
    world.ships_and_bills_units(&order, 2).await;
    assert_eq!(world.totals(Kind::Invoice), [dollars(11), dollars(22)]);
    let refunding = Refunding::units(order.lines[0].id, 2, Restock::NoRestock);
    world.shop.refund(order.id, &refunding).unwrap();
    world.drain_well().await;
    assert_eq!(world.totals(Kind::CreditMemo), [dollars(11), dollars(11)]);
    let invoices: Vec<u64> = world
        .netsuite
        .transactions(Kind::Invoice)
        .iter()
        .map(|it| it.id)
        .collect();
    let memos = world.netsuite.transactions(Kind::CreditMemo);
    let sources: Vec<u64> = memos.iter().filter_map(|it| it.created_from).collect();
    assert_eq!(sources, invoices);
    assert_eq!(world.totals(Kind::CustomerRefund), [dollars(22)]);
}

#[tokio::test]
async fn an_edit_after_a_part_is_billed_changes_only_what_is_not() {
    let (world, order) = placed(Payment::Pending).await;
    world.ships_and_bills_units(&order, 1).await;
    let mug = order.lines[0].id;
    for (units, total) in [(2, 22), (5, 55)] {
        let edit = Editing::set_quantity(mug, units);
        world.shop.commit_edit(order.id, &edit).unwrap();
        world.drain_well().await;
        assert_eq!(world.sales_order(order.id).total, dollars(total));
    }
    assert_eq!(world.totals(Kind::Invoice), [dollars(11)]);
    assert!(world.totals(Kind::CreditMemo).is_empty());
}

#[tokio::test]
async fn a_refund_of_billed_and_of_open_units_credits_the_ones_and_lowers_the_others() {
    let (world, order) = placed(Payment::Paid).await;
    world.ships_and_bills_units(&order, 1).await;
    let mug = order.lines[0].id;
    let open = Refunding::units(mug, 2, Restock::Cancel);
    world.shop.refund(order.id, &open).unwrap();
    let shipped = Refunding::units(mug, 1, Restock::Return);
    world.shop.refund(order.id, &shipped).unwrap();
    world.drain_well().await;
    assert_eq!(world.sales_order(order.id).total, dollars(11));
    assert_eq!(world.totals(Kind::CreditMemo), [dollars(11)]);
    let mut refunds = world.totals(Kind::CustomerRefund);
    refunds.sort();
    assert_eq!(refunds, [dollars(11), dollars(22)]);
    let open: Decimal = world.deposits(order.id).iter().map(|it| it.open).sum();
    assert_eq!(open, Decimal::ZERO);
}
