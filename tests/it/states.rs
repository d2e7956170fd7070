//! NetSuite's lists of states: a store's settings say what they call Shopify's provinces.

use sandbox::shopify::{Address, PlaceOrder, line};

use crate::customer_sync::{ada, calm, text};
use crate::world::{Change, World};

const STATES: &str =
    "[store.states]\n\"MX-Q ROO\" = \"QR\"\n\"JP-13\" = \"Tokyo\"\n\"GB-ENG\" = \"\"\n";

fn of(country: &str, code: &str, name: &str) -> Address {
    Address {
        address1: text(&format!("1 {name} Road")),
        province: text(name),
        province_code: text(code),
        country: None,
        country_code: text(country),
        ..Address::sample()
    }
}

/// An account whose lists have names of their own.
async fn start(more: &'static str) -> World {
    World::with(Change {
        more,
        customers: "direction = \"both\"\ncreate = \"at_once\"",
        account: Some(|it| {
            for (country, states) in [
                ("MX", ["QR", "JAL"]),
                ("JP", ["Tokyo", "Osaka"]),
                ("GB", ["Kent", "Devon"]),
            ] {
                it.states
                    .insert(country.to_owned(), states.map(str::to_owned).into());
            }
        }),
        ..Change::default()
    })
    .await
}

fn order(address: Address) -> PlaceOrder {
    PlaceOrder {
        billing_address: Some(address.clone()),
        shipping_address: Some(address),
        ..PlaceOrder::of([line("MUG", 1)])
    }
}

#[tokio::test]
async fn a_province_has_the_name_that_netsuites_list_has_for_it() {
    let world = start(STATES).await;
    for (address, state) in [
        (of("MX", "Q ROO", "Quintana Roo"), Some("QR")),
        (of("MX", "JAL", "Jalisco"), Some("JAL")),
        (of("JP", "JP-13", "Tōkyō"), Some("Tokyo")),
        (of("GB", "ENG", "England"), None),
        (of("DE", "BY", "Bayern"), Some("BY")),
    ] {
        let name = address.province.clone().unwrap();
        let placed = world.shop.place_order(order(address)).id;
        world.drain_well().await;
        let sale = world.sales_order(placed).fields;
        let written = &sale["shippingAddress"];
        assert_eq!(written["state"].as_str(), state, "{name}");
        if state.is_none() {
            assert_eq!(written["addr3"], name, "it is not lost");
        }
    }
}

#[tokio::test]
async fn a_province_that_the_list_does_not_have_holds_the_order_until_it_is_named() {
    let world = start("").await;
    world
        .shop
        .place_order(order(of("MX", "Q ROO", "Quintana Roo")));
    world.drain().await;
    assert_eq!(world.ends().await, ["address_refused"]);
    assert!(world.netsuite.sales_orders().is_empty());
}

#[tokio::test]
async fn what_netsuite_calls_a_province_is_shopifys_code_again_on_the_way_back() {
    let world = start(STATES).await;
    for topic in ["customers/create", "customers/update"] {
        world.shop.subscribe(topic, &world.door());
    }
    world.script(true);
    let customer = ada(&world);
    calm(&world).await;
    let record = crate::customer_sync::record(&world, customer);
    let id = record["id"].as_str().unwrap().parse().unwrap();
    let moved = serde_json::json!({ "addressBook": { "items": [{ "addressBookAddress": {
        "addressee": "Ada Lovelace", "addr1": "2 Beach Road", "city": "Cancún", "state": "QR", "country": "MX",
    } }] } });
    let kind = sandbox::netsuite::Kind::Customer;
    world.netsuite.person_edits(kind, id, &moved, &[]).unwrap();
    calm(&world).await;
    let held = world.shop.customer(customer).unwrap();
    let added = held.addresses.iter().map(|(_, it)| it);
    let added = added.filter(|it| it.country_code.as_deref() == Some("MX"));
    let codes: Vec<_> = added.map(|it| it.province_code.clone()).collect();
    assert_eq!(codes, [text("Q ROO")]);
}
