//! Refunds: units that leave an order, money that goes back.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::super::money::{Bag, round};
use super::super::state::Ids;
use super::{Order, Refusal, TransactionKind};

/// Units to take back and money to give back.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Refunding {
    /// Line items and quantities.
    pub lines: Vec<(u64, u32)>,
    pub restock: Restock,
    /// In shop currency; nothing of the shipping when absent.
    pub shipping: Option<Decimal>,
    pub note: Option<String>,
    /// Give the money back as well, by the transactions that brought it.
    pub money: bool,
}

/// Units taken back out of an order, or money given back, or both.
#[derive(Clone, Debug)]
pub struct Refund {
    pub id: u64,
    pub at: DateTime<Utc>,
    pub note: Option<String>,
    pub lines: Vec<RefundLine>,
    pub shipping: Vec<RefundShipping>,
    /// Ids of the order's transactions that gave the money back.
    pub transactions: Vec<u64>,
}

#[derive(Clone, Debug)]
pub struct RefundLine {
    pub id: u64,
    pub line: u64,
    pub quantity: u32,
    pub restock: Restock,
    pub location: Option<u64>,
    /// After discounts; holds the tax if the order's taxes are included.
    pub subtotal: Bag,
    pub tax: Bag,
    /// The part of the line's discounts that left the order with these units.
    pub discount: Bag,
}

#[derive(Clone, Debug)]
pub struct RefundShipping {
    pub id: u64,
    pub shipping_line: u64,
    pub subtotal: Bag,
    pub tax: Bag,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Restock {
    Cancel,
    Return,
    #[default]
    NoRestock,
}

impl Restock {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Return => "return",
            Self::NoRestock => "no_restock",
        }
    }
}

impl Order {
    /// Takes units out of the order at their discounted price, and gives the money back if asked.
    pub(crate) fn refund(
        &mut self,
        refunding: &Refunding,
        ids: &mut Ids,
        at: DateTime<Utc>,
    ) -> Result<u64, Refusal> {
        let mut refund = Refund {
            id: ids.take(),
            at,
            note: refunding.note.clone(),
            lines: Vec::new(),
            shipping: Vec::new(),
            transactions: Vec::new(),
        };
        for (line, quantity) in &refunding.lines {
            if *quantity > 0 {
                let taken = self.take_back(*line, *quantity, refunding.restock, ids)?;
                refund.lines.push(taken);
            }
        }
        refund.shipping = self.refunded_shipping(refunding.shipping, ids);
        if refunding.money {
            let amount = self.worth(&refund);
            refund.transactions = self.give_back(amount, ids, at);
        }
        let id = refund.id;
        self.refunds.push(refund);
        self.recompute();
        Ok(id)
    }

    fn take_back(
        &mut self,
        id: u64,
        quantity: u32,
        restock: Restock,
        ids: &mut Ids,
    ) -> Result<RefundLine, Refusal> {
        let currencies = self.currencies.clone();
        let location = self.fulfillment_orders.first().map(|order| order.location);
        let line = self
            .lines
            .iter_mut()
            .find(|line| line.id == id)
            .ok_or(Refusal::because("Line item does not belong to the order"))?;
        let too_many = Refusal::because("Quantity cannot refund more items than were purchased");
        let left = line
            .current_quantity
            .checked_sub(quantity)
            .ok_or(too_many)?;
        let from = line.quantity - line.current_quantity;
        let part = |whole: Bag| whole.share(from, from + quantity, line.quantity, &currencies);
        let taken = RefundLine {
            id: ids.take(),
            line: id,
            quantity,
            restock,
            location: location.filter(|_| restock != Restock::NoRestock),
            subtotal: part(line.original_total() - line.discount()),
            tax: part(line.tax()),
            discount: part(line.discount()),
        };
        line.current_quantity = left;
        let shipped_goods = restock == Restock::Return;
        if !shipped_goods {
            for work in self
                .fulfillment_orders
                .iter_mut()
                .flat_map(|order| &mut order.lines)
            {
                if work.line == id {
                    work.remaining = work.remaining.saturating_sub(quantity);
                }
            }
        }
        Ok(taken)
    }

    fn refunded_shipping(&self, amount: Option<Decimal>, ids: &mut Ids) -> Vec<RefundShipping> {
        let Some(line) = self.shipping_lines.first() else {
            return Vec::new();
        };
        let charged: Bag = self
            .shipping_lines
            .iter()
            .map(|line| line.discounted_price)
            .sum();
        let tax: Bag = self
            .shipping_lines
            .iter()
            .flat_map(|line| &line.tax_lines)
            .map(|tax| tax.price)
            .sum();
        let Some(amount) = amount.filter(|amount| !amount.is_zero()) else {
            return Vec::new();
        };
        let whole = amount == charged.shop;
        let fraction = |money: Decimal, currency: &str| {
            round(money * amount / charged.shop.max(amount), currency)
        };
        let subtotal = if whole {
            charged
        } else {
            self.currencies.convert(amount)
        };
        let tax = if whole {
            tax
        } else {
            Bag {
                shop: fraction(tax.shop, &self.currencies.shop),
                presentment: fraction(tax.presentment, &self.currencies.presentment),
            }
        };
        vec![RefundShipping {
            id: ids.take(),
            shipping_line: line.id,
            subtotal,
            tax,
        }]
    }

    /// Facts §2: money = Σ (subtotal + tax), the tax being inside the subtotal if taxes are included.
    fn worth(&self, refund: &Refund) -> Bag {
        let lines = refund.lines.iter().map(|line| (line.subtotal, line.tax));
        let shipping = refund.shipping.iter().map(|line| (line.subtotal, line.tax));
        lines
            .chain(shipping)
            .map(|(subtotal, tax)| {
                if self.taxes_included {
                    subtotal
                } else {
                    subtotal + tax
                }
            })
            .sum()
    }

    /// Newest payment first, each up to what it brought.
    fn give_back(&mut self, amount: Bag, ids: &mut Ids, at: DateTime<Utc>) -> Vec<u64> {
        let mut left = amount;
        let payments: Vec<_> = self
            .transactions
            .iter()
            .rev()
            .filter(|t| t.brought_money())
            .cloned()
            .collect();
        let mut made = Vec::new();
        for payment in payments {
            let returned: Bag = self
                .transactions
                .iter()
                .filter(|t| t.kind == TransactionKind::Refund && t.parent == Some(payment.id))
                .map(|t| t.amount)
                .sum();
            let available = payment.amount - returned;
            let part = if available.shop < left.shop {
                available
            } else {
                left
            };
            if part.shop <= Decimal::ZERO {
                continue;
            }
            left = left - part;
            let kind = TransactionKind::Refund;
            let parent = Some(payment.id);
            made.push(self.transact(ids, at, kind, &payment.gateway, part, parent));
        }
        made
    }
}
