//! Money: an exact number of minor units in one currency. No float comes near an amount.

use std::fmt;
use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Serialize, Serializer};

/// An ISO 4217 code (or one of Shopify's few own) with the number of its decimals.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency {
    code: [u8; 4],
    exponent: u8,
}

/// Codes that ISO 4217 does not list. Shopify's enum has USDC; its two shown decimals are assumed.
const BEYOND_ISO: [(&str, u8); 1] = [("USDC", 2)];

/// An amount in minor units: 12.30 USD is 1230, 12 JPY is 12, 1.234 KWD is 1234.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    pub minor: i64,
    pub currency: Currency,
}

/// Why a text is not an amount, or two amounts do not add up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("`{0}` is not a currency this version knows")]
    UnknownCurrency(String),
    #[error("`{amount}` is not an amount of {currency}: it has {exponent} decimals at most")]
    NotAnAmount {
        amount: String,
        currency: Currency,
        exponent: u8,
    },
    #[error("{left} and {right} cannot be added: the order's amounts are in one currency")]
    Mixed { left: Currency, right: Currency },
    #[error("an amount does not fit into 64 bits of minor units")]
    TooLarge,
}

impl Currency {
    /// How many decimals an amount has: 0 for JPY, 2 for USD, 3 for KWD.
    #[must_use]
    pub fn exponent(self) -> u32 {
        u32::from(self.exponent)
    }

    #[must_use]
    pub fn code(&self) -> &str {
        let end = if self.code[3] == 0 { 3 } else { 4 };
        std::str::from_utf8(&self.code[..end]).unwrap_or_default()
    }

    /// `minor` minor units of this currency.
    #[must_use]
    pub fn money(self, minor: i64) -> Money {
        Money {
            minor,
            currency: self,
        }
    }

    /// Reads a decimal text such as Shopify's `"12.00"` or `"4160.0"`.
    ///
    /// # Errors
    ///
    /// [`Error::NotAnAmount`] when it is no decimal, or has more decimals than the currency.
    pub fn parse(self, text: &str) -> Result<Money, Error> {
        let amount = Decimal::from_str(text).map_err(|_| self.refusal(text))?;
        self.exact(amount)
    }

    /// An amount given as a decimal.
    ///
    /// # Errors
    ///
    /// [`Error::NotAnAmount`] when it has more decimals than the currency.
    pub fn exact(self, amount: Decimal) -> Result<Money, Error> {
        let scaled = amount
            .checked_mul(Decimal::from(10_u64.pow(self.exponent())))
            .ok_or(Error::TooLarge)?
            .normalize();
        if scaled.scale() != 0 {
            return Err(self.refusal(&amount.to_string()));
        }
        let minor = i64::try_from(scaled.mantissa()).map_err(|_| Error::TooLarge)?;
        Ok(self.money(minor))
    }

    /// An amount given as a decimal, rounded to the nearest minor unit, halves away from zero.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`] past 64 bits.
    pub fn rounded(self, amount: Decimal) -> Result<Money, Error> {
        self.exact(
            amount.round_dp_with_strategy(self.exponent(), RoundingStrategy::MidpointAwayFromZero),
        )
    }

    /// What the amounts add up to; zero for none.
    ///
    /// # Errors
    ///
    /// As [`Money::plus`].
    pub fn sum(self, amounts: impl IntoIterator<Item = Money>) -> Result<Money, Error> {
        amounts
            .into_iter()
            .try_fold(self.money(0), |sum, amount| sum.plus(amount))
    }

    fn refusal(self, text: &str) -> Error {
        Error::NotAnAmount {
            amount: text.chars().take(40).collect(),
            currency: self,
            exponent: self.exponent,
        }
    }
}

impl FromStr for Currency {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let unknown = || Error::UnknownCurrency(text.chars().take(10).collect());
        let exponent = BEYOND_ISO
            .iter()
            .find(|(code, _)| *code == text)
            .map(|(_, exponent)| *exponent)
            .or_else(|| {
                iso_currency::Currency::from_code(text).map(|iso| {
                    iso.exponent()
                        .and_then(|e| u8::try_from(e).ok())
                        .unwrap_or(0)
                })
            })
            .ok_or_else(unknown)?;
        let mut code = [0; 4];
        code.get_mut(..text.len())
            .ok_or_else(unknown)?
            .copy_from_slice(text.as_bytes());
        Ok(Self { code, exponent })
    }
}

impl Money {
    #[must_use]
    pub fn decimal(self) -> Decimal {
        Decimal::new(self.minor, self.currency.exponent())
    }

    /// # Errors
    ///
    /// [`Error::Mixed`] for two currencies, [`Error::TooLarge`] past 64 bits.
    pub fn plus(self, other: Self) -> Result<Self, Error> {
        if self.currency != other.currency {
            return Err(Error::Mixed {
                left: self.currency,
                right: other.currency,
            });
        }
        let minor = self.minor.checked_add(other.minor).ok_or(Error::TooLarge)?;
        Ok(self.currency.money(minor))
    }

    /// # Errors
    ///
    /// As [`Money::plus`].
    pub fn minus(self, other: Self) -> Result<Self, Error> {
        self.plus(
            other
                .currency
                .money(other.minor.checked_neg().ok_or(Error::TooLarge)?),
        )
    }

    /// # Errors
    ///
    /// [`Error::TooLarge`] past 64 bits.
    pub fn times(self, count: i64) -> Result<Self, Error> {
        let minor = self.minor.checked_mul(count).ok_or(Error::TooLarge)?;
        Ok(self.currency.money(minor))
    }

    #[must_use]
    pub fn is_zero(self) -> bool {
        self.minor == 0
    }

    #[must_use]
    pub fn is_negative(self) -> bool {
        self.minor < 0
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// As a decimal text without the currency: what a `[[store.field]]` expression reads.
impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.decimal())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_knows_its_decimals() -> Result<(), Error> {
        for (code, exponent) in [("JPY", 0), ("USD", 2), ("KWD", 3), ("USDC", 2)] {
            assert_eq!(Currency::from_str(code)?.exponent(), exponent, "{code}");
        }
        assert!(Currency::from_str("ZZZ").is_err());
        Ok(())
    }

    #[test]
    fn decimals_that_the_currency_does_not_have_are_refused_unless_they_are_zeros()
    -> Result<(), Error> {
        let usd = Currency::from_str("USD")?;
        assert_eq!(usd.parse("4160.0")?.minor, 416_000);
        assert_eq!(usd.parse("4160.0000")?.minor, 416_000);
        assert_eq!(usd.parse("-0.05")?.minor, -5);
        assert!(usd.parse("1.005").is_err());
        assert!(Currency::from_str("JPY")?.parse("1.5").is_err());
        Ok(())
    }
}
