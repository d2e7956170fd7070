//! The tax strategies beside `suitetax_override` on our own references and `tax_line`.

use serde_json::{Value, json};

use super::holds::{held, mug, written};
use super::sample::{Sample, order};
use crate::plan::Action;
use crate::problem::Code;
use crate::shopify::order::Order;

const NATIVE: &str = "[tax]\nstrategy = \"native\"\nmap = []";
const LEGACY: &str = "[tax]\nstrategy = \"legacy_rate\"\nmap = []";

/// Two lines of different rates, one of them discounted, one untaxed; shipping taxed.
fn basket() -> Sample {
    order("USD")
        .line("MUG", 2, "10.00")
        .discount("WELCOME", "3.00")
        .tax("State", "0.04", "0.68")
        .tax("City", "0.045", "0.77")
        .line("TEA", 1, "7.50")
        .discount("WELCOME", "0.50")
        .tax("State", "0.04", "0.28")
        .line("BOOK", 1, "9.00")
        .shipping("Standard", "5.00")
        .shipping_tax("State", "0.04", "0.20")
}

fn terms(order: &Order, settings: &str) -> Vec<(String, i64)> {
    let plan = written(order, settings).plan;
    assert_eq!(plan.proofs[0].remainder(), Ok(0));
    let terms = plan.proofs[0].terms.iter();
    terms.map(|term| (term.name.clone(), term.minor)).collect()
}

/// These columns of each line, absent ones as null.
fn columns(order: &Order, settings: &str, names: &[&str]) -> Vec<Value> {
    let body = &written(order, settings).plan.writes[0].body;
    let lines = body["item"]["items"].as_array().unwrap().iter();
    lines
        .map(|line| names.iter().map(|name| line[name].clone()).collect())
        .collect()
}

#[test]
fn tax_that_netsuite_computes_is_a_term_of_its_own_and_all_else_is_exact() {
    let order = basket().paid();
    for settings in [NATIVE, LEGACY] {
        let terms = terms(&order, settings);
        assert!(
            terms.contains(&("tax computed by NetSuite".to_owned(), 193)),
            "{terms:?}"
        );
        assert!(!terms.iter().any(|(name, _)| name == "tax"), "{terms:?}");
        let body = &written(&order, settings).plan.writes[0].body;
        assert_eq!(body.get("taxDetails"), None);
        assert_eq!(body.get("taxDetailsOverride"), None);
    }
}

#[test]
fn where_netsuite_computes_it_is_told_which_lines_shopify_taxed() {
    let sample = basket().tip("2.00");
    assert_eq!(
        columns(
            &sample.paid(),
            NATIVE,
            &["isTaxable", "taxCode", "taxRate1"]
        ),
        [
            json!([true, null, null]),
            json!([true, null, null]),
            json!([true, null, null]),
            json!([true, null, null]),
            json!([false, null, null]),
            json!([false, null, null]),
        ],
        "mug, its discount, tea, its discount, the untaxed book, the tip"
    );
}

#[test]
fn legacy_tax_goes_as_rates_with_the_exact_amounts_beside_them() {
    let order = basket().paid();
    let names = ["isTaxable", "taxRate1", "custcol_waybill_tax"];
    let lines = columns(&order, LEGACY, &names);
    let told: Vec<String> = lines.iter().map(Value::to_string).collect();
    assert_eq!(
        told,
        [
            "[true,8.5,\"1.45\"]",
            "[true,8.5,null]",
            "[true,4,\"0.28\"]",
            "[true,4,null]",
            "[false,null,null]",
        ]
    );
    let body = &written(&order, LEGACY).plan.writes[0].body;
    assert_eq!(body["custbody_waybill_tax"], "1.93");
    assert_eq!(body["custbody_waybill_shipping_tax"], "0.20");
    assert_eq!(body["isTaxable"], true);
    // 1.93 of 17.00 + 7.00 + 5.00.
    assert_eq!(body["taxRate"].to_string(), "6.6552");
    assert_eq!(body.get("shippingTaxCode"), None);
}

#[test]
fn legacy_codes_come_from_the_map_and_a_line_has_one() {
    let legacy = |map: &str| format!("[tax]\nstrategy = \"legacy_rate\"\nmap = [{map}]");
    let order = basket().paid();
    let group = legacy("{ country = \"US\", code = \"NYC\" }");
    let codes = columns(&order, &group, &["taxCode"]);
    assert_eq!(codes[1], json!([{ "id": "NYC" }]), "as the line it lowers");
    assert_eq!(codes[4], json!([null]));
    let body = &written(&order, &group).plan.writes[0].body;
    assert_eq!(body["shippingTaxCode"], json!({ "id": "NYC" }));

    let apart = "{ title = \"State\", code = \"NY\" }, { title = \"City\", code = \"NYC\" }";
    held(
        &order,
        &legacy(apart),
        Code::UnknownTax,
        &["State", "City", "tax group"],
    );
    let unmapped = "{ country = \"CA\", code = \"HST\" }";
    held(
        &order,
        &legacy(unmapped),
        Code::UnknownTax,
        &["US NY", "State"],
    );
}

#[test]
fn one_discount_per_order_is_one_per_way_of_taxing_where_netsuite_computes() {
    let order = basket().paid();
    let per_order = |settings: &str| format!("{settings}\n[orders]\ndiscounts = \"per_order\"");
    let discounts = |settings: &str| -> Vec<String> {
        let lines = columns(
            &order,
            &per_order(settings),
            &["rate", "isTaxable", "taxRate1"],
        );
        let body = &written(&order, &per_order(settings)).plan.writes[0].body;
        let keys = body["item"]["items"].as_array().unwrap().iter();
        let keys = keys.map(|line| line["custcol_waybill_line"].as_str().unwrap());
        keys.zip(lines)
            .filter(|(key, _)| key.starts_with("discount"))
            .map(|(key, line)| format!("{key} {line}"))
            .collect()
    };
    assert_eq!(discounts(NATIVE), ["discount [-3.50,true,null]"]);
    assert_eq!(
        discounts(LEGACY),
        ["discount [-3.00,true,8.5]", "discount-2 [-0.50,true,4]"]
    );
}

#[test]
fn an_order_without_tax_is_told_to_be_untaxed_whole() {
    let order = mug()
        .shipping("Standard", "5.00")
        .with(|order| order.tax_exempt = true)
        .paid();
    for settings in [NATIVE, LEGACY] {
        assert_eq!(columns(&order, settings, &["isTaxable"]), [json!([false])]);
        let body = &written(&order, settings).plan.writes[0].body;
        assert_eq!(body["isTaxable"], false);
        let coded = settings.replace("map = []", "map = []\nexempt_code = \"NONE\"");
        assert_eq!(
            columns(&order, &coded, &["taxCode"]),
            [json!([{ "id": "NONE" }])]
        );
        let body = &written(&order, &coded).plan.writes[0].body;
        assert_eq!(body["shippingTaxCode"], json!({ "id": "NONE" }));
    }
}

#[test]
fn tax_that_the_channel_remits_is_no_tax_that_netsuite_must_compute() {
    let order = mug()
        .tax("State", "0.04", "0.80")
        .last(|line| line.taxes[0].channel_liable = true)
        .paid();
    for settings in [NATIVE, LEGACY] {
        let taxable = columns(&order, settings, &["isTaxable"]);
        assert_eq!(taxable, [json!([false]), json!([false])]);
        let terms = terms(&order, settings);
        assert!(terms.contains(&("tax remitted by the channel".to_owned(), 80)));
        assert!(terms.contains(&("tax computed by NetSuite".to_owned(), 0)));
    }
}

#[test]
fn on_netsuites_own_references_the_exact_tax_is_a_second_write() {
    let order = basket().paid();
    let plan = written(&order, "[tax]\nreferences = \"read_back\"").plan;
    let [create, tax, deposit] = plan.writes.as_slice() else {
        panic!("{:?}", plan.writes)
    };
    let own = written(&order, "").plan;
    assert_eq!(create.action, Action::Create);
    assert_eq!(create.body.get("taxDetails"), None);
    assert_eq!(create.body.get("taxDetailsOverride"), None);
    let lines = create.body["item"]["items"].as_array().unwrap();
    assert!(
        lines
            .iter()
            .all(|line| line.get("taxDetailsReference").is_none())
    );
    assert_eq!((tax.action, &tax.key), (Action::OverrideTax, &create.key));
    assert_eq!(tax.body["taxDetails"], own.writes[0].body["taxDetails"]);
    assert_eq!(tax.body["taxDetailsOverride"], true);
    assert_eq!(deposit.record, "customerDeposit");
    assert_eq!(plan.proofs, own.proofs, "the same is proved");
    assert!(plan.is_unfinished_by(create) && !plan.is_unfinished_by(tax));
}
