//! Which company and which location is which NetSuite customer, and what Shopify held when it was last carried.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sqlx::PgPool;

use crate::link::InternalId;

/// What was last carried, part by part, as hashes; a part that is absent was never carried.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Carried {
    pub(super) parts: BTreeMap<String, String>,
    /// The address book lines that were written, by what they are for: as hashes.
    pub(super) lines: BTreeMap<String, String>,
    /// It was removed in Shopify and is inactive in NetSuite.
    pub(super) removed: bool,
}

/// A NetSuite customer that stands for a company or a location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) id: InternalId,
    pub(super) carried: Carried,
}

struct Row {
    shopify_id: String,
    netsuite_id: String,
    last: Option<serde_json::Value>,
}

pub(super) const COMPANY: &str = "company";
pub(super) const LOCATION: &str = "company_location";

/// The linked ones among these ids, by Shopify's id.
pub(super) async fn known(
    pool: &PgPool,
    kind: &str,
    store: &str,
    ids: &[u64],
) -> sqlx::Result<BTreeMap<u64, Known>> {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let rows = sqlx::query_as!(
        Row,
        "select shopify_id, netsuite_id, last from link where kind = $1 and store = $2 and shopify_id = any($3)",
        kind,
        store,
        &ids
    )
    .fetch_all(pool)
    .await?;
    let known = |row: Row| {
        let carried = row.last.map(serde_json::from_value).and_then(Result::ok);
        let known = Known {
            id: InternalId(row.netsuite_id),
            carried: carried.unwrap_or_default(),
        };
        Some((row.shopify_id.parse().ok()?, known))
    };
    Ok(rows.into_iter().filter_map(known).collect())
}

/// Remembers it for [`known`].
pub(super) async fn remember(
    pool: &PgPool,
    kind: &str,
    store: &str,
    id: u64,
    carried: &Carried,
) -> sqlx::Result<()> {
    let carried = serde_json::to_value(carried).unwrap_or_default();
    sqlx::query!(
        "update link set last = $4, updated_at = now() where kind = $1 and store = $2 and shopify_id = $3",
        kind,
        store,
        id.to_string(),
        carried
    )
    .execute(pool)
    .await?;
    Ok(())
}

#[derive(Deserialize)]
struct Deleted {
    admin_graphql_api_id: String,
}

/// The locations that Shopify said were removed from a company. Only the events say which they were.
pub(super) async fn removed(pool: &PgPool, document: &str) -> sqlx::Result<Vec<u64>> {
    let bodies = sqlx::query_scalar!(
        "select b.body from event e join event_body b on b.event = e.id
         where e.document = $1 and e.topic = 'company_locations/delete' order by e.id",
        document
    )
    .fetch_all(pool)
    .await?;
    let id = |body: Vec<u8>| {
        let deleted: Deleted = serde_json::from_slice(&body).ok()?;
        let gid = deleted.admin_graphql_api_id;
        gid.strip_prefix("gid://shopify/CompanyLocation/")?
            .parse()
            .ok()
    };
    Ok(bodies.into_iter().filter_map(id).collect())
}

/// Whether Shopify has said that the company is no more.
pub(super) async fn is_deleted(pool: &PgPool, document: &str) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select from event where document = $1 and topic = 'companies/delete') as "is!""#,
        document
    )
    .fetch_one(pool)
    .await
}
