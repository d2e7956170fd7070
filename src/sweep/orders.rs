//! A shop's orders: one page of those that changed, less those that were seen at their version.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use sqlx::PgPool;

use super::row::Row;
use super::{Error, LIVE_HOURS, Page, Shop, count};
use crate::event::{Document, Event, Kind, Priority, Source};
use crate::journal::Journal;
use crate::outbox::writer::{Recorded, store};
use crate::shopify::order_versions::Version;

/// Reads the next page of `row` and marks what is news. Repeating it marks nothing twice.
pub(super) async fn sweep(
    pool: &PgPool,
    shop: &Shop<'_>,
    row: &Row,
    journal: &Journal,
) -> Result<Page, Error> {
    let page = shop
        .client
        .orders_updated(journal, row.since, row.until, row.cursor.as_deref())
        .await?;
    let news = unseen(pool, shop.name, &page.orders).await?;
    let events: Vec<Event> = news
        .into_iter()
        .map(|(order, again)| event(shop.name, order, again, row))
        .collect();
    let recorded = store(pool, &events).await?;
    let marked = recorded
        .iter()
        .filter(|recorded| **recorded == Recorded::New)
        .count();
    Ok(Page {
        seen: count(page.orders.len()),
        marked: count(marked),
        next: page.next,
        clock: None,
    })
}

/// Those of `orders` that no pass has seen at their version and none is going to, and whether one has
/// read it within its own second.
async fn unseen<'a>(
    pool: &PgPool,
    store: &str,
    orders: &'a [Version],
) -> sqlx::Result<Vec<(&'a Version, bool)>> {
    let documents: Vec<String> = orders
        .iter()
        .map(|order| document(store, order).to_string())
        .collect();
    let versions: Vec<DateTime<Utc>> = orders.iter().map(|order| order.updated_at).collect();
    let places = sqlx::query!(
        r#"select n as "n!", coalesce(seen_version > version - interval '1 second', false) as "again!" from unnest($1::text[], $2::timestamptz[]) with ordinality as page (document, version, n)
            left join outbox using (document)
        where outbox.document is null or (coalesce(seen_version < version, true)
            and not (state = 'due' and coalesce(wanted_version >= version, false)))
        order by n"#,
        &documents,
        &versions
    )
    .fetch_all(pool)
    .await?;
    // `with ordinality` counts from 1.
    let place = |n: i64| usize::try_from(n - 1).ok().and_then(|n| orders.get(n));
    let news = places.into_iter();
    Ok(news
        .filter_map(|row| Some((place(row.n)?, row.again)))
        .collect())
}

/// Its delivery id is the order's version, so that seeing it again is no news; but once more where it
/// was read within its own second.
fn event(store: &str, order: &Version, again: bool, row: &Row) -> Event {
    let version = order
        .updated_at
        .to_rfc3339_opts(SecondsFormat::AutoSi, true);
    let again = if again { "/again" } else { "" };
    let old = order.updated_at < row.until - TimeDelta::hours(LIVE_HOURS);
    Event {
        source: Source::Sweep,
        store: store.to_owned(),
        topic: "sweep".to_owned(),
        delivery_id: format!("sweep/order/{}/{version}{again}", order.id),
        document: document(store, order),
        priority: if row.backfill || old {
            Priority::Backfill
        } else {
            Priority::Order
        },
        version: Some(order.updated_at),
        body: Vec::new(),
    }
}

fn document(store: &str, order: &Version) -> Document {
    Document::new(Kind::Order, store, order.id)
}
