//! What happens to an order after it was written: here in Shopify, there in NetSuite.

use rust_decimal::Decimal;
use sandbox::netsuite::Kind;
use sandbox::shopify::{PlaceOrder, line};
use serde_json::json;

use crate::world::{Change, World};

const GIFT_NOTE: &str = r#"
[[store.field]]
record = "salesOrder"
field = "custbody_gift_note"
value = "order.note"
"#;

fn dollars(amount: i64) -> Decimal {
    Decimal::new(amount * 100, 2)
}

fn order() -> PlaceOrder {
    let mut mug = line("MUG", 2);
    mug = mug.taxed("State tax", Decimal::new(1, 1));
    PlaceOrder::of([mug, line("TEE", 1)])
}

fn total() -> Decimal {
    dollars(32)
}

#[tokio::test]
async fn a_changed_note_and_address_update_the_head_and_nothing_else() {
    let world = World::with(Change {
        more: GIFT_NOTE,
        ..Change::default()
    })
    .await;
    let order = world.shop.place_order(PlaceOrder {
        note: Some("ring twice".into()),
        ..order()
    });
    world.drain_well().await;
    let before = world.sales_order(order.id);
    assert_eq!(before.fields["custbody_gift_note"], "ring twice");

    world
        .shop
        .edit(order.id, |order| {
            order.note = Some("leave it at the door".into());
            if let Some(address) = &mut order.shipping_address {
                address.address1 = Some("7 New Road".into());
            }
        })
        .unwrap();
    world.drain_well().await;
    let after = world.sales_order(order.id);
    assert_eq!(after.fields["custbody_gift_note"], "leave it at the door");
    assert_eq!(after.fields["shippingAddress"]["addr1"], "7 New Road");
    assert_eq!(after.lines, before.lines);
    assert_eq!(after.tax_rows, before.tax_rows);
    world.holds_once(order.id, total());
}

#[tokio::test]
async fn an_unchanged_order_is_already_equal_and_costs_no_netsuite_call() {
    let world = World::start().await;
    let order = world.shop.place_order(order()).id;
    world.drain_well().await;
    world.netsuite.reset_calls();
    world.shop.announce(order, &["orders/updated"]);
    world.quiet().await;
    assert_eq!(world.ends().await, ["already equal"]);
    assert_eq!(world.netsuite_calls(), Vec::<String>::new());
}

#[tokio::test]
async fn a_total_that_a_person_changed_is_held_with_both_numbers_until_it_is_right_again() {
    let world = World::start().await;
    let order = world.shop.place_order(order());
    world.quiet().await;
    let record = world.sales_order(order.id);
    let shipping = |cost: i64| json!({ "shippingCost": cost, "shipMethod": { "id": "31" } });
    let edit = |cost| {
        let body = shipping(cost);
        world
            .netsuite
            .person_edits(Kind::SalesOrder, record.id, &body, &[])
            .unwrap();
    };
    edit(5);
    world.drain().await;
    assert_eq!(world.ends().await, ["total_differs"]);
    let told = world.explained().await;
    assert!(
        told[0].contains("32.00") && told[0].contains("37"),
        "{told:?}"
    );

    // Neither the echo of our own write nor a further event makes it good.
    world.shop.announce(order.id, &["orders/updated"]);
    world.drain().await;
    assert_eq!(world.ends().await, ["total_differs"]);

    edit(0);
    world.shop.announce(order.id, &["orders/updated"]);
    world.drain_well().await;
    world.holds_once(order.id, total());
}

#[tokio::test]
async fn what_was_deleted_in_netsuite_is_missed_and_stays_missed() {
    let world = World::start().await;
    let order = world.shop.place_order(order());
    world.quiet().await;
    let deposit = world.deposits(order.id).remove(0).id;
    let record = world.sales_order(order.id).id;
    world
        .netsuite
        .person_deletes(Kind::CustomerDeposit, deposit)
        .unwrap();
    world
        .netsuite
        .person_deletes(Kind::SalesOrder, record)
        .unwrap();
    world.drain().await;
    assert_eq!(world.ends().await, ["missing_in_netsuite"]);

    world.shop.announce(order.id, &["orders/updated"]);
    world.drain().await;
    assert_eq!(world.ends().await, ["missing_in_netsuite"]);
}
