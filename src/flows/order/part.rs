//! Parts of an order: units and amounts of one line, of the shipping, of a fee, added and taken exactly.

use super::allocate::allocate;
use crate::money::{Currency, Error, Money};
use crate::shopify::order::Tax;

/// What a part is about: what its line in NetSuite is keyed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum About {
    /// A Shopify line, by id.
    Line(u64),
    /// A shipping line, by id; Shopify does not always say which.
    Shipping(Option<u64>),
    Tip,
    Duty,
    /// Additional fees, by the way they are taxed.
    Fee(usize),
    /// What is kept from a refund: restocking and return shipping fees.
    Restocking,
    /// Goodwill, or what a refund differs by from the units of it.
    Adjustment,
    Rounding,
}

/// Units and amounts of one thing.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub(super) about: About,
    pub(super) quantity: i64,
    /// After discounts, before tax.
    pub(super) net: Money,
    /// What discounts took off, before tax.
    pub(super) discount: Money,
    pub(super) taxes: Vec<Tax>,
}

/// Parts of an order, at most one about each thing.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Parts(Vec<Part>);

impl Part {
    /// Whether it is no units for no money: its discount takes off what rounding left of its price.
    pub(super) fn is_worth_nothing(&self) -> bool {
        let taxes = self.taxes.iter();
        self.quantity == 0 && self.net.is_zero() && taxes.map(|tax| tax.amount).all(Money::is_zero)
    }

    /// An amount without units, discounts or taxes.
    pub(super) fn amount(about: About, net: Money) -> Self {
        Self {
            about,
            quantity: 0,
            net,
            discount: net.currency.money(0),
            taxes: Vec::new(),
        }
    }

    pub(super) fn tax(&self) -> Result<Money, Error> {
        self.net
            .currency
            .sum(self.taxes.iter().map(|tax| tax.amount))
    }

    pub(super) fn total(&self) -> Result<Money, Error> {
        self.net.plus(self.tax()?)
    }

    /// The first `units` of this part's units, and the rest: together they are the part to the cent.
    pub(super) fn split(&self, units: i64) -> Result<(Self, Self), Error> {
        let weights = [units, self.quantity - units].map(|n| self.net.currency.money(n));
        let two = |amount: Money| -> Result<(Money, Money), Error> {
            let parts = allocate(amount, &weights)?;
            Ok((parts[0], parts[1]))
        };
        let (net, discount) = (two(self.net)?, two(self.discount)?);
        let (mut first, mut rest) = (self.clone(), self.clone());
        (first.quantity, rest.quantity) = (units, self.quantity - units);
        (first.net, rest.net) = net;
        (first.discount, rest.discount) = discount;
        for (index, tax) in self.taxes.iter().enumerate() {
            (first.taxes[index].amount, rest.taxes[index].amount) = two(tax.amount)?;
        }
        Ok((first, rest))
    }

    fn is_nothing(&self) -> bool {
        self.is_worth_nothing() && self.discount.is_zero()
    }

    fn negated(&self) -> Result<Self, Error> {
        let mut part = self.clone();
        part.quantity = -part.quantity;
        part.net = part.net.times(-1)?;
        part.discount = part.discount.times(-1)?;
        for tax in &mut part.taxes {
            tax.amount = tax.amount.times(-1)?;
        }
        Ok(part)
    }
}

impl FromIterator<Part> for Parts {
    /// The parts must be about different things.
    fn from_iter<I: IntoIterator<Item = Part>>(parts: I) -> Self {
        Self(parts.into_iter().collect())
    }
}

impl Parts {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Part> {
        self.0.iter()
    }

    pub(super) fn get(&self, about: About) -> Option<&Part> {
        self.0.iter().find(|part| part.about == about)
    }

    /// The units of a Shopify line.
    pub(super) fn units(&self, line: u64) -> i64 {
        self.get(About::Line(line)).map_or(0, |part| part.quantity)
    }

    /// The units of all lines.
    pub(super) fn all_units(&self) -> i64 {
        self.0.iter().map(|part| part.quantity).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Net amounts and taxes together.
    pub(super) fn total(&self, currency: Currency) -> Result<Money, Error> {
        self.0
            .iter()
            .try_fold(currency.money(0), |sum, part| sum.plus(part.total()?))
    }

    pub(super) fn add(&mut self, part: &Part) -> Result<(), Error> {
        // Shipping that is taken back names no shipping line: it is that of the first one.
        let unnamed = part.about == About::Shipping(None);
        let about = self.shipping().filter(|_| unnamed).unwrap_or(part.about);
        match self.0.iter_mut().find(|known| known.about == about) {
            Some(known) => known.merge(part)?,
            None => self.0.push(Part {
                about,
                ..part.clone()
            }),
        }
        self.0.retain(|part| !part.is_nothing());
        Ok(())
    }

    pub(super) fn take_part(&mut self, part: &Part) -> Result<(), Error> {
        self.add(&part.negated()?)
    }

    pub(super) fn take(&mut self, other: &Self) -> Result<(), Error> {
        other.0.iter().try_for_each(|part| self.take_part(part))
    }

    fn shipping(&self) -> Option<About> {
        self.0
            .iter()
            .map(|part| part.about)
            .find(|about| matches!(about, About::Shipping(_)))
    }
}

impl Part {
    pub(super) fn merge(&mut self, other: &Self) -> Result<(), Error> {
        self.quantity += other.quantity;
        self.net = self.net.plus(other.net)?;
        self.discount = self.discount.plus(other.discount)?;
        for tax in &other.taxes {
            let same = |known: &&mut Tax| {
                known.title == tax.title
                    && known.rate.map(|rate| rate.normalize())
                        == tax.rate.map(|rate| rate.normalize())
                    && known.channel_liable == tax.channel_liable
            };
            match self.taxes.iter_mut().find(same) {
                Some(known) => known.amount = known.amount.plus(tax.amount)?,
                None => self.taxes.push(tax.clone()),
            }
        }
        self.taxes.retain(|tax| !tax.amount.is_zero());
        Ok(())
    }
}
