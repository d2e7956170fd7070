//! `POST /webhooks/shopify`: who signed it, and which event it is.

use axum::extract::Request;
use axum::http::HeaderMap;
use sha2::{Digest, Sha256};

use super::body::Taken;
use super::topics::{self, Named};
use super::{Door, Once, Rejection, WEBHOOK_LIMIT, once, signature};
use crate::config::{self, Secret};
use crate::event::{Document, Event, Kind, Priority, Source};
use crate::outbox::writer::Recorded;

const SIGNATURE: &str = "X-Shopify-Hmac-Sha256";
const DOMAIN: &str = "X-Shopify-Shop-Domain";
const TOPIC: &str = "X-Shopify-Topic";
const DELIVERY: &str = "X-Shopify-Webhook-Id";

/// A configured store, as far as the door knows it.
#[derive(Debug, Clone)]
pub(super) struct Signer {
    pub(super) name: String,
    pub(super) domain: String,
    pub(super) secrets: Vec<Secret>,
}

impl Signer {
    pub(super) fn new(store: &config::Store) -> Self {
        Self {
            name: store.name.clone(),
            domain: store.domain.clone(),
            secrets: store.client_secrets.clone(),
        }
    }
}

/// Verifies, records, and returns what to answer.
///
/// Only the body is signed. The headers route, they never authorise: the domain picks whose secrets are
/// tried, and no destructive topic is believed without its body.
pub(super) async fn receive(door: &Door, request: Request) -> Result<Recorded, Rejection> {
    let (parts, body) = request.into_parts();
    let signature = once(&parts.headers, SIGNATURE).signing()?;
    let claimed = once(&parts.headers, DOMAIN);
    let candidates: Vec<&Signer> = match claimed {
        Once::Value(domain) => {
            let named = |store: &&Signer| store.domain.eq_ignore_ascii_case(domain);
            vec![door.stores.iter().find(named).ok_or(Rejection::Unsigned)?]
        }
        // Whether this is 401 or 400 depends on whether any of our stores signed it.
        Once::Missing | Once::Repeated => door.stores.iter().collect(),
    };
    let taken = door.budget.read(body, WEBHOOK_LIMIT).await?;
    let store = candidates
        .into_iter()
        .find(|store| signature::is_signed(&store.secrets, signature, &taken.bytes))
        .ok_or(Rejection::Unsigned)?;
    claimed.required(DOMAIN)?;
    let (event, taken) = event(store, &parts.headers, taken)?;
    door.record(event, taken).await
}

/// The event of a signed request.
fn event(
    store: &Signer,
    headers: &HeaderMap,
    mut taken: Taken,
) -> Result<(Event, Taken), Rejection> {
    let topic = once(headers, TOPIC).required(TOPIC)?;
    let delivery_id = bounded(once(headers, DELIVERY).required(DELIVERY)?);
    let named = topics::named(store, topic, &taken.bytes).unwrap_or_else(|| Named {
        document: Document::new(Kind::Unreadable, &store.name, &delivery_id),
        priority: Priority::of(Kind::Unreadable),
        version: None,
    });
    let event = Event {
        source: Source::Shopify,
        store: store.name.clone(),
        topic: topic.to_owned(),
        delivery_id,
        document: named.document,
        priority: named.priority,
        version: named.version,
        body: std::mem::take(&mut taken.bytes),
    };
    Ok((event, taken))
}

/// A delivery id that an index can hold: one that is absurdly long is known by its digest.
pub(super) fn bounded(delivery_id: &str) -> String {
    if delivery_id.len() <= 200 {
        return delivery_id.to_owned();
    }
    let digest = Sha256::digest(delivery_id.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
