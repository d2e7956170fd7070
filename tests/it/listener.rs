//! Deadlines, the cap on connections, and the orderly end.

use std::time::{Duration, Instant};

use sqlx::Executor;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use waybill::inbound::Bounds;
use waybill::inbound::listener::Limits;

use crate::database::Database;
use crate::door::{Door, SECRETS, answer, eventually, head, sign, webhook};

const ORDER: &[u8] = br#"{"id":1}"#;

#[tokio::test]
async fn a_header_that_does_not_end_is_cut_although_it_trickles() {
    let database = Database::new().await;
    let limits = Limits {
        header: Duration::from_millis(300),
        ..Limits::default()
    };
    let door = Door::open_with(&database, Bounds::default(), limits).await;
    let mut stream = door.connect().await;
    let begun = Instant::now();
    stream
        .write_all(b"POST /webhooks/shopify HTTP/1.1\r\nhost: door\r\n")
        .await
        .unwrap();

    let (mut reader, mut writer) = stream.split();
    let trickle = async {
        while writer.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        _ = reader.read_u8() => {}
        () = trickle => {}
    }

    let took = begun.elapsed();
    assert!(
        took >= Duration::from_millis(300) && took < Duration::from_secs(5),
        "{took:?}"
    );
    door.close().await;
}

#[tokio::test]
async fn an_idle_connection_outlives_the_header_deadline_and_is_cut_at_its_own() {
    let database = Database::new().await;
    let limits = Limits {
        header: Duration::from_millis(100),
        idle: Duration::from_millis(600),
        ..Limits::default()
    };
    let door = Door::open_with(&database, Bounds::default(), limits).await;
    let mut stream = door.connect().await;
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: door\r\n\r\n")
        .await
        .unwrap();
    let begun = Instant::now();

    let mut all = Vec::new();
    stream.read_to_end(&mut all).await.unwrap();

    let took = begun.elapsed();
    assert!(all.starts_with(b"HTTP/1.1 200"));
    assert!(
        took >= Duration::from_millis(500) && took < Duration::from_secs(5),
        "{took:?}"
    );
    door.close().await;
}

#[tokio::test]
async fn a_connection_beyond_the_cap_waits_for_one_to_end() {
    let database = Database::new().await;
    let limits = Limits {
        connections: 1,
        ..Limits::default()
    };
    let door = Door::open_with(&database, Bounds::default(), limits).await;
    let mut first = door.connect().await;
    first
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: door\r\n\r\n")
        .await
        .unwrap();
    let mut some = [0; 12];
    first.read_exact(&mut some).await.unwrap();

    let mut second = Box::pin(door.get("/healthz"));
    let early = tokio::time::timeout(Duration::from_millis(200), &mut second).await;
    assert!(early.is_err(), "answered although the cap is reached");
    drop(first);

    assert_eq!(second.await.status, 200);
    door.close().await;
}

#[tokio::test]
async fn a_stop_answers_the_request_in_flight_and_takes_no_other() {
    let database = Database::new().await;
    let door = Door::open(&database).await;
    let idle = door.connect().await;
    let mut lock = database.pool.begin().await.unwrap();
    lock.execute("lock table event in exclusive mode")
        .await
        .unwrap();
    let mut stream = door.connect().await;
    let signature = sign(SECRETS[0], ORDER);
    let headers = webhook("orders/create", "w-1", &signature);
    stream
        .write_all(&head("/webhooks/shopify", &headers, ORDER.len()))
        .await
        .unwrap();
    stream.write_all(ORDER).await.unwrap();
    eventually("the insert waits for the lock", async || {
        database
            .number("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")
            .await
            == 1
    })
    .await;

    door.stop();
    eventually("no more are taken", async || {
        tokio::net::TcpStream::connect(door.address).await.is_err()
    })
    .await;
    lock.rollback().await.unwrap();

    assert_eq!(answer(&mut stream).await.status, 200);
    door.close().await;
    drop(idle);
    assert_eq!(database.number("select count(*) from event").await, 1);
}

#[tokio::test]
async fn an_answer_names_its_request_and_a_wrong_path_or_method_is_refused() {
    let database = Database::new().await;
    let door = Door::open(&database).await;

    assert!(door.get("/healthz").await.text.contains("x-request-id: "));
    assert_eq!(door.get("/nothing").await.status, 404);
    assert_eq!(door.get("/webhooks/shopify").await.status, 405);
    assert_eq!(door.post("/healthz", &[], b"").await.status, 405);
    door.close().await;
}

#[tokio::test]
async fn a_head_that_is_far_too_long_is_refused() {
    let database = Database::new().await;
    let door = Door::open(&database).await;
    let long = "x".repeat(300_000);

    let refused = door
        .post("/webhooks/shopify", &[("x-long", &long)], b"")
        .await;

    // A connection that ends with bytes unread may lose its answer.
    assert!(matches!(refused.status, 431 | 0), "{refused:?}");
    door.close().await;
}
