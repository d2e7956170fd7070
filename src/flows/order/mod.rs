//! The order flow: a Shopify order becomes a sales order with its deposits, exactly once.
//!
//! `read` gathers what both systems hold, `plan` (pure) says what to write, `apply` writes it under
//! external ids made from Shopify's ids, so that doing it twice makes nothing twice. A while later
//! `verify` reads what was written back, many orders in one call, and shows Shopify the ids.

mod address;
mod allocate;
mod apply;
mod change;
mod customer;
mod discounts;
mod disputes;
mod document;
mod fields;
mod for_customers;
mod gate;
mod head;
mod items;
mod lines;
mod net;
mod payments;
mod period;
mod plan;
mod proof;
mod read;
mod sale;
mod setting;
mod shipping;
mod stated;
mod tax;
mod text;
mod till;
mod verify;

#[cfg(test)]
mod tests;

use crate::event::Document;
use crate::flows::keys::{Held, Waited};
use crate::flows::{Context, Error, Outcome, Pass, Preview, Shop};
use crate::journal::Journal;
use crate::link::{self, Link};
use crate::plan::Plan;
use crate::problem::{Code, Problem};
use crate::shopify::order::Order;

pub(super) use customer::CustomerMatch;
pub(super) use for_customers::{customer_fields, entity_id, find_customer, fit, netsuite_address};

use apply::Trouble;
use change::Hashes;
use gate::Skip;
use plan::{Decision, Planned};
pub use verify::verify;

/// What a pass works on, and with.
struct Target<'a> {
    context: &'a Context,
    shop: &'a Shop,
    document: &'a Document,
    order: &'a Order,
    journal: &'a Journal,
}

/// What reading and planning gave: nothing has been written yet.
enum Prepared {
    Skip(Skip),
    /// Another integration brought the order in; from now on it is linked.
    Adopt(Box<Link>),
    Write(Planned),
}

/// One pass over a Shopify order.
///
/// # Errors
///
/// Any flow error; a second pass finishes what this one began.
pub async fn run(context: &Context, shop: &Shop, pass: &mut Pass) -> Result<Outcome, Error> {
    let document = pass.claim.document.clone();
    let (order, _held) = source(context, shop, &document, &pass.journal).await?;
    pass.record.seen_version = Some(order.updated_at);
    read::fresh_enough(&order, pass.claim.wanted_version)?;
    disputes::alarm(&document, &order);
    let target = Target {
        context,
        shop,
        document: &document,
        order: &order,
        journal: &pass.journal,
    };
    let timing = &context.config.timing;
    match prepare(&target).await? {
        Prepared::Skip(skip) => Ok(Outcome::Skipped {
            reason: disputes::marked(skip, &order),
        }),
        Prepared::Adopt(link) => {
            link::write(&context.pool, &link).await?;
            Ok(Outcome::Applied {
                verify_after: timing.read_back_after,
            })
        }
        Prepared::Write(planned) => {
            approved(&planned.plan, pass.claim.approved_plan.as_deref())?;
            pass.record.plan = Some(planned.plan.clone());
            let trouble = if pass.claim.after_trouble() {
                Trouble::Before
            } else {
                Trouble::None
            };
            apply::apply(&target, &planned, trouble).await?;
            // NetSuite may still finish a request that we gave up: look again when it cannot any more.
            let verify_after = match trouble {
                Trouble::None => timing.read_back_after,
                Trouble::Before => timing.verify_after,
            };
            Ok(Outcome::Applied { verify_after })
        }
    }
}

/// What a pass would do now: reads only.
///
/// # Errors
///
/// As [`run`].
pub async fn preview(
    context: &Context,
    shop: &Shop,
    document: &Document,
    journal: &Journal,
) -> Result<Preview, Error> {
    let order = read::source(shop, document, journal).await?;
    let target = Target {
        context,
        shop,
        document,
        order: &order,
        journal,
    };
    Ok(match prepare(&target).await? {
        Prepared::Skip(skip) => Preview::Skip {
            reason: disputes::marked(skip, &order),
        },
        Prepared::Adopt(link) => Preview::Skip {
            reason: format!(
                "adopted: it is {} {} already",
                link.record, link.netsuite_id
            ),
        },
        Prepared::Write(planned) => Preview::Write { plan: planned.plan },
    })
}

/// The order, read while its keys are held.
async fn source(
    context: &Context,
    shop: &Shop,
    document: &Document,
    journal: &Journal,
) -> Result<(Order, Held), Error> {
    let order = read::source(shop, document, journal).await?;
    let (held, waited) = context
        .keys
        .take(read::keys(&shop.store.name, &order))
        .await;
    match waited {
        Waited::No => Ok((order, held)),
        Waited::Yes => Ok((read::source(shop, document, journal).await?, held)),
    }
}

/// Reads what the plan needs to know, and plans.
async fn prepare(target: &Target<'_>) -> Result<Prepared, Error> {
    let Target {
        context,
        shop,
        document,
        order,
        journal,
    } = target;
    let links = link::of_document(&context.pool, document).await?;
    let written = read::written(&links);
    if written.order.is_none()
        && let Some(link) = read::adopted(target).await?
    {
        return Ok(Prepared::Adopt(Box::new(link)));
    }
    let known = read::known(context, shop, order, written, journal).await?;
    Ok(match plan::plan(order, &shop.store, &known)? {
        Decision::Skip(skip) => Prepared::Skip(skip),
        Decision::Write(mut planned) => {
            planned.plan.notes.extend(disputes::mark(order));
            Prepared::Write(planned)
        }
    })
}

/// Refuses to apply anything but the plan that an operator approved.
fn approved(plan: &Plan, hash: Option<&str>) -> Result<(), Problem> {
    match hash {
        Some(hash) if hash != plan.hash() => Err(Problem::new(
            Code::PlanMoved,
            "the plan that was approved is not what would be written now",
        )),
        Some(_) | None => Ok(()),
    }
}
