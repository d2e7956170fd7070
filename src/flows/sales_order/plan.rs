//! Whether the Shopify order is to be cancelled, and how. Pure.

use serde_json::json;

use super::read::{Known, Sale};
use crate::config::Store;
use crate::config::store::CancelInShopify;
use crate::event::{Document, Kind};
use crate::flows::Error;
use crate::netsuite::books::OrderState;
use crate::plan::{Action, Plan, Write};
use crate::problem::{Code, Problem};
use crate::shopify::order::Order;
use crate::shopify::order_cancel::{Cancellation, Money, Notice, Reason, Stock};

pub(super) enum Decision {
    Skip(String),
    /// Shopify has done what it was asked.
    Done,
    Cancel(Box<Planned>),
}

/// The plan as people see it, and what is asked of Shopify.
pub(super) struct Planned {
    pub(super) plan: Plan,
    pub(super) how: Cancellation,
}

/// Decides from what was read.
///
/// # Errors
///
/// [`Error::NotYet`] while the order's own changes are on their way to NetSuite; `closed_in_netsuite`
/// for what Shopify cannot cancel.
pub(super) fn plan(store: &Store, sale: &Sale, known: &Known) -> Result<Decision, Error> {
    let Some(state) = &known.state else {
        return Ok(skip("it is not in NetSuite any more"));
    };
    let Some(order) = known.order.as_ref().filter(|_| state.has_ended()) else {
        let status = state.status.as_deref().unwrap_or("none");
        return Ok(Decision::Skip(format!(
            "it is neither closed nor cancelled in NetSuite: {}",
            words(status)
        )));
    };
    if order.cancelled_at.is_some() {
        return Ok(match known.asked {
            Some(_) => Decision::Done,
            None => skip("the Shopify order is cancelled"),
        });
    }
    if order.lines.iter().all(|line| line.current_quantity <= 0) {
        return Ok(skip("nothing is left of the Shopify order"));
    }
    if order
        .lines
        .iter()
        .all(|line| line.unfulfilled_quantity <= 0)
    {
        return Ok(skip("all that is left of the Shopify order is fulfilled"));
    }
    if !known.settled {
        return Err(in_change(sale, state, order));
    }
    untouched(sale, state, order, &known.made)?;
    Ok(Decision::Cancel(Box::new(planned(
        store, sale, state, order,
    ))))
}

fn skip(reason: &str) -> Decision {
    Decision::Skip(reason.to_owned())
}

fn words(status: &str) -> &str {
    match status {
        "A" => "pending approval",
        "B" => "pending fulfillment",
        "D" => "partially fulfilled",
        "E" => "pending billing, partially fulfilled",
        "F" => "pending billing",
        "G" => "billed",
        other => other,
    }
}

/// The sales order may be closed for what the order's own pass is about to see.
fn in_change(sale: &Sale, state: &OrderState, order: &Order) -> Error {
    let waits_for = Document::new(Kind::Order, sale.store.as_str(), sale.order);
    let why = format!("its changes in Shopify are not in NetSuite yet: see {waits_for}");
    Error::NotYet {
        reason: format!("{}: {why}", order.name),
        waits_for: Some(waits_for),
        then: Box::new(problem(sale, state, order, &why)),
    }
}

/// Goods or a bill that left already: no cancellation takes them back.
fn untouched(
    sale: &Sale,
    state: &OrderState,
    order: &Order,
    made: &[String],
) -> Result<(), Problem> {
    if !made.is_empty() {
        let why = format!("NetSuite has made of it: {}", made.join(", "));
        return Err(problem(sale, state, order, &why));
    }
    let shipped = order
        .lines
        .iter()
        .any(|line| line.unfulfilled_quantity < line.current_quantity);
    if shipped {
        let why = "a part of it is fulfilled in Shopify";
        return Err(problem(sale, state, order, why));
    }
    Ok(())
}

/// The problem of an order that Shopify does not cancel; `why` says what stands against it.
pub(super) fn problem(sale: &Sale, state: &OrderState, order: &Order, why: &str) -> Problem {
    let ended = ended(state);
    let what = format!(
        "{} was {ended} in NetSuite ({}), and its order is not cancelled in Shopify: {why}",
        order.name, sale.link.netsuite_id
    );
    let left: i64 = order
        .lines
        .iter()
        .map(|line| line.unfulfilled_quantity)
        .sum();
    Problem::new(Code::ClosedInNetsuite, what)
        .because(order.id)
        .field(
            "status",
            Some(format!("{left} units to fulfill")),
            Some(ended.to_owned()),
        )
}

fn ended(state: &OrderState) -> &'static str {
    match state.status.as_deref() {
        Some("C") => "cancelled",
        Some(_) | None => "closed",
    }
}

fn planned(store: &Store, sale: &Sale, state: &OrderState, order: &Order) -> Planned {
    let orders = &store.orders;
    let money = match orders.cancel_in_shopify {
        CancelInShopify::Refund => Money::GiveBack,
        CancelInShopify::Off | CancelInShopify::KeepPayment => Money::Keep,
    };
    let notice = if orders.cancel_notifies_customer {
        Notice::Tell
    } else {
        Notice::Silent
    };
    let note = format!("{} in NetSuite ({})", ended(state), sale.link.netsuite_id);
    let body = json!({
        "cancel": {
            "reason": "OTHER",
            "refund": money == Money::GiveBack,
            "restock": true,
            "notifyCustomer": orders.cancel_notifies_customer,
            "staffNote": note,
        }
    });
    let mut plan = Plan::default();
    plan.writes.push(Write {
        action: Action::Update,
        record: "order".to_owned(),
        key: order.id.to_string(),
        source: sale.link.netsuite_id.to_string(),
        body,
        on: None,
    });
    plan.notes.push(format!(
        "{} is cancelled in Shopify, which cannot be undone: the sales order is {}",
        order.name,
        ended(state)
    ));
    Planned {
        plan,
        how: Cancellation {
            reason: Reason::Other,
            money,
            // What was sold and not shipped is there to be sold again; the stock itself comes from NetSuite.
            stock: Stock::PutBack,
            notice,
            staff_note: Some(note),
        },
    }
}
