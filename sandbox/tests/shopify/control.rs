//! The control API: the same acts over HTTP.

use reqwest::Client;
use sandbox::shopify::Settings;
use serde_json::{Value, json};

use crate::world::{Receiver, shop};

struct Control(Client, String);

impl Control {
    async fn post(&self, path: &str, body: Value) -> Value {
        let answer = self
            .0
            .post(format!("{}/_sandbox{path}", self.1))
            .json(&body)
            .send()
            .await
            .unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self
            .0
            .get(format!("{}/_sandbox{path}", self.1))
            .send()
            .await
            .unwrap();
        answer.json().await.unwrap()
    }
}

#[tokio::test]
async fn an_order_placed_over_http_is_delivered_paid_and_journalled() {
    let receiver = Receiver::start().await;
    let (shop, _api) = shop().await;
    let control = Control(Client::new(), shop.url());
    let topics = json!(["orders/create", "orders/paid"]);
    control
        .post(
            "/subscribe",
            json!({ "uri": receiver.url, "topics": topics }),
        )
        .await;
    let order = json!({
        "email": "ann@example.com",
        "lines": [{ "sku": "MUG", "quantity": 2, "price": "12.50", "taxes": [{ "title": "GST", "rate": "0.1" }] }],
        "shipping": [{ "title": "Standard", "price": 5 }],
        "discounts": [{ "title": "TENTH", "value": { "percentage": "10" } }],
        "payment": "pending",
    });
    let placed = control.post("/orders", order).await;
    assert_eq!(placed["total_price"], "29.75");
    assert_eq!(placed["financial_status"], "pending");
    let id = placed["id"].as_u64().unwrap();
    let paid = control
        .post(&format!("/orders/{id}/mark_paid"), json!({}))
        .await;
    assert_eq!(paid["financial_status"], "paid");
    control.post("/deliveries/settle", json!({})).await;
    assert_eq!(receiver.topics(), ["orders/create", "orders/paid"]);
    assert_eq!(control.get("/deliveries").await[0]["state"], "answered");
    let refused = control
        .0
        .post(format!("{}/_sandbox/orders/{id}/mark_paid", control.1))
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 422);
}

#[tokio::test]
async fn faults_and_gates_are_armed_over_http_and_calls_are_counted() {
    let (shop, api) = shop().await;
    let control = Control(Client::new(), shop.url());
    control
        .post(
            "/faults",
            json!({ "on": "Name", "fault": "internal_error" }),
        )
        .await;
    assert_eq!(
        api.request("query Name { shop { name } }", json!({}))
            .send()
            .await
            .unwrap()
            .status(),
        500
    );
    control
        .post("/faults", json!({ "fault": { "slow_ms": 1 }, "times": 2 }))
        .await;
    let gate = control
        .post("/gates", json!({ "on": "Name", "when": "after_execution" }))
        .await;
    assert_eq!(gate["gate"], 0);
    assert_eq!(control.get("/gates/0").await["arrived"], false);
    assert_eq!(control.get("/calls").await[1]["status"], 500);
}

#[test]
fn settings_name_only_what_differs() {
    let settings: Settings =
        serde_json::from_value(json!({ "currency": "KWD", "plan": "plus" })).unwrap();
    assert_eq!(
        (settings.currency.as_str(), settings.plan.bucket().0),
        ("KWD", 20_000)
    );
    assert_eq!(settings.domain, "acme-us.myshopify.com");
    assert!(serde_json::from_value::<Settings>(json!({ "curency": "KWD" })).is_err());
}
