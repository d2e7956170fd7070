//! `waybill serve`: the service, until SIGTERM or Ctrl-C.

use std::path::Path;

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::info;
use waybill::app::{self, App};
use waybill::cli::Exit;
use waybill::config::{self, Config};
use waybill::postgres::{Durability, Postgres};
use waybill::telemetry;

use super::{Failure, no_database};

/// Where the private server lives, and its database's name.
const PRIVATE: &str = ".waybill";
const NAME: &str = "waybill";

pub(super) async fn run(config: &Config, private_postgres: bool) -> Result<Exit, Failure> {
    let mut private = None;
    let url = match config::database_url() {
        Some(url) => url.expose().to_owned(),
        None if private_postgres => {
            let server =
                Postgres::start(Path::new(PRIVATE), Durability::Full).map_err(Failure::failed)?;
            server
                .ensure_database(NAME)
                .await
                .map_err(Failure::failed)?;
            let url = server.url(NAME);
            private = Some(server);
            url
        }
        None => return Err(no_database()),
    };
    let stop = stop_on_signal()
        .context("signals cannot be waited for")
        .map_err(Failure::failed)?;
    let app = App::start(config.clone(), &url, telemetry::metrics())
        .await
        .map_err(classify)?;
    let (public, operator) = app.addresses().map_err(Failure::failed)?;
    info!(%public, %operator, "serving: webhooks on {public}, operators on {operator}");
    app.run(stop).await;
    drop(private);
    Ok(Exit::Done)
}

/// What the configuration is at fault for ends with status 2.
fn classify(error: app::Error) -> Failure {
    match error {
        app::Error::Stamp(_) | app::Error::Secret(_) | app::Error::Context(_) => {
            Failure::unusable(error)
        }
        app::Error::Migrate(_) | app::Error::Database(_) | app::Error::Listen { .. } => {
            Failure::failed(error)
        }
    }
}

/// A token that the first SIGTERM or Ctrl-C cancels.
fn stop_on_signal() -> std::io::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    let cancelled = stop.clone();
    #[expect(
        clippy::disallowed_methods,
        reason = "it waits as long as the process lives"
    )]
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        info!("stopping: nothing more is taken, what is in flight is finished");
        cancelled.cancel();
    });
    Ok(stop)
}
