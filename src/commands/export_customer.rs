//! `waybill export-customer`: everything held about a person, as JSON: the answer to a data request.

use std::fmt;

use serde::Serialize;
use waybill::action::{Action, Actor};
use waybill::cli::Exit;
use waybill::config::Config;
use waybill::privacy::export::{self, Export};
use waybill::privacy::{Person, answers, traces};

use super::{Failure, pool, print, privacy};

/// JSON in both forms: it is to be sent on, not read here.
#[derive(Serialize)]
#[serde(transparent)]
struct Answer(Export);

pub(super) async fn run(config: Config, who: &str, json: bool) -> Result<Exit, Failure> {
    let pool = pool()?;
    let person = privacy::known(&config, &pool, who).await?;
    let exported = export::person(&pool, &person)
        .await
        .map_err(Failure::failed)?;
    let found = traces::find(&pool, &person)
        .await
        .map_err(Failure::failed)?;
    print(json, &Answer(exported))?;
    let named = Person {
        customers: found.customers,
        ..person
    };
    let actor = Actor::command_line();
    let noted = answers::note(&pool, &actor, Action::ExportCustomer, &named).await;
    noted.map_err(Failure::failed)?;
    Ok(Exit::Done)
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string_pretty(&self.0).map_err(|_| fmt::Error)?;
        f.write_str(&text)
    }
}
