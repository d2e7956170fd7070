//! The table of cases: an order, and the documents it becomes, as a bookkeeper reads them.

#![expect(clippy::unwrap_used, reason = "a failed test should stop here")]

use serde_json::Value;

use super::plan::{Decision, plan};
use super::sample::{known, order, store};
use crate::config::Store;
use crate::plan::{Plan, Write};
use crate::shopify::order::Order;

fn planned(order: &Order, store: &Store) -> Plan {
    match plan(order, store, &known(order)).unwrap() {
        Decision::Write(planned) => planned.plan,
        Decision::Skip(skip) => panic!("skipped: {skip}"),
    }
}

#[track_caller]
fn becomes(order: &Order, settings: &str, expected: &str) {
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
        let amount = match &line["amount"] {
            Value::Null => String::new(),
            amount => format!(" = {amount}"),
        };
        let quantity = match &line["quantity"] {
            Value::Null => String::new(),
            quantity => format!(" {quantity} ×"),
        };
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
        let place = match body["undepFunds"] {
            Value::Bool(true) => "undeposited".to_owned(),
            _ => id(&body["account"]),
        };
        told.push(format!("{payment} by {way} to {place}"));
    }
    told.join("\n")
}

fn id(reference: &Value) -> String {
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

const TAX_LINE: &str = "[tax]\nstrategy = \"tax_line\"";

#[test]
fn a_plain_order_becomes_its_lines_its_shipping_its_tax_and_a_deposit() {
    let order = order("USD")
        .line("MUG", 2, "10.00")
        .tax("State", "0.04", "0.80")
        .tax("City", "0.045", "0.90")
        .shipping("Standard", "5.00")
        .shipping_tax("State", "0.04", "0.20")
        .paid();
    becomes(
        &order,
        "",
        "salesOrder so-us-5123
         MUG 2 × 10.00, NY-STATE 4 % of 20.00 = 0.80, NY-CITY 4.5 % of 20.00 = 0.90
         shipping GROUND 5.00, NY-STATE 4 % of 5.00 = 0.20
         customerDeposit dep-us-9001
         26.90 by CARD to CLEARING",
    );
}

#[test]
fn by_tax_line_each_tax_is_a_line_of_its_own() {
    let order = order("USD")
        .line("MUG", 2, "10.00")
        .tax("State", "0.04", "0.80")
        .tax("City", "0.045", "0.90")
        .shipping("Express", "5.00")
        .shipping_tax("State", "0.04", "0.20")
        .paid();
    becomes(
        &order,
        TAX_LINE,
        "salesOrder so-us-5123
         MUG 2 × 10.00
         TAX 1 × 1.00
         TAX 1 × 0.90
         shipping AIR 5.00
         customerDeposit dep-us-9001
         26.90 by CARD to CLEARING",
    );
}
