//! The door's answers: what is stored, what is refused, and that nothing signed is lost.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sqlx::{AssertSqlSafe, Executor};
use tokio::io::AsyncWriteExt;
use tokio::task::JoinSet;

use crate::database::Database;
use crate::door::{Door, SECRETS, answer, eventually, head, sign, webhook};

const ORDER: &[u8] = br#"{"id":820982911946154508,"updated_at":"2026-11-24T09:00:00-05:00"}"#;
const EVENTS: &str = "select count(*) from event";

#[tokio::test]
async fn a_signed_webhook_is_stored_and_its_document_is_due() {
    let database = Database::new().await;
    let door = Door::open(&database).await;

    let answer = door.webhook("orders/create", "w-1", ORDER).await;

    assert_eq!(answer.status, 200);
    let stored = database
        .texts(
            "select concat_ws('|', source, store, topic, delivery_id, event.document, mark, version,
                 convert_from(body, 'utf8'), state, kind, owner, priority, due_at <= now(), wanted_version = version)
             from event join event_body on event_body.event = event.id join outbox using (document)",
        )
        .await;
    let body = String::from_utf8_lossy(ORDER);
    let expected = format!(
        "shopify|us|orders/create|w-1|order/us/820982911946154508|1|2026-11-24 14:00:00+00|{body}|due|order|us|1|t|t"
    );
    assert_eq!(stored, [expected]);
    door.close().await;
}

#[tokio::test]
async fn twenty_copies_of_one_webhook_at_once_are_one_event() {
    let database = Database::new().await;
    let door = Arc::new(Door::open(&database).await);

    let mut copies = JoinSet::new();
    for _ in 0..20 {
        let door = Arc::clone(&door);
        copies.spawn(async move { door.webhook("orders/create", "w-1", ORDER).await });
    }
    let answers = copies.join_all().await;

    assert!(answers.iter().all(|answer| answer.status == 200));
    let news = answers
        .iter()
        .filter(|answer| answer.text.ends_with("\r\n\r\nstored\n"));
    assert_eq!(news.count(), 1);
    assert_eq!(database.number(EVENTS).await, 1);
    assert_eq!(database.number("select marks from outbox").await, 1);
    Arc::into_inner(door).unwrap().close().await;
}

#[tokio::test]
async fn a_webhook_that_is_not_signed_by_a_configured_store_is_401_and_leaves_nothing() {
    let database = Database::new().await;
    let door = Door::open(&database).await;
    let right = sign(SECRETS[0], ORDER);
    let wrong = sign("another", ORDER);
    let hex: String = STANDARD
        .decode(&right)
        .unwrap()
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    let without = |name: &str| without(&webhook("orders/create", "w-1", &right), name);
    let with = |signature| webhook("orders/create", "w-1", signature);
    let other_domain = [
        without("X-Shopify-Shop-Domain"),
        vec![("X-Shopify-Shop-Domain", "x.myshopify.com")],
    ];
    let wrong_and_no_domain = self::without(&with(&wrong), "X-Shopify-Shop-Domain");
    let cases = [
        ("another secret", with(&wrong)),
        ("hex", with(&hex)),
        ("no base64", with("%")),
        ("empty", with("")),
        ("unpadded", with(right.trim_end_matches('='))),
        ("no signature", without("X-Shopify-Hmac-Sha256")),
        (
            "two signatures",
            [with(&right), vec![("X-Shopify-Hmac-Sha256", &right)]].concat(),
        ),
        ("a store we do not know", other_domain.concat()),
        ("neither store nor signature", wrong_and_no_domain),
        (
            "events under other names",
            vec![
                ("shopify-hmac-sha256", &right),
                ("shopify-topic", "orders/create"),
            ],
        ),
    ];
    for (case, headers) in cases {
        let answer = door.post("/webhooks/shopify", &headers, ORDER).await;
        assert_eq!(answer.status, 401, "{case}");
    }
    assert_eq!(
        database
            .number("select (select count(*) from event) + (select count(*) from outbox)")
            .await,
        0
    );
    door.close().await;
}

#[tokio::test]
async fn a_webhook_of_which_a_byte_was_changed_is_401() {
    let database = Database::new().await;
    let door = Door::open(&database).await;
    let signature = sign(SECRETS[0], ORDER);
    let headers = webhook("orders/create", "w-1", &signature);
    for place in 0..ORDER.len() {
        let mut changed = ORDER.to_vec();
        changed[place] ^= 1;
        let answer = door.post("/webhooks/shopify", &headers, &changed).await;
        assert_eq!(answer.status, 401, "byte {place}");
    }
    door.close().await;
}

#[tokio::test]
async fn an_unsigned_request_is_refused_before_its_body_is_read() {
    let database = Database::new().await;
    let door = Door::open(&database).await;
    let signature = sign(SECRETS[0], ORDER);
    let unknown = vec![
        ("X-Shopify-Hmac-Sha256", signature.as_str()),
        ("X-Shopify-Shop-Domain", "x.myshopify.com"),
    ];
    for (path, headers) in [
        ("/webhooks/shopify", vec![]),
        ("/webhooks/shopify", unknown),
        ("/callbacks/netsuite", vec![]),
    ] {
        let mut stream = door.connect().await;
        // The body is promised and never sent: only an answer that does not wait for it can come.
        stream.write_all(&head(path, &headers, 1000)).await.unwrap();
        assert_eq!(answer(&mut stream).await.status, 401, "{path}");
    }
    door.close().await;
}

#[tokio::test]
async fn a_signed_webhook_that_lacks_or_repeats_a_header_is_400() {
    let database = Database::new().await;
    let door = Door::open(&database).await;
    let signature = sign(SECRETS[0], ORDER);
    let whole = webhook("orders/create", "w-1", &signature);
    for name in [
        "X-Shopify-Topic",
        "X-Shopify-Shop-Domain",
        "X-Shopify-Webhook-Id",
    ] {
        let missing = door
            .post("/webhooks/shopify", &without(&whole, name), ORDER)
            .await;
        assert_eq!(missing.status, 400, "{name} missing");
        let value = whole.iter().find(|header| header.0 == name).unwrap().1;
        let twice = [whole.clone(), vec![(name, value)]].concat();
        let repeated = door.post("/webhooks/shopify", &twice, ORDER).await;
        assert_eq!(repeated.status, 400, "{name} repeated");
    }
    assert_eq!(database.number(EVENTS).await, 0);
    door.close().await;
}

#[tokio::test]
async fn the_secret_before_the_newest_still_verifies() {
    let database = Database::new().await;
    let door = Door::open(&database).await;

    let signature = sign(SECRETS[1], ORDER);
    let answer = door
        .post(
            "/webhooks/shopify",
            &webhook("orders/create", "w-1", &signature),
            ORDER,
        )
        .await;

    assert_eq!(answer.status, 200);
    door.close().await;
}

#[tokio::test]
async fn a_signed_body_that_is_not_understood_is_stored_with_its_bytes() {
    let database = Database::new().await;
    let door = Door::open(&database).await;
    let cases: [(&str, &[u8]); 6] = [
        ("orders/create", b"not json"),
        ("orders/create", b""),
        ("orders/create", b"\xff\xfe{}"),
        ("orders/create", br#"{"id":null}"#),
        ("themes/publish", br#"{"id":1}"#),
        ("customers/redact", br#"{"shop_id":1,"shop_domain":"x.myshopify.com","customer":{"id":1},"orders_to_redact":[]}"#),
    ];
    for (place, (topic, body)) in cases.into_iter().enumerate() {
        let delivery = format!("w-{place}");
        assert_eq!(
            door.webhook(topic, &delivery, body).await.status,
            200,
            "{topic}"
        );
    }
    let documents = database
        .texts("select document from event join outbox using (document) where kind = 'unreadable' order by 1")
        .await;
    let expected: Vec<_> = (0..6)
        .map(|place| format!("unreadable/us/w-{place}"))
        .collect();
    assert_eq!(documents, expected);
    assert_eq!(
        database.number("select count(*) from event_body").await,
        5,
        "all but the empty one"
    );
    door.close().await;
}

#[tokio::test]
async fn bytes_that_jsonb_refuses_are_stored_as_they_came() {
    let database = Database::new().await;
    let door = Door::open(&database).await;
    let body = br#"{"note":"a\u0000b \ud800 c","id":9007199254740993,"tags":"\udc00"}"#;

    assert_eq!(
        door.webhook("orders/updated", "w-1", body).await.status,
        200
    );

    assert_eq!(
        database.texts("select document from event").await,
        ["order/us/9007199254740993"]
    );
    let stored: Vec<u8> = sqlx::query_scalar("select body from event_body")
        .fetch_one(&database.pool)
        .await
        .unwrap();
    assert_eq!(stored, body);
    door.close().await;
}

#[tokio::test]
async fn shopifys_example_bodies_name_their_documents() {
    let database = Database::new().await;
    let door = Door::open(&database).await;
    let table: [(&str, &[u8], &str); 6] = [
        (
            "orders/create",
            include_bytes!("../fixtures/shopify/orders_create.docs-2026-07.json"),
            "order/us/820982911946154508 1",
        ),
        (
            "orders/create",
            include_bytes!("../fixtures/shopify/orders_create.aud-gst.json"),
            "order/us/2998557704341 1",
        ),
        (
            "refunds/create",
            include_bytes!("../fixtures/shopify/refunds_create.docs-2026-07.json"),
            "order/us/820982911946154508 0",
        ),
        (
            "customers/update",
            include_bytes!("../fixtures/shopify/customers_update.docs-2026-07.json"),
            "customer/us/706405506930370084 3",
        ),
        (
            "returns/approve",
            include_bytes!("../fixtures/shopify/returns_approve.docs-2026-07.json"),
            "order/us/4783296544821 1",
        ),
        (
            "orders/edited",
            include_bytes!("../fixtures/shopify/orders_edited.docs-2026-07.json"),
            "order/us/820982911946154508 0",
        ),
    ];
    for (place, (topic, body, document)) in table.into_iter().enumerate() {
        let delivery = format!("w-{place}");
        assert_eq!(
            door.webhook(topic, &delivery, body).await.status,
            200,
            "{topic}"
        );
        let named = sqlx::query_scalar::<_, String>(
            "select document || ' ' || priority from event join outbox using (document) where delivery_id = $1",
        )
        .bind(&delivery)
        .fetch_one(&database.pool)
        .await;
        assert_eq!(named.unwrap(), document, "{topic}");
    }
    door.close().await;
}

#[tokio::test]
async fn a_client_that_hangs_up_does_not_cancel_the_insert() {
    let database = Database::new().await;
    let door = Door::open(&database).await;
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

    drop(stream);
    lock.rollback().await.unwrap();

    eventually("the event is stored", async || {
        database.number(EVENTS).await == 1
    })
    .await;
    door.close().await;
}

#[tokio::test]
async fn while_the_database_is_away_the_answer_is_503_and_later_200() {
    let database = Database::new().await;
    let door = Door::open(&database).await;
    assert_eq!(door.get("/readyz").await.status, 200);
    let mut server = database.server().await;
    let away = format!(
        "alter database {0} allow_connections false;
         select pg_terminate_backend(pid) from pg_stat_activity where datname = '{0}'",
        database.name
    );
    server.execute(AssertSqlSafe(away)).await.unwrap();

    let answer = door.webhook("orders/create", "w-1", ORDER).await;
    assert_eq!(answer.status, 503);
    assert!(answer.text.contains("retry-after:"), "{}", answer.text);
    eventually("readiness is lost", async || {
        door.get("/readyz").await.status == 503
    })
    .await;
    assert!(
        door.get("/readyz")
            .await
            .text
            .contains("the database does not answer")
    );
    assert_eq!(door.get("/healthz").await.status, 200);

    let back = format!("alter database {} allow_connections true", database.name);
    server.execute(AssertSqlSafe(back)).await.unwrap();
    assert_eq!(
        door.webhook("orders/create", "w-1", ORDER).await.status,
        200
    );
    eventually("readiness is back", async || {
        door.get("/readyz").await.status == 200
    })
    .await;
    assert_eq!(database.number(EVENTS).await, 1);
    door.close().await;
}

#[tokio::test]
async fn a_database_without_migrations_is_not_ready() {
    let database = Database::new().await;
    database
        .pool
        .execute("drop table _sqlx_migrations")
        .await
        .unwrap();
    let door = Door::open(&database).await;

    let answer = door.get("/readyz").await;

    assert_eq!(answer.status, 503);
    assert!(answer.text.contains("waybill migrate"), "{}", answer.text);
    door.close().await;
}

fn without<'a>(headers: &[(&'static str, &'a str)], name: &str) -> Vec<(&'static str, &'a str)> {
    headers
        .iter()
        .copied()
        .filter(|header| header.0 != name)
        .collect()
}
