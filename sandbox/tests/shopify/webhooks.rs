//! Deliveries: signature, headers, retries, and what a test can do to them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sandbox::shopify::{DeliveryState, Handling, Settings, Shop, line, sign};
use sha2::Sha256;

use crate::world::{Receiver, shipped_and_partly_refunded};

async fn subscribed(second_ms: u64) -> (Shop, Receiver) {
    let receiver = Receiver::start().await;
    let settings = Settings {
        webhook_target: Some(receiver.url.clone()),
        second_ms,
        ..Settings::default()
    };
    (Shop::start(settings).await.unwrap(), receiver)
}

#[tokio::test]
async fn a_paid_order_is_announced_as_created_updated_and_paid_with_one_event_id() {
    let (shop, receiver) = subscribed(1_000).await;
    let order = shop.place_order([line("MUG", 2)]);
    shop.settle().await.unwrap();
    assert_eq!(
        receiver.topics(),
        ["orders/create", "orders/paid", "orders/updated"]
    );
    let received = receiver.received();
    let mut events: Vec<_> = received
        .iter()
        .map(|it| it.header("x-shopify-event-id"))
        .collect();
    let mut ids: Vec<_> = received
        .iter()
        .map(|it| it.header("x-shopify-webhook-id"))
        .collect();
    events.dedup();
    ids.sort();
    ids.dedup();
    assert_eq!((events.len(), ids.len()), (1, 3));
    for it in &received {
        assert_eq!(it.json()["id"].as_u64(), Some(order.id));
        assert_eq!(it.header("x-shopify-shop-domain"), "acme-us.myshopify.com");
        assert_eq!(it.header("x-shopify-api-version"), "2026-10");
        assert_eq!(it.header("x-shopify-order-id"), order.id.to_string());
        assert_eq!(it.header("content-type"), "application/json");
        assert!(it.header("x-shopify-triggered-at").ends_with('Z'));
    }
}

#[tokio::test]
async fn the_signature_is_base64_hmac_sha256_of_the_raw_bytes() {
    let (shop, receiver) = subscribed(1_000).await;
    shop.place_order([line("MUG", 1)]);
    shop.settle().await.unwrap();
    for it in receiver.received() {
        let mut mac = Hmac::<Sha256>::new_from_slice(b"sandbox-secret").unwrap();
        mac.update(&it.body);
        let expected = STANDARD.encode(mac.finalize().into_bytes());
        assert_eq!(it.header("x-shopify-hmac-sha256"), expected);
    }
}

#[tokio::test]
async fn eight_failed_retries_carry_one_id_and_cost_the_subscription() {
    let (shop, receiver) = subscribed(0).await;
    receiver.answer_with(500);
    shop.handle_next(Some("orders/updated"), Handling::Lose, 1);
    shop.handle_next(Some("orders/paid"), Handling::Lose, 1);
    shop.place_order([line("MUG", 1)]);
    shop.settle().await.unwrap();
    let received = receiver.received();
    assert_eq!(received.len(), 9);
    assert!(received.iter().all(|it| it.body == received[0].body));
    assert!(
        received
            .iter()
            .all(|it| it.header("x-shopify-webhook-id")
                == received[0].header("x-shopify-webhook-id"))
    );
    let left: Vec<_> = shop
        .subscriptions()
        .into_iter()
        .map(|it| it.topic)
        .collect();
    assert_eq!(left, ["orders/updated", "orders/paid", "orders/cancelled"]);
}

#[tokio::test]
async fn a_slow_subscriber_fails_the_try_and_gets_the_same_delivery_again() {
    let receiver = Receiver::start().await;
    let settings = Settings {
        webhook_target: Some(receiver.url.clone()),
        webhook_topics: vec!["orders/create".into()],
        second_ms: 0,
        delivery_timeout_ms: 200,
        ..Settings::default()
    };
    let shop = Shop::start(settings).await.unwrap();
    receiver.stall_once();
    shop.place_order([line("MUG", 1)]);
    shop.settle().await.unwrap();
    let tries: Vec<_> = shop.deliveries()[0]
        .tries
        .iter()
        .map(|it| it.status)
        .collect();
    assert_eq!(tries, [None, Some(200)]);
    assert_eq!(
        receiver.received()[0].header("x-shopify-webhook-id"),
        receiver.received()[1].header("x-shopify-webhook-id")
    );
}

#[tokio::test]
async fn a_redirect_is_a_failure() {
    let (shop, receiver) = subscribed(0).await;
    receiver.answer_with(301);
    shop.handle_next(None, Handling::Lose, 2);
    shop.place_order([line("MUG", 1)]);
    shop.settle().await.unwrap();
    assert_eq!(shop.deliveries()[2].state, DeliveryState::GivenUp);
}

#[tokio::test]
async fn deliveries_can_be_lost_doubled_and_let_go_newest_first() {
    let (shop, receiver) = subscribed(1_000).await;
    shop.handle_next(Some("orders/create"), Handling::Lose, 1);
    shop.handle_next(Some("orders/updated"), Handling::Duplicate(20), 1);
    shop.handle_next(Some("orders/paid"), Handling::DelayMs(1), 1);
    let order = shop.place_order([line("MUG", 1)]);
    shop.settle().await.unwrap();
    let topics = receiver.topics();
    assert_eq!(
        topics.iter().filter(|it| *it == "orders/updated").count(),
        20
    );
    assert_eq!(topics.iter().filter(|it| *it == "orders/paid").count(), 1);
    assert_eq!(topics.iter().filter(|it| *it == "orders/create").count(), 0);

    shop.hold_deliveries();
    for note in ["first", "second", "third"] {
        shop.edit(order.id, |order| order.note = Some(note.into()))
            .unwrap();
    }
    shop.settle().await.unwrap();
    assert_eq!(receiver.received().len(), 21);
    shop.release_deliveries(true);
    shop.settle().await.unwrap();
    let received = receiver.received();
    let notes: Vec<_> = received[21..]
        .iter()
        .map(|it| it.json()["note"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(notes, ["third", "second", "first"]);
}

#[tokio::test]
async fn an_old_body_can_come_again_after_a_newer_one() {
    let (shop, receiver) = subscribed(1_000).await;
    let order = shop.place_order([line("MUG", 1)]);
    shop.settle().await.unwrap();
    let old = shop.deliveries()[0].clone();
    shop.edit(order.id, |order| order.note = Some("newer".into()))
        .unwrap();
    shop.settle().await.unwrap();
    assert!(shop.deliver_again(&old.webhook_id));
    shop.settle().await.unwrap();
    let last = receiver.received().pop().unwrap();
    assert_eq!(last.header("x-shopify-webhook-id"), old.webhook_id);
    assert_eq!(last.body, &*old.body);
}

#[tokio::test]
async fn during_a_rotation_webhooks_are_still_signed_with_the_old_secret() {
    let (shop, receiver) = subscribed(1_000).await;
    shop.rotate_secret("new-secret");
    shop.place_order([line("MUG", 1)]);
    shop.settle().await.unwrap();
    shop.finish_rotation("new-secret");
    shop.place_order([line("MUG", 1)]);
    shop.settle().await.unwrap();
    let signed_by = |secret: &str| {
        let received = receiver.received();
        received
            .iter()
            .filter(|it| it.header("x-shopify-hmac-sha256") == sign(secret, &it.body))
            .count()
    };
    assert_eq!(
        (signed_by("sandbox-secret"), signed_by("new-secret")),
        (3, 3)
    );
}

#[tokio::test]
async fn raw_bytes_go_out_with_exactly_the_headers_given() {
    let (shop, receiver) = subscribed(1_000).await;
    let status = shop
        .send_raw(
            &receiver.url,
            &[("X-Shopify-Topic", "orders/create")],
            b"\xff{not json".to_vec(),
        )
        .await;
    assert_eq!(status, Some(200));
    let received = receiver.received().pop().unwrap();
    assert_eq!(received.body, b"\xff{not json");
    assert_eq!(received.header("x-shopify-hmac-sha256"), "");
}

#[tokio::test]
async fn refunds_shipments_and_deletions_have_topics_of_their_own() {
    let receiver = Receiver::start().await;
    let topics = [
        "refunds/create",
        "fulfillments/create",
        "orders/fulfilled",
        "orders/delete",
        "order_transactions/create",
        "customers/create",
    ];
    let settings = Settings {
        webhook_target: Some(receiver.url.clone()),
        webhook_topics: topics.map(str::to_owned).to_vec(),
        ..Settings::default()
    };
    let shop = Shop::start(settings).await.unwrap();
    let order = shipped_and_partly_refunded(&shop);
    shop.delete(order.id).unwrap();
    shop.settle().await.unwrap();
    let mut expected: Vec<_> = topics.map(str::to_owned).to_vec();
    expected.push("order_transactions/create".into());
    expected.sort();
    assert_eq!(receiver.topics(), expected);
}

#[tokio::test]
async fn include_fields_trim_the_body() {
    let receiver = Receiver::start().await;
    let (shop, api) = crate::world::shop().await;
    let create = "mutation { webhookSubscriptionCreate(topic: ORDERS_CREATE, webhookSubscription: { uri: \"URI\", includeFields: [\"id\", \"customer.email\", \"line_items.sku\"] }) { userErrors { message } } }";
    api.data(&create.replace("URI", &receiver.url), serde_json::json!({}))
        .await;
    let order = shop.place_order([line("MUG", 1)]);
    shop.settle().await.unwrap();
    let expected = serde_json::json!({ "id": order.id, "customer": { "email": "buyer@example.com" }, "line_items": [{ "sku": "MUG" }] });
    assert_eq!(receiver.received()[0].json(), expected);
}
