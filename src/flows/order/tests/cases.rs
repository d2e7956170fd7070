//! The table of cases: an order, and the documents it becomes, as a bookkeeper reads them.

use serde_json::Value;

use super::sample::{order, store};
use super::told::{TAX_LINE, becomes, id, planned};
use crate::shopify::order::{TransactionKind, TransactionStatus};

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

#[test]
fn where_the_account_wants_a_code_on_every_line_each_carries_the_exempt_one() {
    let order = order("USD")
        .line("MUG", 1, "10.00")
        .shipping("Standard", "5.00")
        .paid();
    let settings = "[tax]\nstrategy = \"tax_line\"\nexempt_code = \"EXEMPT\"";
    let plan = planned(&order, &store(settings));
    let body = &plan.writes[0].body;
    assert_eq!(id(&body["item"]["items"][0]["taxCode"]), "EXEMPT");
    assert_eq!(id(&body["shippingTaxCode"]), "EXEMPT");
    assert_eq!(body["isTaxable"], Value::Null);
    let body = &planned(&order, &store(TAX_LINE)).writes[0].body;
    assert_eq!(body["isTaxable"], Value::Bool(false));
    assert_eq!(body["item"]["items"][0]["isTaxable"], Value::Bool(false));
}

#[test]
fn each_discount_is_a_line_after_the_line_it_lowers_and_tax_is_on_what_is_left() {
    let order = order("USD")
        .line("MUG", 2, "10.00")
        .discount("WELCOME", "2.00")
        .discount("LOYAL", "1.00")
        .tax("State", "0.04", "0.68")
        .line("TEA", 1, "7.50")
        .tax("State", "0.04", "0.30")
        .paid();
    becomes(
        &order,
        "",
        "salesOrder so-us-5123
         MUG 2 × 10.00, NY-STATE 4 % of 17.00 = 0.68
         DISCOUNT -2.00
         DISCOUNT -1.00
         TEA 1 × 7.50, NY-STATE 4 % of 7.50 = 0.30
         shipping  0.00
         customerDeposit dep-us-9001
         25.48 by CARD to CLEARING",
    );
    becomes(
        &order,
        "[orders]\ndiscounts = \"per_order\"",
        "salesOrder so-us-5123
         MUG 2 × 10.00, NY-STATE 4 % of 17.00 = 0.68
         TEA 1 × 7.50, NY-STATE 4 % of 7.50 = 0.30
         DISCOUNT -3.00
         shipping  0.00
         customerDeposit dep-us-9001
         25.48 by CARD to CLEARING",
    );
}

#[test]
fn prices_that_include_tax_are_booked_net_and_the_tax_stays_exact() {
    let order = order("EUR")
        .tax_included()
        .line("TASSE", 3, "9.99")
        .tax("VAT", "0.19", "4.79")
        .shipping("Standard", "4.90")
        .shipping_tax("VAT", "0.19", "0.78")
        .paid();
    // 29.97 - 4.79 = 25.18, and no price in cents times three is 25.18.
    becomes(
        &order,
        "",
        "salesOrder so-us-5123
         TASSE 3 × 8.3933 = 25.18, VAT-19 19 % of 25.18 = 4.79
         shipping GROUND 4.12, VAT-19 19 % of 4.12 = 0.78
         customerDeposit dep-us-9001
         34.87 by CARD to CLEARING",
    );
}

#[test]
fn a_discount_on_a_price_that_includes_tax_is_booked_net_too() {
    let order = order("EUR")
        .tax_included()
        .line("TASSE", 1, "119.00")
        .discount("ZEHN", "11.90")
        .tax("VAT", "0.19", "17.10")
        .paid();
    becomes(
        &order,
        "",
        "salesOrder so-us-5123
         TASSE 1 × 100.00, VAT-19 19 % of 90.00 = 17.10
         DISCOUNT -10.00
         shipping  0.00
         customerDeposit dep-us-9001
         107.10 by CARD to CLEARING",
    );
}

#[test]
fn an_order_that_is_given_away_has_lines_and_no_deposit() {
    let order = order("USD")
        .line("MUG", 1, "10.00")
        .discount("FREE", "10.00")
        .tax("State", "0.04", "0.00")
        .paid();
    becomes(
        &order,
        "",
        "salesOrder so-us-5123
         MUG 1 × 10.00
         DISCOUNT -10.00
         shipping  0.00",
    );
}

#[test]
fn several_shipping_lines_are_one_cost_and_a_removed_one_is_none() {
    let sample = order("USD")
        .line("MUG", 1, "10.00")
        .shipping("Standard", "5.00")
        .shipping_tax("State", "0.04", "0.20")
        .shipping("Express", "9.00")
        .shipping_tax("State", "0.04", "0.36")
        .shipping("Standard", "3.00");
    let order = sample.with(|order| order.shipping[2].removed = true).paid();
    becomes(
        &order,
        "",
        "salesOrder so-us-5123
         MUG 1 × 10.00
         shipping AIR 14.00, NY-STATE 4 % of 14.00 = 0.56
         customerDeposit dep-us-9001
         24.56 by CARD to CLEARING",
    );
    becomes(
        &order,
        "[shipping]\nas = \"line\"",
        "salesOrder so-us-5123
         MUG 1 × 10.00
         SHIPPING 1 × 5.00, NY-STATE 4 % of 5.00 = 0.20
         SHIPPING 1 × 9.00, NY-STATE 4 % of 9.00 = 0.36
         shipping AIR 0.00
         customerDeposit dep-us-9001
         24.56 by CARD to CLEARING",
    );
}

#[test]
fn what_is_no_product_is_booked_on_its_own_item() {
    let sample = order("USD")
        .custom("Engraving", "4.00")
        .line("CARD-50", 1, "50.00")
        .last(|line| line.gift_card = true)
        .tip("2.50")
        .with(|order| {
            order.totals.duties = order.currency.parse("3.00").ok();
            order.totals.additional_fees = order.currency.parse("1.25").ok();
        });
    becomes(
        &sample.paid(),
        "",
        "salesOrder so-us-5123
         CUSTOM 1 × 4.00
         GIFT-CARD 1 × 50.00
         DUTY 1 × 3.00
         FEE 1 × 1.25
         TIP 1 × 2.50
         shipping  0.00
         customerDeposit dep-us-9001
         60.75 by CARD to CLEARING",
    );
}

#[test]
fn a_tip_that_shopify_shows_as_a_line_is_not_added_twice() {
    let order = order("USD")
        .line("MUG", 1, "10.00")
        .custom("Tip", "2.00")
        .tip("2.00")
        .paid();
    becomes(
        &order,
        "",
        "salesOrder so-us-5123
         MUG 1 × 10.00
         TIP 1 × 2.00
         shipping  0.00
         customerDeposit dep-us-9001
         12.00 by CARD to CLEARING",
    );
}

#[test]
fn cash_that_is_rounded_at_the_till_is_rounded_on_the_order() {
    let order = order("USD")
        .line("MUG", 1, "10.02")
        .with(|order| order.totals.cash_rounding = order.currency.money(-2))
        .sale("cash", "20.00")
        .with(|order| {
            let mut change = order.transactions[0].clone();
            change.id = 9002;
            change.parent = Some(9001);
            change.kind = TransactionKind::Change;
            change.amount = order.currency.money(1000);
            order.transactions.push(change);
        })
        .paid();
    becomes(
        &order,
        "",
        "salesOrder so-us-5123
         MUG 1 × 10.02
         ROUNDING 1 × -0.02
         shipping  0.00
         customerDeposit dep-us-9001
         10.00 by OTHER to undeposited",
    );
}

#[test]
fn tax_that_the_channel_remits_is_never_the_merchants() {
    let order = order("USD")
        .line("MUG", 1, "10.00")
        .tax("State", "0.04", "0.40")
        .last(|line| line.taxes[0].channel_liable = true)
        .tax("City", "0.045", "0.45")
        .paid();
    becomes(
        &order,
        "",
        "salesOrder so-us-5123
         MUG 1 × 10.00, NY-CITY 4.5 % of 10.00 = 0.45
         CHANNEL-TAX 1 × 0.40
         shipping  0.00
         customerDeposit dep-us-9001
         10.85 by CARD to CLEARING",
    );
}

#[test]
fn each_payment_is_a_deposit_where_its_gateway_says() {
    let order = order("USD")
        .line("MUG", 1, "10.00")
        .sale("gift_card", "4.00")
        .sale("shopify_payments", "6.00")
        .with(|order| {
            let mut failed = order.transactions[1].clone();
            failed.id = 9003;
            failed.status = TransactionStatus::Failure;
            order.transactions.push(failed);
        })
        .paid();
    becomes(
        &order,
        "",
        "salesOrder so-us-5123
         MUG 1 × 10.00
         shipping  0.00
         customerDeposit dep-us-9001
         4.00 by OTHER to undeposited
         customerDeposit dep-us-9002
         6.00 by CARD to CLEARING",
    );
}

#[test]
fn a_cash_sale_takes_its_largest_payment_and_shows_the_others_as_lines() {
    let order = order("USD")
        .line("MUG", 1, "10.00")
        .sale("gift_card", "4.00")
        .sale("shopify_payments", "6.00")
        .paid();
    becomes(
        &order,
        "[orders]\nrecord = \"cash_sale\"",
        "cashSale cs-us-5123
         MUG 1 × 10.00
         GIFT-CARD-TENDER 1 × -4.00
         shipping  0.00",
    );
    let plan = planned(&order, &store("[orders]\nrecord = \"cash_sale\""));
    assert_eq!(id(&plan.writes[0].body["account"]), "CLEARING");
    assert_eq!(plan.proofs[0].source.minor, 600);
}

#[test]
fn currencies_keep_their_own_decimals() {
    becomes(
        &order("JPY").line("MUG", 3, "333").paid(),
        "",
        "salesOrder so-us-5123
         MUG 3 × 333
         shipping  0
         customerDeposit dep-us-9001
         999 by CARD to CLEARING",
    );
    becomes(
        &order("KWD")
            .tax_included()
            .line("MUG", 3, "1.250")
            .tax("VAT", "0.07", "0.245")
            .paid(),
        "",
        "salesOrder so-us-5123
         MUG 3 × 1.16833 = 3.505, VAT-7 7 % of 3.505 = 0.245
         shipping  0.000
         customerDeposit dep-us-9001
         3.750 by CARD to CLEARING",
    );
}
