//! Whether an order enters NetSuite now. Needs nothing from NetSuite, so a skipped order costs no call.

use std::fmt;

use crate::config::Store;
use crate::config::store::{OrderRecord, Risk, When};
use crate::money::{Error, Money};
use crate::problem::{Code, Problem};
use crate::shopify::order::{Order, TransactionKind, TransactionStatus};

/// Why there is nothing to do, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Skip {
    TestOrder,
    BeforeGoLive,
    NotAuthorized,
    NotPaid,
    NotFulfilled,
    CancelledBeforeImport,
    AlreadyEqual,
    /// Another integration brought it in: it is linked and left as it is.
    Adopted,
}

/// The answer of [`gate`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gate {
    Enter,
    /// Older than go-live: may be looked up and linked, never created.
    AdoptOnly,
    Skip(Skip),
}

/// Decides whether `order` enters. An order that `is_written` always does: what happened to it since
/// must be seen.
///
/// # Errors
///
/// `risk_hold` for an order that Shopify rates as risky.
pub(super) fn gate(order: &Order, store: &Store, is_written: bool) -> Result<Gate, Problem> {
    if order.test {
        return Ok(Gate::Skip(Skip::TestOrder));
    }
    if is_written {
        return Ok(Gate::Enter);
    }
    if store
        .orders
        .since
        .is_some_and(|since| order.created_at < since)
    {
        return Ok(match store.orders.adopt {
            Some(_) => Gate::AdoptOnly,
            None => Gate::Skip(Skip::BeforeGoLive),
        });
    }
    if order.cancelled_at.is_some() {
        // What was kept of the money is booked on what the agreements leave of the order.
        let kept = received(order)?.minus(order.totals.refunded)?;
        if kept.minor <= 0 {
            return Ok(Gate::Skip(Skip::CancelledBeforeImport));
        }
    }
    if let Some(skip) = too_early(order, store)? {
        return Ok(Gate::Skip(skip));
    }
    risk(order, store)?;
    Ok(Gate::Enter)
}

/// The record that orders of this channel become.
#[must_use]
pub(super) fn record(order: &Order, store: &Store) -> OrderRecord {
    let channel = order
        .source_name
        .as_ref()
        .and_then(|name| store.orders.channel.get(name));
    channel
        .and_then(|channel| channel.record)
        .unwrap_or(store.orders.record)
}

/// What was taken: successful sales and captures, less the change given back. Test money is none.
pub(super) fn received(order: &Order) -> Result<Money, Error> {
    let mut sum = order.currency.money(0);
    for transaction in order
        .transactions
        .iter()
        .filter(|t| t.status == TransactionStatus::Success && !t.test)
    {
        sum = match transaction.kind {
            TransactionKind::Sale | TransactionKind::Capture => sum.plus(transaction.amount)?,
            TransactionKind::Change => sum.minus(transaction.amount)?,
            TransactionKind::Authorization
            | TransactionKind::EmvAuthorization
            | TransactionKind::Refund
            | TransactionKind::Void
            | TransactionKind::SuggestedRefund => sum,
        };
    }
    Ok(sum)
}

fn too_early(order: &Order, store: &Store) -> Result<Option<Skip>, Problem> {
    let channel = order
        .source_name
        .as_ref()
        .and_then(|name| store.orders.channel.get(name));
    let when = channel
        .and_then(|channel| channel.when)
        .unwrap_or(store.orders.when);
    // A cash sale is its own payment; payment terms mean that the money comes later.
    let when = match record(order, store) {
        OrderRecord::CashSale if when != When::Fulfilled => When::Paid,
        OrderRecord::SalesOrder if order.payment_terms.is_some() => When::Placed,
        OrderRecord::CashSale | OrderRecord::SalesOrder => when,
    };
    Ok(match when {
        When::Placed => None,
        When::Authorized if is_authorized(order)? => None,
        When::Authorized => Some(Skip::NotAuthorized),
        When::Paid if is_paid(order)? => None,
        When::Paid => Some(Skip::NotPaid),
        When::Fulfilled if is_fulfilled(order) => None,
        When::Fulfilled => Some(Skip::NotFulfilled),
    })
}

/// By the money, else by Shopify's word: an order brought in from elsewhere may have no transaction.
fn is_paid(order: &Order) -> Result<bool, Error> {
    let received = received(order)?;
    let nothing_due = order.totals.outstanding.minor <= 0;
    let paid = received.minor >= order.totals.total.minor || (received.minor > 0 && nothing_due);
    let stated = matches!(
        order.financial_status.as_deref(),
        Some("PAID" | "PARTIALLY_REFUNDED" | "REFUNDED")
    );
    // Only test money: Shopify calls the order paid, and nobody was.
    let is_play = received.is_zero() && order.transactions.iter().any(|t| t.test);
    Ok(paid || (stated && !is_play))
}

fn is_authorized(order: &Order) -> Result<bool, Error> {
    let authorized = order.transactions.iter().any(|t| {
        let kind = matches!(
            t.kind,
            TransactionKind::Authorization | TransactionKind::EmvAuthorization
        );
        kind && t.status == TransactionStatus::Success && !t.test
    });
    let expired = matches!(
        order.financial_status.as_deref(),
        Some("EXPIRED" | "VOIDED")
    );
    Ok((authorized && !expired) || received(order)?.minor > 0 || is_paid(order)?)
}

fn is_fulfilled(order: &Order) -> bool {
    matches!(
        order.fulfillment_status.as_str(),
        "FULFILLED" | "FULFILLMENT_NOT_REQUIRED"
    )
}

fn risk(order: &Order, store: &Store) -> Result<(), Problem> {
    let risk = match order.risk.as_deref() {
        Some("HIGH" | "CANCEL") => Some(Risk::High),
        Some("MEDIUM" | "INVESTIGATE") => Some(Risk::Medium),
        Some(_) | None => None,
    };
    match (risk, store.orders.hold_if_risk) {
        (Some(risk), Some(limit)) if risk >= limit => Err(Problem::new(
            Code::RiskHold,
            format!(
                "Shopify rates {} {}",
                order.name,
                order.risk.as_deref().unwrap_or_default()
            ),
        )
        .because(order.id)),
        (Some(_) | None, Some(_) | None) => Ok(()),
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TestOrder => "test order",
            Self::BeforeGoLive => "before go-live",
            Self::NotAuthorized => "not authorized",
            Self::NotPaid => "not paid",
            Self::NotFulfilled => "not fulfilled",
            Self::CancelledBeforeImport => "cancelled before it was imported",
            Self::AlreadyEqual => "already equal",
            Self::Adopted => "brought in by something else",
        })
    }
}
