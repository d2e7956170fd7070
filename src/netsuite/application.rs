//! How money meets documents: one row of an `apply` or `deposit` list.

use rust_decimal::Decimal;
use serde::Serialize;

use super::reference::Reference;

/// One row: `amount` of `doc` is paid, refunded or used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Application {
    /// An invoice (credit memo, deposit application), a credit memo (customer refund) or a customer
    /// deposit (customer refund's `deposit` list).
    pub doc: Reference,
    /// The line of `doc` that is meant: an invoice's is 0, a credit memo's in a refund is 1, a
    /// deposit has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u8>,
    /// False takes an application back.
    pub apply: bool,
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub amount: Decimal,
}

impl Application {
    /// Uses `amount` for an invoice.
    #[must_use]
    pub fn to_invoice(invoice: Reference, amount: Decimal) -> Self {
        Self::of(invoice, Some(0), amount)
    }

    /// Refunds `amount` of a credit memo.
    #[must_use]
    pub fn of_credit_memo(memo: Reference, amount: Decimal) -> Self {
        Self::of(memo, Some(1), amount)
    }

    /// Refunds `amount` of a customer deposit.
    #[must_use]
    pub fn of_deposit(deposit: Reference, amount: Decimal) -> Self {
        Self::of(deposit, None, amount)
    }

    fn of(doc: Reference, line: Option<u8>, amount: Decimal) -> Self {
        Self {
            doc,
            line,
            apply: true,
            amount,
        }
    }
}
