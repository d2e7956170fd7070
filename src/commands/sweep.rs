//! `waybill sweep`: asks for a sweep, and follows it until the dispatching process has finished it.

use std::fmt;

use serde::Serialize;
use waybill::cli::{self, Exit};
use waybill::config::Config;
use waybill::sweep::{self, KINDS, Progress};

use super::{Failure, pool, print};

#[derive(Serialize)]
struct Swept {
    sweeps: Vec<Progress>,
}

pub(super) async fn run(config: &Config, asked: &cli::Sweep, json: bool) -> Result<Exit, Failure> {
    if !KINDS.contains(&asked.kind.kind()) {
        let kind = asked.kind.kind().as_str();
        return Err(Failure::unusable(anyhow::anyhow!(
            "this version sweeps orders only, not `{kind}`"
        )));
    }
    let stores: Vec<&str> = config
        .stores
        .iter()
        .map(|store| store.name.as_str())
        .collect();
    let wanted: Vec<&str> = match asked.store.as_deref() {
        None => stores,
        Some(store) if stores.contains(&store) => vec![store],
        Some(store) => {
            let known = stores.join(", ");
            return Err(Failure::unusable(anyhow::anyhow!(
                "`{store}` is no configured store; there are: {known}"
            )));
        }
    };
    let pool = pool()?;
    let mut ids = Vec::new();
    for store in wanted {
        ids.push(
            sweep::request(&pool, &config.sweeps, store, asked.since)
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
                "{}: {} orders seen, {} marked as due",
                sweep.store, sweep.seen, sweep.marked
            )?;
        }
        Ok(())
    }
}
