//! Webhook subscriptions: which addresses and topics are taken, how they are changed, and that a body is only what was asked for.

use sandbox::shopify::{Settings, Shop, line};
use serde_json::{Value, json};

use crate::world::{Api, Receiver, shop};

const CREATE: &str =
    "mutation Create($topic: WebhookSubscriptionTopic!, $sub: WebhookSubscriptionInput!) {
    webhookSubscriptionCreate(topic: $topic, webhookSubscription: $sub) {
        webhookSubscription { id } userErrors { field message } } }";
const UPDATE: &str = "mutation Update($id: ID!, $sub: WebhookSubscriptionInput!) {
    webhookSubscriptionUpdate(id: $id, webhookSubscription: $sub) {
        webhookSubscription { uri format filter includeFields metafieldNamespaces metafields { namespace key } }
        userErrors { field message } } }";

async fn create(api: &Api, topic: &str, sub: Value) -> Value {
    let variables = json!({ "topic": topic, "sub": sub });
    api.data(CREATE, variables).await["webhookSubscriptionCreate"].take()
}

#[tokio::test]
async fn only_https_outside_this_machine_is_taken_where_loopback_is_not_allowed() {
    let settings = Settings {
        loopback_webhooks: false,
        ..Settings::default()
    };
    let shop = Shop::start(settings).await.unwrap();
    let api = Api::of(&shop).await;
    for (uri, message) in [
        (
            "http://example.com/hooks",
            "Address protocol http:// is not supported",
        ),
        (
            "http://127.0.0.1:9/hooks",
            "Address protocol http:// is not supported",
        ),
        ("https://localhost/hooks", "Address is invalid"),
        ("ftp://example.com/hooks", "Address is invalid"),
        ("example.com", "Address is invalid"),
    ] {
        let made = create(&api, "ORDERS_CREATE", json!({ "uri": uri })).await;
        assert_eq!(made["userErrors"][0]["message"], message, "{uri}");
        assert_eq!(made["webhookSubscription"], Value::Null);
    }
    for uri in [
        "https://example.com/hooks",
        "pubsub://project:topic",
        "arn:aws:events:us-east-1::event-source/aws.partner/shopify.com/1/a",
    ] {
        let made = create(&api, "ORDERS_CREATE", json!({ "uri": uri })).await;
        assert_eq!(made["userErrors"], json!([]), "{uri}");
    }
    assert_eq!(shop.subscriptions().len(), 3);
}

#[tokio::test]
async fn a_topic_needs_its_scope_and_must_exist() {
    let settings = Settings {
        scopes: vec!["write_orders".to_owned()],
        ..Settings::default()
    };
    let shop = Shop::start(settings).await.unwrap();
    let api = Api::of(&shop).await;
    let sub = json!({ "uri": "https://example.com/hooks" });
    for (topic, scope) in [
        ("CUSTOMERS_UPDATE", "read_customers"),
        ("CUSTOMERS_MERGE", "read_customer_merge"),
        ("RETURNS_APPROVE", "read_returns"),
        ("DISPUTES_CREATE", "read_shopify_payments_disputes"),
    ] {
        let made = create(&api, topic, sub.clone()).await;
        let message = made["userErrors"][0]["message"].as_str().unwrap();
        assert!(message.contains(scope), "{topic}: {message}");
    }
    let made = create(&api, "REFUNDS_CREATE", sub.clone()).await;
    assert_eq!(made["userErrors"], json!([]), "write_orders includes it");
    let made = create(&api, "APP_UNINSTALLED", sub.clone()).await;
    assert_eq!(made["userErrors"], json!([]), "it needs none");

    let unknown = api
        .request(CREATE, json!({ "topic": "CUSTOMERS_REDACT", "sub": sub }))
        .send()
        .await
        .unwrap();
    let unknown: Value = unknown.json().await.unwrap();
    assert!(unknown["errors"].is_array(), "{unknown}");
    assert_eq!(shop.subscriptions().len(), 2);
}

#[tokio::test]
async fn a_filter_names_only_fields_that_are_sent() {
    let (_shop, api) = shop().await;
    let sub = |fields: Value| json!({ "uri": "https://example.com/hooks", "filter": "total_price:>=10", "includeFields": fields });
    let refused = create(&api, "ORDERS_CREATE", sub(json!(["id"]))).await;
    assert_eq!(
        refused["userErrors"][0]["field"],
        json!(["webhookSubscription", "filter"])
    );
    let taken = create(&api, "ORDERS_CREATE", sub(json!(["id", "total_price"]))).await;
    assert_eq!(taken["userErrors"], json!([]));
}

#[tokio::test]
async fn an_update_changes_each_field_and_an_empty_one_takes_it_away() {
    let (_shop, api) = shop().await;
    let sub = json!({
        "uri": "https://example.com/a", "format": "XML", "filter": "id:1", "metafieldNamespaces": ["app"],
        "metafields": [{ "namespace": "app", "key": "note" }],
    });
    let made = create(&api, "ORDERS_CREATE", sub).await;
    let id = &made["webhookSubscription"]["id"];
    let sub = json!({
        "uri": "https://example.com/b", "format": "JSON", "filter": "", "includeFields": ["id"],
        "metafieldNamespaces": [], "metafields": [],
    });
    let changed = api.data(UPDATE, json!({ "id": id, "sub": sub })).await;
    assert_eq!(
        changed["webhookSubscriptionUpdate"]["webhookSubscription"],
        json!({
            "uri": "https://example.com/b", "format": "JSON", "filter": null, "includeFields": ["id"],
            "metafieldNamespaces": [], "metafields": [],
        })
    );
    let taken = create(
        &api,
        "ORDERS_CREATE",
        json!({ "uri": "https://example.com/b" }),
    )
    .await;
    assert_eq!(
        taken["userErrors"][0]["message"],
        "Address for this topic has already been taken"
    );
}

#[tokio::test]
async fn after_an_update_a_body_has_the_new_fields_and_after_a_removal_there_is_none() {
    let receiver = Receiver::start().await;
    let (shop, api) = shop().await;
    let made = create(&api, "ORDERS_CREATE", json!({ "uri": receiver.url })).await;
    let sub = json!({ "includeFields": ["id", "customer.id"] });
    let id = &made["webhookSubscription"]["id"];
    api.data(UPDATE, json!({ "id": id, "sub": sub })).await;
    let order = shop.place_order([line("MUG", 1)]);
    shop.settle().await.unwrap();
    let body = receiver.received()[0].json();
    assert_eq!(
        body,
        json!({ "id": order.id, "customer": { "id": order.customer } })
    );

    assert!(shop.unsubscribe(shop.subscriptions()[0].id));
    shop.place_order([line("MUG", 1)]);
    shop.settle().await.unwrap();
    assert_eq!(receiver.received().len(), 1);
}
