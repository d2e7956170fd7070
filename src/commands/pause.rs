//! `waybill pause` and `waybill resume`: stop and restart a kind of document or a store.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::Serialize;
use waybill::action::Actor;
use waybill::cli::{Exit, Lane};
use waybill::config::Config;
use waybill::event::NETSUITE;
use waybill::operator::pauses;
use waybill::outbox::pause::{Pause, Scope};

use super::{Failure, pool, print};

#[derive(Serialize)]
struct Paused {
    paused: Vec<Pause>,
}

#[derive(Serialize)]
struct Resumed {
    resumed: Vec<Pause>,
}

pub(super) async fn pause(
    config: &Config,
    what: &Lane,
    reason: &str,
    until: Option<DateTime<Utc>>,
    json: bool,
) -> Result<Exit, Failure> {
    let scope = scope(config, what)?;
    let started = pauses::start(&pool()?, &Actor::command_line(), scope, reason, until).await;
    let Some(pause) = started.map_err(Failure::failed)? else {
        return Err(Failure::unusable(anyhow::anyhow!(
            "--until has passed already"
        )));
    };
    print(
        json,
        &Paused {
            paused: vec![pause],
        },
    )?;
    Ok(Exit::Done)
}

pub(super) async fn resume(config: &Config, what: &Lane, json: bool) -> Result<Exit, Failure> {
    let scope = scope(config, what)?;
    let resumed = pauses::lift(&pool()?, &Actor::command_line(), &scope)
        .await
        .map_err(Failure::failed)?;
    print(json, &Resumed { resumed })?;
    Ok(Exit::Done)
}

fn scope<'a>(config: &Config, what: &'a Lane) -> Result<Scope<'a>, Failure> {
    match what {
        Lane::Kind(kind) => Ok(Scope {
            kind: Some(*kind),
            owner: None,
        }),
        Lane::Owner(owner)
            if owner == NETSUITE || config.stores.iter().any(|store| store.name == *owner) =>
        {
            Ok(Scope {
                kind: None,
                owner: Some(owner),
            })
        }
        Lane::Owner(owner) => Err(Failure::unusable(anyhow::anyhow!(
            "`{owner}` is neither a kind of document nor a configured store"
        ))),
    }
}

impl fmt::Display for Paused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for pause in &self.paused {
            let what = [&pause.kind, &pause.owner]
                .into_iter()
                .flatten()
                .cloned()
                .collect::<Vec<_>>()
                .join("/");
            match pause.until {
                Some(until) => writeln!(f, "paused {what} until {until} (pause {})", pause.id)?,
                None => writeln!(
                    f,
                    "paused {what} until `waybill resume {what}` (pause {})",
                    pause.id
                )?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Resumed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.resumed.len() {
            0 => writeln!(f, "nothing was paused"),
            count => writeln!(f, "{count} pauses lifted"),
        }
    }
}
