//! Which Shopify customer is which NetSuite customer, and what both held when they were last equal.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sqlx::PgPool;

use crate::event::Document;
use crate::link::InternalId;

/// What each side held when both were last equal, as hashes: nothing of a person can be read from it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Last {
    pub(super) name: Option<Hashes>,
    pub(super) email: Option<Hashes>,
    pub(super) phone: Option<Hashes>,
    pub(super) addresses: Option<Hashes>,
    /// Which address goods go to.
    pub(super) default: Option<Hashes>,
    /// By the id of the saved address: which line of the address book it is.
    pub(super) lines: BTreeMap<u64, Known>,
    pub(super) alone: Alone,
    /// Stands for the writes of the last pass, until a pass has found both sides equal: what would be
    /// written a second time is not kept over there.
    pub(super) wrote: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Hashes {
    pub(super) shopify: String,
    pub(super) netsuite: String,
}

/// A line of the address book, as it was last written or read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Known {
    /// Not known while nobody has read the record since the line was added.
    pub(super) line: Option<String>,
    pub(super) hash: String,
    /// What Shopify held; not known of what older versions wrote.
    #[serde(default)]
    pub(super) saved: Option<String>,
}

/// Addresses that only one side has, and that stay so while nobody changes them: by id or key, as hashes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Alone {
    pub(super) saved: BTreeMap<u64, String>,
    pub(super) lines: BTreeMap<String, String>,
}

/// The documents of the Shopify customers that are this NetSuite customer, the first linked first.
pub(super) async fn of_record(pool: &PgPool, id: &InternalId) -> sqlx::Result<Vec<Document>> {
    let documents = sqlx::query_scalar!(
        "select document from link where kind = 'customer' and netsuite_id = $1 order by linked_at, store, shopify_id",
        id.0
    )
    .fetch_all(pool)
    .await?;
    Ok(documents
        .iter()
        .filter_map(|document| document.parse().ok())
        .collect())
}

pub(super) async fn last(pool: &PgPool, document: &Document) -> sqlx::Result<Last> {
    let last = sqlx::query_scalar!(
        "select last from link where kind = 'customer' and store = $1 and shopify_id = $2",
        document.owner,
        document.id
    )
    .fetch_optional(pool)
    .await?;
    let last = last.flatten().map(serde_json::from_value);
    Ok(last.and_then(Result::ok).unwrap_or_default())
}

/// Remembers it for [`last`].
pub(super) async fn remember(pool: &PgPool, document: &Document, last: &Last) -> sqlx::Result<()> {
    let last = serde_json::to_value(last).unwrap_or_default();
    sqlx::query!(
        "update link set last = $3, updated_at = now() where kind = 'customer' and store = $1 and shopify_id = $2",
        document.owner,
        document.id,
        last
    )
    .execute(pool)
    .await?;
    Ok(())
}

#[derive(Deserialize)]
struct Merged {
    admin_graphql_api_customer_deleted_id: String,
}

/// Shopify merged others into this customer: the survivor takes over their link, unless it has its own.
/// Only the event says who they were. Repeating it is harmless.
pub(super) async fn follow_merges(pool: &PgPool, kept: &Document) -> sqlx::Result<()> {
    let bodies = sqlx::query_scalar!(
        "select b.body from event e join event_body b on b.event = e.id
         where e.document = $1 and e.topic = 'customers/merge' order by e.id",
        kept.to_string()
    )
    .fetch_all(pool)
    .await?;
    for body in bodies {
        let Ok(merged) = serde_json::from_slice::<Merged>(&body) else {
            continue;
        };
        let gid = merged.admin_graphql_api_customer_deleted_id;
        if let Some(deleted) = gid.strip_prefix("gid://shopify/Customer/") {
            take_over(pool, deleted, kept).await?;
        }
    }
    Ok(())
}

async fn take_over(pool: &PgPool, deleted: &str, kept: &Document) -> sqlx::Result<()> {
    sqlx::query!(
        "with moved as (update link set shopify_id = $3, document = $4, last = null, updated_at = now()
             where kind = 'customer' and store = $1 and shopify_id = $2
                 and not exists (select from link where kind = 'customer' and store = $1 and shopify_id = $3)
             returning 1)
         delete from link where kind = 'customer' and store = $1 and shopify_id = $2 and not exists (select from moved)",
        kept.owner,
        deleted,
        kept.id,
        kept.to_string()
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Whether Shopify has said that the customer is no more.
pub(super) async fn is_deleted(pool: &PgPool, document: &Document) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select from event where document = $1 and topic = 'customers/delete')
            or exists (select from event e join event_body b on b.event = e.id where e.store = $2 and e.topic = 'customers/merge'
                and position(convert_to($3, 'UTF8') in b.body) > 0) as "is!""#,
        document.to_string(),
        document.owner,
        format!("\"gid://shopify/Customer/{}\"", document.id)
    )
    .fetch_one(pool)
    .await
}
