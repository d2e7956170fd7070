//! Storing events: their marks, the rows they make due, and batches that fail.

use sqlx::Executor;
use tokio::task::JoinSet;
use waybill::event::{Document, Event, Kind, Priority, Source};
use waybill::outbox::writer::{Recorded, Writer, store};

use crate::database::Database;
use crate::door::eventually;

fn event(delivery: &str, order: u32) -> Event {
    Event {
        source: Source::Shopify,
        store: "us".to_owned(),
        topic: "orders/updated".to_owned(),
        delivery_id: delivery.to_owned(),
        document: Document::new(Kind::Order, "us", order),
        priority: Priority::Order,
        version: None,
        body: b"{}".to_vec(),
    }
}

#[tokio::test]
async fn one_batch_may_name_a_document_often_and_a_delivery_twice() {
    let database = Database::new().await;
    store(&database.pool, &[event("before", 1)]).await.unwrap();
    let batch = [
        event("a", 1),
        event("b", 2),
        event("a", 1),
        event("before", 1),
        event("c", 1),
    ];

    let recorded = store(&database.pool, &batch).await.unwrap();

    use Recorded::{Duplicate, New};
    assert_eq!(recorded, [New, New, Duplicate, Duplicate, New]);
    let marks = database
        .texts(
            "select concat_ws(' ', document, delivery_id, mark) from event order by document, mark",
        )
        .await;
    assert_eq!(
        marks,
        [
            "order/us/1 before 1",
            "order/us/1 a 2",
            "order/us/1 c 3",
            "order/us/2 b 1"
        ]
    );
    assert_eq!(
        database
            .texts("select document || ' ' || marks from outbox order by 1")
            .await,
        ["order/us/1 3", "order/us/2 1"]
    );
    assert_eq!(database.number("select count(*) from event_body").await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_on_the_same_documents_do_not_deadlock_and_marks_are_events() {
    let database = Database::new().await;
    let mut writers = JoinSet::new();
    for writer in 0..8_u32 {
        let pool = database.pool.clone();
        writers.spawn(async move {
            for round in 0..25_u32 {
                // Each writer names the ten documents in another order.
                let batch: Vec<_> = (0..10)
                    .map(|n| {
                        event(
                            &format!("{writer}-{round}-{n}"),
                            (n * 7 + writer * 3 + round) % 10,
                        )
                    })
                    .collect();
                store(&pool, &batch).await.unwrap();
            }
        });
    }
    while let Some(done) = writers.join_next().await {
        done.unwrap();
    }

    assert_eq!(
        database
            .number("select sum(marks)::bigint from outbox")
            .await,
        2000
    );
    let wrong = database
        .number(
            "select count(*) from (
                 select document from event join outbox using (document)
                 group by document, marks
                 having count(distinct mark) <> marks or max(mark) <> marks or min(mark) <> 1
             ) as wrong",
        )
        .await;
    assert_eq!(wrong, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_store_the_same_delivery_at_once_store_it_once() {
    let database = Database::new().await;
    let mut replicas = JoinSet::new();
    for _ in 0..8 {
        let pool = database.pool.clone();
        replicas.spawn(async move {
            let mut news = 0;
            for n in 0..50 {
                let recorded = store(&pool, &[event(&format!("d-{n}"), n % 3)])
                    .await
                    .unwrap();
                news += usize::from(recorded == [Recorded::New]);
            }
            news
        });
    }
    let news: usize = replicas.join_all().await.into_iter().sum();

    assert_eq!(news, 50);
    assert_eq!(database.number("select count(*) from event").await, 50);
    // A mark without an event is allowed; an event beyond its document's marks is not.
    let beyond = "select count(*) from event join outbox using (document) where mark > marks";
    assert_eq!(database.number(beyond).await, 0);
}

#[tokio::test]
async fn a_mark_makes_the_row_due_and_never_shortens_its_backoff() {
    let database = Database::new().await;
    database
        .pool
        .execute(
            "insert into outbox (document, kind, owner, priority, state, due_at, not_before, verify_at, outcome, problem) values
             ('order/us/1', 'order', 'us', 9, 'settled', null, null, now() + interval '16 min', 'applied', null),
             ('order/us/2', 'order', 'us', 0, 'held', null, null, null, null, '{\"code\": \"unknown_sku\"}'),
             ('order/us/3', 'order', 'us', 9, 'due', now() + interval '9 min', now() + interval '5 min', null, null, null),
             ('order/us/4', 'order', 'us', 0, 'due', now() - interval '5 min', null, null, null, null),
             ('order/us/5', 'order', 'us', 9, 'due', now() + interval '5 min', null, null, null, null),
             ('order/us/6', 'order', 'us', 9, 'due', now() + interval '1 min', now() + interval '5 min', null, null, null)",
        )
        .await
        .unwrap();
    let batch: Vec<_> = (1..=6).map(|n| event(&format!("d-{n}"), n)).collect();

    store(&database.pool, &batch).await.unwrap();

    let rows = database
        .texts(
            "select concat_ws(' ', right(document, 1), state, round(extract(epoch from due_at - now()) / 60),
                 'priority', priority, 'marks', marks, problem ->> 'code', round(extract(epoch from verify_at - now()) / 60))
             from outbox order by document",
        )
        .await;
    assert_eq!(
        rows,
        [
            "1 due 0 priority 1 marks 2 16",
            "2 due 0 priority 1 marks 2 unknown_sku",
            "3 due 5 priority 1 marks 2",
            "4 due -5 priority 0 marks 2",
            "5 due 0 priority 1 marks 2",
            "6 due 1 priority 1 marks 2",
        ]
    );
}

#[tokio::test]
async fn the_wanted_version_only_grows() {
    let database = Database::new().await;
    let at = |text: &str| Some(text.parse().unwrap());
    for (delivery, version) in [
        ("a", at("2026-11-24T10:00:00Z")),
        ("b", at("2026-11-24T09:00:00Z")),
        ("c", None),
    ] {
        let event = Event {
            version,
            ..event(delivery, 1)
        };
        store(&database.pool, &[event]).await.unwrap();
    }
    let wanted = database
        .texts("select wanted_version::text from outbox")
        .await;
    assert_eq!(wanted, ["2026-11-24 10:00:00+00"]);
}

#[tokio::test]
async fn an_event_that_cannot_be_stored_as_it_is_fails_no_other_and_is_kept_as_unreadable() {
    let database = Database::new().await;
    let (writer, committer) = Writer::new(database.pool.clone());
    // All three wait before the committer starts, so they are one batch.
    let poison = Event {
        topic: "orders/\0".to_owned(),
        ..event("b", 2)
    };
    let mut waiting = JoinSet::new();
    for event in [event("a", 1), poison, event("c", 3)] {
        let writer = writer.clone();
        waiting.spawn(async move { writer.record(event, None).await });
    }
    tokio::task::yield_now().await;
    let committed = writer.committed();
    drop(writer);
    committer.run().await;

    for recorded in waiting.join_all().await {
        assert_eq!(recorded.unwrap(), Recorded::New);
    }
    let documents = database
        .texts("select document from event order by 1")
        .await;
    assert_eq!(documents, ["order/us/1", "order/us/3", "unreadable/us/b"]);
    assert_eq!(database.number("select count(*) from event_body").await, 3);
    committed.notified().await;
}

#[tokio::test]
async fn an_event_whose_connection_died_is_stored_once_by_the_next_try() {
    let database = Database::new().await;
    let (writer, committer) = Writer::new(database.pool.clone());
    let mut lock = database.pool.begin().await.unwrap();
    lock.execute("lock table event in exclusive mode")
        .await
        .unwrap();
    let recording = async move { writer.record(event("a", 1), None).await };
    let breaking = async {
        eventually("the insert's connection is ended", async || {
            database
                .number(
                    "select count(pg_terminate_backend(pid)) from pg_stat_activity
                     where datname = current_database() and wait_event_type = 'Lock'",
                )
                .await
                == 1
        })
        .await;
        lock.rollback().await.unwrap();
    };

    let (recorded, (), ()) = tokio::join!(recording, breaking, committer.run());

    assert_eq!(recorded.unwrap(), Recorded::New);
    assert_eq!(database.number("select marks from outbox").await, 1);
}
