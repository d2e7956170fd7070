//! Payments: a customer deposit for each successful sale or capture.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, Utc};

use super::fields;
use super::gate::record;
use super::period::{Periods, posting_day};
use super::proof;
use super::setting::{missing, required};
use crate::config::Store;
use crate::config::store::OrderRecord;
use crate::link::ExternalId;
use crate::money::{Currency, Money};
use crate::netsuite::customer_deposit::{CustomerDeposit, RECORD, Tender};
use crate::netsuite::reference::Reference;
use crate::plan::{Action, Plan, Write};
use crate::problem::{Code, Problem};
use crate::shopify::order::{Order, Transaction, TransactionKind, TransactionStatus};

/// Money that one transaction brought in.
pub(super) struct Receipt<'a> {
    pub(super) source: &'a Transaction,
    /// Less the change given back from it.
    pub(super) amount: Money,
}

/// How the deposits of an order name what they belong to.
pub(super) struct Belongs<'a> {
    pub(super) customer: &'a Reference,
    pub(super) sales_order: &'a Reference,
    pub(super) currency: &'a Reference,
    pub(super) periods: &'a Periods,
}

/// What came in: successful sales and captures that moved real money.
pub(super) fn receipts(order: &Order) -> Result<Vec<Receipt<'_>>, Problem> {
    let done = |t: &&Transaction| t.status == TransactionStatus::Success && !t.test;
    let mut receipts: Vec<Receipt<'_>> = Vec::new();
    for source in order.transactions.iter().filter(done) {
        if source.amount.currency != order.currency {
            order.currency.money(0).plus(source.amount)?;
        }
        if matches!(
            source.kind,
            TransactionKind::Sale | TransactionKind::Capture
        ) {
            let amount = source.amount;
            receipts.push(Receipt { source, amount });
        }
    }
    for change in order.transactions.iter().filter(done) {
        if change.kind == TransactionKind::Change {
            give_change(&mut receipts, change, order)?;
        }
    }
    receipts.retain(|receipt| !receipt.amount.is_zero());
    Ok(receipts)
}

/// Lowers the cash that was handed over by the change that was handed back.
fn give_change(
    receipts: &mut [Receipt<'_>],
    change: &Transaction,
    order: &Order,
) -> Result<(), Problem> {
    let is_parent = |receipt: &&mut Receipt<'_>| match change.parent {
        Some(parent) => receipt.source.id == parent,
        None => receipt.source.gateway == change.gateway,
    };
    let mut given_on: Vec<_> = receipts.iter_mut().filter(is_parent).collect();
    match given_on.as_mut_slice() {
        [receipt] => {
            receipt.amount = receipt.amount.minus(change.amount)?;
            Ok(())
        }
        [] | [_, ..] => Err(Problem::new(
            Code::SourceContradicts,
            format!(
                "{}: change of {} was given, and Shopify does not say on which payment",
                order.name, change.amount
            ),
        )
        .because(order.id)),
    }
}

/// Whether a receipt has no deposit yet. A cash sale never needs one.
pub(super) fn is_missing(
    order: &Order,
    store: &Store,
    written: &HashSet<u64>,
) -> Result<bool, Problem> {
    let missing = |receipt: &Receipt<'_>| !written.contains(&receipt.source.id);
    Ok(record(order, store) == OrderRecord::SalesOrder && receipts(order)?.iter().any(missing))
}

/// Plans the deposits that are not written yet, each with its proof.
///
/// # Errors
///
/// `missing_setting` for a gateway without an entry and without a `default`; `period_closed`.
pub(super) fn deposits(
    order: &Order,
    store: &Store,
    belongs: &Belongs<'_>,
    written: &HashSet<u64>,
    plan: &mut Plan,
) -> Result<(), Problem> {
    let receipts = receipts(order)?;
    let fresh = receipts.iter();
    for receipt in fresh.filter(|receipt| !written.contains(&receipt.source.id)) {
        deposit(receipt, order, store, belongs, plan)?;
    }
    Ok(())
}

fn deposit(
    receipt: &Receipt<'_>,
    order: &Order,
    store: &Store,
    belongs: &Belongs<'_>,
    plan: &mut Plan,
) -> Result<(), Problem> {
    let source = receipt.source;
    let external_id = ExternalId::deposit(&store.name, source.id);
    let wanted = day(source.processed_at.unwrap_or(order.processed_at), store);
    let posted = posting_day(wanted, belongs.periods, store.orders.closed_period)?;
    let body = CustomerDeposit {
        external_id: external_id.clone(),
        customer: belongs.customer.clone(),
        sales_order: belongs.sales_order.clone(),
        subsidiary: store.subsidiary.as_ref().map(Reference::id),
        currency: belongs.currency.clone(),
        tran_date: posted.day,
        payment: receipt.amount.decimal(),
        tender: tender(source.gateway.as_deref(), order.currency, store)?,
        memo: format!(
            "Shopify order {}, {}",
            order.name,
            source.gateway.as_deref().unwrap_or("unknown gateway")
        ),
    };
    let mut body = serde_json::to_value(body).unwrap_or_default();
    fields::apply_to_deposit(&mut body, order, store, source)?;
    let proof = proof::of_payment(&external_id.0, &body, receipt.amount)?;
    plan.notes.extend(posted.note(&external_id));
    plan.proofs.push(proof);
    plan.writes.push(Write {
        action: Action::Create,
        record: RECORD.to_owned(),
        key: external_id.0,
        source: source.id.to_string(),
        body,
        on: None,
    });
    Ok(())
}

/// How a gateway's money is booked: its own entry, else `default`.
pub(super) fn tender(
    gateway: Option<&str>,
    currency: Currency,
    store: &Store,
) -> Result<Tender, Problem> {
    let name = gateway.unwrap_or("default");
    let why = format!("a payment came in by `{name}`");
    let entry = store
        .payments
        .get(name)
        .or_else(|| store.payments.get("default"))
        .ok_or_else(|| missing(store, &format!("payments.{name}"), &why))?;
    let account = entry
        .accounts
        .get(currency.code())
        .or(entry.account.as_ref());
    let account = match (account, entry.undeposited) {
        (None, true) => None,
        (account, _) => Some(required(
            store,
            &format!("payments.{name}.account"),
            account,
            &why,
        )?),
    };
    Ok(Tender {
        payment_option: entry.payment_option.as_ref().map(Reference::id),
        payment_method: entry.payment_method.as_ref().map(Reference::id),
        undep_funds: account.is_none(),
        account,
    })
}

/// The day of a moment where the store is.
pub(super) fn day(moment: DateTime<Utc>, store: &Store) -> NaiveDate {
    moment.with_timezone(&store.time_zone).date_naive()
}
