//! The sales order flow: a sales order that somebody closed or cancelled in NetSuite cancels its
//! Shopify order, where the store's setting says so.
//!
//! A cancellation cannot be undone, and Shopify's call has no key that would make it repeatable. So
//! the Shopify order tells what is so: one that is cancelled, or of which nothing is left, is why the
//! sales order is closed, and nothing is done. Before the order's own pass has carried all of its
//! changes to NetSuite nothing is decided. What was asked of Shopify is written down before it is
//! asked, and the job that carries it out is followed to its end.

mod apply;
mod asked;
mod plan;
mod read;

use crate::event::{Document, Kind};
use crate::flows::{Context, Error, Outcome, Pass, Preview, Shop};
use crate::journal::Journal;

use plan::Decision;
use read::{Found, Sale};

/// What a pass works on, and with.
struct Target<'a> {
    context: &'a Context,
    shop: &'a Shop,
    document: &'a Document,
    sale: &'a Sale,
    journal: &'a Journal,
}

/// One pass over a sales order.
///
/// # Errors
///
/// Any flow error; a second pass finishes what this one began.
pub async fn run(context: &Context, pass: &mut Pass) -> Result<Outcome, Error> {
    let document = pass.claim.document.clone();
    let journal = pass.journal.clone();
    let sale = match read::found(context, &document, &journal).await? {
        Found::Skip(reason) => return Ok(Outcome::Skipped { reason }),
        Found::Ours(sale) => sale,
    };
    let target = target(context, &sale, &document, &journal)?;
    // All that decides is read behind this: the order's own pass never runs at the same time.
    let (_held, _waited) = context.keys.take(vec![sale.order_document()]).await;
    let known = read::known(&target).await?;
    pass.record.seen_version = known.version();
    match plan::plan(&target.shop.store, &sale, &known)? {
        Decision::Skip(reason) => Ok(Outcome::Skipped { reason }),
        Decision::Done => {
            asked::forget(&context.pool, &document).await?;
            Ok(Outcome::Done)
        }
        Decision::Cancel(planned) => {
            super::approved(&planned.plan, pass.claim.approved_plan.as_deref())?;
            pass.record.plan = Some(planned.plan);
            apply::apply(&target, &known, &planned.how).await?;
            Ok(Outcome::Done)
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
    document: &Document,
    journal: &Journal,
) -> Result<Preview, Error> {
    let sale = match read::found(context, document, journal).await? {
        Found::Skip(reason) => return Ok(Preview::Skip { reason }),
        Found::Ours(sale) => sale,
    };
    let target = target(context, &sale, document, journal)?;
    let known = read::known(&target).await?;
    Ok(match plan::plan(&target.shop.store, &sale, &known)? {
        Decision::Skip(reason) => Preview::Skip { reason },
        Decision::Done => Preview::Skip {
            reason: "Shopify has cancelled the order".to_owned(),
        },
        Decision::Cancel(planned) => Preview::Write { plan: planned.plan },
    })
}

fn target<'a>(
    context: &'a Context,
    sale: &'a Sale,
    document: &'a Document,
    journal: &'a Journal,
) -> Result<Target<'a>, Error> {
    let shop = context.shop_of_order(&sale.store)?;
    Ok(Target {
        context,
        shop,
        document,
        sale,
        journal,
    })
}

impl Sale {
    /// The Shopify order's document, which is its key, too.
    fn order_document(&self) -> String {
        Document::new(Kind::Order, self.store.as_str(), self.order).to_string()
    }
}
