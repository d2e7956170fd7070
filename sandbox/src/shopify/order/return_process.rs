//! Processing a return: units leave the order, fees and exchanges enter it, goods go back on the shelf, money goes back.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::super::money::Bag;
use super::super::state::Ids;
use super::agreement::{Action, Reason, Standing, Subject};
use super::returns::{Disposition, DispositionKind, ReturnFee, ReturnStatus};
use super::withdraw::Whence;
use super::{Order, Refund, RefundLine, Refunding, Refusal, Restock};

/// What of a return is processed in one go.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Processing {
    pub units: Vec<ProcessUnits>,
    /// Exchanges to process, by id; each becomes a line of the order.
    pub exchanges: Vec<u64>,
    /// Gives money back; its lines are those processed here. Without an amount, all that is owed then.
    pub refund: Option<Refunding>,
}

/// Returned units of one return line, all of which end alike.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProcessUnits {
    /// The return line's id.
    pub line: u64,
    pub quantity: u32,
    pub disposition: DispositionKind,
    /// Of restocked units; where they were shipped from when absent.
    pub location: Option<u64>,
}

impl Processing {
    /// Everything of a return that is not processed yet, exchanges included, without money.
    pub fn all(of: &super::Return, disposition: DispositionKind) -> Self {
        let units = of.lines.iter().map(|line| ProcessUnits {
            line: line.id,
            quantity: line.quantity - line.processed,
            disposition,
            location: None,
        });
        let open = of.exchanges.iter().filter(|it| it.processed == 0);
        Self {
            units: units.filter(|it| it.quantity > 0).collect(),
            exchanges: open.map(|it| it.id).collect(),
            refund: None,
        }
    }

    /// Gives back all that is owed then.
    #[must_use]
    pub fn refunded(mut self) -> Self {
        self.refund = Some(Refunding {
            money: true,
            ..Refunding::default()
        });
        self
    }
}

impl Order {
    /// Processes a part of an open return; answers the refund's id if it made one.
    pub(crate) fn process_return(
        &mut self,
        id: u64,
        processing: &Processing,
        location: u64,
        ids: &mut Ids,
        at: DateTime<Utc>,
    ) -> Result<Option<u64>, Refusal> {
        self.return_in(id, &[ReturnStatus::Open])?;
        self.agree(Reason::Return(id), ids, at);
        let mut lines = Vec::new();
        for units in &processing.units {
            lines.push(self.process_units(id, units, location, ids, at)?);
        }
        self.charge_return_shipping(id, ids)?;
        for exchange in &processing.exchanges {
            self.process_exchange(id, *exchange, location, ids, at)?;
        }
        if self.agreements.last().is_some_and(|it| it.sales.is_empty()) {
            self.agreements.pop();
        }
        self.recompute();
        let Some(asked) = &processing.refund else {
            return Ok(None);
        };
        for line in &lines {
            self.count_refunded(id, line);
        }
        let refund = self.refund_return(id, lines, asked, ids, at)?;
        Ok(Some(refund))
    }

    fn process_units(
        &mut self,
        id: u64,
        units: &ProcessUnits,
        shop: u64,
        ids: &mut Ids,
        at: DateTime<Utc>,
    ) -> Result<RefundLine, Refusal> {
        let refused = || Refusal::because("Quantity exceeds what is left to process.");
        let open = self.return_in(id, &[ReturnStatus::Open])?;
        let found = open.lines.iter_mut().find(|line| line.id == units.line);
        let found = found.ok_or_else(refused)?;
        if units.quantity == 0 || units.quantity > found.quantity - found.processed {
            return Err(refused());
        }
        found.processed += units.quantity;
        let (line, shipped) = (found.line, found.fulfillment_line);
        let fee = found.restocking_fee.clone();
        let (done, of) = (found.processed, found.quantity);
        let location = units.location.or_else(|| self.shipped_from(shipped));
        let restocked = units.disposition == DispositionKind::Restocked;
        let location = restocked.then(|| location.unwrap_or(shop));
        let disposition = Disposition {
            id: ids.take(),
            kind: units.disposition,
            quantity: units.quantity,
            location,
            at,
        };
        let open = self.return_in(id, &[ReturnStatus::Open])?;
        let found = open.lines.iter_mut().find(|line| line.id == units.line);
        found.ok_or_else(refused)?.dispositions.push(disposition);
        let (sale, _) = self.withdraw(line, units.quantity, Whence::Shipped, ids)?;
        if let Some(fee) = fee {
            let due = fee.amount.share(0, done, of, &self.currencies) - fee.charged;
            self.charge_fee(id, &fee, due, ids)?;
        }
        Ok(RefundLine {
            restock: if restocked {
                Restock::Return
            } else {
                Restock::NoRestock
            },
            location,
            ..RefundLine::of_sale(&sale, line, units.quantity, self.taxes_included, ids)
        })
    }

    /// Says what becomes of units that were processed with `PROCESSING_REQUIRED`: `reverseFulfillmentOrderDispose`.
    pub(crate) fn dispose(
        &mut self,
        id: u64,
        units: &ProcessUnits,
        shop: u64,
        ids: &mut Ids,
        at: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let refused = || Refusal::because("Quantity exceeds what is left to dispose.");
        let states = [ReturnStatus::Open, ReturnStatus::Closed];
        let found = self.return_in(id, &states)?.lines.iter();
        let found = found.clone().find(|line| line.id == units.line);
        let found = found.ok_or_else(refused)?;
        let of = |pending: bool| -> u32 {
            let ended = found.dispositions.iter();
            let ended =
                ended.filter(|it| (it.kind == DispositionKind::ProcessingRequired) == pending);
            ended.map(|it| it.quantity).sum()
        };
        let waiting = of(true).min(found.processed - of(false));
        if units.quantity == 0
            || units.quantity > waiting
            || units.disposition == DispositionKind::ProcessingRequired
        {
            return Err(refused());
        }
        let shipped = found.fulfillment_line;
        let restocked = units.disposition == DispositionKind::Restocked;
        let location = units.location.or_else(|| self.shipped_from(shipped));
        let disposition = Disposition {
            id: ids.take(),
            kind: units.disposition,
            quantity: units.quantity,
            location: restocked.then(|| location.unwrap_or(shop)),
            at,
        };
        let lines = &mut self.return_in(id, &states)?.lines;
        let line = lines.iter_mut().find(|line| line.id == units.line);
        line.ok_or_else(refused)?.dispositions.push(disposition);
        Ok(())
    }

    fn shipped_from(&self, fulfillment_line: u64) -> Option<u64> {
        let mut shipments = self.fulfillments.iter();
        let shipment =
            shipments.find(|it| it.lines.iter().any(|line| line.id == fulfillment_line))?;
        Some(shipment.location)
    }

    fn charge_fee(
        &mut self,
        id: u64,
        fee: &ReturnFee,
        due: Bag,
        ids: &mut Ids,
    ) -> Result<(), Refusal> {
        if due.is_zero() {
            return Ok(());
        }
        let worth = Standing {
            gross: due,
            ..Standing::default()
        };
        let subject = Subject::ReturnFee(fee.id);
        let sale = self.sale(Action::Order, subject, None, worth, ids);
        self.book(sale);
        let open = self.return_in(id, &[ReturnStatus::Open])?;
        let fees = open
            .lines
            .iter_mut()
            .flat_map(|line| &mut line.restocking_fee);
        for it in fees.chain(&mut open.shipping_fee) {
            if it.id == fee.id {
                it.charged += due;
            }
        }
        Ok(())
    }

    /// The fee for the way back is due with the first units.
    fn charge_return_shipping(&mut self, id: u64, ids: &mut Ids) -> Result<(), Refusal> {
        let open = self.return_in(id, &[ReturnStatus::Open])?;
        let fee = open.shipping_fee.clone();
        match fee {
            Some(fee) => self.charge_fee(id, &fee, fee.amount - fee.charged, ids),
            None => Ok(()),
        }
    }

    fn process_exchange(
        &mut self,
        id: u64,
        exchange: u64,
        shop: u64,
        ids: &mut Ids,
        at: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let refused = || Refusal::because("Exchange line item cannot be processed.");
        let open = self.return_in(id, &[ReturnStatus::Open])?;
        let mut found = open.exchanges.iter();
        let found = found.find(|it| it.id == exchange && it.processed == 0);
        let found = found.cloned().ok_or_else(refused)?;
        let location = found.new.location.unwrap_or(shop);
        let line = self.insert_line(&found.new, found.variant, location, ids, at);
        let open = self.return_in(id, &[ReturnStatus::Open])?;
        for it in open.exchanges.iter_mut().filter(|it| it.id == exchange) {
            it.processed = found.new.quantity;
            it.line = Some(line);
        }
        Ok(())
    }

    fn count_refunded(&mut self, id: u64, refunded: &RefundLine) {
        let mut left = refunded.quantity;
        let returns = self.returns.iter_mut().filter(|it| it.id == id);
        for line in returns.flat_map(|it| &mut it.lines) {
            if line.line == refunded.line {
                let units = left.min(line.processed - line.refunded);
                line.refunded += units;
                left -= units;
            }
        }
    }

    /// The refund of a return. What its units were worth has left the order with the return's own agreement.
    fn refund_return(
        &mut self,
        id: u64,
        lines: Vec<RefundLine>,
        asked: &Refunding,
        ids: &mut Ids,
        at: DateTime<Utc>,
    ) -> Result<u64, Refusal> {
        let owed = self.totals.outstanding;
        let mut refund = Refund::new(ids.take(), at);
        refund.note.clone_from(&asked.note);
        refund.of_return = Some(id);
        refund.lines = lines;
        self.agree(Reason::Refund(refund.id), ids, at);
        let asked = Refunding {
            lines: Vec::new(),
            units: Vec::new(),
            everything: false,
            owed_too: true,
            ..asked.clone()
        };
        self.take_charges(&asked, &mut refund, ids)?;
        self.pay_back(&asked, &mut refund, owed, ids, at)?;
        let id = refund.id;
        self.refunds.push(refund);
        self.recompute();
        Ok(id)
    }

    /// What returned units put back on shelves: line, location and how many.
    pub(crate) fn restocked(&self) -> BTreeMap<(u64, u64), i64> {
        let mut sums = BTreeMap::new();
        for line in self.returns.iter().flat_map(|it| &it.lines) {
            for it in &line.dispositions {
                if let Some(location) = it.location {
                    *sums.entry((line.line, location)).or_default() += i64::from(it.quantity);
                }
            }
        }
        sums
    }
}
