//! The listener for people: JSON API, metrics, health. The internet never reaches it.
//!
//! Every answer that is no success is an RFC 9457 problem document. What an operator does is
//! written down with the name of their token.

mod auth;
mod body;
mod documents;
mod health;
mod metrics;
pub mod pauses;
mod problem_details;
mod problems;
mod replays;
mod status;
pub mod sweeps;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{delete, get, post};
use metrics_exporter_prometheus::PrometheusHandle;
use sqlx::PgPool;
use tokio::sync::Notify;

use crate::config;
use crate::event::NETSUITE;
use crate::flows::Context;
use problem_details::Refusal;

/// The largest body of a request.
pub const BODY_BYTES: usize = 64 << 10;

/// What the operator's handlers work with. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    pub pool: PgPool,
    pub settings: Arc<config::Operator>,
    pub sweeps: Arc<config::Sweeps>,
    /// The names of the configured stores.
    pub stores: Arc<[String]>,
    /// The two systems, for plans; absent where they cannot be read.
    pub context: Option<Arc<Context>>,
    /// Wakes the dispatcher of this process, if it has one.
    pub wake: Arc<Notify>,
    /// What this process counts; absent in a process that records no metrics.
    pub metrics: Option<PrometheusHandle>,
}

impl Desk {
    /// Who documents can belong to: the stores, and NetSuite.
    fn owners(&self) -> Vec<String> {
        let stores = self.stores.iter().cloned();
        stores.chain([NETSUITE.to_owned()]).collect()
    }
}

/// The routes of the operator's listener.
pub fn router(desk: Desk) -> Router {
    let api = Router::new()
        .route("/api/v1/status", get(status::show))
        .route("/api/v1/documents", get(documents::list))
        .route(
            "/api/v1/documents/{kind}/{owner}/{*id}",
            get(documents::show),
        )
        .route("/api/v1/problems", get(problems::list))
        .route("/api/v1/pauses", post(pauses::create).get(pauses::list))
        .route("/api/v1/pauses/{id}", delete(pauses::remove))
        .route("/api/v1/replays", post(replays::create))
        .route("/api/v1/sweeps", post(sweeps::create))
        .route("/api/v1/sweeps/{id}", get(sweeps::show));
    let metrics = Router::new().route("/metrics", get(metrics::show));
    let metrics = if desk.settings.open_metrics {
        metrics
    } else {
        guarded(metrics, &desk)
    };
    Router::new()
        .merge(guarded(api, &desk))
        .merge(metrics)
        .layer(from_fn_with_state(desk.clone(), auth::check_host))
        // Probes name the listener as they like, and learn nothing but whether it lives.
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .fallback(async || Refusal::not_found("there is nothing at this path"))
        .method_not_allowed_fallback(async || Refusal::method_not_allowed())
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(from_fn(auth::no_store))
        .with_state(desk)
}

fn guarded(routes: Router<Desk>, desk: &Desk) -> Router<Desk> {
    routes.route_layer(from_fn_with_state(desk.clone(), auth::check_token))
}
