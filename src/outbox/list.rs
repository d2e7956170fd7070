//! The outbox as people see it: its rows in pages, its counts, and the held ones by cause.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::PgPool;

use crate::event::{Document, Kind};
use crate::problem::Code;

/// Where a document stands, in the words of the API. Each row has exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum State {
    Due,
    /// The other side holds what it should.
    Settled,
    /// Settled: there was nothing to do.
    Skipped,
    Held,
    /// Held with `retries_exhausted`.
    Dead,
}

/// Which rows to list. A filter that is absent keeps all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub kind: Option<Kind>,
    pub owner: Option<String>,
    pub state: Option<State>,
    /// Only those a pass is working on, or died on.
    pub running: bool,
    pub documents: Option<Vec<String>>,
    /// Only rows after this document, in the order of their names.
    pub after: Option<String>,
}

/// One row, without what a pass wrote or read: no personal data.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    pub document: String,
    pub kind: String,
    pub owner: String,
    pub state: State,
    pub running: bool,
    pub priority: i16,
    pub due_at: Option<DateTime<Utc>>,
    pub not_before: Option<DateTime<Utc>>,
    pub verify_at: Option<DateTime<Utc>>,
    pub failing_since: Option<DateTime<Utc>>,
    pub failures: i32,
    pub waiting_since: Option<DateTime<Utc>>,
    pub waits_for: Option<String>,
    /// When a pass last took it up.
    pub claimed_at: Option<DateTime<Utc>>,
    /// The source's version at the last ended pass.
    pub seen_version: Option<DateTime<Utc>>,
    /// Why it was skipped, or how it failed last.
    pub reason: Option<String>,
    pub problem: Option<Value>,
    /// The plan that an operator approved and that is still to be applied.
    pub approved_plan: Option<String>,
    pub created_at: DateTime<Utc>,
}

impl State {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Settled => "settled",
            Self::Skipped => "skipped",
            Self::Held => "held",
            Self::Dead => "dead",
        }
    }
}

/// One page of rows, by name.
///
/// # Errors
///
/// When the database does not answer.
pub async fn page(pool: &PgPool, filter: &Filter, limit: i64) -> sqlx::Result<Vec<Row>> {
    sqlx::query_as!(
        Row,
        r#"select document, kind, owner, claims > ended as "running!", priority, due_at, not_before, verify_at,
            failing_since, failures, waiting_since, waits_for, claimed_at, seen_version, reason, problem, approved_plan,
            created_at, shown.state as "state!: State"
        from outbox, lateral (select case when outbox.state = 'held' and problem_code = 'retries_exhausted' then 'dead'
            when outbox.state = 'settled' and outcome = 'skipped' then 'skipped' else outbox.state end as state) as shown
        where ($1::text is null or kind = $1) and ($2::text is null or owner = $2)
            and ($3::text is null or shown.state = $3) and (not $4 or claims > ended)
            and ($5::text[] is null or document = any($5)) and ($6::text is null or document > $6)
        order by document limit $7"#,
        filter.kind.map(Kind::as_str),
        filter.owner,
        filter.state.map(State::as_str),
        filter.running,
        filter.documents.as_deref() as _,
        filter.after,
        limit
    )
    .fetch_all(pool)
    .await
}

/// The documents that `text` may mean: a document, the id of one in Shopify or NetSuite, or our
/// external id of a record. Exact matches only; an order's name is not stored.
///
/// # Errors
///
/// When the database does not answer.
pub async fn search(pool: &PgPool, text: &str, owners: &[String]) -> sqlx::Result<Vec<String>> {
    let text = text.trim();
    let ids = ids(text, owners);
    let mut documents = vec![text.to_owned()];
    for owner in owners {
        for kind in Kind::ALL {
            documents.extend(
                ids.iter()
                    .map(|id| Document::new(kind, owner, id).to_string()),
            );
        }
    }
    // Each branch has its index: the table grows with every order.
    let linked = sqlx::query_scalar!(
        r#"select document as "document!" from link
            where kind = any('{order, deposit, customer}') and store = any($1) and shopify_id = any($2)
        union select document from link
            where record = any('{salesOrder, cashSale, customerDeposit}') and kind <> 'customer' and netsuite_id = $3"#,
        owners,
        &ids,
        text
    )
    .fetch_all(pool)
    .await?;
    documents.extend(linked);
    Ok(documents)
}

/// The id itself, and the source's id inside an external id of ours (`so-us-5123`).
fn ids(text: &str, owners: &[String]) -> Vec<String> {
    let inside = owners.iter().filter_map(|owner| {
        let (_, rest) = text.split_once('-')?;
        rest.strip_prefix(owner.as_str())?.strip_prefix('-')
    });
    inside.chain([text]).map(ToOwned::to_owned).collect()
}

/// How much waits in one kind of one owner.
#[derive(Debug, Clone, Serialize)]
pub struct Backlog {
    pub kind: String,
    pub owner: String,
    pub due: i64,
    /// Since when the oldest could have been taken; absent when all wait for a later time.
    pub oldest_due_at: Option<DateTime<Utc>>,
    pub oldest_due_seconds: Option<f64>,
}

/// What is due, by kind and owner.
///
/// # Errors
///
/// When the database does not answer.
pub async fn backlog(pool: &PgPool) -> sqlx::Result<Vec<Backlog>> {
    sqlx::query_as!(
        Backlog,
        r#"select kind, owner, count(*) as "due!", min(due_at) filter (where due_at <= now()) as oldest_due_at,
            extract(epoch from now() - min(due_at) filter (where due_at <= now()))::float8 as oldest_due_seconds
        from outbox where state = 'due' group by kind, owner order by kind, owner"#
    )
    .fetch_all(pool)
    .await
}

/// How many documents stand where: by state, and the held ones by problem.
#[derive(Debug, Clone, Serialize)]
pub struct Count {
    pub kind: String,
    pub state: State,
    /// Of held and dead ones.
    pub code: Option<String>,
    pub documents: i64,
}

/// Counts every row once.
///
/// # Errors
///
/// When the database does not answer.
pub async fn counts(pool: &PgPool) -> sqlx::Result<Vec<Count>> {
    sqlx::query_as!(
        Count,
        r#"select kind, case when state = 'held' and problem_code = 'retries_exhausted' then 'dead'
                when state = 'settled' and outcome = 'skipped' then 'skipped' else state end as "state!: State",
            case when state = 'held' then problem_code end as code, count(*) as "documents!"
        from outbox group by 1, 2, 3 order by 1, 2, 3"#
    )
    .fetch_all(pool)
    .await
}

/// Held documents with one cause: the same act mends them all.
#[derive(Debug, Clone)]
pub struct Group {
    pub code: Code,
    pub cause: String,
    pub documents: i64,
    /// When a pass last took up the one that was left alone longest, and the latest.
    pub first_at: Option<DateTime<Utc>>,
    pub last_at: Option<DateTime<Utc>>,
    /// The problem of the first of them.
    pub problem: Value,
    /// The first few.
    pub samples: Vec<String>,
}

/// The held documents, grouped by cause, the largest group first.
///
/// # Errors
///
/// When the database does not answer.
pub async fn groups(pool: &PgPool) -> sqlx::Result<Vec<Group>> {
    let rows = sqlx::query!(
        r#"select problem_code as "code!", problem_cause as "cause!", count(*) as "documents!",
            min(claimed_at) as first_at, max(claimed_at) as last_at,
            (array_agg(problem order by document))[1] as "problem!",
            (array_agg(document order by document))[1:5] as "samples!"
        from outbox where state = 'held' group by 1, 2 order by 3 desc, 2 limit 500"#
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            Some(Group {
                // A code of a later version: its documents are listed, its remedy is not ours to give.
                code: Code::ALL
                    .iter()
                    .copied()
                    .find(|code| code.as_str() == row.code)?,
                cause: row.cause,
                documents: row.documents,
                first_at: row.first_at,
                last_at: row.last_at,
                problem: row.problem,
                samples: row.samples,
            })
        })
        .collect())
}

/// The first `limit` held documents with this code or this cause, and how many there are.
///
/// # Errors
///
/// When the database does not answer.
pub async fn held(
    pool: &PgPool,
    problem: &str,
    limit: i64,
) -> sqlx::Result<(Vec<Document>, usize)> {
    let rows = sqlx::query!(
        r#"select document, count(*) over () as "all!" from outbox
         where state = 'held' and (problem_code = $1 or problem_cause = $1) order by document limit $2"#,
        problem,
        limit
    )
    .fetch_all(pool)
    .await?;
    let all = rows.first().map_or(0, |row| row.all);
    let documents = rows.iter().filter_map(|row| row.document.parse().ok());
    Ok((documents.collect(), usize::try_from(all).unwrap_or(0)))
}
