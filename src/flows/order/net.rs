//! Takes the tax out of prices that include it, so that nothing is lost on the way.

use rust_decimal::Decimal;

use super::allocate::allocate;
use crate::money::{Error, Money};
use crate::shopify::order::Tax;

/// A price and its discounts, both without tax.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Net {
    /// Before any discount.
    pub(super) amount: Money,
    /// What each discount lowers it by.
    pub(super) discounts: Vec<Money>,
}

impl Net {
    /// A price that does not include tax: itself.
    pub(super) fn excluded(gross: Money, discounts: &[Money]) -> Self {
        Self {
            amount: gross,
            discounts: discounts.to_vec(),
        }
    }

    /// A price that includes `taxes`, which Shopify computed on what is left after the discounts.
    ///
    /// What is left is exactly the discounted price less the tax. The price before the discounts is
    /// found by the rates (by proportion where they are unknown or do not fit), and the net discount
    /// is the difference of the two, so the three always add up.
    pub(super) fn included(
        gross: Money,
        discounts: &[Money],
        taxes: &[Tax],
    ) -> Result<Self, Error> {
        let currency = gross.currency;
        let tax = currency.sum(taxes.iter().map(|tax| tax.amount))?;
        let discount = currency.sum(discounts.iter().copied())?;
        let left = gross.minus(discount)?;
        let net = left.minus(tax)?;
        if discount.is_zero() {
            return Ok(Self::excluded(net, discounts));
        }
        let amount = match by_rate(gross, taxes)? {
            Some(amount) if amount.minor >= net.minor => amount,
            Some(_) | None => by_proportion(gross, left, net)?,
        };
        Ok(Self {
            amount,
            discounts: allocate(amount.minus(net)?, discounts)?,
        })
    }

    /// What is left after the discounts.
    pub(super) fn left(&self) -> Result<Money, Error> {
        self.amount
            .minus(self.amount.currency.sum(self.discounts.iter().copied())?)
    }
}

fn by_rate(gross: Money, taxes: &[Tax]) -> Result<Option<Money>, Error> {
    let rates: Option<Decimal> = taxes.iter().map(|tax| tax.rate).sum();
    rates
        .and_then(|rate| gross.decimal().checked_div(Decimal::ONE + rate))
        .map(|amount| gross.currency.rounded(amount))
        .transpose()
}

fn by_proportion(gross: Money, left: Money, net: Money) -> Result<Money, Error> {
    if left.is_zero() {
        return Ok(gross);
    }
    gross
        .decimal()
        .checked_mul(net.decimal())
        .and_then(|product| product.checked_div(left.decimal()))
        .ok_or(Error::TooLarge)
        .and_then(|amount| gross.currency.rounded(amount))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    fn tax(amount: &str, rate: Option<&str>) -> Tax {
        Tax {
            title: "VAT".to_owned(),
            rate: rate.map(|rate| rate.parse().unwrap()),
            amount: eur(amount),
            channel_liable: false,
        }
    }

    fn eur(text: &str) -> Money {
        "EUR".parse::<Currency>().unwrap().parse(text).unwrap()
    }

    #[test]
    fn without_a_discount_the_net_price_is_the_price_less_the_tax() {
        let net = Net::included(eur("119.00"), &[], &[tax("19.00", Some("0.19"))]).unwrap();
        assert_eq!(net, Net::excluded(eur("100.00"), &[]));
    }

    #[test]
    fn with_discounts_the_net_discount_is_what_the_net_prices_differ_by() {
        let taxes = [tax("14.37", Some("0.19"))];
        let net = Net::included(eur("119.00"), &[eur("19.00"), eur("10.00")], &taxes).unwrap();
        assert_eq!(net.amount, eur("100.00"));
        assert_eq!(net.discounts, [eur("15.97"), eur("8.40")]);
        assert_eq!(net.left().unwrap(), eur("75.63"));
    }

    #[test]
    fn a_price_that_is_given_away_keeps_its_net_price_and_is_discounted_whole() {
        let taxes = [tax("0.00", Some("0.19"))];
        let net = Net::included(eur("119.00"), &[eur("119.00")], &taxes).unwrap();
        assert_eq!(net.amount, eur("100.00"));
        assert_eq!(net.left().unwrap(), eur("0.00"));
    }

    #[test]
    fn without_rates_the_proportion_of_the_tax_decides() {
        let net = Net::included(eur("20.00"), &[eur("2.00")], &[tax("3.00", None)]).unwrap();
        assert_eq!(net.amount, eur("16.67"));
        assert_eq!(net.left().unwrap(), eur("15.00"));
    }
}
