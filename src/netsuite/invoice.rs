//! The body of an invoice made from a sales order.

use serde::Serialize;

use super::made::Made;

/// NetSuite's name of the record.
pub const RECORD: &str = "invoice";

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Invoice {
    #[serde(flatten)]
    pub made: Made,
}
