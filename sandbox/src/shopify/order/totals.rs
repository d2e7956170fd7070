//! The totals Shopify prints on an order, from its parts.

use super::super::money::Bag;
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
    pub price: Bag,
    pub current_subtotal: Bag,
    pub current_discounts: Bag,
    /// After its discounts.
    pub current_shipping: Bag,
    pub current_tax: Bag,
    pub current_price: Bag,
    /// Captured or sold, whether or not given back since.
    pub received: Bag,
    pub refunded: Bag,
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
        self.take_refunds_off(&mut totals);
        if self.cancelled_at.is_some() && self.imported.is_none() {
            totals.current_subtotal = Bag::default();
            totals.current_discounts = Bag::default();
            totals.current_shipping = Bag::default();
            totals.current_tax = Bag::default();
            totals.current_price = Bag::default();
        }
        let sum = |of: &dyn Fn(&&Transaction) -> bool| -> Bag {
            self.transactions.iter().filter(of).map(|t| t.amount).sum()
        };
        totals.received = sum(&|t| t.brought_money());
        totals.refunded =
            sum(&|t| t.kind == TransactionKind::Refund && t.status == TransactionStatus::Success);
        totals.outstanding = totals.current_price - (totals.received - totals.refunded);
        self.totals = totals;
        self.financial_status = self.computed_financial_status();
    }

    fn original_totals(&self) -> Totals {
        let goods = || self.lines.iter().filter(|line| line.tip.is_none());
        let line_items: Bag = goods().map(|line| line.original_total()).sum();
        let line_discounts: Bag = goods().map(|line| line.discount()).sum();
        let shipping: Bag = self.shipping_lines.iter().map(|line| line.price).sum();
        let discounted_shipping: Bag = self
            .shipping_lines
            .iter()
            .map(|line| line.discounted_price)
            .sum();
        let taxes = self
            .lines
            .iter()
            .flat_map(|line| &line.tax_lines)
            .chain(self.shipping_lines.iter().flat_map(|line| &line.tax_lines));
        let tax: Bag = taxes.map(|tax| tax.price).sum();
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
        let price = subtotal + discounted_shipping + added_tax + tip;
        let discounts = line_discounts + shipping - discounted_shipping;
        Totals {
            line_items,
            subtotal,
            discounts,
            shipping,
            tax,
            tip,
            price,
            current_subtotal: subtotal,
            current_discounts: discounts,
            current_shipping: discounted_shipping,
            current_tax: tax,
            current_price: price,
            ..Totals::default()
        }
    }

    fn take_refunds_off(&self, totals: &mut Totals) {
        for line in self.refunds.iter().flat_map(|refund| &refund.lines) {
            let tip = self.line(line.line).is_some_and(|line| line.tip.is_some());
            if !tip {
                totals.current_subtotal = totals.current_subtotal - line.subtotal;
            }
            totals.current_discounts = totals.current_discounts - line.discount;
            totals.current_tax = totals.current_tax - line.tax;
            totals.current_price = totals.current_price - line.subtotal;
            if !self.taxes_included {
                totals.current_price = totals.current_price - line.tax;
            }
        }
        for line in self.refunds.iter().flat_map(|refund| &refund.shipping) {
            totals.current_shipping = totals.current_shipping - line.subtotal;
            totals.current_tax = totals.current_tax - line.tax;
            totals.current_price = totals.current_price - line.subtotal;
            if !self.taxes_included {
                totals.current_price = totals.current_price - line.tax;
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
        if received >= totals.price.shop {
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
