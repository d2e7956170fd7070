//! What follows the first write: edits, cancellations, bills, credits and refunds, one stage a look.
//!
//! [`next`] is a pure function of the order, the settings and NetSuite's books of it: it gives the writes
//! that can be made now. The pass makes them, reads the books again and asks again, until there is
//! nothing left to write. Every document has an external id made from what it is about, so a stage that
//! died halfway is seen in the books by the next. What must wait (for a bill, for goods, for a refund to
//! go through) is named; a wait is no failure.

mod amend;
mod billing;
mod credits;
mod goods_after;
mod late_shipping;
mod paid_back;
mod paper;
mod progress;
mod refunds;
mod returned;

use std::collections::BTreeMap;

use super::change;
use super::document::Draft;
use super::ledger::{Ledger, roundings};
use super::payments::day;
use super::period::posting_day;
use super::sale::Sale;
use super::standing::Standing;
use crate::config::store::{BilledBy, OrderRecord};
use crate::link::{ExternalId, InternalId};
use crate::money::Money;
use crate::netsuite::books::{BookDocument, Books};
use crate::plan::{Action, On, Plan, Proof, Write};
use crate::problem::Problem;

/// What a stage is computed from.
pub(super) struct Scene<'a> {
    pub(super) draft: &'a Draft<'a>,
    pub(super) books: &'a Books,
    pub(super) record: OrderRecord,
    /// The sales order or cash sale.
    pub(super) id: &'a InternalId,
    /// Whether the sale is another than when NetSuite last agreed with it.
    pub(super) changed: bool,
}

/// What can be written now.
#[derive(Debug, Default)]
pub(super) struct Stage {
    pub(super) plan: Plan,
    /// What a document will show as its total where that is not its proof's: closed lines keep their
    /// amount in it.
    pub(super) totals: BTreeMap<String, Money>,
    /// What must wait, in words.
    pub(super) waits: Vec<String>,
    /// The money of what is taken back from a cash sale.
    paid: paid_back::Paid,
}

/// The next stage; an empty plan without waits means that both sides agree.
///
/// # Errors
///
/// `changed_after_import` for what NetSuite cannot take any more; `source_contradicts`; what any
/// document can be held for.
pub(super) fn next(scene: &Scene<'_>) -> Result<Stage, Problem> {
    let (order, store) = (scene.draft.order, scene.draft.store);
    let mut stage = Stage::default();
    let standing = if order.agreements.is_empty() {
        None
    } else {
        let ledger = Ledger::of(order)?;
        Some(Standing::of(&ledger, &scene.progress())?)
    };
    if let Some(standing) = &standing {
        scene.check(standing)?;
        if !scene.is_cash_sale() {
            let mut sale = Sale::of_parts(order, &standing.sale)?;
            scene.place_shipping(&mut sale)?;
            scene.amend(&sale, &mut stage)?;
        }
        stage.plan.proofs.extend(scene.balance(standing)?);
    }
    if !scene.is_cash_sale() && store.billing.by == BilledBy::Waybill {
        scene.bill(&mut stage)?;
    }
    if let Some(standing) = standing.as_ref().filter(|_| scene.is_cash_sale()) {
        stage.paid = scene.paid_back(&standing.credits)?;
    }
    for credit in standing.iter().flat_map(|standing| &standing.credits) {
        scene.credit(credit, &mut stage)?;
    }
    // Money is given back for documents as the books show them, so only once nothing changes them.
    if stage.plan.is_empty() && !scene.is_cash_sale() {
        scene.refund(standing.as_ref(), &mut stage)?;
        scene.await_shipping(&mut stage);
    }
    if stage.plan.is_empty() {
        stage.plan.proofs.clear();
    }
    Ok(stage)
}

impl Scene<'_> {
    fn is_cash_sale(&self) -> bool {
        self.record == OrderRecord::CashSale
    }

    fn invoices(&self) -> impl Iterator<Item = &BookDocument> {
        self.books.of("invoice")
    }

    /// What cannot be expressed in NetSuite any more.
    fn check(&self, standing: &Standing) -> Result<(), Problem> {
        let order = self.draft.order;
        if let Some((line, sold, done)) = standing.overtaken {
            let why = format!(
                "line {line} is sold {sold} times now, and NetSuite has picked, shipped or billed {done}"
            );
            return Err(change::too_late(order, &why));
        }
        if self.is_cash_sale() {
            let sold = standing.sale.total(order.currency)?;
            let billed = self
                .books
                .order()
                .map(|sale| sale.total)
                .unwrap_or_default();
            let tendered = self.tendered()?;
            if sold.minus(tendered)?.decimal() != billed {
                let why = format!(
                    "the cash sale of {billed} is posted, and the sale is {sold} now: a cash sale is never changed"
                );
                return Err(change::too_late(order, &why));
            }
        }
        Ok(())
    }

    /// Proof B: the sales order less all credits is what Shopify shows as the order's current total.
    fn balance(&self, standing: &Standing) -> Result<Option<Proof>, Problem> {
        let order = self.draft.order;
        let sale = standing.sale.total(order.currency)?;
        let mut proof = Proof::new(
            format!("{} less its credits", self.key()),
            "Shopify's current total",
            order.totals.current_total,
        );
        proof.term("sale", sale);
        for credit in &standing.credits {
            let total = credit.parts.total(order.currency)?;
            proof.term(format!("credit {}", credit.source.name()), total.times(-1)?);
        }
        let off = proof.remainder()?;
        let mut roundings = roundings(order)?.into_iter();
        let rounded = roundings.rfind(|(_, by)| !by.is_zero() && by.minor == off);
        if let Some((name, by)) = rounded {
            proof.term(name, by.times(-1)?);
        }
        super::proof::proved(proof).map(Some)
    }

    /// The external id of the sales order or cash sale.
    fn key(&self) -> ExternalId {
        let (store, order) = (&self.draft.store.name, self.draft.order.id);
        match self.record {
            OrderRecord::SalesOrder => ExternalId::sales_order(store, order),
            OrderRecord::CashSale => ExternalId::cash_sale(store, order),
        }
    }

    /// `cm-us-9911`; a second document about the same thing gets its number.
    fn name(&self, kind: &str, about: &str, part: usize) -> ExternalId {
        let store = &self.draft.store.name;
        ExternalId(match part {
            0 => format!("{kind}-{store}-{about}"),
            _ => format!("{kind}-{store}-{about}_part{}", part + 1),
        })
    }

    /// The day a document about `moment` is posted; a moved day is noted.
    fn posted(
        &self,
        moment: chrono::DateTime<chrono::Utc>,
        key: &ExternalId,
        stage: &mut Stage,
    ) -> Result<chrono::NaiveDate, Problem> {
        let store = self.draft.store;
        let wanted = day(moment, store);
        let posted = posting_day(wanted, self.draft.periods, store.orders.closed_period)?;
        stage.plan.notes.extend(posted.note(key));
        Ok(posted.day)
    }
}

impl Stage {
    fn wait(&mut self, reason: impl Into<String>) {
        self.waits.push(reason.into());
    }

    fn write(
        &mut self,
        action: Action,
        record: &str,
        key: &ExternalId,
        source: &str,
        body: serde_json::Value,
        on: Option<On>,
    ) {
        self.plan.writes.push(Write {
            action,
            record: record.to_owned(),
            key: key.0.clone(),
            source: source.to_owned(),
            body,
            on,
        });
    }
}
