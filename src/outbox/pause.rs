//! Pauses: a flow or a store that is stopped, by a person or by the breaker, and why.
//!
//! A pause costs a document nothing: the time it lasts does not count as failing.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgPool;

use crate::event::Kind;

/// A pause in force.
#[derive(Debug, Clone, Serialize)]
pub struct Pause {
    pub id: i64,
    /// Absent: all kinds.
    pub kind: Option<String>,
    /// Absent: all owners.
    pub owner: Option<String>,
    pub reason: String,
    pub by: String,
    pub since: DateTime<Utc>,
    pub until: Option<DateTime<Utc>>,
}

/// What to pause.
#[derive(Debug, Clone, Default)]
pub struct Scope<'a> {
    pub kind: Option<Kind>,
    pub owner: Option<&'a str>,
}

/// Who the breaker is, in the column `by`.
pub const BREAKER: &str = "breaker";

/// Stops a flow or a store, until it is lifted or `until`.
///
/// # Errors
///
/// When the database does not answer, or when the scope names nothing.
pub async fn start(
    pool: &PgPool,
    scope: Scope<'_>,
    reason: &str,
    by: &str,
    until: Option<DateTime<Utc>>,
) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"insert into pause (kind, owner, reason, "by", until) values ($1, $2, $3, $4, $5) returning id"#,
        scope.kind.map(Kind::as_str),
        scope.owner,
        reason,
        by,
        until
    )
    .fetch_one(pool)
    .await
}

/// The owners whose documents of this kind are paused now.
///
/// # Errors
///
/// When the database does not answer.
pub async fn owners(pool: &PgPool, kind: Kind) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        r#"select distinct owner as "owner!" from pause where lifted_at is null and (until is null or until > now())
            and owner is not null and (kind is null or kind = $1)"#,
        kind.as_str()
    )
    .fetch_all(pool)
    .await
}

/// As [`start`], ending `length` from now by the database's clock.
///
/// # Errors
///
/// As [`start`].
pub async fn start_for(
    pool: &PgPool,
    scope: Scope<'_>,
    reason: &str,
    by: &str,
    length: std::time::Duration,
) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"insert into pause (kind, owner, reason, "by", until) values ($1, $2, $3, $4, now() + $5) returning id"#,
        scope.kind.map(Kind::as_str),
        scope.owner,
        reason,
        by,
        super::lease::interval(length)
    )
    .fetch_one(pool)
    .await
}

/// All pauses in force.
///
/// # Errors
///
/// When the database does not answer.
pub async fn in_force(pool: &PgPool) -> sqlx::Result<Vec<Pause>> {
    sqlx::query_as!(
        Pause,
        r#"select id, kind, owner, reason, "by", since, until from pause
           where lifted_at is null and (until is null or until > now()) order by id"#
    )
    .fetch_all(pool)
    .await
}

/// Lifts a pause; `false` when it was not in force. Documents that were failing get its time back.
///
/// # Errors
///
/// When the database does not answer.
pub async fn lift(pool: &PgPool, id: i64, by: &str) -> sqlx::Result<bool> {
    let lifted = sqlx::query_scalar!(
        r#"with lifted as (update pause set lifted_at = now(), lifted_by = $2
               where id = $1 and lifted_at is null returning kind, owner, since),
           returned as (update outbox set failing_since = failing_since + (now() - lifted.since) from lifted
               where failing_since is not null and failing_since <= lifted.since
               and (lifted.kind is null or outbox.kind = lifted.kind)
               and (lifted.owner is null or outbox.owner = lifted.owner))
           select count(*) as "count!" from lifted"#,
        id,
        by
    )
    .fetch_one(pool)
    .await?;
    Ok(lifted == 1)
}

/// Lifts the pauses whose `until` has passed, giving documents that were failing the time back.
///
/// # Errors
///
/// When the database does not answer.
pub async fn lift_expired(pool: &PgPool) -> sqlx::Result<u64> {
    let expired =
        sqlx::query_scalar!("select id from pause where lifted_at is null and until <= now()")
            .fetch_all(pool)
            .await?;
    let mut lifted = 0;
    for id in expired {
        lifted += u64::from(lift(pool, id, "until").await?);
    }
    Ok(lifted)
}
