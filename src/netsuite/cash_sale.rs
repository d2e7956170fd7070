//! The body of a cash sale: a sale and its payment in one posting document.

use serde::Serialize;

use super::customer_deposit::Tender;
use super::sale::Sale;

/// NetSuite's name of the record.
pub const RECORD: &str = "cashSale";

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CashSale {
    #[serde(flatten)]
    pub sale: Sale,
    #[serde(flatten)]
    pub tender: Tender,
}
