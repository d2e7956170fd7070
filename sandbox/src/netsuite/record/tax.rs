//! The tax of a transaction: SuiteTax with exact rows, SuiteTax computed by NetSuite, or legacy tax.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::sublist::was_sent;
use super::totals::{fits, round};
use crate::netsuite::answer::Refusal;
use crate::netsuite::document::{self, Fields};
use crate::netsuite::settings::TaxMode;
use crate::netsuite::state::{Record, State};

/// Names that an account with legacy tax does not have.
pub(crate) const SUITETAX_ONLY: &[&str] =
    &["taxDetails", "taxDetailsOverride", "taxDetailsReference"];

/// The tax total of a transaction whose lines have their amounts.
///
/// # Errors
///
/// 400 for a tax row that lacks a column, names no line, or contradicts itself.
pub(crate) fn total(state: &State, record: &mut Record) -> Result<Decimal, Refusal> {
    let exponent = state.exponent(record);
    match state.settings.tax {
        TaxMode::Legacy => Ok(legacy(state, &mut record.fields, exponent)),
        TaxMode::SuiteTax => {
            references(state, record)?;
            if document::flag(&record.fields, "taxDetailsOverride") {
                overridden(state, record, exponent)
            } else {
                Ok(computed(state, &mut record.fields, exponent))
            }
        }
    }
}

/// Gives every line its `taxDetailsReference`; what a request sent counts only where the account takes it.
fn references(state: &State, record: &mut Record) -> Result<(), Refusal> {
    let own = state.settings.own_tax_references;
    let mut seen = BTreeSet::new();
    for (index, line) in document::lines_mut(&mut record.fields, "item")
        .into_iter()
        .enumerate()
    {
        let assigned = format!(
            "TDR_{}",
            document::text(line, "lineUniqueKey").unwrap_or_default()
        );
        let sent = was_sent(line, "taxDetailsReference");
        let kept = document::text(line, "taxDetailsReference").filter(|_| own || !sent);
        let reference = kept.map_or(assigned, str::to_owned);
        if !seen.insert(reference.clone()) || matches!(reference.as_str(), "SHIPPING" | "HANDLING")
        {
            let path = format!("item.items[{index}].taxDetailsReference");
            return Err(Refusal::no_such_value(
                &reference,
                "taxDetailsReference",
                &path,
            ));
        }
        line.insert("taxDetailsReference".into(), json!(reference));
    }
    Ok(())
}

/// What a row may refer to: the lines, and shipping and handling when there is a cost.
fn referable(fields: &Fields) -> BTreeSet<String> {
    let lines = document::lines(fields, "item");
    let mut names: BTreeSet<String> = lines
        .iter()
        .filter_map(|line| document::text(line, "taxDetailsReference"))
        .map(str::to_owned)
        .collect();
    for (name, cost) in [("SHIPPING", "shippingCost"), ("HANDLING", "handlingCost")] {
        if document::decimal(fields, cost).is_some_and(|cost| !cost.is_zero()) {
            names.insert(name.into());
        }
    }
    names
}

fn overridden(state: &State, record: &mut Record, exponent: u32) -> Result<Decimal, Refusal> {
    let known = referable(&record.fields);
    drop_orphans(&mut record.fields, &known);
    let mut total = Decimal::ZERO;
    for (index, row) in document::lines_mut(&mut record.fields, "taxDetails")
        .into_iter()
        .enumerate()
    {
        row.remove(super::sublist::SENT);
        total += checked(
            state,
            row,
            &known,
            exponent,
            &format!("taxDetails.items[{index}]"),
        )?;
    }
    Ok(total)
}

/// Rows of lines that are gone go with them; a row of this request must name a line.
fn drop_orphans(fields: &mut Fields, known: &BTreeSet<String>) {
    if let Some(rows) = fields.get_mut("taxDetails").and_then(Value::as_array_mut) {
        rows.retain(|row| {
            let reference = row
                .get("taxDetailsReference")
                .and_then(Value::as_str)
                .unwrap_or_default();
            row.get(super::sublist::SENT).is_some() || known.contains(reference)
        });
    }
}

fn checked(
    state: &State,
    row: &Fields,
    known: &BTreeSet<String>,
    exponent: u32,
    path: &str,
) -> Result<Decimal, Refusal> {
    let reference = document::text(row, "taxDetailsReference")
        .ok_or_else(|| Refusal::missing("Tax Details Reference"))?;
    if !known.contains(reference) {
        return Err(Refusal::no_such_value(
            reference,
            "taxDetailsReference",
            &format!("{path}.taxDetailsReference"),
        ));
    }
    let code = document::id(row, "taxCode").ok_or_else(|| Refusal::missing("Tax Code"))?;
    let needed = |name, label| document::decimal(row, name).ok_or_else(|| Refusal::missing(label));
    let (basis, rate) = (
        needed("taxBasis", "Tax Basis")?,
        needed("taxRate", "Tax Rate")?,
    );
    let amount = needed("taxAmount", "Tax Amount")?;
    let code_type = state
        .settings
        .tax_codes
        .iter()
        .find(|known| known.id == code)
        .map(|known| known.tax_type.as_str());
    if let Some(sent) = document::id(row, "taxType")
        && Some(sent) != code_type
    {
        return Err(Refusal::no_such_value(
            sent,
            "taxType",
            &format!("{path}.taxType"),
        ));
    }
    for (name, value) in [("taxBasis", basis), ("taxAmount", amount)] {
        if !fits(value, exponent) {
            return Err(Refusal::no_such_value(
                &value.to_string(),
                name,
                &format!("{path}.{name}"),
            ));
        }
    }
    let tolerance = Decimal::new(state.settings.tax_row_tolerance_minor.into(), exponent);
    if (basis * rate / Decimal::ONE_HUNDRED - amount).abs() > tolerance {
        let detail = format!(
            "The tax amount {amount} does not match the tax basis {basis} and the tax rate {rate}"
        );
        return Err(Refusal::content(detail, format!("{path}.taxAmount")));
    }
    Ok(amount)
}

fn is_taxable(state: &State, fields: &Fields, line: &Fields) -> bool {
    let off = |fields: &Fields| fields.get("isTaxable") == Some(&json!(false));
    let item = document::record_id(line, "item").and_then(|id| state.item(id));
    !off(fields) && !off(line) && !item.is_some_and(|item| off(&item.fields))
}

/// SuiteTax without override: sent rows are thrown away, each taxable line is taxed at the account's rate.
fn computed(state: &State, fields: &mut Fields, exponent: u32) -> Decimal {
    let rate = state.settings.native_tax_rate;
    let mut rows = Vec::new();
    let mut total = Decimal::ZERO;
    let mut row = |reference: &str, basis: Decimal| {
        let tax = round(basis * rate / Decimal::ONE_HUNDRED, exponent);
        total += tax;
        rows.push(json!({
            "taxDetailsReference": reference,
            "taxBasis": document::number(basis),
            "taxRate": document::number(rate),
            "taxAmount": document::number(tax),
        }));
    };
    if !rate.is_zero() {
        for line in document::lines(fields, "item")
            .into_iter()
            .filter(|line| is_taxable(state, fields, line))
        {
            let reference = document::text(line, "taxDetailsReference").unwrap_or_default();
            row(
                reference,
                document::decimal(line, "amount").unwrap_or_default(),
            );
        }
        if let Some(cost) = document::decimal(fields, "shippingCost").filter(|cost| !cost.is_zero())
        {
            row("SHIPPING", cost);
        }
    }
    fields.insert("taxDetails".into(), Value::Array(rows));
    total
}

/// Legacy tax: rates may be sent, amounts are ignored; the sum is rounded once.
fn legacy(state: &State, fields: &mut Fields, exponent: u32) -> Decimal {
    let settings = &state.settings;
    let code_rate = |fields: &Fields, name: &str| {
        let code = document::id(fields, name)?;
        settings
            .tax_codes
            .iter()
            .find(|known| known.id == code)
            .map(|known| known.rate)
    };
    let header = document::decimal(fields, "taxRate")
        .or_else(|| code_rate(fields, "taxItem"))
        .unwrap_or(settings.native_tax_rate);
    let mut sum = Decimal::ZERO;
    for line in document::lines(fields, "item")
        .into_iter()
        .filter(|line| is_taxable(state, fields, line))
    {
        let rate = document::decimal(line, "taxRate1")
            .or_else(|| code_rate(line, "taxCode"))
            .unwrap_or(header);
        sum += document::decimal(line, "amount").unwrap_or_default() * rate / Decimal::ONE_HUNDRED;
    }
    if let Some(rate) = code_rate(fields, "shippingTaxCode") {
        sum += document::decimal(fields, "shippingCost").unwrap_or_default() * rate
            / Decimal::ONE_HUNDRED;
    }
    for line in document::lines_mut(fields, "item") {
        for name in ["taxAmount", "tax1Amt"] {
            line.remove(name);
        }
    }
    round(sum, exponent)
}
