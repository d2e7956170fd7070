//! `POST /api/v1/replays`: the plan and its hash; again with the hash, it is approved.

use axum::extract::State;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};

use super::Desk;
use super::body::Body;
use super::problem_details::Refusal;
use crate::action::Actor;
use crate::event::{Document, NotADocument};
use crate::replay::{self, Item, NotSelected, Planned, Replay, Selection};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    documents: Option<Vec<String>>,
    /// A code or a cause; the first 50 documents held with it.
    problem: Option<String>,
    /// Approves the plan of this hash; without it nothing is written.
    plan_hash: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Answer {
    plan_hash: String,
    documents: Vec<Item>,
    writes: Vec<Planned>,
    remaining: usize,
    /// The documents that were approved and made due.
    applied: Vec<Document>,
}

pub(super) async fn create(
    State(desk): State<Desk>,
    Extension(actor): Extension<Actor>,
    Body(request): Body<Request>,
) -> Result<Json<Answer>, Refusal> {
    let selection = selection(request.documents, request.problem)?;
    let context = desk.context.as_ref().ok_or_else(Refusal::cannot_read)?;
    let selected = replay::select(&desk.pool, selection, &desk.owners()).await;
    let (documents, remaining) = selected.map_err(|error| match error {
        NotSelected::Database(error) => Refusal::from(error),
        NotSelected::TooMany(_)
        | NotSelected::Nothing
        | NotSelected::NoOwner(_)
        | NotSelected::NoProblem(_) => Refusal::unusable(error.to_string(), None),
    })?;
    let replay = replay::preview(context, documents, remaining).await;
    let Some(approved) = request.plan_hash else {
        return Ok(Json(Answer::of(replay, Vec::new())));
    };
    if approved != replay.plan_hash {
        return Err(Refusal::plan_moved(&replay.plan_hash));
    }
    let applied = replay::apply(&desk.pool, &replay, &actor).await?;
    desk.wake.notify_one();
    Ok(Json(Answer::of(replay, applied.documents)))
}

fn selection(
    documents: Option<Vec<String>>,
    problem: Option<String>,
) -> Result<Selection, Refusal> {
    match (documents, problem) {
        (Some(names), None) => {
            let read = |name: String| name.parse();
            let documents: Result<_, NotADocument> = names.into_iter().map(read).collect();
            documents
                .map(Selection::Documents)
                .map_err(|error| Refusal::unusable(error.to_string(), Some("documents".to_owned())))
        }
        (None, Some(problem)) => Ok(Selection::Problem(problem)),
        (Some(_), Some(_)) | (None, None) => {
            let detail = "give either documents or a problem";
            Err(Refusal::unusable(detail, Some("documents".to_owned())))
        }
    }
}

impl Answer {
    fn of(replay: Replay, applied: Vec<Document>) -> Self {
        Self {
            plan_hash: replay.plan_hash,
            documents: replay.documents,
            writes: replay.writes,
            remaining: replay.remaining,
            applied,
        }
    }
}
