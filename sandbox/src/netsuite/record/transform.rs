//! Makes one document from another: the open lines are copied, the body overrides them.
//!
//! Lines not named in the body are taken whole. A fulfillment or receipt names lines by `orderLine` and
//! leaves them out by `itemReceive: false`; other targets name the lines of the new document, numbered
//! from 1, and leave one out by quantity 0. The share of tax rows, flat discounts and shipping that a part
//! takes is an assumption: tax by quantity with the rest on the last part, the others whole on the first.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::effects::{taken, taken_by};
use super::status::{letter, open_amount};
use super::totals::round;
use super::write::{Origin, create};
use crate::netsuite::answer::Refusal;
use crate::netsuite::document::{self, Fields, ORDER_LINE};
use crate::netsuite::kind::Kind;
use crate::netsuite::schema;
use crate::netsuite::state::{Record, State};

/// Header fields a sale hands on.
const HANDED_ON: &[&str] = &[
    "entity",
    "subsidiary",
    "currency",
    "exchangeRate",
    "location",
    "department",
    "class",
    "memo",
    "otherRefNum",
    "shippingAddress",
    "billingAddress",
    "shipMethod",
    "discountItem",
    "email",
    "isTaxable",
    "taxItem",
    "taxRate",
    "shippingTaxCode",
    "taxDetailsOverride",
    "terms",
    "salesRep",
];

/// Makes the target document; answers its id.
///
/// # Errors
///
/// 400 for a pair NetSuite does not know, for a source in the wrong status, and when nothing is left.
pub(crate) fn transform(
    state: &mut State,
    source: &Record,
    target: Kind,
    mut body: Fields,
) -> Result<u64, Refusal> {
    let copied = match (source.kind, target) {
        (Kind::Customer, Kind::SalesOrder | Kind::CashSale | Kind::Invoice) => {
            entity(source, "entity")
        }
        (Kind::Customer, Kind::CustomerPayment) => entity(source, "customer"),
        (
            Kind::SalesOrder,
            Kind::ItemFulfillment | Kind::Invoice | Kind::CashSale | Kind::ReturnAuthorization,
        )
        | (Kind::CashSale, Kind::CashRefund | Kind::ReturnAuthorization)
        | (Kind::Invoice, Kind::CreditMemo | Kind::ReturnAuthorization)
        | (Kind::ReturnAuthorization, Kind::ItemReceipt | Kind::CreditMemo | Kind::CashRefund) => {
            sale(state, source, target, &mut body)?
        }
        (Kind::Invoice, Kind::CustomerPayment) => money(state, source, "apply")?,
        (Kind::CustomerDeposit, Kind::CustomerRefund) => money(state, source, "deposit")?,
        (Kind::CustomerPayment, Kind::CustomerRefund) => money(state, source, "apply")?,
        (Kind::CustomerDeposit, Kind::DepositApplication) => money(state, source, "")?,
        _ => {
            return Err(Refusal::request(format!(
                "Cannot transform {} to {}",
                source.kind.rest_name(),
                target.rest_name()
            )));
        }
    };
    let last_line = u64::try_from(document::lines(&copied, "item").len()).unwrap_or_default();
    let origin = Origin {
        copied,
        last_line,
        source: "restWebServices",
    };
    create(state, target, body, origin)
}

fn nothing_left() -> Refusal {
    Refusal::user("That record does not exist. The source has nothing left to transform.")
}

fn entity(customer: &Record, field: &str) -> Fields {
    let mut fields = Fields::new();
    fields.insert(
        field.into(),
        document::reference(&customer.id.to_string(), &customer.name()),
    );
    fields
}

/// A payment, refund or application of one document, for all that is open.
fn money(state: &State, source: &Record, sublist: &str) -> Result<Fields, Refusal> {
    let open = open_amount(state, source);
    if open <= Decimal::ZERO {
        return Err(nothing_left());
    }
    let customer = source
        .fields
        .get("customer")
        .or_else(|| source.fields.get("entity"));
    let mut fields = Fields::new();
    fields.insert("customer".into(), customer.cloned().unwrap_or_default());
    fields.insert(
        "currency".into(),
        source.fields.get("currency").cloned().unwrap_or_default(),
    );
    fields.insert(
        "createdFrom".into(),
        document::reference(&source.id.to_string(), &source.name()),
    );
    if !sublist.is_empty() {
        let doc = document::reference(&source.id.to_string(), &source.name());
        let line =
            json!({ "doc": doc, "line": 0, "apply": true, "amount": document::number(open) });
        fields.insert(sublist.into(), json!([line]));
        document::set_decimal(&mut fields, "payment", open);
    }
    Ok(fields)
}

fn sale(
    state: &mut State,
    source: &Record,
    target: Kind,
    body: &mut Fields,
) -> Result<Fields, Refusal> {
    let by_order_line = matches!(target, Kind::ItemFulfillment | Kind::ItemReceipt);
    if matches!(source.kind, Kind::SalesOrder | Kind::ReturnAuthorization)
        && matches!(letter(state, source), "A" | "C" | "H")
    {
        return Err(Refusal::user(
            "That record does not exist. The source is not approved, or closed.",
        ));
    }
    let mut fields = Fields::new();
    let has = |name: &str| {
        let known = schema::of(target).is_some_and(|schema| schema.has(name));
        known || matches!(name, "currency" | "exchangeRate" | "subsidiary")
    };
    for name in HANDED_ON.iter().filter(|name| has(name)) {
        if let Some(value) = source.fields.get(*name) {
            fields.insert((*name).into(), value.clone());
        }
    }
    fields.insert(
        "createdFrom".into(),
        document::reference(&source.id.to_string(), &source.name()),
    );
    let mut lines = open_lines(state, source, target);
    if !lines.iter().any(|line| line.contains_key("quantity")) {
        return Err(nothing_left());
    }
    if by_order_line {
        pick_by_order_line(state, &mut lines, body)?;
    } else {
        override_by_line(&mut lines, body)?;
    }
    if lines.is_empty() {
        return Err(Refusal::user(
            "You must enter at least one line item for this transaction.",
        ));
    }
    number(state, &mut lines);
    if !by_order_line {
        shipping(state, source, target, &mut fields);
        tax_rows(state, source, target, &mut fields, &lines);
    }
    fields.insert(
        "item".into(),
        lines.into_iter().map(Value::Object).collect(),
    );
    Ok(fields)
}

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
            let refundable = if shipped {
                taken(&[Kind::ItemReceipt])
            } else {
                all
            };
            refundable - taken(&[Kind::CreditMemo, Kind::CashRefund])
        }
        (_, _) => all - taken(&[target]),
    }
}

fn open_lines(state: &State, source: &Record, target: Kind) -> Vec<Fields> {
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

fn pick_by_order_line(
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
fn override_by_line(lines: &mut Vec<Fields>, body: &mut Fields) -> Result<(), Refusal> {
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

fn number(state: &mut State, lines: &mut [Fields]) {
    for (index, line) in lines.iter_mut().enumerate() {
        line.remove("quantityRemaining");
        line.insert("line".into(), json!(index + 1));
        line.insert(
            "lineUniqueKey".into(),
            json!(state.next_line_key().to_string()),
        );
        let reference = format!(
            "TDR_{}",
            document::text(line, "lineUniqueKey").unwrap_or_default()
        );
        line.insert("taxDetailsReference".into(), json!(reference));
    }
}

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

fn shipping(state: &State, source: &Record, target: Kind, fields: &mut Fields) {
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
fn tax_rows(state: &State, source: &Record, target: Kind, fields: &mut Fields, lines: &[Fields]) {
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
