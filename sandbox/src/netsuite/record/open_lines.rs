//! The lines a transform copies, and how its body overrides them.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::effects::taken;
use crate::netsuite::answer::Refusal;
use crate::netsuite::document::{self, Fields, ORDER_LINE};
use crate::netsuite::kind::Kind;
use crate::netsuite::state::{Record, State};

/// What may still be taken of a line by this kind of document.
fn remaining(state: &State, source: &Record, target: Kind, line: &Fields) -> Decimal {
    let id = document::line_id(line).unwrap_or_default();
    let all = document::decimal(line, "quantity").unwrap_or(Decimal::ONE);
    let done = |name: &str| document::decimal(line, name).unwrap_or_default();
    let item = document::record_id(line, "item").and_then(|id| state.item(id));
    let shipped = item.is_some_and(|item| item.kind.is_shipped());
    let taken = |kinds: &[Kind]| taken(state, source.id, id, kinds);
    match (source.kind, target) {
        (Kind::SalesOrder, Kind::ItemFulfillment) => {
            if shipped {
                all - taken(&[Kind::ItemFulfillment])
            } else {
                Decimal::ZERO
            }
        }
        (Kind::SalesOrder, Kind::Invoice | Kind::CashSale) => {
            // Goods are billed once shipped; charges and discounts at any time.
            let billable = if shipped {
                done("quantityFulfilled")
            } else {
                all
            };
            billable - taken(&[Kind::Invoice, Kind::CashSale])
        }
        (Kind::SalesOrder, _) => {
            (if shipped {
                done("quantityFulfilled")
            } else {
                all
            }) - taken(&[Kind::ReturnAuthorization])
        }
        (Kind::ReturnAuthorization, Kind::ItemReceipt) => {
            if shipped {
                all - taken(&[Kind::ItemReceipt])
            } else {
                Decimal::ZERO
            }
        }
        (Kind::ReturnAuthorization, _) => {
            let refundable = if shipped && !state.settings.refund_in_advance_of_return {
                taken(&[Kind::ItemReceipt])
            } else {
                all
            };
            refundable - taken(&[Kind::CreditMemo, Kind::CashRefund])
        }
        (_, _) => all - taken(&[target]),
    }
}

/// The lines of which something may still be taken, with what remains of them.
pub(crate) fn open_lines(state: &State, source: &Record, target: Kind) -> Vec<Fields> {
    let mut open = Vec::new();
    for line in document::lines(&source.fields, "item") {
        if document::flag(line, "isClosed") {
            continue;
        }
        let remaining = remaining(state, source, target, line);
        if remaining <= Decimal::ZERO {
            continue;
        }
        open.push(copy(line, remaining));
    }
    open
}

fn copy(line: &Fields, remaining: Decimal) -> Fields {
    const KEPT: &[&str] = &[
        "item",
        "rate",
        "price",
        "description",
        "location",
        "class",
        "department",
        "units",
        "isTaxable",
        "taxCode",
        "taxRate1",
        "amount",
    ];
    let custom = |name: &str| name.starts_with("custcol");
    let mut new: Fields = line
        .iter()
        .filter(|(name, _)| KEPT.contains(&name.as_str()) || custom(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    new.insert(
        ORDER_LINE.into(),
        line.get("line").cloned().unwrap_or_default(),
    );
    if let Some(quantity) = document::decimal(line, "quantity") {
        // A whole line keeps its amount to the cent; a part is computed from the rate.
        if quantity != remaining {
            new.remove("amount");
        }
        document::set_decimal(&mut new, "quantity", remaining);
        document::set_decimal(&mut new, "quantityRemaining", remaining);
    }
    new
}

fn take_lines(body: &mut Fields) -> Vec<Fields> {
    let lines = body.remove("item");
    let lines = lines
        .as_ref()
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    lines.filter_map(Value::as_object).cloned().collect()
}

/// A fulfillment or receipt: `orderLine` names a line, `itemReceive: false` leaves it out.
pub(crate) fn pick_by_order_line(
    state: &State,
    lines: &mut Vec<Fields>,
    body: &mut Fields,
) -> Result<(), Refusal> {
    for (index, mut sent) in take_lines(body).into_iter().enumerate() {
        super::reference::resolve_all(state, &mut sent, &format!("item.items[{index}]"))?;
        let wanted = sent
            .get("orderLine")
            .and_then(document::as_decimal)
            .ok_or_else(|| Refusal::missing("Order Line"))?;
        let wanted_line = wanted - Decimal::from(state.settings.order_line_offset);
        let at = lines.iter().position(|line| {
            line.get(ORDER_LINE).and_then(document::as_decimal) == Some(wanted_line)
        });
        let shown = wanted.normalize().to_string();
        let line = at.and_then(|at| lines.get_mut(at));
        let line = line.ok_or_else(|| {
            Refusal::no_such_value(
                &shown,
                "orderLine",
                &format!("item.items[{index}].orderLine"),
            )
        })?;
        if let Some(quantity) = document::decimal(&sent, "quantity") {
            limit(line, quantity, index)?;
        }
        line.extend(sent);
    }
    lines.retain(|line| line.get("itemReceive") != Some(&json!(false)));
    for line in lines {
        line.insert(
            "orderLine".into(),
            line.get(ORDER_LINE).cloned().unwrap_or_default(),
        );
        line.insert("itemReceive".into(), json!(true));
        for name in [
            "amount",
            super::sublist::SENT,
            "taxCode",
            "price",
            "isTaxable",
        ] {
            line.remove(name);
        }
    }
    Ok(())
}

fn limit(line: &Fields, quantity: Decimal, index: usize) -> Result<(), Refusal> {
    let most = document::decimal(line, "quantityRemaining").unwrap_or(Decimal::ONE);
    if quantity > most || quantity < Decimal::ZERO {
        let path = format!("item.items[{index}].quantity");
        return Err(Refusal::no_such_value(
            &quantity.to_string(),
            "quantity",
            &path,
        ));
    }
    Ok(())
}

/// Overrides lines of the new document by their number; lines without a number are added by the merge.
pub(crate) fn override_by_line(lines: &mut Vec<Fields>, body: &mut Fields) -> Result<(), Refusal> {
    let mut added = Vec::new();
    for (index, sent) in take_lines(body).into_iter().enumerate() {
        let number = document::line_id(&sent).and_then(|line| usize::try_from(line).ok());
        let Some(line) = number.and_then(|number| lines.get_mut(number.checked_sub(1)?)) else {
            added.push(Value::Object(sent));
            continue;
        };
        let named: Vec<Value> = sent.keys().map(|name| json!(name)).collect();
        if let Some(quantity) = document::decimal(&sent, "quantity") {
            limit(line, quantity, index)?;
        }
        line.extend(sent);
        line.insert(super::sublist::SENT.into(), Value::Array(named));
    }
    lines.retain(|line| document::decimal(line, "quantity") != Some(Decimal::ZERO));
    if !added.is_empty() {
        body.insert("item".into(), Value::Array(added));
    }
    Ok(())
}
