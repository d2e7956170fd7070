//! An amount in the shop's currency together with the same amount in the currency the customer saw.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value, json};

/// One amount in both currencies of an order: Shopify's money bag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bag {
    pub shop: Decimal,
    pub presentment: Decimal,
}

impl Bag {
    /// The same number in both currencies.
    pub fn same(amount: Decimal) -> Self {
        Self {
            shop: amount,
            presentment: amount,
        }
    }

    /// The amount of `quantity` units at this price each.
    pub fn times(self, quantity: u32) -> Self {
        let quantity = Decimal::from(quantity);
        Self {
            shop: self.shop * quantity,
            presentment: self.presentment * quantity,
        }
    }

    pub fn is_zero(self) -> bool {
        self.shop.is_zero() && self.presentment.is_zero()
    }

    /// The same change in both currencies.
    pub(crate) fn map(
        self,
        currencies: &Currencies,
        change: impl Fn(Decimal, &str) -> Decimal,
    ) -> Self {
        Self {
            shop: change(self.shop, &currencies.shop),
            presentment: change(self.presentment, &currencies.presentment),
        }
    }

    /// `part` of `whole` units of this amount, rounded in each currency. The shares of `0..a`, `a..b`, … up to `whole`
    /// add up, because each is the difference of two rounded sums.
    pub(crate) fn share(self, from: u32, to: u32, whole: u32, currencies: &Currencies) -> Self {
        let up_to = |units: u32| {
            if whole == 0 {
                return Self::default();
            }
            let fraction = |amount: Decimal| amount * Decimal::from(units) / Decimal::from(whole);
            Self {
                shop: round(fraction(self.shop), &currencies.shop),
                presentment: round(fraction(self.presentment), &currencies.presentment),
            }
        };
        up_to(to) - up_to(from)
    }
}

impl Add for Bag {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            shop: self.shop + other.shop,
            presentment: self.presentment + other.presentment,
        }
    }
}

impl Sub for Bag {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Neg for Bag {
    type Output = Self;
    fn neg(self) -> Self {
        Self {
            shop: -self.shop,
            presentment: -self.presentment,
        }
    }
}

impl AddAssign for Bag {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Bag {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), Add::add)
    }
}

/// The two currencies of an order, and how many units of the second one unit of the first buys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Currencies {
    pub shop: String,
    pub presentment: String,
    pub rate: Decimal,
}

impl Currencies {
    /// A shop amount in both currencies, rounded in each.
    pub fn convert(&self, amount: Decimal) -> Bag {
        Bag {
            shop: round(amount, &self.shop),
            presentment: round(amount * self.rate, &self.presentment),
        }
    }

    /// The money bag as webhook bodies print it.
    pub(crate) fn set(&self, bag: Bag) -> Value {
        json!({
            "shop_money": { "amount": text(bag.shop, &self.shop), "currency_code": self.shop },
            "presentment_money": { "amount": text(bag.presentment, &self.presentment), "currency_code": self.presentment },
        })
    }
}

/// The digits after the point of a currency, by ISO 4217.
pub(crate) fn exponent(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

/// Half away from zero, to the currency's smallest unit.
pub(crate) fn round(amount: Decimal, currency: &str) -> Decimal {
    amount.round_dp_with_strategy(exponent(currency), RoundingStrategy::MidpointAwayFromZero)
}

/// As webhook bodies print it: `12.00`, and `1200` in a currency without decimals.
pub(crate) fn text(amount: Decimal, currency: &str) -> String {
    let digits = usize::try_from(exponent(currency)).unwrap_or(2);
    format!("{amount:.digits$}")
}

/// As GraphQL prints a Decimal: no trailing zeros, but always one digit after the point (`4160.0`).
pub(crate) fn graphql(amount: Decimal) -> String {
    let short = amount.normalize();
    if short.scale() == 0 {
        format!("{short:.1}")
    } else {
        short.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn graphql_prints_a_whole_amount_with_one_zero_and_a_body_with_all_its_decimals() {
        let amount = Decimal::new(416_000, 2);
        assert_eq!(graphql(amount), "4160.0");
        assert_eq!(text(amount, "USD"), "4160.00");
        assert_eq!(text(amount, "JPY"), "4160");
        assert_eq!(graphql(Decimal::new(1_250, 3)), "1.25");
    }

    #[test]
    fn shares_of_an_amount_add_up_to_it() {
        let currencies = Currencies {
            shop: "USD".into(),
            presentment: "KWD".into(),
            rate: Decimal::ONE,
        };
        let whole = Bag::same(Decimal::new(100, 2));
        let parts: Bag = (0..3).map(|n| whole.share(n, n + 1, 3, &currencies)).sum();
        assert_eq!(parts, whole);
    }
}
