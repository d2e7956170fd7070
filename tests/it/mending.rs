//! What a person does about a problem, from the API to the other system.

use rust_decimal::Decimal;
use sandbox::shopify::{Handling, line};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use waybill::journal::{Journal, Urgency};

use crate::world::{PATIENCE, World};

fn cents(amount: i64) -> Decimal {
    Decimal::new(amount, 2)
}

/// Asks the operators' API; gives the status and the answer.
async fn ask(world: &World, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
    let url = format!("http://{}/api/v1/{path}", world.operator());
    let request = reqwest::Client::builder().build().unwrap();
    let request = request.request(method.parse().unwrap(), url);
    let request = request.bearer_auth("operator-token");
    let request = match body {
        Some(body) => request.json(&body),
        None => request,
    };
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    (status, response.json().await.unwrap())
}

#[tokio::test]
async fn once_the_item_exists_replaying_the_group_writes_exactly_the_plan_that_was_shown() {
    let world = World::start().await;
    let order = world.shop.place_order([line("NEW", 1)]);
    world.drain().await;
    let (_, told) = ask(&world, "GET", "problems", None).await;
    assert_eq!(told["problems"][0]["code"], "unknown_sku", "{told}");
    world.item("NEW");

    let body = json!({ "problem": "unknown_sku" });
    let (status, shown) = ask(&world, "POST", "replays", Some(body)).await;
    assert_eq!(status, 200, "{shown}");
    let records: Vec<_> = shown["writes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|planned| &planned["write"]["record"])
        .collect();
    assert!(records.contains(&&json!("salesOrder")), "{shown}");
    assert!(
        world.netsuite.sales_orders().is_empty(),
        "a plan writes nothing"
    );

    let stale = json!({ "problem": "unknown_sku", "plan_hash": "another" });
    let (status, refused) = ask(&world, "POST", "replays", Some(stale)).await;
    assert_eq!((status, &refused["code"]), (409, &json!("plan_moved")));

    let approve = json!({ "problem": "unknown_sku", "plan_hash": shown["plan_hash"] });
    let (status, applied) = ask(&world, "POST", "replays", Some(approve)).await;
    assert_eq!(status, 200, "{applied}");
    assert_eq!(
        applied["applied"],
        json!([format!("order/us/{}", order.id)])
    );
    world.drain_well().await;
    world.holds_once(order.id, cents(1000));
}

#[tokio::test]
async fn an_order_whose_webhooks_were_all_lost_is_there_after_a_sweep() {
    let world = World::start().await;
    world.shop.handle_next(None, Handling::Lose, 20);
    let order = world.shop.place_order([line("MUG", 1)]);
    world.drain().await;
    assert!(world.netsuite.sales_orders().is_empty());

    let body = json!({ "kind": "order", "store": "us" });
    let (status, asked) = ask(&world, "POST", "sweeps", Some(body)).await;
    assert_eq!(status, 202, "{asked}");
    let path = format!("sweeps/{}", asked["id"]);
    let until = Instant::now() + PATIENCE;
    while ask(&world, "GET", &path, None).await.1["finished_at"].is_null() {
        assert!(Instant::now() < until, "the sweep never ended");
        sleep(std::time::Duration::from_millis(50)).await;
    }
    world.drain_well().await;
    world.holds_once(order.id, cents(1000));
}

#[tokio::test]
async fn a_shop_finds_an_order_by_what_people_call_it() {
    let world = World::without_service().await;
    let order = world.shop.place_order([line("MUG", 1)]);
    world.shop.place_order([line("MUG", 1)]);
    let config = waybill::config::load(Some(&world.settings("127.0.0.1:0"))).unwrap();
    let client = waybill::shopify::Client::new(&config.stores[0], &config.timing).unwrap();
    let journal = Journal::of_reads(Urgency::Live, tokio_util::sync::CancellationToken::new());
    for name in [order.name.as_str(), order.name.trim_start_matches('#')] {
        let found = client.orders_named(&journal, name).await.unwrap();
        let found: Vec<_> = found.iter().map(|version| version.id).collect();
        assert_eq!(found, [order.id], "{name}");
    }
    assert!(
        client
            .orders_named(&journal, "#0' OR name:*")
            .await
            .unwrap()
            .is_empty()
    );
}

/// Runs the real binary; gives its exit status and what it printed.
async fn waybill(world: &World, arguments: &[&str]) -> (i32, Value) {
    let command = tokio::process::Command::new(env!("CARGO_BIN_EXE_waybill"))
        .arg("--json")
        .arg("--config")
        .arg(world.settings("127.0.0.1:0"))
        .args(arguments)
        .env("DATABASE_URL", &world.database.url)
        .output();
    let output = command.await.unwrap();
    let printed = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code().unwrap(), printed)
}

#[tokio::test]
async fn the_command_line_explains_by_name_plans_and_applies() {
    let world = World::start().await;
    let order = world.shop.place_order([line("NEW", 1)]);
    world.drain().await;
    let document = format!("order/us/{}", order.id);

    let (status, told) = waybill(&world, &["explain", &order.name]).await;
    assert_eq!((status, &told["row"]["document"]), (3, &json!(document)));
    assert_eq!(told["problem"]["code"], "unknown_sku");
    let (status, shown) = waybill(&world, &["replay", &document]).await;
    assert_eq!(
        (status, &shown["documents"][0]["would"]),
        (3, &json!("hold"))
    );

    world.item("NEW");
    let (status, shown) = waybill(&world, &["replay", &document]).await;
    assert_eq!(
        (status, &shown["documents"][0]["would"]),
        (0, &json!("write"))
    );
    let moved = waybill(&world, &["replay", &document, "--apply", "another"]).await;
    assert_eq!(moved.0, 1);
    assert!(world.netsuite.sales_orders().is_empty());
    let hash = shown["plan_hash"].as_str().unwrap();
    let (status, ended) = waybill(&world, &["replay", &document, "--apply", hash]).await;
    assert_eq!(
        (status, &ended["documents"][0]["state"]),
        (0, &json!("settled"))
    );
    world.holds_once(order.id, cents(1000));
}
