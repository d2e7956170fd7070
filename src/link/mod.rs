//! Which Shopify id is which NetSuite id, and what was last written: all link SQL, but for the echo of the order flow.

mod kind;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use sqlx::PgPool;

use crate::event::Document;
use crate::money::Money;
pub use kind::Kind;

/// NetSuite's own id of a record.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InternalId(pub String);

/// Our name for a record inside NetSuite: letters, digits, `-` and `_` only.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExternalId(pub String);

impl ExternalId {
    #[must_use]
    pub fn sales_order(store: &str, order: u64) -> Self {
        Self(format!("so-{store}-{order}"))
    }

    #[must_use]
    pub fn cash_sale(store: &str, order: u64) -> Self {
        Self(format!("cs-{store}-{order}"))
    }

    #[must_use]
    pub fn deposit(store: &str, transaction: u64) -> Self {
        Self(format!("dep-{store}-{transaction}"))
    }

    #[must_use]
    pub fn company(store: &str, company: u64) -> Self {
        Self(format!("comp-{store}-{company}"))
    }

    #[must_use]
    pub fn company_location(store: &str, location: u64) -> Self {
        Self(format!("loc-{store}-{location}"))
    }

    #[must_use]
    pub fn customer(store: &str, customer: u64) -> Self {
        Self(format!("cust-{store}-{customer}"))
    }
}

impl fmt::Display for InternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How the NetSuite record came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// We wrote it.
    Written,
    /// Another integration wrote it before us.
    Adopted,
    /// A person's record that we found by what it says.
    Matched,
}

/// A pair of ids for the same thing, and what was last written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    pub kind: Kind,
    pub store: String,
    pub shopify_id: String,
    pub netsuite_id: InternalId,
    /// The document it belongs to: a deposit belongs to its order.
    pub document: String,
    /// NetSuite's record type: `salesOrder`.
    pub record: String,
    pub external_id: Option<ExternalId>,
    pub origin: Origin,
    pub head_hash: Option<String>,
    pub lines_hash: Option<String>,
    /// What the record must total.
    pub total: Option<Money>,
    /// Whether the NetSuite id stands on the Shopify side.
    pub shown: bool,
}

impl Origin {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Adopted => "adopted",
            Self::Matched => "matched",
        }
    }
}

/// Writes a link, or what has changed about it. Repeating it is harmless.
///
/// # Errors
///
/// When the database does not answer, or when the NetSuite record is already linked to another
/// Shopify document.
pub async fn write(pool: &PgPool, link: &Link) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into link (kind, store, shopify_id, netsuite_id, document, record, external_id, origin,
             head_hash, lines_hash, total_minor, currency)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         on conflict (kind, store, shopify_id) do update set netsuite_id = excluded.netsuite_id,
             record = excluded.record, external_id = excluded.external_id, origin = excluded.origin,
             head_hash = excluded.head_hash, lines_hash = excluded.lines_hash,
             total_minor = excluded.total_minor, currency = excluded.currency, updated_at = now(),
             shown_at = case when link.netsuite_id = excluded.netsuite_id then link.shown_at end",
        link.kind.as_str(),
        link.store,
        link.shopify_id,
        link.netsuite_id.0,
        link.document,
        link.record,
        link.external_id.as_ref().map(|id| id.0.as_str()),
        link.origin.as_str(),
        link.head_hash,
        link.lines_hash,
        link.total.map(|total| total.minor),
        link.total.map(|total| total.currency.to_string())
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// The links of these documents: for an order its sales order and its deposits.
///
/// # Errors
///
/// When the database does not answer.
pub async fn of_documents(pool: &PgPool, documents: &[String]) -> sqlx::Result<Vec<Link>> {
    let rows = sqlx::query_as!(
        Row,
        "select kind, store, shopify_id, netsuite_id, document, record, external_id, origin, head_hash, lines_hash,
             total_minor, currency, shown_at is not null as \"shown!\" from link where document = any($1) order by linked_at",
        documents
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Row::link).collect())
}

/// As [`of_documents`], for one.
///
/// # Errors
///
/// When the database does not answer.
pub async fn of_document(pool: &PgPool, document: &Document) -> sqlx::Result<Vec<Link>> {
    of_documents(pool, &[document.to_string()]).await
}

/// The NetSuite items of these inventory items of a store, by inventory item.
///
/// # Errors
///
/// When the database does not answer.
pub async fn items_of(
    pool: &PgPool,
    store: &str,
    inventory_items: &[String],
) -> sqlx::Result<BTreeMap<String, String>> {
    let rows = sqlx::query!(
        "select shopify_id, netsuite_id from link where kind = 'item' and store = $1 and shopify_id = any($2)",
        store,
        inventory_items
    )
    .fetch_all(pool)
    .await?;
    let pair = rows
        .into_iter()
        .map(|row| (row.shopify_id, row.netsuite_id));
    Ok(pair.collect())
}

/// The Shopify order of a sales order or cash sale; `None` when it is not ours.
///
/// # Errors
///
/// When the database does not answer.
pub async fn of_sale(pool: &PgPool, sale: &InternalId) -> sqlx::Result<Option<Link>> {
    let row = sqlx::query_as!(
        Row,
        "select kind, store, shopify_id, netsuite_id, document, record, external_id, origin, head_hash, lines_hash,
             total_minor, currency, shown_at is not null as \"shown!\" from link
         where netsuite_id = $1 and record in ('salesOrder', 'cashSale') and kind = 'order'",
        sale.0
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(Row::link))
}

/// Those of these Shopify fulfillments that are linked, each with the document it belongs to.
///
/// # Errors
///
/// When the database does not answer.
pub async fn of_fulfillments(
    pool: &PgPool,
    store: &str,
    ids: &[String],
) -> sqlx::Result<Vec<(String, String)>> {
    let rows = sqlx::query!(
        "select shopify_id, document from link where kind = 'fulfillment' and store = $1 and shopify_id = any($2)",
        store,
        ids
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.shopify_id, row.document))
        .collect())
}

/// Notes that the NetSuite ids of these orders stand on the Shopify side.
///
/// # Errors
///
/// When the database does not answer: they are written there once more.
pub async fn shown(pool: &PgPool, store: &str, orders: &[String]) -> sqlx::Result<()> {
    sqlx::query!(
        "update link set shown_at = now() where kind = 'order' and store = $1 and shopify_id = any($2)",
        store,
        orders
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Notes what was last written of a Shopify fulfillment's tracking.
///
/// # Errors
///
/// When the database does not answer.
pub async fn rehash(
    pool: &PgPool,
    store: &str,
    fulfillment: &str,
    head_hash: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update link set head_hash = $3, updated_at = now()
         where kind = 'fulfillment' and store = $1 and shopify_id = $2",
        store,
        fulfillment,
        head_hash
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Forgets a link whose NetSuite record is gone.
///
/// # Errors
///
/// When the database does not answer.
pub async fn forget(pool: &PgPool, kind: Kind, store: &str, shopify_id: &str) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from link where kind = $1 and store = $2 and shopify_id = $3",
        kind.as_str(),
        store,
        shopify_id
    )
    .execute(pool)
    .await?;
    Ok(())
}

struct Row {
    kind: String,
    store: String,
    shopify_id: String,
    netsuite_id: String,
    document: String,
    record: String,
    external_id: Option<String>,
    origin: String,
    head_hash: Option<String>,
    lines_hash: Option<String>,
    total_minor: Option<i64>,
    currency: Option<String>,
    shown: bool,
}

impl Row {
    fn link(self) -> Link {
        // A CHECK holds the column to these names.
        let kind = Kind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == self.kind);
        let kind = kind.unwrap_or(Kind::Order);
        let origin = match self.origin.as_str() {
            "written" => Origin::Written,
            "adopted" => Origin::Adopted,
            _ => Origin::Matched,
        };
        let currency = self
            .currency
            .and_then(|code| code.parse::<crate::money::Currency>().ok());
        let total = currency
            .zip(self.total_minor)
            .map(|(currency, minor)| currency.money(minor));
        Link {
            kind,
            store: self.store,
            shopify_id: self.shopify_id,
            netsuite_id: InternalId(self.netsuite_id),
            document: self.document,
            record: self.record,
            external_id: self.external_id.map(ExternalId),
            origin,
            head_hash: self.head_hash,
            lines_hash: self.lines_hash,
            total,
            shown: self.shown,
        }
    }
}
