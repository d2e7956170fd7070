//! The body of a customer deposit: money taken for a sales order that is not billed yet.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;

use super::reference::Reference;
use crate::link::ExternalId;

/// NetSuite's name of the record.
pub const RECORD: &str = "customerDeposit";

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomerDeposit {
    pub external_id: ExternalId,
    pub customer: Reference,
    pub sales_order: Reference,
    /// The sales order's: a customer may belong to several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subsidiary: Option<Reference>,
    pub currency: Reference,
    pub tran_date: NaiveDate,
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub payment: Decimal,
    #[serde(flatten)]
    pub tender: Tender,
    pub memo: String,
}

/// How money came in, and where it lies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tender {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_option: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_method: Option<Reference>,
    pub undep_funds: bool,
    /// Where `undep_funds` is false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<Reference>,
}
