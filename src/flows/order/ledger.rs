//! What was sold and what was taken back since, by part and net of tax: Shopify's sales agreements
//! added up.
//!
//! `order.agreements` are a journal. The order's own agreement and its committed edits make the sale;
//! refunds and returns take from it. Neither a quantity nor a total of the order tells the two apart.
//! All together must be the order's current total, and units its current quantities: an order whose
//! journal disagrees is held (`source_contradicts`), never guessed at.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::fees;
use super::part::{About, Part, Parts};
use super::stated::{self, contradiction};
use crate::money::{Error, Money};
use crate::problem::{Code, Problem};
use crate::shopify::order::{
    Agreement, AgreementReason, Order, Refund, Sale, SaleAction, SaleKind, TransactionStatus,
};

/// The journal of one order, in two halves.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ledger {
    /// The order and its committed edits.
    pub(super) sold: Parts,
    /// Refunds and returns, oldest first.
    pub(super) takings: Vec<Taking>,
}

/// What one refund, or one step of a return, took from the order; its parts are positive.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Taking {
    pub(super) source: TakenBy,
    pub(super) at: DateTime<Utc>,
    pub(super) parts: Parts,
    /// What the same return had taken before.
    pub(super) before: Parts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TakenBy {
    Refund(u64),
    /// A return is processed in steps, each an agreement that never changes: they are counted from 1.
    Return {
        id: u64,
        step: usize,
    },
}

/// How the sign of a difference is meant.
#[derive(Debug, Clone, Copy)]
enum Sign {
    AsShown,
    Turned,
}

impl TakenBy {
    /// Goes into external ids: refunds and returns are counted apart.
    pub(super) fn name(self) -> String {
        match self {
            Self::Refund(id) => id.to_string(),
            Self::Return { id, step: 1 } => format!("return-{id}"),
            Self::Return { id, step } => format!("return-{id}-{step}"),
        }
    }
}

impl Ledger {
    /// Adds the agreements up.
    ///
    /// # Errors
    ///
    /// `source_contradicts` when they do not give the order's current total and quantities, or hold
    /// what this version does not know.
    pub(super) fn of(order: &Order) -> Result<Self, Problem> {
        // A difference can be for either side, so its sign counts, and Shopify does not document it:
        // only one of the two gives the order's total.
        Self::read(order, Sign::AsShown).or_else(|why| {
            let turned = Self::read(order, Sign::Turned);
            turned.map_err(|_| why)
        })
    }

    fn read(order: &Order, differences: Sign) -> Result<Self, Problem> {
        let mut ledger = Self {
            sold: Parts::default(),
            takings: Vec::new(),
        };
        let mut agreements: Vec<&Agreement> = order.agreements.iter().collect();
        agreements.sort_by_key(|agreement| (agreement.happened_at, agreement.id));
        for agreement in agreements {
            ledger.enter(order, agreement, differences)?;
        }
        ledger.takings.retain(|taking| !taking.parts.is_empty());
        ledger.count_steps()?;
        ledger.round(order)?;
        ledger.check(order)?;
        Ok(ledger)
    }

    /// What all of it leaves: the order as it stands.
    pub(super) fn rest(&self) -> Result<Parts, Error> {
        let mut rest = self.sold.clone();
        for taking in &self.takings {
            rest.take(&taking.parts)?;
        }
        Ok(rest)
    }

    fn enter(
        &mut self,
        order: &Order,
        agreement: &Agreement,
        differences: Sign,
    ) -> Result<(), Problem> {
        let source = match (agreement.reason, agreement.refund, agreement.return_id) {
            (AgreementReason::Order | AgreementReason::Edit, _, _) => None,
            (AgreementReason::Refund, Some(id), _) => Some(TakenBy::Refund(id)),
            (AgreementReason::Return, _, Some(id)) => Some(TakenBy::Return { id, step: 1 }),
            (
                AgreementReason::Refund | AgreementReason::Return | AgreementReason::Unknown,
                _,
                _,
            ) => {
                return Err(unknown(order, "an agreement of a kind that is not known"));
            }
        };
        let mut taken = Parts::default();
        for sale in &agreement.sales {
            let part = part(order, sale, differences)?;
            if source.is_none() || is_exchange(sale) {
                self.sold.add(&part)?;
            } else {
                taken.take_part(&part)?;
            }
        }
        let Some(source) = source else {
            return Ok(());
        };
        let is_refund = matches!(source, TakenBy::Refund(_));
        let mut known = self.takings.iter_mut();
        match known.find(|taking| is_refund && taking.source == source) {
            Some(known) => taken.iter().try_for_each(|part| known.parts.add(part))?,
            None => self.takings.push(Taking {
                source,
                at: agreement.happened_at,
                parts: taken,
                before: Parts::default(),
            }),
        }
        Ok(())
    }

    /// Numbers the steps of each return, and tells each what the ones before it took.
    fn count_steps(&mut self) -> Result<(), Error> {
        let mut returns: HashMap<u64, (usize, Parts)> = HashMap::new();
        for taking in &mut self.takings {
            let TakenBy::Return { id, step } = &mut taking.source else {
                continue;
            };
            let (count, before) = returns.entry(*id).or_default();
            *count += 1;
            *step = *count;
            taking.before = before.clone();
            taking.parts.iter().try_for_each(|part| before.add(part))?;
        }
        Ok(())
    }

    /// Cash rounding is in no agreement; whether the total counts it, the sum decides. That of a refund is
    /// for what the refund is for: a return's last step, where it takes nothing itself.
    fn round(&mut self, order: &Order) -> Result<(), Problem> {
        let rounding = order.totals.cash_rounding;
        if !rounding.is_zero() {
            self.sold.add(&Part::amount(About::Rounding, rounding))?;
        }
        for refund in &order.refunds {
            let rounding = rounded(order, refund)?;
            if rounding.is_zero() {
                continue;
            }
            let part = Part::amount(About::Rounding, rounding);
            let own = |taking: &&mut Taking| taking.source == TakenBy::Refund(refund.id);
            let of_return = |taking: &&mut Taking| {
                let TakenBy::Return { id, .. } = taking.source else {
                    return false;
                };
                refund.return_id == Some(id) && taking.at <= refund.created_at
            };
            let own = self.takings.iter_mut().find(own);
            let taking = match own {
                Some(own) => Some(own),
                None => self.takings.iter_mut().rev().find(of_return),
            };
            match taking {
                Some(taking) => taking.parts.add(&part)?,
                None => self.takings.push(Taking {
                    source: TakenBy::Refund(refund.id),
                    at: refund.created_at,
                    parts: [part].into_iter().collect(),
                    before: Parts::default(),
                }),
            }
        }
        Ok(())
    }

    fn check(&self, order: &Order) -> Result<(), Problem> {
        // An edit and an exchange change lines in ways that the totals as sold do not follow.
        if !order.edited && order.returns.is_empty() {
            stated::fit(order)?;
        }
        let rest = self.rest()?;
        let sum = rest.total(order.currency)?;
        let current = order.totals.current_total;
        let counted = roundings(order)?
            .into_iter()
            .map(|(_, off)| current.plus(off));
        if !counted
            .collect::<Result<Vec<Money>, Error>>()?
            .contains(&sum)
        {
            return Err(contradiction(order, current, sum));
        }
        for line in &order.lines {
            let units = rest.units(line.id);
            if units != line.current_quantity {
                let what = format!(
                    "{}: line {} has {} units now, and the agreements leave {units}",
                    order.name, line.id, line.current_quantity
                );
                return Err(Problem::new(Code::SourceContradicts, what).because(order.id));
            }
        }
        Ok(())
    }
}

/// What the cash that a refund gave back was rounded by.
fn rounded(order: &Order, refund: &Refund) -> Result<Money, Error> {
    let went = |status| {
        matches!(
            status,
            TransactionStatus::Success | TransactionStatus::Pending
        )
    };
    let transactions = order.transactions.iter();
    let of = transactions.filter(|it| refund.transactions.contains(&it.id) && went(it.status));
    order.currency.sum(of.map(|it| it.rounding))
}

/// By what the sale less all that was taken back may differ from Shopify's current total, and why: it does
/// not say which cash rounding that counts.
pub(super) fn roundings(order: &Order) -> Result<[(&'static str, Money); 4], Error> {
    let paid = order.totals.cash_rounding;
    let refunds = order.refunds.iter().map(|refund| rounded(order, refund));
    let refunds: Vec<Money> = refunds.collect::<Result<_, _>>()?;
    let given = order.currency.sum(refunds)?.times(-1)?;
    Ok([
        ("cash rounding", order.currency.money(0)),
        ("cash rounding, not in that total", paid),
        ("cash rounding of refunds, not in that total", given),
        ("all cash rounding, not in that total", paid.plus(given)?),
    ])
}

/// Goods sent in exchange are sold in the return's agreement. Its fees stay with the return.
fn is_exchange(sale: &Sale) -> bool {
    sale.action == SaleAction::Order
        && !sale.total.is_negative()
        && !matches!(sale.kind, SaleKind::Fee | SaleKind::Adjustment)
}

fn part(order: &Order, sale: &Sale, differences: Sign) -> Result<Part, Problem> {
    // Shopify does not document the sign of what is taken back: the action says it.
    let signed = |amount: Money| match (sale.action, sale.kind, differences) {
        (SaleAction::Return, SaleKind::Adjustment, Sign::AsShown) => amount,
        (SaleAction::Return, SaleKind::Adjustment, Sign::Turned) => {
            amount.currency.money(-amount.minor)
        }
        (SaleAction::Return, _, _) => amount.currency.money(-amount.minor.abs()),
        (SaleAction::Order | SaleAction::Update | SaleAction::Unknown, _, _) => amount,
    };
    let backwards = match sale.action {
        SaleAction::Return => true,
        SaleAction::Order | SaleAction::Update => false,
        SaleAction::Unknown => {
            return Err(unknown(order, "a sale of an action that is not known"));
        }
    };
    let about = about(order, sale)?;
    let quantity = sale.quantity.unwrap_or_default();
    let tax = signed(sale.tax);
    let mut taxes = sale.taxes.clone();
    for one in &mut taxes {
        one.amount = signed(one.amount);
    }
    let sum = order.currency.sum(taxes.iter().map(|tax| tax.amount))?;
    if sum != tax {
        let what = format!(
            "{}: the tax of a sale is {tax}, and its taxes add up to {sum}",
            order.name
        );
        return Err(Problem::new(Code::SourceContradicts, what).because(order.id));
    }
    Ok(Part {
        about,
        quantity: if backwards { -quantity.abs() } else { quantity },
        net: signed(sale.total).minus(tax)?,
        discount: signed(sale.discount_before_tax),
        taxes,
    })
}

fn about(order: &Order, sale: &Sale) -> Result<About, Problem> {
    Ok(match (sale.kind, sale.line) {
        (SaleKind::Shipping, _) => About::Shipping(sale.shipping_line),
        (SaleKind::Duty, _) => About::Duty,
        (SaleKind::AdditionalFee, _) => About::Fee(fees::group(order, &sale.taxes)),
        (SaleKind::Fee, _) => About::Restocking,
        (SaleKind::Adjustment, _) => About::Adjustment,
        (SaleKind::Product | SaleKind::GiftCard | SaleKind::Tip, Some(line)) => About::Line(line),
        (SaleKind::Tip, None) => About::Tip,
        (SaleKind::Product | SaleKind::GiftCard, None) => {
            return Err(unknown(order, "a product's sale that names no line"));
        }
        (SaleKind::Unknown, _) => {
            return Err(unknown(order, "a sale of a kind that is not known"));
        }
    })
}

fn unknown(order: &Order, what: &str) -> Problem {
    let what = format!("{}: its agreements have {what}", order.name);
    Problem::new(Code::SourceContradicts, what).because(order.id)
}
