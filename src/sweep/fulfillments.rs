//! NetSuite's item fulfillments: one page of those that changed, less those of orders that are not
//! ours and those that were seen at their version.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use sqlx::PgPool;

use super::row::Row;
use super::{Error, LIVE_HOURS, Page, count};
use crate::event::{Document, Event, Kind, NETSUITE, Priority, Source};
use crate::journal::Journal;
use crate::netsuite;
use crate::netsuite::fulfillments::Version;
use crate::outbox::writer::{Recorded, store};

/// NetSuite's clock is set back by an hour in autumn: what it shows can be that much older than what
/// it showed before.
const SET_BACK: TimeDelta = TimeDelta::hours(1);

/// No time zone is further behind UTC.
const FARTHEST_WEST: TimeDelta = TimeDelta::hours(12);

/// Reads the next page of `row` and marks what is news. Repeating it marks nothing twice.
pub(super) async fn sweep(
    pool: &PgPool,
    client: &netsuite::Client,
    row: &Row,
    journal: &Journal,
) -> Result<Page, Error> {
    let after = row.cursor.as_deref().and_then(|id| id.parse().ok());
    let page = client
        .fulfillments_changed(journal, begins(row), after.unwrap_or(0))
        .await?;
    let events: Vec<Event> = news(pool, &page.fulfillments)
        .await?
        .into_iter()
        .map(|version| event(version, row))
        .collect();
    let recorded = store(pool, &events).await?;
    let marked = recorded
        .iter()
        .filter(|recorded| **recorded == Recorded::New)
        .count();
    Ok(Page {
        seen: count(page.fulfillments.len()),
        marked: count(marked),
        next: page.next.map(|id| id.to_string()),
        clock: page
            .fulfillments
            .iter()
            .map(|version| version.modified)
            .max(),
    })
}

/// Where the window begins by NetSuite's clock.
fn begins(row: &Row) -> NaiveDateTime {
    match row.since_clock {
        Some(clock) => clock - SET_BACK,
        None => row.since.naive_utc() - FARTHEST_WEST,
    }
}

/// Those of our orders, or known already, that no pass has seen at their version and none is going to.
///
/// A version counts as seen only if it is the very one: the clock can go back.
async fn news<'a>(pool: &PgPool, versions: &'a [Version]) -> sqlx::Result<Vec<&'a Version>> {
    let documents: Vec<String> = versions
        .iter()
        .map(|version| document(version).to_string())
        .collect();
    let times: Vec<DateTime<Utc>> = versions
        .iter()
        .map(|version| version.modified.and_utc())
        .collect();
    let sales: Vec<String> = versions
        .iter()
        .map(|version| {
            version
                .order
                .as_ref()
                .map_or_else(String::new, ToString::to_string)
        })
        .collect();
    let places = sqlx::query_scalar!(
        r#"select n as "n!" from unnest($1::text[], $2::timestamptz[], $3::text[]) with ordinality as page (document, version, sale, n)
            left join outbox using (document)
        where (outbox.document is not null or exists (select from link where kind = 'order' and netsuite_id = sale
                and record in ('salesOrder', 'cashSale')))
            and seen_version is distinct from version
            and not (coalesce(state, '') = 'due' and coalesce(wanted_version >= version, false))
        order by n"#,
        &documents,
        &times,
        &sales
    )
    .fetch_all(pool)
    .await?;
    // `with ordinality` counts from 1.
    let place = |n: i64| usize::try_from(n - 1).ok().and_then(|n| versions.get(n));
    Ok(places.into_iter().filter_map(place).collect())
}

/// Its delivery id is the record's version, so that seeing it again is no news.
fn event(version: &Version, row: &Row) -> Event {
    let modified = version.modified.and_utc();
    let old = modified < row.until - TimeDelta::hours(LIVE_HOURS);
    Event {
        source: Source::Sweep,
        store: NETSUITE.to_owned(),
        topic: "sweep".to_owned(),
        delivery_id: format!(
            "sweep/fulfillment/{}/{}",
            version.id,
            version.modified.format("%Y-%m-%dT%H:%M:%S")
        ),
        document: document(version),
        priority: if row.backfill || old {
            Priority::Backfill
        } else {
            Priority::Fulfillment
        },
        version: Some(modified),
        body: Vec::new(),
    }
}

fn document(version: &Version) -> Document {
    Document::new(Kind::Fulfillment, NETSUITE, version.id)
}
