//! Where an order stands: what of it the sales order must hold, and what is given back by credits.
//!
//! A refund or return never shrinks the sale, except by units that NetSuite has neither picked,
//! shipped nor billed: those are lowered. What is shipped comes back by a credit once it is billed.
//! Amounts without units (shipping, goodwill, fees) go with the credits, unless nothing of the order
//! is left at all: then it is lowered to nothing, with them. Which it is depends on what both systems
//! hold now and not on the order of the events, so any order of events ends the same.

use std::collections::HashMap;

use super::ledger::{Ledger, TakenBy, Taking};
use super::part::{About, Part, Parts};
use crate::money::Error;

/// How far NetSuite has carried the order; units by our line key.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Progress {
    pub(super) lines: HashMap<String, Carried>,
    /// Something of the order is billed.
    pub(super) any_billed: bool,
    /// A cash sale: all of it is billed when it is written.
    pub(super) at_once: bool,
    /// What is credited by documents of ours, by the name of the refund or return.
    pub(super) credited: HashMap<String, HashMap<String, i64>>,
    /// Units that somebody credited in NetSuite by hand.
    pub(super) by_hand: HashMap<String, i64>,
}

/// Units of one line of the sales order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Carried {
    /// Picked, packed or shipped, or billed.
    pub(super) done: i64,
    pub(super) billed: i64,
}

/// The two halves of an order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Standing {
    /// What the sales order must hold.
    pub(super) sale: Parts,
    /// What must be credited, one for each refund or return, oldest first.
    pub(super) credits: Vec<Credit>,
    /// Fewer units are sold than NetSuite has carried already: line, units sold, units carried.
    pub(super) overtaken: Option<(u64, i64, i64)>,
}

/// What one refund, or one step of a return, takes back by a credit.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Credit {
    pub(super) source: TakenBy,
    pub(super) at: chrono::DateTime<chrono::Utc>,
    pub(super) parts: Parts,
    /// What the same return had taken before.
    pub(super) before: Parts,
    pub(super) state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// A document of ours holds it.
    Written,
    /// Somebody credited these units in NetSuite.
    ByHand,
    /// It can be written now.
    Ready,
    /// It waits until NetSuite has billed what it takes back.
    Unbilled,
}

impl Standing {
    pub(super) fn of(ledger: &Ledger, progress: &Progress) -> Result<Self, Error> {
        let mut at = Walk::new(ledger, progress);
        let mut sale = ledger.sold.clone();
        let mut rests = Vec::new();
        for taking in &ledger.takings {
            let (lowered, rest) = at.lower(taking)?;
            sale.take(&lowered)?;
            rests.push((taking, rest));
        }
        let emptied = sale.all_units() == 0 && !progress.any_billed && !progress.at_once;
        let mut credits = Vec::new();
        for (taking, rest) in rests {
            if emptied {
                sale.take(&rest)?;
            } else if !rest.is_empty() {
                credits.push(Credit {
                    source: taking.source,
                    at: taking.at,
                    state: at.state(taking.source, &rest),
                    parts: rest,
                    before: taking.before.clone(),
                });
            }
        }
        let overtaken = at.overtaken(&sale);
        Ok(Self {
            sale,
            credits,
            overtaken,
        })
    }
}

/// Goes through the takings, oldest first, and gives each its share of what may still be lowered.
struct Walk<'a> {
    progress: &'a Progress,
    /// Units of each line that NetSuite has not touched.
    untouched: HashMap<u64, i64>,
    by_hand: HashMap<String, i64>,
    /// Billed units that no credit has taken back yet.
    creditable: HashMap<String, i64>,
}

impl<'a> Walk<'a> {
    fn new(ledger: &Ledger, progress: &'a Progress) -> Self {
        let mut untouched = HashMap::new();
        let mut creditable = HashMap::new();
        for part in ledger.sold.iter() {
            let About::Line(line) = part.about else {
                continue;
            };
            let carried = progress.carried(line, part.quantity);
            untouched.insert(line, (part.quantity - carried.done).max(0));
            let gone: i64 = progress
                .credited
                .values()
                .filter_map(|lines| lines.get(&line.to_string()))
                .sum();
            let key = line.to_string();
            let hand = progress.by_hand.get(&key).copied().unwrap_or_default();
            creditable.insert(key, carried.billed - gone - hand);
        }
        Self {
            progress,
            untouched,
            by_hand: progress.by_hand.clone(),
            creditable,
        }
    }

    /// What of a taking is lowered, and what is left to credit.
    fn lower(&mut self, taking: &Taking) -> Result<(Parts, Parts), Error> {
        let credited = self.progress.credited.get(&taking.source.name());
        let (mut lowered, mut rest) = (Parts::default(), Parts::default());
        for part in taking.parts.iter() {
            let About::Line(line) = part.about else {
                rest.add(part)?;
                continue;
            };
            let key = line.to_string();
            let gone = credited.and_then(|lines| lines.get(&key)).copied();
            let open = part.quantity - gone.unwrap_or_default();
            let left = self.untouched.entry(line).or_default();
            let units = open.min(*left).max(0);
            *left -= units;
            let (first, second): (Part, Part) = part.split(units)?;
            if units > 0 {
                lowered.add(&first)?;
            }
            rest.add(&second)?;
        }
        // The rounding of a refund goes with its units: alone, it would wait for a bill of nothing.
        let only_rounded = rest.iter().all(|part| part.about == About::Rounding);
        if only_rounded && lowered.all_units() > 0 {
            rest.iter().try_for_each(|part| lowered.add(part))?;
            rest = Parts::default();
        }
        Ok((lowered, rest))
    }

    fn state(&mut self, source: TakenBy, rest: &Parts) -> State {
        let written = self.progress.credited.get(&source.name());
        let units = rest.iter().filter_map(|part| {
            let About::Line(line) = part.about else {
                return None;
            };
            let key = line.to_string();
            let gone = written.and_then(|lines| lines.get(&key)).copied();
            let open = part.quantity - gone.unwrap_or_default();
            (open > 0).then_some((key, open))
        });
        let units: Vec<(String, i64)> = units.collect();
        if written.is_some() && units.is_empty() {
            return State::Written;
        }
        if !units.is_empty() && take_all(&mut self.by_hand, &units) {
            return State::ByHand;
        }
        let billed = self.progress.any_billed || self.progress.at_once;
        if billed && take_all(&mut self.creditable, &units) {
            State::Ready
        } else {
            State::Unbilled
        }
    }

    fn overtaken(&self, sale: &Parts) -> Option<(u64, i64, i64)> {
        sale.iter().find_map(|part| {
            let About::Line(line) = part.about else {
                return None;
            };
            let done = self.progress.carried(line, part.quantity).done;
            (part.quantity < done).then_some((line, part.quantity, done))
        })
    }
}

impl Progress {
    /// All of it is billed when it is written, as a cash sale is.
    pub(super) fn at_once() -> Self {
        Self {
            at_once: true,
            ..Self::default()
        }
    }

    fn carried(&self, line: u64, sold: i64) -> Carried {
        if self.at_once {
            return Carried {
                done: sold,
                billed: sold,
            };
        }
        self.lines
            .get(&line.to_string())
            .copied()
            .unwrap_or_default()
    }
}

/// Takes all of `units`, or nothing.
fn take_all(from: &mut HashMap<String, i64>, units: &[(String, i64)]) -> bool {
    let has = |key: &String| from.get(key).copied().unwrap_or_default();
    if units.iter().any(|(key, wanted)| has(key) < *wanted) {
        return false;
    }
    for (key, wanted) in units {
        *from.entry(key.clone()).or_default() -= wanted;
    }
    true
}
