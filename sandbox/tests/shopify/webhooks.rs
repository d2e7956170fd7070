//! Deliveries: signature, headers, retries, and what a test can do to them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sandbox::shopify::{Handling, Settings, Shop, line};
use sha2::Sha256;

use crate::world::Receiver;

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
