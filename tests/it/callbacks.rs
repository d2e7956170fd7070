//! NetSuite's callbacks: Standard Webhooks, each naming one record.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::database::Database;
use crate::door::{CALLBACKS, Door};

#[tokio::test]
async fn the_same_delivery_id_of_another_store_is_another_event() {
    let database = Database::new().await;
    let door = Door::open(&database).await;

    door.webhook("orders/create", "msg_1", br#"{"id":1}"#).await;
    let body = callback_body("customer");
    let headers = callback(CALLBACKS[0], "msg_1", &now(&database).await, &body);
    let answer = door
        .post("/callbacks/netsuite", &borrowed(&headers), &body)
        .await;

    assert_eq!(answer.status, 200);
    assert_eq!(database.number("select count(*) from event").await, 2);
    door.close().await;
}

#[tokio::test]
async fn a_callback_is_stored_under_the_record_it_names() {
    let database = Database::new().await;
    let door = Door::open(&database).await;
    let body = callback_body("itemFulfillment");
    for (delivery, secret) in [
        ("msg_1", CALLBACKS[0]),
        ("msg_2", CALLBACKS[1]),
        ("msg_2", CALLBACKS[0]),
    ] {
        let headers = callback(secret, delivery, &now(&database).await, &body);
        let answer = door
            .post("/callbacks/netsuite", &borrowed(&headers), &body)
            .await;
        assert_eq!(answer.status, 200);
    }
    let events = database
        .texts("select concat_ws('|', source, store, topic, document) from event")
        .await;
    assert_eq!(
        events,
        ["netsuite|netsuite|itemFulfillment/create|fulfillment/netsuite/881"; 2]
    );
    door.close().await;
}

#[tokio::test]
async fn a_callback_is_401_unless_signed_lately_and_400_with_a_repeated_header() {
    let database = Database::new().await;
    let door = Door::open(&database).await;
    let body = callback_body("customer");
    let now = now(&database).await;
    let at = |offset: i64| (now.parse::<i64>().unwrap() + offset).to_string();
    let signed = |seconds: &str| callback(CALLBACKS[0], "msg_1", seconds, &body);
    let drop = |name: &str| {
        signed(&now)
            .into_iter()
            .filter(|h| h.0 != name)
            .collect::<Vec<_>>()
    };
    let twice = |name: &str| {
        let repeated = signed(&now).into_iter().filter(|h| h.0 == name);
        signed(&now).into_iter().chain(repeated).collect::<Vec<_>>()
    };
    let cases = [
        (
            "another secret",
            401,
            callback("whsec_AAAA", "msg_1", &now, &body),
        ),
        ("too old", 401, signed(&at(-310))),
        ("too new", 401, signed(&at(310))),
        ("an absurd time", 401, signed("-9223372036854775808")),
        ("no time", 401, drop("webhook-timestamp")),
        ("no id", 401, drop("webhook-id")),
        ("no signature", 401, drop("webhook-signature")),
        ("two signature headers", 401, twice("webhook-signature")),
        ("two times", 400, twice("webhook-timestamp")),
        ("two ids", 400, twice("webhook-id")),
    ];
    for (case, status, headers) in cases {
        let answer = door
            .post("/callbacks/netsuite", &borrowed(&headers), &body)
            .await;
        assert_eq!(answer.status, status, "{case}");
    }
    assert_eq!(database.number("select count(*) from event").await, 0);
    door.close().await;
}

fn callback_body(record: &str) -> Vec<u8> {
    format!(r#"{{"record":"{record}","id":"881","kind":"create"}}"#).into_bytes()
}

/// The headers of a Standard Webhook, signed apart from the crate that verifies them.
pub(crate) fn callback(
    secret: &str,
    id: &str,
    seconds: &str,
    body: &[u8],
) -> Vec<(&'static str, String)> {
    let key = STANDARD
        .decode(secret.strip_prefix("whsec_").unwrap())
        .unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{id}.{seconds}.").as_bytes());
    mac.update(body);
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    vec![
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", seconds.to_owned()),
        ("webhook-signature", format!("v1,{signature}")),
    ]
}

pub(crate) fn borrowed<'a>(headers: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    headers
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect()
}

/// The database's time, in whole seconds.
pub(crate) async fn now(database: &Database) -> String {
    database
        .number("select extract(epoch from now())::bigint")
        .await
        .to_string()
}
