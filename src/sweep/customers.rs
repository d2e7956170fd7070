//! Customers of both systems: one page of those that changed, less those that were seen at their version
//! and those that nothing would be done about.

use chrono::{DateTime, NaiveDateTime, SecondsFormat, TimeDelta, Utc};
use sqlx::PgPool;

use super::row::Row;
use super::{Error, LIVE_HOURS, Ledger, Page, Shop, companies, count};
use crate::config::store::CreateCustomers;
use crate::event::{Document, Event, Kind, NETSUITE, Priority, Source};
use crate::journal::Journal;
use crate::outbox::writer::{Recorded, store};

/// NetSuite's clock is set back by an hour in autumn, and no time zone is further behind UTC than this.
const SET_BACK: TimeDelta = TimeDelta::hours(1);
const FARTHEST_WEST: TimeDelta = TimeDelta::hours(12);

/// One customer of a page.
struct Seen {
    document: Document,
    modified: DateTime<Utc>,
}

/// Reads the next page of a shop's customers and marks what is news.
pub(super) async fn of_shop(
    pool: &PgPool,
    shop: &Shop<'_>,
    row: &Row,
    journal: &Journal,
) -> Result<Page, Error> {
    if let Some(page) = companies::of_shop(pool, shop, row, journal).await? {
        return Ok(page);
    }
    let page = shop
        .client
        .customers_updated(journal, row.since, row.until, row.cursor.as_deref())
        .await?;
    let seen: Vec<Seen> = page
        .customers
        .iter()
        .map(|version| Seen {
            document: Document::new(Kind::Customer, shop.name, version.id),
            modified: version.updated_at,
        })
        .collect();
    // Without an order they are nobody's concern, unless they are brought in at once.
    let all = shop.customers.create == CreateCustomers::AtOnce;
    let marked = mark(pool, row, &seen, all).await?;
    Ok(Page {
        seen: count(seen.len()),
        marked,
        next: match page.next {
            Some(next) => Some(next),
            None => companies::first(pool, shop).await?,
        },
        clock: None,
    })
}

/// Reads the next page of NetSuite's customers and marks what is news.
pub(super) async fn of_netsuite(
    pool: &PgPool,
    ledger: &Ledger<'_>,
    row: &Row,
    journal: &Journal,
) -> Result<Page, Error> {
    let after = row.cursor.as_deref().and_then(|id| id.parse().ok());
    let since: NaiveDateTime = match row.since_clock {
        Some(clock) => clock - SET_BACK,
        None => row.since.naive_utc() - FARTHEST_WEST,
    };
    let page = ledger
        .client
        .customers_changed(journal, since, after.unwrap_or(0))
        .await?;
    let seen: Vec<Seen> = page
        .customers
        .iter()
        .map(|version| Seen {
            document: Document::new(Kind::Customer, NETSUITE, version.id),
            modified: version.modified.and_utc(),
        })
        .collect();
    let marked = mark(pool, row, &seen, ledger.new_customers).await?;
    Ok(Page {
        seen: count(seen.len()),
        marked,
        next: page.next.map(|id| id.to_string()),
        clock: page.customers.iter().map(|version| version.modified).max(),
    })
}

/// Marks those that no pass has seen at their version and none is going to: of all, or of those that are
/// linked or known.
async fn mark(pool: &PgPool, row: &Row, seen: &[Seen], all: bool) -> Result<i64, Error> {
    let documents: Vec<String> = seen.iter().map(|it| it.document.to_string()).collect();
    let ids: Vec<String> = seen.iter().map(|it| it.document.id.clone()).collect();
    let versions: Vec<DateTime<Utc>> = seen.iter().map(|it| it.modified).collect();
    let places = sqlx::query_scalar!(
        r#"select n as "n!" from unnest($1::text[], $2::text[], $3::timestamptz[]) with ordinality as page (document, id, version, n)
            left join outbox using (document)
        where ($4 or exists (select from link where kind = 'customer' and link.document = page.document)
                or ($5 = 'netsuite' and exists (select from link where kind = 'customer' and netsuite_id = page.id)))
            and seen_version is distinct from version
            and not (coalesce(state, '') = 'due' and coalesce(wanted_version >= version, false))
        order by n"#,
        &documents,
        &ids,
        &versions,
        all,
        row.store
    )
    .fetch_all(pool)
    .await?;
    // `with ordinality` counts from 1.
    let place = |n: i64| usize::try_from(n - 1).ok().and_then(|n| seen.get(n));
    let news = places.into_iter().filter_map(place);
    let events: Vec<Event> = news.map(|seen| event(seen, row)).collect();
    let recorded = store(pool, &events).await?;
    let new = |recorded: &&Recorded| **recorded == Recorded::New;
    Ok(count(recorded.iter().filter(new).count()))
}

/// Its delivery id is the customer's version, so that seeing it again is no news.
fn event(seen: &Seen, row: &Row) -> Event {
    let version = seen.modified.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    let old = seen.modified < row.until - TimeDelta::hours(LIVE_HOURS);
    Event {
        source: Source::Sweep,
        store: row.store.clone(),
        topic: "sweep".to_owned(),
        delivery_id: format!("sweep/customer/{}/{version}", seen.document.id),
        document: seen.document.clone(),
        priority: if row.backfill || old {
            Priority::Backfill
        } else {
            Priority::Customer
        },
        version: Some(seen.modified),
        body: Vec::new(),
    }
}
