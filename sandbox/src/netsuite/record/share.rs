//! What part of a source's tax, shipping and discount goes with a part of its lines. An assumption: see
//! [`mod@super::transform`].

use rust_decimal::Decimal;
use serde_json::Value;

use super::effects::taken_by;
use super::totals::round;
use crate::netsuite::document::{self, Fields, ORDER_LINE};
use crate::netsuite::kind::Kind;
use crate::netsuite::state::{Record, State};

fn siblings<'a>(state: &'a State, source: &'a Record, target: Kind) -> Vec<&'a Record> {
    let kinds: &[Kind] = if matches!(target, Kind::Invoice | Kind::CashSale) {
        &[Kind::Invoice, Kind::CashSale]
    } else if matches!(target, Kind::CreditMemo | Kind::CashRefund) {
        &[Kind::CreditMemo, Kind::CashRefund]
    } else {
        &[]
    };
    kinds
        .iter()
        .flat_map(|kind| state.made_from(source.id, *kind))
        .collect()
}

/// What is left of shipping and handling, and the header discount, go on the first document.
pub(crate) fn shipping(state: &State, source: &Record, target: Kind, fields: &mut Fields) {
    for name in ["shippingCost", "handlingCost"] {
        let all = document::decimal(&source.fields, name).unwrap_or_default();
        let before: Decimal = siblings(state, source, target)
            .iter()
            .filter_map(|made| document::decimal(&made.fields, name))
            .sum();
        document::set_decimal(fields, name, (all - before).max(Decimal::ZERO));
    }
    if siblings(state, source, target).is_empty()
        && let Some(rate) = source.fields.get("discountRate")
    {
        fields.insert("discountRate".into(), rate.clone());
    }
}

/// The share of the source's tax rows that goes with the quantities taken.
pub(crate) fn tax_rows(
    state: &State,
    source: &Record,
    target: Kind,
    fields: &mut Fields,
    lines: &[Fields],
) {
    if !document::flag(&source.fields, "taxDetailsOverride") {
        return;
    }
    let exponent = state.exponent(source);
    let made = siblings(state, source, target);
    let mut rows = Vec::new();
    for row in document::lines(&source.fields, "taxDetails") {
        let reference = document::text(row, "taxDetailsReference").unwrap_or_default();
        if matches!(reference, "SHIPPING" | "HANDLING") {
            let cost = if reference == "SHIPPING" {
                "shippingCost"
            } else {
                "handlingCost"
            };
            if document::decimal(fields, cost).is_some_and(|cost| !cost.is_zero()) {
                rows.push(Value::Object(row.clone()));
            }
            continue;
        }
        let from = document::lines(&source.fields, "item")
            .into_iter()
            .find(|line| document::text(line, "taxDetailsReference") == Some(reference));
        let id = from.and_then(document::line_id).unwrap_or_default();
        let line = lines
            .iter()
            .find(|line| line.get(ORDER_LINE).and_then(document::as_decimal) == Some(id.into()));
        let Some((line, from)) = line.zip(from) else {
            continue;
        };
        let earlier: Decimal = made.iter().map(|made| taken_by(made, id)).sum();
        rows.push(share(row, from, line, earlier, exponent));
    }
    fields.insert("taxDetails".into(), Value::Array(rows));
}

/// Cumulative rounding: the parts of a row always add up to it.
fn share(row: &Fields, from: &Fields, line: &Fields, earlier: Decimal, exponent: u32) -> Value {
    let quantity = |fields: &Fields| document::decimal(fields, "quantity").unwrap_or(Decimal::ONE);
    let all = quantity(from);
    let mut new = row.clone();
    new.insert(
        "taxDetailsReference".into(),
        line.get("taxDetailsReference").cloned().unwrap_or_default(),
    );
    for name in ["taxBasis", "taxAmount"] {
        let whole = document::decimal(row, name).unwrap_or_default();
        let up_to = |quantity: Decimal| round(whole * quantity / all, exponent);
        document::set_decimal(
            &mut new,
            name,
            up_to(earlier + quantity(line)) - up_to(earlier),
        );
    }
    Value::Object(new)
}
