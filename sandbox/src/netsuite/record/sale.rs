//! Rules of the transactions with item lines: sales order, invoice, cash sale, return authorization, credits.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::line::{self, Setting};
use super::{address, customer, relationship, tax, totals};
use crate::netsuite::answer::Refusal;
use crate::netsuite::document::{self, Fields};
use crate::netsuite::kind::Kind;
use crate::netsuite::settings::OrderStatus;
use crate::netsuite::state::{Record, State};

/// Checks a transaction and computes its amounts.
///
/// # Errors
///
/// NetSuite's 400 for the first rule it breaks.
pub(crate) fn complete(
    state: &mut State,
    record: &mut Record,
    old: Option<&Record>,
) -> Result<(), Refusal> {
    let exponent = state.exponent(record);
    imitated(&record.fields)?;
    address::complete_all(&state.settings, &mut record.fields)?;
    shipping(state, &mut record.fields, exponent)?;
    header_discount(&record.fields, exponent)?;
    status(state, record, old);
    money_account(record)?;
    lines(state, record, old, exponent)?;
    let tax = tax::total(state, record)?;
    totals::sum_up(&mut record.fields, tax, exponent);
    owed(record)?;
    if record.kind == Kind::CreditMemo || record.kind == Kind::Invoice {
        record.fields.entry("autoApply").or_insert(json!(false));
    }
    Ok(())
}

/// An invoice asks for money: that none of less than nothing is saved is an assumption.
fn owed(record: &Record) -> Result<(), Refusal> {
    let total = document::decimal(&record.fields, "total").unwrap_or_default();
    if record.kind == Kind::Invoice && total < Decimal::ZERO {
        return Err(Refusal::user("The total of an invoice cannot be negative."));
    }
    Ok(())
}

/// Fields that change what is owed in ways this twin does not compute. Taking them silently would make a
/// total wrong, so they are refused.
const NOT_IMITATED: &[&str] = &[
    "giftCertRedemption",
    "promotions",
    "promoCode",
    "couponCode",
    "paymentOperation",
    "handlingMode",
];

fn imitated(fields: &Fields) -> Result<(), Refusal> {
    let sent = NOT_IMITATED.iter().find(|name| fields.contains_key(**name));
    if let Some(name) = sent {
        let detail = format!("The field {name} is not imitated");
        return Err(Refusal::content(detail, *name));
    }
    let gross = |line: &&Fields| line.contains_key("grossAmt");
    if document::lines(fields, "item").iter().any(gross) {
        let detail = "The field grossAmt, from which NetSuite computes the amount, is not imitated";
        return Err(Refusal::content(detail, "item"));
    }
    Ok(())
}

/// Who buys, in which subsidiary and currency. Done before anything is computed.
///
/// # Errors
///
/// 400 for a missing or inactive customer, or a subsidiary or currency that is not the customer's.
pub(crate) fn party(
    state: &State,
    record: &mut Record,
    old: Option<&Record>,
) -> Result<(), Refusal> {
    let field = if record.fields.contains_key("customer") || !record.kind.is_sale() {
        "customer"
    } else {
        "entity"
    };
    let label = if field == "customer" || record.kind != Kind::SalesOrder {
        "Customer"
    } else {
        "Customer:Project"
    };
    let buyer = record
        .customer()
        .and_then(|id| state.get(Kind::Customer, id))
        .ok_or_else(|| Refusal::missing(label))?;
    if document::flag(&buyer.fields, "isInactive") && old.is_none() {
        let name = buyer.name();
        return Err(Refusal::user(format!("The customer {name} is inactive.")));
    }
    let primary = buyer.fields.get("subsidiary").cloned().unwrap_or_default();
    let subsidiary = record.fields.get("subsidiary").cloned();
    let subsidiary = subsidiary.unwrap_or(primary);
    let chosen = subsidiary["id"].as_str().unwrap_or_default();
    if !relationship::has(state, buyer, chosen) {
        return Err(Refusal::no_such_value(chosen, "subsidiary", "subsidiary"));
    }
    let place = document::id(&record.fields, "location")
        .and_then(|id| state.settings.locations.iter().find(|known| known.id == id));
    if let Some(place) = place.filter(|place| subsidiary["id"] != json!(place.subsidiary)) {
        return Err(Refusal::no_such_value(&place.id, "location", "location"));
    }
    record.fields.insert("subsidiary".into(), subsidiary);
    let own = buyer.fields.get("currency").cloned().unwrap_or_default();
    let currency = record.fields.entry("currency").or_insert(own);
    let currency = currency["id"].as_str().unwrap_or_default().to_owned();
    let changed = old.is_some_and(|old| old.currency() != currency);
    if changed || !customer::takes_currency(buyer, &currency) {
        return Err(Refusal::no_such_value(&currency, "currency", "currency"));
    }
    if let Some(known) = state.currency(&currency) {
        record
            .fields
            .entry("exchangeRate")
            .or_insert_with(|| document::number(known.rate));
    }
    Ok(())
}

fn shipping(state: &State, fields: &mut Fields, exponent: u32) -> Result<(), Refusal> {
    let method = document::id(fields, "shipMethod").map(str::to_owned);
    if !fields.contains_key("shippingCost")
        && let Some(method) = state
            .settings
            .ship_methods
            .iter()
            .find(|known| Some(&known.id) == method.as_ref())
    {
        document::set_decimal(fields, "shippingCost", method.rate);
    }
    for name in ["shippingCost", "handlingCost"] {
        if let Some(cost) = document::decimal(fields, name)
            && (cost < Decimal::ZERO || !totals::fits(cost, exponent))
        {
            return Err(Refusal::no_such_value(&cost.to_string(), name, name));
        }
    }
    Ok(())
}

fn header_discount(fields: &Fields, exponent: u32) -> Result<(), Refusal> {
    let rate = totals::percent(fields, "discountRate");
    let amount = document::decimal(fields, "discountRate").filter(|_| rate.is_none());
    if rate.or(amount).is_some() && document::id(fields, "discountItem").is_none() {
        return Err(Refusal::missing("Discount Item"));
    }
    let too_fine = amount.is_some_and(|amount| !totals::fits(amount, exponent));
    if too_fine || rate.or(amount).is_some_and(|value| value > Decimal::ZERO) {
        let shown = rate.or(amount).unwrap_or_default().to_string();
        return Err(Refusal::no_such_value(
            &shown,
            "discountRate",
            "discountRate",
        ));
    }
    Ok(())
}

/// The approval of orders: `A` waits, `B` is approved, and an approved order does not go back once used.
fn status(state: &State, record: &mut Record, old: Option<&Record>) {
    if !matches!(record.kind, Kind::SalesOrder | Kind::ReturnAuthorization) {
        return;
    }
    let default = match state.settings.default_order_status {
        OrderStatus::PendingApproval => "A",
        OrderStatus::PendingFulfillment => "B",
    };
    let used = old.is_some_and(|old| {
        state
            .children
            .get(&old.id)
            .is_some_and(|made| !made.is_empty())
    });
    let kept = old
        .and_then(|old| old.fields.get("orderStatus"))
        .filter(|_| used)
        .cloned();
    let letter = kept.or_else(|| {
        record
            .fields
            .get("orderStatus")
            .filter(|value| value.is_object())
            .cloned()
    });
    record.fields.insert(
        "orderStatus".into(),
        letter.unwrap_or_else(|| document::reference(default, default)),
    );
}

/// A cash sale and a cash refund post to undeposited funds or to a named account.
fn money_account(record: &mut Record) -> Result<(), Refusal> {
    if record.kind == Kind::CashRefund && document::id(&record.fields, "account").is_none() {
        return Err(Refusal::missing("Account"));
    }
    if record.kind == Kind::CashSale && document::id(&record.fields, "account").is_none() {
        if record.fields.get("undepFunds") == Some(&json!(false)) {
            return Err(Refusal::missing("Account"));
        }
        record.fields.insert("undepFunds".into(), json!(true));
    }
    Ok(())
}

fn lines(
    state: &State,
    record: &mut Record,
    old: Option<&Record>,
    exponent: u32,
) -> Result<(), Refusal> {
    let old_lines = old
        .map(|old| document::lines(&old.fields, "item"))
        .unwrap_or_default();
    let mut lines: Vec<Value> = record
        .fields
        .get("item")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    if lines.is_empty() {
        return Err(Refusal::user(
            "You must enter at least one line item for this transaction.",
        ));
    }
    let mut before = None;
    for (index, line) in lines.iter_mut().enumerate() {
        let Some(line) = line.as_object_mut() else {
            continue;
        };
        let path = format!("item.items[{index}]");
        let old_line = old_lines
            .iter()
            .find(|old| document::line_id(old) == document::line_id(line));
        if let Some(old_line) = old_line {
            processed(old_line, line, &path)?;
        }
        let setting = Setting {
            exponent,
            existed: old_line.is_some() || record.fields.contains_key("createdFrom"),
            before,
        };
        before = line::complete(state, line, &setting, &path)?.or(before);
    }
    record.fields.insert("item".into(), Value::Array(lines));
    Ok(())
}

/// What is shipped or billed cannot be sold less or be another item.
fn processed(old: &Fields, line: &Fields, path: &str) -> Result<(), Refusal> {
    let done = |name| document::decimal(old, name).unwrap_or_default();
    let done = [
        "quantityFulfilled",
        "#picked",
        "quantityReceived",
        "quantityBilled",
    ]
    .map(done)
    .into_iter()
    .max()
    .unwrap_or_default();
    if done.is_zero() {
        return Ok(());
    }
    if document::id(old, "item") != document::id(line, "item") {
        return Err(Refusal::content(
            "You cannot change the item of a line that is fulfilled or billed",
            format!("{path}.item"),
        ));
    }
    if document::decimal(line, "quantity").is_some_and(|quantity| quantity < done) {
        return Err(Refusal::content(
            "The quantity cannot be less than the quantity that is fulfilled or billed",
            format!("{path}.quantity"),
        ));
    }
    Ok(())
}
