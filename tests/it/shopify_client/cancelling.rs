//! Cancelling an order: taken at once, done later.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sandbox::shopify::{Fault, Shop, line};
use serde_json::{Value, json};
use waybill::config::Timing;
use waybill::remote::{Error, Meaning, Outcome};
use waybill::shopify::Client;
use waybill::shopify::order_cancel::{Cancellation, Money, Notice, Progress, Reason, Stock};

use super::gateway::gateway;
use super::{reads, shop, store};

fn how() -> Cancellation {
    Cancellation {
        reason: Reason::Staff,
        money: Money::Keep,
        stock: Stock::PutBack,
        notice: Notice::Silent,
        staff_note: Some("é".repeat(300)),
    }
}

const JOB: &str = "gid://shopify/OrderCancelJobResult/9";

async fn altered(
    shop: &Shop,
    alter: impl Fn(&str, &mut Value) + Clone + Send + Sync + 'static,
) -> Client {
    let mut store = store(shop);
    store.url = Some(gateway(shop, alter).await);
    Client::new(&store, &Timing::default()).unwrap()
}

/// The twin's job is done at once and has no name: here it takes two looks, and ends so.
async fn slowly(shop: &Shop, end: Value) -> Client {
    let looks = Arc::new(AtomicUsize::new(0));
    altered(shop, move |name, answer| match name {
        "CancelOrder" => answer["data"]["orderCancel"]["jobResult"] = json!({ "id": JOB }),
        "CancellationQuery" => {
            let started = json!({"__typename": "OrderCancelJobResult",
                "done": false, "status": "STARTED", "errors": []});
            let first = looks.fetch_add(1, Ordering::SeqCst) == 0;
            let node = if first { &started } else { &end };
            *answer = json!({"data": {"node": node}});
        }
        _ => {}
    })
    .await
}

#[tokio::test]
async fn a_cancellation_is_taken_at_once_and_its_job_tells_the_end() {
    let (shop, _) = shop().await;
    let id = shop.place_order([line("MUG", 1)]).id;
    let done = json!({"__typename": "OrderCancelJobResult",
        "done": true, "status": "SUCCEEDED", "errors": []});
    let client = slowly(&shop, done).await;

    let job = client.cancel_order(&reads(), id, &how()).await.unwrap();

    let look = async || client.cancellation(&reads(), &job).await.unwrap();
    assert_eq!(look().await, Progress::UnderWay);
    assert_eq!(look().await, Progress::Done);
    assert!(shop.order(id).unwrap().cancelled_at.is_some());
}

#[tokio::test]
async fn a_job_that_failed_says_why() {
    let (shop, _) = shop().await;
    let id = shop.place_order([line("MUG", 1)]).id;
    let failed = json!({"__typename": "OrderCancelJobResult", "done": true, "status": "FAILED",
        "errors": [{"code": "NO_REFUND_PERMISSION", "field": null, "message": "not allowed"}]});
    let client = slowly(&shop, failed).await;
    let job = client.cancel_order(&reads(), id, &how()).await.unwrap();
    client.cancellation(&reads(), &job).await.unwrap();
    let Progress::Failed(refusal) = client.cancellation(&reads(), &job).await.unwrap() else {
        panic!("it failed")
    };
    assert_eq!(refusal.meaning, Meaning::Forbidden);
    assert_eq!(refusal.code, "NO_REFUND_PERMISSION");
}

#[tokio::test]
async fn a_cancelled_order_is_not_cancelled_again() {
    let (shop, client) = shop().await;
    let id = shop.place_order([line("MUG", 1)]).id;
    shop.cancel(id, "customer").unwrap();
    let error = client.cancel_order(&reads(), id, &how()).await.unwrap_err();
    assert_eq!(error.meaning(), Some(Meaning::Invalid));
    assert_eq!(error.outcome(), Outcome::NotDone);
}

#[tokio::test]
async fn an_order_that_is_not_there_and_a_failure_inside_shopify_are_told_apart() {
    let (shop, _) = shop().await;
    let id = shop.place_order([line("MUG", 1)]).id;
    for (code, outcome) in [
        ("NOT_FOUND", Outcome::NotDone),
        ("INTERNAL_ERROR", Outcome::Unknown),
    ] {
        let client = altered(&shop, move |name, answer| {
            if name == "CancelOrder" {
                *answer = json!({"data": {"orderCancel": {"jobResult": null,
                    "orderCancelUserErrors": [{"code": code, "field": ["orderId"], "message": "x"}]}}});
            }
        })
        .await;
        let error = client.cancel_order(&reads(), id, &how()).await.unwrap_err();
        assert_eq!(error.outcome(), outcome, "{code}: {error}");
        let absent = code == "NOT_FOUND";
        assert_eq!(error.meaning() == Some(Meaning::Absent), absent, "{error}");
    }
}

#[tokio::test]
async fn a_cancellation_whose_answer_is_lost_is_sent_once() {
    let (shop, client) = shop().await;
    let id = shop.place_order([line("MUG", 1)]).id;
    shop.fail("orderCancel", Fault::ReplyLost, 1);
    let error = client.cancel_order(&reads(), id, &how()).await.unwrap_err();
    assert!(matches!(error, Error::NoAnswer { .. }), "{error}");
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!(shop.calls_of("orderCancel"), 1);
    assert!(shop.order(id).unwrap().cancelled_at.is_some());
}
