//! Units that leave an order: by an edit, a refund, a return or a cancellation.

use super::super::state::Ids;
use super::agreement::{Sale, Subject};
use super::{Order, Refusal};

/// Which units of a line leave first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whence {
    Unshipped,
    Shipped,
}

impl Order {
    /// Takes units out of a line and out of the warehouse's work; answers the sale it
    /// booked and how many of the units had not been shipped.
    pub(super) fn withdraw(
        &mut self,
        id: u64,
        units: u32,
        first: Whence,
        ids: &mut Ids,
    ) -> Result<(Sale, u32), Refusal> {
        let line = self.line(id);
        let line = line.ok_or(Refusal::because("Line item does not belong to the order"))?;
        let current = line.current_quantity;
        if units > current {
            return Err(Refusal::because(
                "Quantity cannot refund more items than were purchased",
            ));
        }
        let shipped = line.shipped();
        let from_shipped = match first {
            Whence::Shipped => units.min(shipped),
            Whence::Unshipped => units.saturating_sub(line.unfulfilled()),
        };
        let subject = Subject::Line(id);
        let worth = self.share_of(self.standing(subject), units, current);
        let sale = self.taken_back(subject, Some(i64::from(units)), worth, ids);
        let currencies = self.currencies.clone();
        if let Some(line) = self.lines.iter_mut().find(|line| line.id == id) {
            line.current_quantity -= units;
            line.returned += from_shipped;
            for allocation in &mut line.allocations {
                let gone = allocation.current.share(0, units, current, &currencies);
                allocation.current = allocation.current - gone;
            }
        }
        self.unplan(id, units - from_shipped);
        self.book(sale.clone());
        Ok((sale, units - from_shipped))
    }

    /// Nobody needs to ship these units any more.
    fn unplan(&mut self, id: u64, units: u32) {
        let mut left = units;
        let works = self.fulfillment_orders.iter_mut().rev();
        for line in works
            .filter(|work| !work.cancelled)
            .flat_map(|work| &mut work.lines)
            .filter(|line| line.line == id)
        {
            let gone = line.remaining.min(left);
            line.remaining -= gone;
            line.total -= gone;
            left -= gone;
        }
    }
}
