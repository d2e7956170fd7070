//! An order's documents in words, one line each, as a bookkeeper reads them.

use super::sample::{known, store};
use crate::config::Store;
use crate::flows::order::plan::{Decision, plan};
use crate::plan::{Plan, Write};
use crate::shopify::order::Order;
use serde_json::Value;

pub(super) fn planned(order: &Order, store: &Store) -> Plan {
    match plan(order, store, &known(order)).unwrap() {
        Decision::Write(planned) => planned.plan,
        Decision::Skip(skip) => panic!("skipped: {skip}"),
        Decision::Follow(_) => panic!("it was not written yet"),
    }
}

#[track_caller]
pub(super) fn becomes(order: &Order, settings: &str, expected: &str) {
    let plan = planned(order, &store(settings));
    for proof in &plan.proofs {
        assert_eq!(proof.remainder(), Ok(0), "{}", proof.document);
    }
    let told: Vec<String> = plan.writes.iter().map(tell).collect();
    let expected: Vec<&str> = expected.lines().map(str::trim).collect();
    assert_eq!(told.join("\n").trim(), expected.join("\n").trim());
}

/// A document in words.
fn tell(write: &Write) -> String {
    let body = &write.body;
    let mut told = vec![format!("{} {}", write.record, write.key)];
    for line in body
        .pointer("/item/items")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let amount = line["amount"].as_number();
        let amount = amount.map_or(String::new(), |amount| format!(" = {amount}"));
        let quantity = line["quantity"].as_number();
        let quantity = quantity.map_or(String::new(), |quantity| format!(" {quantity} ×"));
        let mut text = format!("{}{quantity} {}{amount}", id(&line["item"]), line["rate"]);
        if let Some(reference) = line["taxDetailsReference"].as_str() {
            text.push_str(&taxes(body, reference));
        }
        told.push(text);
    }
    if let Value::Number(cost) = &body["shippingCost"] {
        told.push(format!(
            "shipping {} {cost}{}",
            id(&body["shipMethod"]),
            taxes(body, "SHIPPING")
        ));
    }
    if let Value::Number(payment) = &body["payment"] {
        let way = [&body["paymentOption"], &body["paymentMethod"]]
            .map(id)
            .join("");
        let place = if body["undepFunds"] == Value::Bool(true) {
            "undeposited".to_owned()
        } else {
            id(&body["account"])
        };
        told.push(format!("{payment} by {way} to {place}"));
    }
    told.join("\n")
}

pub(super) fn id(reference: &Value) -> String {
    reference["id"].as_str().unwrap_or_default().to_owned()
}

fn taxes(body: &Value, reference: &str) -> String {
    let rows = body.pointer("/taxDetails/items").and_then(Value::as_array);
    rows.into_iter()
        .flatten()
        .filter(|row| row["taxDetailsReference"] == *reference)
        .map(|row| {
            let (rate, basis, amount) = (&row["taxRate"], &row["taxBasis"], &row["taxAmount"]);
            format!(", {} {rate} % of {basis} = {amount}", id(&row["taxCode"]))
        })
        .collect()
}

pub(super) const TAX_LINE: &str = "[tax]\nstrategy = \"tax_line\"";
