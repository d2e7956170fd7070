//! A pass over the stock of many items: one reading and one writing for all, an end for each.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::breaker::Breaker;
use super::pass::{DEATHS_BEFORE_QUARANTINE, finish, quarantined};
use super::retry;
use crate::event::{Document, Kind, NETSUITE, Priority};
use crate::flows::Context;
use crate::flows::inventory::{self, Ended, Stock};
use crate::journal::{Journal, Urgency};
use crate::outbox::claim::Claim;
use crate::outbox::end::{Ending, Record};

/// Runs the claimed documents, all of one pass, to their ends.
pub(super) async fn run(
    context: Arc<Context>,
    breaker: Arc<Breaker>,
    claims: Vec<Claim>,
    lost: CancellationToken,
) {
    let started = Instant::now();
    let Some(pass) = claims.first().map(|claim| claim.pass) else {
        return;
    };
    let backfill = |claim: &Claim| claim.priority == Priority::Backfill.as_i16();
    let urgency = if claims.iter().all(backfill) {
        Urgency::Backfill
    } else {
        Urgency::Live
    };
    let (dead, alive): (Vec<Claim>, Vec<Claim>) = claims
        .into_iter()
        .partition(|claim| claim.deaths >= DEATHS_BEFORE_QUARANTINE);
    for claim in dead {
        let ending = Ending::Held(quarantined(&claim));
        finish(
            &context,
            &claim,
            &ending,
            &Record::default(),
            started,
            &lost,
        )
        .await;
    }
    let journal = Journal::of_pass(context.pool.clone(), pass, urgency, lost.clone());
    let ended = inventory::run(&context, alive, &journal).await;
    note(&context, &breaker, &ended).await;
    // The calls are the batch's: they stand at its first document.
    let mut calls = journal.calls();
    for ended in ended {
        let mut record = ended.record;
        record.calls = std::mem::take(&mut calls);
        let ending = match ended.result {
            Ok(Stock::Set) => Ending::Applied { verify_after: None },
            Ok(Stock::Left(reason)) => Ending::Skipped { reason },
            // The calls were dropped because we stop: what they did is read by the next pass.
            Err(_) if lost.is_cancelled() => Ending::Abandoned,
            Err(failed) => retry::ending(*failed.error, &ended.claim, &context.config.timing),
        };
        finish(&context, &ended.claim, &ending, &record, started, &lost).await;
    }
}

/// Tells the breaker of each system once, so that a shop that is away stops its own stock only.
async fn note(context: &Context, breaker: &Breaker, ended: &[Ended]) {
    let mut told = BTreeSet::new();
    for ended in ended {
        if let Err(failed) = &ended.result
            && told.insert(failed.owner.clone())
        {
            let document = Document::new(Kind::Item, &failed.owner, &ended.claim.document.id);
            breaker
                .note(&context.pool, &document, Some(&failed.error))
                .await;
        }
    }
    let answered = ended.iter().find(|ended| ended.result.is_ok());
    let owners = context.shops.keys().map(String::as_str).chain([NETSUITE]);
    for owner in owners.filter(|owner| !told.contains(*owner)) {
        if let Some(ended) = answered {
            let document = Document::new(Kind::Item, owner, &ended.claim.document.id);
            breaker.note(&context.pool, &document, None).await;
        }
    }
}
