//! The body of a customer refund: money back for credit memos and deposits.

use chrono::NaiveDate;
use serde::Serialize;

use super::application::Application;
use super::reference::Reference;
use super::sale::Sublist;
use crate::link::ExternalId;

/// NetSuite's name of the record.
pub const RECORD: &str = "customerRefund";

/// It is worth the sum of its rows. NetSuite refuses more than a memo or deposit has left; read later,
/// the record shows no `deposit` rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomerRefund {
    pub external_id: ExternalId,
    pub customer: Reference,
    /// That of what it pays: a customer may belong to several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subsidiary: Option<Reference>,
    pub currency: Reference,
    pub tran_date: NaiveDate,
    pub memo: String,
    #[serde(flatten)]
    pub payout: Payout,
    /// Credit memos.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub apply: Option<Sublist<Application>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deposit: Option<Sublist<Application>>,
}

/// How money goes back, and from where. NetSuite demands the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Payout {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_option: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_method: Option<Reference>,
    pub account: Reference,
}
