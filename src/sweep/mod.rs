//! The sweep: asks a system what changed since a time, and marks due what we have not yet applied.
//!
//! It stands in for every event that never came. A window overlaps the one before, so that what an
//! index showed late is seen; a document already seen at its version costs nothing. A page is the
//! unit of work: after a crash the sweep goes on behind the last page.

mod companies;
mod customers;
mod fulfillments;
mod items;
mod orders;
mod progress;
mod row;
mod sales_orders;

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::config::Sweeps;
use crate::config::store::Customers;
use crate::event::{Kind, NETSUITE};
use crate::journal::{Journal, Urgency};
use crate::outbox::writer::NotRecorded;
use crate::remote::{self, Meaning};
use crate::{netsuite, shopify};

pub use progress::{follow, tell};
use row::Row;
pub use row::{NotRequested, Progress, latest, progress, request};

/// How often it looks for a sweep that is due.
const LOOK: Duration = Duration::from_secs(1);

/// How long a sweep that failed waits before it goes on.
const AGAIN: Duration = Duration::from_secs(30);

/// A change older than this is brought in behind everything of today.
const LIVE_HOURS: i64 = 24;

/// The kinds that can be swept.
pub const KINDS: [Kind; 4] = [Kind::Order, Kind::Fulfillment, Kind::Customer, Kind::Item];

/// Who owns the documents that a sweep of `kind` finds: each of the stores, or NetSuite. `store` asks
/// for one store.
///
/// # Errors
///
/// [`NotSwept`] for a kind that is not swept, a store that is not among `stores`, or a store where
/// the documents are NetSuite's.
pub fn owners(kind: Kind, store: Option<&str>, stores: &[String]) -> Result<Vec<String>, NotSwept> {
    match (kind, store) {
        // Customers live on both sides.
        (Kind::Customer, None) => Ok([stores, &[NETSUITE.to_owned()]].concat()),
        (Kind::Customer, Some(NETSUITE)) => Ok(vec![NETSUITE.to_owned()]),
        (Kind::Order, None) => Ok(stores.to_vec()),
        // Its sales orders, whose end may cancel Shopify's orders: only when somebody asks for them.
        (Kind::Order, Some(NETSUITE)) => Ok(vec![NETSUITE.to_owned()]),
        (Kind::Order | Kind::Customer, Some(store))
            if stores.iter().any(|known| known == store) =>
        {
            Ok(vec![store.to_owned()])
        }
        (Kind::Order | Kind::Customer, Some(store)) => Err(NotSwept::NoStore {
            store: store.to_owned(),
            known: stores.join(", "),
        }),
        (Kind::Fulfillment | Kind::Item, None | Some(NETSUITE)) => Ok(vec![NETSUITE.to_owned()]),
        (Kind::Fulfillment | Kind::Item, Some(_)) => Err(NotSwept::Netsuites {
            kind: kind.as_str(),
        }),
        (
            Kind::Product
            | Kind::Return
            | Kind::Receipt
            | Kind::Shop
            | Kind::Privacy
            | Kind::Unreadable,
            _,
        ) => Err(NotSwept::Kind {
            kind: kind.as_str(),
        }),
    }
}

/// Why there is no such sweep.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSwept {
    #[error("documents of kind `{kind}` are not swept yet")]
    Kind { kind: &'static str },
    #[error("`{store}` is no configured store; there are: {known}")]
    NoStore { store: String, known: String },
    #[error("documents of kind `{kind}` live in NetSuite: leave the store out")]
    Netsuites { kind: &'static str },
}

impl NotSwept {
    /// What is wrong about the request: `kind` or `store`.
    #[must_use]
    pub fn field(&self) -> &'static str {
        match self {
            Self::Kind { .. } => "kind",
            Self::NoStore { .. } | Self::Netsuites { .. } => "store",
        }
    }
}

/// A system that is asked. Each is swept by itself, so that one that does not answer delays no other.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    Shops(&'a [Shop<'a>]),
    Netsuite(Ledger<'a>),
}

/// A store as its sweep needs it.
#[derive(Debug, Clone, Copy)]
pub struct Shop<'a> {
    pub name: &'a str,
    pub client: &'a shopify::Client,
    /// The go-live watermark: where the first sweep begins.
    pub since: Option<DateTime<Utc>>,
    pub customers: &'a Customers,
}

/// The NetSuite account as its sweeps need it.
#[derive(Debug, Clone, Copy)]
pub struct Ledger<'a> {
    pub client: &'a netsuite::Client,
    /// Where the first sweep begins: the earliest go-live of the stores.
    pub since: Option<DateTime<Utc>>,
    /// Whether a store takes changes of customers from NetSuite, and new ones.
    pub customers: bool,
    pub new_customers: bool,
    /// Whether the end of a sales order cancels the order of a store.
    pub cancels: bool,
    /// Those whose stock shops show; where there are none, stock is not swept.
    pub locations: &'a [String],
}

/// One kind of document of one owner, swept every so often.
struct Lane<'a> {
    kind: Kind,
    owner: &'a str,
    every: Duration,
    since: Option<DateTime<Utc>>,
    /// Whether it is swept by itself, or only when somebody asks for it.
    regular: bool,
}

impl Source<'_> {
    fn lanes(&self, settings: &Sweeps) -> Vec<Lane<'_>> {
        match self {
            Self::Shops(shops) => shops
                .iter()
                .flat_map(|shop| {
                    let lane = |kind, every, regular| Lane {
                        kind,
                        owner: shop.name,
                        every,
                        since: shop.since,
                        regular,
                    };
                    let customers = shop.customers.to_netsuite();
                    [
                        lane(Kind::Order, settings.order, true),
                        lane(Kind::Customer, settings.customer, customers),
                    ]
                })
                .collect(),
            Self::Netsuite(ledger) => {
                let lane = |kind, every, regular| Lane {
                    kind,
                    owner: NETSUITE,
                    every,
                    since: ledger.since,
                    regular,
                };
                let shown = !ledger.locations.is_empty();
                vec![
                    lane(Kind::Fulfillment, settings.fulfillment, true),
                    lane(Kind::Customer, settings.customer, ledger.customers),
                    Lane {
                        since: Some(sales_orders::FROM_NOW),
                        ..lane(Kind::Order, settings.order, ledger.cancels)
                    },
                    // What changed before the first sweep, the full compare finds.
                    Lane {
                        since: None,
                        ..lane(Kind::Item, settings.item, shown)
                    },
                ]
            }
        }
    }

    /// Begins what is due.
    async fn begin(&self, pool: &PgPool, settings: &Sweeps) -> sqlx::Result<()> {
        for lane in self.lanes(settings).into_iter().filter(|lane| lane.regular) {
            row::begin_due(pool, settings.overlap, &lane).await?;
            if lane.kind == Kind::Item {
                row::begin_full(pool, settings.item_full).await?;
            }
        }
        Ok(())
    }

    /// Does the next page of `row`; `None` when this source has no such documents.
    async fn page(
        &self,
        pool: &PgPool,
        settings: &Sweeps,
        row: &Row,
        journal: &Journal,
    ) -> Option<Result<Page, Error>> {
        match (self, row.kind.as_str()) {
            (Self::Shops(shops), "order") => {
                let shop = shops.iter().find(|shop| shop.name == row.store)?;
                Some(orders::sweep(pool, shop, row, journal).await)
            }
            (Self::Shops(shops), "customer") => {
                let shop = shops.iter().find(|shop| shop.name == row.store)?;
                Some(customers::of_shop(pool, shop, row, journal).await)
            }
            (Self::Netsuite(ledger), "customer") => {
                Some(customers::of_netsuite(pool, ledger, row, journal).await)
            }
            (Self::Netsuite(ledger), "fulfillment") => {
                Some(fulfillments::sweep(pool, settings, ledger.client, row, journal).await)
            }
            (Self::Netsuite(ledger), "order") => {
                Some(sales_orders::sweep(pool, ledger.client, row, journal).await)
            }
            (Self::Netsuite(ledger), "item") => {
                Some(items::sweep(pool, ledger, row, journal).await)
            }
            (Self::Shops(_) | Self::Netsuite(_), _) => None,
        }
    }
}

/// What a page gave.
#[derive(Debug)]
struct Page {
    seen: i64,
    marked: i64,
    /// Where the next page begins; absent on the last.
    next: Option<String>,
    /// The newest change on it by the other system's own clock, where it does not name its time zone.
    clock: Option<NaiveDateTime>,
}

/// What one step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A page was read and marked.
    Page,
    /// A page could not be read; the sweep goes on later.
    Failed,
    /// No sweep is due.
    Idle,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Remote(#[from] remote::Error),
    #[error("the events could not be stored")]
    Store(#[from] NotRecorded),
    #[error("the database does not answer")]
    Database(#[from] sqlx::Error),
}

/// Sweeps until `stop`. Only the holder of the lease runs it: its calls are part of the systems' budgets.
pub async fn run(pool: &PgPool, settings: &Sweeps, source: Source<'_>, stop: &CancellationToken) {
    let lanes = source.lanes(settings);
    let shortest = lanes
        .iter()
        .filter(|lane| lane.regular)
        .map(|lane| lane.every)
        .min()
        .unwrap_or(LOOK);
    while !stop.is_cancelled() {
        let pause = match step(pool, settings, source, stop).await {
            Ok(Step::Page) => Duration::ZERO,
            Ok(Step::Failed | Step::Idle) => LOOK.min(shortest),
            Err(error) => {
                warn!(%error, "no sweep can run: the database does not answer");
                LOOK
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Begins the sweeps of `source` that are due, and carries one of them a page further. Regular ones
/// come before backfills; among these the one that has waited longest.
///
/// # Errors
///
/// When the database does not answer. What the other system refuses is written on the sweep's row.
pub async fn step(
    pool: &PgPool,
    settings: &Sweeps,
    source: Source<'_>,
    stop: &CancellationToken,
) -> sqlx::Result<Step> {
    source.begin(pool, settings).await?;
    let lanes = source.lanes(settings);
    let Some(row) = row::next(pool, &lanes, AGAIN).await? else {
        return Ok(Step::Idle);
    };
    let journal = Journal::of_reads(Urgency::Backfill, stop.clone());
    let Some(page) = source.page(pool, settings, &row, &journal).await else {
        return Ok(Step::Idle);
    };
    match page {
        Ok(page) => {
            let finished = page.next.is_none();
            row::moved(pool, &row, &page).await?;
            if finished {
                tell_end(&row, &page);
            }
            Ok(Step::Page)
        }
        Err(Error::Database(error)) => Err(error),
        // Our process stops, or lost the lease: the sweep goes on elsewhere.
        Err(_) if stop.is_cancelled() => Ok(Step::Idle),
        Err(error) => {
            warn!(owner = row.store, kind = row.kind, sweep = row.id, %error, "a sweep could not read its next page");
            // A cursor that the system does not take any more: the window is read from its beginning.
            let again =
                matches!(&error, Error::Remote(error) if error.meaning() == Some(Meaning::Invalid));
            row::failed(pool, row.id, &error.to_string(), again).await?;
            Ok(Step::Failed)
        }
    }
}

fn tell_end(row: &Row, page: &Page) {
    let (seen, marked) = (row.seen + page.seen, row.marked + page.marked);
    let (kind, owner) = (&row.kind, &row.store);
    info!(
        kind,
        owner,
        sweep = row.id,
        seen,
        marked,
        backfill = row.backfill,
        "{owner}: swept {seen} documents of kind {kind}, {marked} of them were due"
    );
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
