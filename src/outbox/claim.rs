//! Claiming: the right to settle a document, in this epoch.
//!
//! One statement, committed at once, so that no transaction stays open during a call:
//! `for no key update skip locked` never waits and so cannot deadlock with a mark; the lease is
//! read `for share` in the statement itself, so that a dispatcher that lost it claims nothing.

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use uuid::Uuid;

use super::Lease;
use crate::event::{Document, Kind, Priority};

/// What may be claimed: one kind, of one owner, at one priority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    pub kind: Kind,
    pub owner: String,
    pub priority: Priority,
}

/// A claimed document, and what its row says.
#[derive(Debug, Clone)]
pub struct Claim {
    pub document: Document,
    /// How many events the pass covers.
    pub marks: i64,
    /// The fence: the pass ends only while the row still has this number.
    pub number: i64,
    pub epoch: i64,
    pub pass: Uuid,
    pub priority: i16,
    /// Passes over it that died without an end since the last one that had one.
    pub deaths: i64,
    /// How often it has failed since it last did not.
    pub failures: i32,
    pub failing: bool,
    /// For how long it has been waiting for its source or another document.
    pub waiting: Option<std::time::Duration>,
    /// The newest version an event named: an older read is too early.
    pub wanted_version: Option<DateTime<Utc>>,
    pub approved_plan: Option<String>,
    pub claimed_at: DateTime<Utc>,
}

impl Claim {
    /// Whether an earlier pass may have written something that it did not record.
    #[must_use]
    pub fn after_trouble(&self) -> bool {
        self.deaths > 0 || self.failing
    }
}

/// Claims up to `limit` due documents of `lanes`, the most urgent first. Those in `running` are
/// left alone; paused lanes give nothing.
///
/// # Errors
///
/// When the database does not answer.
pub async fn due(
    pool: &PgPool,
    lease: &Lease,
    lanes: &[Lane],
    running: &[String],
    limit: i64,
) -> sqlx::Result<Vec<Claim>> {
    let (kinds, owners, priorities) = columns(lanes);
    let rows = sqlx::query_as!(
        Row,
        r#"with lease as materialized (select from dispatcher_lease where epoch = $1 and until > now() for share),
        next as (select o.document, o.priority, o.due_at from lease,
            unnest($2::text[], $3::text[], $4::int2[]) as lane(kind, owner, priority),
            lateral (select document, priority, due_at from outbox where state = 'due' and outbox.kind = lane.kind
                and outbox.owner = lane.owner and outbox.priority = lane.priority and due_at <= now()
                and document <> all($5)
                order by due_at limit $6 for no key update skip locked) as o
            where not exists (select from pause where lifted_at is null and (until is null or until > now())
                and (pause.kind is null or pause.kind = lane.kind) and (pause.owner is null or pause.owner = lane.owner))
            order by o.priority, o.due_at limit $6)
        update outbox set claims = claims + 1, claimed_at = now(), pass = gen_random_uuid()
        from next where outbox.document = next.document
        returning outbox.document, marks, claims as number, ended, pass as "pass!", outbox.priority, failures,
            failing_since is not null as "failing!", now() - waiting_since as waiting, wanted_version, approved_plan,
            now() as "claimed_at!""#,
        lease.epoch,
        &kinds,
        &owners,
        &priorities,
        running,
        limit
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| row.claim(lease.epoch))
        .collect())
}

/// As [`due`], for a flow of which one pass takes many documents: all of them are one pass.
///
/// # Errors
///
/// When the database does not answer.
pub async fn together(
    pool: &PgPool,
    lease: &Lease,
    lanes: &[Lane],
    running: &[String],
    limit: i64,
) -> sqlx::Result<Vec<Claim>> {
    let (kinds, owners, priorities) = columns(lanes);
    let rows = sqlx::query_as!(
        Row,
        r#"with lease as materialized (select from dispatcher_lease where epoch = $1 and until > now() for share),
        batch as (select gen_random_uuid() as pass),
        next as (select o.document, o.priority, o.due_at from lease,
            unnest($2::text[], $3::text[], $4::int2[]) as lane(kind, owner, priority),
            lateral (select document, priority, due_at from outbox where state = 'due' and outbox.kind = lane.kind
                and outbox.owner = lane.owner and outbox.priority = lane.priority and due_at <= now()
                and document <> all($5)
                order by due_at limit $6 for no key update skip locked) as o
            where not exists (select from pause where lifted_at is null and (until is null or until > now())
                and (pause.kind is null or pause.kind = lane.kind) and (pause.owner is null or pause.owner = lane.owner))
            order by o.priority, o.due_at limit $6)
        update outbox set claims = claims + 1, claimed_at = now(), pass = batch.pass
        from next, batch where outbox.document = next.document
        returning outbox.document, marks, claims as number, ended, outbox.pass as "pass!", outbox.priority, failures,
            failing_since is not null as "failing!", now() - waiting_since as waiting, wanted_version, approved_plan,
            now() as "claimed_at!""#,
        lease.epoch,
        &kinds,
        &owners,
        &priorities,
        running,
        limit
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| row.claim(lease.epoch))
        .collect())
}

/// Claims up to `limit` settled documents of one kind and owner, once the time of one of them to be
/// looked at again has come: with it come those whose time is at most `ahead` away, so that one look
/// serves all that were written in that time. They stay settled while they are looked at.
///
/// # Errors
///
/// When the database does not answer.
pub async fn to_verify(
    pool: &PgPool,
    lease: &Lease,
    kind: Kind,
    owner: &str,
    running: &[String],
    limit: i64,
    ahead: std::time::Duration,
) -> sqlx::Result<Vec<Claim>> {
    let rows = sqlx::query_as!(
        Row,
        r#"with lease as materialized (select from dispatcher_lease where epoch = $1 and until > now() for share),
        batch as (select gen_random_uuid() as pass),
        next as (select document from lease, lateral (select document from outbox where state = 'settled' and kind = $2
            and owner = $3 and verify_at <= now() + $6 and document <> all($4)
            and exists (select from outbox where state = 'settled' and kind = $2 and owner = $3 and verify_at <= now()
                and document <> all($4))
            and not exists (select from pause where lifted_at is null and (until is null or until > now())
                and (pause.kind is null or pause.kind = $2) and (pause.owner is null or pause.owner = $3))
            order by verify_at limit $5 for no key update skip locked) as o)
        update outbox set claims = claims + 1, claimed_at = now(), pass = batch.pass
        from next, batch where outbox.document = next.document
        returning outbox.document, marks, claims as number, ended, outbox.pass as "pass!", outbox.priority, failures,
            failing_since is not null as "failing!", now() - waiting_since as waiting, wanted_version, approved_plan,
            now() as "claimed_at!""#,
        lease.epoch,
        kind.as_str(),
        owner,
        running,
        limit,
        super::lease::interval(ahead)
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| row.claim(lease.epoch))
        .collect())
}

struct Row {
    document: String,
    marks: i64,
    number: i64,
    ended: i64,
    pass: Uuid,
    priority: i16,
    failures: i32,
    failing: bool,
    waiting: Option<sqlx::postgres::types::PgInterval>,
    wanted_version: Option<DateTime<Utc>>,
    approved_plan: Option<String>,
    claimed_at: DateTime<Utc>,
}

impl Row {
    /// `None` for a row whose document this version cannot read: it stays claimed and is shown as
    /// running, which is the truth about a row only another version understands.
    fn claim(self, epoch: i64) -> Option<Claim> {
        let document = self.document.parse().ok()?;
        let waiting = self.waiting.map(|interval| {
            let days = i64::from(interval.days) + i64::from(interval.months) * 30;
            let micros = interval
                .microseconds
                .saturating_add(days.saturating_mul(86_400_000_000));
            std::time::Duration::from_micros(u64::try_from(micros).unwrap_or(0))
        });
        Some(Claim {
            document,
            marks: self.marks,
            number: self.number,
            epoch,
            pass: self.pass,
            priority: self.priority,
            deaths: self.number - self.ended - 1,
            failures: self.failures,
            failing: self.failing,
            waiting,
            wanted_version: self.wanted_version,
            approved_plan: self.approved_plan,
            claimed_at: self.claimed_at,
        })
    }
}

fn columns(lanes: &[Lane]) -> (Vec<String>, Vec<String>, Vec<i16>) {
    let kinds = lanes
        .iter()
        .map(|lane| lane.kind.as_str().to_owned())
        .collect();
    let owners = lanes.iter().map(|lane| lane.owner.clone()).collect();
    let priorities = lanes.iter().map(|lane| lane.priority.as_i16()).collect();
    (kinds, owners, priorities)
}
