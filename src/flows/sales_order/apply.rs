//! Asks Shopify to cancel, once, and follows its job to the end.

use std::time::Duration;

use super::Target;
use super::asked::{self, Asked};
use super::plan::problem;
use super::read::Known;
use crate::flows::Error;
use crate::problem::{Code, Problem};
use crate::remote::{self, Meaning, Outcome};
use crate::shopify::order_cancel::{Cancellation, Job, Progress};

/// A job is looked at this often in one pass, with twice the pause each time.
const LOOKS: u32 = 4;

/// The first pause between two looks.
const PAUSE: Duration = Duration::from_millis(200);

/// What may still arrive is given this many deadlines of a call: to arrive, and to be carried out.
const DEADLINES: u32 = 2;

/// Asks, or goes on with what was asked before.
///
/// # Errors
///
/// [`Error::NotYet`] while Shopify is at it; [`Error::Later`] while an earlier wish may still arrive;
/// `closed_in_netsuite` when Shopify does not cancel the order.
pub(super) async fn apply(
    target: &Target<'_>,
    known: &Known,
    how: &Cancellation,
) -> Result<(), Error> {
    match &known.asked {
        Some(Asked { job: Some(job), .. }) => return follow(target, known, job).await,
        Some(Asked { job: None, ago }) => {
            let patience = target.context.config.timing.shopify_deadline * DEADLINES;
            if let Some(after) = patience.checked_sub(*ago).filter(|it| !it.is_zero()) {
                return Err(Error::Later {
                    after,
                    reason: "a cancellation that was asked for before may still arrive".to_owned(),
                });
            }
        }
        None => {}
    }
    let job = ask(target, known, how).await?;
    match job {
        Some(job) => follow(target, known, &job).await,
        None => Ok(()),
    }
}

/// `None`: it is cancelled already.
async fn ask(target: &Target<'_>, known: &Known, how: &Cancellation) -> Result<Option<Job>, Error> {
    let (pool, client) = (&target.context.pool, &target.shop.client);
    asked::note(pool, target.document).await?;
    let answer = client
        .cancel_order(target.journal, target.sale.order, how)
        .await;
    let error = match answer {
        Ok(job) => {
            asked::taken(pool, target.document, &job).await?;
            return Ok(Some(job));
        }
        Err(error) => error,
    };
    if error.outcome() == Outcome::NotDone {
        asked::forget(pool, target.document).await?;
    }
    match &error {
        remote::Error::Refused { refusal, .. } if refusal.meaning == Meaning::Invalid => {
            // Somebody may have been faster.
            if is_cancelled(target).await? {
                return Ok(None);
            }
            Err(refused(target, known, &refusal.detail))
        }
        remote::Error::Refused { .. }
        | remote::Error::NoAnswer { .. }
        | remote::Error::Unavailable { .. }
        | remote::Error::Throttled { .. }
        | remote::Error::Unreadable { .. }
        | remote::Error::Unrecorded { .. } => Err(error.into()),
    }
}

async fn follow(target: &Target<'_>, known: &Known, job: &Job) -> Result<(), Error> {
    let (pool, client) = (&target.context.pool, &target.shop.client);
    for look in 0..LOOKS {
        match client.cancellation(target.journal, job).await {
            Ok(Progress::Done) => {
                asked::forget(pool, target.document).await?;
                return Ok(());
            }
            Ok(Progress::Failed(refusal)) => {
                asked::forget(pool, target.document).await?;
                return Err(refused(target, known, &refusal.detail));
            }
            Ok(Progress::UnderWay) => {}
            // Jobs are not kept for ever: the order tells.
            Err(remote::Error::Unreadable { .. }) => break,
            Err(error) => return Err(error.into()),
        }
        tokio::time::sleep(PAUSE * 2_u32.pow(look)).await;
    }
    if is_cancelled(target).await? {
        asked::forget(pool, target.document).await?;
        return Ok(());
    }
    let why = "Shopify has begun to cancel it and does not come to an end";
    Err(Error::NotYet {
        reason: "Shopify is cancelling the order".to_owned(),
        waits_for: None,
        then: Box::new(held(target, known, why)),
    })
}

async fn is_cancelled(target: &Target<'_>) -> Result<bool, Error> {
    let client = &target.shop.client;
    let order = client.order(target.journal, target.sale.order).await?;
    Ok(order.is_some_and(|order| order.cancelled_at.is_some()))
}

fn refused(target: &Target<'_>, known: &Known, said: &str) -> Error {
    held(target, known, &format!("Shopify says: {said}")).into()
}

fn held(target: &Target<'_>, known: &Known, why: &str) -> Problem {
    match (&known.state, &known.order) {
        (Some(state), Some(order)) => problem(target.sale, state, order, why),
        (None, _) | (_, None) => Problem::new(Code::ClosedInNetsuite, why),
    }
}
