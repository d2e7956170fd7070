//! What bodies may take: size, time, and memory together.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use waybill::inbound::Bounds;
use waybill::inbound::listener::Limits;

use crate::callbacks::{borrowed, callback, now};
use crate::database::Database;
use crate::door::{Answer, CALLBACKS, Door, SECRETS, answer, eventually, head, sign, webhook};

#[tokio::test]
async fn a_body_may_have_16_mb_as_a_webhook_and_64_kb_as_a_callback() {
    let database = Database::new().await;
    let door = Door::open(&database).await;
    let order = |bytes: usize| {
        let start = br#"{"id":1,"note":""#;
        [
            start,
            "x".repeat(bytes - start.len() - 2).as_bytes(),
            br#""}"#,
        ]
        .concat()
    };

    assert_eq!(
        door.webhook("orders/create", "w-1", &order(16 << 20))
            .await
            .status,
        200
    );
    let mut stream = door.connect().await;
    let headers = webhook("orders/create", "w-2", "e30=");
    stream
        .write_all(&head("/webhooks/shopify", &headers, (16 << 20) + 1))
        .await
        .unwrap();
    assert_eq!(answer(&mut stream).await.status, 413);
    // A length that is not promised is counted.
    assert_eq!(
        chunked(&door, "/webhooks/shopify", &headers, (16 << 20) + 1)
            .await
            .status,
        413
    );
    let headers = callback(CALLBACKS[0], "msg_1", &now(&database).await, b"");
    assert_eq!(
        chunked(&door, "/callbacks/netsuite", &borrowed(&headers), 65_537)
            .await
            .status,
        413
    );
    assert_eq!(database.number("select count(*) from event").await, 1);
    door.close().await;
}

#[tokio::test]
async fn bodies_in_flight_share_one_budget_and_beyond_it_the_answer_is_503() {
    let database = Database::new().await;
    let bounds = Bounds {
        budget: 100_000,
        ..Bounds::default()
    };
    let door = Door::open_with(&database, bounds, Limits::default()).await;
    let body = [br#"{"id":1,"note":""#.as_slice(), &[b'x'; 80_000], br#""}"#].concat();
    let signature = sign(SECRETS[0], &body);
    let mut slow = door.connect().await;
    let headers = webhook("orders/create", "slow", &signature);
    slow.write_all(&head("/webhooks/shopify", &headers, body.len()))
        .await
        .unwrap();
    slow.write_all(&body[..body.len() - 1]).await.unwrap();

    eventually("the budget is spent", async || {
        let answer = door.webhook("orders/create", "w-1", &body).await;
        if answer.status == 503 {
            assert!(answer.text.contains("retry-after:"), "{}", answer.text);
        }
        answer.status == 503
    })
    .await;
    slow.write_all(&body[body.len() - 1..]).await.unwrap();

    assert_eq!(answer(&mut slow).await.status, 200);
    assert_eq!(
        door.webhook("orders/create", "w-2", &body).await.status,
        200,
        "given back"
    );
    door.close().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_cut() {
    let database = Database::new().await;
    let bounds = Bounds {
        body: Duration::from_millis(200),
        ..Bounds::default()
    };
    let door = Door::open_with(&database, bounds, Limits::default()).await;
    let mut stream = door.connect().await;
    let headers = webhook("orders/create", "w-1", "e30=");
    stream
        .write_all(&head("/webhooks/shopify", &headers, 1000))
        .await
        .unwrap();
    stream.write_all(b"{").await.unwrap();

    assert_eq!(answer(&mut stream).await.status, 408);
    door.close().await;
}

async fn chunked(door: &Door, path: &str, headers: &[(&str, &str)], bytes: usize) -> Answer {
    let mut stream = door.connect().await;
    let mut head = format!(
        "POST {path} HTTP/1.1\r\nhost: door\r\nconnection: close\r\ntransfer-encoding: chunked\r\n"
    );
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += &format!("\r\n{bytes:x}\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    // The refusal may come before all has left.
    let _ = stream.write_all(&vec![b'x'; bytes]).await;
    let _ = stream.write_all(b"\r\n0\r\n\r\n").await;
    answer(&mut stream).await
}
