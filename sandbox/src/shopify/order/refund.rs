//! Refunds: units that leave an order, money that goes back.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::super::money::{Bag, round};
use super::super::state::Ids;
use super::agreement::{Reason, Sale, Standing, Subject, priced};
use super::withdraw::Whence;
use super::{Adjustment, Discrepancy, GiveBack, Order, Refusal};

/// Units to take back and money to give back.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Refunding {
    /// Line items and quantities.
    pub lines: Vec<(u64, u32)>,
    pub restock: Restock,
    /// Where restocked units of `lines` go; the location they were to ship from when absent.
    pub location: Option<u64>,
    /// Units that each have a restocking of their own.
    pub units: Vec<RefundUnits>,
    /// In shop currency; nothing of the shipping when absent.
    pub shipping: Option<Decimal>,
    pub full_shipping: bool,
    /// Duties by their ids.
    pub duties: Vec<(u64, DutyRefund)>,
    /// All that is left of the order: units, shipping, duties and fees.
    pub everything: bool,
    pub note: Option<String>,
    /// Give back what these things are worth, by the transactions that brought it.
    pub money: bool,
    /// Give back this much instead, in shop currency.
    pub amount: Option<Decimal>,
    /// Give back by these transactions instead.
    pub transactions: Vec<GiveBack>,
    /// The gateway has not decided yet; see [`crate::shopify::Acts::settle_transaction`].
    pub pending: bool,
    pub reason: Discrepancy,
    /// More money may go back than was paid.
    pub allow_over: bool,
    /// `money` gives back what was owed before, too.
    pub owed_too: bool,
}

/// Units of one line to take back.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefundUnits {
    pub line: u64,
    pub quantity: u32,
    #[serde(default)]
    pub restock: Restock,
    #[serde(default)]
    pub location: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DutyRefund {
    Full,
    /// In the proportion of the line's units refunded with it.
    Proportional,
}

impl Refunding {
    /// Units of one line, with their money.
    pub fn units(line: u64, quantity: u32, restock: Restock) -> Self {
        Self {
            lines: vec![(line, quantity)],
            restock,
            money: true,
            ..Self::default()
        }
    }

    /// Money for no reason the order knows.
    pub fn goodwill(amount: Decimal) -> Self {
        Self {
            amount: Some(amount),
            ..Self::default()
        }
    }

    fn all_units(&self, order: &Order) -> Vec<RefundUnits> {
        let with = |(line, quantity)| RefundUnits {
            line,
            quantity,
            restock: self.restock,
            location: self.location,
        };
        let left = order.lines.iter().filter(|_| self.everything);
        let left = left.map(|line| (line.id, line.current_quantity));
        let all = self.lines.iter().copied().chain(left).map(with);
        all.chain(self.units.iter().copied())
            .filter(|units| units.quantity > 0)
            .collect()
    }
}

/// Units taken back out of an order, or money given back, or both.
#[derive(Clone, Debug)]
pub struct Refund {
    pub id: u64,
    pub at: DateTime<Utc>,
    pub note: Option<String>,
    pub lines: Vec<RefundLine>,
    pub shipping: Vec<RefundShipping>,
    pub duties: Vec<RefundDuty>,
    pub adjustments: Vec<Adjustment>,
    /// The return it belongs to.
    pub of_return: Option<u64>,
    /// The idempotency key it was made with.
    pub(crate) key: Option<String>,
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
            duties: Vec::new(),
            adjustments: Vec::new(),
            of_return: None,
            key: None,
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

/// A duty given back, or a part of it.
#[derive(Clone, Debug)]
pub struct RefundDuty {
    pub duty: u64,
    pub amount: Bag,
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
    /// Takes units, shipping and duties out of the order, and gives money back if asked.
    pub(crate) fn refund(
        &mut self,
        refunding: &Refunding,
        ids: &mut Ids,
        at: DateTime<Utc>,
    ) -> Result<u64, Refusal> {
        let owed = self.totals.outstanding;
        let mut refund = Refund::new(ids.take(), at);
        refund.note.clone_from(&refunding.note);
        self.agree(Reason::Refund(refund.id), ids, at);
        let duties = self.parts_of_duties(refunding)?;
        for units in refunding.all_units(self) {
            let taken = self.take_back(units, ids)?;
            refund.lines.push(taken);
        }
        self.take_duties(duties, &mut refund, ids);
        self.take_shipping(refunding, &mut refund, ids);
        self.pay_back(refunding, &mut refund, owed, ids, at)?;
        let id = refund.id;
        self.refunds.push(refund);
        self.recompute();
        Ok(id)
    }

    /// Takes shipping and duties out of the order, but no units.
    pub(super) fn take_charges(
        &mut self,
        refunding: &Refunding,
        refund: &mut Refund,
        ids: &mut Ids,
    ) -> Result<(), Refusal> {
        let duties = self.parts_of_duties(refunding)?;
        self.take_duties(duties, refund, ids);
        self.take_shipping(refunding, refund, ids);
        Ok(())
    }

    fn take_duties(
        &mut self,
        duties: Vec<(Subject, Standing)>,
        refund: &mut Refund,
        ids: &mut Ids,
    ) {
        for (subject, worth) in duties {
            if let Subject::Duty(duty) = subject {
                let (amount, tax) = (worth.gross, worth.tax());
                refund.duties.push(RefundDuty { duty, amount, tax });
            }
            let sale = self.taken_back(subject, Some(1), worth, ids);
            self.book(sale);
        }
    }

    fn take_shipping(&mut self, refunding: &Refunding, refund: &mut Refund, ids: &mut Ids) {
        let full = refunding.full_shipping || refunding.everything;
        let shipping = match refunding.shipping {
            None if full => Some(self.totals.current_shipping.shop),
            asked => asked,
        };
        refund.shipping = self.refund_shipping(shipping, ids);
    }

    /// The parts of duties and fees that go back. Looked at before units leave: the proportion is of the units there.
    fn parts_of_duties(&self, refunding: &Refunding) -> Result<Vec<(Subject, Standing)>, Refusal> {
        let mut parts = Vec::new();
        if refunding.everything {
            parts.extend(self.charges().map(|it| (it.0, self.standing(it.0))));
        }
        for (id, how) in &refunding.duties {
            let mut lines = self.lines.iter();
            let line = lines.find(|line| line.duties.iter().any(|duty| duty.id == *id));
            let line = line.ok_or(Refusal::because("Duty does not exist"))?;
            let standing = self.standing(Subject::Duty(*id));
            let units = refunding.all_units(self).into_iter();
            let units = units.filter(|units| units.line == line.id);
            let units: u32 = units.map(|units| units.quantity).sum();
            let part = match how {
                DutyRefund::Full => standing,
                DutyRefund::Proportional => {
                    self.share_of(standing, units, line.current_quantity.max(units))
                }
            };
            parts.push((Subject::Duty(*id), part));
        }
        parts.retain(|(_, part)| !part.gross.is_zero());
        Ok(parts)
    }

    fn take_back(&mut self, units: RefundUnits, ids: &mut Ids) -> Result<RefundLine, Refusal> {
        let RefundUnits {
            line,
            quantity,
            restock,
            location,
        } = units;
        let works = self.fulfillment_orders.iter();
        let planned = works
            .clone()
            .find(|work| work.lines.iter().any(|it| it.line == line))
            .map(|work| work.location);
        let first = match restock {
            Restock::Cancel | Restock::NoRestock => Whence::Unshipped,
            Restock::Return => Whence::Shipped,
        };
        let (sale, unshipped) = self.withdraw(line, quantity, first, ids)?;
        Ok(RefundLine {
            restock,
            location: location.or(planned),
            unshipped,
            ..RefundLine::of_sale(&sale, line, quantity, self.taxes_included, ids)
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
}
