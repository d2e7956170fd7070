//! NetSuite's sales orders that were closed or cancelled: one page of those that changed, less those that
//! are no order of a store and those that were seen at their version.

use chrono::{DateTime, Utc};
use sqlx::PgPool;

use super::row::Row;
use super::{Error, Page, count, fulfillments};
use crate::event::{Event, Kind};
use crate::journal::Journal;
use crate::netsuite;
use crate::outbox::writer::{Recorded, store};

/// Later than any sweep begins. A cancellation cannot be undone, so the first regular sweep does not
/// reach back to go-live: what was closed before the setting was made is asked for by a person.
pub(super) const FROM_NOW: DateTime<Utc> = DateTime::<Utc>::MAX_UTC;

/// Reads the next page of `row` and marks what is news. Repeating it marks nothing twice.
pub(super) async fn sweep(
    pool: &PgPool,
    client: &netsuite::Client,
    row: &Row,
    journal: &Journal,
) -> Result<Page, Error> {
    let after = row.cursor.as_deref().and_then(|id| id.parse().ok());
    let begins = fulfillments::begins(row);
    let page = client
        .orders_ended(journal, begins, after.unwrap_or(0))
        .await?;
    let events: Vec<Event> = fulfillments::news(pool, Kind::Order, &page.orders)
        .await?
        .into_iter()
        .map(|version| fulfillments::event(Kind::Order, version, row))
        .collect();
    let recorded = store(pool, &events).await?;
    let marked = recorded.iter().filter(|it| **it == Recorded::New).count();
    Ok(Page {
        seen: count(page.orders.len()),
        marked: count(marked),
        next: page.next.map(|id| id.to_string()),
        clock: page.orders.iter().map(|version| version.modified).max(),
    })
}
