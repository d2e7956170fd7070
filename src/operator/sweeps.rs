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
    /// One for each owner: each store, or NetSuite.
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
    let owners =
        sweep::owners(kind, request.store.as_deref(), &desk.stores).map_err(|refused| {
            Refusal::unusable(refused.to_string(), Some(refused.field().to_owned()))
        })?;
    let mut sweeps = Vec::new();
    for owner in owners {
        let begun = start(
            &desk.pool,
            &desk.sweeps,
            &actor,
            kind,
            &owner,
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
    owner: &str,
    since: Option<DateTime<Utc>>,
) -> Result<i64, NotRequested> {
    let id = sweep::request(pool, settings, kind, owner, since).await?;
    let subject = format!("{}/{owner}", kind.as_str());
    let detail = json!({ "id": id, "since": since });
    action::record(pool, actor, Action::Sweep, &subject, Some(detail)).await?;
    Ok(id)
}
