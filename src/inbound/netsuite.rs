//! `POST /callbacks/netsuite`: Standard Webhooks from our script, each naming one record.

use std::fmt;

use axum::extract::Request;
use axum::http::HeaderMap;
use serde_json::Value;
use standardwebhooks::Webhook;

use super::shopify::bounded;
use super::{Door, LIMIT, Once, Rejection, once};
use crate::config::Secret;
use crate::event::{Document, Event, Kind, NETSUITE, Priority, Source};
use crate::outbox::writer::Recorded;

const ID: &str = standardwebhooks::HEADER_WEBHOOK_ID;
const TIMESTAMP: &str = standardwebhooks::HEADER_WEBHOOK_TIMESTAMP;
const SIGNATURE: &str = standardwebhooks::HEADER_WEBHOOK_SIGNATURE;

/// One of the account's callback secrets.
pub(super) struct Signer(Webhook);

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer([REDACTED])")
    }
}

impl Signer {
    /// Nothing when the secret is not `whsec_` and base64, or empty.
    pub(super) fn new(secret: &Secret) -> Option<Self> {
        let encoded = secret.expose().strip_prefix("whsec_")?;
        if encoded.is_empty() {
            return None;
        }
        Webhook::new(encoded).ok().map(Self)
    }
}

/// Verifies, records, and returns what to answer.
pub(super) async fn receive(door: &Door, request: Request) -> Result<Recorded, Rejection> {
    let (parts, body) = request.into_parts();
    once(&parts.headers, SIGNATURE).signing()?;
    let seconds = first(&parts.headers, TIMESTAMP)?;
    // The crate subtracts before it compares: an absurd time would overflow.
    if seconds.is_empty() || seconds.len() > 12 || !seconds.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Rejection::Unsigned);
    }
    first(&parts.headers, ID)?;
    if door.callbacks.is_empty() {
        return Err(Rejection::Unsigned);
    }
    let mut taken = door.budget.read(body, LIMIT).await?;
    let signed = |signer: &Signer| signer.0.verify(&taken.bytes, &parts.headers).is_ok();
    if !door.callbacks.iter().any(signed) {
        return Err(Rejection::Unsigned);
    }
    once(&parts.headers, TIMESTAMP).required(TIMESTAMP)?;
    let delivery_id = bounded(once(&parts.headers, ID).required(ID)?);
    let event = event(delivery_id, std::mem::take(&mut taken.bytes));
    door.record(event, taken).await
}

/// The value that is signed when the header is repeated: whether that is 401 or 400, the signature tells.
fn first<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, Rejection> {
    match once(headers, name) {
        Once::Value(value) => Ok(value),
        Once::Missing => Err(Rejection::Unsigned),
        Once::Repeated => headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .ok_or(Rejection::Unsigned),
    }
}

fn event(delivery_id: String, body: Vec<u8>) -> Event {
    let (document, topic) = named(&body).unwrap_or_else(|| {
        let document = Document::new(Kind::Unreadable, NETSUITE, &delivery_id);
        (document, "unreadable".to_owned())
    });
    Event {
        source: Source::Netsuite,
        store: NETSUITE.to_owned(),
        topic,
        delivery_id,
        priority: Priority::of(document.kind),
        document,
        version: None,
        body,
    }
}

/// The document that `{"record":"itemFulfillment","id":"881","kind":"create"}` names, and the topic
/// `itemFulfillment/create`.
fn named(body: &[u8]) -> Option<(Document, String)> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let record = body.get("record")?.as_str()?;
    let kind = match record {
        "itemFulfillment" => Kind::Fulfillment,
        "salesOrder" => Kind::Order,
        "returnAuthorization" => Kind::Return,
        "itemReceipt" => Kind::Receipt,
        "customer" => Kind::Customer,
        _ => return None,
    };
    let change = body.get("kind")?.as_str()?;
    if !matches!(change, "create" | "update" | "delete") {
        return None;
    }
    let id = body.get("id")?.as_str()?;
    // NetSuite's internal ids are numbers; text that is none is not put into a document's name.
    if id.is_empty() || id.len() > 20 || !id.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some((
        Document::new(kind, NETSUITE, id),
        format!("{record}/{change}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_record_of_our_script_names_its_document() {
        let table = [
            ("itemFulfillment", "fulfillment/netsuite/881"),
            ("salesOrder", "order/netsuite/881"),
            ("returnAuthorization", "return/netsuite/881"),
            ("itemReceipt", "receipt/netsuite/881"),
            ("customer", "customer/netsuite/881"),
        ];
        for (record, document) in table {
            let body = format!(r#"{{"record":"{record}","id":"881","kind":"update"}}"#);
            let (named, topic) = named(body.as_bytes()).unwrap_or_else(|| panic!("{record}"));
            assert_eq!(named.to_string(), document);
            assert_eq!(topic, format!("{record}/update"));
        }
    }

    #[test]
    fn what_names_no_record_is_unreadable() {
        let table = [
            "",
            "[]",
            "{}",
            r#"{"record":"invoice","id":"1","kind":"create"}"#,
            r#"{"record":"customer","id":"","kind":"create"}"#,
            r#"{"record":"customer","id":"1\u0000","kind":"create"}"#,
            r#"{"record":"customer","id":"1/2","kind":"create"}"#,
            r#"{"record":"customer","id":"1","kind":"rename"}"#,
            r#"{"record":"customer","kind":"create"}"#,
        ];
        for body in table {
            let event = event("msg_1".to_owned(), body.as_bytes().to_vec());
            assert_eq!(
                event.document.to_string(),
                "unreadable/netsuite/msg_1",
                "{body}"
            );
        }
    }

    #[test]
    fn a_secret_that_is_not_base64_is_refused_at_start() {
        for secret in ["", "whsec_", "whsec_!", "c2VjcmV0"] {
            assert!(
                Signer::new(&Secret::new(secret.to_owned())).is_none(),
                "{secret}"
            );
        }
        assert!(Signer::new(&Secret::new("whsec_c2VjcmV0".to_owned())).is_some());
    }
}
