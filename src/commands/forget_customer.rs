//! `waybill forget-customer`: erases what is held about a person, and says how much it was.

use std::fmt;

use serde::Serialize;
use waybill::action::{Action, Actor};
use waybill::cli::Exit;
use waybill::config::Config;
use waybill::privacy::erase::{self, Erased};
use waybill::privacy::{Person, answers, traces};

use super::{Failure, pool, print, privacy};

#[derive(Serialize)]
#[serde(transparent)]
struct Forgotten(Erased);

pub(super) async fn run(config: Config, who: &str, json: bool) -> Result<Exit, Failure> {
    let pool = pool()?;
    let person = privacy::known(&config, &pool, who).await?;
    let found = traces::find(&pool, &person)
        .await
        .map_err(Failure::failed)?;
    let erased = erase::person(&pool, &person, None)
        .await
        .map_err(Failure::failed)?;
    let named = Person {
        customers: found.customers,
        ..person
    };
    let actor = Actor::command_line();
    let noted = answers::note(&pool, &actor, Action::ForgetCustomer, &named).await;
    noted.map_err(Failure::failed)?;
    print(json, &Forgotten(erased))?;
    Ok(Exit::Done)
}

impl fmt::Display for Forgotten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Erased {
            bodies,
            attempts,
            documents,
            links,
        } = &self.0;
        writeln!(
            f,
            "erased here: the bytes of {bodies} events, {attempts} attempts, what {documents} documents said, {links} links"
        )?;
        write!(
            f,
            "Shopify and NetSuite keep their own records: erase or anonymise them there"
        )
    }
}
