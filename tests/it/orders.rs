//! A paid Shopify order becomes a sales order and a deposit: what both twins hold in the end.

use rust_decimal::Decimal;
use sandbox::shopify::{Handling, NewShipping, PlaceOrder, line, line_at};

use crate::world::World;

fn cents(amount: i64) -> Decimal {
    Decimal::new(amount, 2)
}

#[tokio::test]
async fn a_paid_order_becomes_one_sales_order_and_one_deposit_equal_to_the_cent() {
    let world = World::start().await;
    let order = world.shop.place_order(PlaceOrder {
        shipping: vec![NewShipping::new("Standard", cents(495))],
        ..PlaceOrder::of([
            line_at("MUG", 3, cents(1299)).taxed("State tax", Decimal::new(825, 4)),
            line("TEE", 1),
        ])
    });
    world.drain_well().await;

    let total = order.totals.price.shop;
    world.holds_once(order.id, total);
    let sales_order = world.sales_order(order.id);
    assert_eq!(
        sales_order.other_ref_num.as_deref(),
        Some(order.name.as_str())
    );
    assert_eq!(sales_order.shipping, cents(495));
    let shown = world.shop.metafield(
        &format!("gid://shopify/Order/{}", order.id),
        "waybill",
        "netsuite_id",
    );
    assert_eq!(shown.unwrap().value, sales_order.id.to_string());
}

#[tokio::test]
async fn twenty_copies_of_one_webhook_make_one_sales_order() {
    let world = World::start().await;
    world.shop.handle_next(None, Handling::Duplicate(20), 3);
    let order = world.shop.place_order([line("MUG", 1)]);
    world.drain_well().await;
    world.holds_once(order.id, cents(1000));
    assert_eq!(world.netsuite.sales_orders().len(), 1);
}
