//! The rows of sweeps: which are due, how far each is, and those that people asked for.
//!
//! Every time is the database's or Shopify's, never this machine's.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::Serialize;
use sqlx::PgPool;

use super::{Lane, Page};
use crate::config::Sweeps;
use crate::event::Kind;
use crate::outbox::lease::interval;

/// A sweep that is not finished.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) kind: String,
    /// The owner of its documents: a store, or `netsuite`.
    pub(super) store: String,
    pub(super) since: DateTime<Utc>,
    pub(super) until: DateTime<Utc>,
    /// Where the window begins by the other system's own clock, if an earlier sweep has seen it.
    pub(super) since_clock: Option<NaiveDateTime>,
    pub(super) backfill: bool,
    pub(super) cursor: Option<String>,
    pub(super) seen: i64,
    pub(super) marked: i64,
}

/// How far a sweep is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Progress {
    pub id: i64,
    pub kind: String,
    /// The owner of its documents: a store, or `netsuite`.
    pub store: String,
    /// The window of changes.
    pub since: DateTime<Utc>,
    pub until: DateTime<Utc>,
    /// Whether it reaches far back, and its documents wait behind everything of today.
    pub backfill: bool,
    /// Documents looked at, and those of them that were marked as due.
    pub seen: i64,
    pub marked: i64,
    pub started_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    /// Why its last page could not be read.
    pub failure: Option<String>,
}

/// Why a sweep cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum NotRequested {
    #[error("since must be in the past")]
    Future,
    #[error("the database does not answer")]
    Database(#[from] sqlx::Error),
}

/// Begins the regular sweep of a lane if its time has come and it is not paused.
///
/// Its window reaches back over the one before. The first begins at go-live, or where this database
/// does.
pub(super) async fn begin_due(
    pool: &PgPool,
    overlap: Duration,
    lane: &Lane<'_>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into sweep (kind, store, since, until, backfill, since_clock, until_clock)
        select $5, $1, least(now(), coalesce(last.until - $2::interval,
            $3::timestamptz, (select stamped_at - $2::interval from installation), now() - $2::interval)), now(), false,
            last.until_clock - $2::interval, last.until_clock
        from (select 1) as one left join lateral (select until, until_clock from sweep where kind = $5 and store = $1
            and not backfill and finished_at is not null order by until desc limit 1) as last on true
        where not exists (select from sweep where kind = $5 and store = $1 and not backfill
                and (finished_at is null or started_at > now() - $4::interval))
            and not exists (select from pause where lifted_at is null and (until is null or until > now())
                and (kind is null or kind = $5) and (owner is null or owner = $1))",
        lane.owner,
        interval(overlap),
        lane.since,
        interval(lane.every),
        lane.kind.as_str()
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Begins the full compare of stock if its time has come, or if a store's stock stood still since the last.
pub(super) async fn begin_full(pool: &PgPool, every: Duration) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into sweep (kind, store, since, until, backfill)
        select 'item', 'netsuite', 'epoch', now(), true
        where not exists (select from sweep where kind = 'item' and since = 'epoch'
                and (finished_at is null or started_at > now() - $1::interval and not exists (select from pause
                    where lifted_at > sweep.started_at and owner <> 'netsuite' and coalesce(kind, 'item') = 'item')))
            and not exists (select from pause where lifted_at is null and (until is null or until > now())
                and coalesce(kind, 'item') = 'item' and coalesce(owner, 'netsuite') = 'netsuite')",
        interval(every)
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// The sweep of these lanes to carry on with: regular ones first, then the one that has waited longest.
pub(super) async fn next(
    pool: &PgPool,
    lanes: &[Lane<'_>],
    again: Duration,
) -> sqlx::Result<Option<Row>> {
    let kinds: Vec<String> = lanes
        .iter()
        .map(|lane| lane.kind.as_str().to_owned())
        .collect();
    let owners: Vec<String> = lanes.iter().map(|lane| lane.owner.to_owned()).collect();
    sqlx::query_as!(
        Row,
        "select id, kind, store, since, until, since_clock, backfill, cursor, seen, marked from sweep
        where finished_at is null and (kind, store) in (select * from unnest($1::text[], $2::text[]))
            and (failure is null or moved_at <= now() - $3::interval)
            and not exists (select from pause where lifted_at is null and (pause.until is null or pause.until > now())
                and (pause.kind is null or pause.kind = sweep.kind) and (pause.owner is null or pause.owner = sweep.store))
        order by backfill, moved_at limit 1",
        &kinds,
        &owners,
        interval(again)
    )
    .fetch_optional(pool)
    .await
}

/// Notes a page that is done; without a next one the sweep is finished.
pub(super) async fn moved(pool: &PgPool, row: &Row, page: &Page) -> sqlx::Result<()> {
    sqlx::query!(
        "update sweep set cursor = $3, seen = seen + $4, marked = marked + $5, moved_at = now(), failure = null,
            until_clock = greatest(until_clock, $6), finished_at = case when $3::text is null then now() end
        where id = $1 and finished_at is null and cursor is not distinct from $2",
        row.id,
        row.cursor,
        page.next,
        page.seen,
        page.marked,
        page.clock
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Notes why a page could not be read; `from_start` drops the place in the window.
pub(super) async fn failed(
    pool: &PgPool,
    id: i64,
    failure: &str,
    from_start: bool,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update sweep set failure = $2, moved_at = now(), cursor = case when $3 then null else cursor end where id = $1",
        id,
        failure,
        from_start
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Asks for a sweep of one kind and owner; whoever holds the lease does it. Gives its id.
///
/// Without `since` it has the regular window. More than a day back it is a backfill.
///
/// # Errors
///
/// [`NotRequested`].
pub async fn request(
    pool: &PgPool,
    settings: &Sweeps,
    kind: Kind,
    owner: &str,
    since: Option<DateTime<Utc>>,
) -> Result<i64, NotRequested> {
    let id = sqlx::query_scalar!(
        "insert into sweep (kind, store, since, until, backfill, since_clock, until_clock)
        select $4, $1, coalesce($2::timestamptz, last.until - $3::interval, now() - $3::interval), now(),
            coalesce($2::timestamptz < now() - interval '1 day', false),
            case when $2 is null then last.until_clock - $3::interval end, last.until_clock
        from (select 1) as one left join lateral (select until, until_clock from sweep where kind = $4 and store = $1
            and not backfill and finished_at is not null order by until desc limit 1) as last on true
        where coalesce($2::timestamptz <= now(), true) returning id",
        owner,
        since,
        interval(settings.overlap),
        kind.as_str()
    )
    .fetch_optional(pool)
    .await?;
    id.ok_or(NotRequested::Future)
}

/// How far this sweep is; `None` when there is none of this id.
///
/// # Errors
///
/// When the database does not answer.
pub async fn progress(pool: &PgPool, id: i64) -> sqlx::Result<Option<Progress>> {
    sqlx::query_as!(
        Progress,
        "select id, kind, store, since, until, backfill, seen, marked, started_at, finished_at, failure from sweep
        where id = $1",
        id
    )
    .fetch_optional(pool)
    .await
}

/// The newest sweep of each kind and store, regular and backfill.
///
/// # Errors
///
/// When the database does not answer.
pub async fn latest(pool: &PgPool) -> sqlx::Result<Vec<Progress>> {
    sqlx::query_as!(
        Progress,
        "select distinct on (kind, store, backfill) id, kind, store, since, until, backfill, seen, marked, started_at,
            finished_at, failure
        from sweep order by kind, store, backfill, id desc"
    )
    .fetch_all(pool)
    .await
}
