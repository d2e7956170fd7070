//! The body of a cash refund made from a cash sale or a return authorization: the goods' credit and the
//! money in one document.

use serde::Serialize;

use super::customer_refund::Payout;
use super::made::Made;

/// NetSuite's name of the record.
pub const RECORD: &str = "cashRefund";

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CashRefund {
    #[serde(flatten)]
    pub made: Made,
    #[serde(flatten)]
    pub payout: Payout,
}
