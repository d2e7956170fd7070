//! Builds the parts, runs them, stops them in the right order.

use std::sync::Arc;
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusHandle;
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::config::{Config, Privacy};
use crate::connect::{self, Sight};
use crate::dispatch::Dispatcher;
use crate::flows::Context;
use crate::inbound::listener::{self, Limits};
use crate::inbound::{self, Door};
use crate::journal::{Journal, Urgency};
use crate::operator::{self, Desk};
use crate::outbox::bodies;
use crate::outbox::writer::{Committer, Writer};
use crate::privacy::retention;
use crate::{database, stamp};

/// The door's own connections: a busy dispatcher never keeps a webhook waiting.
const DOOR_CONNECTIONS: u32 = 4;

/// How long raw bodies are kept, and how often that is looked after.
const BODY_DAYS: u32 = 90;
const BODIES_EVERY: Duration = Duration::from_secs(3600);

/// Why the service does not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the database could not be migrated")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    #[error("the database does not answer")]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Stamp(#[from] stamp::Error),
    #[error("cannot listen on {address} (key `{key}`)")]
    Listen {
        address: std::net::SocketAddr,
        key: &'static str,
        #[source]
        source: std::io::Error,
    },
    #[error(transparent)]
    Secret(#[from] inbound::BadSecret),
    #[error(transparent)]
    Context(#[from] crate::flows::BadContext),
}

/// The service, ready to run: migrated, stamped, listening.
pub struct App {
    context: Arc<Context>,
    public: (TcpListener, axum::Router),
    operator: (TcpListener, axum::Router),
    writer: Writer,
    committer: Committer,
}

impl App {
    /// Migrates the database, refuses one that belongs to another account or store, and opens both
    /// listeners.
    ///
    /// # Errors
    ///
    /// Any [`Error`]; nothing is left running.
    pub async fn start(
        config: Config,
        database_url: &str,
        metrics: PrometheusHandle,
    ) -> Result<Self, Error> {
        let pool = database::connect(database_url, connections(&config))?;
        let door_pool = database::connect_door(database_url, DOOR_CONNECTIONS)?;
        database::migrate(&pool).await?;
        stamp::verify(&pool, &config).await?;
        let public = listen(config.public.listen, "public.listen").await?;
        let operator = listen(config.operator.listen, "operator.listen").await?;
        let (writer, committer) = Writer::new(door_pool.clone());
        let door = Door::new(
            &config.stores,
            &config.netsuite.callback_secrets,
            writer.clone(),
            door_pool,
        )?;
        let context = Arc::new(Context::new(config, pool)?);
        let api = operator::router(desk(&context, &writer, metrics));
        Ok(Self {
            context,
            public: (public, inbound::router(door)),
            operator: (operator, api),
            writer,
            committer,
        })
    }

    /// Where the two listeners are: public, operator.
    ///
    /// # Errors
    ///
    /// When the system does not say.
    pub fn addresses(&self) -> std::io::Result<(std::net::SocketAddr, std::net::SocketAddr)> {
        Ok((self.public.0.local_addr()?, self.operator.0.local_addr()?))
    }

    /// Runs until `stop`; then stops taking, finishes what is in flight and gives the lease back.
    pub async fn run(self, stop: CancellationToken) {
        // Events are stored until the last one who may send some is gone.
        let mut storing = JoinSet::new();
        storing.spawn(self.committer.run());
        let mut working = JoinSet::new();
        let dispatcher = Dispatcher::new(Arc::clone(&self.context), &self.writer);
        working.spawn(dispatcher.run(stop.clone()));
        working.spawn(keep_bodies(
            self.context.pool.clone(),
            self.context.config.privacy.clone(),
            stop.clone(),
        ));
        working.spawn(watch_subscriptions(Arc::clone(&self.context), stop.clone()));
        for (listener, router) in [self.public, self.operator] {
            working.spawn(listener::serve(
                listener,
                router,
                stop.clone(),
                Limits::default(),
            ));
        }
        drop(self.writer);
        while working.join_next().await.is_some() {}
        while storing.join_next().await.is_some() {}
        self.context.pool.close().await;
        info!("stopped");
    }
}

fn desk(context: &Arc<Context>, writer: &Writer, metrics: PrometheusHandle) -> Desk {
    Desk {
        pool: context.pool.clone(),
        settings: Arc::new(context.config.operator.clone()),
        sweeps: Arc::new(context.config.sweeps.clone()),
        stores: context.shops.keys().cloned().collect(),
        context: Some(Arc::clone(context)),
        wake: writer.committed(),
        metrics: Some(metrics),
    }
}

/// Makes the days' partitions of the raw bodies ahead, drops those that are over, and erases what was dealt
/// with long enough ago.
async fn keep_bodies(pool: PgPool, privacy: Privacy, stop: CancellationToken) {
    let (bodies_after, plans_after) = (privacy.erase_bodies_after, privacy.erase_plans_after);
    while !stop.is_cancelled() {
        if let Err(error) = bodies::maintain(&pool, BODY_DAYS).await {
            warn!(%error, "the raw bodies could not be tidied; trying again in an hour");
        }
        if let Err(error) = retention::erase(&pool, bodies_after, plans_after).await {
            warn!(%error, "old bodies and plans could not be erased; trying again in an hour");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(BODIES_EVERY) => {}
        }
    }
}

/// How much sooner a store is looked at again whose subscriptions are wrong: somebody is mending them.
const SOONER: u32 = 15;

/// Looks now and then whether Shopify still has our webhook subscriptions. Without an address there are none.
async fn watch_subscriptions(context: Arc<Context>, stop: CancellationToken) {
    let Ok(address) = connect::address(&context.config) else {
        return;
    };
    let every = context.config.sweeps.subscriptions;
    let journal = Journal::of_reads(Urgency::Backfill, stop.clone());
    while !stop.is_cancelled() {
        let mut pause = every;
        for shop in context.shops.values() {
            let watch = &context.subscriptions;
            let sight = watch.look(&shop.client, &shop.store, &address, &journal);
            if sight.await != Sight::Right {
                pause = every / SOONER;
            }
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Enough connections for every pass that writes its end at once, and a few for people.
fn connections(config: &Config) -> u32 {
    u32::try_from(config.netsuite.concurrency)
        .unwrap_or(u32::MAX)
        .saturating_mul(2)
        .saturating_add(8)
}

async fn listen(address: std::net::SocketAddr, key: &'static str) -> Result<TcpListener, Error> {
    TcpListener::bind(address)
        .await
        .map_err(|source| Error::Listen {
            address,
            key,
            source,
        })
}
