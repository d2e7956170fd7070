//! What Shopify was asked and has not answered to the end: all SQL on it.

use std::time::Duration;

use sqlx::PgPool;

use crate::event::Document;
use crate::shopify::order_cancel::Job;

/// A cancellation that was asked for, or was about to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    /// Missing when Shopify's answer is.
    pub(super) job: Option<Job>,
    pub(super) ago: Duration,
}

/// What was asked for this sales order.
pub(super) async fn of(pool: &PgPool, document: &Document) -> sqlx::Result<Option<Asked>> {
    let row = sqlx::query!(
        r#"select job, (extract(epoch from now() - asked_at) * 1000)::int8 as "millis!" from cancellation
        where document = $1"#,
        document.to_string()
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| Asked {
        job: row.job.map(Job::again),
        ago: Duration::from_millis(u64::try_from(row.millis).unwrap_or_default()),
    }))
}

/// Notes that Shopify is asked now.
pub(super) async fn note(pool: &PgPool, document: &Document) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into cancellation (document) values ($1)
        on conflict (document) do update set asked_at = now(), job = null",
        document.to_string()
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Notes Shopify's answer.
pub(super) async fn taken(pool: &PgPool, document: &Document, job: &Job) -> sqlx::Result<()> {
    sqlx::query!(
        "update cancellation set job = $2 where document = $1",
        document.to_string(),
        job.as_str()
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// It has ended, or never began.
pub(super) async fn forget(pool: &PgPool, document: &Document) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from cancellation where document = $1",
        document.to_string()
    )
    .execute(pool)
    .await?;
    Ok(())
}
