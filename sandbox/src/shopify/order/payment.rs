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
    /// What the cash handed over differs from the amount by.
    pub rounding: Bag,
    pub at: DateTime<Utc>,
}

impl Transaction {
    pub(crate) fn brought_money(&self) -> bool {
        self.status == TransactionStatus::Success
            && matches!(self.kind, TransactionKind::Sale | TransactionKind::Capture)
    }

    /// Gave money back, or is about to.
    pub(super) fn gives_back(&self) -> bool {
        self.kind == TransactionKind::Refund
            && matches!(
                self.status,
                TransactionStatus::Success | TransactionStatus::Pending
            )
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
        self.pay_by(tenders, ids, at);
    }

    /// Takes payments; one without amount takes what the ones before it left of what is owed.
    pub(crate) fn pay_by(&mut self, tenders: Vec<Tender>, ids: &mut Ids, at: DateTime<Utc>) {
        let mut left = self.totals.outstanding;
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
            let rounding = self.currencies.convert(tender.rounding);
            if let Some(made) = self.transactions.last_mut() {
                made.status = tender.status;
                made.rounding = rounding;
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
            rounding: Bag::default(),
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
        let authorizations = self.transactions.iter().filter(|t| {
            t.kind == TransactionKind::Authorization && t.status == TransactionStatus::Success
        });
        let open = authorizations.map(|it| (it.clone(), self.open_part(it)));
        let (authorization, left) = open
            .into_iter()
            .find(|(_, left)| left.shop > Decimal::ZERO)
            .ok_or(Refusal::because("Order has no authorization to capture"))?;
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

    /// A further payment of what is owed, or of a part.
    pub(crate) fn pay_more(
        &mut self,
        tender: &Tender,
        ids: &mut Ids,
        at: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        if self.totals.outstanding.shop <= Decimal::ZERO || self.cancelled_at.is_some() {
            return Err(Refusal::because("Nothing is owed."));
        }
        self.pay_by(vec![tender.clone()], ids, at);
        Ok(())
    }

    /// What of an authorization was neither captured nor voided.
    fn open_part(&self, authorization: &Transaction) -> Bag {
        let parts = self.transactions.iter().filter(|t| {
            t.parent == Some(authorization.id)
                && t.status == TransactionStatus::Success
                && matches!(t.kind, TransactionKind::Capture | TransactionKind::Void)
        });
        authorization.amount - parts.map(|t| t.amount).sum()
    }

    /// What may still be captured.
    pub(crate) fn capturable(&self) -> Bag {
        let authorizations = self.transactions.iter().filter(|t| {
            t.kind == TransactionKind::Authorization && t.status == TransactionStatus::Success
        });
        authorizations.map(|it| self.open_part(it)).sum()
    }

    /// Lets go of everything that is authorized and not captured.
    pub(crate) fn void(&mut self, ids: &mut Ids, at: DateTime<Utc>) -> Result<(), Refusal> {
        let open: Vec<_> = self
            .transactions
            .iter()
            .filter(|t| t.kind == TransactionKind::Authorization)
            .map(|it| (it.id, it.gateway.clone(), self.open_part(it)))
            .filter(|(_, _, left)| left.shop > Decimal::ZERO)
            .collect();
        if open.is_empty() {
            return Err(Refusal::because("Order has no authorization to void"));
        }
        for (id, gateway, left) in open {
            self.transact(ids, at, TransactionKind::Void, &gateway, left, Some(id));
        }
        self.recompute();
        Ok(())
    }

    /// Says how a pending transaction ended.
    pub(crate) fn settle_transaction(
        &mut self,
        id: u64,
        status: TransactionStatus,
    ) -> Result<(), Refusal> {
        let pending =
            |it: &&mut Transaction| it.id == id && it.status == TransactionStatus::Pending;
        let found = self.transactions.iter_mut().find(pending);
        found
            .ok_or(Refusal::because("Transaction is not pending"))?
            .status = status;
        self.recompute();
        Ok(())
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
