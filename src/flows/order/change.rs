//! What an order was when it was written: the hashes that a later pass compares.

use serde_json::{Value, json};

use super::gate::record;
use super::head::Head;
use crate::config::Store;
use crate::config::store::OrderRecord;
use crate::netsuite::{cash_sale, sales_order};
use crate::plan;
use crate::problem::{Code, Problem};
use crate::shopify::order::{Discount, Order, Return, Tax};

/// Kept in the link of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hashes {
    /// Of the head fields an update would write.
    pub head: String,
    /// Of what was sold and for how much, as Shopify says it. Not of the lines we wrote from it: a
    /// new tax code or item in the settings must not make old orders look edited.
    pub lines: String,
}

impl Hashes {
    /// # Errors
    ///
    /// `field_expression` when a configured field fails on this order.
    pub(super) fn of(order: &Order, store: &Store) -> Result<Self, Problem> {
        Ok(Self {
            head: plan::hash(&head(order, store)?),
            lines: plan::hash(&sold(order)),
        })
    }
}

/// The fields of an update of the head.
pub(super) fn head(order: &Order, store: &Store) -> Result<Value, Problem> {
    let record = match record(order, store) {
        OrderRecord::SalesOrder => sales_order::RECORD,
        OrderRecord::CashSale => cash_sale::RECORD,
    };
    Head::of(order).update(record, order, store)
}

/// The problem of a change that NetSuite cannot take any more; `why` says what stands against it.
pub(super) fn too_late(order: &Order, why: &str) -> Problem {
    let totals = &order.totals;
    Problem::new(
        Code::ChangedAfterImport,
        format!(
            "{} was changed in Shopify after it was written (sold for {}, {} refunded, now {}): {why}",
            order.name, totals.total, totals.refunded, totals.current_total
        ),
    )
    .because(order.id)
    .field("total", Some(totals.current_total.to_string()), None)
}

fn sold(order: &Order) -> Value {
    let totals = &order.totals;
    let mut sold = json!({
        "cancelled": order.cancelled_at.is_some(),
        "lines": order.lines.iter().map(|line| json!({
            "id": line.id,
            "sku": line.sku,
            "quantity": line.quantity,
            "current_quantity": line.current_quantity,
            "unit_price": line.unit_price.minor,
            "gift_card": line.gift_card,
            "discounts": amounts(&line.discounts),
            "taxes": taxes(&line.taxes),
        })).collect::<Vec<_>>(),
        "shipping": order.shipping.iter().map(|line| json!({
            "price": line.price.minor,
            "removed": line.removed,
            "discounts": amounts(&line.discounts),
            "taxes": taxes(&line.taxes),
        })).collect::<Vec<_>>(),
        "total": totals.total.minor,
        "current_total": totals.current_total.minor,
        "tip": totals.tip.minor,
        "duties": totals.duties.map(|duties| duties.minor),
        "fees": totals.additional_fees.map(|fees| fees.minor),
        "rounding": totals.cash_rounding.minor,
        "refunded": totals.refunded.minor,
        "currency": order.currency.code(),
    });
    // Goods can come back long after their money went, with no other trace in the order.
    let arrived: Vec<Value> = order.returns.iter().flat_map(arrived).collect();
    if !arrived.is_empty() {
        sold["arrived"] = arrived.into();
    }
    sold
}

fn arrived(of: &Return) -> impl Iterator<Item = Value> {
    of.dispositions.iter().map(|it| {
        json!({
            "line": it.line,
            "quantity": it.quantity,
            "kind": it.kind,
            "location": it.location,
        })
    })
}

fn amounts(discounts: &[Discount]) -> Vec<i64> {
    discounts
        .iter()
        .map(|discount| discount.amount.minor)
        .collect()
}

fn taxes(taxes: &[Tax]) -> Vec<Value> {
    taxes
        .iter()
        .map(|tax| {
            json!({
                "title": tax.title,
                // Shopify writes 0.1 and 0.10 for the same rate.
                "rate": tax.rate.map(|rate| rate.normalize().to_string()),
                "amount": tax.amount.minor,
                "channel_liable": tax.channel_liable,
            })
        })
        .collect()
}
