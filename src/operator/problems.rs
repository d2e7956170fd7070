//! `GET /api/v1/problems`: the held documents, grouped by what would mend them.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use super::Desk;
use super::problem_details::Refusal;
use crate::outbox::list::{self, Group};
use crate::problem::{Retry, Who};

#[derive(Serialize)]
pub(super) struct Answer {
    problems: Vec<Entry>,
}

/// One cause, and how to mend it.
#[derive(Serialize)]
struct Entry {
    code: &'static str,
    cause: String,
    /// Of the first document.
    what: Option<String>,
    field: Option<Value>,
    remedy: &'static str,
    who: Who,
    retry: Retry,
    count: i64,
    /// When a pass last took up the one that was left alone longest, and the latest.
    first_at: Option<DateTime<Utc>>,
    last_at: Option<DateTime<Utc>>,
    documents: Vec<String>,
}

pub(super) async fn list(State(desk): State<Desk>) -> Result<Json<Answer>, Refusal> {
    let groups = list::groups(&desk.pool).await?;
    let problems = groups.into_iter().map(Entry::from).collect();
    Ok(Json(Answer { problems }))
}

impl From<Group> for Entry {
    fn from(group: Group) -> Self {
        let text = group.problem.get("what").and_then(Value::as_str);
        Self {
            what: text.map(ToOwned::to_owned),
            field: group.problem.get("field").cloned(),
            code: group.code.as_str(),
            remedy: group.code.remedy(),
            who: group.code.who(),
            retry: group.code.retry(),
            cause: group.cause,
            count: group.documents,
            first_at: group.first_at,
            last_at: group.last_at,
            documents: group.samples,
        }
    }
}
