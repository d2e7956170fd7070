//! What is emptied or removed on one side goes on the other, by who owns it; and nothing else goes.

use sandbox::netsuite::Kind;
use serde_json::{Value, json};

use crate::customer_sync::{BOTH, ada, calm, id_of, record, saved, street, streets, with, writes};
use crate::world::World;

fn edit(world: &World, customer: u64, body: &Value, replace: &[&str]) {
    let id = id_of(&record(world, customer));
    let edited = world
        .netsuite
        .person_edits(Kind::Customer, id, body, replace);
    edited.unwrap();
}

fn is_empty(value: &Value) -> bool {
    value.as_str().unwrap_or_default().is_empty()
}

/// A customer with two addresses on both sides.
async fn with_two_addresses(world: &World) -> u64 {
    let customer = ada(world);
    let changed = world
        .shop
        .change_customer(customer, |it| it.add_address(street("2 Mill Lane")));
    changed.unwrap();
    calm(world).await;
    assert_eq!(
        streets(&record(world, customer)),
        ["1 Engine Road", "2 Mill Lane"]
    );
    customer
}

#[tokio::test]
async fn what_the_shop_empties_and_removes_goes_in_netsuite_and_nothing_else_does() {
    let world = with("create = \"at_once\"").await;
    let customer = with_two_addresses(&world).await;
    // The office adds an address of its own, which the shop never had.
    let office = json!({ "label": "Office", "addressBookAddress": {
        "addressee": "Ada Lovelace", "addr1": "9 Office Park", "city": "Shippington", "state": "KY",
        "zip": "40003", "country": { "id": "US" },
    } });
    edit(
        &world,
        customer,
        &json!({ "addressBook": { "items": [office] } }),
        &[],
    );
    calm(&world).await;
    world.netsuite.reset_calls();
    let changed = world.shop.change_customer(customer, |it| {
        it.phone = None;
        it.addresses
            .retain(|(_, it)| it.address1.as_deref() != Some("2 Mill Lane"));
    });
    changed.unwrap();
    calm(&world).await;
    let left = record(&world, customer);
    assert!(is_empty(&left["phone"]), "{}", left["phone"]);
    assert_eq!(left["email"], "ada@example.com");
    assert_eq!(streets(&left), ["1 Engine Road", "9 Office Park"]);
    assert_eq!(left["addressBook"][0]["defaultShipping"], true);
    assert_eq!(writes(&world), (1, 0));
}

#[tokio::test]
async fn what_netsuite_empties_and_removes_goes_in_the_shop_where_it_may() {
    let world = with(BOTH).await;
    let customer = with_two_addresses(&world).await;
    let held = record(&world, customer);
    let first = held["addressBook"][0]["id"].clone();
    let body = json!({ "phone": null, "addressBook": { "items": [{ "id": first }] } });
    edit(&world, customer, &body, &["addressBook"]);
    calm(&world).await;
    let left = world.shop.customer(customer).unwrap();
    assert_eq!(left.phone, None);
    assert_eq!(left.email.as_deref(), Some("ada@example.com"));
    assert_eq!(saved(&left), ["1 Engine Road"]);
    assert_eq!(streets(&record(&world, customer)), ["1 Engine Road"]);
}

#[tokio::test]
async fn what_is_removed_by_who_does_not_own_it_comes_back() {
    let world = with(
        "direction = \"both\"\ncreate = \"at_once\"\n[store.customers.fields]\naddresses = \"netsuite\"\nphone = \"netsuite\"",
    )
    .await;
    let customer = with_two_addresses_owned_by_netsuite(&world).await;
    let changed = world.shop.change_customer(customer, |it| {
        it.phone = None;
        it.addresses
            .retain(|(_, it)| it.address1.as_deref() != Some("9 Office Park"));
    });
    changed.unwrap();
    calm(&world).await;
    let left = world.shop.customer(customer).unwrap();
    assert_eq!(saved(&left), ["1 Engine Road", "9 Office Park"]);
    assert_eq!(left.phone.as_deref(), Some("+15550100001"));
}

async fn with_two_addresses_owned_by_netsuite(world: &World) -> u64 {
    let customer = ada(world);
    calm(world).await;
    let office = json!({ "label": "Office", "addressBookAddress": {
        "addressee": "Ada Lovelace", "addr1": "9 Office Park", "city": "Shippington", "state": "KY",
        "zip": "40003", "country": { "id": "US" },
    } });
    edit(
        world,
        customer,
        &json!({ "addressBook": { "items": [office] } }),
        &[],
    );
    calm(world).await;
    let shopify = world.shop.customer(customer).unwrap();
    assert_eq!(saved(&shopify), ["1 Engine Road", "9 Office Park"]);
    customer
}

#[tokio::test]
async fn the_newest_address_is_found_address_by_address() {
    let world = with(
        "direction = \"both\"\ncreate = \"at_once\"\n[store.customers.fields]\naddresses = \"newest\"",
    )
    .await;
    let customer = with_two_addresses(&world).await;
    let lines = record(&world, customer)["addressBook"].clone();
    // Each side changes another address before it hears of the other.
    world
        .netsuite
        .handle_callbacks(sandbox::netsuite::Handling::Lose, Some(1));
    let body = json!({ "addressBook": { "items": [
        { "id": lines[1]["id"], "addressBookAddress": { "addr1": "2 Office Lane" } },
    ] } });
    edit(&world, customer, &body, &[]);
    let changed = world.shop.change_customer(customer, |it| {
        it.addresses[0].1.address1 = Some("1 Shop Road".to_owned());
    });
    changed.unwrap();
    calm(&world).await;
    let shopify = world.shop.customer(customer).unwrap();
    assert_eq!(saved(&shopify), ["1 Shop Road", "2 Office Lane"]);
    assert_eq!(
        streets(&record(&world, customer)),
        ["1 Shop Road", "2 Office Lane"]
    );
}
