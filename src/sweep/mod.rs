//! The sweep: asks a shop what changed since a time, and marks due what we have not yet applied.
//!
//! It stands in for every event that never came. A window overlaps the one before, so that what
//! Shopify's index showed late is seen; an order already seen at its version costs nothing. A page
//! is the unit of work: after a crash the sweep goes on behind the last page.

mod page;
mod progress;
mod row;

use std::time::Duration;

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::config::Sweeps;
use crate::event::Kind;
use crate::journal::{Journal, Urgency};
use crate::outbox::writer::NotRecorded;
use crate::remote::{self, Meaning};
use crate::shopify;

pub use progress::{follow, tell};
use row::Row;
pub use row::{NotRequested, Progress, latest, progress, request};

/// How often it looks for a sweep that is due.
const LOOK: Duration = Duration::from_secs(1);

/// How long a sweep that failed waits before it goes on.
const AGAIN: Duration = Duration::from_secs(30);

/// The kinds that can be swept.
pub const KINDS: [Kind; 1] = [Kind::Order];

/// A store as its sweep needs it.
#[derive(Debug, Clone, Copy)]
pub struct Shop<'a> {
    pub name: &'a str,
    pub client: &'a shopify::Client,
    /// The go-live watermark: where the first sweep begins.
    pub since: Option<chrono::DateTime<chrono::Utc>>,
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

/// Sweeps until `stop`. Only the holder of the lease runs it: its calls are part of the shop's budget.
pub async fn run(pool: &PgPool, settings: &Sweeps, shops: &[Shop<'_>], stop: &CancellationToken) {
    while !stop.is_cancelled() {
        let pause = match step(pool, settings, shops, stop).await {
            Ok(Step::Page) => Duration::ZERO,
            Ok(Step::Failed | Step::Idle) => LOOK.min(settings.order),
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

/// Begins the sweeps that are due, and carries one of them a page further. Regular ones come before
/// backfills; among these the one that has waited longest.
///
/// # Errors
///
/// When the database does not answer. What a shop refuses is written on the sweep's row.
pub async fn step(
    pool: &PgPool,
    settings: &Sweeps,
    shops: &[Shop<'_>],
    stop: &CancellationToken,
) -> sqlx::Result<Step> {
    for shop in shops {
        row::begin_due(pool, settings, shop.name, shop.since).await?;
    }
    let names: Vec<String> = shops.iter().map(|shop| shop.name.to_owned()).collect();
    let Some(row) = row::next(pool, &names, AGAIN).await? else {
        return Ok(Step::Idle);
    };
    let Some(shop) = shops.iter().find(|shop| shop.name == row.store) else {
        return Ok(Step::Idle);
    };
    let journal = Journal::of_reads(Urgency::Backfill, stop.clone());
    match page::sweep(pool, shop, &row, &journal).await {
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
            warn!(store = row.store, sweep = row.id, %error, "a sweep could not read its next page");
            // A cursor that the shop does not take any more: the window is read from its beginning.
            let again =
                matches!(&error, Error::Remote(error) if error.meaning() == Some(Meaning::Invalid));
            row::failed(pool, row.id, &error.to_string(), again).await?;
            Ok(Step::Failed)
        }
    }
}

fn tell_end(row: &Row, page: &page::Page) {
    let (seen, marked) = (row.seen + page.seen, row.marked + page.marked);
    let store = &row.store;
    info!(
        store,
        sweep = row.id,
        seen,
        marked,
        backfill = row.backfill,
        "{store}: swept {seen} orders, {marked} of them were due"
    );
}
