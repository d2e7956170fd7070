//! The record of outbound calls: each is written down before it leaves, so that after a crash we
//! know what may have been carried out.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

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

    /// The calls of a person's set-up command: they write, belong to no pass, and are told as they end.
    #[must_use]
    pub fn of_set_up() -> Self {
        Self::of_reads(Urgency::Live, CancellationToken::new())
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

/// How long it takes until a shipment that was sent lately cannot arrive any more: what is left of
/// `deadline` since the last call whose name begins like this. `None` when there was none, or when it
/// is certain that nothing came of it.
///
/// # Errors
///
/// When the database does not answer.
pub async fn may_still_arrive(
    pool: &PgPool,
    calls: &str,
    deadline: Duration,
) -> sqlx::Result<Option<Duration>> {
    let deadline = i64::try_from(deadline.as_millis()).unwrap_or(i64::MAX);
    // The pattern is that of the index, and so are the comparisons.
    let millis = sqlx::query_scalar!(
        r#"select (extract(epoch from max(sent_at) - now()) * 1000)::int8 + $2::int8 as millis from attempt_call
        where call ~>=~ $1 and call ~<~ ($1 || '~') and call like 'write shopify fulfillment of %'
            and sent_at > now() - $2::int8 * interval '1 millisecond'
            and answer is distinct from 'not done' and answer is distinct from '429'"#,
        calls,
        deadline
    )
    .fetch_one(pool)
    .await?;
    let left = millis.and_then(|millis| u64::try_from(millis).ok());
    Ok(left.map(Duration::from_millis))
}

/// The last words of the calls whose names begin like this and that may have been carried out.
///
/// # Errors
///
/// When the database does not answer.
pub async fn shipments_sent(pool: &PgPool, calls: &str) -> sqlx::Result<BTreeSet<String>> {
    let rows = sqlx::query_scalar!(
        "select distinct call from attempt_call
        where call ~>=~ $1 and call ~<~ ($1 || '~') and call like 'write shopify fulfillment of %'
            and answer is distinct from 'not done' and answer is distinct from '429'",
        calls
    )
    .fetch_all(pool)
    .await?;
    let words = rows.iter().filter_map(|call| call.rsplit(' ').next());
    Ok(words.map(str::to_owned).collect())
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
