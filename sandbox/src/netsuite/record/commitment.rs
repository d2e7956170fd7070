//! What is committed to the lines of a sales order, and what they wait for.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::effects;
use crate::netsuite::document::{self, Fields};
use crate::netsuite::state::{Record, State};
use crate::netsuite::stock::Place;

/// Of one line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Commitment {
    pub(crate) committed: Decimal,
    pub(crate) back_ordered: Decimal,
}

/// By line. What is committed to the order serves its lines in their order; a kit is committed whole.
pub(crate) fn of_order(state: &State, order: &Record) -> BTreeMap<u64, Commitment> {
    let mut left: BTreeMap<Place, Decimal> = BTreeMap::new();
    let mut all = BTreeMap::new();
    for line in document::lines(&order.fields, "item") {
        let location = effects::location(&order.fields, line);
        let item = document::record_id(line, "item");
        let (Some(id), Some(item), Some(location)) = (document::line_id(line), item, location)
        else {
            continue;
        };
        let amount = |name| document::decimal(line, name).unwrap_or_default();
        let open = amount("quantity") - amount("quantityFulfilled");
        let pieces = effects::pieces_of(state, item, location);
        let mut committed = open;
        for (place, each) in &pieces {
            let left = left
                .entry(place.clone())
                .or_insert_with(|| state.stock.committed_to(order.id, place));
            let units = if place.0 == item {
                *left
            } else {
                (*left / each).floor()
            };
            committed = committed.min(units);
        }
        if pieces.is_empty() || is_uncommitted(line) {
            committed = Decimal::ZERO;
        }
        for (place, each) in pieces {
            left.entry(place)
                .and_modify(|left| *left -= committed * each);
        }
        all.insert(
            id,
            Commitment {
                committed,
                back_ordered: open - committed,
            },
        );
    }
    all
}

fn is_uncommitted(line: &Fields) -> bool {
    document::flag(line, "isClosed") || document::id(line, "commitInventory") == Some("3")
}
