//! NetSuite's stock: one page of the items whose available quantity changed, with the kits that hold
//! them; or of all items, which is the full compare.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgPool;

use super::row::Row;
use super::{Error, Ledger, Page, count};
use crate::event::{Document, Event, Kind, NETSUITE, Priority, Source};
use crate::journal::Journal;
use crate::outbox::writer::{Recorded, store};

/// NetSuite tells a change to the second: what changed in the last moment may change once more within
/// it, and is left to the next window, which reaches back.
const UNSETTLED: TimeDelta = TimeDelta::seconds(2);

/// Reads the next page of `row` and marks what is news. Repeating it marks nothing twice.
pub(super) async fn sweep(
    pool: &PgPool,
    ledger: &Ledger<'_>,
    row: &Row,
    journal: &Journal,
) -> Result<Page, Error> {
    if ledger.locations.is_empty() {
        return Ok(Page {
            seen: 0,
            marked: 0,
            next: None,
            clock: None,
        });
    }
    let since = (!is_full(row)).then_some(row.since);
    let until = row.until - UNSETTLED;
    let (client, locations) = (ledger.client, ledger.locations);
    let changed = client
        .stock_changed(journal, locations, since, until, row.cursor.as_deref())
        .await?;
    let kits = client.kits(journal).await?;
    let mut events = Vec::new();
    for (item, time) in &changed.items {
        for (user, _) in kits.users(&item.0) {
            let time = time.as_deref().unwrap_or("never");
            events.push(event(&user, &item.0, time, row));
        }
    }
    let recorded = store(pool, &events).await?;
    let marked = recorded
        .iter()
        .filter(|recorded| **recorded == Recorded::New)
        .count();
    let last = changed.items.last().map(|(item, _)| item.0.clone());
    Ok(Page {
        seen: count(changed.items.len()),
        marked: count(marked),
        next: last.filter(|_| changed.more),
        clock: None,
    })
}

/// Whether it compares all items, whenever they changed.
fn is_full(row: &Row) -> bool {
    row.since < DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(365)
}

/// Its delivery id is the change, so that seeing it again is no news. A full compare is news by itself.
fn event(item: &str, changed: &str, time: &str, row: &Row) -> Event {
    let delivery_id = if row.backfill {
        format!("sweep/item/{item}/{changed}/full {}", row.id)
    } else {
        format!("sweep/item/{item}/{changed}/{time}")
    };
    Event {
        source: Source::Sweep,
        store: NETSUITE.to_owned(),
        topic: "sweep".to_owned(),
        delivery_id,
        document: Document::new(Kind::Item, NETSUITE, item),
        priority: if row.backfill {
            Priority::Backfill
        } else {
            Priority::Item
        },
        version: None,
        body: Vec::new(),
    }
}
