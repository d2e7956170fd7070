//! The proof of a money document: what NetSuite will make of the body, against what Shopify says.
//!
//! It is computed from the finished JSON, as NetSuite totals a transaction: amounts of the lines,
//! shipping, handling, tax rows. It knows nothing of how the mapping came to them.

use rust_decimal::Decimal;
use serde_json::Value;

use crate::money::{Currency, Error, Money};
use crate::plan::Proof;
use crate::problem::{Code, Problem};

/// The words of a proof's terms, by the beginning of our key of the line.
const TERMS: [(&str, &str); 11] = [
    ("discount", "discounts"),
    ("shipping", "shipping"),
    ("duty", "duties"),
    ("fee", "fees"),
    ("tip", "tip"),
    ("rounding", "cash rounding"),
    ("channel_tax", "tax remitted by the channel"),
    ("tax", "tax"),
    ("tender", "other tenders"),
    ("restocking", "restocking fees"),
    ("adjustment", "adjustments"),
];

/// The proof of a sales order or cash sale. Where NetSuite computes the tax, `computed` is what it
/// must come to, a term of its own: all else is exact, and the read-back allows the tolerance.
///
/// # Errors
///
/// `unbalanced` when the document would not equal `source`.
pub(super) fn of_sale(
    document: &str,
    body: &Value,
    (source_name, source): (&str, Money),
    computed: Option<Money>,
) -> Result<Proof, Problem> {
    let currency = source.currency;
    let mut terms: Vec<(&str, Money)> = vec![("lines", currency.money(0))];
    for line in items(body, "/item/items") {
        let key = line["custcol_waybill_line"].as_str().unwrap_or_default();
        add(&mut terms, term(key), amount(line, currency)?)?;
    }
    for (field, name) in [("shippingCost", "shipping"), ("handlingCost", "handling")] {
        if let Some(cost) = decimal(&body[field]) {
            add(&mut terms, name, currency.exact(cost)?)?;
        }
    }
    for row in items(body, "/taxDetails/items") {
        let tax = decimal(&row["taxAmount"]).unwrap_or_default();
        add(&mut terms, "tax", currency.exact(tax)?)?;
    }
    if let Some(tax) = computed {
        add(&mut terms, "tax computed by NetSuite", tax)?;
    }
    let mut proof = Proof::new(document, source_name, source);
    for (name, amount) in terms {
        proof.term(name, amount);
    }
    proved(proof)
}

/// The proof of a deposit: its payment is the transaction's amount.
///
/// # Errors
///
/// `unbalanced` when it is not.
pub(super) fn of_payment(document: &str, body: &Value, source: Money) -> Result<Proof, Problem> {
    let mut proof = Proof::new(document, "the transaction", source);
    let payment = decimal(&body["payment"]).unwrap_or_default();
    proof.term("payment", source.currency.exact(payment)?);
    proved(proof)
}

pub(super) fn proved(proof: Proof) -> Result<Proof, Problem> {
    let remainder = proof.remainder()?;
    if remainder == 0 {
        return Ok(proof);
    }
    let terms: Vec<String> = proof
        .terms
        .iter()
        .map(|term| format!("{} {}", term.name, term.minor))
        .collect();
    Err(Problem::new(
        Code::Unbalanced,
        format!(
            "{} in minor units of {}: {} is not {} {}, {remainder} too much",
            proof.document,
            proof.currency,
            terms.join(" + "),
            proof.source.name,
            proof.source.minor
        ),
    )
    .because(&proof.document))
}

fn add(
    terms: &mut Vec<(&'static str, Money)>,
    name: &'static str,
    amount: Money,
) -> Result<(), Error> {
    match terms.iter_mut().find(|(known, _)| *known == name) {
        Some((_, sum)) => *sum = sum.plus(amount)?,
        None => terms.push((name, amount)),
    }
    Ok(())
}

/// Shopify's line ids are digits; every other line says what it is.
fn term(key: &str) -> &'static str {
    TERMS
        .iter()
        .find(|(start, _)| key.starts_with(start))
        .map_or("lines", |(_, name)| name)
}

/// What NetSuite makes of a line: the amount, else rate times quantity in the currency's decimals.
pub(super) fn amount(line: &Value, currency: Currency) -> Result<Money, Error> {
    if let Some(amount) = decimal(&line["amount"]) {
        return currency.exact(amount);
    }
    let quantity = decimal(&line["quantity"]).unwrap_or(Decimal::ONE);
    decimal(&line["rate"])
        .unwrap_or_default()
        .checked_mul(quantity)
        .ok_or(Error::TooLarge)
        .and_then(|amount| currency.rounded(amount))
}

pub(super) fn items<'a>(body: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    body.pointer(pointer)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// A number of the body, exactly as its digits say.
pub(super) fn decimal(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => number.to_string().parse().ok(),
        Value::String(text) => text.parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
