//! The dispatcher: claim → pass → end, in the one process that holds the lease.
//!
//! Promises: nothing is claimed without the lease; calls are dropped before the lease ends by our
//! own clock; a document that a pass of ours is working on is not claimed again; a pass that
//! panics or dies leaves its claim open, which the next claim sees.

mod breaker;
mod keeper;
mod pass;
mod retry;
mod running;
mod stock;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use uuid::Uuid;

use crate::config::store::CancelInShopify;
use crate::event::{Kind, NETSUITE, Priority};
use crate::flows::{Context, Shop, inventory};
use crate::outbox::claim::{self, Claim, Lane};
use crate::outbox::writer::Writer;
use crate::outbox::{Lease, pause};
use crate::sweep;

use breaker::Breaker;
use running::Running;

/// How many passes run for each NetSuite permit: most of them wait for a permit or read Shopify.
const PASSES_PER_PERMIT: usize = 8;

/// How many settled documents one bulk look takes.
const VERIFY_BATCH: i64 = 100;

/// Claims due documents and runs their passes.
pub struct Dispatcher {
    context: Arc<Context>,
    breaker: Arc<Breaker>,
    /// Woken by the writer of this process after each commit.
    wake: Arc<Notify>,
    holder: Uuid,
    lanes: Vec<Lane>,
    /// Those of stock, of which a pass takes many documents.
    stock_lanes: Vec<Lane>,
}

impl Dispatcher {
    #[must_use]
    pub fn new(context: Arc<Context>, writer: &Writer) -> Self {
        let owners: Vec<String> = context
            .shops
            .keys()
            .cloned()
            .chain([NETSUITE.to_owned()])
            .collect();
        let (stock_lanes, lanes) = lanes(&owners)
            .into_iter()
            .partition(|lane| lane.kind == Kind::Item);
        let breaker = Arc::new(Breaker::default());
        let wake = writer.committed();
        Self {
            context,
            breaker,
            wake,
            holder: Uuid::new_v4(),
            lanes,
            stock_lanes,
        }
    }

    /// Runs until `stop`: takes the lease when it is free, works while it is held, gives it back.
    pub async fn run(self, stop: CancellationToken) {
        let timing = &self.context.config.timing;
        while !stop.is_cancelled() {
            match Lease::take(&self.context.pool, self.holder, timing.lease).await {
                Ok(Some(lease)) => self.hold(lease, &stop).await,
                Ok(None) => sleep_or(&stop, timing.lease / 10).await,
                Err(error) => {
                    warn!(%error, "the lease cannot be asked for: the database does not answer");
                    sleep_or(&stop, timing.lease / 10).await;
                }
            }
        }
    }

    /// Works through one epoch.
    async fn hold(&self, lease: Lease, stop: &CancellationToken) {
        info!(
            epoch = lease.epoch,
            "dispatching: this process holds the lease"
        );
        let lost = CancellationToken::new();
        let released = CancellationToken::new();
        let mut keeper = JoinSet::new();
        keeper.spawn(keeper::keep(
            self.context.pool.clone(),
            lease.clone(),
            lost.clone(),
            released.clone(),
        ));
        let sweeping = lost.child_token();
        let mut sweeps = JoinSet::new();
        sweeps.spawn(sweep(Arc::clone(&self.context), sweeping.clone()));
        let mut running = Running::default();
        while !stop.is_cancelled() && !lost.is_cancelled() {
            let claimed = self.claim(&lease, &mut running, &lost).await;
            self.wait(claimed, &mut running, stop, &lost).await;
        }
        sweeping.cancel();
        self.drain(&mut running, &lost).await;
        finished(&mut sweeps).await;
        released.cancel();
        while keeper.join_next().await.is_some() {}
        if let Err(error) = lease.release(&self.context.pool).await {
            warn!(%error, "the lease could not be given back; it ends by itself");
        }
        info!(epoch = lease.epoch, "no longer dispatching");
    }

    /// Waits for news: a commit of ours, the end of a pass, or the next look.
    async fn wait(
        &self,
        claimed: usize,
        running: &mut Running,
        stop: &CancellationToken,
        lost: &CancellationToken,
    ) {
        // Straight on while there is work; the longest pause only when nothing runs.
        let pause = if claimed > 0 {
            Duration::ZERO
        } else {
            self.context.config.timing.poll
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = lost.cancelled() => {}
            () = self.wake.notified() => {}
            Some(ended) = running.tasks.join_next_with_id(), if !running.tasks.is_empty() => running.forget(&ended),
            () = tokio::time::sleep(pause) => {}
        }
        while let Some(ended) = running.tasks.try_join_next_with_id() {
            running.forget(&ended);
        }
    }

    /// Claims what there is room for and starts its passes. Gives how many were claimed.
    async fn claim(&self, lease: &Lease, running: &mut Running, lost: &CancellationToken) -> usize {
        match self.try_claim(lease, running, lost).await {
            Ok(claimed) => claimed,
            Err(error) => {
                warn!(%error, "nothing can be claimed: the database does not answer");
                0
            }
        }
    }

    async fn try_claim(
        &self,
        lease: &Lease,
        running: &mut Running,
        lost: &CancellationToken,
    ) -> sqlx::Result<usize> {
        let pool = &self.context.pool;
        if let Some(claim) = running.next_alone() {
            self.start(vec![claim], running, lost);
        }
        if !running.alone.is_empty() {
            return Ok(0);
        }
        let limit = self.context.config.netsuite.concurrency * PASSES_PER_PERMIT;
        let room = limit.saturating_sub(running.documents.len());
        let mut claimed = 0;
        if room > 0 {
            let lanes = self.open_lanes(running.backfills() * 2 >= limit);
            let room = i64::try_from(room).unwrap_or(i64::MAX);
            let claims = claim::due(pool, lease, &lanes, &running.names(), room).await?;
            claimed = claims.len();
            for claim in running.set_apart(claims) {
                self.start(vec![claim], running, lost);
            }
        }
        claimed += self.claim_stock(lease, running, lost).await?;
        if running
            .looked
            .is_none_or(|looked| looked.elapsed() >= self.context.config.timing.poll)
        {
            running.looked = Some(Instant::now());
            pause::lift_expired(pool).await?;
            claimed += self.claim_to_verify(lease, running, lost).await?;
        }
        Ok(claimed)
    }

    /// Claims the stock that is due, as much as one pass takes.
    async fn claim_stock(
        &self,
        lease: &Lease,
        running: &mut Running,
        lost: &CancellationToken,
    ) -> sqlx::Result<usize> {
        if running.stock.is_some() || !running.alone.is_empty() {
            return Ok(0);
        }
        let most = i64::try_from(inventory::MOST).unwrap_or(i64::MAX);
        let (pool, lanes) = (&self.context.pool, &self.stock_lanes);
        let claims = claim::together(pool, lease, lanes, &running.names(), most).await?;
        let claimed = claims.len();
        let claims = running.set_apart(claims);
        if !claims.is_empty() {
            self.start_stock(claims, running, lost);
        }
        Ok(claimed)
    }

    fn start_stock(&self, claims: Vec<Claim>, running: &mut Running, lost: &CancellationToken) {
        let backfill = |claim: &Claim| claim.priority == Priority::Backfill.as_i16();
        let backfill = claims.iter().all(backfill);
        let names = claims.iter().map(|claim| claim.document.to_string());
        let names = names.collect();
        let (context, breaker) = (Arc::clone(&self.context), Arc::clone(&self.breaker));
        let task = stock::run(context, breaker, claims, lost.clone());
        let handle = running.tasks.spawn(task);
        running.documents.insert(handle.id(), (names, backfill));
        running.stock = Some(handle.id());
    }

    async fn claim_to_verify(
        &self,
        lease: &Lease,
        running: &mut Running,
        lost: &CancellationToken,
    ) -> sqlx::Result<usize> {
        let mut claimed = 0;
        for store in self.context.shops.keys() {
            let claims = claim::to_verify(
                &self.context.pool,
                lease,
                Kind::Order,
                store,
                &running.names(),
                VERIFY_BATCH,
                self.context.config.timing.read_back_after,
            )
            .await?;
            claimed += claims.len();
            if !claims.is_empty() {
                let names = claims
                    .iter()
                    .map(|claim| claim.document.to_string())
                    .collect();
                let task = pass::verify(Arc::clone(&self.context), claims, lost.clone());
                let handle = running.tasks.spawn(task);
                running.documents.insert(handle.id(), (names, false));
            }
        }
        Ok(claimed)
    }

    fn start(&self, claims: Vec<Claim>, running: &mut Running, lost: &CancellationToken) {
        for claim in claims {
            if claim.document.kind == Kind::Item {
                self.start_stock(vec![claim], running, lost);
                continue;
            }
            let name = claim.document.to_string();
            let backfill = claim.priority == Priority::Backfill.as_i16();
            let task = pass::run(
                Arc::clone(&self.context),
                Arc::clone(&self.breaker),
                claim,
                lost.clone(),
            );
            let handle = running.tasks.spawn(task);
            running
                .documents
                .insert(handle.id(), (vec![name], backfill));
        }
    }

    /// Half of the room is kept from backfills, so that an order of today never waits for them.
    fn open_lanes(&self, backfill_is_full: bool) -> Vec<Lane> {
        let open = |lane: &&Lane| !backfill_is_full || lane.priority != Priority::Backfill;
        self.lanes.iter().filter(open).cloned().collect()
    }

    /// Finishes what is in flight, at most for the drain's length; then drops the calls.
    async fn drain(&self, running: &mut Running, lost: &CancellationToken) {
        let until = Instant::now() + self.context.config.timing.drain;
        if lost.is_cancelled()
            || timeout_at(until, finished(&mut running.tasks))
                .await
                .is_err()
        {
            lost.cancel();
            finished(&mut running.tasks).await;
        }
    }
}

async fn finished(tasks: &mut JoinSet<()>) {
    while tasks.join_next().await.is_some() {}
}

/// Sweeps both systems, side by side, as long as this process holds the lease.
async fn sweep(context: Arc<Context>, stop: CancellationToken) {
    let shops: Vec<sweep::Shop<'_>> = context
        .shops
        .values()
        .map(|shop| sweep::Shop {
            name: &shop.store.name,
            client: &shop.client,
            since: shop.store.orders.since,
            customers: &shop.store.customers,
        })
        .collect();
    let takes = || shops.iter().filter(|shop| shop.customers.to_shopify());
    let shown = context.shops.values();
    let shown = shown.filter(|shop| shop.store.inventory.publish);
    let locations: Vec<String> = shown
        .flat_map(|shop| shop.store.locations.values().flatten().cloned())
        .collect();
    let cancels = |shop: &Shop| shop.store.orders.cancel_in_shopify != CancelInShopify::Off;
    let ledger = sweep::Ledger {
        cancels: context.shops.values().any(cancels),
        locations: &locations,
        client: &context.netsuite,
        since: shops.iter().filter_map(|shop| shop.since).min(),
        customers: takes().next().is_some(),
        new_customers: takes().any(|shop| shop.customers.create_in_shopify),
    };
    let (pool, settings) = (&context.pool, &context.config.sweeps);
    tokio::join!(
        sweep::run(pool, settings, sweep::Source::Shops(&shops), &stop),
        sweep::run(pool, settings, sweep::Source::Netsuite(ledger), &stop),
    );
}

/// Each kind of each owner, at its own priority and at the two that any kind can have.
fn lanes(owners: &[String]) -> Vec<Lane> {
    let mut lanes = Vec::new();
    for owner in owners {
        for kind in Kind::ALL {
            for priority in [Priority::MoneyBack, Priority::of(kind), Priority::Backfill] {
                lanes.push(Lane {
                    kind,
                    owner: owner.clone(),
                    priority,
                });
            }
        }
    }
    lanes
}

async fn sleep_or(stop: &CancellationToken, length: Duration) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(length) => {}
    }
}
