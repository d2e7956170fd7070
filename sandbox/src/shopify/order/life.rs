//! What happens to an order after it was placed. Each act recomputes the totals; none touches `updated_at`.

use chrono::{DateTime, Utc};

use super::super::state::Ids;
use serde::Deserialize;

use super::{Order, Refunding, Restock};

/// Why an act is not possible, in words a merchant would read.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

impl Refusal {
    pub(crate) fn because(text: &str) -> Self {
        Self(text.into())
    }
}

/// How to cancel an order.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cancelling {
    /// Lower case: `customer`, `fraud`, `inventory`, `declined`, `other`, `staff`.
    pub reason: String,
    /// Give back what was paid. What is only authorized is voided either way.
    pub refund: bool,
    pub restock: bool,
    pub staff_note: Option<String>,
    /// Whether the customer gets a mail.
    pub notify: bool,
}

impl Default for Cancelling {
    fn default() -> Self {
        Self {
            reason: "other".into(),
            refund: true,
            restock: true,
            staff_note: None,
            notify: false,
        }
    }
}

impl Order {
    /// Takes back everything, gives back (or voids) the money, and marks the order cancelled.
    pub(crate) fn cancel(
        &mut self,
        cancelling: &Cancelling,
        ids: &mut Ids,
        at: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        if self.cancelled_at.is_some() {
            return Err(Refusal::because(
                "Cannot cancel an order that is already cancelled",
            ));
        }
        if self.lines.iter().any(|line| line.shipped() > 0) {
            return Err(Refusal::because(
                "Cannot cancel an order that has been fulfilled",
            ));
        }
        if !self.capturable().is_zero() {
            self.void(ids, at)?;
        }
        let refunding = Refunding {
            everything: true,
            restock: if cancelling.restock {
                Restock::Cancel
            } else {
                Restock::NoRestock
            },
            money: cancelling.refund && !self.totals.received.is_zero(),
            amount: (cancelling.refund && self.totals.received.shop > self.totals.refunded.shop)
                .then_some(self.totals.received.shop - self.totals.refunded.shop),
            ..Refunding::default()
        };
        self.refund(&refunding, ids, at)?;
        for order in &mut self.fulfillment_orders {
            order.cancelled = true;
        }
        self.cancelled_at = Some(at);
        self.cancel_reason = Some(cancelling.reason.clone());
        self.staff_note.clone_from(&cancelling.staff_note);
        self.cancel_mails += u32::from(cancelling.notify);
        self.recompute();
        Ok(())
    }
}
