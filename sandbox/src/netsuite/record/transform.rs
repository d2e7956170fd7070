//! Makes one document from another: the open lines are copied, the body overrides them.
//!
//! Lines not named in the body are taken whole. A fulfillment or receipt names lines by `orderLine` and
//! leaves them out by `itemReceive: false`; other targets name the lines of the new document, numbered
//! from 1, and leave one out by quantity 0. The share of tax rows, flat discounts and shipping that a part
//! takes is an assumption: tax by quantity with the rest on the last part, the others whole on the first.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::open_lines::{open_lines, override_by_line, pick_by_order_line};
use super::share::{shipping, tax_rows};
use super::status::{letter, open_amount};
use super::sublist::was_sent;
use super::write::{Origin, create};
use crate::netsuite::answer::Refusal;
use crate::netsuite::document::{self, Fields};
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
    "account",
    "paymentOption",
    "paymentMethod",
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
    let mut copied = match (source.kind, target) {
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
    if (source.kind, target) == (Kind::Invoice, Kind::CreditMemo) {
        pay_its_invoice(state, source, &body, &mut copied);
    }
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

/// A credit memo pays the invoice it is made from, as far as that is unpaid.
fn pay_its_invoice(state: &State, invoice: &Record, body: &Fields, copied: &mut Fields) {
    let says = body.contains_key("apply") || body.contains_key("autoApply");
    let unpaid = open_amount(state, invoice) > Decimal::ZERO;
    if state.settings.credit_memo_pays_its_invoice && !says && unpaid {
        let doc = document::reference(&invoice.id.to_string(), &invoice.name());
        let line = json!({ "doc": doc, "line": 0, "apply": true });
        copied.insert("apply".into(), json!([line]));
    }
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
    for name in ["currency", "subsidiary"] {
        let value = source.fields.get(name).cloned().unwrap_or_default();
        fields.insert(name.into(), value);
    }
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

/// The header of the new document, as its source has it.
fn handed_on(source: &Record, target: Kind) -> Fields {
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
    let custom = source
        .fields
        .iter()
        .filter(|(name, _)| name.starts_with("custbody"));
    fields.extend(custom.map(|(name, value)| (name.clone(), value.clone())));
    fields.insert(
        "createdFrom".into(),
        document::reference(&source.id.to_string(), &source.name()),
    );
    fields
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
    let mut fields = handed_on(source, target);
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
        if !(body.contains_key("taxDetails") && state.settings.transform_replaces_tax_rows) {
            tax_rows(state, source, target, &mut fields, &lines);
        }
    }
    fields.insert(
        "item".into(),
        lines.into_iter().map(Value::Object).collect(),
    );
    Ok(fields)
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
        // One that the body gives is taken or thrown away with the tax.
        if !was_sent(line, "taxDetailsReference") {
            line.insert("taxDetailsReference".into(), json!(reference));
        }
    }
}
