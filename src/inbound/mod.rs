//! The door: verify, record, answer. An event is stored before it is answered, and understood later.

mod body;
mod health;
pub mod listener;
mod netsuite;
mod rejection;
mod shopify;
mod signature;
mod topics;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use sqlx::PgPool;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::sensitive_headers::SetSensitiveRequestHeadersLayer;
use tower_http::trace::TraceLayer;

use crate::config;
use crate::event::Event;
use crate::outbox::writer::{Recorded, Writer};

use body::{Budget, Taken};
pub use rejection::Rejection;

/// The most bytes of one Shopify body: a genuine order can be several MB.
pub const WEBHOOK_LIMIT: usize = 16 << 20;
/// The most bytes of any other body.
pub const LIMIT: usize = 64 << 10;

/// What all bodies together, and each one, may take.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Body bytes in memory at once, over all requests.
    pub budget: usize,
    /// From a body's first byte to its last.
    pub body: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            budget: 32 << 20,
            body: Duration::from_secs(10),
        }
    }
}

/// What the public listener needs.
#[derive(Debug, Clone)]
pub struct Door {
    stores: Arc<[shopify::Signer]>,
    callbacks: Arc<[netsuite::Signer]>,
    writer: Writer,
    health: health::Health,
    budget: Budget,
}

impl Door {
    /// The door of these stores and this account's callbacks; `pool` is asked whether it is ready.
    ///
    /// # Errors
    ///
    /// [`BadSecret`] when a callback secret is not `whsec_` and base64.
    pub fn new(
        stores: &[config::Store],
        callback_secrets: &[config::Secret],
        writer: Writer,
        pool: PgPool,
    ) -> Result<Self, BadSecret> {
        let callbacks = callback_secrets
            .iter()
            .enumerate()
            .map(|(place, secret)| netsuite::Signer::new(secret).ok_or(BadSecret { place }))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            stores: stores.iter().map(shopify::Signer::new).collect(),
            callbacks: callbacks.into(),
            writer,
            health: health::Health::new(pool),
            budget: Budget::new(Bounds::default()),
        })
    }

    /// The same door with other bounds.
    #[must_use]
    pub fn within(self, bounds: Bounds) -> Self {
        Self {
            budget: Budget::new(bounds),
            ..self
        }
    }

    /// Stores a verified event. A caller that goes away does not stop it, and its bytes count against the
    /// budget until it is stored.
    async fn record(&self, event: Event, taken: Taken) -> Result<Recorded, Rejection> {
        self.writer
            .record(event, taken.permit)
            .await
            .map_err(Rejection::NotRecorded)
    }
}

/// A callback secret that no signature can be checked with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("netsuite.callback_secrets[{place}] is not `whsec_` followed by base64")]
pub struct BadSecret {
    pub place: usize,
}

/// The public listener's routes.
pub fn router(door: Door) -> Router {
    let secret = [
        HeaderName::from_static("x-shopify-hmac-sha256"),
        HeaderName::from_static("webhook-signature"),
        header::AUTHORIZATION,
        header::COOKIE,
    ];
    let small = Router::new()
        .route("/healthz", get(async || "alive\n"))
        .route("/readyz", get(readyz))
        .layer(RequestBodyLimitLayer::new(LIMIT));
    Router::new()
        .route("/webhooks/shopify", post(shopify))
        .route("/callbacks/netsuite", post(netsuite))
        .merge(small)
        .with_state(door)
        // The last is the outermost: secrets are marked before anything could log them.
        .layer(CatchPanicLayer::new())
        .layer(TraceLayer::new_for_http())
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .layer(SetSensitiveRequestHeadersLayer::new(secret))
}

async fn shopify(State(door): State<Door>, request: Request) -> Response {
    answer("shopify", shopify::receive(&door, request).await)
}

async fn netsuite(State(door): State<Door>, request: Request) -> Response {
    answer("netsuite", netsuite::receive(&door, request).await)
}

async fn readyz(State(door): State<Door>) -> Result<&'static str, Rejection> {
    match door.health.lacks().await {
        None => Ok("ready\n"),
        Some(lacks) => Err(Rejection::NotReady(lacks)),
    }
}

/// Counts the request by its answer, and answers it.
fn answer(source: &'static str, received: Result<Recorded, Rejection>) -> Response {
    let (name, response) = match received {
        Ok(Recorded::New) => ("stored", "stored\n".into_response()),
        Ok(Recorded::Duplicate) => ("duplicate", "already stored\n".into_response()),
        Err(rejection) => (rejection.name(), rejection.into_response()),
    };
    metrics::counter!("waybill_webhooks_total", "source" => source, "answer" => name).increment(1);
    response
}

/// How often a header that must be there once is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Once<'a> {
    Value(&'a str),
    /// Absent, empty, or not plain text.
    Missing,
    Repeated,
}

fn once<'a>(headers: &'a HeaderMap, name: &str) -> Once<'a> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => match value.to_str() {
            Ok(text) if !text.is_empty() => Once::Value(text),
            Ok(_) | Err(_) => Once::Missing,
        },
        (None, _) => Once::Missing,
        (Some(_), Some(_)) => Once::Repeated,
    }
}

impl<'a> Once<'a> {
    /// The value of a header that a signed request must carry exactly once.
    fn required(self, name: &'static str) -> Result<&'a str, Rejection> {
        match self {
            Self::Value(value) => Ok(value),
            Self::Missing | Self::Repeated => Err(Rejection::Header(name)),
        }
    }

    /// The value of a header without which nothing is signed.
    fn signing(self) -> Result<&'a str, Rejection> {
        match self {
            Self::Value(value) => Ok(value),
            Self::Missing | Self::Repeated => Err(Rejection::Unsigned),
        }
    }
}
