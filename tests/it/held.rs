//! What cannot be written whole is held whole: each reason by its name, and not even the customer is written.

use rust_decimal::Decimal;
use sandbox::shopify::{Address, Payment, PlaceOrder, line};

use crate::world::{Change, World};

fn order() -> PlaceOrder {
    PlaceOrder::of([line("MUG", 2)])
}

#[tokio::test]
async fn what_the_settings_do_not_map_is_held_by_name_and_nothing_of_it_is_written() {
    let world = World::with(Change {
        instead: &[
            ("tip = \"902\"\n", ""),
            ("[[store.tax.map]]\ncode = \"11\"\ntype = \"3\"\n", ""),
        ],
        ..Change::default()
    })
    .await;
    let abroad = Address {
        country_code: Some("DE".into()),
        country: Some("Germany".into()),
        province: None,
        province_code: None,
        ..Address::sample()
    };
    let mut taxed = line("MUG", 2);
    taxed = taxed.taxed("MwSt", Decimal::new(19, 2));
    world.shop.place_order(PlaceOrder {
        shipping_address: Some(abroad),
        ..PlaceOrder::of([taxed])
    });
    world.shop.place_order(PlaceOrder {
        tip: Some(Decimal::ONE),
        ..order()
    });
    world.shop.place_order(PlaceOrder {
        net_days: Some(30),
        ..order().with_payment(Payment::Pending)
    });
    world.drain().await;
    assert_eq!(
        world.ends().await,
        ["unknown_tax", "missing_setting", "missing_setting"]
    );
    let told = world.explained().await;
    for (told, name) in told.iter().zip(["MwSt", "items.tip", "orders.terms"]) {
        assert!(told.contains(name), "{told}");
    }
    world.holds_nothing();
}

#[tokio::test]
async fn an_address_that_netsuite_refuses_is_held_until_it_is_corrected_in_shopify() {
    let world = World::start().await;
    let nowhere = Address {
        province_code: Some("ZZ".into()),
        ..Address::sample()
    };
    let order = world.shop.place_order(PlaceOrder {
        billing_address: Some(nowhere.clone()),
        shipping_address: Some(nowhere),
        ..order()
    });
    world.drain().await;
    assert_eq!(world.ends().await, ["address_refused"]);
    world.holds_nothing();

    let corrected = world.shop.edit(order.id, |order| {
        order.billing_address = Some(Address::sample());
        order.shipping_address = Some(Address::sample());
    });
    corrected.unwrap();
    world.drain_well().await;
    world.holds_once(order.id, order.totals.price.shop);

    let moved = world.shop.edit(order.id, |order| {
        if let Some(address) = &mut order.shipping_address {
            address.province_code = Some("ZZ".into());
        }
    });
    moved.unwrap();
    world.drain().await;
    assert_eq!(world.ends().await, ["address_refused"]);
    let booked = world.sales_order(order.id);
    assert_eq!(booked.fields["shippingAddress"]["state"], "KY");
}
