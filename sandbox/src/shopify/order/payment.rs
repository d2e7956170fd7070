//! Payments: what was reserved, taken and given back, and the status that follows from it.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::super::money::Bag;
use super::super::state::Ids;
use super::{Order, Payment, Refusal, Tender};

/// The gateway of payments that name none.
pub(super) const GATEWAY: &str = "shopify_payments";

/// Money that moved, or was reserved.
#[derive(Clone, Debug)]
pub struct Transaction {
    pub id: u64,
    pub kind: TransactionKind,
    pub status: TransactionStatus,
    pub gateway: String,
    pub amount: Bag,
    pub parent: Option<u64>,
    pub at: DateTime<Utc>,
}

impl Transaction {
    pub(crate) fn brought_money(&self) -> bool {
        self.status == TransactionStatus::Success
            && matches!(self.kind, TransactionKind::Sale | TransactionKind::Capture)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransactionKind {
    Authorization,
    Sale,
    Capture,
    Refund,
    Void,
}

impl TransactionKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Authorization => "authorization",
            Self::Sale => "sale",
            Self::Capture => "capture",
            Self::Refund => "refund",
            Self::Void => "void",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransactionStatus {
    #[default]
    Success,
    Pending,
    Failure,
    Error,
}

impl TransactionStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Pending => "pending",
            Self::Failure => "failure",
            Self::Error => "error",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinancialStatus {
    Pending,
    Authorized,
    PartiallyPaid,
    Paid,
    PartiallyRefunded,
    Refunded,
    Voided,
    Expired,
}

impl FinancialStatus {
    const ALL: [Self; 8] = [
        Self::Pending,
        Self::Authorized,
        Self::PartiallyPaid,
        Self::Paid,
        Self::PartiallyRefunded,
        Self::Refunded,
        Self::Voided,
        Self::Expired,
    ];

    /// As webhook bodies and searches write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Authorized => "authorized",
            Self::PartiallyPaid => "partially_paid",
            Self::Paid => "paid",
            Self::PartiallyRefunded => "partially_refunded",
            Self::Refunded => "refunded",
            Self::Voided => "voided",
            Self::Expired => "expired",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

impl Order {
    pub(super) fn pay(
        &mut self,
        payment: &Payment,
        gateway: Option<&str>,
        ids: &mut Ids,
        at: DateTime<Utc>,
    ) {
        let whole = |kind| Tender {
            kind,
            ..Tender::rest(gateway.unwrap_or(GATEWAY))
        };
        let tenders = match payment {
            Payment::Paid => vec![whole(TransactionKind::Sale)],
            Payment::Authorized => vec![whole(TransactionKind::Authorization)],
            Payment::Pending => Vec::new(),
            Payment::Tenders(tenders) => tenders.clone(),
        };
        let mut left = self.totals.price;
        for tender in tenders {
            let amount = match tender.amount {
                // The last cent of a tender is the order's, not the exchange rate's.
                Some(amount) if amount == left.shop => left,
                Some(amount) => self.currencies.convert(amount),
                None => left,
            };
            if amount.is_zero() {
                continue;
            }
            left = left - amount;
            self.transact(ids, at, tender.kind, &tender.gateway, amount, None);
            if let Some(made) = self.transactions.last_mut() {
                made.status = tender.status;
            }
        }
        self.recompute();
    }

    pub(super) fn transact(
        &mut self,
        ids: &mut Ids,
        at: DateTime<Utc>,
        kind: TransactionKind,
        gateway: &str,
        amount: Bag,
        parent: Option<u64>,
    ) -> u64 {
        let id = ids.take();
        self.transactions.push(Transaction {
            id,
            kind,
            status: TransactionStatus::Success,
            gateway: gateway.to_owned(),
            amount,
            parent,
            at,
        });
        id
    }

    /// Takes what was authorized, or a part of it (in shop currency).
    pub(crate) fn capture(
        &mut self,
        amount: Option<Decimal>,
        ids: &mut Ids,
        at: DateTime<Utc>,
    ) -> Result<u64, Refusal> {
        let authorization = self
            .transactions
            .iter()
            .find(|t| {
                t.kind == TransactionKind::Authorization && t.status == TransactionStatus::Success
            })
            .cloned()
            .ok_or(Refusal::because("Order has no authorization to capture"))?;
        let captured: Bag = self
            .transactions
            .iter()
            .filter(|t| t.parent == Some(authorization.id) && t.brought_money())
            .map(|t| t.amount)
            .sum();
        let left = authorization.amount - captured;
        let amount = match amount {
            Some(amount) if amount != left.shop => self.currencies.convert(amount),
            Some(_) | None => left,
        };
        if amount.shop > left.shop || amount.shop <= Decimal::ZERO {
            return Err(Refusal::because("Amount exceeds what can be captured"));
        }
        let kind = TransactionKind::Capture;
        let parent = Some(authorization.id);
        let id = self.transact(ids, at, kind, &authorization.gateway, amount, parent);
        self.recompute();
        Ok(id)
    }

    /// Records a manual payment of all that is owed.
    pub(crate) fn mark_paid(&mut self, ids: &mut Ids, at: DateTime<Utc>) -> Result<u64, Refusal> {
        let owed = self.totals.outstanding;
        if owed.shop <= Decimal::ZERO || self.cancelled_at.is_some() {
            return Err(Refusal::because("Order cannot be marked as paid."));
        }
        let id = self.transact(ids, at, TransactionKind::Sale, "manual", owed, None);
        self.recompute();
        Ok(id)
    }
}
