//! The fulfillment flow: a shipped item fulfillment of NetSuite becomes fulfillments in Shopify, one
//! for each place it ships from, so that the customer gets one mail for each package.
//!
//! Shopify's create has no key that would make it repeatable. So each pass first reads what the order
//! has: a fulfillment is ours by its link, else by what we are known to have sent, else by equal units
//! and tracking numbers. What may still be on its way is waited for. `plan` (pure) compares, `apply`
//! writes the difference and links each write before the next.

mod allocate;
mod apply;
mod fingerprint;
mod plan;
mod read;
mod step;
mod tracking;
mod units;

#[cfg(test)]
mod tests;

use crate::event::{Document, Kind, NETSUITE};
use crate::flows::keys::Waited;
use crate::flows::{Context, Error, Outcome, Pass, Preview, Shop};
use crate::journal::Journal;
use crate::netsuite::fulfillments::Fulfillment;

use apply::Applied;
use plan::Decision;
pub(super) use read::not_linked_yet;
use read::{Found, Known, Subject};
use step::Planned;

/// Moves and withdrawals change what Shopify shows: then it is read and planned again, this often.
const ROUNDS: usize = 3;

/// What a pass works on, and with.
struct Target<'a> {
    context: &'a Context,
    shop: &'a Shop,
    document: &'a Document,
    /// The Shopify order.
    order: u64,
    /// `None` when the record is gone: what was written of it is withdrawn.
    source: Option<&'a Fulfillment>,
    journal: &'a Journal,
}

/// One pass over an item fulfillment.
///
/// # Errors
///
/// Any flow error; a second pass finishes what this one began.
pub async fn run(context: &Context, pass: &mut Pass) -> Result<Outcome, Error> {
    let document = pass.claim.document.clone();
    let journal = pass.journal.clone();
    let mut found = read::found(context, &document, &journal).await?;
    let key = found.key();
    let (_held, waited) = context.keys.take(key.into_iter().collect()).await;
    if waited == Waited::Yes {
        found = read::found(context, &document, &journal).await?;
    }
    pass.record.seen_version = found.version();
    let subject = match found {
        Found::Skip { reason, .. } => return Ok(Outcome::Skipped { reason }),
        Found::Ours(subject) => subject,
    };
    let target = target(context, &subject, &document, &journal)?;
    carry(&target, pass).await
}

async fn carry(target: &Target<'_>, pass: &mut Pass) -> Result<Outcome, Error> {
    let (mut written, mut corrected) = (false, false);
    for _ in 0..ROUNDS {
        let known = Known {
            corrected,
            ..read::known(target).await?
        };
        let planned = match plan::plan(target.document, &target.shop.store, &known)? {
            Decision::Skip(reason) if !written => return Ok(Outcome::Skipped { reason }),
            Decision::Skip(_) => return Ok(Outcome::Done),
            Decision::Write(planned) => planned,
        };
        if !written {
            super::approved(&planned.plan, pass.claim.approved_plan.as_deref())?;
            pass.record.plan = Some(planned.plan.clone());
            pass.record.wakes = wakes(target);
        }
        written = true;
        corrected |= planned.takes_back();
        match apply::apply(target, &known, &planned).await? {
            Applied::All => return Ok(Outcome::Done),
            Applied::ReadAgain => {}
        }
    }
    Err(Error::Later {
        after: target.context.config.timing.retry_first,
        reason: "Shopify does not show yet what was moved or cancelled".to_owned(),
    })
}

/// What a pass would do now: reads only.
///
/// # Errors
///
/// As [`run`].
pub async fn preview(
    context: &Context,
    document: &Document,
    journal: &Journal,
) -> Result<Preview, Error> {
    let subject = match read::found(context, document, journal).await? {
        Found::Skip { reason, .. } => return Ok(Preview::Skip { reason }),
        Found::Ours(subject) => subject,
    };
    let target = target(context, &subject, document, journal)?;
    let known = read::known(&target).await?;
    Ok(match plan::plan(document, &target.shop.store, &known)? {
        Decision::Skip(reason) => Preview::Skip { reason },
        Decision::Write(Planned { plan, .. }) => Preview::Write { plan },
    })
}

fn target<'a>(
    context: &'a Context,
    subject: &'a Subject,
    document: &'a Document,
    journal: &'a Journal,
) -> Result<Target<'a>, Error> {
    let shop = context.shop_of_order(&subject.store)?;
    Ok(Target {
        context,
        shop,
        document,
        order: subject.order,
        source: subject.source.as_ref(),
        journal,
    })
}

/// The order may be billed now, and the stock of what was shipped has changed.
fn wakes(target: &Target<'_>) -> Vec<Document> {
    let order = Document::new(Kind::Order, &target.shop.store.name, target.order);
    let items = target.source.iter().flat_map(|source| &source.items);
    [order]
        .into_iter()
        .chain(items.map(|item| Document::new(Kind::Item, NETSUITE, item)))
        .collect()
}
