//! How a pass ends. Nothing is recorded by a pass that was overtaken or has lost the lease.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::PgPool;

use super::Claim;
use super::lease::interval;
use crate::event::Document;
use crate::plan::Plan;
use crate::problem::Problem;

/// The end of a pass, as its flow decided it.
#[derive(Debug, Clone)]
pub enum Ending {
    /// The other side holds what it should; `verify_after` asks for another look.
    Applied { verify_after: Option<Duration> },
    /// There was nothing to do, and why.
    Skipped { reason: String },
    /// A person must mend something first.
    Held(Problem),
    /// It failed, and is tried again.
    Retry {
        after: Duration,
        error: String,
        counted: Counted,
    },
    /// Its source, or another document, is not there yet: waiting is no failure.
    NotYet {
        after: Duration,
        reason: String,
        waits_for: Option<Document>,
    },
    /// A settled document was looked at again and is as it should be.
    Verified,
    /// A settled document could not be looked at; it is looked at again later.
    VerifyLater { after: Duration, error: String },
    /// The process stops; the document is due again at once.
    Abandoned,
}

/// Whether a failure counts towards giving up.
#[derive(Debug, Clone, PartialEq)]
pub enum Counted {
    /// It does; once it has failed for `give_up_after` the document is held with this problem.
    Yes {
        give_up_after: Duration,
        then: Problem,
    },
    /// Throttling and refused credentials are not the document's fault.
    No,
}

/// What the pass learned, for the record.
#[derive(Debug, Clone, Default)]
pub struct Record {
    pub plan: Option<Plan>,
    /// The source's version that was read: sweeps compare with it.
    pub seen_version: Option<DateTime<Utc>>,
    /// Documents that live on what this pass changed: marked as due before its end is recorded.
    pub wakes: Vec<Document>,
    pub calls: u32,
}

/// Whether the end was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Recorded,
    /// A newer claim exists, or the lease is lost: somebody else decides.
    Stale,
}

/// The columns an ending sets.
struct Columns<'a> {
    outcome: &'static str,
    state: &'static str,
    delay: Option<Duration>,
    reason: Option<&'a str>,
    problem: Option<&'a Problem>,
    verify_after: Option<Duration>,
    waits_for: Option<String>,
    give_up: Option<(Duration, &'a Problem)>,
    failed: bool,
}

impl Ending {
    /// The word for the attempt's record and the log line.
    #[must_use]
    pub fn outcome(&self) -> &'static str {
        self.columns().outcome
    }

    fn columns(&self) -> Columns<'_> {
        match self {
            Self::Applied { verify_after } => Columns {
                verify_after: *verify_after,
                ..Columns::new("applied", "settled")
            },
            Self::Skipped { reason } => Columns::new("skipped", "settled").because(reason),
            Self::Held(problem) => Columns {
                problem: Some(problem),
                ..Columns::new("held", "held").because(&problem.what)
            },
            Self::Retry {
                after,
                error,
                counted,
            } => Columns {
                delay: Some(*after),
                ..Columns::new("retry", "due").because(error).counted(counted)
            },
            Self::NotYet {
                after,
                reason,
                waits_for,
            } => Columns {
                delay: Some(*after),
                waits_for: waits_for.as_ref().map(ToString::to_string),
                ..Columns::new("not_yet", "due").because(reason)
            },
            Self::Verified => Columns::new("verified", "same"),
            Self::VerifyLater { after, error } => Columns {
                verify_after: Some(*after),
                ..Columns::new("retry", "same").because(error)
            },
            // Counted as failing, so that the next pass looks before it writes.
            Self::Abandoned => Columns {
                failed: true,
                ..Columns::new("abandoned", "due")
            },
        }
    }
}

impl<'a> Columns<'a> {
    fn new(outcome: &'static str, state: &'static str) -> Self {
        Self {
            outcome,
            state,
            delay: None,
            reason: None,
            problem: None,
            verify_after: None,
            waits_for: None,
            give_up: None,
            failed: false,
        }
    }

    fn because(self, reason: &'a str) -> Self {
        Self {
            reason: Some(reason),
            ..self
        }
    }

    fn counted(self, counted: &'a Counted) -> Self {
        match counted {
            Counted::Yes {
                give_up_after,
                then,
            } => Self {
                give_up: Some((*give_up_after, then)),
                failed: true,
                ..self
            },
            Counted::No => self,
        }
    }
}

/// Records the end of `claim`'s pass.
///
/// A mark that came during the pass leaves the document due. Repeating the call records nothing.
///
/// # Errors
///
/// When the database does not answer: the next claim then counts this pass as died.
pub async fn record(
    pool: &PgPool,
    claim: &Claim,
    ending: &Ending,
    record: &Record,
) -> sqlx::Result<Ended> {
    let columns = ending.columns();
    let plan = record
        .plan
        .as_ref()
        .and_then(|plan| serde_json::to_value(plan).ok());
    let problem = columns
        .problem
        .and_then(|problem| serde_json::to_value(problem).ok());
    let give_up = columns
        .give_up
        .and_then(|(_, problem)| serde_json::to_value(problem).ok());
    let ended = sqlx::query_file_scalar!(
        "src/outbox/end.sql",
        claim.document.to_string(),
        claim.number,
        claim.epoch,
        columns.outcome,
        columns.state,
        claim.marks,
        columns.delay.map(interval),
        columns.verify_after.map(interval),
        columns.waits_for,
        columns.reason,
        problem,
        record.seen_version,
        plan,
        columns.failed,
        columns.give_up.map(|(after, _)| interval(after)),
        give_up,
        claim.claimed_at,
        record.plan.as_ref().map(Plan::hash),
        i32::try_from(record.calls).unwrap_or(i32::MAX)
    )
    .fetch_one(pool)
    .await?;
    Ok(if ended == 1 {
        Ended::Recorded
    } else {
        Ended::Stale
    })
}

/// Makes the documents that wait for `document` due at once.
///
/// # Errors
///
/// When the database does not answer: they come due by themselves, later.
pub async fn wake_waiting(pool: &PgPool, document: &Document) -> sqlx::Result<u64> {
    let woken = sqlx::query!(
        "update outbox set due_at = now(), not_before = null where document in
            (select document from outbox where waits_for = $1 and state = 'due' for no key update skip locked)",
        document.to_string()
    )
    .execute(pool)
    .await?;
    Ok(woken.rows_affected())
}
