//! Every name the mapping sends is one of NetSuite's.

use std::collections::BTreeMap;

use serde_json::Value;

use super::sample::{known, order, store};
use crate::flows::order::customer::CustomerMatch;
use crate::flows::order::plan::{Decision, plan};

const SCHEMAS: [(&str, &str); 4] = [
    (
        "salesOrder",
        include_str!("../../../../sandbox/schemas/netsuite/salesOrder.json"),
    ),
    (
        "cashSale",
        include_str!("../../../../sandbox/schemas/netsuite/cashSale.json"),
    ),
    (
        "customerDeposit",
        include_str!("../../../../sandbox/schemas/netsuite/customerDeposit.json"),
    ),
    (
        "customer",
        include_str!("../../../../sandbox/schemas/netsuite/customer.json"),
    ),
];

/// Walks a body beside its schema. Case does not count to NetSuite; it does here.
fn check(path: &str, value: &Value, schema: &Value, root: &Value, unknown: &mut Vec<String>) {
    let schema = match schema["$ref"].as_str() {
        Some(reference) => root.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    match value {
        Value::Object(map) if schema.get("properties").is_some() => {
            for (name, inner) in map {
                let path = format!("{path}.{name}");
                if name.starts_with("custcol") || name.starts_with("custbody") {
                    continue;
                }
                match schema["properties"].get(name) {
                    Some(property) => check(&path, inner, property, root, unknown),
                    // The schemas of some records are partial; the rest is listed by script id.
                    None if script_ids(root).contains(&name.to_lowercase().as_str()) => {}
                    None => unknown.push(path),
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                check(path, item, &schema["items"], root, unknown);
            }
        }
        Value::Object(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn script_ids(root: &Value) -> Vec<&str> {
    let ids = root["x-ns-suitescriptIds"].as_array();
    ids.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

#[test]
fn every_name_of_every_body_is_in_netsuites_schema() {
    let schemas: BTreeMap<&str, Value> = SCHEMAS
        .into_iter()
        .map(|(name, text)| (name, serde_json::from_str(text).unwrap()))
        .collect();
    let order = order("USD")
        .line("MUG", 3, "10.00")
        .discount("X", "1.00")
        .tax("State", "0.04", "1.16")
        .shipping("Express", "5.00")
        .sale("gift_card", "5.16")
        .sale("shopify_payments", "30.00")
        .with(|order| order.payment_terms = Some("Net 30".to_owned()))
        .paid();
    let mut seen = Vec::new();
    for tax in [
        "[tax]\nstrategy = \"tax_line\"",
        "[tax]\nstrategy = \"tax_line\"\nexempt_code = \"E\"",
        "",
    ] {
        for record in ["sales_order", "cash_sale"] {
            let settings = format!(
                "{tax}\n[orders]\nrecord = \"{record}\"\nterms = {{ \"Net 30\" = \"T\" }}\nform = \"F\"\n\
                 department = \"D\"\nclass = \"C\"\nsales_channel = \"S\"\ncommit = \"1\""
            );
            let mut known = known(&order);
            known.customer = CustomerMatch::New;
            let Decision::Write(planned) = plan(&order, &store(&settings), &known).unwrap() else {
                panic!("skipped")
            };
            for write in planned.plan.writes {
                let schema = &schemas[write.record.as_str()];
                let mut unknown = Vec::new();
                check(&write.record, &write.body, schema, schema, &mut unknown);
                assert_eq!(unknown, Vec::<String>::new());
                seen.push(write.record);
            }
        }
    }
    seen.sort();
    seen.dedup();
    assert_eq!(
        seen,
        ["cashSale", "customer", "customerDeposit", "salesOrder"]
    );
}
