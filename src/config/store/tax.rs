//! How tax is booked, and which NetSuite code each of the shop's taxes has.

use rust_decimal::Decimal;
use serde::Deserialize;

use crate::config::form;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tax {
    /// No default: `check` proposes one.
    pub strategy: TaxStrategy,
    /// `native` and `legacy_rate` only.
    #[serde(default, deserialize_with = "form::decimal")]
    pub tolerance: Decimal,
    /// Put on every line where the account demands a code on untaxed lines.
    pub exempt_code: Option<String>,
    /// Whether NetSuite takes our own `taxDetailsReference` on create (unverified by Oracle's pages).
    #[serde(default)]
    pub references: TaxReferences,
    /// First match wins; absent keys match all.
    #[serde(default)]
    pub map: Vec<TaxRule>,
}

impl Tax {
    /// How far a total may be off: only where NetSuite computes the tax, and only by the tolerance.
    #[must_use]
    pub fn allowed(&self) -> Decimal {
        match self.strategy {
            TaxStrategy::Native | TaxStrategy::LegacyRate => self.tolerance,
            TaxStrategy::SuitetaxOverride | TaxStrategy::TaxLine => Decimal::ZERO,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaxStrategy {
    SuitetaxOverride,
    TaxLine,
    Native,
    LegacyRate,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaxReferences {
    /// Ours, in the one request that creates.
    #[default]
    Own,
    /// NetSuite's: create, read them, write the override. Two calls more.
    ReadBack,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaxRule {
    pub country: Option<String>,
    pub province: Option<String>,
    pub title: Option<String>,
    #[serde(default, deserialize_with = "form::some_decimal")]
    pub rate: Option<Decimal>,
    pub code: String,
    /// The tax type of a SuiteTax code.
    #[serde(rename = "type")]
    pub kind: Option<String>,
}
