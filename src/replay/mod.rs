//! Replay: shows what passes over some documents would write now, and applies exactly that.
//!
//! The plan is computed from reads alone. Applying stores each document's own hash on its row and
//! marks it due; whoever holds the lease plans once more, compares, and applies or refuses.

mod apply;
mod text;

use serde::Serialize;
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::event::Document;
use crate::explain::Remedy;
use crate::flows::{self, Context, Preview};
use crate::journal::{Journal, Urgency};
use crate::outbox::list;
use crate::plan::{self, Plan, Proof, Write};
use crate::problem::Problem;

pub use apply::{Applied, apply, follow};

/// The most documents in one replay: each is read from both systems, one call at a time.
pub const MOST: usize = 50;

/// What to replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    Documents(Vec<Document>),
    /// The documents held with this code or cause; the first [`MOST`] of them.
    Problem(String),
}

/// Why a selection names nothing that can be replayed.
#[derive(Debug, thiserror::Error)]
pub enum NotSelected {
    #[error("a replay takes at most {MOST} documents; these are {0}")]
    TooMany(usize),
    #[error("name at least one document, or a problem")]
    Nothing,
    #[error("{0} belongs to no configured store")]
    NoOwner(Document),
    #[error("no document is held with the problem `{0}`")]
    NoProblem(String),
    #[error("the database does not answer")]
    Database(#[from] sqlx::Error),
}

/// What a pass over one document would do now.
#[derive(Debug, Clone)]
pub enum Would {
    Write(Plan),
    /// It would settle without a write, and why.
    Skip(String),
    /// It would wait, and for what.
    Wait(String),
    /// It would be held.
    Hold(Problem),
    /// Its systems could not be read.
    Unread(String),
}

/// The plan of a replay.
#[derive(Debug, Clone, Serialize)]
pub struct Replay {
    /// Stands for everything below: applying it refuses when anything moved.
    pub plan_hash: String,
    pub documents: Vec<Item>,
    pub writes: Vec<Planned>,
    /// Documents with the same problem that are not part of this replay.
    pub remaining: usize,
}

/// One document of a replay.
#[derive(Debug, Clone, Serialize)]
pub struct Item {
    pub document: Document,
    /// `write`, `skip`, `wait`, `hold` or `unread`. Only the first two are applied.
    pub would: &'static str,
    pub reason: Option<String>,
    pub problem: Option<Remedy>,
    pub proofs: Vec<Proof>,
    pub notes: Vec<String>,
    /// The hash of its own plan.
    pub plan_hash: Option<String>,
}

/// One write, and the document it is for.
#[derive(Debug, Clone, Serialize)]
pub struct Planned {
    pub document: Document,
    pub write: Write,
}

/// The documents of a selection, and how many more there are.
///
/// # Errors
///
/// [`NotSelected`].
pub async fn select(
    pool: &PgPool,
    selection: Selection,
    owners: &[String],
) -> Result<(Vec<Document>, usize), NotSelected> {
    match selection {
        Selection::Documents(mut documents) => {
            documents.sort();
            documents.dedup();
            let stranger = documents
                .iter()
                .find(|document| !owners.contains(&document.owner));
            match (documents.len(), stranger) {
                (0, _) => Err(NotSelected::Nothing),
                (_, Some(document)) => Err(NotSelected::NoOwner(document.clone())),
                (all, None) if all > MOST => Err(NotSelected::TooMany(all)),
                (_, None) => Ok((documents, 0)),
            }
        }
        Selection::Problem(problem) => {
            let limit = i64::try_from(MOST).unwrap_or(i64::MAX);
            let (documents, all) = list::held(pool, &problem, limit).await?;
            if documents.is_empty() {
                return Err(NotSelected::NoProblem(problem));
            }
            let remaining = all.saturating_sub(documents.len());
            Ok((documents, remaining))
        }
    }
}

/// Plans each document by reading both systems, one call at a time. Nothing is written anywhere.
pub async fn preview(context: &Context, documents: Vec<Document>, remaining: usize) -> Replay {
    let journal = Journal::of_reads(Urgency::Live, CancellationToken::new());
    let mut looked = Vec::new();
    for document in documents {
        let would = Would::of(flows::preview(context, &document, &journal).await);
        looked.push((document, would));
    }
    plan(looked, remaining)
}

/// The plan of a replay, from what a pass over each document would do.
#[must_use]
pub fn plan(looked: Vec<(Document, Would)>, remaining: usize) -> Replay {
    let (mut items, mut writes) = (Vec::new(), Vec::new());
    for (document, would) in looked {
        if let Would::Write(plan) = &would {
            writes.extend(plan.writes.iter().cloned().map(|write| Planned {
                document: document.clone(),
                write,
            }));
        }
        items.push(Item::of(document, would));
    }
    let stands_for: Vec<Value> = items.iter().map(Item::stands_for).collect();
    Replay {
        plan_hash: plan::hash(&Value::from(stands_for)),
        documents: items,
        writes,
        remaining,
    }
}

impl Would {
    fn of(previewed: Result<Preview, flows::Error>) -> Self {
        match previewed {
            Ok(Preview::Write { plan }) => Self::Write(plan),
            Ok(Preview::Skip { reason }) => Self::Skip(reason),
            Err(
                flows::Error::NotYet { reason, .. }
                | flows::Error::Later { reason, .. }
                | flows::Error::Waits { reason, .. },
            ) => Self::Wait(reason),
            Err(flows::Error::NeedsOperator(problem)) => Self::Hold(*problem),
            Err(error @ (flows::Error::Remote(_) | flows::Error::Database(_))) => {
                Self::Unread(error.to_string())
            }
        }
    }
}

impl Item {
    fn of(document: Document, would: Would) -> Self {
        let item = Self {
            document,
            would: "",
            reason: None,
            problem: None,
            proofs: Vec::new(),
            notes: Vec::new(),
            plan_hash: None,
        };
        match would {
            Would::Write(plan) => Self {
                would: "write",
                plan_hash: Some(plan.hash()),
                proofs: plan.proofs,
                notes: plan.notes,
                ..item
            },
            // Nothing is what was approved: a pass that would write after all must refuse.
            Would::Skip(reason) => Self {
                would: "skip",
                reason: Some(reason),
                plan_hash: Some(Plan::default().hash()),
                ..item
            },
            Would::Wait(reason) => Self {
                would: "wait",
                reason: Some(reason),
                ..item
            },
            Would::Hold(problem) => Self {
                would: "hold",
                reason: Some(problem.what.clone()),
                problem: Some(Remedy::from(problem)),
                ..item
            },
            Would::Unread(reason) => Self {
                would: "unread",
                reason: Some(reason),
                ..item
            },
        }
    }

    fn stands_for(&self) -> Value {
        let cause = self.problem.as_ref().map(|problem| &problem.cause);
        json!([self.document, self.would, self.plan_hash, cause])
    }
}
