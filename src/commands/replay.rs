//! `waybill replay`: what would be written, and its hash; with the hash, exactly that is.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use waybill::action::Actor;
use waybill::cli::{self, Exit};
use waybill::config::Config;
use waybill::event::{Document, NETSUITE};
use waybill::flows::Context;
use waybill::outbox::list::{Row, State};
use waybill::replay::{self, NotSelected, Replay, Selection};

use super::{Failure, pool, print};

/// How long it waits for the process that dispatches.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Serialize)]
struct Outcome {
    plan_hash: String,
    documents: Vec<Row>,
}

pub(super) async fn run(config: Config, asked: &cli::Replay, json: bool) -> Result<Exit, Failure> {
    let pool = pool()?;
    let context = Context::new(config, pool.clone()).map_err(Failure::unusable)?;
    let (documents, remaining) = select(&context, asked).await?;
    let replay = replay::preview(&context, documents, remaining).await;
    let Some(approved) = &asked.apply else {
        print(json, &replay)?;
        return Ok(if is_whole(&replay) {
            Exit::Done
        } else {
            Exit::Found
        });
    };
    if *approved != replay.plan_hash {
        return Err(Failure::failed(anyhow::anyhow!(
            "nothing was written: the plan has moved and is now {}; look at it without --apply",
            replay.plan_hash
        )));
    }
    let applied = replay::apply(&pool, &replay, &Actor::command_line()).await;
    let applied = applied.map_err(Failure::failed)?;
    let followed = replay::follow(&pool, &applied, PATIENCE).await;
    let documents = followed.map_err(Failure::failed)?;
    let settled = documents
        .iter()
        .all(|row| matches!(row.state, State::Settled | State::Skipped));
    let plan_hash = replay.plan_hash.clone();
    print(
        json,
        &Outcome {
            plan_hash,
            documents,
        },
    )?;
    Ok(if settled && is_whole(&replay) {
        Exit::Done
    } else {
        Exit::Found
    })
}

/// The documents that were asked for, and how many more have their problem.
async fn select(context: &Context, asked: &cli::Replay) -> Result<(Vec<Document>, usize), Failure> {
    let selection = match &asked.problem {
        Some(problem) => Selection::Problem(problem.clone()),
        None => Selection::Documents(asked.documents.clone()),
    };
    let owners = context.shops.keys().cloned();
    let owners: Vec<String> = owners.chain([NETSUITE.to_owned()]).collect();
    let selected = replay::select(&context.pool, selection, &owners).await;
    selected.map_err(|error| match error {
        NotSelected::Database(_) => Failure::failed(error),
        NotSelected::TooMany(_)
        | NotSelected::Nothing
        | NotSelected::NoOwner(_)
        | NotSelected::NoProblem(_) => Failure::unusable(error),
    })
}

/// Whether each document can be written or settled.
fn is_whole(replay: &Replay) -> bool {
    replay.documents.iter().all(|item| item.plan_hash.is_some())
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in &self.documents {
            let problem = row.problem.as_ref().and_then(|problem| problem.get("what"));
            let why = problem.and_then(serde_json::Value::as_str);
            let why = why.or(row.reason.as_deref()).unwrap_or_default();
            match (row.state, why) {
                (State::Due, _) => writeln!(
                    f,
                    "{}  approved, and waits for the process that dispatches",
                    row.document
                )?,
                (state, "") => writeln!(f, "{}  {}", row.document, state.as_str())?,
                (state, why) => writeln!(f, "{}  {}: {why}", row.document, state.as_str())?,
            }
        }
        Ok(())
    }
}
