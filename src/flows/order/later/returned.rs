//! Which of the units a refund or return takes back have come back, and where they went.

use super::Scene;
use crate::flows::order::ledger::TakenBy;
use crate::flows::order::part::{About, Parts};
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
    pub(super) fn back(&self, source: TakenBy, parts: &Parts) -> Vec<Back> {
        let order = self.draft.order;
        let refund = match source {
            TakenBy::Refund(id) => order.refunds.iter().find(|refund| refund.id == id),
            TakenBy::Return(_) => None,
        };
        let of_return = match source {
            TakenBy::Return(id) => Some(id),
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
            back.extend(mine.flat_map(|one| &one.dispositions).filter_map(arrived));
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

fn arrived(disposition: &Disposition) -> Option<Back> {
    let restocked = match disposition.kind {
        DispositionKind::Restocked => true,
        DispositionKind::NotRestocked => false,
        DispositionKind::Missing | DispositionKind::ProcessingRequired => return None,
    };
    Some(Back {
        line: disposition.line,
        quantity: disposition.quantity,
        location: disposition.location,
        restocked,
    })
}
