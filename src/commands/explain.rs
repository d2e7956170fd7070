//! `waybill explain`: where a document stands, and why.

use std::path::Path;

use tokio_util::sync::CancellationToken;
use waybill::cli::Exit;
use waybill::event::{Document, Kind};
use waybill::explain;
use waybill::flows::Context;
use waybill::journal::{Journal, Urgency};

use super::{Failure, configured, pool, print};

pub(super) async fn run(path: Option<&Path>, what: &str, json: bool) -> Result<Exit, Failure> {
    let document = match what.parse::<Document>() {
        Ok(document) => document,
        Err(error) if what.contains('/') => return Err(Failure::unusable(error)),
        Err(_) => named(path, what).await?,
    };
    let explained = explain::document(&pool()?, &document)
        .await
        .map_err(Failure::failed)?;
    let Some(explained) = explained else {
        return Err(Failure::failed(anyhow::anyhow!(
            "no event has ever named {document}: `waybill replay {document}` shows what bringing it in would write"
        )));
    };
    let found = explained.problem.is_some();
    print(json, &explained)?;
    Ok(if found { Exit::Found } else { Exit::Done })
}

/// The order that people call by this name: its shop knows, we do not keep names.
async fn named(path: Option<&Path>, name: &str) -> Result<Document, Failure> {
    let context = Context::new(configured(path)?, pool()?).map_err(Failure::unusable)?;
    let journal = Journal::of_reads(Urgency::Live, CancellationToken::new());
    let mut found = Vec::new();
    for (store, shop) in &context.shops {
        let orders = shop.client.orders_named(&journal, name).await;
        let orders = orders.map_err(Failure::failed)?;
        found.extend(
            orders
                .iter()
                .map(|order| Document::new(Kind::Order, store, order.id)),
        );
    }
    match &found[..] {
        [only] => Ok(only.clone()),
        [] => Err(Failure::failed(anyhow::anyhow!(
            "no store has an order named {name}"
        ))),
        many => {
            let names: Vec<_> = many.iter().map(ToString::to_string).collect();
            Err(Failure::unusable(anyhow::anyhow!(
                "several orders are named {name}: explain one of {}",
                names.join(", ")
            )))
        }
    }
}
