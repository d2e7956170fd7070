//! Orders that are edited, and cancelled in part or whole, before anything of them is shipped.

use rust_decimal::Decimal;
use sandbox::netsuite::Kind;
use sandbox::shopify::{Change, Editing, Payment, PlaceOrder, Refunding, Restock, line};
use serde_json::json;

use crate::world::{self, World};

fn dollars(amount: i64) -> Decimal {
    Decimal::new(amount * 100, 2)
}

/// Two mugs and a shirt of 10 dollars each, the mugs taxed at 10 %: 32.
fn order() -> PlaceOrder {
    let mut mug = line("MUG", 2);
    mug = mug.taxed("State tax", Decimal::new(1, 1));
    PlaceOrder::of([mug, line("TEE", 1)])
}

fn placed() -> world::Change {
    world::Change {
        orders: "when = \"placed\"",
        ..world::Change::default()
    }
}

fn money_back(line: u64, units: u32) -> Refunding {
    Refunding {
        lines: vec![(line, units)],
        restock: Restock::Cancel,
        money: true,
        ..Refunding::default()
    }
}

#[tokio::test]
async fn units_cancelled_before_they_are_shipped_lower_the_order_and_the_deposit_is_refunded() {
    let world = World::start().await;
    let order = world.shop.place_order(order());
    world.drain_well().await;
    world
        .shop
        .refund(order.id, &money_back(order.lines[0].id, 1))
        .unwrap();
    world.drain_well().await;
    let record = world.sales_order(order.id);
    assert_eq!(record.total, dollars(21));
    assert_eq!(record.lines[0].quantity, Decimal::ONE);
    let [refund] = world
        .netsuite
        .transactions(Kind::CustomerRefund)
        .try_into()
        .unwrap();
    assert_eq!(refund.total, dollars(11));
    assert_eq!(world.deposits(order.id)[0].open, dollars(21));
    assert!(world.netsuite.transactions(Kind::CreditMemo).is_empty());
}

#[tokio::test]
async fn an_edit_adds_changes_and_removes_lines_by_their_id() {
    let world = World::with(placed()).await;
    let order = world
        .shop
        .place_order(order().with_payment(Payment::Pending));
    world.drain_well().await;
    let (mug, tee) = (order.lines[0].id, order.lines[1].id);
    let edit = Editing::of([
        Change::SetQuantity {
            line: mug,
            quantity: 3,
        },
        Change::SetQuantity {
            line: tee,
            quantity: 0,
        },
        Change::AddLine {
            line: line("00420", 2),
            discount: None,
        },
    ]);
    let (edited, _) = world.shop.commit_edit(order.id, &edit).unwrap();
    world.drain_well().await;
    let record = world.sales_order(order.id);
    let shown: Vec<(String, Decimal, bool)> = record
        .lines
        .iter()
        .map(|line| {
            let key = line.fields["custcol_waybill_line"].as_str().unwrap();
            (key.to_owned(), line.quantity, line.closed)
        })
        .collect();
    let added = edited.lines.last().unwrap().id;
    assert_eq!(
        shown,
        [
            (mug.to_string(), Decimal::from(3), false),
            (tee.to_string(), Decimal::ONE, true),
            (added.to_string(), Decimal::from(2), false),
        ]
    );
    // The closed line keeps its 10 dollars in NetSuite's total; the open ones are what Shopify shows.
    let open: Decimal = record
        .lines
        .iter()
        .filter(|line| !line.closed)
        .map(|line| line.amount)
        .sum();
    let tax: Decimal = record.tax_rows.iter().map(|row| row.amount).sum();
    assert_eq!(open + tax, edited.totals.current_price.shop);
    assert_eq!(record.total, open + tax + dollars(10));
}

#[tokio::test]
async fn an_order_cancelled_whole_is_closed_and_its_deposit_goes_back() {
    let world = World::start().await;
    let order = world.shop.place_order(order());
    world.drain_well().await;
    world.shop.cancel(order.id, "customer").unwrap();
    world.drain_well().await;
    let record = world.sales_order(order.id);
    assert!(record.lines.iter().all(|line| line.closed), "{record:?}");
    assert_eq!(record.status, "H");
    assert_eq!(world.deposits(order.id)[0].open, Decimal::ZERO);
    let [refund] = world
        .netsuite
        .transactions(Kind::CustomerRefund)
        .try_into()
        .unwrap();
    assert_eq!(refund.total, dollars(32));
}

#[tokio::test]
async fn an_order_that_is_refunded_in_part_before_it_is_written_ends_like_one_refunded_after() {
    let world = World::start().await;
    world.shop.hold_deliveries();
    let order = world.shop.place_order(order());
    world
        .shop
        .refund(order.id, &money_back(order.lines[0].id, 1))
        .unwrap();
    world.shop.release_deliveries(true);
    world.drain_well().await;
    assert_eq!(world.sales_order(order.id).total, dollars(21));
    assert_eq!(world.deposits(order.id)[0].total, dollars(32));
    assert_eq!(world.deposits(order.id)[0].open, dollars(21));
    assert_eq!(world.netsuite.transactions(Kind::CustomerRefund).len(), 1);
}

#[tokio::test]
async fn what_netsuite_has_picked_is_not_taken_off_by_an_edit() {
    let world = World::with(placed()).await;
    let order = world
        .shop
        .place_order(order().with_payment(Payment::Pending));
    world.drain_well().await;
    let record = world.sales_order(order.id);
    let picked = json!({ "shipStatus": { "id": "A" } });
    world
        .netsuite
        .person_makes(Kind::SalesOrder, record.id, Kind::ItemFulfillment, &picked)
        .unwrap();
    let edit = Editing::set_quantity(order.lines[0].id, 1);
    world.shop.commit_edit(order.id, &edit).unwrap();
    world.drain().await;
    assert_eq!(world.ends().await, ["changed_after_import"]);
    let told = world.explained().await;
    assert!(
        told[0].contains("sold 1 times now") && told[0].contains("billed 2"),
        "{told:?}"
    );
    assert_eq!(
        world.sales_order(order.id).lines[0].quantity,
        Decimal::from(2)
    );
}
