//! What would be written: the difference between what NetSuite has shipped and what Shopify shows. Pure.

use std::collections::BTreeMap;

use super::allocate::{Left, Parts};
use super::fingerprint;
use super::read::{Known, Ours};
use super::step::{Planned, Step};
use super::tracking::{self, shows};
use super::units::{Shipped, Units, shipped};
use crate::config::Store;
use crate::config::store::{Fulfillments, ShipWhen};
use crate::event::Document;
use crate::problem::{Code, Problem};
use crate::shopify::fulfillments::{Fulfillment, Tracking};

pub(super) enum Decision {
    Skip(String),
    Write(Planned),
}

/// Plans from what was read.
///
/// # Errors
///
/// The problem that keeps the shipment from Shopify.
pub(super) fn plan(document: &Document, store: &Store, known: &Known) -> Result<Decision, Problem> {
    let Some(source) = &known.source else {
        return Ok(withdraw(document, known, "it is gone from NetSuite"));
    };
    let state = source.status.as_deref().unwrap_or_default();
    let ships = match store.fulfillments.ship_when {
        ShipWhen::Shipped => state == "C",
        ShipWhen::Packed => state == "C" || state == "B",
    };
    if !ships {
        let state = match state {
            "A" => "picked",
            "B" => "packed",
            _ => "in a status that this version does not know",
        };
        return Ok(withdraw(
            document,
            known,
            &format!("in NetSuite it is {state}"),
        ));
    }
    let comparison = Comparison {
        document,
        store,
        known,
        shipped: shipped(source, store, known)?,
        tracking: tracking::tracking(source, &store.fulfillments),
    };
    let planned = comparison.plan()?;
    Ok(if planned.steps.is_empty() {
        Decision::Skip("Shopify shows it already".to_owned())
    } else {
        Decision::Write(planned)
    })
}

/// Takes back what was written; nothing when nothing stands.
fn withdraw(document: &Document, known: &Known, reason: &str) -> Decision {
    let mut planned = Planned::default();
    for ours in &known.ours {
        planned.push(
            document,
            Step::Cancel {
                fulfillment: ours.id,
            },
        );
    }
    if planned.steps.is_empty() {
        return Decision::Skip(reason.to_owned());
    }
    planned
        .plan
        .notes
        .push(format!("it is taken back: {reason}"));
    Decision::Write(planned)
}

struct Comparison<'a> {
    document: &'a Document,
    store: &'a Store,
    known: &'a Known,
    shipped: Shipped,
    tracking: Tracking,
}

impl Comparison<'_> {
    fn plan(&self) -> Result<Planned, Problem> {
        let mut planned = Planned::default();
        planned.plan.notes.clone_from(&self.shipped.notes);
        let standing = self.standing()?;
        let mut missing = self.shipped.places.clone();
        let fits = standing
            .iter()
            .all(|(_, fulfillment)| take_off(&mut missing, &fulfillment.units));
        if !fits {
            return Ok(self.instead(planned, &standing));
        }
        for (ours, fulfillment) in &standing {
            self.follow(&mut planned, fulfillment, ours.tracking_hash.as_deref());
        }
        for fulfillment in self.adoptable(&missing) {
            if take_off(&mut missing, &fulfillment.units) {
                let step = Step::Adopt {
                    fulfillment: fulfillment.id,
                    units: fulfillment.units.clone(),
                };
                planned.push(self.document, step);
                self.follow(&mut planned, fulfillment, None);
            }
        }
        self.create(&mut planned, &missing)?;
        Ok(planned)
    }

    /// Ours that still stand in Shopify.
    fn standing(&self) -> Result<Vec<(&Ours, &Fulfillment)>, Problem> {
        let find = |ours: &&Ours| {
            self.known
                .shipments
                .fulfillments
                .iter()
                .find(|it| it.id == ours.id)
        };
        let mut standing = Vec::new();
        for ours in &self.known.ours {
            match find(&ours).filter(|it| it.stands) {
                Some(fulfillment) => standing.push((ours, fulfillment)),
                None => {
                    let what = format!(
                        "fulfillment {} was cancelled in Shopify, and NetSuite has it shipped",
                        ours.id
                    );
                    return Err(
                        Problem::new(Code::FulfillmentCancelled, what).because(self.document)
                    );
                }
            }
        }
        Ok(standing)
    }

    /// NetSuite's record was corrected to ship less: all of it is taken back and written anew.
    fn instead(&self, mut planned: Planned, standing: &[(&Ours, &Fulfillment)]) -> Planned {
        for (ours, _) in standing {
            planned.push(
                self.document,
                Step::Cancel {
                    fulfillment: ours.id,
                },
            );
        }
        let note = "its units were corrected in NetSuite: it is cancelled and made again";
        planned.plan.notes.push(note.to_owned());
        for units in self.shipped.places.values() {
            let step = Step::Create {
                parts: Parts::new(),
                units: units.clone(),
                tracking: self.tracking.clone(),
                notify: self.settings().notify_of_changes,
            };
            planned.push(self.document, step);
        }
        planned
    }

    /// Corrects the tracking, unless it is what we wrote last and a person has changed it in Shopify.
    fn follow(&self, planned: &mut Planned, fulfillment: &Fulfillment, last: Option<&str>) {
        let unchanged = last == Some(tracking::hash(&self.tracking).as_str());
        if unchanged || shows(&fulfillment.tracking, &self.tracking) {
            return;
        }
        let step = Step::Track {
            fulfillment: fulfillment.id,
            tracking: self.tracking.clone(),
            notify: self.settings().notify_of_changes,
        };
        planned.push(self.document, step);
    }

    /// Fulfillments without a link that are this one: what we are known to have sent, or the very
    /// units under the very numbers; and, where Shopify has nothing left to ship, the very units that a
    /// person shipped there without a number.
    fn adoptable(&self, missing: &BTreeMap<Option<u64>, Units>) -> Vec<&Fulfillment> {
        let total = Shipped {
            places: missing.clone(),
            notes: Vec::new(),
        }
        .total();
        let nothing_left = total.iter().all(|(line, _)| {
            self.known
                .shipments
                .work
                .iter()
                .all(|work| work.remaining(*line) == 0)
        });
        let is_this = |it: &&Fulfillment| {
            let sent = self
                .known
                .sent
                .contains(&fingerprint::of(&it.units, &it.tracking));
            let same_numbers = tracking::numbers(&it.tracking) == tracking::numbers(&self.tracking);
            let by_hand = nothing_left && it.tracking.numbers.is_empty() && it.units == total;
            it.stands
                && !self.known.others.contains(&it.id)
                && !self.known.ours.iter().any(|ours| ours.id == it.id)
                && (sent || same_numbers || by_hand)
        };
        self.known
            .shipments
            .fulfillments
            .iter()
            .filter(is_this)
            .collect()
    }

    fn create(
        &self,
        planned: &mut Planned,
        missing: &BTreeMap<Option<u64>, Units>,
    ) -> Result<(), Problem> {
        let mut left = Left::new(&self.known.shipments);
        let mut creates = Vec::new();
        for (place, units) in missing {
            let taken = left.take(*place, units, self.settings().elsewhere)?;
            planned.plan.notes.extend(taken.notes);
            for (work, lines) in taken.moves {
                let Some(location) = *place else { continue };
                planned.push(
                    self.document,
                    Step::Move {
                        work,
                        location,
                        lines,
                    },
                );
            }
            creates.extend(taken.ships.into_values());
        }
        for (parts, units) in creates {
            let step = Step::Create {
                parts,
                units,
                tracking: self.tracking.clone(),
                notify: if self.known.corrected {
                    self.settings().notify_of_changes
                } else {
                    self.settings().notify_customer
                },
            };
            planned.push(self.document, step);
        }
        Ok(())
    }

    fn settings(&self) -> &Fulfillments {
        &self.store.fulfillments
    }
}

/// Takes the units off what is missing, from whichever place; false when they are more than that.
fn take_off(missing: &mut BTreeMap<Option<u64>, Units>, units: &Units) -> bool {
    let mut after = missing.clone();
    for (line, count) in units {
        let mut rest = *count;
        for place in after.values_mut() {
            if let Some(have) = place.get_mut(line) {
                let taken = rest.min(*have);
                *have -= taken;
                rest -= taken;
            }
        }
        if rest > 0 {
            return false;
        }
    }
    for place in after.values_mut() {
        place.retain(|_, count| *count > 0);
    }
    after.retain(|_, units| !units.is_empty());
    *missing = after;
    true
}
