//! Refunds and returns of what is shipped and billed: credited, received, paid back.

use rust_decimal::Decimal;
use sandbox::netsuite::Kind;
use sandbox::shopify::{Fulfil, Order, PlaceOrder, Refunding, Restock, line, line_at};
use serde_json::json;

use crate::world::{Change, World};

pub(crate) fn dollars(amount: i64) -> Decimal {
    Decimal::new(amount * 100, 2)
}

/// Two mugs and a shirt of 10 dollars each, the mugs taxed at 10 %: 32.
pub(crate) fn order() -> PlaceOrder {
    let mut mug = line("MUG", 2);
    mug = mug.taxed("State tax", Decimal::new(1, 1));
    PlaceOrder::of([mug, line("TEE", 1)])
}

impl World {
    /// NetSuite ships all that is open of an order, and the shop is told.
    pub(crate) fn ships_whole(&self, order: u64) {
        let record = self.sales_order(order);
        let shipped = json!({ "shipStatus": { "id": "C" } });
        let made = Kind::ItemFulfillment;
        self.netsuite
            .person_makes(Kind::SalesOrder, record.id, made, &shipped)
            .unwrap();
        self.shop.fulfil(order, &Fulfil::default()).unwrap();
    }

    /// NetSuite bills all that is shipped; its preference uses the deposits.
    pub(crate) fn bills(&self, order: u64) -> u64 {
        self.netsuite
            .configure(|settings| settings.auto_apply_deposits = true);
        let record = self.sales_order(order);
        self.netsuite
            .person_makes(Kind::SalesOrder, record.id, Kind::Invoice, &json!({}))
            .unwrap()
    }

    /// An order of the till, which is booked as a cash sale, shipped.
    pub(crate) async fn sells_at_the_till(&self) -> Order {
        let order = self.shop.place_order(PlaceOrder {
            source_name: Some("pos".into()),
            ..order()
        });
        self.drain_well().await;
        self.shop.fulfil(order.id, &Fulfil::default()).unwrap();
        self.drain_well().await;
        Order::clone(&order)
    }

    pub(crate) fn totals(&self, kind: Kind) -> Vec<Decimal> {
        let transactions = self.netsuite.transactions(kind);
        transactions.iter().map(|made| made.total).collect()
    }
}

fn back(line: u64, units: u32, restock: Restock) -> Refunding {
    Refunding {
        lines: vec![(line, units)],
        restock,
        money: true,
        ..Refunding::default()
    }
}

#[tokio::test]
async fn goods_that_came_back_are_authorized_received_credited_and_paid_back() {
    let world = World::start().await;
    let order = world.shop.place_order(order());
    world.drain_well().await;
    world.ships_whole(order.id);
    world.bills(order.id);
    world.drain_well().await;
    let mugs = |world: &World| {
        let stock = world.netsuite.stock();
        stock.iter().map(|level| level.on_hand).sum::<Decimal>()
    };
    let before = mugs(&world);
    world
        .shop
        .refund(order.id, &back(order.lines[0].id, 1, Restock::Return))
        .unwrap();
    world.drain_well().await;
    assert_eq!(world.totals(Kind::ReturnAuthorization), [dollars(11)]);
    assert_eq!(world.netsuite.transactions(Kind::ItemReceipt).len(), 1);
    assert_eq!(mugs(&world) - before, Decimal::ONE);
    assert_eq!(world.totals(Kind::CreditMemo), [dollars(11)]);
    assert_eq!(world.totals(Kind::CustomerRefund), [dollars(11)]);
    let memo = &world.netsuite.transactions(Kind::CreditMemo)[0];
    assert_eq!(memo.open, Decimal::ZERO);
    assert_eq!(world.sales_order(order.id).total, dollars(32));
}

#[tokio::test]
async fn goods_that_stay_with_the_customer_are_credited_off_the_invoice() {
    let world = World::start().await;
    let order = world.shop.place_order(order());
    world.drain_well().await;
    world.ships_whole(order.id);
    world.bills(order.id);
    world
        .shop
        .refund(order.id, &back(order.lines[0].id, 1, Restock::NoRestock))
        .unwrap();
    world.drain_well().await;
    assert!(
        world
            .netsuite
            .transactions(Kind::ReturnAuthorization)
            .is_empty()
    );
    assert_eq!(world.totals(Kind::CreditMemo), [dollars(11)]);
    assert_eq!(world.totals(Kind::CustomerRefund), [dollars(11)]);
}

#[tokio::test]
async fn a_refund_of_what_is_shipped_waits_for_the_bill_and_is_then_credited() {
    let world = World::start().await;
    let order = world.shop.place_order(order());
    world.drain_well().await;
    world.ships_whole(order.id);
    world
        .shop
        .refund(order.id, &back(order.lines[0].id, 1, Restock::Return))
        .unwrap();
    world.waits_for("not billed yet").await;
    assert!(world.totals(Kind::CreditMemo).is_empty());
    assert!(world.totals(Kind::CustomerRefund).is_empty());
    world.bills(order.id);
    world.shop.announce(order.id, &["orders/updated"]);
    world.drain_well().await;
    assert_eq!(world.totals(Kind::CreditMemo), [dollars(11)]);
    assert_eq!(world.totals(Kind::CustomerRefund), [dollars(11)]);
    assert_eq!(world.ends().await, ["applied"]);
}

#[tokio::test]
async fn waybill_bills_what_is_shipped_and_pays_it_from_the_deposit() {
    let world = World::with(Change {
        more: "[store.billing]\nby = \"waybill\"",
        ..Change::default()
    })
    .await;
    let order = world.shop.place_order(order());
    world.drain_well().await;
    world.ships_whole(order.id);
    world.drain_well().await;
    assert_eq!(world.totals(Kind::Invoice), [dollars(32)]);
    assert_eq!(
        world.netsuite.transactions(Kind::Invoice)[0].open,
        Decimal::ZERO
    );
    assert_eq!(world.totals(Kind::DepositApplication), [dollars(32)]);
    assert_eq!(world.deposits(order.id)[0].open, Decimal::ZERO);
}

#[tokio::test]
async fn goodwill_on_a_billed_order_is_a_credit_memo_of_its_own() {
    let world = World::with(Change {
        instead: &[("tip = \"902\"", "tip = \"902\"\nadjustment = \"906\"")],
        ..Change::default()
    })
    .await;
    world.service_item(906, "Adjustment");
    let order = world.shop.place_order(order());
    world.drain_well().await;
    world.ships_whole(order.id);
    world.bills(order.id);
    world
        .shop
        .refund(order.id, &Refunding::goodwill(dollars(3)))
        .unwrap();
    world.drain_well().await;
    assert_eq!(world.totals(Kind::CreditMemo), [dollars(3)]);
    assert_eq!(world.totals(Kind::CustomerRefund), [dollars(3)]);
    let memo = &world.netsuite.transactions(Kind::CreditMemo)[0];
    assert_eq!(memo.lines[0].fields["custcol_waybill_line"], "adjustment");
    assert_eq!(memo.open, Decimal::ZERO);
}

#[tokio::test]
async fn units_refunded_one_by_one_take_back_their_tax_to_the_cent() {
    let world = World::start().await;
    let mug = line_at("MUG", 3, Decimal::new(333, 2)).taxed("State tax", Decimal::new(1, 1));
    let order = world.shop.place_order(PlaceOrder::of([mug]));
    world.drain_well().await;
    world.ships_whole(order.id);
    world.bills(order.id);
    for _ in 0..3 {
        world
            .shop
            .refund(order.id, &back(order.lines[0].id, 1, Restock::Return))
            .unwrap();
        world.drain_well().await;
    }
    let credited: Decimal = world.totals(Kind::CreditMemo).iter().sum();
    assert_eq!(credited, order.totals.price.shop);
    assert_eq!(
        world.totals(Kind::CreditMemo),
        world.totals(Kind::CustomerRefund)
    );
    assert_eq!(world.totals(Kind::CreditMemo).len(), 3);
}

#[tokio::test]
async fn a_return_that_somebody_booked_by_hand_is_seen_and_not_doubled() {
    let world = World::start().await;
    let order = world.shop.place_order(order());
    world.drain_well().await;
    world.ships_whole(order.id);
    let invoice = world.bills(order.id);
    let one = json!({ "item": { "items": [
        { "line": 1, "quantity": 1 }, { "line": 2, "quantity": 0 },
    ] } });
    let memo = world
        .netsuite
        .person_makes(Kind::Invoice, invoice, Kind::CreditMemo, &one)
        .unwrap();
    let paid = world.totals(Kind::CreditMemo)[0];
    world
        .netsuite
        .person_creates(
            Kind::CustomerRefund,
            &json!({
                "customer": world.sales_order(order.id).customer, "account": "123",
                "apply": { "items": [{ "doc": memo, "apply": true, "amount": paid }] },
            }),
        )
        .unwrap();
    world
        .shop
        .refund(order.id, &back(order.lines[0].id, 1, Restock::NoRestock))
        .unwrap();
    world.drain_well().await;
    assert_eq!(world.netsuite.transactions(Kind::CreditMemo).len(), 1);
    assert_eq!(world.netsuite.transactions(Kind::CustomerRefund).len(), 1);
}

#[tokio::test]
async fn a_sale_at_the_till_is_taken_back_by_a_cash_refund() {
    let world = World::with(Change {
        orders: "channel.pos = { record = \"cash_sale\" }",
        ..Change::default()
    })
    .await;
    let order = world.sells_at_the_till().await;
    world
        .shop
        .refund(order.id, &back(order.lines[0].id, 1, Restock::NoRestock))
        .unwrap();
    world.drain_well().await;
    assert_eq!(world.totals(Kind::CashSale), [dollars(32)]);
    assert_eq!(world.totals(Kind::CashRefund), [dollars(11)]);
    assert!(world.totals(Kind::CustomerRefund).is_empty());
}

#[tokio::test]
async fn what_waits_for_its_bill_too_long_is_reported_and_goes_on_once_it_is_billed() {
    let world = World::with(Change {
        more: "[store.billing]\nreport_after = \"2d\"",
        ..Change::default()
    })
    .await;
    let order = world.shop.place_order(order());
    world.drain_well().await;
    world.ships_whole(order.id);
    world
        .shop
        .refund(order.id, &back(order.lines[0].id, 1, Restock::Return))
        .unwrap();
    world.waits_for("not billed yet").await;
    let a_day_later = "update outbox set waiting_since = waiting_since - interval '26 hours' where kind = 'order' returning document";
    world.database.texts(a_day_later).await;
    world.shop.announce(order.id, &["orders/updated"]);
    world.drain_well().await;
    world.waits_for("not billed yet").await;

    world.database.texts(a_day_later).await;
    world.shop.announce(order.id, &["orders/updated"]);
    world.drain().await;
    assert_eq!(world.problems().await, ["awaits_billing"]);
    let told = world.explained().await.concat();
    assert!(told.contains("shipped and not billed yet"), "{told}");

    world.bills(order.id);
    world.shop.announce(order.id, &["orders/updated"]);
    world.drain_well().await;
    assert_eq!(world.totals(Kind::CreditMemo), [dollars(11)]);
    assert_eq!(world.totals(Kind::CustomerRefund), [dollars(11)]);
}
