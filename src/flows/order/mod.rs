//! The order flow: a Shopify order becomes a sales order with its deposits, exactly once.
//!
//! `read` gathers what both systems hold, `plan` (pure) says what to write, `apply` writes it under
//! external ids made from Shopify's ids, so that doing it twice makes nothing twice. A while later
//! `verify` reads what was written back, many orders in one call, and shows Shopify the ids.

mod address;
mod adopted;
mod allocate;
mod apply;
mod change;
mod company;
mod customer;
mod discounts;
mod disputes;
mod document;
mod echo;
mod fees;
mod fields;
mod for_customers;
mod gate;
mod head;
mod items;
mod later;
mod ledger;
mod lines;
mod net;
mod on_account;
mod part;
mod payments;
mod period;
mod plan;
mod proof;
mod read;
mod sale;
mod setting;
mod shipping;
mod standing;
mod stated;
mod tax;
mod text;
mod till;
mod verify;
mod version;
mod whom;

#[cfg(test)]
mod tests;

use crate::config::Store;
use crate::event::Document;
use crate::flows::keys::{Held, Waited};
use crate::flows::{Context, Error, Outcome, Pass, Preview, Shop, fresh};
use crate::journal::Journal;
use crate::link::{self, Link, Origin};
use crate::outbox::claim::Claim;
use crate::outbox::end::Record;
use crate::plan::Plan;
use crate::problem::{Code, Problem};
use crate::shopify::order::Order;

pub(super) use company::called;
pub(super) use customer::CustomerMatch;
pub(super) use document::terms_of;
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
    Write(Planned),
    End(End),
}

/// Why there is nothing to write.
enum End {
    Skip(Skip),
    /// Another integration brought the order in; from now on it is linked.
    Adopt(Box<Link>),
    /// Something must happen in NetSuite first.
    Wait(Vec<String>),
    /// Both sides agree: the link is to say what about.
    Settle(Box<Link>),
}

/// So many looks a pass takes at most: an order's whole life needs fewer.
const LOOKS: usize = 24;

/// One pass over a Shopify order: it writes what can be written, looks again, and so on.
///
/// # Errors
///
/// Any flow error; a second pass finishes what this one began.
pub async fn run(context: &Context, shop: &Shop, pass: &mut Pass) -> Result<Outcome, Error> {
    if let Some(version) = echo::only(context, shop, pass).await? {
        pass.record.seen_version = Some(version);
        return Ok(Outcome::Skipped {
            reason: Skip::AlreadyEqual.to_string(),
        });
    }
    let document = pass.claim.document.clone();
    let (order, _held) = source(context, shop, &document, &pass.journal).await?;
    pass.record.seen_version = Some(version::seen(&order, pass.claim.claimed_at));
    fresh::enough(order.updated_at, pass.claim.wanted_version)?;
    disputes::alarm(&document, &order);
    let target = Target {
        context,
        shop,
        document: &document,
        order: &order,
        journal: &pass.journal,
    };
    carry(&target, &pass.claim, &mut pass.record).await
}

/// Writes, and looks again, until there is nothing to write.
async fn carry(target: &Target<'_>, claim: &Claim, record: &mut Record) -> Result<Outcome, Error> {
    let timing = &target.context.config.timing;
    let mut trouble = Trouble::of(claim);
    // NetSuite may still finish a request that we gave up: look again when it cannot any more.
    let verify_after = match trouble {
        Trouble::None => timing.read_back_after,
        Trouble::Before => timing.verify_after,
    };
    let mut written: Option<Plan> = None;
    for _ in 0..LOOKS {
        let planned = match prepare(target).await? {
            Prepared::Write(planned) => planned,
            Prepared::End(end) => {
                let applied = Outcome::Applied { verify_after };
                return end.reach(target, applied, written.is_some()).await;
            }
        };
        if written.is_none() {
            super::approved(&planned.plan, claim.approved_plan.as_deref())?;
        } else if claim.approved_plan.is_some() {
            return Err(follows_approval());
        }
        if written.as_ref() == Some(&planned.plan) {
            return Err(does_not_keep(target, &planned.plan).into());
        }
        if trouble == Trouble::Before && apply::adds_lines(&planned.plan) {
            apply::late_enough(claim, timing)?;
        }
        let plan = record.plan.get_or_insert_default();
        plan.extend(planned.plan.clone());
        apply::apply(target, &planned, trouble).await?;
        trouble = Trouble::None;
        written = Some(planned.plan);
    }
    Err(does_not_keep(target, &written.unwrap_or_default()).into())
}

impl End {
    async fn reach(
        self,
        target: &Target<'_>,
        applied: Outcome,
        wrote: bool,
    ) -> Result<Outcome, Error> {
        let skip = match self {
            Self::Skip(skip) => skip,
            Self::Settle(link) => {
                link::write(&target.context.pool, &link).await?;
                Skip::AlreadyEqual
            }
            Self::Adopt(link) => {
                link::write(&target.context.pool, &link).await?;
                return Ok(applied);
            }
            Self::Wait(reasons) => return Err(waits(target, &reasons)),
        };
        if wrote {
            return Ok(applied);
        }
        Ok(Outcome::Skipped {
            reason: disputes::marked(skip, target.order),
        })
    }
}

/// Whether the order's pass has carried to NetSuite all that Shopify shows of it. One that something
/// else brought in is not carried.
///
/// # Errors
///
/// `field_expression` when a configured field fails on this order.
pub(super) fn is_settled(link: &Link, order: &Order, store: &Store) -> Result<bool, Problem> {
    if link.origin == Origin::Adopted {
        return Ok(true);
    }
    let now = Hashes::of(order, store)?;
    Ok(link.lines_hash.as_ref() == Some(&now.lines))
}

/// What waits for NetSuite: no failure, and told to the bookkeeper when it lasts.
fn waits(target: &Target<'_>, reasons: &[String]) -> Error {
    let what = format!("{}: {}", target.order.name, reasons.join("; "));
    Error::Waits {
        longest: target.shop.store.billing.report_after,
        then: Box::new(Problem::new(Code::AwaitsBilling, &what).because(target.document)),
        reason: what,
    }
}

/// An operator approved one plan: what it leads to is planned anew, by the next pass.
fn follows_approval() -> Error {
    let what = "the approved plan is written, and what follows it comes next";
    Error::NotYet {
        reason: what.to_owned(),
        waits_for: None,
        then: Box::new(Problem::new(Code::PlanMoved, what)),
    }
}

fn does_not_keep(target: &Target<'_>, plan: &Plan) -> Problem {
    let keys: Vec<&str> = plan.writes.iter().map(|write| write.key.as_str()).collect();
    let what = format!(
        "NetSuite took {} and shows something else: a script or a workflow changes it",
        keys.join(", ")
    );
    Problem::new(Code::TotalDiffers, what).because(target.document)
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
        Prepared::End(End::Skip(skip)) => Preview::Skip {
            reason: disputes::marked(skip, &order),
        },
        Prepared::End(End::Adopt(link)) => Preview::Skip {
            reason: format!(
                "adopted: it is {} {} already",
                link.record, link.netsuite_id
            ),
        },
        Prepared::End(End::Wait(reasons)) => Preview::Skip {
            reason: reasons.join("; "),
        },
        Prepared::End(End::Settle(_)) => Preview::Skip {
            reason: Skip::AlreadyEqual.to_string(),
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
        return Ok(Prepared::End(End::Adopt(Box::new(link))));
    }
    if let Some(link) = adopted::link(&links) {
        return adopted::look(target, &links, link).await;
    }
    let known = read::known(context, shop, order, written, journal).await?;
    Ok(match plan::plan(order, &shop.store, &known)? {
        Decision::Skip(skip) => Prepared::End(End::Skip(skip)),
        Decision::Write(mut planned) => {
            planned.plan.notes.extend(disputes::mark(order));
            Prepared::Write(planned)
        }
        Decision::Follow(follow) => look(target, &links, known, follow).await?,
    })
}

/// Reads NetSuite's books of a written order, and plans what they still lack.
async fn look(
    target: &Target<'_>,
    links: &[Link],
    mut known: plan::Known,
    follow: plan::Follow,
) -> Result<Prepared, Error> {
    let (order, store) = (target.order, &target.shop.store);
    let books = read::books(target, links, &follow.id).await?;
    read::items_of(&books, order, &mut known.items);
    let currency = plan::currency(order, &known)?;
    let entity = customer::entity(order, store, &known.customer, &currency)?;
    let draft = document::Draft {
        order,
        store,
        items: &known.items,
        entity: &entity.reference,
        currency: &currency,
        periods: &known.periods,
    };
    let scene = later::Scene {
        draft: &draft,
        books: &books,
        record: gate::record(order, store),
        id: &follow.id,
        changed: follow.was.lines != follow.now.lines,
    };
    let stage = later::next(&scene)?;
    if !stage.plan.is_empty() {
        let mut plan = stage.plan;
        plan.notes.extend(disputes::mark(order));
        plan.writes.splice(0..0, entity.create);
        return Ok(Prepared::Write(Planned {
            plan,
            hashes: Hashes {
                head: follow.now.head,
                lines: follow.was.lines,
            },
            totals: stage.totals,
        }));
    }
    if !stage.waits.is_empty() {
        return Ok(Prepared::End(End::Wait(stage.waits)));
    }
    let of_order = links.iter().find(|link| link.kind == link::Kind::Order);
    Ok(Prepared::End(
        match of_order.filter(|_| follow.was != follow.now) {
            Some(link) => End::Settle(Box::new(Link {
                head_hash: Some(follow.now.head),
                lines_hash: Some(follow.now.lines),
                ..link.clone()
            })),
            None => End::Skip(Skip::AlreadyEqual),
        },
    ))
}
