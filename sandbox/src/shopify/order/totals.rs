//! The totals Shopify prints on an order, from its parts.

use super::super::money::Bag;
use super::agreement::{Action, Sale, Subject};
use super::{FinancialStatus, Order, Transaction, TransactionKind, TransactionStatus};

/// `total_…` count everything ever ordered; `current_…` are what is left of it after cancelled and refunded units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Prices times quantities, without tips.
    pub line_items: Bag,
    /// The same after the discounts on lines.
    pub subtotal: Bag,
    /// On lines and on shipping.
    pub discounts: Bag,
    /// Before its discounts.
    pub shipping: Bag,
    pub tax: Bag,
    pub tip: Bag,
    /// Without their taxes.
    pub duties: Bag,
    pub fees: Bag,
    pub price: Bag,
    pub current_subtotal: Bag,
    pub current_discounts: Bag,
    /// After its discounts.
    pub current_shipping: Bag,
    pub current_tax: Bag,
    pub current_duties: Bag,
    pub current_fees: Bag,
    pub current_price: Bag,
    /// Captured or sold, whether or not given back since.
    pub received: Bag,
    pub refunded: Bag,
    /// What cash paid and given back was rounded by.
    pub payment_rounding: Bag,
    pub refund_rounding: Bag,
    /// What the customer still owes (or, below zero, is owed).
    pub outstanding: Bag,
}

impl Order {
    /// Computes every total and the financial status from the parts.
    pub(super) fn recompute(&mut self) {
        let mut totals = match &self.imported {
            Some(imported) => imported.totals,
            None => self.original_totals(),
        };
        (totals.received, totals.refunded) = Default::default();
        self.count_sales(&mut totals);
        for it in self.transactions.iter().filter(|it| it.brought_money()) {
            totals.received += it.amount;
            totals.payment_rounding += it.rounding;
        }
        let given_back = |it: &&Transaction| {
            it.kind == TransactionKind::Refund && it.status == TransactionStatus::Success
        };
        for it in self.transactions.iter().filter(given_back) {
            totals.refunded += it.amount;
            totals.refund_rounding += it.rounding;
        }
        totals.outstanding = totals.current_price - (totals.received - totals.refunded);
        self.totals = totals;
        self.financial_status = self.computed_financial_status();
    }

    fn original_totals(&self) -> Totals {
        let goods = || self.lines.iter().filter(|line| line.tip.is_none());
        let line_items: Bag = goods().map(|line| line.original_total()).sum();
        let line_discounts: Bag = goods().map(|line| line.discount()).sum();
        let shipping: Bag = self.shipping_lines.iter().map(|line| line.price).sum();
        let lines = self.shipping_lines.iter();
        let discounted_shipping: Bag = lines.map(|line| line.discounted_price).sum();
        let lines = self
            .lines
            .iter()
            .flat_map(|line| &line.tax_lines)
            .chain(self.shipping_lines.iter().flat_map(|line| &line.tax_lines));
        let charged = self.charges().flat_map(|(_, _, taxes)| taxes);
        let tax: Bag = lines.chain(charged).map(|tax| tax.price).sum();
        let duties: Bag = self.duties().map(|it| it.price).sum();
        let fees: Bag = self.fees.iter().map(|it| it.price).sum();
        let tip: Bag = self
            .lines
            .iter()
            .filter(|line| line.tip.is_some())
            .map(|line| line.original_total())
            .sum();
        let subtotal = line_items - line_discounts;
        let added_tax = if self.taxes_included {
            Bag::default()
        } else {
            tax
        };
        let price = subtotal + discounted_shipping + added_tax + tip + duties + fees;
        let discounts = line_discounts + shipping - discounted_shipping;
        Totals {
            line_items,
            subtotal,
            discounts,
            shipping,
            tax,
            tip,
            duties,
            fees,
            price,
            ..Totals::default()
        }
    }

    /// Adds to the current totals what every agreement says.
    fn count_sales(&self, totals: &mut Totals) {
        for sale in self.counted_sales() {
            let subtotal = sale.subtotal(self.taxes_included);
            match sale.subject {
                Subject::Line(id) => {
                    if self.line(id).is_some_and(|line| line.tip.is_none()) {
                        totals.current_subtotal += subtotal;
                    }
                    totals.current_discounts += sale.discount;
                }
                Subject::Shipping(_) => {
                    totals.current_shipping += subtotal;
                    totals.current_discounts += sale.discount;
                }
                Subject::Duty(_) => totals.current_duties += subtotal,
                Subject::Fee(_) => totals.current_fees += subtotal,
                Subject::Adjustment(_) | Subject::ReturnFee(_) => {}
            }
            totals.current_tax += sale.tax();
            totals.current_price += sale.total;
        }
        // The totals of an imported body know nothing of what was added to it since.
        let sold = |sale: &&Sale| sale.action != Action::Return;
        if self.imported.is_some() {
            for sale in self.counted_sales().filter(sold) {
                let subtotal = sale.subtotal(self.taxes_included);
                match sale.subject {
                    Subject::Line(_) => {
                        totals.line_items += subtotal + sale.discount;
                        totals.subtotal += subtotal;
                    }
                    Subject::Shipping(_) => totals.shipping += subtotal + sale.discount,
                    Subject::Duty(_) => totals.duties += subtotal,
                    Subject::Fee(_) => totals.fees += subtotal,
                    Subject::Adjustment(_) | Subject::ReturnFee(_) => {}
                }
                totals.discounts += sale.discount;
                totals.tax += sale.tax();
                totals.price += sale.total;
            }
        }
    }

    fn computed_financial_status(&self) -> FinancialStatus {
        let totals = &self.totals;
        let authorized = self.transactions.iter().any(|t| {
            t.kind == TransactionKind::Authorization && t.status == TransactionStatus::Success
        });
        let voided = self
            .transactions
            .iter()
            .any(|t| t.kind == TransactionKind::Void);
        let (received, refunded) = (totals.received.shop, totals.refunded.shop);
        if !refunded.is_zero() {
            return if refunded >= received {
                FinancialStatus::Refunded
            } else {
                FinancialStatus::PartiallyRefunded
            };
        }
        let due = totals.current_price.shop.min(totals.price.shop);
        if received >= totals.price.shop || (received >= due && !received.is_zero()) {
            FinancialStatus::Paid
        } else if !received.is_zero() {
            FinancialStatus::PartiallyPaid
        } else if voided || self.cancelled_at.is_some() {
            FinancialStatus::Voided
        } else if authorized {
            FinancialStatus::Authorized
        } else {
            FinancialStatus::Pending
        }
    }
}
