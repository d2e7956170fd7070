//! Writes the steps in order, and links each write before the next: a process that dies between two
//! places leaves the first one known.

use super::read::Known;
use super::step::{Planned, Step};
use super::units::Units;
use super::{Target, fingerprint, tracking};
use crate::flows::Error;
use crate::journal;
use crate::link::{self, InternalId, Link, Origin};
use crate::netsuite::fulfillments::RECORD;
use crate::plan;
use crate::problem::{Code, Problem};
use crate::remote::{self, Meaning};
use crate::shopify::fulfillment_writes::NewFulfillment;
use crate::shopify::fulfillments::Tracking;

/// How far it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Applied {
    All,
    /// What was moved or taken back changed what is left to ship: read again, and plan the rest.
    ReadAgain,
}

/// Applies the steps.
///
/// # Errors
///
/// [`Error::Later`] while an earlier create may still arrive; a problem when Shopify refuses a move.
pub(super) async fn apply(
    target: &Target<'_>,
    known: &Known,
    planned: &Planned,
) -> Result<Applied, Error> {
    let (mut moved, mut looked) = (false, false);
    for step in &planned.steps {
        match step {
            Step::Adopt { fulfillment, units } => adopt(target, known, *fulfillment, units).await?,
            Step::Track {
                fulfillment,
                tracking,
                notify,
            } => track(target, *fulfillment, tracking, *notify).await?,
            Step::Cancel { fulfillment } => {
                cancel(target, known, *fulfillment).await?;
                moved = true;
            }
            Step::Move {
                work,
                location,
                lines,
            } => {
                relocate(target, *work, *location, lines).await?;
                moved = true;
            }
            Step::Create { .. } if moved => return Ok(Applied::ReadAgain),
            Step::Create {
                parts,
                units,
                tracking,
                notify,
            } => {
                // Those of this pass are answered: only earlier ones can be on their way.
                if !std::mem::replace(&mut looked, true) {
                    nothing_on_its_way(target).await?;
                }
                let (parts, tracking, notify) = (parts.clone(), tracking.clone(), *notify);
                let new = NewFulfillment {
                    parts,
                    tracking,
                    notify,
                };
                create(target, units, &new).await?;
            }
        }
    }
    Ok(Applied::All)
}

async fn adopt(
    target: &Target<'_>,
    known: &Known,
    fulfillment: u64,
    units: &Units,
) -> Result<(), Error> {
    let mut shown = known.shipments.fulfillments.iter();
    let shown = shown.find(|it| it.id == fulfillment);
    let tracking = shown.map(|it| it.tracking.clone()).unwrap_or_default();
    remember(target, fulfillment, units, &tracking, Origin::Matched).await
}

async fn track(
    target: &Target<'_>,
    fulfillment: u64,
    tracking: &Tracking,
    notify: bool,
) -> Result<(), Error> {
    let client = &target.shop.client;
    client
        .track(target.journal, fulfillment, tracking, notify)
        .await?;
    let (pool, store) = (&target.context.pool, &target.shop.store.name);
    let hash = tracking::hash(tracking);
    link::rehash(pool, store, &fulfillment.to_string(), &hash).await?;
    Ok(())
}

/// Shopify may still carry out a create that never answered us, until its deadline has passed.
async fn nothing_on_its_way(target: &Target<'_>) -> Result<(), Error> {
    let deadline = target.context.config.timing.shopify_deadline;
    let calls = fingerprint::call(target.document, "");
    match journal::may_still_arrive(&target.context.pool, &calls, deadline).await? {
        None => Ok(()),
        Some(after) => Err(Error::Later {
            after,
            reason: "a shipment that was sent before may still arrive".to_owned(),
        }),
    }
}

async fn create(target: &Target<'_>, units: &Units, new: &NewFulfillment) -> Result<(), Error> {
    let call = fingerprint::call(target.document, &fingerprint::of(units, &new.tracking));
    let client = &target.shop.client;
    let id = client.fulfill(target.journal, call, new).await?;
    remember(target, id, units, &new.tracking, Origin::Written).await
}

async fn cancel(target: &Target<'_>, known: &Known, fulfillment: u64) -> Result<(), Error> {
    let mut shown = known.shipments.fulfillments.iter();
    if shown.any(|it| it.id == fulfillment && it.stands) {
        let client = &target.shop.client;
        client
            .cancel_fulfillment(target.journal, fulfillment)
            .await?;
    }
    let (pool, store) = (&target.context.pool, &target.shop.store.name);
    link::forget(
        pool,
        link::Kind::Fulfillment,
        store,
        &fulfillment.to_string(),
    )
    .await?;
    Ok(())
}

async fn relocate(
    target: &Target<'_>,
    work: u64,
    location: u64,
    lines: &[(u64, u32)],
) -> Result<(), Error> {
    let client = &target.shop.client;
    let moved = client
        .move_work(target.journal, work, location, lines)
        .await;
    match moved {
        Err(remote::Error::Refused { refusal, .. }) if refusal.meaning == Meaning::Invalid => {
            let what = format!(
                "Shopify does not give fulfillment order {work} to location {location}: {}",
                refusal.detail
            );
            Err(Problem::new(Code::FulfillmentMove, what)
                .because(location)
                .into())
        }
        moved => Ok(moved?),
    }
}

/// Links a Shopify fulfillment to the item fulfillment, with what was last written of it.
async fn remember(
    target: &Target<'_>,
    fulfillment: u64,
    units: &Units,
    tracking: &Tracking,
    origin: Origin,
) -> Result<(), Error> {
    let link = Link {
        kind: link::Kind::Fulfillment,
        store: target.shop.store.name.clone(),
        shopify_id: fulfillment.to_string(),
        netsuite_id: InternalId(target.document.id.clone()),
        document: target.document.to_string(),
        record: RECORD.to_owned(),
        external_id: None,
        origin,
        head_hash: Some(tracking::hash(tracking)),
        lines_hash: Some(plan::hash(&serde_json::json!(units))),
        total: None,
        shown: false,
    };
    link::write(&target.context.pool, &link).await?;
    Ok(())
}
