//! The customer flow: a Shopify customer and a NetSuite customer are made equal, by who owns which part.
//!
//! One pass serves both directions: it reads the pair, compares field by field (`merge`, pure), and writes
//! what each side lacks. A side that is as it was when both were last equal needs no look at the other, so
//! an echo of our own write costs one read and no write.

mod addresses;
mod apply;
mod book;
mod geography;
mod links;
mod merge;
mod names;
mod pair;
mod plan;
mod referee;

#[cfg(test)]
mod tests;

use crate::event::Document;
use crate::event::NETSUITE;
use crate::flows::{Context, Error, Outcome, Pass, Preview};
use crate::journal::Journal;

pub(in crate::flows) use addresses::{number as line_key, whole as whole_address};
use pair::{Found, Target};

/// One pass over a customer, from whichever side the change came.
///
/// # Errors
///
/// Any flow error; a second pass finishes what this one began.
pub async fn run(context: &Context, pass: &mut Pass) -> Result<Outcome, Error> {
    let document = pass.claim.document.clone();
    let target = Target {
        context,
        document: &document,
        journal: &pass.journal,
        wanted: pass.claim.wanted_version,
    };
    let found = pair::find(&target).await?;
    // NetSuite's sweep names versions by a clock of its own: what it said is what has been seen.
    pass.record.seen_version = match &found {
        Found::Skip(_) => None,
        Found::Pair(pair) => (document.owner != NETSUITE).then_some(pair.customer.updated_at),
        Found::New(new) => Some(new.customer.updated_at),
        Found::NewInShopify(_) => None,
    }
    .or(pass.claim.wanted_version);
    let planned = match plan::plan(found)? {
        plan::Decision::Skip(reason) => return Ok(Outcome::Skipped { reason }),
        plan::Decision::Equal(equal) => {
            apply::remember(&target, &equal).await?;
            return Ok(Outcome::Skipped {
                reason: "already equal".to_owned(),
            });
        }
        plan::Decision::Write(planned) => planned,
    };
    super::approved(&planned.plan, pass.claim.approved_plan.as_deref())?;
    pass.record.plan = Some(planned.plan.clone());
    apply::apply(&target, &planned).await?;
    Ok(Outcome::Applied {
        verify_after: std::time::Duration::ZERO,
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
    let target = Target {
        context,
        document,
        journal,
        wanted: None,
    };
    let found = pair::find(&target).await?;
    Ok(match plan::plan(found)? {
        plan::Decision::Skip(reason) => Preview::Skip { reason },
        plan::Decision::Equal(_) => Preview::Skip {
            reason: "already equal".to_owned(),
        },
        plan::Decision::Write(planned) => Preview::Write { plan: planned.plan },
    })
}

/// Trimmed, and `None` when nothing is left.
fn text(text: Option<&str>) -> Option<String> {
    let text = text?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
