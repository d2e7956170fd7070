//! Which of Shopify's fulfillment orders the units are taken from, and what must be moved first.

use std::collections::BTreeMap;

use super::units::Units;
use crate::config::store::Elsewhere;
use crate::problem::{Code, Problem};
use crate::shopify::fulfillments::{Shipments, Work};

/// Lines of fulfillment orders: fulfillment order → its own lines and units.
pub(super) type Parts = BTreeMap<u64, Vec<(u64, u32)>>;

/// Where the units of one place come from.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Allocation {
    /// What must be given to the place before anything of it can ship.
    pub(super) moves: Parts,
    /// What ships, by the location it is counted at.
    pub(super) ships: BTreeMap<Option<u64>, (Parts, Units)>,
    pub(super) notes: Vec<String>,
}

const SHIP: &str = "CREATE_FULFILLMENT";
const MOVE: &str = "MOVE";

/// What is left in each line of each fulfillment order while places take from it in turn.
pub(super) struct Left<'a> {
    shipments: &'a Shipments,
    taken: BTreeMap<u64, u32>,
}

impl<'a> Left<'a> {
    pub(super) fn new(shipments: &'a Shipments) -> Self {
        Self {
            shipments,
            taken: BTreeMap::new(),
        }
    }

    /// Takes the units for `place`: from what is assigned to it, then from other locations.
    ///
    /// # Errors
    ///
    /// The problem that says why there is not enough to ship.
    pub(super) fn take(
        &mut self,
        place: Option<u64>,
        units: &Units,
        elsewhere: Elsewhere,
    ) -> Result<Allocation, Problem> {
        let mut allocation = Allocation::default();
        for (line, count) in units {
            let mut missing = *count;
            for work in self.order_of(place) {
                missing -= self.from(work, *line, missing, place, elsewhere, &mut allocation);
            }
            if missing > 0 {
                return Err(self.lacks(*line, *count, missing));
            }
        }
        Ok(allocation)
    }

    /// Those that can ship, the place's own first.
    fn order_of(&self, place: Option<u64>) -> Vec<&'a Work> {
        let mut works: Vec<&Work> = self
            .shipments
            .work
            .iter()
            .filter(|work| work.allows(SHIP))
            .collect();
        works.sort_by_key(|work| (place.is_some() && work.location != place, work.id));
        works
    }

    /// Takes up to `wanted` units of a line out of one fulfillment order; gives how many.
    fn from(
        &mut self,
        work: &Work,
        line: u64,
        wanted: u32,
        place: Option<u64>,
        elsewhere: Elsewhere,
        allocation: &mut Allocation,
    ) -> u32 {
        let mut got = 0;
        for part in work.lines.iter().filter(|part| part.line == line) {
            let taken = self.taken.entry(part.id).or_default();
            let count = part.remaining.saturating_sub(*taken).min(wanted - got);
            if count == 0 {
                continue;
            }
            *taken += count;
            got += count;
            let away = place.is_some() && work.location != place;
            let location = match elsewhere {
                Elsewhere::Move if away && work.allows(MOVE) => {
                    let moved = allocation.moves.entry(work.id).or_default();
                    moved.push((part.id, count));
                    place
                }
                Elsewhere::Move | Elsewhere::AsAssigned => {
                    if away {
                        allocation.notes.push(counted_at(work));
                    }
                    work.location
                }
            };
            let (parts, units) = allocation.ships.entry(location).or_default();
            parts.entry(work.id).or_default().push((part.id, count));
            *units.entry(line).or_default() += count;
        }
        got
    }

    /// Why there is not enough of a line.
    fn lacks(&self, line: u64, wanted: u32, missing: u32) -> Problem {
        let order = self.shipments.order;
        let blocked = self.shipments.work.iter();
        let blocked = blocked.filter(|work| !work.allows(SHIP) && work.remaining(line) > 0);
        let mut states: Vec<&str> = blocked.map(|work| work.status.as_str()).collect();
        states.sort_unstable();
        let on_hold = states.contains(&"ON_HOLD");
        let problem = match states.first() {
            Some(_) if on_hold => Problem::new(
                Code::FulfillmentOnHold,
                format!("line {line} was shipped in NetSuite and is on hold in Shopify"),
            ),
            Some(state) => Problem::new(
                Code::FulfillmentNotOpen,
                format!(
                    "line {line} was shipped in NetSuite, and in Shopify it cannot be yet: {state}"
                ),
            ),
            None if self.shipments.cancelled => Problem::new(
                Code::FulfilledElsewhere,
                format!(
                    "line {line} was shipped in NetSuite, and the order is cancelled in Shopify"
                ),
            ),
            None => Problem::new(
                Code::FulfilledElsewhere,
                format!(
                    "{wanted} of line {line} were shipped in NetSuite, and Shopify has {missing} too few left to ship"
                ),
            ),
        };
        let left = (wanted - missing).to_string();
        let problem = problem.because(order);
        problem.field("units to ship", Some(left), Some(wanted.to_string()))
    }
}

fn counted_at(work: &Work) -> String {
    let location = work
        .location
        .map_or_else(|| "no location".to_owned(), |id| id.to_string());
    format!(
        "fulfillment order {} stays at location {location}, though NetSuite ships from another",
        work.id
    )
}
