//! A replay approves exactly the plan that was shown, whatever the document's backoff.

use std::time::Duration;

use serde_json::json;
use waybill::action::Actor;
use waybill::event::{Document, Event, Kind, Priority, Source};
use waybill::outbox::claim::{self, Claim, Lane};
use waybill::outbox::coverage::{self, Outcome};
use waybill::outbox::end::{self, Counted, Ending, Record};
use waybill::outbox::lease::Lease;
use waybill::outbox::list::State;
use waybill::outbox::writer::store;
use waybill::plan::{Action, Plan, Write};
use waybill::problem::{Code, Problem};
use waybill::replay::{self, NotSelected, Replay, Selection, Would};

use crate::database::Database;

const LONG: Duration = Duration::from_secs(3600);

fn order(id: u32) -> Document {
    Document::new(Kind::Order, "us", id)
}

fn owners() -> Vec<String> {
    vec!["us".to_owned()]
}

/// A plan with one write of this amount.
fn plan(amount: &str) -> Plan {
    let write = Write {
        action: Action::Create,
        record: "salesOrder".to_owned(),
        key: "so-us-1".to_owned(),
        source: "1".to_owned(),
        body: json!({ "amount": amount }),
        on: None,
    };
    Plan {
        writes: vec![write],
        ..Plan::default()
    }
}

fn planned(documents: &[Document], would: impl Fn(&Document) -> Would) -> Replay {
    let looked = documents
        .iter()
        .map(|document| (document.clone(), would(document)));
    replay::plan(looked.collect(), 0)
}

/// Marks the orders, and ends their first pass.
async fn after_a_pass(database: &Database, orders: &[u32], ending: &Ending) -> Lease {
    let events: Vec<Event> = orders
        .iter()
        .map(|id| Event {
            source: Source::Shopify,
            store: "us".to_owned(),
            topic: "orders/create".to_owned(),
            delivery_id: id.to_string(),
            document: order(*id),
            priority: Priority::Order,
            version: None,
            body: Vec::new(),
        })
        .collect();
    store(&database.pool, &events).await.unwrap();
    let lease = Lease::take(&database.pool, uuid::Uuid::new_v4(), LONG)
        .await
        .unwrap()
        .unwrap();
    for claim in claims(database, &lease).await {
        end::record(&database.pool, &claim, ending, &Record::default())
            .await
            .unwrap();
    }
    lease
}

async fn claims(database: &Database, lease: &Lease) -> Vec<Claim> {
    let lanes = [Lane {
        kind: Kind::Order,
        owner: "us".to_owned(),
        priority: Priority::Order,
    }];
    claim::due(&database.pool, lease, &lanes, &[], 100)
        .await
        .unwrap()
}

fn held(sku: &str) -> Ending {
    Ending::Held(Problem::new(Code::UnknownSku, "no such item").because(sku))
}

fn failing() -> Ending {
    Ending::Retry {
        after: LONG,
        error: "503".to_owned(),
        counted: Counted::Yes {
            give_up_after: LONG,
            then: Problem::new(Code::RetriesExhausted, "503"),
        },
    }
}

#[tokio::test]
async fn the_pass_after_a_replay_carries_the_plan_that_was_approved() {
    let database = Database::new().await;
    let lease = after_a_pass(&database, &[1], &held("MUG")).await;

    let replay = planned(&[order(1)], |_| Would::Write(plan("10.00")));
    replay::apply(&database.pool, &replay, &Actor("anna".to_owned()))
        .await
        .unwrap();

    let claims = claims(&database, &lease).await;
    assert_eq!(claims[0].approved_plan, Some(plan("10.00").hash()));
    assert_ne!(claims[0].approved_plan, Some(plan("10.01").hash()));
    let told = coverage::of_document(&database.pool, &order(1), 10)
        .await
        .unwrap();
    assert_eq!(
        (told[0].topic.as_str(), told[0].outcome),
        ("replay", Outcome::Due)
    );
    let acts = database
        .texts("select concat_ws(' ', \"by\", action, subject) from operator_action")
        .await;
    assert_eq!(acts, ["anna replay order/us/1"]);
}

#[tokio::test]
async fn a_replay_does_not_wait_for_the_backoff() {
    let database = Database::new().await;
    let lease = after_a_pass(&database, &[1], &failing()).await;
    assert!(claims(&database, &lease).await.is_empty());

    let replay = planned(&[order(1)], |_| Would::Write(plan("10.00")));
    replay::apply(&database.pool, &replay, &Actor::command_line())
        .await
        .unwrap();

    assert_eq!(claims(&database, &lease).await.len(), 1);
}

#[tokio::test]
async fn a_document_that_no_event_named_can_be_replayed() {
    let database = Database::new().await;
    let replay = planned(&[order(9)], |_| Would::Write(plan("10.00")));
    replay::apply(&database.pool, &replay, &Actor::command_line())
        .await
        .unwrap();

    let lease = Lease::take(&database.pool, uuid::Uuid::new_v4(), LONG)
        .await
        .unwrap()
        .unwrap();
    let claims = claims(&database, &lease).await;
    assert_eq!(claims[0].document, order(9));
    assert_eq!(claims[0].approved_plan, Some(plan("10.00").hash()));
}

#[tokio::test]
async fn what_would_still_be_held_or_wait_is_shown_and_left_alone() {
    let database = Database::new().await;
    let lease = after_a_pass(&database, &[1, 2, 3, 4], &held("MUG")).await;
    let documents = [order(1), order(2), order(3), order(4)];

    let replay = planned(&documents, |document: &Document| {
        match document.id.as_str() {
            "1" => Would::Hold(Problem::new(Code::UnknownSku, "still none").because("MUG")),
            "2" => Would::Wait("its customer comes first".to_owned()),
            "3" => Would::Unread("no answer".to_owned()),
            _ => Would::Skip("cancelled".to_owned()),
        }
    });
    let applied = replay::apply(&database.pool, &replay, &Actor::command_line())
        .await
        .unwrap();

    assert_eq!(applied.documents, [order(4)]);
    let shown: Vec<_> = replay.documents.iter().map(|item| item.would).collect();
    assert_eq!(shown, ["hold", "wait", "unread", "skip"]);
    // What was approved is nothing: a pass that would write after all must refuse.
    let claims = claims(&database, &lease).await;
    assert_eq!(claims[0].approved_plan, Some(Plan::default().hash()));
    assert_eq!(claims.len(), 1);
}

#[tokio::test]
async fn the_hash_moves_with_any_document_of_the_replay() {
    let documents = [order(1), order(2)];
    let first = planned(&documents, |_| Would::Write(plan("10.00")));
    let same = planned(&documents, |_| Would::Write(plan("10.00")));
    let moved = planned(&documents, |document: &Document| {
        match document.id.as_str() {
            "2" => Would::Write(plan("10.01")),
            _ => Would::Write(plan("10.00")),
        }
    });
    let held = planned(&documents, |document: &Document| {
        match document.id.as_str() {
            "2" => Would::Hold(Problem::new(Code::UnknownSku, "none")),
            _ => Would::Write(plan("10.00")),
        }
    });

    assert_eq!(first.plan_hash, same.plan_hash);
    assert_ne!(first.plan_hash, moved.plan_hash);
    assert_ne!(first.plan_hash, held.plan_hash);
    let text = first.to_string();
    assert!(
        text.contains("create salesOrder so-us-1 (from 1)")
            && text.ends_with(&format!("plan {}\n", first.plan_hash)),
        "{text}"
    );
}

#[tokio::test]
async fn a_problem_or_its_cause_selects_what_is_held_with_it() {
    let database = Database::new().await;
    let lease = after_a_pass(&database, &[1, 2], &held("MUG")).await;
    lease.release(&database.pool).await.unwrap();
    after_a_pass(&database, &[3], &held("CUP")).await;
    let select =
        |problem: &str| replay::select(&database.pool, Selection::Problem(problem.to_owned()), &[]);

    assert_eq!(select("unknown_sku").await.unwrap().0.len(), 3);
    assert_eq!(
        select("unknown_sku:MUG").await.unwrap().0,
        [order(1), order(2)]
    );
    assert!(matches!(
        select("unknown_tax").await,
        Err(NotSelected::NoProblem(_))
    ));
}

#[tokio::test]
async fn a_replay_takes_few_documents_and_says_how_many_are_left() {
    let database = Database::new().await;
    let orders: Vec<u32> = (1..=60).collect();
    after_a_pass(&database, &orders, &held("MUG")).await;
    let by_problem = Selection::Problem("unknown_sku".to_owned());
    let (documents, remaining) = replay::select(&database.pool, by_problem, &[])
        .await
        .unwrap();
    assert_eq!((documents.len(), remaining), (replay::MOST, 10));

    let all = Selection::Documents(orders.iter().map(|id| order(*id)).collect());
    assert!(matches!(
        replay::select(&database.pool, all, &owners()).await,
        Err(NotSelected::TooMany(60))
    ));
    let strange = Selection::Documents(vec![Document::new(Kind::Order, "uk", 1)]);
    assert!(matches!(
        replay::select(&database.pool, strange, &owners()).await,
        Err(NotSelected::NoOwner(_))
    ));
    let none = Selection::Documents(Vec::new());
    assert!(matches!(
        replay::select(&database.pool, none, &owners()).await,
        Err(NotSelected::Nothing)
    ));
}

#[tokio::test]
async fn who_follows_a_replay_sees_how_its_pass_ended() {
    let database = Database::new().await;
    let lease = after_a_pass(&database, &[1], &held("MUG")).await;
    let replay = planned(&[order(1)], |_| Would::Write(plan("10.00")));
    let applied = replay::apply(&database.pool, &replay, &Actor::command_line())
        .await
        .unwrap();

    let early = replay::follow(&database.pool, &applied, Duration::ZERO)
        .await
        .unwrap();
    assert_eq!(early[0].state, State::Due);

    let pass = async {
        for claim in claims(&database, &lease).await {
            let ending = Ending::Applied { verify_after: None };
            end::record(&database.pool, &claim, &ending, &Record::default())
                .await
                .unwrap();
        }
    };
    let (followed, ()) = tokio::join!(replay::follow(&database.pool, &applied, LONG), pass);
    assert_eq!(followed.unwrap()[0].state, State::Settled);
}
