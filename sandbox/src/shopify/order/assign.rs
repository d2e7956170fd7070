//! Which location a fulfillment order is for, and what keeps it from being shipped.

use chrono::{DateTime, Utc};

use super::super::state::Ids;
use super::{FulfillmentOrder, FulfillmentOrderLine, Order, Refusal};

/// Why a fulfillment order cannot ship.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocked {
    /// Until somebody releases the hold.
    OnHold,
    /// Until its day comes.
    Scheduled,
}

impl Order {
    /// Puts every open fulfillment order on hold, schedules it, or opens it again.
    pub fn block(&mut self, blocked: Option<Blocked>) {
        for work in &mut self.fulfillment_orders {
            if work.remaining() > 0 && !work.cancelled {
                work.blocked = blocked;
            }
        }
    }

    /// Gives units of a fulfillment order to another location: all of it when no line is named. Answers
    /// the fulfillment order that has them now.
    ///
    /// # Errors
    ///
    /// It is closed, progress was reported on it, or the location has it already.
    pub(crate) fn move_work(
        &mut self,
        id: u64,
        location: u64,
        asked: &[(u64, u32)],
        ids: &mut Ids,
        at: DateTime<Utc>,
    ) -> Result<u64, Refusal> {
        let refused = |message| Err(Refusal::because(message));
        let work = self.fulfillment_orders.iter_mut().find(|it| it.id == id);
        let work = work.ok_or(Refusal::because("Fulfillment order does not exist."))?;
        match work.status() {
            "CLOSED" => return refused("Fulfillment order is closed."),
            "IN_PROGRESS" => {
                return refused("Cannot move a fulfillment order with reported progress.");
            }
            _ if work.location == location => {
                return refused("Fulfillment order is already assigned to this location.");
            }
            _ => {}
        }
        work.updated_at = at;
        let wanted = |line: &FulfillmentOrderLine| match asked.iter().find(|(id, _)| *id == line.id)
        {
            Some((_, count)) => (*count).min(line.remaining),
            None if asked.is_empty() => line.remaining,
            None => 0,
        };
        if work.lines.iter().all(|line| wanted(line) == line.remaining) {
            work.location = location;
            return Ok(id);
        }
        let mut moved = FulfillmentOrder {
            id: ids.take(),
            location,
            lines: Vec::new(),
            ..work.clone()
        };
        for line in &mut work.lines {
            let count = wanted(line);
            if count > 0 {
                moved.lines.push(FulfillmentOrderLine {
                    id: ids.take(),
                    line: line.line,
                    total: count,
                    remaining: count,
                });
                line.total -= count;
                line.remaining -= count;
            }
        }
        work.lines.retain(|line| line.total > 0);
        let made = moved.id;
        self.fulfillment_orders.push(moved);
        Ok(made)
    }
}
