//! The body of a sales order.

use serde::Serialize;

use super::reference::Reference;
use super::sale::Sale;

/// NetSuite's name of the record.
pub const RECORD: &str = "salesOrder";

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SalesOrder {
    #[serde(flatten)]
    pub sale: Sale,
    /// `A` pending approval, `B` pending fulfillment.
    pub order_status: Reference,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terms: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sales_channel: Option<Reference>,
}
