//! One pass: run the flow, turn its result into an ending, record it, say so in one line.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::breaker::Breaker;
use super::retry;
use crate::event::{Document, Event, Kind, Priority, Source};
use crate::flows::{self, Context, Outcome, Pass};
use crate::journal::{Journal, Urgency};
use crate::outbox::claim::Claim;
use crate::outbox::end::{self, Ended, Ending, Record};
use crate::outbox::writer::store;
use crate::problem::{Code, Problem};

/// A third death, alone, holds the document.
pub(super) const DEATHS_BEFORE_QUARANTINE: i64 = 3;

/// How long recording an end is tried again while the database does not answer.
const RECORD_AGAIN: Duration = Duration::from_millis(200);

/// Runs one claimed document to its end.
pub(super) async fn run(
    context: Arc<Context>,
    breaker: Arc<Breaker>,
    claim: Claim,
    lost: CancellationToken,
) {
    let started = Instant::now();
    let urgency = if claim.priority == Priority::Backfill.as_i16() {
        Urgency::Backfill
    } else {
        Urgency::Live
    };
    let journal = Journal::of_pass(context.pool.clone(), claim.pass, urgency, lost.clone());
    let mut pass = Pass {
        claim,
        journal,
        record: Record::default(),
    };
    let ending = if pass.claim.deaths >= DEATHS_BEFORE_QUARANTINE {
        Ending::Held(quarantined(&pass.claim))
    } else {
        let result = flows::run(&context, &mut pass).await;
        // Calls that were dropped because the lease is lost say nothing about the systems.
        if !lost.is_cancelled() {
            breaker
                .note(&context.pool, &pass.claim.document, result.as_ref().err())
                .await;
        }
        ending(&context, &pass.claim, result, &lost)
    };
    pass.record.calls = pass.journal.calls();
    finish(&context, &pass.claim, &ending, &pass.record, started, &lost).await;
}

/// Looks again at settled documents, and ends each.
pub(super) async fn verify(context: Arc<Context>, claims: Vec<Claim>, lost: CancellationToken) {
    let started = Instant::now();
    let Some(pass) = claims.first().map(|claim| claim.pass) else {
        return;
    };
    let journal = Journal::of_pass(context.pool.clone(), pass, Urgency::Live, lost.clone());
    for (claim, ending) in flows::verify(&context, claims, &journal).await {
        // The calls are the batch's: they stand in its attempt_call once, not at each document.
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
}

fn ending(
    context: &Context,
    claim: &Claim,
    result: Result<Outcome, flows::Error>,
    lost: &CancellationToken,
) -> Ending {
    match result {
        Ok(Outcome::Applied { verify_after }) => Ending::Applied {
            verify_after: (!verify_after.is_zero()).then_some(verify_after),
        },
        Ok(Outcome::Done) => Ending::Applied { verify_after: None },
        Ok(Outcome::Skipped { reason }) => Ending::Skipped { reason },
        // The calls were dropped because we stop: what they did is looked up by the next pass.
        Err(_) if lost.is_cancelled() => Ending::Abandoned,
        Err(error) => retry::ending(error, claim, &context.config.timing),
    }
}

pub(super) fn quarantined(claim: &Claim) -> Problem {
    let what = format!(
        "{} passes over this document died, the last one while it ran alone",
        claim.deaths
    );
    Problem::new(Code::Quarantined, what).because(&claim.document)
}

/// Records the end, trying again while the database is away and the lease holds.
pub(super) async fn finish(
    context: &Context,
    claim: &Claim,
    ending: &Ending,
    record: &Record,
    started: Instant,
    lost: &CancellationToken,
) {
    loop {
        match end(context, claim, ending, record).await {
            Ok(ended) => return tell(context, claim, ending, ended, record, started).await,
            Err(error) if lost.is_cancelled() => {
                return warn!(document = %claim.document, %error, "the end of a pass was not recorded; the next one looks before it writes");
            }
            Err(error) => {
                warn!(document = %claim.document, %error, "the end of a pass is not recorded yet; trying again");
                tokio::select! {
                    () = lost.cancelled() => {}
                    () = tokio::time::sleep(RECORD_AGAIN) => {}
                }
            }
        }
    }
}

/// Marks what lives on what was changed, then records the end: a crash between the two marks again.
async fn end(
    context: &Context,
    claim: &Claim,
    ending: &Ending,
    record: &Record,
) -> sqlx::Result<Ended> {
    if matches!(ending, Ending::Applied { .. }) && !record.wakes.is_empty() {
        let marks: Vec<Event> = record
            .wakes
            .iter()
            .map(|woken| mark(claim, woken))
            .collect();
        store(&context.pool, &marks).await?;
    }
    end::record(&context.pool, claim, ending, record).await
}

fn mark(claim: &Claim, woken: &Document) -> Event {
    let by = &claim.document;
    Event {
        source: Source::Waybill,
        store: woken.owner.clone(),
        topic: format!("{}/applied", by.kind.as_str()),
        delivery_id: format!("pass/{}/{woken}", claim.pass),
        document: woken.clone(),
        priority: Priority::of(woken.kind),
        version: None,
        body: Vec::new(),
    }
}

async fn tell(
    context: &Context,
    claim: &Claim,
    ending: &Ending,
    ended: Ended,
    record: &Record,
    started: Instant,
) {
    let document = &claim.document;
    let outcome = match ended {
        Ended::Recorded => ending.outcome(),
        Ended::Stale => "stale",
    };
    let duration_ms = started.elapsed().as_millis();
    metrics::counter!("waybill_attempts_total", "kind" => document.kind.as_str(), "outcome" => outcome).increment(1);
    info!(%document, attempt = claim.number, outcome, calls = record.calls, duration_ms, "{document}: {outcome} on attempt {}", claim.number);
    // Nothing waits for stock.
    if document.kind != Kind::Item
        && matches!(ending, Ending::Applied { .. } | Ending::Skipped { .. })
        && let Err(error) = end::wake_waiting(&context.pool, document).await
    {
        warn!(%document, %error, "what waits for this document was not woken; it comes due by itself");
    }
}
