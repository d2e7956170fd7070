//! Disputes: a customer's bank asks about a payment, or takes it back.

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::money::text;
use super::super::state::Ids;
use super::super::time::ShopTime;
use super::{Order, Refusal};

/// A dispute to open.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewDispute {
    /// In shop currency; what was received when absent.
    pub amount: Option<Decimal>,
    /// Only asked about, not yet taken back.
    pub inquiry: bool,
    /// In lower case; `fraudulent` when absent.
    pub reason: Option<String>,
}

/// A dispute about an order's payment.
#[derive(Clone, Debug)]
pub struct Dispute {
    pub id: u64,
    pub inquiry: bool,
    pub status: DisputeStatus,
    pub reason: String,
    pub amount: Decimal,
    pub at: DateTime<Utc>,
    pub finalized_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeStatus {
    NeedsResponse,
    UnderReview,
    Accepted,
    Won,
    Lost,
    Prevented,
}

impl DisputeStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::NeedsResponse => "needs_response",
            Self::UnderReview => "under_review",
            Self::Accepted => "accepted",
            Self::Won => "won",
            Self::Lost => "lost",
            Self::Prevented => "prevented",
        }
    }

    fn is_final(self) -> bool {
        match self {
            Self::NeedsResponse | Self::UnderReview => false,
            Self::Accepted | Self::Won | Self::Lost | Self::Prevented => true,
        }
    }
}

impl Dispute {
    pub(crate) fn due_at(&self) -> DateTime<Utc> {
        self.at + TimeDelta::days(7)
    }

    /// `inquiry` or `chargeback`.
    pub(crate) fn kind(&self) -> &'static str {
        if self.inquiry {
            "inquiry"
        } else {
            "chargeback"
        }
    }
}

impl Order {
    pub(crate) fn dispute(
        &mut self,
        new: &NewDispute,
        ids: &mut Ids,
        at: DateTime<Utc>,
    ) -> Result<u64, Refusal> {
        if self.totals.received.is_zero() {
            return Err(Refusal::because("Nothing was paid that could be disputed"));
        }
        let id = ids.take();
        self.disputes.push(Dispute {
            id,
            inquiry: new.inquiry,
            status: DisputeStatus::NeedsResponse,
            reason: new.reason.clone().unwrap_or_else(|| "fraudulent".into()),
            amount: new.amount.unwrap_or(self.totals.received.shop),
            at,
            finalized_at: None,
        });
        Ok(id)
    }

    pub(crate) fn decide_dispute(
        &mut self,
        id: u64,
        status: DisputeStatus,
        at: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let dispute = self.disputes.iter_mut().find(|it| it.id == id);
        let dispute = dispute.ok_or(Refusal::because("Dispute does not exist"))?;
        dispute.status = status;
        dispute.finalized_at = status.is_final().then_some(at);
        Ok(())
    }

    /// The body of `disputes/*`.
    pub(crate) fn dispute_body(&self, dispute: &Dispute, time: &ShopTime) -> Value {
        json!({
            "id": dispute.id,
            "order_id": self.id,
            "type": dispute.kind(),
            "amount": text(dispute.amount, &self.currencies.shop),
            "currency": self.currencies.shop,
            "reason": dispute.reason,
            "network_reason_code": "4837",
            "status": dispute.status.as_str(),
            "evidence_due_by": time.text(dispute.due_at()),
            "evidence_sent_on": null,
            "finalized_on": dispute.finalized_at.map(|at| time.text(at)),
            "initiated_at": time.text(dispute.at),
        })
    }
}
