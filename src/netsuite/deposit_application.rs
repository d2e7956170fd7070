//! The body of a deposit application: a customer deposit, transformed, pays invoices.

use chrono::NaiveDate;
use serde::Serialize;

use super::application::Application;
use super::sale::Sublist;
use crate::link::ExternalId;

/// NetSuite's name of the record.
pub const RECORD: &str = "depositApplication";

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DepositApplication {
    pub external_id: ExternalId,
    pub tran_date: NaiveDate,
    pub apply: Sublist<Application>,
}
