//! Customers of other subsidiaries: added to the store's once, and held where the account cannot.

use rust_decimal::Decimal;
use sandbox::netsuite::{Fault, Kind, Matcher};
use sandbox::shopify::{PlaceOrder, line};
use serde_json::json;

use crate::world::{Change, World};

const RECORD: &str = "customerSubsidiaryRelationship";

fn order() -> PlaceOrder {
    PlaceOrder::of([line("MUG", 1)]).with_email("elsewhere@example.com")
}

fn total() -> Decimal {
    Decimal::new(1000, 2)
}

/// A store that adds, in an account with the feature, and a customer of another subsidiary.
async fn adding(account: fn(&mut sandbox::netsuite::Settings)) -> (World, u64) {
    with("cross_subsidiary = \"add\"", account).await
}

async fn with(
    customers: &'static str,
    account: fn(&mut sandbox::netsuite::Settings),
) -> (World, u64) {
    let world = World::with(Change {
        customers,
        account: Some(account),
        ..Change::default()
    })
    .await;
    let body = json!({
        "isPerson": false, "companyName": "Elsewhere", "email": "elsewhere@example.com",
        "subsidiary": { "id": "1" }, "currency": { "id": "1" },
    });
    let customer = world.netsuite.seed_customer(&body).unwrap();
    (world, customer)
}

fn added_by_a_person(world: &World, customer: u64) {
    let pair = json!({ "entity": { "id": customer.to_string() }, "subsidiary": { "id": "2" } });
    let record = Kind::CustomerSubsidiaryRelationship;
    world.netsuite.person_creates(record, &pair).unwrap();
}

/// The calls that added somebody to a subsidiary, as far as the account knows.
fn additions(world: &World) -> usize {
    let calls = world.netsuite.calls().into_iter();
    calls
        .filter(|call| call.method == "POST" && call.record == RECORD)
        .count()
}

fn holds(world: &World, order: u64, customer: u64) {
    world.holds_once(order, total());
    let written = world.sales_order(order);
    assert_eq!(written.customer, Some(customer));
    assert_eq!(written.fields["subsidiary"]["id"], "2");
}

#[tokio::test]
async fn a_customer_of_another_subsidiary_is_added_to_the_stores_with_their_first_order_only() {
    let (world, customer) = adding(|it| it.multi_subsidiary_customers = true).await;
    let first = world.shop.place_order(order()).id;
    world.drain_well().await;
    holds(&world, first, customer);
    assert_eq!(additions(&world), 1);

    world.netsuite.reset_calls();
    let second = world.shop.place_order(order()).id;
    world.quiet().await;
    holds(&world, second, customer);
    assert_eq!(world.netsuite_calls().len(), 2, "neither asked nor added");
    assert_eq!(world.netsuite.customers().len(), 1);
}

#[tokio::test]
async fn an_addition_whose_answer_was_lost_is_not_made_again() {
    let (world, customer) = adding(|it| it.multi_subsidiary_customers = true).await;
    world
        .netsuite
        .fail_when(Matcher::create(RECORD), Fault::ReplyLost);
    let placed = world.shop.place_order(order()).id;
    world.drain_well().await;
    assert_eq!(world.netsuite.faults_left(), 0);
    holds(&world, placed, customer);
    assert_eq!(additions(&world), 1);
}

#[tokio::test]
async fn that_the_customer_was_added_meanwhile_is_as_good() {
    let (world, customer) = adding(|it| it.multi_subsidiary_customers = true).await;
    let park = Fault::Park { committed: false };
    world.netsuite.fail_when(Matcher::create(RECORD), park);
    let placed = world.shop.place_order(order()).id;
    world
        .until("the addition is parked", || world.netsuite.parked() == 1)
        .await;
    added_by_a_person(&world, customer);
    world.netsuite.release_parked();
    world.drain_well().await;
    holds(&world, placed, customer);
    assert_eq!(additions(&world), 1, "it was refused, and not made again");
}

#[tokio::test]
async fn without_the_feature_the_order_is_held_until_it_is_on() {
    let (world, customer) = adding(|_| ()).await;
    let placed = world.shop.place_order(order()).id;
    world.drain().await;
    assert_eq!(world.ends().await, ["multi_subsidiary_off"]);
    assert!(world.netsuite.sales_orders().is_empty());
    assert_eq!(additions(&world), 0);

    world
        .netsuite
        .configure(|settings| settings.multi_subsidiary_customers = true);
    world.shop.announce(placed, &["orders/updated"]);
    world.drain_well().await;
    holds(&world, placed, customer);
}

#[tokio::test]
async fn a_customer_whom_a_person_added_is_found_there() {
    let (world, customer) = with("", |it| it.multi_subsidiary_customers = true).await;
    let placed = world.shop.place_order(order()).id;
    world.drain().await;
    assert_eq!(world.ends().await, ["customer_elsewhere"]);

    added_by_a_person(&world, customer);
    world.shop.announce(placed, &["orders/updated"]);
    world.drain_well().await;
    holds(&world, placed, customer);
    assert_eq!(additions(&world), 0);
}
