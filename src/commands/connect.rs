//! `waybill connect`: the webhook subscriptions of every store, made or mended.

use waybill::cli::{self, Exit};
use waybill::config::{Config, Store};
use waybill::connect::{self, OfStore};
use waybill::journal::Journal;
use waybill::shopify::Client;

use super::{Failure, print};

pub(super) async fn run(
    config: &Config,
    asked: &cli::Connect,
    json: bool,
) -> Result<Exit, Failure> {
    let address = connect::address(config).map_err(Failure::unusable)?;
    let mut stores = Vec::new();
    for store in chosen(config, asked.store.as_deref())? {
        let client = Client::new(store, &config.timing).map_err(Failure::unusable)?;
        let journal = Journal::of_set_up();
        stores.push(if asked.dry_run {
            match connect::look(&client, store, &address, &journal).await {
                Ok(comparison) => OfStore::found(&store.name, &comparison),
                Err(error) => OfStore::failed(&store.name, connect::told(&error)),
            }
        } else {
            connect::mend(&client, store, &address, &journal).await
        });
    }
    let report = connect::report(&address, stores);
    print(json, &report)?;
    Ok(match (report.has_failed(), report.has_problems()) {
        (true, _) => Exit::Failed,
        (false, true) => Exit::Found,
        (false, false) => Exit::Done,
    })
}

/// The store of this name, or all.
fn chosen<'a>(config: &'a Config, name: Option<&str>) -> Result<Vec<&'a Store>, Failure> {
    let Some(name) = name else {
        return Ok(config.stores.iter().collect());
    };
    match config.stores.iter().find(|store| store.name == name) {
        Some(store) => Ok(vec![store]),
        None => Err(Failure::unusable(anyhow::anyhow!(
            "no store is called `{name}`"
        ))),
    }
}
