//! The company flow: what changes of a Shopify company and its locations reaches their NetSuite customers.
//!
//! Companies and locations come with their first order (`flows::order`); a pass here carries what changed
//! since it was last carried, and nothing else, so that what people write in NetSuite stays. Only in this
//! direction. One document stands for a company with all of its locations.

mod apply;
mod links;
mod plan;
mod read;

use crate::event::Document;
use crate::flows::{Context, Error, Outcome, Pass, Preview, Shop};
use crate::journal::Journal;

use read::Found;

/// What a pass works on, and with.
struct Target<'a> {
    context: &'a Context,
    shop: &'a Shop,
    document: &'a Document,
    journal: &'a Journal,
    wanted: Option<chrono::DateTime<chrono::Utc>>,
}

/// One pass over a company.
///
/// # Errors
///
/// Any flow error; a second pass finishes what this one began.
pub async fn run(context: &Context, pass: &mut Pass, company: u64) -> Result<Outcome, Error> {
    let document = pass.claim.document.clone();
    let Some(shop) = context.shops.get(&document.owner) else {
        return Ok(skipped("the store of this company is not configured"));
    };
    let target = Target {
        context,
        shop,
        document: &document,
        journal: &pass.journal,
        wanted: pass.claim.wanted_version,
    };
    let found = read::find(&target, company).await?;
    let found = match found {
        Found::Skip(reason) => {
            pass.record.seen_version = pass.claim.wanted_version;
            return Ok(skipped(reason));
        }
        Found::Company(found) => found,
    };
    // A location moves without its company: what an event named is what has been seen.
    let seen = found.company.updated_at;
    pass.record.seen_version = Some(pass.claim.wanted_version.map_or(seen, |it| it.max(seen)));
    let planned = plan::plan(&found, &shop.store)?;
    if planned.is_empty() {
        return Ok(skipped("already equal"));
    }
    let plan = plan::written(&planned);
    super::approved(&plan, pass.claim.approved_plan.as_deref())?;
    pass.record.plan = Some(plan);
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
    company: u64,
) -> Result<Preview, Error> {
    let skip = |reason: &str| Preview::Skip {
        reason: reason.to_owned(),
    };
    let Some(shop) = context.shops.get(&document.owner) else {
        return Ok(skip("the store of this company is not configured"));
    };
    let target = Target {
        context,
        shop,
        document,
        journal,
        wanted: None,
    };
    match read::find(&target, company).await? {
        Found::Skip(reason) => Ok(skip(reason)),
        Found::Company(found) => {
            let planned = plan::plan(&found, &shop.store)?;
            Ok(if planned.is_empty() {
                skip("already equal")
            } else {
                Preview::Write {
                    plan: plan::written(&planned),
                }
            })
        }
    }
}

fn skipped(reason: &str) -> Outcome {
    Outcome::Skipped {
        reason: reason.to_owned(),
    }
}
