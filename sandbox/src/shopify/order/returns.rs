//! Returns: what a customer wants to send back, and what the merchant says to it. Processing one is its own file.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::super::money::Bag;
use super::super::state::Ids;
use super::{NewLine, Order, Refusal};

/// A return to request or to open.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Returning {
    pub lines: Vec<NewReturnLine>,
    /// For the customer to pay, in shop currency.
    pub shipping_fee: Option<Decimal>,
    /// What is sent instead.
    pub exchanges: Vec<NewLine>,
}

/// Units of one line to send back.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewReturnLine {
    /// The order's line; its newest shipment with enough units is returned.
    pub line: u64,
    pub quantity: u32,
    /// As GraphQL names it; `UNKNOWN` when absent.
    pub reason: Option<String>,
    pub note: String,
    /// Percent of the units' price that the merchant keeps.
    pub restocking_fee: Option<Decimal>,
}

impl Returning {
    /// Units of one line, without fees.
    pub fn units(line: u64, quantity: u32) -> Self {
        Self {
            lines: vec![NewReturnLine {
                line,
                quantity,
                ..NewReturnLine::default()
            }],
            ..Self::default()
        }
    }
}

#[derive(Clone, Debug)]
pub struct Return {
    pub id: u64,
    pub name: String,
    pub status: ReturnStatus,
    pub at: DateTime<Utc>,
    pub approved_at: Option<DateTime<Utc>>,
    pub closed_at: Option<DateTime<Utc>>,
    /// Reason, as GraphQL names it, and note.
    pub decline: Option<(String, String)>,
    pub lines: Vec<ReturnLine>,
    pub shipping_fee: Option<ReturnFee>,
    pub exchanges: Vec<Exchange>,
    /// The reverse fulfillment order, made when the return is opened.
    pub reverse_order: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReturnStatus {
    Requested,
    Open,
    Closed,
    Canceled,
    Declined,
}

impl ReturnStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Canceled => "canceled",
            Self::Declined => "declined",
        }
    }
}

#[derive(Clone, Debug)]
pub struct ReturnLine {
    pub id: u64,
    /// The line of the reverse fulfillment order.
    pub reverse_line: u64,
    pub fulfillment_line: u64,
    pub line: u64,
    pub quantity: u32,
    pub processed: u32,
    pub refunded: u32,
    pub reason: String,
    pub note: String,
    pub restocking_fee: Option<ReturnFee>,
    pub dispositions: Vec<Disposition>,
}

/// A fee the customer pays for returning.
#[derive(Clone, Debug)]
pub struct ReturnFee {
    pub id: u64,
    /// Of a restocking fee.
    pub percentage: Option<Decimal>,
    /// What the whole return costs by it.
    pub amount: Bag,
    pub charged: Bag,
}

/// What became of returned units.
#[derive(Clone, Debug)]
pub struct Disposition {
    pub id: u64,
    pub kind: DispositionKind,
    pub quantity: u32,
    pub location: Option<u64>,
    pub at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DispositionKind {
    #[default]
    Restocked,
    NotRestocked,
    Missing,
    ProcessingRequired,
}

impl DispositionKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Restocked => "RESTOCKED",
            Self::NotRestocked => "NOT_RESTOCKED",
            Self::Missing => "MISSING",
            Self::ProcessingRequired => "PROCESSING_REQUIRED",
        }
    }
}

/// What is sent for what came back. It becomes a line of the order when it is processed.
#[derive(Clone, Debug)]
pub struct Exchange {
    pub id: u64,
    pub new: NewLine,
    pub variant: Option<(u64, u64)>,
    pub processed: u32,
    pub line: Option<u64>,
}

impl Order {
    /// Makes a return, `REQUESTED` by the customer or `OPEN` by the merchant. `variants` are those of the exchanges.
    pub(crate) fn start_return(
        &mut self,
        returning: &Returning,
        status: ReturnStatus,
        variants: Vec<Option<(u64, u64)>>,
        ids: &mut Ids,
        at: DateTime<Utc>,
    ) -> Result<u64, Refusal> {
        let mut lines = Vec::new();
        for new in &returning.lines {
            let line = self.return_line(new, &lines, ids)?;
            lines.push(line);
        }
        if lines.is_empty() {
            return Err(Refusal::because("Return line items can't be blank"));
        }
        let exchanges = returning.exchanges.iter().zip(variants);
        let exchanges = exchanges.map(|(new, variant)| Exchange {
            id: ids.take(),
            new: new.clone(),
            variant,
            processed: 0,
            line: None,
        });
        let exchanges = exchanges.collect();
        let shipping_fee = returning.shipping_fee.map(|fee| ReturnFee {
            id: ids.take(),
            percentage: None,
            amount: self.currencies.convert(fee),
            charged: Bag::default(),
        });
        let id = ids.take();
        let open = status == ReturnStatus::Open;
        self.returns.push(Return {
            id,
            name: format!("{}-R{}", self.name, self.returns.len() + 1),
            status,
            at,
            approved_at: open.then_some(at),
            closed_at: None,
            decline: None,
            lines,
            shipping_fee,
            exchanges,
            reverse_order: open.then(|| ids.take()),
        });
        Ok(id)
    }

    fn return_line(
        &self,
        new: &NewReturnLine,
        others: &[ReturnLine],
        ids: &mut Ids,
    ) -> Result<ReturnLine, Refusal> {
        let refused = || Refusal::because("Return line item has an invalid quantity.");
        let line = self.line(new.line).ok_or_else(refused)?;
        let mut shipments = self.fulfillments.iter().rev();
        let fulfillment_line = shipments
            .find_map(|shipment| {
                let mut lines = shipment.lines.iter().filter(|_| !shipment.cancelled);
                lines.find(|it| {
                    let taken = self.returning(it.id, others);
                    it.line == new.line && it.quantity.saturating_sub(taken) >= new.quantity
                })
            })
            .ok_or_else(refused)?;
        let others = others.iter().filter(|it| it.line == new.line);
        let others: u32 = others.map(|it| it.quantity).sum();
        let waiting = self.waiting_for_return(new.line) + others;
        if new.quantity == 0 || new.quantity > line.shipped().saturating_sub(waiting) {
            return Err(refused());
        }
        let fee = new.restocking_fee.map(|percent| {
            let standing = self.standing(super::Subject::Line(line.id));
            let units = self.share_of(standing, new.quantity, line.current_quantity);
            let amount = self.percent_of(units.net(), percent);
            ReturnFee {
                id: ids.take(),
                percentage: Some(percent),
                amount,
                charged: Bag::default(),
            }
        });
        Ok(ReturnLine {
            id: ids.take(),
            reverse_line: ids.take(),
            fulfillment_line: fulfillment_line.id,
            line: new.line,
            quantity: new.quantity,
            processed: 0,
            refunded: 0,
            reason: new.reason.clone().unwrap_or_else(|| "UNKNOWN".into()),
            note: new.note.clone(),
            restocking_fee: fee,
            dispositions: Vec::new(),
        })
    }

    /// Units of a line that open and requested returns have not processed yet.
    pub fn waiting_for_return(&self, line: u64) -> u32 {
        self.returns
            .iter()
            .filter(|it| matches!(it.status, ReturnStatus::Open | ReturnStatus::Requested))
            .flat_map(|it| &it.lines)
            .filter(|it| it.line == line)
            .map(|it| it.quantity - it.processed)
            .sum()
    }

    /// Units of a shipment's line that some return has already spoken for.
    pub(crate) fn returning(&self, fulfillment_line: u64, others: &[ReturnLine]) -> u32 {
        let ended =
            |it: &&Return| !matches!(it.status, ReturnStatus::Canceled | ReturnStatus::Declined);
        let lines = self.returns.iter().filter(ended).flat_map(|it| &it.lines);
        let about = lines.chain(others);
        about
            .filter(|it| it.fulfillment_line == fulfillment_line)
            .map(|it| it.quantity)
            .sum()
    }

    pub(super) fn percent_of(&self, amount: Bag, percent: Decimal) -> Bag {
        amount.map(&self.currencies, |amount, currency| {
            super::super::money::round(amount * percent / Decimal::ONE_HUNDRED, currency)
        })
    }

    pub(super) fn return_in(
        &mut self,
        id: u64,
        wanted: &[ReturnStatus],
    ) -> Result<&mut Return, Refusal> {
        let found = self.returns.iter_mut().find(|it| it.id == id);
        let found = found.ok_or(Refusal::because("Return does not exist."))?;
        if wanted.contains(&found.status) {
            return Ok(found);
        }
        let status = found.status.as_str().to_uppercase();
        Err(Refusal(format!("Return is {status}.")))
    }

    pub(crate) fn approve_return(
        &mut self,
        id: u64,
        ids: &mut Ids,
        at: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let it = self.return_in(id, &[ReturnStatus::Requested])?;
        it.status = ReturnStatus::Open;
        it.approved_at = Some(at);
        it.reverse_order = Some(ids.take());
        Ok(())
    }

    pub(crate) fn decline_return(
        &mut self,
        id: u64,
        reason: &str,
        note: &str,
    ) -> Result<(), Refusal> {
        let it = self.return_in(id, &[ReturnStatus::Requested])?;
        it.status = ReturnStatus::Declined;
        it.decline = Some((reason.to_owned(), note.to_owned()));
        Ok(())
    }

    /// Only before any of its units was processed.
    pub(crate) fn cancel_return(&mut self, id: u64) -> Result<(), Refusal> {
        let it = self.return_in(id, &[ReturnStatus::Open, ReturnStatus::Requested])?;
        if it.lines.iter().any(|line| line.processed > 0) {
            return Err(Refusal::because("Return has been processed already."));
        }
        it.status = ReturnStatus::Canceled;
        Ok(())
    }

    pub(crate) fn close_return(&mut self, id: u64, at: DateTime<Utc>) -> Result<(), Refusal> {
        let it = self.return_in(id, &[ReturnStatus::Open])?;
        it.status = ReturnStatus::Closed;
        it.closed_at = Some(at);
        Ok(())
    }

    pub(crate) fn reopen_return(&mut self, id: u64) -> Result<(), Refusal> {
        let it = self.return_in(id, &[ReturnStatus::Closed])?;
        it.status = ReturnStatus::Open;
        it.closed_at = None;
        Ok(())
    }

    /// As GraphQL names what all returns come to.
    pub(crate) fn return_status(&self) -> &'static str {
        let any = |status| self.returns.iter().any(|it| it.status == status);
        let processed = |it: &Return| it.lines.iter().all(|line| line.processed == line.quantity);
        let mut open = self
            .returns
            .iter()
            .filter(|it| it.status == ReturnStatus::Open);
        if any(ReturnStatus::Open) {
            return if open.all(processed) {
                "INSPECTION_COMPLETE"
            } else {
                "IN_PROGRESS"
            };
        }
        if any(ReturnStatus::Requested) {
            "RETURN_REQUESTED"
        } else if any(ReturnStatus::Closed) {
            "RETURNED"
        } else {
            "NO_RETURN"
        }
    }
}
