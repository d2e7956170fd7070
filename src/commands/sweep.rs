//! `waybill sweep`: asks for a sweep, and follows it until the dispatching process has finished it.

use std::fmt;

use serde::Serialize;
use waybill::cli::{self, Exit};
use waybill::config::Config;
use waybill::sweep::{self, Progress};

use super::{Failure, pool, print};

#[derive(Serialize)]
struct Swept {
    sweeps: Vec<Progress>,
}

pub(super) async fn run(config: &Config, asked: &cli::Sweep, json: bool) -> Result<Exit, Failure> {
    let kind = asked.kind.kind();
    let stores: Vec<String> = config
        .stores
        .iter()
        .map(|store| store.name.clone())
        .collect();
    let owners = sweep::owners(kind, asked.store.as_deref(), &stores).map_err(Failure::unusable)?;
    let pool = pool()?;
    let mut ids = Vec::new();
    for owner in owners {
        ids.push(
            sweep::request(&pool, &config.sweeps, kind, &owner, asked.since)
                .await
                .map_err(Failure::unusable)?,
        );
    }
    let sweeps = sweep::tell(&pool, &ids).await.map_err(Failure::failed)?;
    print(json, &Swept { sweeps })?;
    Ok(Exit::Done)
}

impl fmt::Display for Swept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for sweep in &self.sweeps {
            writeln!(
                f,
                "{}: {} seen of kind {}, {} marked as due",
                sweep.store, sweep.seen, sweep.kind, sweep.marked
            )?;
        }
        Ok(())
    }
}
