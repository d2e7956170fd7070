//! Whom an order is booked on: by external id, by e-mail, new, or the guest; and what is held.

use rust_decimal::Decimal;
use sandbox::netsuite::{Customer, Kind};
use sandbox::shopify::{Address, NewCustomer, PlaceOrder, line};
use serde_json::json;

use crate::world::{Change, World};

fn of(email: &str) -> PlaceOrder {
    PlaceOrder::of([line("MUG", 1)]).with_email(email)
}

/// An order that tells neither an e-mail nor an address.
fn nothing_of_them() -> PlaceOrder {
    PlaceOrder {
        email: None,
        phone: None,
        billing_address: None,
        shipping_address: None,
        ..PlaceOrder::of([line("MUG", 1)])
    }
}

fn total() -> Decimal {
    Decimal::new(1000, 2)
}

/// A customer that NetSuite has already; the id.
fn seed(world: &World, name: &str, email: &str, subsidiary: &str) -> u64 {
    let body = json!({
        "isPerson": false, "companyName": name, "email": email,
        "subsidiary": { "id": subsidiary }, "currency": { "id": "1" },
    });
    world.netsuite.seed_customer(&body).unwrap()
}

fn found(world: &World, id: u64) -> Customer {
    let mut customers = world.netsuite.customers();
    customers.retain(|customer| customer.id == id);
    customers.remove(0)
}

fn buyer(world: &World, order: u64) -> u64 {
    world.sales_order(order).customer.unwrap()
}

async fn with(customers: &'static str) -> World {
    World::with(Change {
        customers,
        ..Change::default()
    })
    .await
}

#[tokio::test]
async fn a_customer_is_matched_by_external_id_then_by_email_and_is_never_changed() {
    let world = World::start().await;
    let known = world.shop.add_customer("renamed@example.com", None);
    let by_id = world
        .netsuite
        .seed_customer(&json!({
            "isPerson": false, "companyName": "By id", "email": "old@example.com",
            "externalId": format!("cust-us-{known}"), "subsidiary": { "id": "2" },
        }))
        .unwrap();
    let same_email = seed(&world, "Not by id", "renamed@example.com", "2");
    let by_email = seed(&world, "By e-mail", "Mail@Example.com", "2");
    let idle = seed(&world, "Idle", "idle@example.com", "2");
    world
        .netsuite
        .person_deactivates(Kind::Customer, idle)
        .unwrap();
    let before = world.netsuite.customers();

    let first = world.shop.place_order(of("renamed@example.com")).id;
    let second = world.shop.place_order(of("mail@example.com")).id;
    world.drain_well().await;
    assert_eq!(buyer(&world, first), by_id);
    assert_eq!(buyer(&world, second), by_email);
    assert_eq!(world.netsuite.customers(), before, "{same_email} too");

    let third = world.shop.place_order(of("idle@example.com"));
    world.drain_well().await;
    let new = found(&world, buyer(&world, third.id));
    assert_ne!(new.id, idle);
    let shopify = third.customer.unwrap();
    assert_eq!(new.external_id, Some(format!("cust-us-{shopify}")));
    assert_eq!(new.email.as_deref(), Some("idle@example.com"));
    assert_eq!(new.subsidiary.as_deref(), Some("2"));

    world.netsuite.reset_calls();
    let again = world.shop.place_order(of("mail@example.com")).id;
    world.quiet().await;
    assert_eq!(world.netsuite_calls().len(), 2, "no look-up");
    assert_eq!(buyer(&world, again), by_email);
    assert_eq!(found(&world, by_email), before[2]);
    world.holds_once(again, total());
}

#[tokio::test]
async fn a_customer_deactivated_after_it_was_matched_is_looked_for_anew() {
    let world = World::start().await;
    let known = seed(&world, "By e-mail", "buyer@example.com", "2");
    let first = world.shop.place_order(of("buyer@example.com")).id;
    world.drain_well().await;
    assert_eq!(buyer(&world, first), known);

    let twin = seed(&world, "Its heir", "buyer@example.com", "2");
    world
        .netsuite
        .person_deactivates(Kind::Customer, known)
        .unwrap();
    let second = world.shop.place_order(of("buyer@example.com")).id;
    world.drain_well().await;
    assert_eq!(buyer(&world, second), twin);
    world.holds_once(second, total());
    assert_eq!(world.netsuite.customers().len(), 2);
}

#[tokio::test]
async fn the_first_orders_of_a_new_customer_that_come_at_once_make_one_customer() {
    let world = World::start().await;
    let orders: Vec<u64> = (0..5)
        .map(|_| world.shop.place_order(of("eager@example.com")).id)
        .collect();
    world.drain_well().await;
    for order in orders {
        world.holds_once(order, total());
    }
    assert_eq!(world.netsuite.customers().len(), 1);
}

#[tokio::test]
async fn two_shopify_customers_of_one_email_are_one_netsuite_customer() {
    let world = World::start().await;
    let mut buyers = Vec::new();
    for _ in 0..2 {
        let shopify = world.shop.add_customer("again@example.com", None);
        let order = world.shop.place_order(PlaceOrder {
            customer: NewCustomer::Existing(shopify),
            ..of("again@example.com")
        });
        world.drain_well().await;
        world.holds_once(order.id, total());
        buyers.push(buyer(&world, order.id));
    }
    assert_eq!(buyers[0], buyers[1]);
    assert_eq!(world.netsuite.customers().len(), 1);
}

#[tokio::test]
async fn several_matches_another_subsidiary_and_a_missing_guest_hold_the_order_and_write_nothing() {
    let world = World::start().await;
    seed(&world, "Twin one", "twins@example.com", "2");
    seed(&world, "Twin two", "twins@example.com", "2");
    seed(&world, "Elsewhere", "elsewhere@example.com", "1");
    let before = world.netsuite.customers();
    world.shop.place_order(of("twins@example.com"));
    world.shop.place_order(of("elsewhere@example.com"));
    world.shop.place_order(PlaceOrder {
        customer: NewCustomer::Guest,
        ..of("guest@example.com")
    });
    world.drain().await;
    assert_eq!(
        world.ends().await,
        ["many_customers", "customer_elsewhere", "no_customer"]
    );
    assert!(world.netsuite.sales_orders().is_empty());
    assert!(world.netsuite.deposits().is_empty());
    assert_eq!(world.netsuite.customers(), before);
}

#[tokio::test]
async fn oldest_and_newest_choose_among_several_and_guests_are_booked_on_the_guest() {
    for (customers, index) in [
        (
            "many_matches = \"oldest\"\ncross_subsidiary = \"create\"",
            0,
        ),
        ("many_matches = \"newest\"\nguest = \"1006\"", 1),
    ] {
        let world = with(customers).await;
        let twins = [
            seed(&world, "Twin one", "twins@example.com", "2"),
            seed(&world, "Twin two", "twins@example.com", "2"),
        ];
        let guest = seed(&world, "Guest", "till@example.com", "2");
        assert_eq!(guest, 1006);
        let order = world.shop.place_order(of("twins@example.com")).id;
        world.drain_well().await;
        assert_eq!(buyer(&world, order), twins[index]);
        if index == 0 {
            let there = seed(&world, "Elsewhere", "elsewhere@example.com", "1");
            let order = world.shop.place_order(of("elsewhere@example.com")).id;
            world.drain_well().await;
            assert_ne!(buyer(&world, order), there);
            world.holds_once(order, total());
        } else {
            let order = world.shop.place_order(PlaceOrder {
                customer: NewCustomer::Guest,
                ..of("guest@example.com")
            });
            world.drain_well().await;
            assert_eq!(buyer(&world, order.id), guest);
            world.holds_once(order.id, total());
        }
    }
}

#[tokio::test]
async fn whoever_has_one_name_only_or_none_is_still_a_customer() {
    let world = World::start().await;
    let address = |first: Option<&str>, last: Option<&str>, company: Option<&str>| Address {
        first_name: first.map(str::to_owned),
        last_name: last.map(str::to_owned),
        company: company.map(str::to_owned),
        ..Address::sample()
    };
    let place = |email: &str, address: Address| {
        world.shop.place_order(PlaceOrder {
            billing_address: Some(address.clone()),
            shipping_address: Some(address),
            ..of(email)
        })
    };
    let orders = [
        place("last@example.com", address(None, Some("Lovelace"), None)),
        place("first@example.com", address(Some("Cher"), None, None)),
        place("company@example.com", address(None, None, Some("Acme"))),
        place("none@example.com", address(None, None, None)),
    ];
    world.drain_well().await;
    for (order, name) in orders
        .iter()
        .zip(["Lovelace", "Cher", "Acme", "none@example.com"])
    {
        let customer = found(&world, buyer(&world, order.id));
        assert!(customer.entity_id.contains(name), "{}", customer.entity_id);
        world.holds_once(order.id, total());
    }
}

#[tokio::test]
async fn a_customer_with_nothing_but_a_phone_number_is_one_customer_called_by_it() {
    let world = World::start().await;
    let number = "+15025550100";
    let shopify = world
        .shop
        .create_customer(|it| it.phone = Some(number.to_owned()))
        .unwrap();
    let place = || PlaceOrder {
        customer: NewCustomer::Existing(shopify),
        phone: Some(number.to_owned()),
        ..nothing_of_them()
    };
    for _ in 0..2 {
        let order = world.shop.place_order(place()).id;
        world.drain_well().await;
        world.holds_once(order, total());
        let customer = found(&world, buyer(&world, order));
        assert_eq!(customer.external_id, Some(format!("cust-us-{shopify}")));
        assert!(!customer.is_person);
        assert_eq!(customer.fields["companyName"], number);
        assert_eq!(customer.fields["phone"], number);
        assert_eq!(customer.email, None);
        assert_eq!(customer.addresses, 0);
    }
    assert_eq!(world.netsuite.customers().len(), 1);
}

#[tokio::test]
async fn two_customers_without_an_email_are_never_one() {
    let world = World::start().await;
    let mut buyers = Vec::new();
    for number in ["+15025550101", "+15025550102"] {
        let shopify = world
            .shop
            .create_customer(|it| it.phone = Some(number.to_owned()));
        let order = world.shop.place_order(PlaceOrder {
            customer: NewCustomer::Existing(shopify.unwrap()),
            ..nothing_of_them()
        });
        world.drain_well().await;
        buyers.push(buyer(&world, order.id));
    }
    assert_ne!(buyers[0], buyers[1]);
}

#[tokio::test]
async fn a_guest_without_a_name_is_booked_on_the_guest_and_goods_go_to_the_address() {
    let world = with("guest = \"1006\"").await;
    seed(&world, "One", "one@example.com", "2");
    seed(&world, "Two", "two@example.com", "2");
    let guest = seed(&world, "Guest", "till@example.com", "2");
    assert_eq!(guest, 1006);
    let nobody = Address {
        first_name: None,
        last_name: None,
        company: None,
        ..Address::sample()
    };
    let order = world.shop.place_order(PlaceOrder {
        customer: NewCustomer::Guest,
        shipping_address: Some(nobody),
        ..nothing_of_them()
    });
    world.drain_well().await;
    world.holds_once(order.id, total());
    assert_eq!(buyer(&world, order.id), guest);
    let written = world.sales_order(order.id).fields;
    assert_eq!(written["shippingAddress"]["addr1"], "123 Shipping Street");
    assert_eq!(written["shippingAddress"].get("addressee"), None);
    assert_eq!(
        world.netsuite.customers().len(),
        3,
        "no customer is made of a guest"
    );
}
