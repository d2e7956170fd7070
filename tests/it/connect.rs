//! Webhook subscriptions: `waybill connect` makes them, mends them, and leaves the rest alone; what they ask for is enough.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use std::time::Duration;

use sandbox::netsuite::{Fault, Matcher};
use sandbox::shopify::{self, Branch, Editing, Fulfil, NewDispute, Refunding, Returning, line};
use serde_json::Value;

use tokio::time::Instant;

use crate::world::{Change, PATIENCE, World};

const HERE: &str = "https://waybill.example.com";
const DOOR: &str = "https://waybill.example.com/webhooks/shopify";

/// What a store needs whose settings are the usual ones.
const TOPICS: [&str; 20] = [
    "companies/delete",
    "companies/update",
    "company_locations/create",
    "company_locations/delete",
    "company_locations/update",
    "customers/create",
    "customers/merge",
    "customers/update",
    "disputes/create",
    "disputes/update",
    "orders/cancelled",
    "orders/create",
    "orders/edited",
    "orders/paid",
    "orders/updated",
    "refunds/create",
    "returns/approve",
    "returns/cancel",
    "returns/close",
    "returns/reopen",
];

/// Runs `waybill connect` with `[public] url`: its exit status, and what it said.
fn connect(world: &World, url: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let path = world.settings("127.0.0.1:0");
    let text = std::fs::read_to_string(&path).unwrap();
    let url = match url {
        "" => String::new(),
        url => format!("url = \"{url}\"\n"),
    };
    let text = text.replace("[public]\n", &format!("[public]\n{url}"));
    std::fs::write(&path, text).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_waybill"))
        .arg("--config")
        .arg(path)
        .arg("connect")
        .args(arguments)
        .env_remove("DATABASE_URL")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (output.status.code(), said.concat())
}

/// The topics that are subscribed at this address, each once.
fn subscribed(world: &World, door: &str) -> Vec<String> {
    let all = world.shop.subscriptions().into_iter();
    let mut topics: Vec<_> = all.filter(|it| it.uri == door).map(|it| it.topic).collect();
    topics.sort();
    topics
}

/// State by topic, of the one store.
fn states(said: &str) -> Vec<(String, String)> {
    let report: Value = serde_json::from_str(said).unwrap();
    let lines = report["stores"][0]["topics"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let pair = |line: &Value| (text(&line["topic"]), text(&line["state"]));
    lines.iter().map(pair).collect()
}

/// How often the shop was asked to change a subscription.
fn changes(world: &World) -> usize {
    [
        "SubscriptionCreate",
        "SubscriptionUpdate",
        "SubscriptionDelete",
    ]
    .map(|name| world.shop.calls_of(name))
    .iter()
    .sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_run_subscribes_what_the_flows_need_and_the_second_changes_nothing() {
    let world = World::without_service().await;

    let (status, said) = connect(&world, HERE, &[]);

    assert_eq!(status, Some(0), "{said}");
    assert_eq!(subscribed(&world, DOOR), TOPICS);
    for it in world.shop.subscriptions() {
        assert_eq!((it.format.as_str(), it.filter), ("JSON", None));
        assert!(!it.include_fields.is_empty(), "{} asks for all", it.topic);
        assert!(it.name.unwrap().starts_with("waybill-"));
    }
    assert!(said.contains("compliance_topics"), "{said}");
    for topic in ["customers/data_request", "customers/redact", "shop/redact"] {
        assert!(said.contains(topic), "{said}");
    }

    let made = world.shop.subscriptions();
    world.shop.reset_calls();
    let (status, said) = connect(&world, &format!("{HERE}/"), &["--json"]);
    assert_eq!(status, Some(0), "{said}");
    assert!(states(&said).iter().all(|(_, state)| state == "right"));
    assert_eq!(changes(&world), 0);
    let ids = |all: &[shopify::Subscription]| -> Vec<u64> { all.iter().map(|it| it.id).collect() };
    assert_eq!(ids(&world.shop.subscriptions()), ids(&made));
    let (_, said) = connect(&world, HERE, &[]);
    assert!(said.contains("nothing was changed"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_is_repaired_what_is_doubled_goes_and_what_is_foreign_stays() {
    let world = World::without_service().await;
    let shop = &world.shop;
    let by_hand = shop.subscribe("orders/create", DOOR);
    let moved = shop.subscribe("orders/paid", "https://old.example.com/webhooks/shopify");
    shop.change_subscription(moved, |it| it.name = Some("waybill-orders-paid".to_owned()));
    let doubled = shop.subscribe("orders/create", "https://old.example.com/webhooks/shopify");
    shop.change_subscription(doubled, |it| {
        it.name = Some("waybill-orders-create".to_owned());
    });
    let odd = shop.subscribe("refunds/create", DOOR);
    shop.change_subscription(odd, |it| {
        it.format = "XML".to_owned();
        it.filter = Some("id:1".to_owned());
        it.include_fields = vec!["id".to_owned(), "order_id".to_owned()];
        it.metafield_namespaces = vec!["private".to_owned()];
    });
    let unneeded = shop.subscribe("products/update", DOOR);
    let foreign = shop.subscribe("orders/create", "https://erp.example.com/hooks?key=hush");

    let (status, said) = connect(&world, HERE, &["--json"]);

    assert_eq!(status, Some(0), "{said}");
    assert_eq!(subscribed(&world, DOOR), TOPICS);
    let held = shop.subscriptions();
    let of = |id: u64| held.iter().find(|it| it.id == id);
    assert_eq!(of(by_hand).unwrap().include_fields, ["id", "updated_at"]);
    assert_eq!(of(moved).unwrap().uri, DOOR);
    let odd = of(odd).unwrap();
    assert_eq!((odd.format.as_str(), &odd.filter), ("JSON", &None));
    assert!(odd.metafield_namespaces.is_empty());
    assert!(of(doubled).is_none() && of(unneeded).is_none());
    let foreign = of(foreign).unwrap();
    assert_eq!(foreign.uri, "https://erp.example.com/hooks?key=hush");
    assert!(said.contains("https://erp.example.com/hooks"), "{said}");
    assert!(!said.contains("hush"), "{said}");
    let states = states(&said);
    let state = |topic: &str| {
        let of_topic = states.iter().filter(|(it, _)| it == topic);
        let states: Vec<_> = of_topic.map(|(_, state)| state.as_str()).collect();
        states.join(" ")
    };
    assert_eq!(state("orders/create"), "repaired removed");
    assert_eq!(state("orders/paid"), "repaired");
    assert_eq!(state("refunds/create"), "repaired");
    assert_eq!(state("products/update"), "removed");
    assert_eq!(state("orders/edited"), "created");
    assert_eq!(connect(&world, HERE, &["--dry-run"]).0, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_scope_is_told_by_topic_with_the_scope_to_add() {
    let world = World::without_service().await;
    world.shop.grant(&["write_orders", "read_returns"]);

    let (status, said) = connect(&world, HERE, &["--json"]);

    assert_eq!(status, Some(3), "{said}");
    let states = states(&said);
    let with = |state: &str| -> BTreeSet<&str> {
        let with = states.iter().filter(|(_, it)| it == state);
        with.map(|(topic, _)| topic.as_str()).collect()
    };
    assert_eq!(
        with("scope_missing"),
        TOPICS[..8].iter().copied().collect(),
        "of customers and companies"
    );
    assert_eq!(
        with("left_out"),
        ["disputes/create", "disputes/update"].into()
    );
    assert_eq!(with("created").len(), 10);
    for scope in ["read_customers", "read_customer_merge"] {
        assert!(
            said.contains(&format!("add {scope} to the app's scopes")),
            "{said}"
        );
    }

    world.shop.grant(&[
        "read_orders",
        "read_returns",
        "read_customers",
        "read_customer_merge",
    ]);
    assert_eq!(connect(&world, HERE, &[]).0, Some(0));
    assert_eq!(subscribed(&world, DOOR).len(), 18);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_says_what_would_be_done_and_does_nothing() {
    let world = World::without_service().await;
    world.shop.subscribe("orders/create", DOOR);

    let (status, said) = connect(&world, HERE, &["--dry-run", "--json"]);

    assert_eq!(status, Some(3), "{said}");
    let states = states(&said);
    assert!(
        states.contains(&("orders/create".to_owned(), "wrong".to_owned())),
        "{said}"
    );
    assert!(
        states.contains(&("orders/paid".to_owned(), "missing".to_owned())),
        "{said}"
    );
    assert_eq!(changes(&world), 0);
    assert_eq!(world.shop.subscriptions().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_shopify_cannot_send_to_is_unusable_and_a_shop_that_refuses_is_a_failure() {
    let world = World::without_service().await;
    for (url, told) in [
        ("", "[public] url"),
        ("http://waybill.example.com", "https"),
    ] {
        let (status, said) = connect(&world, url, &[]);
        assert_eq!(status, Some(2), "{said}");
        assert!(said.contains(told), "{said}");
    }
    let (status, said) = connect(&world, HERE, &["--store", "mars"]);
    assert_eq!(status, Some(2), "{said}");
    assert!(world.shop.calls().is_empty());

    world
        .shop
        .fail("ShopQuery", shopify::Fault::Unauthorized, 9);
    let (status, said) = connect(&world, HERE, &[]);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("FAILED"), "{said}");
}

/// Acts of the shop's people and customers, of which each topic tells one.
async fn all_that_can_happen(world: &World) {
    let company = world.shop.create_company(|it| {
        it.name = "Acme".to_owned();
        it.locations.push(Branch::new("Grace North"));
    });
    world.shop.change_company(company, |it| {
        it.name = "Acme Group".to_owned();
        it.locations[0].phone = Some("+15550100009".to_owned());
    });
    world
        .shop
        .change_company(company, |it| it.locations.clear());
    world.shop.delete_company(company);
    let shop = &world.shop;
    let order = shop.place_order([line("MUG", 3)]);
    world.drain_well().await;
    assert_eq!(world.deposits(order.id).len(), 1);
    let edit = Editing::set_quantity(order.lines[0].id, 2);
    shop.commit_edit(order.id, &edit).unwrap();
    let gone = shop.place_order([line("TEE", 1)]);
    shop.cancel(gone.id, "CUSTOMER").unwrap();
    shop.dispute(order.id, &NewDispute::default()).unwrap();
    shop.refund(order.id, &Refunding::goodwill(1.into()))
        .unwrap();
    shop.fulfil(order.id, &Fulfil::default()).unwrap();
    let units = Returning::units(order.lines[0].id, 1);
    let (_, id) = shop.open_return(order.id, &units).unwrap();
    shop.close_return(order.id, id).unwrap();
    shop.reopen_return(order.id, id).unwrap();
    shop.cancel_return(order.id, id).unwrap();
    let person = order.customer.unwrap();
    shop.change_customer(person, |it| it.first_name = Some("Grace".to_owned()))
        .unwrap();
    let twin = shop.add_customer("second@example.com", None);
    shop.merge_customers(person, twin);
    world.drain().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_of_only_these_fields_are_stored_marked_and_carried_and_nothing_personal_arrives() {
    let world = World::start().await;
    let public = world.door().replace("/webhooks/shopify", "");
    let (status, said) = connect(&world, &public, &[]);
    assert_eq!(status, Some(0), "{said}");

    all_that_can_happen(&world).await;
    let events = world
        .database
        .texts("select distinct topic from event where source = 'shopify' order by topic")
        .await;
    let told = TOPICS.map(str::to_owned);
    let never = ["disputes/update"];
    let expected: Vec<_> = told
        .iter()
        .filter(|it| !never.contains(&it.as_str()))
        .collect();
    assert_eq!(events.iter().collect::<Vec<_>>(), expected);
    let documents = world
        .database
        .texts("select distinct split_part(document, '/', 1) from event where source = 'shopify' order by 1")
        .await;
    assert_eq!(documents, ["customer", "order"]);
    let unversioned = "select count(*) from event where topic in ('orders/create', 'orders/updated', 'customers/update') and version is null";
    assert_eq!(world.database.number(unversioned).await, 0);
    let bodies = world
        .database
        .texts("select convert_from(body, 'utf8') from event_body join event on event.id = event where source = 'shopify'")
        .await;
    for body in bodies {
        let fields: Value = serde_json::from_str(&body).unwrap();
        assert!(fields.as_object().unwrap().len() <= 3, "{body}");
        assert!(
            !body.contains("example.com") && !body.contains("Grace"),
            "{body}"
        );
    }
}

/// What `GET /api/v1/status` says of the one store's subscriptions.
async fn watched(world: &World) -> Value {
    let url = format!("http://{}/api/v1/status", world.operator());
    let client = reqwest::Client::builder().build().unwrap();
    let asked = client.get(url).bearer_auth("operator-token");
    let mut status: Value = asked.send().await.unwrap().json().await.unwrap();
    status["subscriptions"][0].take()
}

/// Waits until the store's subscriptions are seen like this.
async fn until_seen(world: &World, state: &str) -> Value {
    let until = Instant::now() + PATIENCE;
    loop {
        let seen = watched(world).await;
        if seen["state"] == state {
            return seen;
        }
        assert!(Instant::now() < until, "{state} was waited for: {seen}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Subscriptions are at [`DOOR`], and looked at all the time.
fn watching() -> Change {
    Change {
        instead: &[
            (
                "[public]\n",
                "[public]\nurl = \"https://waybill.example.com\"\n",
            ),
            ("[sweeps]\n", "[sweeps]\nsubscriptions = \"300ms\"\n"),
        ],
        ..Change::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_that_shopify_removed_is_reported_until_connect_has_made_it_again() {
    let world = World::with(watching()).await;
    let seen = until_seen(&world, "wrong").await;
    assert_eq!(seen["problems"].as_array().unwrap().len(), TOPICS.len());
    assert_eq!(connect(&world, "", &[]).0, Some(0));
    let seen = until_seen(&world, "right").await;
    assert_eq!(seen["problems"], Value::Array(Vec::new()));

    let all = world.shop.subscriptions();
    let paid = all
        .iter()
        .find(|it| it.topic == "orders/paid" && it.uri == DOOR);
    assert!(world.shop.unsubscribe(paid.unwrap().id));

    let seen = until_seen(&world, "wrong").await;
    assert_eq!(seen["problems"].as_array().unwrap().len(), 1, "{seen}");
    let problem = &seen["problems"][0];
    assert_eq!(problem["code"], "subscription_missing");
    assert_eq!(problem["topic"], "orders/paid");
    assert_eq!(problem["state"], "missing");
    assert_eq!(problem["remedy"], "run `waybill connect`");
    assert_eq!(connect(&world, "", &[]).0, Some(0));
    until_seen(&world, "right").await;
}

/// `waybill check --json`: its exit status, and what it said by subject.
fn check(world: &World) -> (Option<i32>, Vec<(String, String, String)>) {
    let (status, said) = crate::process::run(world, &["check", "--json"], None);
    let report: Value = serde_json::from_str(&said).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let items = report["items"].as_array().unwrap().iter();
    let items = items.map(|it| {
        (
            text(&it["subject"]),
            text(&it["verdict"]),
            text(&it["remedy"]),
        )
    });
    (status, items.collect())
}

fn wrong(items: &[(String, String, String)]) -> Vec<&str> {
    let wrong = items.iter().filter(|(_, verdict, _)| verdict == "wrong");
    wrong.map(|(subject, _, _)| subject.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_set_up_that_works_is_right_on_both_sides_and_nothing_is_written() {
    let world = World::without_service_with(watching()).await;
    assert_eq!(connect(&world, "", &[]).0, Some(0));
    world.shop.reset_calls();

    let (status, items) = check(&world);

    assert_eq!(wrong(&items), Vec::<&str>::new());
    assert_eq!(status, Some(0));
    for subject in [
        "store.us.shopify",
        "store.us.scopes",
        "store.us.subscriptions",
        "netsuite.access",
        "netsuite.records",
        "netsuite.field.custcol_waybill_line",
        "netsuite.item",
        "netsuite.location",
        "netsuite.subsidiary",
    ] {
        let right =
            |(it, verdict, _): &&(String, String, String)| it == subject && verdict == "right";
        assert!(items.iter().any(|it| right(&it)), "{subject} in {items:?}");
    }
    assert_eq!(changes(&world), 0);
    world.holds_nothing();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_on_either_side_is_named_with_how_to_mend_it() {
    let world = World::without_service_with(Change {
        instead: &[
            (
                "[public]\n",
                "[public]\nurl = \"https://waybill.example.com\"\n",
            ),
            ("discount = \"900\"", "discount = \"999\""),
            ("location = \"6\"", "location = \"66\""),
            (
                "domain = \"acme-us.myshopify.com\"",
                "domain = \"acme-eu.myshopify.com\"",
            ),
            ("allow_mixed = true\n", ""),
        ],
        account: Some(|account| account.custom_fields.clear()),
        ..Change::default()
    })
    .await;
    world
        .shop
        .grant(&["write_orders", "read_customers", "read_customer_merge"]);
    assert_eq!(connect(&world, "", &[]).0, Some(3));
    let paid = world.shop.subscriptions();
    let paid = paid.iter().find(|it| it.topic == "orders/paid").unwrap();
    world.shop.unsubscribe(paid.id);
    world
        .netsuite
        .fail_when(Matcher::path("customerDeposit/eid"), Fault::NoPermission);

    let (status, items) = check(&world);

    assert_eq!(status, Some(3));
    let wrong = wrong(&items);
    for subject in [
        "store.us.domain",
        "store.us.environment",
        "store.us.scope.write_inventory",
        "store.us.subscription.orders/paid",
        "store.us.subscription.returns/close",
        "netsuite.records.customerDeposit",
        "netsuite.field.custcol_waybill_line",
        "store.us.items.discount",
        "store.us.orders.location",
    ] {
        assert!(wrong.contains(&subject), "{subject} in {wrong:?}");
    }
    assert!(!wrong.contains(&"netsuite.records.salesOrder"), "{wrong:?}");
    let mut remedies = items.iter().filter(|(_, verdict, _)| verdict == "wrong");
    assert!(remedies.all(|(_, _, remedy)| !remedy.is_empty()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_door_that_stays_shut_is_told_and_the_other_system_is_looked_at_all_the_same() {
    let world = World::without_service().await;
    world
        .shop
        .fail("ShopQuery", shopify::Fault::Unauthorized, 9);
    let (status, items) = check(&world);
    assert_eq!(status, Some(3));
    assert_eq!(wrong(&items), ["store.us.shopify"]);

    let world = World::without_service().await;
    for _ in 0..4 {
        world
            .netsuite
            .fail_when(Matcher::path("suiteql"), Fault::InvalidLogin);
    }
    let (status, items) = check(&world);
    assert_eq!(status, Some(3));
    assert_eq!(wrong(&items), ["netsuite.access"]);
}
