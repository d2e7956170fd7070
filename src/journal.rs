//! The record of outbound calls: each is written down before it leaves, so that after a crash we
//! know what may have been carried out.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::remote::{self, Call};

/// Who makes a call, and where it is written down. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Journal {
    record: Option<(PgPool, Uuid)>,
    calls: Arc<AtomicU32>,
    urgency: Urgency,
    /// Cancelled when the right to call ends: the lease is lost, or the process stops.
    pub stop: CancellationToken,
}

/// Whether a call may take a permit that is kept free for live documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    Live,
    Backfill,
}

/// A call that was written down and has not been answered.
#[derive(Debug)]
pub struct Sent {
    record: Option<(PgPool, i64)>,
}

impl Journal {
    /// The calls of one pass.
    #[must_use]
    pub fn of_pass(pool: PgPool, pass: Uuid, urgency: Urgency, stop: CancellationToken) -> Self {
        Self {
            record: Some((pool, pass)),
            calls: Arc::default(),
            urgency,
            stop,
        }
    }

    /// Calls that only read and belong to no pass: sweeps, `check`, `explain`.
    #[must_use]
    pub fn of_reads(urgency: Urgency, stop: CancellationToken) -> Self {
        Self {
            record: None,
            calls: Arc::default(),
            urgency,
            stop,
        }
    }

    #[must_use]
    pub fn urgency(&self) -> Urgency {
        self.urgency
    }

    /// How many calls were made so far.
    #[must_use]
    pub fn calls(&self) -> u32 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Writes the call down; only then may it leave.
    ///
    /// # Errors
    ///
    /// [`remote::Error::Unrecorded`] when the database does not take it.
    pub async fn leaving(&self, call: &Call) -> Result<Sent, remote::Error> {
        let sequence = self.calls.fetch_add(1, Ordering::Relaxed);
        let Some((pool, pass)) = &self.record else {
            return Ok(Sent { record: None });
        };
        let id = sqlx::query_scalar!(
            "insert into attempt_call (pass, sequence, call) values ($1, $2, $3) returning id",
            pass,
            i32::try_from(sequence).unwrap_or(i32::MAX),
            call.0
        )
        .fetch_one(pool)
        .await
        .map_err(|source| remote::Error::Unrecorded {
            call: call.clone(),
            source,
        })?;
        Ok(Sent {
            record: Some((pool.clone(), id)),
        })
    }
}

impl Sent {
    /// Writes down how the call ended: `204`, `429`, `no answer`. Best effort: the call has been
    /// made, and a missing answer only makes us look twice.
    pub async fn answered(self, answer: &str) {
        let Some((pool, id)) = self.record else {
            return;
        };
        let written = sqlx::query!(
            "update attempt_call set answered_at = now(), answer = $2 where id = $1",
            id,
            answer
        )
        .execute(&pool)
        .await;
        if let Err(error) = written {
            tracing::warn!(%error, "the answer of a call could not be written down");
        }
    }
}
