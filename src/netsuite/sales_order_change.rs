//! The body of a change of a sales order: lines by their key, new lines, shipping, and the whole tax again.

use rust_decimal::Decimal;
use serde::Serialize;

use super::reference::Reference;
use super::sale::{Line, Sublist, TaxDetail};

/// Sent with `replace` [`TAX_DETAILS`] where it holds tax rows: they have no key and would be added to
/// those that are there.
///
/// Lines that are not named stay as they are. A line that is fulfilled or billed cannot be sold less than
/// that, be another item, or be removed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SalesOrderChange {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<Sublist<LineChange>>,
    #[serde(
        skip_serializing_if = "Option::is_none",
        with = "rust_decimal::serde::arbitrary_precision_option"
    )]
    pub shipping_cost: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_details_override: Option<bool>,
    /// All rows of the order, not only those of changed lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_details: Option<Sublist<TaxDetail>>,
}

/// What `replace` is for tax rows.
pub const TAX_DETAILS: &str = "taxDetails";

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum LineChange {
    Changed(ChangedLine),
    /// Without a key, so that NetSuite adds it. Sending it twice adds it twice.
    Added(Line),
}

/// What changes on a line that is there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangedLine {
    /// The transaction line id.
    pub line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<i64>,
    /// Of a discount line: its whole amount, negative.
    #[serde(
        skip_serializing_if = "Option::is_none",
        with = "rust_decimal::serde::arbitrary_precision_option"
    )]
    pub rate: Option<Decimal>,
    /// A new quantity or rate computes the amount again, unless it is sent too.
    #[serde(
        skip_serializing_if = "Option::is_none",
        with = "rust_decimal::serde::arbitrary_precision_option"
    )]
    pub amount: Option<Decimal>,
    /// True cancels what is not shipped yet. The line keeps its amount in the order's total.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_closed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_details_reference: Option<String>,
}

impl ChangedLine {
    /// Closes a line.
    #[must_use]
    pub fn closed(line: u64) -> Self {
        Self {
            line,
            is_closed: Some(true),
            ..Self::default()
        }
    }
}
