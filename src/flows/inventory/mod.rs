//! The stock flow: what NetSuite can ship of an item is what the shops may sell of it.
//!
//! A pass takes many items at once: `read` both sides in bulk, `plan` (pure) what is on hand where,
//! `apply` it, 250 quantities a call.
//!
//! # Why a shop never sells what cannot be shipped
//!
//! We set `on_hand`, and Shopify sells `on_hand − committed`, where `committed` is what it sold and has
//! not shipped. For a place (a Shopify location and its NetSuite locations) and an item:
//!
//! > `on_hand = sellable + K`, with `sellable = A − Σ max(0, Kᵤ − Cᵤ)`, less the buffer
//!
//! `A` is what NetSuite calls available: on hand less all it has committed. `Kᵤ` is Shopify's committed
//! quantity, `Cᵤ` what NetSuite has committed to the sales orders of that store. The sum goes over
//! everything that is taken from the same shelf: this place, the places of other stores that share a
//! NetSuite location, and the kits with this item, each as often as the item is in it. Term by term:
//!
//! - **An order NetSuite knows** is in `Kᵤ` and `Cᵤ`, and `A` is less by it: it is taken off once.
//! - **An order whose webhook was lost**, that is held, unpaid, or waits for NetSuite to come back, is in
//!   `Kᵤ` only: it is taken off here. So is what NetSuite back-orders: `Cᵤ` lacks it.
//! - **An order placed after our read** raises `K` after `on_hand` was computed: Shopify takes it off.
//! - **An order committed between our reads.** The shops are read first: it is missing in `Kᵤ` and in `A`,
//!   or in `A` alone; both are too low, and the commitment itself makes the item due again.
//! - **A shipment** leaves `A` alone and lowers `Cᵤ`: until Shopify is told, its units are taken off twice,
//!   and the shop shows too little for a moment. When Shopify is told, `on_hand` and `K` sink together.
//!   Told before our read of the shop: NetSuite, read later, knows it too. Told afterwards: `on_hand` is
//!   not what we read any more, Shopify refuses the write, and both sides are read again. (Read the other
//!   way round, a shipment told between the two reads would be sold once more.)
//! - **Shipped by hand in Shopify**, NetSuite not told, or **cancelled in Shopify alone**: `Cᵤ` is above `Kᵤ`.
//!   NetSuite still keeps the units for that order, so they must not be sold: hence the `max`. Adding the
//!   whole of `C` to `on_hand` would sell them.
//! - **Two stores** see each other's sales as soon as either is read. What both sell in the same moment
//!   nobody can prevent.
//!
//! What NetSuite sells elsewhere is seen when NetSuite says so; until then the shop shows the older number.
//! Sales orders that another integration entered are not told apart from other demand: while they are open,
//! their units are taken off twice.

mod apply;
mod echo;
mod ending;
mod known;
mod place;
mod plan;
mod read;
mod subject;

use std::collections::{BTreeMap, BTreeSet};

use crate::config::store::SkuField;
use crate::event::{Document, Kind, NETSUITE};
use crate::flows::{Context, Error, Preview};
use crate::journal::Journal;
use crate::netsuite::stock::Kits;
use crate::outbox::claim::Claim;
use crate::outbox::end::Record;
use crate::outbox::pause;
use crate::plan::{Plan, Write};
use crate::problem::{Code, Problem};
use crate::shopify::on_hand::OnHand;

pub use echo::Echoes;
pub use ending::{Ended, Failed, Stock};
use ending::{Tally, told};
pub use known::Absent;
use place::Pool;
use plan::Decision;
use subject::item;

/// How many documents one pass takes: as many as one query of NetSuite's carries.
pub const MOST: usize = crate::netsuite::stock::CHUNK;

/// How often both sides are read again because a shop moved between read and write.
const ROUNDS: usize = 3;

/// What is to be done for one item.
#[derive(Debug, Default)]
struct Planned {
    sets: Vec<Set>,
    reasons: BTreeSet<String>,
    failed: Option<Failed>,
}

/// One quantity to be set.
#[derive(Debug)]
struct Set {
    store: String,
    location: u64,
    on_hand: OnHand,
    /// What may be sold there once it is set.
    available: i64,
    write: Box<Write>,
}

/// One pass over the stock of many documents, at most [`MOST`]. Each gets its own end.
pub async fn run(context: &Context, claims: Vec<Claim>, journal: &Journal) -> Vec<Ended> {
    let mut named = Vec::new();
    // Whoever cannot say so is read; a database that is away shows at once.
    let echoes = echo::only_echoes(context, &claims).await;
    let echoes = echoes.unwrap_or_default();
    let (heard, claims): (Vec<Claim>, Vec<Claim>) = claims
        .into_iter()
        .partition(|claim| echoes.contains(&claim.document.to_string()));
    for claim in claims {
        let item = item(context, &claim.document, journal).await;
        named.push((claim, item));
    }
    let mut approved = BTreeMap::new();
    for (claim, item) in &named {
        if let (Some(hash), Ok(Some(item))) = (&claim.approved_plan, item) {
            approved.insert(item.clone(), hash.clone());
        }
    }
    let items = named
        .iter()
        .filter_map(|(_, item)| item.as_ref().ok()?.clone());
    let mut tallies = settle(context, journal, items.collect(), &approved).await;
    let end = |(claim, item): (Claim, Result<Option<String>, Failed>)| {
        let mut record = Record::default();
        let result = match item {
            Err(failed) => Err(failed),
            Ok(None) => Ok(Stock::Left("no NetSuite item has its SKU".to_owned())),
            // Two documents can be about one item: the second has what the first has.
            Ok(Some(item)) => tallies.get_mut(&item).map_or_else(
                || Ok(Stock::Left("no shop shows stock".to_owned())),
                |tally| tally.end(&mut record),
            ),
        };
        Ended {
            claim,
            result,
            record,
        }
    };
    let heard = heard.into_iter().map(Ended::of_echo);
    heard.chain(named.into_iter().map(end)).collect()
}

/// What a pass over `document` would do now: reads only.
///
/// # Errors
///
/// As [`run`].
pub async fn preview(
    context: &Context,
    document: &Document,
    journal: &Journal,
) -> Result<Preview, Error> {
    let item = item(context, document, journal)
        .await
        .map_err(|failed| *failed.error)?;
    let Some(item) = item else {
        let reason = "no NetSuite item has its SKU".to_owned();
        return Ok(Preview::Skip { reason });
    };
    let mut planned = planned(context, journal, &BTreeSet::from([item.clone()])).await;
    let planned = planned.remove(&item).unwrap_or_default();
    match planned.failed {
        Some(failed) => Err(*failed.error),
        None if planned.sets.is_empty() => Ok(Preview::Skip {
            reason: told(&planned.reasons),
        }),
        None => Ok(Preview::Write {
            plan: planned.plan(),
        }),
    }
}

/// Reads, plans and writes, and does so again for what moved meanwhile.
async fn settle(
    context: &Context,
    journal: &Journal,
    items: BTreeSet<String>,
    approved: &BTreeMap<String, String>,
) -> BTreeMap<String, Tally> {
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    let mut open = items;
    for round in 0..ROUNDS {
        let mut planned = planned(context, journal, &open).await;
        for (item, hash) in approved {
            if let Some(planned) = planned.get_mut(item)
                && (round > 0 || planned.plan().hash() != *hash)
            {
                planned.hold(Problem::new(
                    Code::PlanMoved,
                    "the plan that was approved is not what would be written now",
                ));
            }
        }
        open = apply::apply(context, journal, &mut planned).await;
        for (item, planned) in planned {
            tallies.entry(item).or_default().add(planned);
        }
        if open.is_empty() {
            return tallies;
        }
    }
    for item in open {
        let tally = tallies.entry(item).or_default();
        tally.failed = Some(Failed::of_flow(Error::NotYet {
            reason: "the shop changed at each of three readings".to_owned(),
            waits_for: None,
            then: Box::new(Problem::new(
                Code::SourceStale,
                "the shop's stock of it does not stand still",
            )),
        }));
    }
    tallies
}

/// What is to be done for each item: reads only.
async fn planned(
    context: &Context,
    journal: &Journal,
    items: &BTreeSet<String>,
) -> BTreeMap<String, Planned> {
    let all = items.iter().map(|item| (item.clone(), Planned::default()));
    let mut all: BTreeMap<String, Planned> = all.collect();
    if items.is_empty() {
        return all;
    }
    let begun = async {
        let kits = context.netsuite.kits(journal).await;
        let kits = kits.map_err(|error| Failed::of(NETSUITE, error))?;
        Ok::<_, Failed>((kits, pause::owners(&context.pool, Kind::Item).await?))
    };
    let (mut kits, paused) = match begun.await {
        Ok(begun) => begun,
        Err(failed) => {
            all.values_mut().for_each(|planned| planned.fail(&failed));
            return all;
        }
    };
    for pool in place::pools(context, &paused) {
        match read::read(context, journal, &mut kits, &pool, items).await {
            Ok((read, known)) => {
                for (item, planned) in &mut all {
                    planned.decide(&pool, item, &read, &known, &kits);
                }
            }
            Err(failed) => all.values_mut().for_each(|planned| planned.fail(&failed)),
        }
    }
    all
}

impl Planned {
    fn decide(
        &mut self,
        pool: &Pool<'_>,
        item: &str,
        read: &plan::Read,
        known: &known::Known,
        kits: &Kits,
    ) {
        for (at, place) in pool
            .places
            .iter()
            .enumerate()
            .filter(|(_, place)| place.shown)
        {
            let key = (place.store().to_owned(), item.to_owned());
            if let Some(problem) = known.problems.get(&key) {
                self.hold(problem.clone());
                continue;
            }
            match plan::decide(pool, at, item, read, kits) {
                Ok(Decision::Set(on_hand, write)) => self.sets.push(Set {
                    store: key.0,
                    location: place.location,
                    available: read.available(at, item, on_hand.quantity),
                    on_hand,
                    write,
                }),
                Ok(Decision::Leave(reason)) => {
                    let absent = known.absent.get(&key).filter(|_| reason == plan::NOT_THERE);
                    self.reasons.insert(absent.cloned().unwrap_or(reason));
                }
                Err(problem) => self.hold(problem),
            }
        }
    }

    fn plan(&self) -> Plan {
        Plan {
            writes: self.sets.iter().map(|set| (*set.write).clone()).collect(),
            ..Plan::default()
        }
    }

    /// Nothing is written for an item that a person must look at first.
    fn hold(&mut self, problem: Problem) {
        self.sets.clear();
        self.failed = Some(Failed::of_flow(problem.into()));
    }

    fn fail(&mut self, failed: &Failed) {
        if self.failed.is_none() {
            self.failed = Some(failed.again());
        }
    }
}

/// The document of a NetSuite item.
fn document(item: &str) -> Document {
    Document::new(Kind::Item, NETSUITE, item)
}

/// The fields that hold SKUs in the stores of a pool, each once.
fn fields(pool: &Pool<'_>) -> Vec<SkuField> {
    let mut fields: Vec<SkuField> = Vec::new();
    for shop in pool.shops() {
        if !fields.contains(&shop.store.orders.sku_field) {
            fields.push(shop.store.orders.sku_field.clone());
        }
    }
    fields
}
