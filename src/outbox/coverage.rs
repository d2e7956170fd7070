//! What became of each event: exactly one of due, applied, skipped, superseded, held.
//!
//! An event is covered by the first applied or skipped attempt whose marks reach its own. Of the
//! events that one attempt covers the last takes its outcome; the others are superseded. One that
//! is not covered stands as its document does.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgPool;

use crate::event::Document;

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Outcome {
    /// A pass is still to come.
    Due,
    Applied,
    Skipped,
    /// A pass covered it together with a later one.
    Superseded,
    Held,
    /// None of these: its document is settled and no attempt covers it. Never, unless rows were
    /// changed by hand.
    Lost,
}

/// An event of one document, and what became of it.
#[derive(Debug, Clone, Serialize)]
pub struct Told {
    pub source: String,
    pub topic: String,
    pub delivery_id: String,
    pub mark: i64,
    pub version: Option<DateTime<Utc>>,
    pub received_at: DateTime<Utc>,
    pub outcome: Outcome,
    /// The number of the claim that covered it.
    pub attempt: Option<i64>,
}

/// The newest `limit` events of one document, the newest first.
///
/// # Errors
///
/// When the database does not answer.
pub async fn of_document(
    pool: &PgPool,
    document: &Document,
    limit: i64,
) -> sqlx::Result<Vec<Told>> {
    sqlx::query_as!(
        Told,
        r#"with covered as (select event.*, by.id as attempt_id, by.claim, by.outcome as became,
                row_number() over (partition by by.id order by mark desc) as place
            from event left join lateral (select id, claim, outcome from attempt
                where attempt.document = event.document and outcome in ('applied', 'skipped')
                and attempt.marks >= event.mark order by id limit 1) as by on true
            where event.document = $1)
        select source, topic, delivery_id, mark, version, received_at, claim as "attempt?",
            case when attempt_id is not null then case place when 1 then became else 'superseded' end
                else coalesce((select nullif(state, 'settled') from outbox where document = $1), 'lost')
                end as "outcome!: Outcome"
        from covered order by mark desc limit $2"#,
        document.to_string(),
        limit
    )
    .fetch_all(pool)
    .await
}

/// What became of the events of one page of documents.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Balance {
    /// Events stored.
    pub accepted: i64,
    pub due: i64,
    pub applied: i64,
    pub skipped: i64,
    pub superseded: i64,
    pub held: i64,
    /// The last document of the page; absent when there was none.
    pub last: Option<String>,
}

impl Balance {
    /// Whether each event accepted is accounted for.
    #[must_use]
    pub fn holds(&self) -> bool {
        let known = self.due + self.applied + self.skipped + self.superseded + self.held;
        known == self.accepted
    }
}

/// Accounts for every event of the next `documents` documents after `after`, by name.
///
/// # Errors
///
/// When the database does not answer.
pub async fn balance(pool: &PgPool, after: &str, documents: i64) -> sqlx::Result<Balance> {
    sqlx::query_as!(
        Balance,
        r#"with page as materialized (select distinct document from event where document > $1 order by document limit $2),
        covered as (select event.document, by.id as attempt, by.outcome as became,
                row_number() over (partition by by.id order by mark desc) as place
            from page join event using (document) left join lateral (select id, outcome from attempt
                where attempt.document = event.document and outcome in ('applied', 'skipped')
                and attempt.marks >= event.mark order by id limit 1) as by on true)
        select count(*) as "accepted!",
            count(*) filter (where attempt is null and state = 'due') as "due!",
            count(*) filter (where attempt is not null and place = 1 and became = 'applied') as "applied!",
            count(*) filter (where attempt is not null and place = 1 and became = 'skipped') as "skipped!",
            count(*) filter (where attempt is not null and place > 1) as "superseded!",
            count(*) filter (where attempt is null and state = 'held') as "held!",
            max(document) as last
        from covered left join outbox using (document)"#,
        after,
        documents
    )
    .fetch_one(pool)
    .await
}
