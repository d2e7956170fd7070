//! Everything held about a person, as one JSON document: the answer to a data request.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use sqlx::PgPool;

use super::Person;
use super::traces;

/// What is held about one person.
#[derive(Debug, Clone, Serialize)]
pub struct Export {
    pub documents: Vec<Held>,
    pub links: Vec<Linked>,
}

/// One document that is about them or names them.
#[derive(Debug, Clone, Serialize)]
pub struct Held {
    pub document: String,
    /// Why it is held, or was skipped.
    pub problem: Option<Value>,
    pub reason: Option<String>,
    pub events: Vec<Told>,
    pub attempts: Vec<Made>,
}

/// What a system told us; the body is JSON, or base64 where it is none.
#[derive(Debug, Clone, Serialize)]
pub struct Told {
    pub topic: String,
    pub received_at: DateTime<Utc>,
    pub body: Option<Value>,
}

/// What a pass meant to write.
#[derive(Debug, Clone, Serialize)]
pub struct Made {
    pub ended_at: DateTime<Utc>,
    pub outcome: String,
    pub plan: Option<Value>,
    pub problem: Option<Value>,
    pub reason: Option<String>,
}

/// Which record of the other system is theirs: ask there for what it holds.
#[derive(Debug, Clone, Serialize)]
pub struct Linked {
    pub store: String,
    pub shopify_id: String,
    pub netsuite_record: String,
    pub netsuite_id: String,
    pub linked_at: DateTime<Utc>,
}

/// Gathers what is held about `person`. Reads only.
///
/// # Errors
///
/// When the database does not answer.
pub async fn person(pool: &PgPool, person: &Person) -> sqlx::Result<Export> {
    let traces = traces::find(pool, person).await?;
    let mut documents = Vec::new();
    for document in &traces.documents {
        let held = held(pool, document).await?;
        if !(held.events.is_empty() && held.attempts.is_empty()) {
            documents.push(held);
        }
    }
    let names: Vec<String> = traces.documents.into_iter().collect();
    let links = sqlx::query_as!(
        Linked,
        "select store, shopify_id, record as netsuite_record, netsuite_id, linked_at from link
        where document = any($1) order by linked_at",
        &names
    )
    .fetch_all(pool)
    .await?;
    Ok(Export { documents, links })
}

async fn held(pool: &PgPool, document: &str) -> sqlx::Result<Held> {
    let row = sqlx::query!(
        "select problem, reason from outbox where document = $1",
        document
    )
    .fetch_optional(pool)
    .await?;
    let (problem, reason) = row.map_or((None, None), |row| (row.problem, row.reason));
    let events = sqlx::query!(
        r#"select topic, received_at, body as "body?" from event left join event_body on event_body.event = event.id
        where document = $1 order by event.id"#,
        document
    )
    .fetch_all(pool)
    .await?;
    let attempts = sqlx::query_as!(
        Made,
        "select ended_at, outcome, plan, problem, reason from attempt where document = $1 order by id",
        document
    )
    .fetch_all(pool)
    .await?;
    let told = events.into_iter().map(|event| Told {
        topic: event.topic,
        received_at: event.received_at,
        body: event.body.map(|body| readable(&body)),
    });
    Ok(Held {
        document: document.to_owned(),
        problem,
        reason,
        events: told.collect(),
        attempts,
    })
}

fn readable(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|_| Value::from(STANDARD.encode(body)))
}
