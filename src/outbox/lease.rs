//! The dispatcher's lease: one process at a time may claim documents and write to the two systems.
//!
//! Database time decides who holds it. The holder counts its own time on a monotonic clock from
//! before it asked, so that it stops calling before anybody else may start.

use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::types::PgInterval;
use tokio::time::Instant;
use uuid::Uuid;

/// A right to claim, in one epoch. It ends by itself unless it is renewed.
#[derive(Debug, Clone)]
pub struct Lease {
    pub epoch: i64,
    holder: Uuid,
    length: Duration,
    /// When the holder must have stopped calling, by its own clock.
    pub ends: Instant,
}

/// Who holds the lease, for the status page.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Holder {
    pub epoch: i64,
    pub holder: Option<Uuid>,
    pub until: Option<chrono::DateTime<chrono::Utc>>,
}

impl Lease {
    /// Takes the lease if nobody holds it; each taking starts a new epoch.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn take(pool: &PgPool, holder: Uuid, length: Duration) -> sqlx::Result<Option<Self>> {
        let asked = Instant::now();
        let epoch = sqlx::query_scalar!(
            "update dispatcher_lease set epoch = epoch + 1, holder = $1, until = now() + $2
             where until <= now() returning epoch",
            holder,
            interval(length)
        )
        .fetch_optional(pool)
        .await?;
        Ok(epoch.map(|epoch| Self {
            epoch,
            holder,
            length,
            ends: asked + length,
        }))
    }

    /// Holds it for its whole length again; `None` when it is lost.
    ///
    /// # Errors
    ///
    /// When the database does not answer: the lease may still be held until [`Lease::ends`].
    pub async fn renew(&self, pool: &PgPool) -> sqlx::Result<Option<Self>> {
        let asked = Instant::now();
        let renewed = sqlx::query!(
            "update dispatcher_lease set until = now() + $3 where epoch = $1 and holder = $2 and until > now()",
            self.epoch,
            self.holder,
            interval(self.length)
        )
        .execute(pool)
        .await?;
        let ends = asked + self.length;
        Ok((renewed.rows_affected() == 1).then(|| Self {
            ends,
            ..self.clone()
        }))
    }

    /// Gives it up, so that a standby takes over at once.
    ///
    /// # Errors
    ///
    /// When the database does not answer: the lease then ends by itself.
    pub async fn release(&self, pool: &PgPool) -> sqlx::Result<()> {
        sqlx::query!(
            "update dispatcher_lease set holder = null, until = '-infinity' where epoch = $1 and holder = $2",
            self.epoch,
            self.holder
        )
        .execute(pool)
        .await?;
        Ok(())
    }
}

/// Who holds the lease now.
///
/// # Errors
///
/// When the database does not answer.
pub async fn holder(pool: &PgPool) -> sqlx::Result<Holder> {
    let row = sqlx::query!(
        r#"select epoch, case when until > now() then holder end as holder,
                  case when until > now() then until end as until from dispatcher_lease"#
    )
    .fetch_one(pool)
    .await?;
    Ok(Holder {
        epoch: row.epoch,
        holder: row.holder,
        until: row.until,
    })
}

/// A duration as Postgres takes it; longer than 292,000 years is cut.
#[must_use]
pub(crate) fn interval(duration: Duration) -> PgInterval {
    PgInterval {
        months: 0,
        days: 0,
        microseconds: i64::try_from(duration.as_micros()).unwrap_or(i64::MAX),
    }
}
