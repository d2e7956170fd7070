//! What the priced documents made from another have in common: which lines they take, at what, with what tax.
//!
//! A transform takes over every line that is still open, with all that is left of it; the body names what
//! shall differ.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;

use super::reference::Reference;
use super::sale::{Line, Sublist, TaxDetail};
use crate::link::ExternalId;

/// The common part of an invoice, return authorization, credit memo and cash refund made by transform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Made {
    pub external_id: ExternalId,
    pub tran_date: NaiveDate,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memo: Option<String>,
    /// The shop has told the buyer; NetSuite must not mail again.
    pub to_be_emailed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Reference>,
    /// Absent: what is left of the source's. Zero: none.
    #[serde(
        skip_serializing_if = "Option::is_none",
        with = "rust_decimal::serde::arbitrary_precision_option"
    )]
    pub shipping_cost: Option<Decimal>,
    /// Absent: all open lines, whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<Sublist<MadeLine>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_details_override: Option<bool>,
    /// All rows of the new document, for the `tax_details_reference` its lines are given here. They
    /// replace what NetSuite copied; that they do is an assumption.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_details: Option<Sublist<TaxDetail>>,
}

/// A line of the new document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum MadeLine {
    Taken(TakenLine),
    /// A line the source does not have: a restocking fee, goodwill.
    Added(Line),
}

/// What differs on a line that comes from the source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TakenLine {
    /// Its place among the lines of the source that are still open, from 1.
    pub line: u64,
    /// 0 leaves the line out. Absent: all that is left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<i64>,
    #[serde(
        skip_serializing_if = "Option::is_none",
        with = "rust_decimal::serde::arbitrary_precision_option"
    )]
    pub rate: Option<Decimal>,
    /// The whole amount of a discount line, negative; on other lines only where `rate` times
    /// `quantity` is not exactly it.
    #[serde(
        skip_serializing_if = "Option::is_none",
        with = "rust_decimal::serde::arbitrary_precision_option"
    )]
    pub amount: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_details_reference: Option<String>,
}

impl TakenLine {
    /// A line that is not taken.
    #[must_use]
    pub fn left_out(line: u64) -> Self {
        Self {
            line,
            quantity: Some(0),
            ..Self::default()
        }
    }
}
