//! Shipping that was added after the order's shipping was billed.
//!
//! NetSuite bills the header's shipping cost with the first invoice, so what is added to it later would stay
//! unbilled. It becomes a line of the sales order instead, which is billed like any other line.

use rust_decimal::Decimal;

use super::{Scene, Stage};
use crate::config::store::{BilledBy, ShippingForm};
use crate::flows::order::change;
use crate::flows::order::sale::{Place, Sale};
use crate::netsuite::books::{BookDocument, BookLine, LineKind};
use crate::problem::Problem;

impl Scene<'_> {
    /// Decides which shipping lines of `sale` are lines of the sales order.
    ///
    /// # Errors
    ///
    /// `changed_after_import` when shipping that is billed is not sold any more.
    pub(super) fn place_shipping(&self, sale: &mut Sale<'_>) -> Result<(), Problem> {
        let Some(order) = self
            .books
            .order()
            .filter(|_| self.shipping_is_in_the_header())
        else {
            return Ok(());
        };
        let header = shown(order);
        let billed: Decimal = self.invoices().map(shown).sum();
        let any_billed = self.invoices().next().is_some();
        let mut in_header = Decimal::ZERO;
        for sold in &mut sale.shipping {
            let key = format!("shipping-{}", sold.number);
            let is_line = late(order).any(|line| line.key.as_ref() == Some(&key));
            let with = in_header + sold.net.decimal();
            if is_line || (any_billed && with > header) {
                sold.place = Place::Line;
            } else {
                in_header = with;
            }
        }
        if in_header < billed {
            let why = format!("shipping of {billed} is billed, and of it {in_header} is sold now");
            return Err(change::too_late(self.draft.order, &why));
        }
        Ok(())
    }

    /// Shipping that NetSuite's own process is to bill and has not yet.
    pub(super) fn await_shipping(&self, stage: &mut Stage) {
        let billed = self.invoices().next().is_some();
        let theirs = billed && self.draft.store.billing.by == BilledBy::Netsuite;
        let ready = |order: &&BookDocument| order.status.as_deref() == Some("F");
        let order = self.books.order().filter(ready);
        let Some(order) = order.filter(|_| theirs && self.shipping_is_in_the_header()) else {
            return;
        };
        let open = late(order).filter(|line| line.billed.is_zero());
        let unbilled: Decimal = open.map(|line| line.amount).sum();
        if !unbilled.is_zero() {
            stage.wait(format!(
                "shipping of {unbilled} was added after the bill and is not billed yet"
            ));
        }
    }

    fn shipping_is_in_the_header(&self) -> bool {
        self.draft.store.shipping.form == ShippingForm::Header
    }
}

/// The lines of shipping that was added late.
fn late(order: &BookDocument) -> impl Iterator<Item = &BookLine> {
    let lines = order.lines.iter().filter(|line| !line.closed);
    lines.filter(|line| {
        let key = line.key.as_deref().unwrap_or_default();
        line.kind == LineKind::Item && key.starts_with("shipping-")
    })
}

fn shown(document: &BookDocument) -> Decimal {
    let lines = document.lines.iter();
    let costs = lines.filter(|line| line.kind == LineKind::Shipping);
    costs.map(|line| line.amount).sum()
}
