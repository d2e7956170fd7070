//! People: what is held about them can be given out and erased, provably, and only when it is asked for
//! by who may ask. Every name, address and number of these tests contains the word "marker".

use std::net::SocketAddr;

use sandbox::netsuite::{Fault, Matcher};
use sandbox::shopify::{self, Address, DeliveryState, Order, PlaceOrder, line};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::door::sign;
use crate::process::{Process, free_address, run};
use crate::world::World;

const MARKER: &str = "marker";

/// Nobody real: every text says so.
fn marked(email: &str, sku: &str) -> PlaceOrder {
    let text = |text: &str| Some(text.to_owned());
    let address = Address {
        first_name: text("Markerfirst"),
        last_name: text("Markerlast"),
        company: None,
        address1: text("1 Marker Street"),
        address2: text("Marker Flat"),
        city: text("Markerton"),
        phone: text("+1555marker"),
        zip: text("40003"),
        ..Address::sample()
    };
    PlaceOrder {
        billing_address: Some(address.clone()),
        shipping_address: Some(address),
        note: text("a marker note"),
        ..PlaceOrder::of([line(sku, 1)]).with_email(email)
    }
}

/// Every column of every table that contains `marker`, as `table.column`: all but those whose type holds
/// numbers or times only, so that a new column or table is looked through, too.
async fn places(world: &World, marker: &str) -> Vec<String> {
    let columns: Vec<(String, String, String, String)> = sqlx::query_as(
        "select c.table_schema::text, c.table_name::text, c.column_name::text, c.data_type::text
         from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
         where c.table_schema not in ('information_schema', 'pg_catalog') and t.table_type = 'BASE TABLE'
         and c.data_type not in ('boolean', 'smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision',
             'date', 'interval', 'timestamp with time zone', 'timestamp without time zone', 'uuid')",
    )
    .fetch_all(&world.database.pool)
    .await
    .unwrap();
    assert!(columns.len() > 40, "{} columns", columns.len());
    let mut found = Vec::new();
    for (schema, table, column, kind) in columns {
        let text = if kind == "bytea" {
            format!("encode(\"{column}\", 'escape')")
        } else {
            format!("\"{column}\"::text")
        };
        let query = format!(
            "select count(*) from \"{schema}\".\"{table}\" where position($1 in lower({text})) > 0"
        );
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(query))
            .bind(marker)
            .fetch_one(&world.database.pool)
            .await
            .unwrap();
        if rows > 0 {
            found.push(format!("{table}.{column}"));
        }
    }
    found.sort();
    found
}

fn hook(public: SocketAddr) -> String {
    format!("http://{public}/webhooks/shopify")
}

/// A world whose shop sends all it has to say to a service in this process.
async fn world() -> World {
    World::start().await
}

/// Orders of one person that end well, held and refused, and a signed event that nobody understands.
async fn trade(world: &World, email: &str) -> Vec<Order> {
    let good = world.shop.place_order(marked(email, "MUG"));
    world.drain_well().await;
    let held = world.shop.place_order(marked(email, "MARKER-SKU"));
    let refused = world.shop.place_order(marked(email, "TEE"));
    world.netsuite.fail_times(
        1,
        Matcher::create("salesOrder"),
        Fault::MandatoryField {
            label: "Marker Field".to_owned(),
        },
    );
    world.drain().await;
    [good, held, refused]
        .iter()
        .map(|it| (**it).clone())
        .collect()
}

/// Posts a signed body under a topic of the poster's choice.
async fn post(world: &World, topic: &str, delivery: &str, body: &Value) -> Option<u16> {
    let body = serde_json::to_vec(body).unwrap();
    let signature = sign("sandbox-secret", &body);
    let headers = [
        ("X-Shopify-Hmac-Sha256", signature.as_str()),
        ("X-Shopify-Shop-Domain", "acme-us.myshopify.com"),
        ("X-Shopify-Topic", topic),
        ("X-Shopify-Webhook-Id", delivery),
        ("Content-Type", "application/json"),
    ];
    world.shop.send_raw(&world.door(), &headers, body).await
}

/// What operators are told.
async fn ask(world: &World, path: &str) -> String {
    let url = format!("http://{}{path}", world.operator());
    let asked = reqwest::Client::builder()
        .build()
        .unwrap()
        .get(url)
        .bearer_auth("operator-token");
    let answer = asked.send().await.unwrap();
    assert!(answer.status().is_success(), "{path}");
    answer.text().await.unwrap()
}

/// As an operator would: by the customer's id or e-mail.
fn forget(world: &World, who: &str) {
    let (status, said) = run(world, &["forget-customer", who], Some(&world.database.url));
    assert_eq!(status, Some(0), "{said}");
    assert!(!said.to_lowercase().contains(MARKER), "{said}");
}

/// Orders of one person and of another, and everything else that may name them: a signed event that
/// nobody understands, and what operators write down.
async fn told_of(world: &World) -> Vec<Order> {
    let mut orders = trade(world, "marker@example.com").await;
    let other = world
        .shop
        .place_order(PlaceOrder::of([line("MUG", 1)]).with_email("somebody@example.com"));
    orders.push((*other).clone());
    let strange = json!({ "email": "marker@example.com", "what": "marker" });
    assert_eq!(
        post(world, "carts/unheard_of", "strange-1", &strange).await,
        Some(200)
    );
    world.drain().await;
    sqlx::query("insert into pause (kind, reason, \"by\", lifted_at) values ('item', 'marker@example.com called', 'anna', now())")
        .execute(&world.database.pool)
        .await
        .unwrap();
    let before = places(world, MARKER).await;
    for place in [
        "event_body",
        "attempt.plan",
        "outbox.problem",
        "pause.reason",
    ] {
        assert!(
            before.iter().any(|it| it.starts_with(place)),
            "{place}: {before:?}"
        );
    }
    orders
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forgotten_person_is_in_no_column_of_no_table_and_others_are() {
    let world = world().await;
    let orders = told_of(&world).await;
    for path in ["/metrics", "/api/v1/status"] {
        assert!(
            !ask(&world, path).await.to_lowercase().contains(MARKER),
            "{path}"
        );
    }
    let customer = orders[0].customer.unwrap();
    forget(&world, &format!("us/{customer}"));
    // What no id leads to is found by the address alone.
    forget(&world, "Marker@Example.com");
    assert_eq!(places(&world, MARKER).await, Vec::<String>::new());
    assert!(!places(&world, "somebody@example.com").await.is_empty());
    world.sales_order(orders[3].id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_person_was_forgotten_their_deliveries_are_known_and_nothing_is_written_anew() {
    let world = world().await;
    let orders = trade(&world, "marker@example.com").await;
    let counted = "select count(*) from event";
    let events = world.database.number(counted).await;
    let (sales, customers) = (world.netsuite.sales_orders(), world.netsuite.customers());
    forget(&world, "marker@example.com");
    assert_eq!(world.database.number(counted).await, events);
    let again = world.shop.deliveries();
    let delivered = again
        .iter()
        .find(|it| it.topic == "orders/create" && it.state == DeliveryState::Answered)
        .unwrap();
    assert!(world.shop.deliver_again(&delivered.webhook_id));
    world.shop.settle().await.unwrap();
    assert_eq!(world.database.number(counted).await, events);
    world
        .shop
        .edit(orders[0].id, |order| order.tags.push("touched".to_owned()))
        .unwrap();
    world.drain().await;
    assert_eq!(world.netsuite.sales_orders(), sales);
    assert_eq!(world.netsuite.customers(), customers);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_redact_topic_erases_its_customer_and_a_data_request_waits_for_its_export() {
    let world = world().await;
    world.shop.subscribe_compliance(&world.door());
    let orders = trade(&world, "marker@example.com").await;
    let customer = orders[0].customer.unwrap();

    world.shop.request_data(customer);
    world.drain().await;
    let held = world
        .database
        .texts("select problem_cause from outbox where kind = 'privacy' and state = 'held'")
        .await;
    assert_eq!(held, [format!("privacy_request:us/{customer}")]);

    let (status, exported) = run(
        &world,
        &["export-customer", &format!("us/{customer}")],
        Some(&world.database.url),
    );
    assert_eq!(status, Some(0), "{exported}");
    let exported: Value = serde_json::from_str(&exported).unwrap();
    let text = exported.to_string();
    for held in [
        "marker@example.com",
        "1 Marker Street",
        "Markerlast",
        "orders/create",
    ] {
        assert!(text.contains(held), "{held} is missing");
    }
    let links = exported["links"].as_array().unwrap();
    let linked = json!(orders[0].id.to_string());
    assert!(links.iter().any(|link| link["shopify_id"] == linked));
    world.drain().await;
    let answered = world
        .database
        .texts("select reason from outbox where kind = 'privacy'")
        .await;
    assert_eq!(answered, ["answered: the customer's data was exported"]);

    world.shop.redact_customer(customer);
    world.drain().await;
    assert_eq!(places(&world, MARKER).await, Vec::<String>::new());
    let left = world.database.texts("select state || ' ' || outcome from outbox where document like 'privacy/us/customer_redact-%'").await;
    assert_eq!(left, ["settled applied"]);
}

#[tokio::test]
async fn a_captured_data_request_replayed_as_a_redaction_does_nothing() {
    let world = world().await;
    trade(&world, "marker@example.com").await;
    let before = places(&world, MARKER).await;
    let customer = world.shop.customers()[0].id;
    let captured = json!({
        "shop_id": 548_380_009, "shop_domain": "acme-us.myshopify.com",
        "customer": { "id": customer, "email": "marker@example.com", "phone": null },
        "orders_requested": [], "data_request": { "id": 9 },
    });
    for (topic, delivery) in [
        ("customers/redact", "stolen-1"),
        ("shop/redact", "stolen-2"),
    ] {
        assert_eq!(post(&world, topic, delivery, &captured).await, Some(200));
    }
    // Another shop's redaction, signed with the same app's secret, is not ours.
    let elsewhere = json!({
        "shop_id": 1, "shop_domain": "acme-eu.myshopify.com",
        "customer": { "id": customer, "email": "marker@example.com" }, "orders_to_redact": [],
    });
    assert_eq!(
        post(&world, "customers/redact", "stolen-3", &elsewhere).await,
        Some(200)
    );
    world.drain().await;
    let strange = world
        .database
        .texts("select problem_code from outbox where kind in ('unreadable', 'privacy')")
        .await;
    assert_eq!(strange, ["unreadable"; 3]);
    assert_eq!(places(&world, MARKER).await, before);
}

// The program that is run blocks this thread: the service needs another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_is_erased_once_it_locks_us_out_and_before_only_with_an_operators_word() {
    for is_installed in [true, false] {
        let world = world().await;
        world.shop.subscribe_compliance(&world.door());
        trade(&world, "marker@example.com").await;
        let before = places(&world, MARKER).await;
        if !is_installed {
            world.shop.revoke_tokens();
            world.shop.fail("token", shopify::Fault::Unauthorized, 1000);
        }
        world.shop.redact_shop();
        world.drain().await;
        if is_installed {
            let held = "select problem_code from outbox where document = 'privacy/us/shop_redact' and state = 'held'";
            assert_eq!(world.database.texts(held).await, ["privacy_request"]);
            assert_eq!(places(&world, MARKER).await, before);
            let replay = ["--json", "replay", "privacy/us/shop_redact"];
            let (_, plan) = run(&world, &replay, Some(&world.database.url));
            let plan: Value = serde_json::from_str(&plan).unwrap();
            let hash = plan["plan_hash"].as_str().unwrap();
            let apply = ["replay", "privacy/us/shop_redact", "--apply", hash];
            let (status, said) = run(&world, &apply, Some(&world.database.url));
            assert_eq!(status, Some(0), "{said}");
            world.drain().await;
        }
        assert_eq!(places(&world, MARKER).await, Vec::<String>::new());
        assert_eq!(
            world
                .database
                .number("select count(*) from link where kind = 'customer'")
                .await,
            0
        );
    }
}

#[tokio::test]
async fn bodies_and_plans_are_erased_when_their_time_is_over_and_not_before() {
    use std::time::Duration;
    use waybill::privacy::retention;

    let world = world().await;
    trade(&world, "marker@example.com").await;
    let day = Duration::from_secs(86_400);
    let pool = &world.database.pool;
    retention::erase(pool, 30 * day, 90 * day).await.unwrap();
    let bodies = "select count(*) from event_body";
    let all = world.database.number(bodies).await;
    assert!(all > 3);

    for age in ["29 days", "31 days"] {
        let age_all = format!(
            "update attempt set ended_at = now() - interval '{age}';
             update event_body set received_on = current_date - interval '{age}'"
        );
        sqlx::raw_sql(AssertSqlSafe(age_all))
            .execute(pool)
            .await
            .unwrap();
        retention::erase(pool, 30 * day, 90 * day).await.unwrap();
        if age == "29 days" {
            assert_eq!(world.database.number(bodies).await, all);
        }
    }
    // Held documents' events are not dealt with yet.
    let held = "select count(*) from event_body join event on event = id join outbox using (document) where state = 'held'";
    let left = world.database.number(bodies).await;
    assert!(left > 0 && left < all);
    assert_eq!(world.database.number(held).await, left);

    let plans = "select count(*) from attempt where plan is not null";
    assert!(world.database.number(plans).await > 0);
    sqlx::query("update attempt set ended_at = now() - interval '91 days'")
        .execute(pool)
        .await
        .unwrap();
    retention::erase(pool, 30 * day, 90 * day).await.unwrap();
    assert_eq!(world.database.number(plans).await, 0);
    assert!(
        world
            .database
            .number("select count(*) from attempt where plan_hash is not null")
            .await
            > 0
    );
}

#[tokio::test]
async fn logs_metrics_and_errors_never_carry_a_name_an_address_or_a_token() {
    let world = World::without_service().await;
    let public = free_address();
    let service = Process::start(&world, public).await;
    world.shop.subscribe_all(&hook(public));
    trade(&world, "marker@example.com").await;
    world.netsuite.fail_times(
        2,
        Matcher::create("salesOrder"),
        Fault::ServerError { committed: false },
    );
    world.shop.place_order(marked("marker@example.com", "MUG"));
    world.shop.fail(
        "metafieldsSet",
        shopify::Fault::UserErrors(vec!["marker".to_owned()]),
        1,
    );
    world.shop.fail_next(shopify::Fault::InternalError);
    world.drain().await;
    let mut said = vec![world.log()];
    for arguments in [
        vec!["forget-customer", "nobody/1"],
        vec!["explain", "#marker-1"],
        vec!["replay", "order/us/1"],
    ] {
        said.push(
            run(&world, &arguments, Some(&world.database.url))
                .1
                .replace("#marker-1", ""),
        );
    }
    assert_eq!(service.terminate().await, Some(0));
    said.push(world.log());
    for text in said {
        let text = text.to_lowercase();
        for secret in [
            MARKER,
            "sandbox-secret",
            "operator-token",
            "shpat_",
            "bearer ",
            "begin private",
        ] {
            let line = text.lines().find(|line| line.contains(secret));
            assert_eq!(line, None, "{secret}");
        }
    }
}
