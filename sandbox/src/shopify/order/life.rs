//! What happens to an order after it was placed. Each act recomputes the totals; none touches `updated_at`.

use chrono::{DateTime, Utc};

use super::super::state::Ids;
use super::{Order, Refunding, Restock, TransactionKind};

/// Why an act is not possible, in words a merchant would read.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

impl Refusal {
    pub(crate) fn because(text: &str) -> Self {
        Self(text.into())
    }
}

impl Order {
    /// Takes back every unit not shipped, gives back (or voids) the money, and marks the order cancelled.
    pub(crate) fn cancel(
        &mut self,
        reason: &str,
        ids: &mut Ids,
        at: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        if self.cancelled_at.is_some() {
            return Err(Refusal::because(
                "Cannot cancel an order that is already cancelled",
            ));
        }
        if self.lines.iter().any(|line| line.fulfilled > 0) {
            return Err(Refusal::because(
                "Cannot cancel an order that has been fulfilled",
            ));
        }
        if self.totals.received.is_zero() {
            let open = self
                .transactions
                .iter()
                .find(|t| t.kind == TransactionKind::Authorization)
                .cloned();
            if let Some(open) = open {
                let kind = TransactionKind::Void;
                self.transact(ids, at, kind, &open.gateway, open.amount, Some(open.id));
            }
        }
        let refunding = Refunding {
            lines: self
                .lines
                .iter()
                .map(|line| (line.id, line.current_quantity))
                .collect(),
            restock: Restock::Cancel,
            shipping: Some(self.totals.current_shipping.shop),
            note: None,
            money: !self.totals.received.is_zero(),
        };
        self.refund(&refunding, ids, at)?;
        for order in &mut self.fulfillment_orders {
            order.cancelled = true;
        }
        self.cancelled_at = Some(at);
        self.cancel_reason = Some(reason.to_owned());
        self.recompute();
        Ok(())
    }
}
