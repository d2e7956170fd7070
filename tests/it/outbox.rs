//! The rules of the outbox, on a real database: marks, claims as the fence, pauses, giving up.

use std::time::Duration;

use uuid::Uuid;
use waybill::event::{Document, Event, Kind, Priority, Source};
use waybill::outbox::claim::{self, Claim, Lane};
use waybill::outbox::end::{self, Counted, Ended, Ending, Record};
use waybill::outbox::pause::{self, Scope};
use waybill::outbox::{Lease, writer};
use waybill::problem::{Code, Problem};

use crate::database::Database;

const LONG: Duration = Duration::from_secs(3600);

/// An outbox with its lease taken.
struct Outbox {
    database: Database,
    lease: Lease,
}

impl Outbox {
    async fn new() -> Self {
        let database = Database::new().await;
        let lease = Lease::take(&database.pool, Uuid::new_v4(), LONG)
            .await
            .unwrap()
            .unwrap();
        Self { database, lease }
    }

    async fn mark(&self, order: u64) {
        let event = Event {
            source: Source::Shopify,
            store: "us".into(),
            topic: "orders/updated".into(),
            delivery_id: Uuid::new_v4().to_string(),
            document: document(order),
            priority: Priority::Order,
            version: None,
            body: b"{}".to_vec(),
        };
        writer::store(&self.database.pool, &[event]).await.unwrap();
    }

    async fn claim(&self) -> Vec<Claim> {
        self.claim_beside(&[]).await
    }

    async fn claim_beside(&self, running: &[String]) -> Vec<Claim> {
        let lane = Lane {
            kind: Kind::Order,
            owner: "us".into(),
            priority: Priority::Order,
        };
        claim::due(&self.database.pool, &self.lease, &[lane], running, 10)
            .await
            .unwrap()
    }

    async fn claim_one(&self) -> Claim {
        let mut claims = self.claim().await;
        assert_eq!(claims.len(), 1);
        claims.remove(0)
    }

    async fn end(&self, claim: &Claim, ending: Ending) -> Ended {
        end::record(&self.database.pool, claim, &ending, &Record::default())
            .await
            .unwrap()
    }

    async fn state(&self) -> String {
        self.database
            .texts("select state from outbox")
            .await
            .remove(0)
    }

    async fn now_due(&self) {
        sqlx::query("update outbox set due_at = now() where state = 'due'")
            .execute(&self.database.pool)
            .await
            .unwrap();
    }
}

fn document(order: u64) -> Document {
    Document::new(Kind::Order, "us", order)
}

fn skipped() -> Ending {
    Ending::Skipped {
        reason: "not paid".into(),
    }
}

fn failed(give_up_after: Duration) -> Ending {
    let then = Problem::new(Code::RetriesExhausted, "it failed");
    Ending::Retry {
        after: LONG,
        error: "no answer".into(),
        counted: Counted::Yes {
            give_up_after,
            then,
        },
    }
}

#[tokio::test]
async fn a_mark_that_comes_during_a_pass_leaves_the_document_due() {
    let outbox = Outbox::new().await;
    outbox.mark(1).await;
    let claim = outbox.claim_one().await;
    outbox.mark(1).await;
    assert_eq!(outbox.end(&claim, skipped()).await, Ended::Recorded);
    assert_eq!(outbox.state().await, "due");
    let second = outbox.claim_one().await;
    assert_eq!((second.marks, second.deaths), (2, 0));
    outbox.end(&second, skipped()).await;
    assert_eq!(outbox.state().await, "settled");
}

#[tokio::test]
async fn the_end_of_an_overtaken_pass_records_nothing() {
    let outbox = Outbox::new().await;
    outbox.mark(1).await;
    let dead = outbox.claim_one().await;
    let living = outbox.claim_one().await;
    assert_eq!(
        living.deaths, 1,
        "the second claim sees that the first has no end"
    );
    assert!(living.after_trouble());
    assert_eq!(outbox.end(&dead, skipped()).await, Ended::Stale);
    assert_eq!(
        outbox.database.number("select count(*) from attempt").await,
        0
    );
    assert_eq!(outbox.end(&living, skipped()).await, Ended::Recorded);
    assert_eq!(
        outbox.end(&living, failed(LONG)).await,
        Ended::Recorded,
        "the same claim may correct itself"
    );
}

#[tokio::test]
async fn a_document_that_this_process_works_on_is_not_claimed_again() {
    let outbox = Outbox::new().await;
    outbox.mark(1).await;
    outbox.mark(2).await;
    assert_eq!(
        outbox.claim_beside(&[document(1).to_string()]).await.len(),
        1
    );
}

#[tokio::test]
async fn without_the_lease_nothing_is_claimed_and_no_end_recorded() {
    let outbox = Outbox::new().await;
    outbox.mark(1).await;
    let claim = outbox.claim_one().await;
    outbox.lease.release(&outbox.database.pool).await.unwrap();
    let next = Lease::take(&outbox.database.pool, Uuid::new_v4(), LONG)
        .await
        .unwrap()
        .unwrap();
    assert!(next.epoch > outbox.lease.epoch);
    assert!(outbox.claim().await.is_empty());
    assert_eq!(outbox.end(&claim, skipped()).await, Ended::Stale);
    assert!(
        outbox
            .lease
            .renew(&outbox.database.pool)
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn the_lease_is_taken_by_one_and_by_the_next_only_when_it_has_ended() {
    let database = Database::new().await;
    let first = Lease::take(&database.pool, Uuid::new_v4(), LONG)
        .await
        .unwrap();
    assert!(first.is_some());
    assert!(
        Lease::take(&database.pool, Uuid::new_v4(), LONG)
            .await
            .unwrap()
            .is_none()
    );
    sqlx::query("update dispatcher_lease set until = now()")
        .execute(&database.pool)
        .await
        .unwrap();
    assert!(
        Lease::take(&database.pool, Uuid::new_v4(), LONG)
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn a_mark_never_shortens_a_backoff() {
    let outbox = Outbox::new().await;
    outbox.mark(1).await;
    let claim = outbox.claim_one().await;
    outbox.end(&claim, failed(LONG)).await;
    outbox.mark(1).await;
    assert!(outbox.claim().await.is_empty());
    assert_eq!(
        outbox
            .database
            .number("select count(*) from outbox where due_at > now() + interval '50 min'")
            .await,
        1
    );
}

#[tokio::test]
async fn a_document_that_fails_for_too_long_is_held_and_says_what_failed() {
    let outbox = Outbox::new().await;
    outbox.mark(1).await;
    let claim = outbox.claim_one().await;
    outbox.end(&claim, failed(LONG)).await;
    assert_eq!(outbox.state().await, "due");
    sqlx::query("update outbox set failing_since = now() - interval '61 min'")
        .execute(&outbox.database.pool)
        .await
        .unwrap();
    outbox.now_due().await;
    let claim = outbox.claim_one().await;
    assert!(claim.after_trouble());
    outbox.end(&claim, failed(LONG)).await;
    assert_eq!(outbox.state().await, "held");
    assert_eq!(
        outbox
            .database
            .texts("select problem_code from outbox")
            .await,
        ["retries_exhausted"]
    );
    assert_eq!(
        outbox
            .database
            .texts("select outcome from attempt order by id")
            .await,
        ["retry", "held"]
    );
}

#[tokio::test]
async fn a_mark_on_a_held_document_makes_it_due_and_keeps_the_problem_until_a_pass_clears_it() {
    let outbox = Outbox::new().await;
    outbox.mark(1).await;
    let claim = outbox.claim_one().await;
    outbox
        .end(&claim, Ending::Held(Problem::new(Code::UnknownSku, "MUG")))
        .await;
    outbox.mark(1).await;
    assert_eq!(outbox.state().await, "due");
    assert_eq!(
        outbox
            .database
            .texts("select problem_code from outbox")
            .await,
        ["unknown_sku"]
    );
    let claim = outbox.claim_one().await;
    outbox
        .end(&claim, Ending::Applied { verify_after: None })
        .await;
    assert_eq!(
        outbox
            .database
            .number("select count(*) from outbox where problem is null and state = 'settled'")
            .await,
        1
    );
}

#[tokio::test]
async fn a_paused_lane_gives_nothing_and_its_time_does_not_count_as_failing() {
    let outbox = Outbox::new().await;
    outbox.mark(1).await;
    let claim = outbox.claim_one().await;
    outbox.end(&claim, failed(LONG)).await;
    outbox.now_due().await;
    let scope = Scope {
        kind: Some(Kind::Order),
        owner: None,
    };
    let pause = pause::start(&outbox.database.pool, scope, "stock-taking", "anna", None)
        .await
        .unwrap();
    assert!(outbox.claim().await.is_empty());
    sqlx::raw_sql(
        "update pause set since = now() - interval '10 hours';
         update outbox set failing_since = now() - interval '10 hours 5 minutes'",
    )
    .execute(&outbox.database.pool)
    .await
    .unwrap();
    assert!(
        pause::lift(&outbox.database.pool, pause, "anna")
            .await
            .unwrap()
    );
    assert!(
        !pause::lift(&outbox.database.pool, pause, "anna")
            .await
            .unwrap(),
        "lifted once"
    );
    let claim = outbox.claim_one().await;
    outbox.end(&claim, failed(LONG)).await;
    assert_eq!(
        outbox.state().await,
        "due",
        "five minutes of failing are no reason to give up"
    );
}

#[tokio::test]
async fn a_pause_with_an_end_lifts_itself() {
    let outbox = Outbox::new().await;
    outbox.mark(1).await;
    let scope = Scope {
        kind: None,
        owner: Some("us"),
    };
    pause::start_for(&outbox.database.pool, scope, "away", pause::BREAKER, LONG)
        .await
        .unwrap();
    assert!(outbox.claim().await.is_empty());
    assert_eq!(
        pause::in_force(&outbox.database.pool).await.unwrap().len(),
        1
    );
    sqlx::query("update pause set until = now()")
        .execute(&outbox.database.pool)
        .await
        .unwrap();
    assert_eq!(outbox.claim().await.len(), 1);
    assert_eq!(pause::lift_expired(&outbox.database.pool).await.unwrap(), 1);
    assert_eq!(pause::lift_expired(&outbox.database.pool).await.unwrap(), 0);
}

#[tokio::test]
async fn a_settled_document_is_verified_in_its_time_and_a_mark_meanwhile_wins() {
    let outbox = Outbox::new().await;
    for order in [1, 2] {
        outbox.mark(order).await;
    }
    for claim in outbox.claim().await {
        outbox
            .end(
                &claim,
                Ending::Applied {
                    verify_after: Some(LONG),
                },
            )
            .await;
    }
    let pool = &outbox.database.pool;
    let to_verify = || {
        claim::to_verify(
            pool,
            &outbox.lease,
            Kind::Order,
            "us",
            &[],
            10,
            Duration::from_secs(15),
        )
    };
    assert!(to_verify().await.unwrap().is_empty());
    // One of them is due; the other is so soon, that one look serves both.
    sqlx::query(
        "update outbox set verify_at = now() + interval '10 s' * (document like '%2')::int",
    )
    .execute(pool)
    .await
    .unwrap();
    let claims = to_verify().await.unwrap();
    assert_eq!(claims.len(), 2);
    assert_eq!(claims[0].pass, claims[1].pass, "a bulk look is one pass");
    outbox.mark(2).await;
    for claim in &claims {
        outbox.end(claim, Ending::Verified).await;
    }
    let states = "select state from outbox order by document";
    assert_eq!(outbox.database.texts(states).await, ["settled", "due"]);
    let waiting = "select count(*) from outbox where verify_at is not null";
    assert_eq!(outbox.database.number(waiting).await, 0);
}

#[tokio::test]
async fn what_waits_for_a_document_is_woken_by_its_end() {
    let outbox = Outbox::new().await;
    outbox.mark(1).await;
    let claim = outbox.claim_one().await;
    let waits = Ending::NotYet {
        after: LONG,
        reason: "its order comes first".into(),
        waits_for: Some(document(2)),
    };
    outbox.end(&claim, waits).await;
    assert!(outbox.claim().await.is_empty());
    assert_eq!(
        end::wake_waiting(&outbox.database.pool, &document(2))
            .await
            .unwrap(),
        1
    );
    let claim = outbox.claim_one().await;
    assert!(claim.waiting.is_some());
    assert!(!claim.after_trouble(), "waiting is no failure");
}
