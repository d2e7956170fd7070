//! Shipping that an edit adds once the order is billed: billed too, told while it is not, never lost.

use rust_decimal::Decimal;
use sandbox::netsuite::Kind;
use sandbox::shopify::{Change as Edit, Editing, NewShipping, NewTax, Order};

use crate::refunds::{dollars, order};
use crate::world::{Change, World};

fn shipping(title: &str, price: i64) -> NewShipping {
    NewShipping {
        taxes: vec![NewTax::new("State tax", Decimal::new(1, 1))],
        ..NewShipping::new(title, dollars(price))
    }
}

/// 32 dollars of goods and 5.50 of shipping, shipped.
async fn shipped(change: Change) -> (World, Order) {
    let world = World::with(change).await;
    let placed = order().with_shipping(shipping("Standard", 5));
    let order = world.shop.place_order(placed);
    world.drain_well().await;
    world.ships_whole(order.id);
    (world, Order::clone(&order))
}

impl World {
    /// The shop adds express shipping of 8 dollars and its tax, which is paid.
    fn adds_shipping(&self, order: u64) {
        let edit = Editing::of([Edit::AddShipping(shipping("Express", 8))]);
        self.shop.commit_edit(order, &edit).unwrap();
        self.shop.mark_paid(order).unwrap();
    }

    /// What of invoices and deposits is open.
    fn open(&self) -> Decimal {
        let kinds = [Kind::Invoice, Kind::CustomerDeposit].into_iter();
        let all = kinds.flat_map(|kind| self.netsuite.transactions(kind));
        all.map(|it| it.open).sum()
    }
}

const FIRST: Decimal = Decimal::from_parts(3750, 0, 0, false, 2);
const SECOND: Decimal = Decimal::from_parts(880, 0, 0, false, 2);

#[tokio::test]
async fn shipping_that_is_added_after_the_bill_is_billed_by_a_further_invoice() {
    let (world, order) = shipped(Change {
        more: "[store.billing]\nby = \"waybill\"",
        ..Change::default()
    })
    .await;
    world.drain_well().await;
    assert_eq!(world.totals(Kind::Invoice), [FIRST]);
    world.adds_shipping(order.id);
    world.drain_well().await;
    assert_eq!(world.totals(Kind::Invoice), [FIRST, SECOND]);
    assert_eq!(world.open(), Decimal::ZERO);
    let booked = world.sales_order(order.id);
    assert_eq!((booked.total, &*booked.status), (FIRST + SECOND, "G"));
    world.shop.announce(order.id, &["orders/updated"]);
    world.drain_well().await;
    assert_eq!(world.totals(Kind::Invoice), [FIRST, SECOND]);
}

#[tokio::test]
async fn shipping_that_is_added_after_netsuites_bill_waits_for_the_next_and_says_so() {
    let (world, order) = shipped(Change::default()).await;
    world.bills(order.id);
    world.drain_well().await;
    world.adds_shipping(order.id);
    world.waits_for("was added after the bill").await;
    assert_eq!(world.sales_order(order.id).total, FIRST + SECOND);
    assert_eq!(world.totals(Kind::Invoice), [FIRST]);
    world.bills(order.id);
    world.shop.announce(order.id, &["orders/updated"]);
    world.drain_well().await;
    assert_eq!(world.totals(Kind::Invoice), [FIRST, SECOND]);
    assert_eq!(world.open(), Decimal::ZERO);
}

#[tokio::test]
async fn shipping_after_the_bill_without_an_item_for_it_is_held_and_names_the_key() {
    let (world, order) = shipped(Change {
        instead: &[("shipping = \"901\"\n", "")],
        ..Change::default()
    })
    .await;
    world.bills(order.id);
    world.drain_well().await;
    world.adds_shipping(order.id);
    world.drain().await;
    assert_eq!(world.problems().await, ["missing_setting"]);
    let told = world.explained().await.concat();
    assert!(told.contains("items.shipping"), "{told}");
    assert_eq!(world.sales_order(order.id).total, FIRST);
}

#[tokio::test]
async fn billed_shipping_that_an_edit_removes_is_held_with_both_versions() {
    let (world, order) = shipped(Change::default()).await;
    world.bills(order.id);
    world.drain_well().await;
    let removed = Editing::of([Edit::RemoveShipping(order.shipping_lines[0].id)]);
    world.shop.commit_edit(order.id, &removed).unwrap();
    world.drain().await;
    assert_eq!(world.problems().await, ["changed_after_import"]);
    let told = world.explained().await.concat();
    assert!(
        told.contains("shipping of 5") && told.contains("32.00"),
        "{told}"
    );
    assert_eq!(world.sales_order(order.id).total, FIRST);
}
