//! The posts of the script's user events: what they say, when they are silent, and what can go wrong.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use sandbox::netsuite::{Callback, Callbacks, Handling, Kind, Outcome, Release};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::world::World;

/// What a receiver got, and what it answers after how long.
#[derive(Clone)]
struct Receiver {
    got: Arc<Mutex<Vec<(HeaderMap, Value)>>>,
    status: StatusCode,
    wait: Duration,
}

async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: String) -> StatusCode {
    let body = serde_json::from_str(&body).unwrap();
    receiver.got.lock().unwrap().push((headers, body));
    tokio::time::sleep(receiver.wait).await;
    receiver.status
}

impl Receiver {
    fn answering(status: StatusCode, wait_ms: u64) -> Self {
        Receiver {
            got: Arc::default(),
            status,
            wait: Duration::from_millis(wait_ms),
        }
    }

    /// Listens, and has the account's script post here.
    async fn listen(&self, world: &World, change: impl FnOnce(&mut Callbacks)) -> JoinSet<()> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut callbacks = Callbacks {
            url: format!("http://{}", listener.local_addr().unwrap()),
            secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned(),
            ..Callbacks::default()
        };
        change(&mut callbacks);
        world
            .account
            .configure(|settings| settings.callbacks = Some(callbacks));
        let router = Router::new().fallback(receive).with_state(self.clone());
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await.unwrap() });
        server
    }

    fn bodies(&self) -> Vec<Value> {
        let got = self.got.lock().unwrap();
        got.iter().map(|(_, body)| body.clone()).collect()
    }
}

fn outcomes(world: &World) -> Vec<Outcome> {
    let outcome = |callback: Callback| callback.outcome;
    world.account.callbacks().into_iter().map(outcome).collect()
}

fn memo(world: &World, order: u64, memo: &str) {
    let body = json!({ "memo": memo });
    world
        .account
        .person_edits(Kind::SalesOrder, order, &body, &[])
        .unwrap();
}

#[tokio::test]
async fn what_a_person_saves_is_told_and_what_follows_from_it_is_not() {
    let world = World::start().await;
    let receiver = Receiver::answering(StatusCode::OK, 0);
    let _server = receiver.listen(&world, |_| {}).await;
    let account = &world.account;
    let order = account
        .person_creates(Kind::SalesOrder, &world.order())
        .unwrap();
    let shipped = account
        .person_makes(Kind::SalesOrder, order, Kind::ItemFulfillment, &json!({}))
        .unwrap();
    account
        .person_makes(Kind::SalesOrder, order, Kind::Invoice, &json!({}))
        .unwrap();
    account
        .person_deactivates(Kind::Customer, world.customer)
        .unwrap();
    account.callbacks_settled().await;

    let told = |record: &str, id: u64, kind: &str| json!({ "record": record, "id": id.to_string(), "kind": kind });
    assert_eq!(
        receiver.bodies(),
        [
            told("salesOrder", order, "create"),
            told("itemFulfillment", shipped, "create"),
            told("customer", world.customer, "update"),
        ],
        "no invoice, and no order for what became of it"
    );
    let got = receiver.got.lock().unwrap();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        assert!(got.iter().all(|(headers, _)| headers.contains_key(name)));
    }
}

#[tokio::test]
async fn a_deleted_or_further_shipped_fulfillment_is_told_and_a_refused_save_is_not() {
    let world = World::start().await;
    let receiver = Receiver::answering(StatusCode::OK, 0);
    let _server = receiver.listen(&world, |_| {}).await;
    let account = &world.account;
    let order = world.post("salesOrder", &world.order()).await.id();
    let picked = json!({ "shipStatus": "A" });
    let made = account
        .person_makes(Kind::SalesOrder, order, Kind::ItemFulfillment, &picked)
        .unwrap();
    let shipped = json!({ "shipStatus": "C" });
    account
        .person_edits(Kind::ItemFulfillment, made, &shipped, &[])
        .unwrap();
    let refused = account.person_edits(Kind::ItemFulfillment, made, &picked, &[]);
    assert!(refused.is_err());
    account.person_deletes(Kind::ItemFulfillment, made).unwrap();
    account.callbacks_settled().await;
    let kinds: Vec<Value> = receiver
        .bodies()
        .iter()
        .map(|body| body["kind"].clone())
        .collect();
    assert_eq!(kinds, ["create", "update", "delete"]);
}

#[tokio::test]
async fn our_own_writes_are_silent_unless_a_switch_says_so() {
    let world = World::start().await;
    let receiver = Receiver::answering(StatusCode::OK, 0);
    let _server = receiver.listen(&world, |_| {}).await;
    world.post("salesOrder", &world.order()).await.id();
    world.account.callbacks_settled().await;
    assert!(receiver.bodies().is_empty());

    let _server = receiver.listen(&world, |set| set.own_writes = true).await;
    world.post("salesOrder", &world.order()).await.id();
    world.account.callbacks_settled().await;
    assert_eq!(receiver.bodies().len(), 1);
}

#[tokio::test]
async fn after_a_failed_or_slow_one_there_is_silence_and_no_retry() {
    for (status, wait_ms, outcome) in [
        (StatusCode::SERVICE_UNAVAILABLE, 0, Outcome::Answered(503)),
        (StatusCode::OK, 40, Outcome::Answered(200)),
    ] {
        let world = World::start().await;
        let receiver = Receiver::answering(status, wait_ms);
        let _server = receiver.listen(&world, |set| set.slow_ms = 20).await;
        let order = world.post("salesOrder", &world.order()).await.id();
        memo(&world, order, "one");
        memo(&world, order, "two");
        world.account.callbacks_settled().await;
        assert_eq!(outcomes(&world), [outcome, Outcome::Silenced]);
        assert_eq!(receiver.bodies().len(), 1);

        world.account.end_callback_silence();
        memo(&world, order, "three");
        world.account.callbacks_settled().await;
        assert_eq!(receiver.bodies().len(), 2);
    }
}

#[tokio::test]
async fn an_answer_that_does_not_come_in_time_is_given_up() {
    let world = World::start().await;
    let receiver = Receiver::answering(StatusCode::OK, 60_000);
    let _server = receiver.listen(&world, |set| set.timeout_ms = 50).await;
    let order = world.post("salesOrder", &world.order()).await.id();
    memo(&world, order, "one");
    world.account.callbacks_settled().await;
    assert_eq!(outcomes(&world), [Outcome::NoAnswer]);
}

#[tokio::test]
async fn callbacks_can_be_lost_doubled_and_reordered() {
    let world = World::start().await;
    let receiver = Receiver::answering(StatusCode::OK, 0);
    let _server = receiver.listen(&world, |_| {}).await;
    let mut orders = Vec::new();
    for _ in 0..4 {
        orders.push(world.post("salesOrder", &world.order()).await.id());
    }
    let account = &world.account;
    account.handle_callbacks(Handling::Lose, Some(1));
    account.handle_callbacks(Handling::Duplicate(2), Some(1));
    account.handle_callbacks(Handling::Hold, Some(2));
    for order in &orders {
        memo(&world, *order, "x");
    }
    account.callbacks_settled().await;
    assert_eq!(account.release_callbacks(Release::Reversed), 2);
    account.callbacks_settled().await;

    let ids: Vec<String> = receiver
        .bodies()
        .iter()
        .map(|body| body["id"].as_str().unwrap().to_owned())
        .collect();
    let expected = [orders[1], orders[1], orders[3], orders[2]].map(|id| id.to_string());
    assert_eq!(ids, expected);
    let got = receiver.got.lock().unwrap();
    assert_eq!(
        got[0].0["webhook-id"], got[1].0["webhook-id"],
        "a doubled one has the same id"
    );
    assert_eq!(outcomes(&world)[0], Outcome::Lost);
}
