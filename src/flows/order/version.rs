//! How new a reading of an order is: perhaps too early to have seen all of its own second.

use chrono::{DateTime, TimeDelta, Utc};

use crate::shopify::order::Order;

/// Shopify's times are whole seconds, and its clock and ours agree within one.
const MOMENT: TimeDelta = TimeDelta::seconds(2);

/// The least that Postgres tells apart.
const A_TRACE: TimeDelta = TimeDelta::microseconds(1);

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
