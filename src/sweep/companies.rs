//! Companies of a shop, and then their locations: the last pages of a sweep over its customers.
//!
//! Only where NetSuite has a company of the store: others cost no call.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use sqlx::PgPool;

use super::row::Row;
use super::{Error, LIVE_HOURS, Page, Shop, count};
use crate::event::{Document, Event, Priority, Source};
use crate::journal::Journal;
use crate::outbox::writer::{Recorded, store};
use crate::shopify::companies::Version;

/// How the cursors of these pages begin; Shopify's own have no blanks.
const COMPANIES: &str = "companies ";
const LOCATIONS: &str = "locations ";

/// Where the pages of companies begin, if the store has any in NetSuite.
pub(super) async fn first(pool: &PgPool, shop: &Shop<'_>) -> Result<Option<String>, Error> {
    let known = sqlx::query_scalar!(
        r#"select exists (select from link where kind = 'company' and store = $1) as "known!""#,
        shop.name
    )
    .fetch_one(pool)
    .await?;
    Ok(known.then(|| COMPANIES.to_owned()))
}

/// Reads the page at the row's cursor and marks what is news; `None` when the cursor is not of these pages.
pub(super) async fn of_shop(
    pool: &PgPool,
    shop: &Shop<'_>,
    row: &Row,
    journal: &Journal,
) -> Result<Option<Page>, Error> {
    let cursor = row.cursor.as_deref().unwrap_or_default();
    let after = |rest: &'_ str| (!rest.is_empty()).then(|| rest.to_owned());
    let (page, next) = if let Some(rest) = cursor.strip_prefix(COMPANIES) {
        let after = after(rest);
        let page = shop
            .client
            .companies_updated(journal, row.since, row.until, after.as_deref())
            .await?;
        let next = match &page.next {
            Some(next) => format!("{COMPANIES}{next}"),
            None => LOCATIONS.to_owned(),
        };
        (page, Some(next))
    } else if let Some(rest) = cursor.strip_prefix(LOCATIONS) {
        let after = after(rest);
        let page = shop
            .client
            .company_locations_updated(journal, row.since, row.until, after.as_deref())
            .await?;
        let next = page.next.as_ref().map(|next| format!("{LOCATIONS}{next}"));
        (page, next)
    } else {
        return Ok(None);
    };
    let marked = mark(pool, shop.name, row, &page.versions).await?;
    Ok(Some(Page {
        seen: count(page.versions.len()),
        marked,
        next,
        clock: None,
    }))
}

/// Marks the companies in NetSuite that no pass has seen at their version. A location's version is not its
/// company's: that it was told before shows by the delivery id.
async fn mark(pool: &PgPool, shop: &str, row: &Row, versions: &[Version]) -> Result<i64, Error> {
    let documents: Vec<String> = versions
        .iter()
        .map(|it| Document::company(shop, it.company).to_string())
        .collect();
    let times: Vec<DateTime<Utc>> = versions.iter().map(|it| it.updated_at).collect();
    let own: Vec<bool> = versions.iter().map(|it| it.location.is_none()).collect();
    let places = sqlx::query_scalar!(
        r#"select n as "n!" from unnest($1::text[], $2::timestamptz[], $3::bool[])
            with ordinality as page (document, version, own, n)
            left join outbox using (document)
        where exists (select from link where kind = 'company' and link.document = page.document)
            and not (own and seen_version is not distinct from version)
            and not (own and coalesce(state, '') = 'due' and coalesce(wanted_version >= version, false))
        order by n"#,
        &documents,
        &times,
        &own
    )
    .fetch_all(pool)
    .await?;
    // `with ordinality` counts from 1.
    let place = |n: i64| usize::try_from(n - 1).ok().and_then(|n| versions.get(n));
    let news = places.into_iter().filter_map(place);
    let events: Vec<Event> = news.map(|version| event(shop, version, row)).collect();
    let recorded = store(pool, &events).await?;
    let new = |recorded: &&Recorded| **recorded == Recorded::New;
    Ok(count(recorded.iter().filter(new).count()))
}

fn event(shop: &str, version: &Version, row: &Row) -> Event {
    let at = version
        .updated_at
        .to_rfc3339_opts(SecondsFormat::AutoSi, true);
    let part = version.location.map(|id| format!("/location/{id}"));
    let old = version.updated_at < row.until - TimeDelta::hours(LIVE_HOURS);
    Event {
        source: Source::Sweep,
        store: row.store.clone(),
        topic: "sweep".to_owned(),
        delivery_id: format!(
            "sweep/company/{}{}/{at}",
            version.company,
            part.unwrap_or_default()
        ),
        document: Document::company(shop, version.company),
        priority: if row.backfill || old {
            Priority::Backfill
        } else {
            Priority::Customer
        },
        version: version.location.is_none().then_some(version.updated_at),
        body: Vec::new(),
    }
}
