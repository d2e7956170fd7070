//! The body of an item receipt made from a return authorization: goods that came back.

use chrono::NaiveDate;
use serde::Serialize;

use super::reference::Reference;
use super::sale::Sublist;
use crate::link::ExternalId;

/// NetSuite's name of the record.
pub const RECORD: &str = "itemReceipt";

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemReceipt {
    pub external_id: ExternalId,
    pub tran_date: NaiveDate,
    /// Every open line of the return authorization: one that is not named is received whole.
    pub item: Sublist<ReceiptLine>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptLine {
    /// The line of the return authorization.
    pub order_line: u64,
    pub item_receive: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Reference>,
    /// False: it came back, and is not for sale again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restock: Option<bool>,
}

impl ReceiptLine {
    /// `quantity` of a line came back, at `location`.
    #[must_use]
    pub fn received(order_line: u64, quantity: i64, location: Reference, restock: bool) -> Self {
        Self {
            order_line,
            item_receive: true,
            quantity: Some(quantity),
            location: Some(location),
            restock: Some(restock),
        }
    }

    /// Nothing of a line came back.
    #[must_use]
    pub fn not_received(order_line: u64) -> Self {
        Self {
            order_line,
            item_receive: false,
            quantity: None,
            location: None,
            restock: None,
        }
    }
}
