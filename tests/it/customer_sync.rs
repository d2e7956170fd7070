//! Customers in both directions: made equal by who owns what, quiet afterwards, never added twice.

use sandbox::netsuite::{Kind, Outcome};
use sandbox::shopify::{Address, Company, Customer, PlaceOrder, line};
use serde_json::{Value, json};

use crate::world::{Change, World};

/// Customers come at once, and travel in both directions.
pub(crate) const BOTH: &str = "direction = \"both\"\ncreate = \"at_once\"\n";

pub(crate) async fn with(customers: &'static str) -> World {
    let world = World::with(Change {
        customers,
        ..Change::default()
    })
    .await;
    for topic in [
        "customers/create",
        "customers/update",
        "customers/delete",
        "customers/merge",
    ] {
        world.shop.subscribe(topic, &world.door());
    }
    world.script(true);
    world
}

pub(crate) fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

pub(crate) fn street(name: &str) -> Address {
    Address {
        company: None,
        first_name: text("Ada"),
        last_name: text("Lovelace"),
        address1: text(name),
        ..Address::sample()
    }
}

/// Someone with a name, an e-mail, a phone number and an address.
pub(crate) fn ada(world: &World) -> u64 {
    let made = world.shop.create_customer(|it| {
        it.first_name = text("Ada");
        it.last_name = text("Lovelace");
        it.email = text("ada@example.com");
        it.phone = text("+15550100001");
        it.add_address(street("1 Engine Road"));
    });
    made.unwrap()
}

/// As [`World::drain_well`], with NetSuite's posts, until neither side has anything left to say.
pub(crate) async fn calm(world: &World) {
    let mut told = -1;
    loop {
        let answered = || {
            let callbacks = world.netsuite.callbacks();
            callbacks.iter().all(|it| it.outcome != Outcome::Underway)
        };
        world.until("NetSuite's posts are answered", answered).await;
        world.drain_well().await;
        let events = world.database.number("select count(*) from event").await;
        if events == told {
            return;
        }
        told = events;
    }
}

/// The one NetSuite customer of a Shopify customer.
pub(crate) fn record(world: &World, customer: u64) -> Value {
    let external_id = Some(format!("cust-us-{customer}"));
    let mut all = world.netsuite.customers();
    all.retain(|it| it.external_id == external_id);
    assert_eq!(all.len(), 1);
    all.remove(0).fields
}

pub(crate) fn streets(record: &Value) -> Vec<String> {
    let lines = record["addressBook"].as_array().unwrap();
    lines
        .iter()
        .map(|line| {
            line["addressBookAddress"]["addr1"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect()
}

pub(crate) fn saved(customer: &Customer) -> Vec<String> {
    let all = customer.addresses.iter();
    all.map(|(_, it)| it.address1.clone().unwrap_or_default())
        .collect()
}

/// How many writes each side has taken since the last reset.
pub(crate) fn writes(world: &World) -> (usize, usize) {
    let netsuite = world.netsuite.calls();
    let netsuite = netsuite.iter().filter(|call| {
        ["POST", "PATCH", "PUT"].contains(&call.method.as_str()) && call.path.contains("/record/")
    });
    let names = [
        "CustomerCreate",
        "CustomerUpdate",
        "AddressCreate",
        "AddressUpdate",
    ];
    let shopify = names.iter().map(|name| world.shop.calls_of(name)).sum();
    (netsuite.count(), shopify)
}

/// Asks one side for all that changed lately, and waits until it is marked.
pub(crate) async fn sweep(world: &World, owner: &str) {
    let request = json!({ "kind": "customer", "store": owner });
    let url = format!("http://{}/api/v1/sweeps", world.operator());
    let asked = reqwest::Client::builder()
        .build()
        .unwrap()
        .post(url)
        .bearer_auth("operator-token");
    let answer = asked.json(&request).send().await.unwrap();
    assert_eq!(answer.status(), 202);
    world
        .database
        .until("select (count(*) = 0)::int::int8 from sweep where finished_at is null")
        .await;
}

pub(crate) fn id_of(record: &Value) -> u64 {
    record["id"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_new_customer_comes_at_once_if_asked_and_with_the_first_order_otherwise() {
    let world = with("").await;
    ada(&world);
    world.drain_well().await;
    assert!(world.netsuite.customers().is_empty());

    let world = with("create = \"at_once\"").await;
    let customer = ada(&world);
    calm(&world).await;
    let made = record(&world, customer);
    assert_eq!(made["firstName"], "Ada");
    assert_eq!(made["lastName"], "Lovelace");
    assert_eq!(made["email"], "ada@example.com");
    assert_eq!(made["subsidiary"]["id"], "2");
    assert_eq!(streets(&made), ["1 Engine Road"]);
    let first = &made["addressBook"][0];
    assert_eq!(first["label"], "1 Engine Road, Shippington");
    assert_eq!(
        (&first["defaultBilling"], &first["defaultShipping"]),
        (&json!(true), &json!(true))
    );

    let order = PlaceOrder::of([line("MUG", 1)]).with_email("ada@example.com");
    let order = world.shop.place_order(order);
    calm(&world).await;
    assert_eq!(world.sales_order(order.id).customer, Some(id_of(&made)));
    assert_eq!(world.netsuite.customers().len(), 1);
}

#[tokio::test]
async fn a_change_in_the_shop_changes_the_record_and_adds_no_address_twice() {
    let world = with("create = \"at_once\"").await;
    let customer = ada(&world);
    calm(&world).await;
    world.netsuite.reset_calls();
    world
        .shop
        .change_customer(customer, |it| {
            it.last_name = text("King");
            it.email = text("king@example.com");
            it.addresses[0].1.address1 = text("2 Engine Road");
            it.add_address(street("3 Mill Lane"));
        })
        .unwrap();
    calm(&world).await;
    let changed = record(&world, customer);
    assert_eq!(changed["lastName"], "King");
    assert_eq!(changed["email"], "king@example.com");
    assert_eq!(streets(&changed), ["2 Engine Road", "3 Mill Lane"]);
    assert_eq!(writes(&world), (1, 0));

    // An event without a change, and many at once, write nothing.
    world.netsuite.reset_calls();
    for _ in 0..5 {
        world.shop.change_customer(customer, |_| {}).unwrap();
    }
    calm(&world).await;
    assert_eq!(writes(&world), (0, 0));
    assert_eq!(record(&world, customer), changed);
}

#[tokio::test]
async fn a_change_in_netsuite_reaches_the_shop_by_who_owns_the_field() {
    let world = with(
        "direction = \"both\"\ncreate = \"at_once\"\n[store.customers.fields]\nemail = \"shopify\"",
    )
    .await;
    let customer = ada(&world);
    calm(&world).await;
    let id = id_of(&record(&world, customer));
    let change = json!({
        "lastName": "Byron", "email": "byron@example.com", "phone": "+15550100002",
        "addressBook": { "items": [{ "label": "Office", "addressBookAddress": {
            "addressee": "Ada Lovelace", "addr1": "9 Office Park", "city": "Shippington", "state": "KY",
            "zip": "40003", "country": { "id": "US" },
        } }] },
    });
    world
        .netsuite
        .person_edits(Kind::Customer, id, &change, &[])
        .unwrap();
    calm(&world).await;
    let shopify = world.shop.customer(customer).unwrap();
    assert_eq!(shopify.last_name.as_deref(), Some("Byron"));
    assert_eq!(shopify.phone.as_deref(), Some("+15550100002"));
    assert_eq!(saved(&shopify), ["1 Engine Road", "9 Office Park"]);
    // The shop owns the e-mail: NetSuite's is set right.
    assert_eq!(shopify.email.as_deref(), Some("ada@example.com"));
    assert_eq!(record(&world, customer)["email"], "ada@example.com");
    assert_eq!(
        streets(&record(&world, customer)),
        ["1 Engine Road", "9 Office Park"]
    );
}

#[tokio::test]
async fn a_lost_callback_is_made_good_by_the_sweep() {
    let world = with(BOTH).await;
    let customer = ada(&world);
    calm(&world).await;
    world
        .netsuite
        .handle_callbacks(sandbox::netsuite::Handling::Lose, Some(1));
    let id = id_of(&record(&world, customer));
    let body = json!({ "lastName": "Byron" });
    world
        .netsuite
        .person_edits(Kind::Customer, id, &body, &[])
        .unwrap();
    sweep(&world, "netsuite").await;
    calm(&world).await;
    assert_eq!(
        world.shop.customer(customer).unwrap().last_name.as_deref(),
        Some("Byron")
    );
}

#[tokio::test]
async fn a_new_netsuite_customer_is_made_in_the_shop_only_if_the_setting_says_so() {
    let body = json!({
        "isPerson": true, "firstName": "Grace", "lastName": "Hopper", "email": "grace@example.com",
        "subsidiary": { "id": "2" },
        "addressBook": { "items": [{ "defaultShipping": true, "defaultBilling": true, "addressBookAddress": {
            "addressee": "Grace Hopper", "addr1": "7 Cobol Street", "city": "Shippington", "state": "KY",
            "zip": "40003", "country": { "id": "US" },
        } }] },
    });
    for asked in [false, true] {
        let world = if asked {
            with("direction = \"both\"\ncreate_in_shopify = true").await
        } else {
            with(BOTH).await
        };
        world
            .netsuite
            .person_creates(Kind::Customer, &body)
            .unwrap();
        calm(&world).await;
        let all = world.shop.customers();
        if !asked {
            assert!(all.is_empty());
            continue;
        }
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].email.as_deref(), Some("grace@example.com"));
        assert_eq!(all[0].last_name.as_deref(), Some("Hopper"));
        assert_eq!(saved(&all[0]), ["7 Cobol Street"]);
        assert_eq!(world.netsuite.customers().len(), 1);
    }
}

#[tokio::test]
async fn a_merged_customer_follows_the_survivor_and_a_deleted_one_stays_in_netsuite() {
    let world = with("create = \"at_once\"").await;
    let old = ada(&world);
    calm(&world).await;
    let id = id_of(&record(&world, old));
    // Made while nobody listened: it has no record of its own.
    let kept = world.shop.add_customer("survivor@example.com", None);
    world.shop.merge_customers(kept, old);
    calm(&world).await;
    let order = world.shop.place_order(PlaceOrder {
        customer: sandbox::shopify::NewCustomer::Existing(kept),
        ..PlaceOrder::of([line("MUG", 1)])
    });
    calm(&world).await;
    assert_eq!(world.sales_order(order.id).customer, Some(id));
    assert_eq!(world.netsuite.customers().len(), 1);
    world.shop.delete_customer(kept);
    calm(&world).await;
    assert_eq!(world.netsuite.customers().len(), 1);
}

#[tokio::test]
async fn matches_by_email_are_none_one_or_many_and_a_name_is_no_match() {
    let world = with("create = \"at_once\"").await;
    let seed = |name: &str, email: &str| {
        let body = json!({
            "isPerson": false, "companyName": name, "email": email, "subsidiary": { "id": "2" },
        });
        world.netsuite.seed_customer(&body).unwrap()
    };
    let one = seed("Lovelace and Co", "ADA@example.com");
    seed("Twin one", "twins@example.com");
    seed("Twin two", "twins@example.com");
    seed("Solo", "another@example.com");
    let matched = ada(&world);
    world
        .shop
        .create_customer(|it| it.email = text("twins@example.com"))
        .unwrap();
    let solo = world.shop.create_customer(|it| {
        it.first_name = text("Solo");
        it.email = text("solo@example.com");
    });
    world.drain().await;
    assert_eq!(world.problems().await, ["many_customers"]);
    let all = world.netsuite.customers();
    assert_eq!(all.len(), 5, "one is new");
    let linked = world
        .database
        .texts("select shopify_id || ' ' || netsuite_id from link order by linked_at")
        .await;
    assert!(linked.contains(&format!("{matched} {one}")), "{linked:?}");
    // The name was taken by somebody else, so the new one has the configured name.
    let solo = record(&world, solo.unwrap());
    assert!(
        solo["entityId"].as_str().unwrap().starts_with("Solo "),
        "{}",
        solo["entityId"]
    );
}

#[tokio::test]
async fn a_taken_email_holds_the_customer_and_says_whose_turn_it_is() {
    let world = with(BOTH).await;
    let customer = ada(&world);
    world.shop.add_customer("taken@example.com", None);
    calm(&world).await;
    let id = id_of(&record(&world, customer));
    let body = json!({ "email": "taken@example.com" });
    world
        .netsuite
        .person_edits(Kind::Customer, id, &body, &[])
        .unwrap();
    let told = "select count(*) from event where document like 'customer/netsuite/%' and topic = 'customer/update'";
    world.database.until(told).await;
    world.drain().await;
    assert_eq!(world.problems().await, ["contact_taken"]);
}

#[tokio::test]
async fn names_and_addresses_of_any_script_arrive_whole() {
    let world = with("create = \"at_once\"").await;
    let customer = world.shop.create_customer(|it| {
        it.first_name = text("花子");
        it.last_name = text("山田");
        it.phone = text("+81312345678");
        it.add_address(Address {
            first_name: text("花子"),
            last_name: text("山田"),
            address1: text("千代田区千代田1-1 🏠"),
            city: text("東京"),
            zip: text("100-0001"),
            province_code: text("JP-13"),
            country_code: text("JP"),
            ..Address::default()
        });
    });
    calm(&world).await;
    let made = record(&world, customer.unwrap());
    assert_eq!(made["firstName"], "花子");
    assert_eq!(streets(&made), ["千代田区千代田1-1 🏠"]);
}

#[tokio::test]
async fn an_order_of_a_companys_location_is_billed_to_its_sub_customer_on_its_terms() {
    let world = World::with(Change {
        orders: "terms = { \"Net 30\" = \"2\" }",
        ..Change::default()
    })
    .await;
    let company = |location: u64, name: &str| {
        Some(Company {
            id: 50,
            name: "Analytical Engines".to_owned(),
            location,
            location_name: name.to_owned(),
        })
    };
    let place = |company| {
        world.shop.place_order(PlaceOrder {
            company,
            po_number: text("PO-4711"),
            net_days: Some(30),
            ..PlaceOrder::of([line("MUG", 1)]).with_email("buyer@example.com")
        })
    };
    let first = place(company(60, "Analytical Engines"));
    world.drain_well().await;
    let second = place(company(61, "Mill"));
    let third = place(company(60, "Analytical Engines"));
    world.drain_well().await;

    let customers = world.netsuite.customers();
    let of = |external_id: &str| {
        let mut all = customers.iter();
        all.find(|it| it.external_id.as_deref() == Some(external_id))
            .unwrap()
    };
    let (parent, engines, mill) = (of("comp-us-50"), of("loc-us-60"), of("loc-us-61"));
    assert_eq!(customers.len(), 3);
    for location in [engines, mill] {
        assert_eq!(location.fields["parent"]["id"], parent.id.to_string());
        assert_eq!(location.email.as_deref(), Some("buyer@example.com"));
        assert_eq!(location.fields["terms"]["id"], "2");
    }
    for (order, buyer) in [(first.id, engines), (second.id, mill), (third.id, engines)] {
        let sale = world.sales_order(order);
        assert_eq!(sale.customer, Some(buyer.id));
        assert_eq!(sale.fields["otherRefNum"], "PO-4711");
    }
    // Who buys for themselves is somebody else.
    let own = world
        .shop
        .place_order(PlaceOrder::of([line("MUG", 1)]).with_email("buyer@example.com"));
    world.drain_well().await;
    let buyer = world.sales_order(own.id).customer.unwrap();
    assert!(![parent.id, engines.id, mill.id].contains(&buyer));
}

#[tokio::test]
async fn a_phone_number_alone_becomes_a_name_and_an_email_once_shopify_knows_them() {
    let world = with(BOTH).await;
    let number = "+15550100009";
    let made = world.shop.create_customer(|it| it.phone = text(number));
    let shopify = made.unwrap();
    calm(&world).await;
    let held = record(&world, shopify);
    assert_eq!(held["companyName"], number);
    assert_eq!(held["phone"], number);
    assert_eq!(held.get("email"), None);

    world
        .shop
        .change_customer(shopify, |it| {
            it.first_name = text("Ada");
            it.last_name = text("Lovelace");
            it.email = text("ada@example.com");
        })
        .unwrap();
    calm(&world).await;
    let held = record(&world, shopify);
    assert_eq!(held["companyName"], "Ada Lovelace", "it stays what it is");
    assert_eq!(held["email"], "ada@example.com");
    assert_eq!(held["phone"], number);
    let known = world.shop.customer(shopify).unwrap();
    assert_eq!(known.last_name, text("Lovelace"), "nothing came back");
}
