//! The body of a credit memo made from a return authorization or an invoice, and the change of what it pays.

use serde::Serialize;

use super::application::Application;
use super::made::Made;
use super::sale::Sublist;

/// NetSuite's name of the record.
pub const RECORD: &str = "creditMemo";

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreditMemo {
    #[serde(flatten)]
    pub made: Made,
    /// False: what is to be refunded must not pay an invoice first.
    pub auto_apply: bool,
    /// The invoices it pays; what is left can be refunded.
    pub apply: Sublist<Application>,
}

/// A change of the invoices a credit memo pays. Rows whose invoice it names already are changed, others
/// are added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Apply {
    pub apply: Sublist<Application>,
}
