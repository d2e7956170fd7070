//! How new a reading of an order is: too old for what was announced, or too early to have seen all of
//! its own second.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

use crate::flows::Error;
use crate::problem::{Code, Problem};
use crate::shopify::order::Order;

/// Shopify's times are whole seconds, and its clock and ours agree within one.
const MOMENT: TimeDelta = TimeDelta::seconds(2);

/// The least that Postgres tells apart.
const A_TRACE: TimeDelta = TimeDelta::microseconds(1);

/// Shopify's reads can lag its webhooks: a read older than what an event named is too early.
pub(super) fn fresh_enough(order: &Order, wanted: Option<DateTime<Utc>>) -> Result<(), Error> {
    match wanted {
        // Bodies give whole seconds, reads may give more.
        Some(wanted) if order.updated_at.trunc_subsecs(0) < wanted.trunc_subsecs(0) => {
            Err(Error::NotYet {
                reason: "Shopify still shows an older version than it announced".to_owned(),
                waits_for: None,
                then: Box::new(Problem::new(
                    Code::SourceStale,
                    "Shopify shows an older version than it announced",
                )),
            })
        }
        Some(_) | None => Ok(()),
    }
}

/// The version that sweeps compare with. A read within a moment of its version may have missed what
/// the rest of that second brings: then it is a trace less, so that the next sweep has the order read
/// once more, even if the events of it are lost.
pub(super) fn seen(order: &Order, claimed_at: DateTime<Utc>) -> DateTime<Utc> {
    if claimed_at < order.updated_at + MOMENT {
        order.updated_at - A_TRACE
    } else {
        order.updated_at
    }
}
