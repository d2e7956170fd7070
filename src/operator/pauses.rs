//! Pauses by people: a flow or a store that is stopped, why, and until when.

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
use crate::event::Kind;
use crate::outbox::pause::{self, Pause, Scope};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    kind: Option<String>,
    store: Option<String>,
    #[serde(default)]
    reason: String,
    until: Option<DateTime<Utc>>,
}

#[derive(Serialize)]
pub(super) struct Answer {
    pauses: Vec<Pause>,
}

pub(super) async fn list(State(desk): State<Desk>) -> Result<Json<Answer>, Refusal> {
    let pauses = pause::in_force(&desk.pool).await?;
    Ok(Json(Answer { pauses }))
}

pub(super) async fn create(
    State(desk): State<Desk>,
    Extension(actor): Extension<Actor>,
    Body(request): Body<Request>,
) -> Result<(StatusCode, Json<Pause>), Refusal> {
    let kind = request
        .kind
        .as_deref()
        .map(super::documents::kind)
        .transpose()?;
    let owner = request.store.as_deref();
    if let Some(store) = owner
        && !desk.owners().iter().any(|known| known == store)
    {
        let detail = format!("there is no store `{store}`");
        return Err(Refusal::unusable(detail, Some("store".to_owned())));
    }
    if kind.is_none() && owner.is_none() {
        let detail = "name what to pause: kind, store, or both";
        return Err(Refusal::unusable(detail, Some("kind".to_owned())));
    }
    let scope = Scope { kind, owner };
    let paused = start(&desk.pool, &actor, scope, &request.reason, request.until).await?;
    let paused = paused
        .ok_or_else(|| Refusal::unusable("until has passed already", Some("until".to_owned())))?;
    Ok((StatusCode::CREATED, Json(paused)))
}

pub(super) async fn remove(
    State(desk): State<Desk>,
    Extension(actor): Extension<Actor>,
    Address(id): Address<i64>,
) -> Result<StatusCode, Refusal> {
    if !pause::lift(&desk.pool, id, &actor.0).await? {
        return Err(Refusal::not_found("no such pause is in force"));
    }
    action::record(&desk.pool, &actor, Action::Resume, &id.to_string(), None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Pauses `scope`; `None` when `until` has passed already.
///
/// # Errors
///
/// When the database does not answer.
pub async fn start(
    pool: &PgPool,
    actor: &Actor,
    scope: Scope<'_>,
    reason: &str,
    until: Option<DateTime<Utc>>,
) -> sqlx::Result<Option<Pause>> {
    let subject = [scope.kind.map(Kind::as_str), scope.owner];
    let subject = subject.into_iter().flatten().collect::<Vec<_>>().join("/");
    let id = pause::start(pool, scope, reason, &actor.0, until).await?;
    let detail = json!({ "id": id, "reason": reason, "until": until });
    action::record(pool, actor, Action::Pause, &subject, Some(detail)).await?;
    let in_force = pause::in_force(pool).await?;
    Ok(in_force.into_iter().find(|pause| pause.id == id))
}

/// Lifts every pause of exactly `scope`, the breaker's too; gives those that were lifted.
///
/// # Errors
///
/// When the database does not answer.
pub async fn lift(pool: &PgPool, actor: &Actor, scope: &Scope<'_>) -> sqlx::Result<Vec<Pause>> {
    let mut lifted = Vec::new();
    for found in pause::in_force(pool).await? {
        let same = found.kind.as_deref() == scope.kind.map(Kind::as_str)
            && found.owner.as_deref() == scope.owner;
        if same && pause::lift(pool, found.id, &actor.0).await? {
            let subject = found.id.to_string();
            action::record(pool, actor, Action::Resume, &subject, None).await?;
            lifted.push(found);
        }
    }
    Ok(lifted)
}
