//! The echo of our own write: showing NetSuite's id on a Shopify order changes the order, and Shopify
//! tells us so. The order is not read whole again for that.
//!
//! Shopify's times are whole seconds, and a write gives the order a new time whatever else changed a
//! moment before: so a version alone proves nothing. What proves it is that every change sends events
//! of its own. An event is our echo, and nothing else, when
//!
//! - just before the write Shopify still showed the version of the last whole reading, and the
//!   document agreed with it;
//! - no pass has run since, and exactly one event came, which names the version that the write gave;
//! - Shopify still shows that version.
//!
//! A second event, before or after, has the order read whole. What is not seen is a change within
//! [`MOMENT`] of our write all of whose events are lost: sweeps compare versions, too.

use std::time::Duration;

use chrono::{DateTime, SubsecRound, Utc};
use sqlx::PgPool;
use tokio::time::Instant;

use crate::event::Document;
use crate::flows::{Context, Error, Pass, Shop};
use crate::journal::Journal;
use crate::remote;
use crate::shopify::order_versions::Version;

/// A write that took longer leaves too much time for others between the look and the write.
const MOMENT: Duration = Duration::from_secs(5);

/// What Shopify showed of some orders just before we wrote on them.
pub(super) struct Before {
    versions: Vec<Version>,
    looked: Instant,
}

impl Before {
    /// One call of one point an order.
    pub(super) async fn look(
        shop: &Shop,
        journal: &Journal,
        orders: &[u64],
    ) -> Result<Self, remote::Error> {
        let looked = Instant::now();
        let versions = shop.client.order_versions(journal, orders).await?;
        Ok(Self { versions, looked })
    }

    /// The echo to expect of an order that the write gave the version `after`.
    pub(super) fn echo(&self, order: u64, after: DateTime<Utc>, marks: i64) -> Option<Echo> {
        if self.looked.elapsed() > MOMENT {
            return None;
        }
        let before = self.versions.iter().find(|version| version.id == order)?;
        Some(Echo {
            order: order.to_string(),
            before: before.updated_at,
            after,
            marks,
        })
    }
}

/// The order's version, when the claim's only event is the echo of our own write.
///
/// Whatever it says, the echo is not expected any more: a second pass reads the order whole.
///
/// # Errors
///
/// When Shopify or the database does not answer.
pub(super) async fn only(
    context: &Context,
    shop: &Shop,
    pass: &Pass,
) -> Result<Option<DateTime<Utc>>, Error> {
    let claim = &pass.claim;
    let Some(echo) = take(&context.pool, &claim.document).await? else {
        return Ok(None);
    };
    // Bodies give whole seconds, reads may give more.
    let named = claim.wanted_version.map(|wanted| wanted.trunc_subsecs(0));
    let is_echo = claim.marks == echo.marks + 1
        && named == Some(echo.version.trunc_subsecs(0))
        && claim.approved_plan.is_none()
        && !claim.after_trouble();
    let Some(order) = claim.document.id.parse().ok().filter(|_| is_echo) else {
        return Ok(None);
    };
    let shown = shop.client.order_versions(&pass.journal, &[order]).await?;
    let same = shown.iter().any(|order| order.updated_at == echo.version);
    Ok(same.then_some(echo.version))
}

/// The version that our own write gave a Shopify order, and what was so before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Echo {
    /// The order's Shopify id.
    order: String,
    before: DateTime<Utc>,
    after: DateTime<Utc>,
    /// How many events its document had.
    marks: i64,
}

/// An echo that is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Expected {
    version: DateTime<Utc>,
    marks: i64,
}

/// Expects the echoes of those orders whose version before the write is the one that their last pass
/// read; the others are read whole when their event comes.
///
/// # Errors
///
/// When the database does not answer: they are read whole, too.
pub(super) async fn expect(pool: &PgPool, store: &str, echoes: &[Echo]) -> sqlx::Result<()> {
    let orders: Vec<String> = echoes.iter().map(|echo| echo.order.clone()).collect();
    let before: Vec<DateTime<Utc>> = echoes.iter().map(|echo| echo.before).collect();
    let after: Vec<DateTime<Utc>> = echoes.iter().map(|echo| echo.after).collect();
    let marks: Vec<i64> = echoes.iter().map(|echo| echo.marks).collect();
    sqlx::query!(
        "update link set echo_version = echo.after, echo_marks = echo.marks
         from unnest($2::text[], $3::timestamptz[], $4::timestamptz[], $5::int8[]) as echo(shopify_id, before, after, marks),
             outbox
         where link.kind = 'order' and link.store = $1 and link.shopify_id = echo.shopify_id
             and outbox.document = link.document
             and outbox.seen_version between echo.before - interval '1 microsecond' and echo.before",
        store,
        &orders,
        &before,
        &after,
        &marks
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// The echo that is expected of an order; from now on none is.
///
/// # Errors
///
/// When the database does not answer.
async fn take(pool: &PgPool, document: &Document) -> sqlx::Result<Option<Expected>> {
    sqlx::query_as!(
        Expected,
        r#"with expected as (select kind, store, shopify_id, echo_version, echo_marks from link
             where document = $1 and kind = 'order' and echo_version is not null for update)
         update link set echo_version = null, echo_marks = null from expected
         where link.kind = expected.kind and link.store = expected.store and link.shopify_id = expected.shopify_id
         returning expected.echo_version as "version!", expected.echo_marks as "marks!""#,
        document.to_string()
    )
    .fetch_optional(pool)
    .await
}
