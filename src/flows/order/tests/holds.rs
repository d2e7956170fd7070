//! What skips an order, what holds it, and what a later pass does with one that is written.

use serde_json::Value;

use super::sample::{Sample, address, item, known, order, store};
use crate::flows::order::customer::CustomerMatch;
use crate::flows::order::gate::Skip;
use crate::flows::order::plan::{Decision, Planned, needs, plan};
use crate::link::InternalId;
use crate::problem::{Code, Problem};
use crate::shopify::order::{Order, TransactionKind};

pub(super) fn mug() -> Sample {
    order("USD").line("MUG", 2, "10.00")
}

pub(super) fn decide(order: &Order, settings: &str) -> Result<Decision, Problem> {
    plan(order, &store(settings), &known(order))
}

#[track_caller]
pub(super) fn written(order: &Order, settings: &str) -> Planned {
    match decide(order, settings).unwrap() {
        Decision::Write(planned) => planned,
        Decision::Skip(skip) => panic!("skipped: {skip}"),
        Decision::Follow(_) => panic!("it was not written yet"),
    }
}

#[track_caller]
pub(super) fn skipped(order: &Order, settings: &str, expected: Skip) {
    assert_eq!(decide(order, settings).unwrap(), Decision::Skip(expected));
}

#[track_caller]
pub(super) fn held(order: &Order, settings: &str, code: Code, words: &[&str]) {
    let problem = decide(order, settings).unwrap_err();
    assert_eq!(problem.code, code, "{}", problem.what);
    for word in words {
        assert!(problem.what.contains(word), "`{word}` in {}", problem.what);
    }
}

#[test]
fn an_order_enters_when_the_store_says() {
    let unpaid = mug().unpaid();
    skipped(&unpaid, "", Skip::NotPaid);
    skipped(
        &unpaid,
        "[orders]\nwhen = \"authorized\"",
        Skip::NotAuthorized,
    );
    assert_eq!(
        written(&unpaid, "[orders]\nwhen = \"placed\"")
            .plan
            .writes
            .len(),
        1
    );
    skipped(
        &mug().paid(),
        "[orders]\nwhen = \"fulfilled\"",
        Skip::NotFulfilled,
    );
    skipped(
        &unpaid,
        "[orders]\nwhen = \"placed\"\n[orders.channel.web]\nwhen = \"paid\"",
        Skip::NotPaid,
    );

    let mut authorized = mug().sale("shopify_payments", "20.00").unpaid();
    authorized.transactions[0].kind = TransactionKind::Authorization;
    skipped(&authorized, "", Skip::NotPaid);
    assert_eq!(
        written(&authorized, "[orders]\nwhen = \"authorized\"")
            .plan
            .writes
            .len(),
        1
    );
}

#[test]
fn payment_terms_enter_when_placed_without_a_deposit() {
    let order = mug()
        .with(|order| order.payment_terms = Some("Net 30".to_owned()))
        .unpaid();
    let plan = written(&order, "[orders]\nterms = { \"Net 30\" = \"T30\" }").plan;
    assert_eq!(plan.writes.len(), 1);
    assert_eq!(plan.writes[0].body["terms"]["id"], "T30");
    held(
        &order,
        "",
        Code::MissingSetting,
        &["orders.terms.\"Net 30\""],
    );
}

#[test]
fn test_old_and_cancelled_orders_are_skipped_and_a_kept_payment_is_not() {
    skipped(
        &mug().with(|order| order.test = true).paid(),
        "",
        Skip::TestOrder,
    );
    skipped(
        &mug().paid(),
        "[orders]\nsince = 2027-01-01T00:00:00Z",
        Skip::BeforeGoLive,
    );
    let cancel = |order: &mut Order| order.cancelled_at = Some(order.updated_at);
    skipped(
        &mug().with(cancel).unpaid(),
        "",
        Skip::CancelledBeforeImport,
    );
    held(
        &mug().with(cancel).paid(),
        "",
        Code::SourceContradicts,
        &["20.00"],
    );
}

#[test]
fn test_money_pays_nothing() {
    let order = mug()
        .sale("bogus", "20.00")
        .with(|order| {
            order.transactions[0].test = true;
            order.financial_status = Some("PAID".to_owned());
        })
        .unpaid();
    skipped(&order, "", Skip::NotPaid);
}

#[test]
fn a_risky_order_waits_for_a_person() {
    let order = mug()
        .with(|order| order.risk = Some("HIGH".to_owned()))
        .paid();
    held(
        &order,
        "[orders]\nhold_if_risk = \"medium\"",
        Code::RiskHold,
        &["HIGH"],
    );
    written(&order, "");
}

#[test]
fn a_sku_counts_only_exactly_and_a_miss_names_all_of_them() {
    let order = mug().line("007", 1, "1.00").line(" TEA", 1, "1.00").paid();
    let mut known = known(&order);
    known.items.insert("MUG".to_owned(), vec![item("mug")]);
    known.items.insert("007".to_owned(), vec![item("7")]);
    known.items.insert(" TEA".to_owned(), vec![item("TEA")]);
    let problem = plan(&order, &store(""), &known).unwrap_err();
    assert_eq!(problem.code, Code::UnknownSku);
    assert!(
        problem.what.contains("`MUG`, `007`, ` TEA`"),
        "{}",
        problem.what
    );
    assert_eq!(problem.cause, "unknown_sku:MUG,007, TEA");
}

#[test]
fn none_one_many_and_inactive_are_four_answers() {
    let order = mug().paid();
    let answer = |items| {
        let mut known = known(&order);
        known.items.insert("MUG".to_owned(), items);
        plan(&order, &store(""), &known)
            .map(|_| ())
            .map_err(|p| p.code)
    };
    let idle = || crate::flows::order::items::Item {
        inactive: true,
        ..item("MUG")
    };
    assert_eq!(answer(vec![]), Err(Code::UnknownSku));
    assert_eq!(answer(vec![item("MUG"), idle()]), Ok(()));
    assert_eq!(
        answer(vec![item("MUG"), item("MUG")]),
        Err(Code::AmbiguousSku)
    );
    assert_eq!(answer(vec![idle()]), Err(Code::InactiveItem));
}

#[test]
fn what_needs_a_setting_names_its_key() {
    let without = |key: &str, order: &Order| {
        let mut store = store("");
        match key {
            "items.custom_line" => store.items.custom_line = None,
            "items.tip" => store.items.tip = None,
            "items.discount" => store.items.discount = None,
            "shipping.default" => store.shipping.default = None,
            "locations.\"72345678\"" => store.locations.clear(),
            _ => store.payments.clear(),
        }
        let problem = plan(order, &store, &known(order)).unwrap_err();
        assert_eq!(problem.code, Code::MissingSetting);
        assert_eq!(problem.cause, format!("missing_setting:us.{key}"));
    };
    without(
        "items.custom_line",
        &order("USD").custom("Engraving", "4.00").paid(),
    );
    without("items.tip", &mug().tip("1.00").paid());
    without("items.discount", &mug().discount("X", "1.00").paid());
    without(
        "shipping.default",
        &mug().shipping("Standard", "1.00").paid(),
    );
    without("locations.\"72345678\"", &mug().paid());
    without("payments.shopify_payments", &mug().paid());
}

#[test]
fn a_tax_that_is_not_mapped_holds_the_order_and_says_which() {
    let order = mug().tax("County", "0.01", "0.20").paid();
    held(&order, "", Code::UnknownTax, &["US NY", "County", "0.01"]);
    written(&order, "[tax]\nstrategy = \"tax_line\"");
}

#[test]
fn the_first_entry_that_fits_maps_the_tax_and_absent_keys_fit_all() {
    let order = mug().tax("State", "0.0400", "0.80").paid();
    let code = |map: &str| {
        let plan = written(&order, &format!("[tax]\nmap = [{map}]")).plan;
        plan.writes[0].body["taxDetails"]["items"][0]["taxCode"]["id"].clone()
    };
    let any = "{ code = \"ANY\", type = \"T\" }";
    assert_eq!(
        code(&format!(
            "{{ country = \"CA\", code = \"CA\", type = \"T\" }}, {any}"
        )),
        "ANY"
    );
    assert_eq!(
        code(&format!(
            "{{ province = \"new york\", code = \"NY\", type = \"T\" }}, {any}"
        )),
        "NY"
    );
    assert_eq!(
        code(&format!(
            "{{ rate = \"4\", code = \"4%\", type = \"T\" }}, {any}"
        )),
        "4%"
    );
    assert_eq!(
        code(&format!(
            "{{ rate = \"0.041\", code = \"X\", type = \"T\" }}, {any}"
        )),
        "ANY"
    );
}

#[test]
fn an_order_whose_own_numbers_disagree_is_held_with_both() {
    // As Shopify's own documentation sample: a discount in the total and on no line.
    let order = mug().paid();
    let mut order = order;
    order.totals.total = order.currency.money(1800);
    order.totals.current_total = order.totals.total;
    order.totals.discounts = order.currency.money(200);
    held(
        &order,
        "",
        Code::SourceContradicts,
        &["18.00", "20.00", "discounts are 2.00", "0.00"],
    );
    assert!(needs(&order, &store(""), &known(&order).written).is_err());
}

#[test]
fn an_order_refunded_before_it_was_written_is_not_half_written() {
    let mut order = mug().paid();
    order.totals.refunded = order.currency.money(500);
    held(&order, "", Code::SourceContradicts, &["20.00"]);
}

#[test]
fn a_new_customer_is_created_first_and_named_by_external_id() {
    let order = mug().paid();
    let mut known = known(&order);
    known.customer = CustomerMatch::New;
    let Ok(Decision::Write(planned)) = plan(&order, &store(""), &known) else {
        panic!()
    };
    let [customer, sales_order, deposit] = planned.plan.writes.as_slice() else {
        panic!()
    };
    assert_eq!(customer.key, "cust-us-77");
    assert_eq!(customer.body["firstName"], "Ada");
    assert_eq!(customer.body["isPerson"], Value::Bool(true));
    assert_eq!(sales_order.body["entity"]["externalId"], "cust-us-77");
    assert_eq!(deposit.body["customer"]["externalId"], "cust-us-77");
    assert_eq!(deposit.body["salesOrder"]["externalId"], "so-us-5123");
}

#[test]
fn whom_the_order_is_booked_on_decides_or_holds() {
    let order = mug().paid();
    let entity = |order: &Order, found| {
        let mut known = known(order);
        known.customer = found;
        match plan(order, &store(""), &known) {
            Ok(Decision::Write(planned)) => Ok(planned.plan.writes[0].body["entity"]["id"].clone()),
            Ok(Decision::Skip(skip)) => panic!("skipped: {skip}"),
            Ok(Decision::Follow(_)) => panic!("it was not written yet"),
            Err(problem) => Err(problem.code),
        }
    };
    let id = || InternalId("7".to_owned());
    assert_eq!(entity(&order, CustomerMatch::Matched(id())), Ok("7".into()));
    assert_eq!(
        entity(&order, CustomerMatch::Many(2)),
        Err(Code::ManyCustomers)
    );
    assert_eq!(
        entity(&order, CustomerMatch::Elsewhere(id())),
        Err(Code::CustomerElsewhere)
    );
    assert_eq!(
        entity(&order, CustomerMatch::ToAdd(id())),
        Ok("7".into()),
        "the relationship comes first"
    );
    assert_eq!(entity(&order, CustomerMatch::Guest), Ok("GUEST".into()));
    let mut nobody = store("");
    nobody.customers.guest = None;
    let mut known = known(&order);
    known.customer = CustomerMatch::Guest;
    assert_eq!(
        plan(&order, &nobody, &known).unwrap_err().code,
        Code::NoCustomer
    );
}

#[test]
fn the_head_has_the_stores_day_the_reference_and_the_settings() {
    let settings = "[orders]\nstatus = \"pending_approval\"\nclass = \"C\"\nsales_channel = \"S\"\ncommit = \"1\"";
    let order = mug()
        .with(|order| order.po_number = Some("PO-9".to_owned()))
        .paid();
    let body = &written(&order, settings).plan.writes[0].body;
    assert_eq!(body["tranDate"], "2026-11-23");
    assert_eq!(body["otherRefNum"], "#1001");
    assert_eq!(body["memo"], "Shopify order #1001\nPO PO-9");
    assert_eq!(body["orderStatus"]["id"], "A");
    assert_eq!(body["class"]["id"], "C");
    assert_eq!(body["salesChannel"]["id"], "S");
    assert_eq!(body["location"]["id"], "WAREHOUSE");
    let line = &body["item"]["items"][0];
    assert_eq!(line["location"]["id"], "WAREHOUSE");
    assert_eq!(line["commitInventory"]["id"], "1");
    assert_eq!(line["price"]["id"], "-1");
    assert_eq!(line["custcol_waybill_line"], "101");
}

#[test]
fn an_address_is_cut_by_character_and_the_memo_keeps_it_whole() {
    let street = "🏠ß".repeat(100);
    let mut long = address();
    long.address1 = Some(street.clone());
    long.company = Some("Example Ltd".to_owned());
    long.province_code = None;
    let order = mug()
        .with(|order| order.shipping_address = Some(long))
        .paid();
    let body = &written(&order, "").plan.writes[0].body;
    let shipping = &body["shippingAddress"];
    assert_eq!(shipping["addr1"], "🏠ß".repeat(50));
    assert_eq!(shipping["addressee"], "Example Ltd");
    assert_eq!(shipping["attention"], "Ada Example");
    assert_eq!(shipping.get("state"), None);
    assert_eq!(shipping["addr3"], "New York");
    assert!(body["memo"].as_str().unwrap().contains(&street));
}
