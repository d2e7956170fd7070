//! One file a command: what it does with the settings, and how it ends.

mod check;
mod connect;
mod explain;
mod export_customer;
mod forget_customer;
mod health;
mod migrate;
mod pause;
mod privacy;
mod replay;
mod serve;
mod sweep;

use std::fmt::Display;
use std::io::Write;
use std::path::Path;

use serde::Serialize;
use sqlx::PgPool;
use waybill::cli::{Cli, Command, Exit};
use waybill::config::{self, Config};
use waybill::database;

/// Connections of a command that is not the service.
const CONNECTIONS: u32 = 2;

/// Why a command did not do what it was asked.
pub(crate) struct Failure {
    exit: Exit,
    error: anyhow::Error,
}

impl Failure {
    /// It was tried and failed: exit status 1.
    pub(crate) fn failed(error: impl Into<anyhow::Error>) -> Self {
        Self {
            exit: Exit::Failed,
            error: error.into(),
        }
    }

    /// The input or the configuration cannot be used: exit status 2.
    pub(crate) fn unusable(error: impl Into<anyhow::Error>) -> Self {
        Self {
            exit: Exit::Unusable,
            error: error.into(),
        }
    }
}

/// Says what went wrong, cause by cause, in one line each.
pub(crate) fn fail(failure: &Failure) -> Exit {
    let mut text = format!("waybill: {}", failure.error);
    for cause in failure.error.chain().skip(1) {
        text.push_str(&format!("\n  because: {cause}"));
    }
    let told = writeln!(std::io::stderr(), "{text}");
    drop(told);
    failure.exit
}

/// Carries out the command.
pub(crate) async fn run(cli: Cli) -> Result<Exit, Failure> {
    let path = cli.config.as_deref();
    match cli.command {
        Command::Serve { private_postgres } => {
            serve::run(&configured(path)?, private_postgres).await
        }
        Command::Migrate => migrate::run().await,
        Command::Check { offline } => check::run(path, offline, cli.json).await,
        Command::Connect(asked) => connect::run(&configured(path)?, &asked, cli.json).await,
        Command::Explain { what } => explain::run(path, &what, cli.json).await,
        Command::Pause {
            what,
            reason,
            until,
        } => pause::pause(&configured(path)?, &what, &reason, until, cli.json).await,
        Command::Resume { what } => pause::resume(&configured(path)?, &what, cli.json).await,
        Command::ExportCustomer { who } => {
            export_customer::run(configured(path)?, &who, cli.json).await
        }
        Command::ForgetCustomer { who } => {
            forget_customer::run(configured(path)?, &who, cli.json).await
        }
        Command::Health => health::run(&configured(path)?).await,
        Command::Sweep(asked) => sweep::run(&configured(path)?, &asked, cli.json).await,
        Command::Replay(asked) => replay::run(configured(path)?, &asked, cli.json).await,
    }
}

fn configured(path: Option<&Path>) -> Result<Config, Failure> {
    config::load(path).map_err(Failure::unusable)
}

/// The database that `DATABASE_URL` names.
fn pool() -> Result<PgPool, Failure> {
    let url = config::database_url().ok_or_else(no_database)?;
    database::connect(url.expose(), CONNECTIONS).map_err(Failure::unusable)
}

fn no_database() -> Failure {
    Failure::unusable(anyhow::anyhow!(
        "DATABASE_URL is not set: name the Postgres to use, or try `waybill serve --private-postgres`"
    ))
}

/// Prints a result: as text, or as one JSON object.
fn print(json: bool, result: &(impl Serialize + Display)) -> Result<(), Failure> {
    let text = if json {
        serde_json::to_string(result).map_err(Failure::failed)?
    } else {
        result.to_string()
    };
    // A reader that went away (`| head`) is no failure.
    match writeln!(std::io::stdout(), "{}", text.trim_end()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::failed(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}
