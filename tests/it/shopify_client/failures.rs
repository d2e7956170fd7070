//! What each failure means, and whether the call may have been carried out.

use std::time::{Duration, Instant};

use sandbox::shopify::{Fault, When, line};
use tokio_util::sync::CancellationToken;
use waybill::journal::{Journal, Urgency};
use waybill::link::InternalId;
use waybill::remote::{Error, Meaning, Outcome};

use super::{DEADLINE, reads, shop, within};
use crate::database::Database;

#[tokio::test]
async fn throttling_is_waited_out_within_the_call() {
    let (shop, client) = shop().await;
    let placed = shop.place_order([line("MUG", 1)]);
    client.order(&reads(), placed.id).await.unwrap();
    shop.fail("OrderQuery", Fault::Throttled, 2);
    shop.empty_bucket();
    let order = client.order(&reads(), placed.id).await.unwrap();
    assert!(order.is_some());
}

#[tokio::test]
async fn throttling_past_the_deadline_was_not_done() {
    let (shop, _) = shop().await;
    let client = within(&shop, Duration::from_secs(4));
    shop.fail("shop", Fault::TooManyRequests, 100);
    let error = client.shop(&reads()).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Throttled {
                retry_after: Some(_),
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(error.outcome(), Outcome::NotDone);
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_of_unknown_outcome_and_sent_once() {
    let (shop, client) = shop().await;
    let id = shop.place_order([line("MUG", 1)]).id;
    let ids = [(id, InternalId("7".to_owned()))];
    for fault in [
        Fault::BadGatewayAfter,
        Fault::GatewayTimeoutAfter,
        Fault::ReplyLost,
        Fault::ResetBefore,
        Fault::InternalError,
        Fault::Unavailable,
        Fault::PartialErrors("metafieldsSet".to_owned()),
    ] {
        shop.reset_calls();
        shop.fail("metafieldsSet", fault.clone(), 1);
        let error = client.set_metafields(&reads(), &ids).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::Unknown, "{fault:?}: {error}");
        assert!(shop.calls_of("metafieldsSet") <= 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_read_without_an_answer_is_repeated_once() {
    let (shop, client) = shop().await;
    let id = shop.place_order([line("MUG", 1)]).id;
    shop.fail("OrderQuery", Fault::ResetBefore, 1);
    assert!(client.order(&reads(), id).await.unwrap().is_some());
    shop.fail("OrderQuery", Fault::ResetBefore, 2);
    let error = client.order(&reads(), id).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotDone);
}

#[tokio::test]
async fn failures_of_a_read_have_their_meaning() {
    let (shop, client) = shop().await;
    let id = shop.place_order([line("MUG", 1)]).id;
    shop.fail("OrderQuery", Fault::Frozen, 1);
    let error = client.order(&reads(), id).await.unwrap_err();
    assert_eq!(error.meaning(), Some(Meaning::Closed));
    for fault in [
        Fault::Unavailable,
        Fault::PartialErrors("order.customer".to_owned()),
    ] {
        shop.fail("OrderQuery", fault.clone(), 1);
        let error = client.order(&reads(), id).await.unwrap_err();
        assert!(
            matches!(error, Error::Unavailable { .. }),
            "{fault:?}: {error}"
        );
        assert_eq!(error.outcome(), Outcome::NotDone);
    }
}

#[tokio::test]
async fn a_call_in_flight_ends_when_the_right_to_call_does() {
    let (shop, client) = shop().await;
    let id = shop.place_order([line("MUG", 1)]).id;
    client.shop(&reads()).await.unwrap();
    let stop = CancellationToken::new();
    let journal = Journal::of_reads(Urgency::Live, stop.clone());
    let gate = shop.park("metafieldsSet", When::BeforeExecution);
    let ids = [(id, InternalId("7".to_owned()))];
    let (ended, ()) = tokio::join!(client.set_metafields(&journal, &ids), async {
        assert!(gate.arrived(DEADLINE).await);
        stop.cancel();
    });
    assert_eq!(ended.unwrap_err().outcome(), Outcome::Unknown);
    gate.release();

    let calls = journal.calls();
    let error = client.set_metafields(&journal, &ids).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotDone);
    assert_eq!(journal.calls(), calls, "nothing is sent any more");
}

#[tokio::test]
async fn a_slow_answer_is_not_waited_for_past_the_deadline() {
    let (shop, _) = shop().await;
    let client = within(&shop, Duration::from_secs(4));
    client.shop(&reads()).await.unwrap();
    shop.fail("metafieldsSet", Fault::SlowMs(20_000), 1);
    let id = shop.place_order([line("MUG", 1)]).id;
    let start = Instant::now();
    let error = client
        .set_metafields(&reads(), &[(id, InternalId("7".to_owned()))])
        .await;
    assert_eq!(error.unwrap_err().outcome(), Outcome::Unknown);
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_call_is_written_down_before_it_leaves_and_its_answer_after() {
    let database = Database::new().await;
    let (shop, client) = shop().await;
    client.shop(&reads()).await.unwrap();
    let id = shop.place_order([line("MUG", 1)]).id;
    let stop = CancellationToken::new();
    let pass = uuid::Uuid::new_v4();
    let journal = Journal::of_pass(database.pool.clone(), pass, Urgency::Live, stop);
    let gate = shop.park("OrderQuery", When::BeforeExecution);

    let open = "select call from attempt_call where answered_at is null";
    let (order, ()) = tokio::join!(client.order(&journal, id), async {
        assert!(gate.arrived(DEADLINE).await);
        assert_eq!(
            database.texts(open).await,
            [format!("read shopify order {id}")]
        );
        gate.release();
    });

    assert!(order.unwrap().is_some());
    assert!(database.texts(open).await.is_empty());
    assert_eq!(
        database.texts("select answer from attempt_call").await,
        ["200"]
    );
}
