//! Refunds: units that leave an order, money that goes back.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::super::money::{Bag, round};
use super::super::state::Ids;
use super::agreement::{Reason, Sale, Standing, Subject, priced};
use super::withdraw::Whence;
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

impl Refund {
    pub(super) fn new(id: u64, at: DateTime<Utc>) -> Self {
        Self {
            id,
            at,
            note: None,
            lines: Vec::new(),
            shipping: Vec::new(),
            transactions: Vec::new(),
        }
    }
}

#[derive(Clone, Debug)]
pub struct RefundLine {
    pub id: u64,
    pub line: u64,
    pub quantity: u32,
    pub restock: Restock,
    /// Whose stock it concerns, restocked or not.
    pub location: Option<u64>,
    /// After discounts; holds the tax if the order's taxes are included.
    pub subtotal: Bag,
    pub tax: Bag,
    /// The part of the line's discounts that left the order with these units.
    pub discount: Bag,
    /// How many of the units had not been shipped.
    pub unshipped: u32,
}

impl RefundLine {
    /// Where the units went back on the shelf.
    pub fn restocked_at(&self) -> Option<u64> {
        self.location.filter(|_| self.restock != Restock::NoRestock)
    }

    /// The line of a sale that took units back.
    pub(super) fn of_sale(
        sale: &Sale,
        line: u64,
        quantity: u32,
        taxes_included: bool,
        ids: &mut Ids,
    ) -> Self {
        Self {
            id: ids.take(),
            line,
            quantity,
            restock: Restock::NoRestock,
            location: None,
            subtotal: -sale.subtotal(taxes_included),
            tax: -sale.tax(),
            discount: -sale.discount,
            unshipped: 0,
        }
    }
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
        let mut refund = Refund::new(ids.take(), at);
        refund.note.clone_from(&refunding.note);
        self.agree(Reason::Refund(refund.id), ids, at);
        for (line, quantity) in &refunding.lines {
            if *quantity > 0 {
                let taken = self.take_back(*line, *quantity, refunding.restock, ids)?;
                refund.lines.push(taken);
            }
        }
        refund.shipping = self.refund_shipping(refunding.shipping, ids);
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
        let location = self.fulfillment_orders.first().map(|order| order.location);
        let first = match restock {
            Restock::Cancel | Restock::NoRestock => Whence::Unshipped,
            Restock::Return => Whence::Shipped,
        };
        let (sale, unshipped) = self.withdraw(id, quantity, first, ids)?;
        Ok(RefundLine {
            restock,
            location,
            unshipped,
            ..RefundLine::of_sale(&sale, id, quantity, self.taxes_included, ids)
        })
    }

    /// Gives back an amount of the shipping, line by line, with the tax on it.
    fn refund_shipping(&mut self, amount: Option<Decimal>, ids: &mut Ids) -> Vec<RefundShipping> {
        let mut left = self.currencies.convert(amount.unwrap_or_default());
        let mut refunded = Vec::new();
        let lines: Vec<u64> = self.shipping_lines.iter().map(|line| line.id).collect();
        for line in lines {
            let subject = Subject::Shipping(line);
            let standing = self.standing(subject);
            let net = standing.net();
            let whole = left.shop >= net.shop;
            if left.shop <= Decimal::ZERO || net.shop <= Decimal::ZERO {
                continue;
            }
            let subtotal = if whole { net } else { left };
            let taxes = priced(&standing.taxes, |tax| {
                if whole {
                    tax.price
                } else {
                    self.part(tax.price, subtotal, net)
                }
            });
            let discount = if whole {
                standing.discount
            } else {
                Bag::default()
            };
            let worth = Standing {
                gross: subtotal + discount,
                discount,
                taxes,
            };
            let tax = worth.tax();
            let sale = self.taken_back(subject, None, worth, ids);
            self.book(sale);
            left = left - subtotal;
            refunded.push(RefundShipping {
                id: ids.take(),
                shipping_line: line,
                subtotal,
                tax,
            });
        }
        refunded
    }

    /// `amount` times `of` over `whole`, rounded in each currency.
    fn part(&self, amount: Bag, of: Bag, whole: Bag) -> Bag {
        let fraction = |amount: Decimal, of: Decimal, whole: Decimal, currency: &str| {
            if whole.is_zero() {
                Decimal::ZERO
            } else {
                round(amount * of / whole, currency)
            }
        };
        Bag {
            shop: fraction(amount.shop, of.shop, whole.shop, &self.currencies.shop),
            presentment: fraction(
                amount.presentment,
                of.presentment,
                whole.presentment,
                &self.currencies.presentment,
            ),
        }
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
