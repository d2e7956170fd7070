//! `GET /api/v1/status`: are we current, and if not, what holds us up.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use sqlx::PgPool;

use super::Desk;
use super::problem_details::Refusal;
use crate::connect::Shown;
use crate::netsuite::governor::Snapshot;
use crate::outbox::lease::{self, Holder};
use crate::outbox::list::{self, Backlog, State as Standing};
use crate::outbox::pause::{self, BREAKER, Pause};
use crate::sweep::{self, Progress};

#[derive(Serialize)]
pub(super) struct Status {
    version: &'static str,
    stores: Vec<String>,
    backlog: Vec<Backlog>,
    /// How long the document that waits longest has been due; absent when none is.
    oldest_due_seconds: Option<f64>,
    lease: Holder,
    /// This process's calls to NetSuite: permits, in use, waiting, refused. All of them are made by
    /// the process that holds the lease.
    governor: Option<Snapshot>,
    /// Documents by state.
    documents: BTreeMap<&'static str, i64>,
    /// Held documents by problem.
    held: BTreeMap<String, i64>,
    /// Pauses that people made.
    pauses: Vec<Pause>,
    /// Pauses that the breaker made.
    breakers: Vec<Pause>,
    /// The newest of each store, regular and backfill.
    sweeps: Vec<Progress>,
    /// Whether Shopify still has our webhook subscriptions, as this process saw it last.
    subscriptions: Vec<Shown>,
}

pub(super) async fn show(State(desk): State<Desk>) -> Result<Json<Status>, Refusal> {
    let backlog = list::backlog(&desk.pool).await?;
    let (documents, held) = counts(&desk.pool).await?;
    let (breakers, pauses) = pause::in_force(&desk.pool)
        .await?
        .into_iter()
        .partition(|pause| pause.by == BREAKER);
    Ok(Json(Status {
        version: env!("CARGO_PKG_VERSION"),
        stores: desk.stores.to_vec(),
        oldest_due_seconds: backlog
            .iter()
            .filter_map(|lane| lane.oldest_due_seconds)
            .reduce(f64::max),
        backlog,
        lease: lease::holder(&desk.pool).await?,
        governor: desk
            .context
            .as_ref()
            .map(|context| context.netsuite.governor()),
        documents,
        held,
        pauses,
        breakers,
        sweeps: sweep::latest(&desk.pool).await?,
        subscriptions: desk
            .context
            .as_ref()
            .map(|context| context.subscriptions.shown(desk.stores.iter()))
            .unwrap_or_default(),
    }))
}

type Counts = (BTreeMap<&'static str, i64>, BTreeMap<String, i64>);

async fn counts(pool: &PgPool) -> sqlx::Result<Counts> {
    let states = [
        Standing::Due,
        Standing::Settled,
        Standing::Skipped,
        Standing::Held,
        Standing::Dead,
    ];
    let mut documents: BTreeMap<_, _> = states.map(|state| (state.as_str(), 0)).into();
    let mut held = BTreeMap::new();
    for count in list::counts(pool).await? {
        *documents.entry(count.state.as_str()).or_default() += count.documents;
        if let Some(code) = count.code {
            *held.entry(code).or_default() += count.documents;
        }
    }
    Ok((documents, held))
}
