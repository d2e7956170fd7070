//! The body of a return authorization made from a sales order, an invoice or a cash sale.

use serde::Serialize;

use super::made::Made;
use super::reference::Reference;

/// NetSuite's name of the record.
pub const RECORD: &str = "returnAuthorization";

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReturnAuthorization {
    #[serde(flatten)]
    pub made: Made,
    /// `A` pending approval, `B` pending receipt.
    pub order_status: Reference,
}
