//! The events' bytes: a partition a day, dropped in time, erased when asked.

use sqlx::Executor;
use waybill::event::{Document, Event, Kind, Priority, Source};
use waybill::outbox::{bodies, writer};

use crate::database::Database;

const PARTITIONS: &str =
    "select count(*) from pg_inherits where inhparent = 'event_body'::regclass";

fn event(order: u32) -> Event {
    Event {
        source: Source::Shopify,
        store: "us".to_owned(),
        topic: "orders/updated".to_owned(),
        delivery_id: format!("d-{order}"),
        document: Document::new(Kind::Order, "us", order),
        priority: Priority::Order,
        version: None,
        body: vec![b'x'; 10_000],
    }
}

#[tokio::test]
async fn maintenance_makes_the_coming_days_once_and_bytes_go_into_their_day() {
    let database = Database::new().await;
    bodies::maintain(&database.pool, 90).await.unwrap();
    bodies::maintain(&database.pool, 90).await.unwrap();
    writer::store(&database.pool, &[event(1)]).await.unwrap();

    assert_eq!(
        database.number(PARTITIONS).await,
        9,
        "eight days and the rest"
    );
    assert_eq!(
        database
            .number("select count(*) from event_body_rest")
            .await,
        0
    );
    let lz4 = "select count(*) from event_body where pg_column_compression(body) = 'lz4'";
    assert_eq!(database.number(lz4).await, 1);
}

#[tokio::test]
async fn bytes_are_dropped_when_their_days_are_over_and_events_stay() {
    let database = Database::new().await;
    // Today's bytes came before there was a partition: they are in the rest.
    writer::store(&database.pool, &[event(1), event(2)])
        .await
        .unwrap();
    database
        .pool
        .execute("update event_body set received_on = current_date - 91 where event = (select min(id) from event)")
        .await
        .unwrap();
    let old = "do $$ begin execute format(
        'create table event_body_%s partition of event_body for values from (%L) to (%L)',
        to_char(current_date - 100, 'YYYYMMDD'), current_date - 100, current_date - 99); end $$";
    database.pool.execute(old).await.unwrap();

    bodies::maintain(&database.pool, 90).await.unwrap();

    assert_eq!(database.number("select count(*) from event_body").await, 1);
    assert_eq!(database.number("select count(*) from event").await, 2);
    assert_eq!(
        database.number(PARTITIONS).await,
        8,
        "seven days to come and the rest"
    );
}

#[tokio::test]
async fn erasing_a_document_takes_its_bytes_and_no_others() {
    let database = Database::new().await;
    bodies::maintain(&database.pool, 90).await.unwrap();
    writer::store(&database.pool, &[event(1), event(2)])
        .await
        .unwrap();

    let erased = bodies::erase(&database.pool, &Document::new(Kind::Order, "us", 1)).await;

    assert_eq!(erased.unwrap(), 1);
    assert_eq!(database.number("select count(*) from event_body").await, 1);
    assert_eq!(database.number("select count(*) from event").await, 2);
}
