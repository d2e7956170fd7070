//! Currencies of none, two and three decimals: the shop's, or what the customer was shown.

use rust_decimal::Decimal;
use sandbox::netsuite::Kind;
use sandbox::shopify::{DiscountValue, NewDiscount, NewShipping, PlaceOrder, Presentment, line_at};
use serde_json::json;

use crate::world::{Change, World};

fn basket(price: Decimal) -> PlaceOrder {
    let third = DiscountValue::Percentage(Decimal::new(3333, 2));
    PlaceOrder {
        shipping: vec![NewShipping::new("Standard", price)],
        ..PlaceOrder::of([
            line_at("MUG", 3, price).taxed("Tax", Decimal::new(10, 2)),
            line_at("TEE", 1, price + price).taxed("Tax", Decimal::new(10, 2)),
        ])
        .with_discount(NewDiscount::new("THIRD", third))
    }
}

#[tokio::test]
async fn yen_and_dinars_are_booked_exactly_for_a_customer_of_that_currency() {
    for (currency, id, price) in [
        ("JPY", "6", Decimal::new(1299, 0)),
        ("KWD", "7", Decimal::new(12_995, 3)),
    ] {
        let world = World::with(Change {
            currency: Some(currency),
            ..Change::default()
        })
        .await;
        let order = world.shop.place_order(basket(price));
        world.drain_well().await;
        world.holds_once(order.id, order.totals.price.shop);
        let booked = world.sales_order(order.id);
        assert_eq!(booked.currency, currency);
        assert_eq!(world.netsuite.customers()[0].fields["currency"]["id"], id);
        assert_eq!(booked.tax, order.totals.tax.shop);
    }
}

#[tokio::test]
async fn what_the_customer_was_shown_is_booked_where_the_store_says_so() {
    let world = World::with(Change {
        instead: &[(
            "subsidiary = \"2\"",
            "subsidiary = \"2\"\ncurrency_basis = \"presentment\"",
        )],
        ..Change::default()
    })
    .await;
    let order = world.shop.place_order(PlaceOrder {
        presentment: Some(Presentment {
            currency: "EUR".into(),
            rate: Decimal::new(9137, 4),
        }),
        ..basket(Decimal::new(1299, 2))
    });
    world.drain_well().await;
    assert_ne!(
        order.totals.price.presentment, order.totals.price.shop,
        "the two would look alike"
    );
    world.holds_once(order.id, order.totals.price.presentment);
    assert_eq!(world.sales_order(order.id).currency, "EUR");
}

#[tokio::test]
async fn a_customer_without_the_currency_holds_the_order_with_what_to_do() {
    let world = World::with(Change {
        currency: Some("EUR"),
        ..Change::default()
    })
    .await;
    let body = json!({
        "isPerson": false, "companyName": "Dollars only", "email": "buyer@example.com",
        "subsidiary": { "id": "2" }, "currency": { "id": "1" },
    });
    let customer = world.netsuite.seed_customer(&body).unwrap();
    let order = world.shop.place_order(basket(Decimal::new(1299, 2)));
    world.drain().await;
    assert_eq!(world.ends().await, ["customer_elsewhere"]);
    assert!(world.netsuite.sales_orders().is_empty());

    let euros = json!({ "currencyList": { "items": [{ "currency": { "id": "4" } }] } });
    let added = world
        .netsuite
        .person_edits(Kind::Customer, customer, &euros, &[]);
    added.unwrap();
    world.shop.announce(order.id, &["orders/updated"]);
    world.drain_well().await;
    world.holds_once(order.id, order.totals.price.shop);
}
