//! Where a document stands and why: what `waybill explain` prints and the API shows of one document.

mod text;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

use crate::event::Document;
use crate::link::{self, Link};
use crate::outbox::coverage::{self, Told};
use crate::outbox::lease::{self, Holder};
use crate::outbox::list::{self, Filter, Row, State};
use crate::outbox::pause::{self, Pause};
use crate::problem::{Field, Problem, Retry, Who};

pub(crate) use text::{Equation, word};

/// How many events and attempts are told, the newest first.
const EVENTS: i64 = 50;
const ATTEMPTS: i64 = 20;

/// Everything that is known of one document. Prints as one screen of text.
#[derive(Debug, Clone, Serialize)]
pub struct Explanation {
    /// The database's time of the look.
    pub now: DateTime<Utc>,
    pub row: Row,
    /// Where it stands, in words.
    pub why: String,
    /// When a pass may take it up next.
    pub next_at: Option<DateTime<Utc>>,
    pub problem: Option<Remedy>,
    /// Pauses in force that stop it.
    pub pauses: Vec<Pause>,
    pub events: Vec<Told>,
    pub attempts: Vec<Attempt>,
    /// The pass that has not ended: it is running, or it died.
    pub open_pass: Option<OpenPass>,
    /// What the last pass that planned would write, with its proofs.
    pub plan: Option<Value>,
    pub plan_hash: Option<String>,
    pub links: Vec<Link>,
}

/// A problem with what to do about it.
#[derive(Debug, Clone, Serialize)]
pub struct Remedy {
    pub code: &'static str,
    pub what: String,
    pub field: Option<Field>,
    pub cause: String,
    pub remedy: &'static str,
    pub who: Who,
    pub retry: Retry,
}

/// One ended pass.
#[derive(Debug, Clone, Serialize)]
pub struct Attempt {
    pub number: i64,
    pub pass: Uuid,
    pub started_at: DateTime<Utc>,
    pub ended_at: DateTime<Utc>,
    pub outcome: String,
    pub reason: Option<String>,
    pub plan_hash: Option<String>,
    pub calls: Vec<Call>,
}

/// A pass that has no end yet.
#[derive(Debug, Clone, Serialize)]
pub struct OpenPass {
    pub pass: Uuid,
    pub claimed_at: Option<DateTime<Utc>>,
    pub calls: Vec<Call>,
}

/// One outbound call. Without an answer it is of unknown outcome.
#[derive(Debug, Clone, Serialize)]
pub struct Call {
    #[serde(skip)]
    pass: Uuid,
    pub call: String,
    pub sent_at: DateTime<Utc>,
    pub answered_at: Option<DateTime<Utc>>,
    pub answer: Option<String>,
}

impl From<Problem> for Remedy {
    fn from(problem: Problem) -> Self {
        Self {
            code: problem.code.as_str(),
            remedy: problem.code.remedy(),
            who: problem.code.who(),
            retry: problem.code.retry(),
            what: problem.what,
            field: problem.field.map(|field| *field),
            cause: problem.cause,
        }
    }
}

/// Explains `document`; `None` when no event has ever named it.
///
/// # Errors
///
/// When the database does not answer.
pub async fn document(pool: &PgPool, document: &Document) -> sqlx::Result<Option<Explanation>> {
    let name = document.to_string();
    let filter = Filter {
        documents: Some(vec![name.clone()]),
        ..Filter::default()
    };
    let Some(row) = list::page(pool, &filter, 1).await?.pop() else {
        return Ok(None);
    };
    let now = sqlx::query_scalar!(r#"select now() as "now!""#)
        .fetch_one(pool)
        .await?;
    let pauses = pauses(pool, document).await?;
    let holder = lease::holder(pool).await?;
    let problem = row
        .problem
        .clone()
        .and_then(|problem| serde_json::from_value::<Problem>(problem).ok());
    let last = last_plan(pool, &name).await?;
    let (attempts, open_pass) = attempts(pool, &name).await?;
    Ok(Some(Explanation {
        now,
        why: why(&row, now, &pauses, &holder),
        next_at: row.due_at.or(row.verify_at),
        problem: problem.map(Remedy::from),
        pauses,
        events: coverage::of_document(pool, document, EVENTS).await?,
        attempts,
        open_pass,
        plan_hash: last.as_ref().and_then(|(hash, _)| hash.clone()),
        plan: last.and_then(|(_, plan)| plan),
        links: link::of_document(pool, document).await?,
        row,
    }))
}

/// Where the row stands, in words.
fn why(row: &Row, now: DateTime<Utc>, pauses: &[Pause], holder: &Holder) -> String {
    let reason = row.reason.as_deref().unwrap_or("no reason was recorded");
    match row.state {
        State::Held | State::Dead => {
            let what = row.problem.as_ref().and_then(|problem| problem.get("what"));
            what.and_then(Value::as_str).unwrap_or(reason).to_owned()
        }
        State::Settled => "the other side holds what it should".to_owned(),
        State::Skipped => reason.to_owned(),
        State::Due if row.running => "a pass has taken it up and has not ended".to_owned(),
        State::Due => waiting(row, reason, now, pauses, holder),
    }
}

fn waiting(
    row: &Row,
    reason: &str,
    now: DateTime<Utc>,
    pauses: &[Pause],
    holder: &Holder,
) -> String {
    if let Some(pause) = pauses.first() {
        return format!("it is paused by {}: {}", pause.by, pause.reason);
    }
    if holder.holder.is_none() {
        return "no process is dispatching: start `waybill serve`".to_owned();
    }
    if let Some(other) = &row.waits_for {
        return format!("it waits for {other}: {reason}");
    }
    let later = row.due_at.is_some_and(|at| at > now);
    match (later, row.failures) {
        (false, _) => "it is due and waits for its turn".to_owned(),
        (true, 0) => format!("not yet: {reason}"),
        (true, 1) => format!("it failed and is tried again: {reason}"),
        (true, times) => format!("it failed {times} times and is tried again: {reason}"),
    }
}

async fn pauses(pool: &PgPool, document: &Document) -> sqlx::Result<Vec<Pause>> {
    let mut pauses = pause::in_force(pool).await?;
    pauses.retain(|pause| {
        let kind = pause.kind.as_deref();
        let owner = pause.owner.as_deref();
        kind.is_none_or(|kind| kind == document.kind.as_str())
            && owner.is_none_or(|owner| owner == document.owner)
    });
    Ok(pauses)
}

async fn last_plan(
    pool: &PgPool,
    document: &str,
) -> sqlx::Result<Option<(Option<String>, Option<Value>)>> {
    let row = sqlx::query!(
        "select plan_hash, plan from attempt where document = $1 and plan is not null order by id desc limit 1",
        document
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| (row.plan_hash, row.plan)))
}

async fn attempts(pool: &PgPool, document: &str) -> sqlx::Result<(Vec<Attempt>, Option<OpenPass>)> {
    let ended = sqlx::query!(
        "select claim, pass, started_at, ended_at, outcome, reason, plan_hash from attempt where document = $1
         order by id desc limit $2",
        document,
        ATTEMPTS
    )
    .fetch_all(pool)
    .await?;
    let open = sqlx::query!(
        r#"select pass as "pass!", claimed_at from outbox where document = $1 and claims > ended and pass is not null"#,
        document
    )
    .fetch_optional(pool)
    .await?;
    let passes: Vec<Uuid> = ended.iter().map(|attempt| attempt.pass).collect();
    let mut calls = calls(pool, passes, open.as_ref().map(|open| open.pass)).await?;
    let mut of = |pass| {
        calls
            .extract_if(.., |call: &mut Call| call.pass == pass)
            .collect()
    };
    let open = open.map(|open| OpenPass {
        pass: open.pass,
        claimed_at: open.claimed_at,
        calls: of(open.pass),
    });
    let ended = ended.into_iter().map(|attempt| Attempt {
        number: attempt.claim,
        pass: attempt.pass,
        started_at: attempt.started_at,
        ended_at: attempt.ended_at,
        outcome: attempt.outcome,
        reason: attempt.reason,
        plan_hash: attempt.plan_hash,
        calls: of(attempt.pass),
    });
    Ok((ended.collect(), open))
}

async fn calls(
    pool: &PgPool,
    mut passes: Vec<Uuid>,
    open: Option<Uuid>,
) -> sqlx::Result<Vec<Call>> {
    passes.extend(open);
    sqlx::query_as!(
        Call,
        "select pass, call, sent_at, answered_at, answer from attempt_call where pass = any($1) order by pass, sequence",
        &passes
    )
    .fetch_all(pool)
    .await
}
