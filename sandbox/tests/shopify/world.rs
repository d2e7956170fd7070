//! A shop, somebody who calls its API, and somebody who takes its webhooks.

use std::str::FromStr as _;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use reqwest::Client;
use rust_decimal::Decimal;
use sandbox::shopify::{Fulfil, Order, Refunding, Settings, Shop, line};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub(crate) struct Api {
    pub(crate) client: Client,
    pub(crate) url: String,
    pub(crate) token: String,
}

impl Api {
    pub(crate) async fn of(shop: &Shop) -> Self {
        let client = Client::new();
        let form = [
            ("client_id", "sandbox-client"),
            ("client_secret", "sandbox-secret"),
            ("grant_type", "client_credentials"),
        ];
        let url = shop.url();
        let request = client
            .post(format!("{url}/admin/oauth/access_token"))
            .form(&form);
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        let token = answer["access_token"].as_str().unwrap().to_owned();
        Self { client, url, token }
    }

    pub(crate) fn request(&self, query: &str, variables: Value) -> reqwest::RequestBuilder {
        let url = format!("{}/admin/api/2026-10/graphql.json", self.url);
        let body = json!({ "query": query, "variables": variables });
        self.client
            .post(url)
            .header("X-Shopify-Access-Token", &self.token)
            .json(&body)
    }

    /// The whole answer, with its errors.
    pub(crate) async fn answer(&self, query: &str, variables: Value) -> Value {
        let response = self.request(query, variables).send().await.unwrap();
        assert_eq!(response.status(), 200);
        response.json().await.unwrap()
    }

    /// The data of an answer without errors.
    pub(crate) async fn data(&self, query: &str, variables: Value) -> Value {
        let mut answer = self.answer(query, variables).await;
        assert_eq!(answer.get("errors"), None, "{answer:#}");
        answer["data"].take()
    }
}

/// A shop and its API, with no webhooks.
pub(crate) async fn shop() -> (Shop, Api) {
    let shop = Shop::start(Settings::default()).await.unwrap();
    let api = Api::of(&shop).await;
    (shop, api)
}

pub(crate) fn dec(text: &str) -> Decimal {
    Decimal::from_str(text).unwrap()
}

/// A decimal, printed as a string or as a number.
pub(crate) fn amount(value: &Value) -> Decimal {
    match value.as_str() {
        Some(text) => dec(text),
        None => dec(&value.to_string()),
    }
}

/// What a query with the one variable `id` reads of an order.
pub(crate) async fn read(api: &Api, query: &str, order: u64) -> Value {
    let id = format!("gid://shopify/Order/{order}");
    api.data(query, json!({ "id": id })).await["order"].take()
}

/// An order that was shipped whole and had one of its two units paid back.
pub(crate) fn shipped_and_partly_refunded(shop: &Shop) -> Arc<Order> {
    let order = shop.place_order([line("MUG", 2)]);
    shop.fulfil(order.id, &Fulfil::default()).unwrap();
    let refunding = Refunding {
        lines: vec![(order.lines[0].id, 1)],
        money: true,
        ..Refunding::default()
    };
    shop.refund(order.id, &refunding).unwrap();
    order
}

#[derive(Clone)]
pub(crate) struct Received {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> String {
        self.headers
            .get(name)
            .map(|it| it.to_str().unwrap().to_owned())
            .unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Takes webhooks and answers each with one status, 200 unless told otherwise.
#[derive(Clone)]
pub(crate) struct Receiver {
    pub(crate) url: String,
    received: Arc<Mutex<Vec<Received>>>,
    status: Arc<Mutex<StatusCode>>,
    stalls: Arc<Mutex<u32>>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks", listener.local_addr().unwrap());
        let receiver = Self {
            url,
            received: Arc::default(),
            status: Arc::new(Mutex::new(StatusCode::OK)),
            stalls: Arc::default(),
        };
        let router = Router::new()
            .route("/hooks", post(take))
            .with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        receiver
    }

    pub(crate) fn answer_with(&self, status: u16) {
        *self.status.lock().unwrap() = StatusCode::from_u16(status).unwrap();
    }

    /// The next delivery is taken but never answered.
    pub(crate) fn stall_once(&self) {
        *self.stalls.lock().unwrap() += 1;
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    pub(crate) fn topics(&self) -> Vec<String> {
        let mut topics: Vec<_> = self
            .received()
            .iter()
            .map(|it| it.header("x-shopify-topic"))
            .collect();
        topics.sort();
        topics
    }
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let body = body.to_vec();
    receiver
        .received
        .lock()
        .unwrap()
        .push(Received { headers, body });
    let stall = receiver.stalls.lock().unwrap().checked_sub(1);
    if let Some(left) = stall {
        *receiver.stalls.lock().unwrap() = left;
        std::future::pending::<()>().await;
    }
    *receiver.status.lock().unwrap()
}
