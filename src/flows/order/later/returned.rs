//! Which of the units a refund or return takes back have come back, and where they went.

use std::collections::HashMap;

use super::Scene;
use crate::flows::order::ledger::TakenBy;
use crate::flows::order::part::{About, Parts};
use crate::flows::order::standing::Credit;
use crate::shopify::order::{Disposition, DispositionKind, Restock};

/// Units of one Shopify line that came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Back {
    pub(super) line: u64,
    pub(super) quantity: i64,
    /// The Shopify location they are at.
    pub(super) location: Option<u64>,
    /// Whether they are for sale again.
    pub(super) restocked: bool,
}

impl Scene<'_> {
    /// The units of `parts` that came back by `source`; none while the goods are on their way.
    pub(super) fn back(&self, credit: &Credit, parts: &Parts) -> Vec<Back> {
        let (order, source) = (self.draft.order, credit.source);
        let refund = match source {
            TakenBy::Refund(id) => order.refunds.iter().find(|refund| refund.id == id),
            TakenBy::Return { .. } => None,
        };
        let of_return = match source {
            TakenBy::Return { id, .. } => Some(id),
            TakenBy::Refund(_) => refund.and_then(|refund| refund.return_id),
        };
        let mut back: Vec<Back> = Vec::new();
        for line in refund.iter().flat_map(|refund| &refund.lines) {
            if matches!(line.restock, Restock::Return | Restock::Legacy) {
                back.push(Back {
                    line: line.line,
                    quantity: line.quantity,
                    location: line.location,
                    restocked: true,
                });
            }
        }
        if back.is_empty() {
            let returns = order.returns.iter();
            let mine = returns.filter(|one| Some(one.id) == of_return);
            let mut dispositions: Vec<&Disposition> =
                mine.flat_map(|one| &one.dispositions).collect();
            dispositions.sort_by_key(|disposition| disposition.at);
            let (mut before, mut own) = (units(&credit.before), units(&credit.parts));
            for disposition in dispositions {
                back.extend(arrived(disposition, &mut before, &mut own));
            }
        }
        for one in &mut back {
            let taken = parts
                .get(About::Line(one.line))
                .map_or(0, |part| part.quantity);
            one.quantity = one.quantity.min(taken);
        }
        back.retain(|one| one.quantity > 0);
        back
    }
}

fn units(parts: &Parts) -> HashMap<u64, i64> {
    let lines = parts.iter().filter_map(|part| match part.about {
        About::Line(line) => Some((line, part.quantity)),
        About::Shipping(_)
        | About::Tip
        | About::Duty
        | About::Fee(_)
        | About::Restocking
        | About::Adjustment
        | About::Rounding => None,
    });
    lines.collect()
}

/// What of a disposition is of neither an earlier step of its return nor a later one, if it came back.
/// Their order is that of the steps.
fn arrived(
    disposition: &Disposition,
    before: &mut HashMap<u64, i64>,
    own: &mut HashMap<u64, i64>,
) -> Option<Back> {
    let restocked = match disposition.kind {
        DispositionKind::Restocked => Some(true),
        DispositionKind::NotRestocked => Some(false),
        DispositionKind::Missing => None,
        // What becomes of these units, a further disposition says.
        DispositionKind::ProcessingRequired => return None,
    };
    let take = |from: &mut HashMap<u64, i64>, units: i64| {
        let left = from.entry(disposition.line).or_default();
        let taken = units.min(*left);
        *left -= taken;
        taken
    };
    let theirs = take(before, disposition.quantity);
    let quantity = take(own, disposition.quantity - theirs);
    Some(Back {
        line: disposition.line,
        quantity,
        location: disposition.location,
        restocked: restocked?,
    })
}
