//! Every form of an order, in every way of booking it: carried exactly, or held by name.

use super::holds::{held, mug, written};
use super::sample::{Sample, order, store};
use super::told::{id, planned};
use crate::plan::Plan;
use crate::problem::Code;
use crate::shopify::order::{Duty, Order, Transaction, TransactionKind};

const TAXES: [&str; 5] = [
    "strategy = \"suitetax_override\"",
    "strategy = \"suitetax_override\"\nreferences = \"read_back\"",
    "strategy = \"tax_line\"",
    "strategy = \"native\"",
    "strategy = \"legacy_rate\"",
];

/// Prices without tax, and prices that include it. Amounts are chosen so that both are whole cents.
fn both(form: impl Fn(Sample, Vat) -> Sample) -> Vec<Order> {
    vec![
        form(order("EUR"), Vat::Beside).paid(),
        form(order("EUR").tax_included(), Vat::Within).paid(),
    ]
}

#[derive(Clone, Copy)]
enum Vat {
    Beside,
    Within,
}

impl Vat {
    /// The price of which 19 % are tax, of this net price.
    fn price(self, net: i64) -> String {
        let cents = match self {
            Self::Beside => net * 100,
            Self::Within => net * 119,
        };
        format!("{}.{:02}", cents / 100, cents % 100)
    }
}

/// A line of this net price with its tax on what is left after `off`, both in whole euros.
fn sold(sample: Sample, vat: Vat, net: i64, off: i64) -> Sample {
    let sample = sample.line("TASSE", 1, &vat.price(net));
    let sample = match off {
        0 => sample,
        off => sample.discount("RABATT", &vat.price(off)),
    };
    let tax = (net - off) * 19;
    sample.tax("VAT", "0.19", &format!("{}.{:02}", tax / 100, tax % 100))
}

fn shipped(sample: Sample, vat: Vat, net: i64, off: i64) -> Sample {
    let mut sample = sample.shipping("Standard", &vat.price(net));
    let mut discounts = sold(order("EUR"), vat, net, off).order.lines.remove(0);
    let line = sample.order.shipping.last_mut().unwrap();
    line.discounts.append(&mut discounts.discounts);
    line.taxes.append(&mut discounts.taxes);
    sample
}

/// Every form, once with tax beside the price and once within.
fn forms() -> Vec<(&'static str, Vec<Order>)> {
    let mut forms = priced();
    forms.extend(further());
    forms
}

fn priced() -> Vec<(&'static str, Vec<Order>)> {
    vec![
        ("plain", both(|s, vat| sold(s, vat, 100, 0))),
        ("a discount", both(|s, vat| sold(s, vat, 100, 20))),
        (
            "stacked discounts",
            both(|s, vat| {
                let stacked = sold(s, vat, 100, 20);
                let second = stacked.money(&vat.price(10));
                stacked
                    .discount("MEHR", &second.decimal().to_string())
                    .last(|line| {
                        line.taxes[0].amount = line.taxes[0].amount.currency.money(1330);
                    })
            }),
        ),
        ("all of it off", both(|s, vat| sold(s, vat, 100, 100))),
        (
            "all of it off, shipping too",
            both(|s, vat| shipped(sold(s, vat, 30, 30), vat, 5, 5)),
        ),
        (
            "two rates",
            both(|s, vat| sold(sold(s, vat, 100, 20), vat, 3, 1).tax("VAT", "0.07", "0.00")),
        ),
        (
            "several shipping lines, one removed",
            both(|s, vat| {
                let several = shipped(shipped(sold(s, vat, 9, 0), vat, 5, 2), vat, 7, 0);
                shipped(several, vat, 3, 0).with(|order| order.shipping[2].removed = true)
            }),
        ),
    ]
}

fn further() -> Vec<(&'static str, Vec<Order>)> {
    vec![
        ("duties with their tax", both(with_duty)),
        ("a tip, fees, rounding", both(with_extras)),
        ("a gift card sold, a custom line", both(with_a_card)),
        (
            "tax that the channel remits",
            both(|s, vat| sold(s, vat, 100, 0).last(|line| line.taxes[0].channel_liable = true)),
        ),
        (
            "nobody taxes",
            both(|s, _| {
                s.line("TASSE", 3, "9.99")
                    .with(|order| order.tax_exempt = true)
            }),
        ),
        ("nothing to pay", both(|s, _| s.line("TASSE", 1, "0.00"))),
        (
            "two tenders",
            both(|s, vat| {
                sold(s, vat, 100, 0)
                    .sale("gift_card", "10.00")
                    .sale("shopify_payments", "109.00")
            }),
        ),
    ]
}

fn with_duty(sample: Sample, vat: Vat) -> Sample {
    let tax = sample.a_tax("VAT", "0.19", "1.90");
    let amount = sample.money(&vat.price(10));
    let duties = vec![Duty {
        amount,
        taxes: vec![tax],
    }];
    let sample = sold(sample, vat, 50, 0).last(|line| line.duties = duties);
    sample.with(|order| order.totals.duties = Some(amount))
}

fn with_extras(sample: Sample, vat: Vat) -> Sample {
    let sample = sold(sample, vat, 10, 0).tip("2.50").with(|order| {
        order.totals.additional_fees = order.currency.parse("1.25").ok();
        order.totals.cash_rounding = order.currency.money(-2);
    });
    // 11.90 + 2.50 + 1.25 - 0.02
    sample.sale("cash", "15.63")
}

fn with_a_card(sample: Sample, vat: Vat) -> Sample {
    let card = sold(sample, vat, 10, 0).line("CARD-50", 1, "50.00");
    let card = card.last(|line| line.gift_card = true);
    card.custom("Gravur", "7.00")
}

fn minor(plan: &Plan, names: &[&str]) -> i64 {
    let terms = plan.proofs[0].terms.iter();
    terms
        .filter(|term| names.contains(&term.name.as_str()))
        .map(|term| term.minor)
        .sum()
}

#[test]
fn every_form_is_proved_in_every_way_of_booking_it() {
    for (form, orders) in forms() {
        for order in &orders {
            for tax in TAXES {
                for (discounts, shipping) in [("per_line", "header"), ("per_order", "line")] {
                    for record in ["sales_order", "cash_sale"] {
                        let settings = format!(
                            "[tax]\n{tax}\nmap = [{{ code = \"ANY\", type = \"ANY\" }}]\n\
                             [orders]\nrecord = \"{record}\"\ndiscounts = \"{discounts}\"\n\
                             [shipping]\nas = \"{shipping}\""
                        );
                        let told = format!("{form}, included {}: {settings}", order.taxes_included);
                        let plan = written(order, &settings).plan;
                        for proof in &plan.proofs {
                            assert_eq!(proof.remainder(), Ok(0), "{told}");
                        }
                        let tax = minor(
                            &plan,
                            &[
                                "tax",
                                "tax computed by NetSuite",
                                "tax remitted by the channel",
                            ],
                        );
                        assert_eq!(tax, order_tax(order), "{told}");
                    }
                }
            }
        }
    }
}

/// All taxes of the order's parts.
fn order_tax(order: &Order) -> i64 {
    let shipping = order.shipping.iter().filter(|line| !line.removed);
    let duties = order.lines.iter().flat_map(|line| &line.duties);
    let lines = order.lines.iter().flat_map(|line| &line.taxes);
    let taxes = lines.chain(shipping.flat_map(|line| &line.taxes));
    let taxes = taxes.chain(duties.flat_map(|duty| &duty.taxes));
    taxes.map(|tax| tax.amount.minor).sum()
}

#[test]
fn each_store_books_in_its_own_subsidiary_and_each_currency_on_its_own_account() {
    let order = |currency: &str| order(currency).line("MUG", 1, "10").paid();
    let settings = "[payments.shopify_payments]\naccounts = { EUR = \"EURO\" }";
    let deposit = |currency: &str| planned(&order(currency), &store(settings)).writes.remove(1);
    assert_eq!(id(&deposit("EUR").body["account"]), "EURO");
    assert_eq!(id(&deposit("USD").body["account"]), "CLEARING");
    let elsewhere = planned(&order("EUR"), &store("subsidiary = \"DE\""));
    assert_eq!(id(&elsewhere.writes[0].body["subsidiary"]), "DE");
}

fn moved(kind: TransactionKind, order: &Order) -> Transaction {
    let mut other = order.transactions[0].clone();
    (other.id, other.kind, other.parent) = (9100, kind, Some(9001));
    other
}

#[test]
fn an_authorization_and_its_void_are_no_money_and_bring_no_deposit() {
    let mut order = mug().sale("shopify_payments", "20.00").unpaid();
    order.transactions[0].kind = TransactionKind::Authorization;
    let settings = "[orders]\nwhen = \"authorized\"";
    assert_eq!(written(&order, settings).plan.writes.len(), 1);
    let void = moved(TransactionKind::Void, &order);
    order.transactions.push(void);
    let placed = written(&order, "[orders]\nwhen = \"placed\"").plan;
    assert_eq!(placed.writes.len(), 1);
}

#[test]
fn change_that_no_payment_can_have_given_holds_the_order() {
    let mut order = mug().sale("cash", "10.00").sale("cash", "15.00").paid();
    let mut change = moved(TransactionKind::Change, &order);
    (change.parent, change.amount) = (None, order.currency.money(500));
    order.transactions.push(change);
    held(&order, "", Code::SourceContradicts, &["change of 5.00"]);
}

#[test]
fn duties_within_the_prices_are_no_line_of_their_own() {
    let mut order = mug().paid();
    order.totals.duties = Some(order.currency.money(300));
    let plan = written(&order, "").plan;
    assert_eq!(
        plan.writes[0].body["item"]["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}
