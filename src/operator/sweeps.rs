//! `POST /api/v1/sweeps`: asks for a sweep; the process that dispatches does it.

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgPool;

use super::Desk;
use super::body::{Address, Body};
use super::problem_details::Refusal;
use crate::action::{self, Action, Actor};
use crate::config::Sweeps;
use crate::event::Kind;
use crate::sweep::{self, NotRequested, Progress};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    kind: String,
    store: Option<String>,
    since: Option<DateTime<Utc>>,
}

#[derive(Serialize)]
pub(super) struct Answer {
    /// One for each store.
    sweeps: Vec<Progress>,
    /// The first of them.
    id: i64,
}

pub(super) async fn create(
    State(desk): State<Desk>,
    Extension(actor): Extension<Actor>,
    Body(request): Body<Request>,
) -> Result<(StatusCode, Json<Answer>), Refusal> {
    let kind = super::documents::kind(&request.kind)?;
    if !sweep::KINDS.contains(&kind) {
        let detail = format!("documents of kind {} are not swept yet", kind.as_str());
        return Err(Refusal::unusable(detail, Some("kind".to_owned())));
    }
    let stores = match request.store {
        Some(store) if desk.stores.contains(&store) => vec![store],
        Some(store) => {
            let detail = format!("there is no store `{store}`");
            return Err(Refusal::unusable(detail, Some("store".to_owned())));
        }
        None => desk.stores.to_vec(),
    };
    let mut sweeps = Vec::new();
    for store in stores {
        let begun = start(
            &desk.pool,
            &desk.sweeps,
            &actor,
            kind,
            &store,
            request.since,
        )
        .await;
        let id = begun.map_err(|error| match error {
            NotRequested::Future => Refusal::unusable(error.to_string(), Some("since".to_owned())),
            NotRequested::Database(error) => Refusal::from(error),
        })?;
        sweeps.extend(sweep::progress(&desk.pool, id).await?);
    }
    let id = sweeps.first().map_or(0, |sweep| sweep.id);
    Ok((StatusCode::ACCEPTED, Json(Answer { sweeps, id })))
}

pub(super) async fn show(
    State(desk): State<Desk>,
    Address(id): Address<i64>,
) -> Result<Json<Progress>, Refusal> {
    let found = sweep::progress(&desk.pool, id).await?;
    found
        .map(Json)
        .ok_or_else(|| Refusal::not_found("there is no such sweep"))
}

/// Asks for a sweep in `actor`'s name. Gives its id.
///
/// # Errors
///
/// [`NotRequested`].
pub async fn start(
    pool: &PgPool,
    settings: &Sweeps,
    actor: &Actor,
    kind: Kind,
    store: &str,
    since: Option<DateTime<Utc>>,
) -> Result<i64, NotRequested> {
    let id = sweep::request(pool, settings, store, since).await?;
    let subject = format!("{}/{store}", kind.as_str());
    let detail = json!({ "id": id, "since": since });
    action::record(pool, actor, Action::Sweep, &subject, Some(detail)).await?;
    Ok(id)
}
