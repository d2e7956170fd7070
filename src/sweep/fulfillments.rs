//! NetSuite's item fulfillments: one page of those that changed, less those of orders that are not
//! ours and those that were seen at their version; and now and then those that were deleted, of
//! which no query of changes tells, and those that Shopify did not let ship, of which it tells nothing.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use sqlx::PgPool;

use super::row::Row;
use super::{Error, LIVE_HOURS, Page, count};
use crate::config::Sweeps;
use crate::event::{Document, Event, Kind, NETSUITE, Priority, Source};
use crate::journal::Journal;
use crate::netsuite;
use crate::netsuite::fulfillments::Version;
use crate::outbox::lease::interval;
use crate::outbox::writer::{Recorded, store};

/// NetSuite's clock is set back by an hour in autumn: what it shows can be that much older than what
/// it showed before.
const SET_BACK: TimeDelta = TimeDelta::hours(1);

/// A shipment is not deleted later than this after it was shown; the query stays small.
const DELETED_WITHIN: Duration = Duration::from_secs(14 * 24 * 3600);

/// No time zone is further behind UTC.
const FARTHEST_WEST: TimeDelta = TimeDelta::hours(12);

/// Reads the next page of `row` and marks what is news. Repeating it marks nothing twice.
pub(super) async fn sweep(
    pool: &PgPool,
    settings: &Sweeps,
    client: &netsuite::Client,
    row: &Row,
    journal: &Journal,
) -> Result<Page, Error> {
    let after = row.cursor.as_deref().and_then(|id| id.parse().ok());
    let page = client
        .fulfillments_changed(journal, begins(row), after.unwrap_or(0))
        .await?;
    let mut events: Vec<Event> = news(pool, Kind::Fulfillment, &page.fulfillments)
        .await?
        .into_iter()
        .map(|version| event(Kind::Fulfillment, version, row))
        .collect();
    if page.next.is_none() && !row.backfill && is_time(pool, row, settings.deleted).await? {
        let gone = deleted(pool, client, journal).await?;
        events.extend(
            gone.into_iter()
                .map(|document| by_itself(document, row, "deleted")),
        );
    }
    if page.next.is_none() && !row.backfill {
        let blocked = blocked(pool, settings.on_hold).await?.into_iter();
        events.extend(blocked.map(|document| by_itself(document, row, "on_hold")));
    }
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

/// Whether deleted ones were not looked for lately; notes that they are now.
async fn is_time(pool: &PgPool, row: &Row, every: Duration) -> sqlx::Result<bool> {
    let noted = sqlx::query!(
        "update sweep set looked_for_deleted_at = now() where id = $1 and not exists
            (select from sweep where kind = 'fulfillment' and looked_for_deleted_at > now() - $2::interval)",
        row.id,
        interval(every)
    )
    .execute(pool)
    .await?;
    Ok(noted.rows_affected() > 0)
}

/// Documents of lately written shipments whose record SuiteQL does not show any more. Their passes make
/// sure by the record service before anything is taken back.
async fn deleted(
    pool: &PgPool,
    client: &netsuite::Client,
    journal: &Journal,
) -> Result<Vec<Document>, Error> {
    let written = sqlx::query_scalar!(
        "select distinct netsuite_id from link where kind = 'fulfillment' and linked_at > now() - $1::interval",
        interval(DELETED_WITHIN)
    )
    .fetch_all(pool)
    .await?;
    let there = client.fulfillments_there(journal, &written).await?;
    Ok(written
        .into_iter()
        .filter(|id| !there.contains(id))
        .map(|id| Document::new(Kind::Fulfillment, NETSUITE, id))
        .collect())
}

/// Documents that are held because Shopify had them on hold or not open, and were last tried that long
/// ago: it tells nobody when that ends.
async fn blocked(pool: &PgPool, every: Duration) -> sqlx::Result<Vec<Document>> {
    let held = sqlx::query_scalar!(
        "select document from outbox where kind = 'fulfillment' and state = 'held'
            and problem_code in ('fulfillment_on_hold', 'fulfillment_not_open') and claimed_at <= now() - $1::interval
        order by claimed_at limit 500",
        interval(every)
    )
    .fetch_all(pool)
    .await?;
    Ok(held.iter().filter_map(|name| name.parse().ok()).collect())
}

/// An event that no change of the record made.
fn by_itself(document: Document, row: &Row, why: &str) -> Event {
    Event {
        source: Source::Sweep,
        store: NETSUITE.to_owned(),
        topic: format!("sweep/{why}"),
        delivery_id: format!("sweep/fulfillment/{}/{why}/{}", document.id, row.id),
        document,
        priority: Priority::Fulfillment,
        version: None,
        body: Vec::new(),
    }
}

/// Where the window begins by NetSuite's clock.
pub(super) fn begins(row: &Row) -> NaiveDateTime {
    match row.since_clock {
        Some(clock) => clock - SET_BACK,
        None => row.since.naive_utc() - FARTHEST_WEST,
    }
}

/// Those of our orders, or known already, that no pass has seen at their version and none is going to.
///
/// A version counts as seen only if it is the very one: the clock can go back.
pub(super) async fn news<'a>(
    pool: &PgPool,
    kind: Kind,
    versions: &'a [Version],
) -> sqlx::Result<Vec<&'a Version>> {
    let documents: Vec<String> = versions
        .iter()
        .map(|version| document(kind, version).to_string())
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
pub(super) fn event(kind: Kind, version: &Version, row: &Row) -> Event {
    let modified = version.modified.and_utc();
    let old = modified < row.until - TimeDelta::hours(LIVE_HOURS);
    Event {
        source: Source::Sweep,
        store: NETSUITE.to_owned(),
        topic: "sweep".to_owned(),
        delivery_id: format!(
            "sweep/{}/{}/{}",
            kind.as_str(),
            version.id,
            version.modified.format("%Y-%m-%dT%H:%M:%S")
        ),
        document: document(kind, version),
        priority: if row.backfill || old {
            Priority::Backfill
        } else {
            Priority::of(kind)
        },
        version: Some(modified),
        body: Vec::new(),
    }
}

fn document(kind: Kind, version: &Version) -> Document {
    Document::new(kind, NETSUITE, version.id)
}
