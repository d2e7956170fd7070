//! Applying a replay: the approved hashes go on the rows, the rows become due.

use std::time::Duration;

use serde::Serialize;
use serde_json::json;
use sqlx::PgPool;
use tokio::time::Instant;
use uuid::Uuid;

use super::{Item, Replay};
use crate::action::{self, Action, Actor};
use crate::event::{Document, Event, Priority, Source};
use crate::outbox::list::{self, Filter, Row};
use crate::outbox::writer::store;

/// How often the end of the passes is looked for.
const LOOK: Duration = Duration::from_millis(200);

/// Documents that were approved and made due.
#[derive(Debug, Clone, Serialize)]
pub struct Applied {
    pub documents: Vec<Document>,
    /// The newest attempt before: what comes after it is the replay's.
    #[serde(skip)]
    after: i64,
}

/// Approves each document's own plan and makes it due at once, whatever its backoff, in one
/// transaction: no pass sees the mark without the approval. Documents that would not be written or
/// settled stay as they are.
///
/// # Errors
///
/// When the database does not answer; then nothing was approved.
pub async fn apply(pool: &PgPool, replay: &Replay, actor: &Actor) -> sqlx::Result<Applied> {
    let approved = |item: &Item| Some((item.document.clone(), item.plan_hash.clone()?));
    let (documents, hashes): (Vec<Document>, Vec<String>) =
        replay.documents.iter().filter_map(approved).unzip();
    let names: Vec<String> = documents.iter().map(ToString::to_string).collect();
    let events: Vec<Event> = documents.iter().map(event).collect();
    let mut transaction = pool.begin().await?;
    let after = sqlx::query_scalar!(r#"select coalesce(max(id), 0) as "after!" from attempt"#)
        .fetch_one(&mut *transaction)
        .await?;
    store(&mut *transaction, &events).await?;
    sqlx::query!(
        "update outbox set approved_plan = approved.hash, due_at = now(), not_before = null
         from unnest($1::text[], $2::text[]) as approved (document, hash)
         where outbox.document = approved.document and state = 'due'",
        &names,
        &hashes
    )
    .execute(&mut *transaction)
    .await?;
    let subject = match &names[..] {
        [only] => only.clone(),
        many => format!("{} documents", many.len()),
    };
    let detail = json!({ "plan_hash": replay.plan_hash, "documents": names });
    let acted = Some(detail);
    action::record(&mut *transaction, actor, Action::Replay, &subject, acted).await?;
    transaction.commit().await?;
    Ok(Applied { documents, after })
}

/// Waits until each document has had a pass since it was applied, at most `patience`, and gives how
/// they stand then.
///
/// # Errors
///
/// When the database does not answer.
pub async fn follow(
    pool: &PgPool,
    applied: &Applied,
    patience: Duration,
) -> sqlx::Result<Vec<Row>> {
    let names: Vec<String> = applied.documents.iter().map(ToString::to_string).collect();
    let until = Instant::now() + patience;
    loop {
        let open = sqlx::query_scalar!(
            r#"select count(*) as "open!" from unnest($1::text[]) as wanted (document)
            where not exists (select from attempt where attempt.document = wanted.document and id > $2)"#,
            &names,
            applied.after
        )
        .fetch_one(pool)
        .await?;
        if open == 0 || Instant::now() >= until {
            break;
        }
        tokio::time::sleep(LOOK).await;
    }
    let limit = i64::try_from(names.len()).unwrap_or(i64::MAX);
    let filter = Filter {
        documents: Some(names),
        ..Filter::default()
    };
    list::page(pool, &filter, limit).await
}

fn event(document: &Document) -> Event {
    Event {
        source: Source::Operator,
        store: document.owner.clone(),
        topic: "replay".to_owned(),
        delivery_id: format!("replay/{}", Uuid::new_v4()),
        priority: Priority::of(document.kind),
        document: document.clone(),
        version: None,
        body: Vec::new(),
    }
}
