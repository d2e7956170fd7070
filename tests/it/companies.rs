//! Companies after their first order: what changes in Shopify reaches NetSuite, and nothing else does.

use sandbox::netsuite::Kind;
use sandbox::shopify::{Branch, Payment, PlaceOrder, line};
use serde_json::{Value, json};

use crate::customer_sync::{street, streets, sweep, text};
use crate::world::{Change, World};

const TOPICS: [&str; 5] = [
    "companies/update",
    "companies/delete",
    "company_locations/create",
    "company_locations/update",
    "company_locations/delete",
];

async fn start() -> World {
    let world = World::with(Change {
        orders: "terms = { \"Net 30\" = \"2\", \"Net 15\" = \"1\" }",
        customers: "company_external_id = \"accountNumber\"",
        ..Change::default()
    })
    .await;
    for topic in TOPICS {
        world.shop.subscribe(topic, &world.door());
    }
    world
}

/// A company with one location on terms.
fn acme(world: &World) -> u64 {
    world.shop.create_company(|it| {
        it.name = "Acme".to_owned();
        it.locations.push(Branch {
            phone: text("+15550100001"),
            billing_address: Some(street("1 Factory Road")),
            shipping_address: Some(street("1 Factory Road")),
            terms: text("Net 30"),
            ..Branch::new("Acme North")
        });
    })
}

fn location(world: &World, company: u64) -> u64 {
    world.shop.company(company).unwrap().locations[0].id
}

/// Places an order of the company's first location, unpaid; the order's id.
async fn buy(world: &World, company: u64) -> u64 {
    let buyer = world.shop.company(company).unwrap();
    let placed = world.shop.place_order(PlaceOrder {
        company: buyer.buyer(location(world, company)),
        net_days: Some(30),
        payment: Payment::Pending,
        po_number: text("PO-4711"),
        billing_address: Some(street("1 Factory Road")),
        shipping_address: Some(street("1 Factory Road")),
        ..PlaceOrder::of([line("MUG", 1)])
    });
    world.drain_well().await;
    placed.id
}

fn held(world: &World, external_id: &str) -> Value {
    let mut all = world.netsuite.customers();
    all.retain(|it| it.external_id.as_deref() == Some(external_id));
    assert_eq!(all.len(), 1, "{external_id}");
    all.remove(0).fields
}

fn id_of(record: &Value) -> u64 {
    record["id"].as_str().unwrap().parse().unwrap()
}

fn changes(world: &World) -> usize {
    let calls = world.netsuite.calls().into_iter();
    calls.filter(|call| call.method == "PATCH").count()
}

#[tokio::test]
async fn what_changes_of_a_company_and_its_location_reaches_netsuite_once() {
    let world = start().await;
    let company = acme(&world);
    let branch = location(&world, company);
    let (own, part) = (format!("comp-us-{company}"), format!("loc-us-{branch}"));
    buy(&world, company).await;
    assert_eq!(held(&world, &part)["terms"]["id"], "2");

    world.shop.change_company(company, |it| {
        it.name = "Acme Group".to_owned();
        it.external_id = text("A-7");
        let branch = &mut it.locations[0];
        branch.name = "Acme South".to_owned();
        branch.external_id = text("A-7-S");
        branch.phone = text("+15550100002");
        branch.terms = text("Net 15");
        branch.shipping_address = Some(street("2 Factory Road"));
    });
    world.drain_well().await;
    let head = held(&world, &own);
    assert_eq!(head["companyName"], "Acme Group");
    assert_eq!(head["accountNumber"], "A-7");
    let record = held(&world, &part);
    assert_eq!(record["companyName"], "Acme South");
    assert_eq!(record["accountNumber"], "A-7-S");
    assert_eq!(record["phone"], "+15550100002");
    assert_eq!(record["terms"]["id"], "1");
    assert_eq!(record["parent"]["id"], head["id"]);
    let mut all = streets(&record);
    all.sort();
    assert_eq!(all, ["1 Factory Road", "2 Factory Road"]);
    let lines = record["addressBook"].as_array().unwrap();
    let goods = lines
        .iter()
        .find(|it| it["defaultShipping"] == true)
        .unwrap();
    assert_eq!(goods["addressBookAddress"]["addr1"], "2 Factory Road");

    world.netsuite.reset_calls();
    world
        .shop
        .change_company(company, |it| it.note = text("seen"));
    world.drain_well().await;
    assert!(
        world.netsuite_calls().is_empty(),
        "nothing of it is carried"
    );
}

#[tokio::test]
async fn only_what_changed_in_shopify_is_written_and_what_is_emptied_is_emptied() {
    let world = start().await;
    let company = acme(&world);
    let part = format!("loc-us-{}", location(&world, company));
    buy(&world, company).await;
    world
        .shop
        .change_company(company, |it| it.locations[0].name = "Mill".to_owned());
    world.drain_well().await;
    let id = id_of(&held(&world, &part));
    let by_hand = json!({ "phone": "by hand" });
    let edited = world
        .netsuite
        .person_edits(Kind::Customer, id, &by_hand, &[]);
    edited.unwrap();

    world.shop.change_company(company, |it| {
        it.locations[0].terms = None;
        it.locations[0].billing_address = Some(street("3 Factory Road"));
        it.locations[0].shipping_address = Some(street("3 Factory Road"));
    });
    world.drain_well().await;
    let record = held(&world, &part);
    assert_eq!(record["phone"], "by hand");
    assert_eq!(record.get("terms"), None);
    assert_eq!(streets(&record), ["3 Factory Road"], "changed, not added");

    world
        .shop
        .change_company(company, |it| it.locations[0].phone = None);
    world.drain_well().await;
    assert_eq!(held(&world, &part).get("phone"), None);
}

#[tokio::test]
async fn terms_that_no_setting_names_hold_the_change_and_not_the_orders_number() {
    let world = start().await;
    let company = acme(&world);
    let order = buy(&world, company).await;
    assert_eq!(world.sales_order(order).fields["otherRefNum"], "PO-4711");
    world
        .shop
        .change_company(company, |it| it.locations[0].terms = text("Net 90"));
    world.drain().await;
    assert_eq!(world.problems().await, ["missing_setting"]);
}

#[tokio::test]
async fn a_removed_location_becomes_inactive_once_nothing_of_it_is_open() {
    let world = start().await;
    let company = acme(&world);
    let part = format!("loc-us-{}", location(&world, company));
    let order = buy(&world, company).await;
    world
        .shop
        .change_company(company, |it| it.locations.clear());
    world.drain_well().await;
    assert_eq!(held(&world, &part)["isInactive"], false, "an order is open");

    let sale = world.sales_order(order).id;
    world.netsuite.person_cancels(sale).unwrap();
    world
        .shop
        .change_company(company, |it| it.note = text("looked at again"));
    world.drain_well().await;
    assert_eq!(held(&world, &part)["isInactive"], true);
    world.netsuite.reset_calls();
    world
        .shop
        .change_company(company, |it| it.note = text("and once more"));
    world.drain_well().await;
    assert_eq!(changes(&world), 0);
}

#[tokio::test]
async fn a_new_location_comes_with_its_first_order_under_its_company() {
    let world = start().await;
    let company = acme(&world);
    buy(&world, company).await;
    world
        .shop
        .change_company(company, |it| it.locations.insert(0, Branch::new("Mill")));
    world.drain_well().await;
    assert_eq!(world.netsuite.customers().len(), 2);
    buy(&world, company).await;
    let mill = held(&world, &format!("loc-us-{}", location(&world, company)));
    let head = held(&world, &format!("comp-us-{company}"));
    assert_eq!(mill["companyName"], "Mill");
    assert_eq!(mill["parent"]["id"], head["id"]);
    assert_eq!(world.netsuite.customers().len(), 3);
}

#[tokio::test]
async fn a_sweep_finds_what_no_webhook_told_of_companies_that_netsuite_has() {
    let world = World::with(Change {
        orders: "terms = { \"Net 30\" = \"2\" }",
        ..Change::default()
    })
    .await;
    let (company, stranger) = (acme(&world), acme(&world));
    let part = format!("loc-us-{}", location(&world, company));
    sweep(&world, "us").await;
    world.drain_well().await;
    assert_eq!(world.shop.calls_of("CompaniesQuery"), 0, "it has none yet");
    buy(&world, company).await;
    for (id, name) in [(company, "Swept"), (stranger, "Stranger")] {
        world
            .shop
            .change_company(id, |it| it.locations[0].name = name.to_owned());
    }
    world
        .shop
        .change_company(company, |it| it.name = "Swept Group".to_owned());
    sweep(&world, "us").await;
    world.drain_well().await;
    assert_eq!(held(&world, &part)["companyName"], "Swept");
    let head = held(&world, &format!("comp-us-{company}"));
    assert_eq!(head["companyName"], "Swept Group");
    assert_eq!(world.netsuite.customers().len(), 2);

    world.netsuite.reset_calls();
    sweep(&world, "us").await;
    world.drain_well().await;
    assert_eq!(changes(&world), 0);
}
