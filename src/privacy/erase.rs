//! Erasing: the bytes, plans and words go; that a delivery came, and which document is which, stay.

use std::time::Duration;

use serde::Serialize;
use sqlx::PgPool;
use tokio::time::Instant;

use super::Person;
use super::traces::{self, Traces};
use crate::event::{Document, Kind, NETSUITE};

/// How long passes that run meanwhile are waited for: what they write at their end is erased, too.
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(100);

/// What was erased.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Erased {
    /// Events whose bytes are gone.
    pub bodies: u64,
    /// Attempts whose plans and words are gone.
    pub attempts: u64,
    /// Documents whose problem or reason is gone.
    pub documents: u64,
    pub links: u64,
}

impl Erased {
    fn add(&mut self, more: &Self) {
        self.bodies += more.bodies;
        self.attempts += more.attempts;
        self.documents += more.documents;
        self.links += more.links;
    }
}

/// Erases all that is held about `person`, also what a pass that runs now writes at its end. `own` is the
/// document of the request itself, if there is one: its bytes go last, so that a second try still knows whom.
///
/// Repeatable: what is gone is gone.
///
/// # Errors
///
/// When the database does not answer; a second call finishes.
pub async fn person(
    pool: &PgPool,
    person: &Person,
    own: Option<&Document>,
) -> sqlx::Result<Erased> {
    let own = own.map(ToString::to_string);
    let mut erased = Erased::default();
    loop {
        let mut traces = traces::find(pool, person).await?;
        if let Some(own) = &own {
            traces.documents.remove(own);
        }
        let waited = passes_end(pool, &traces).await?;
        erased.add(&documents(pool, &traces).await?);
        if !waited {
            erased.add(&elsewhere(pool, &traces).await?);
            break;
        }
    }
    if let Some(own) = own {
        erased.bodies += bodies(pool, &[own]).await?;
    }
    Ok(erased)
}

/// Erases all that is held about all people of `store`.
///
/// # Errors
///
/// As [`person`].
pub async fn store(pool: &PgPool, store: &str, own: &Document) -> sqlx::Result<Erased> {
    let documents_of_store = sqlx::query_scalar!(
        "select document from outbox where (owner = $1 or (owner = $2 and kind = $3)) and document <> $4",
        store,
        NETSUITE,
        Kind::Customer.as_str(),
        own.to_string()
    )
    .fetch_all(pool)
    .await?;
    let traces = Traces {
        documents: documents_of_store.into_iter().collect(),
        ..Traces::default()
    };
    passes_end(pool, &traces).await?;
    let mut erased = documents(pool, &traces).await?;
    let links = sqlx::query!(
        "delete from link where kind = 'customer' and store = $1",
        store
    )
    .execute(pool)
    .await?;
    erased.links += links.rows_affected();
    erased.bodies += bodies(pool, &[own.to_string()]).await?;
    Ok(erased)
}

/// Waits until no pass works on these documents; whether one did.
async fn passes_end(pool: &PgPool, traces: &Traces) -> sqlx::Result<bool> {
    let names: Vec<String> = traces.documents.iter().cloned().collect();
    let until = Instant::now() + PATIENCE;
    let mut waited = false;
    loop {
        // A claim that is old is a pass that died: it writes nothing any more. Two erasures never wait for each other.
        let running = sqlx::query_scalar!(
            r#"select exists (select from outbox where document = any($1) and claims > ended
                and kind <> 'privacy' and claimed_at > now() - interval '10 minutes') as "running!""#,
            &names
        )
        .fetch_one(pool)
        .await?;
        if !running || Instant::now() >= until {
            return Ok(waited);
        }
        waited = true;
        tokio::time::sleep(LOOK).await;
    }
}

/// How many documents one statement erases.
const CHUNK: usize = 500;

async fn documents(pool: &PgPool, traces: &Traces) -> sqlx::Result<Erased> {
    let names: Vec<String> = traces.documents.iter().cloned().collect();
    let mut erased = Erased::default();
    for chunk in names.chunks(CHUNK) {
        erased.bodies += bodies(pool, chunk).await?;
        erased.attempts += sqlx::query!(
            "update attempt set plan = null, reason = case when reason is not null then 'erased' end,
                problem = case when problem is not null
                    then jsonb_build_object('code', problem -> 'code', 'what', 'erased', 'cause', problem -> 'code') end
            where document = any($1) and (plan is not null or problem ->> 'what' <> 'erased' or reason <> 'erased')",
            chunk
        )
        .execute(pool)
        .await?
        .rows_affected();
        erased.documents += sqlx::query!(
            "update outbox set reason = case when reason is not null then 'erased' end,
                problem = case when problem is not null
                    then jsonb_build_object('code', problem -> 'code', 'what', 'erased', 'cause', problem -> 'code') end
            where document = any($1) and (problem ->> 'what' <> 'erased' or reason <> 'erased')",
            chunk
        )
        .execute(pool)
        .await?
        .rows_affected();
    }
    for (store, id) in &traces.customers {
        erased.links += sqlx::query!(
            "delete from link where kind = 'customer' and store = $1 and shopify_id = $2",
            store,
            id.to_string()
        )
        .execute(pool)
        .await?
        .rows_affected();
    }
    Ok(erased)
}

async fn bodies(pool: &PgPool, documents: &[String]) -> sqlx::Result<u64> {
    sqlx::query!(
        "delete from event_body b using event e where e.document = any($1) and b.event = e.id",
        documents
    )
    .execute(pool)
    .await
    .map(|done| done.rows_affected())
}

/// What people or failures wrote down beside the documents: a pause's reason, a sweep's failure, an act.
async fn elsewhere(pool: &PgPool, traces: &Traces) -> sqlx::Result<Erased> {
    let needles = traces.needles.as_slice();
    sqlx::query!(
        "update operator_action set subject = 'erased', detail = null where exists (select from unnest($1::text[]) as needle
            where position(needle in lower(concat_ws(' ', subject, detail::text))) > 0)",
        needles
    )
    .execute(pool)
    .await?;
    sqlx::query!(
        "update pause set reason = 'erased' where exists (select from unnest($1::text[]) as needle
            where position(needle in lower(reason)) > 0)",
        needles
    )
    .execute(pool)
    .await?;
    sqlx::query!(
        "update sweep set failure = 'erased' where exists (select from unnest($1::text[]) as needle
            where position(needle in lower(failure)) > 0)",
        needles
    )
    .execute(pool)
    .await?;
    Ok(Erased::default())
}
