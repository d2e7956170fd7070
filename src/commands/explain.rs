//! `waybill explain`: where a document stands, and why.

use waybill::cli::Exit;
use waybill::event::Document;
use waybill::explain;

use super::{Failure, pool, print};

pub(super) async fn run(what: &str, json: bool) -> Result<Exit, Failure> {
    let document: Document = what.parse().map_err(Failure::unusable)?;
    let explained = explain::document(&pool()?, &document)
        .await
        .map_err(Failure::failed)?;
    let Some(explained) = explained else {
        return Err(Failure::failed(anyhow::anyhow!(
            "no event has ever named {document}: is the id right, and did a webhook or a sweep bring it?"
        )));
    };
    let found = explained.problem.is_some();
    print(json, &explained)?;
    Ok(if found { Exit::Found } else { Exit::Done })
}
