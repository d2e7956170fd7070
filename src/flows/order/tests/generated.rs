//! Generated orders: whatever is sold, the documents total what Shopify says.

use proptest::prelude::*;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;

use super::sample::{Sample, known, order, store};
use crate::config::Store;
use crate::flows::order::plan::{Decision, plan};
use crate::money::Money;
use crate::plan::Plan;
use crate::shopify::order::{Discount, Order, Tax};

/// One line or shipping line: units, unit price and discounts in minor units, tax rates in basis points.
#[derive(Debug, Clone)]
struct Part {
    quantity: i64,
    price: i64,
    discounts: Vec<i64>,
    rates: Vec<i64>,
    channel_liable: bool,
}

#[derive(Debug, Clone)]
struct Recipe {
    currency: &'static str,
    tax_included: bool,
    given_away: bool,
    lines: Vec<Part>,
    shipping: Vec<Part>,
    tip: i64,
    settings: String,
}

fn part(units: i64) -> impl Strategy<Value = Part> {
    (
        1..=units,
        0_i64..200_000,
        prop::collection::vec(0_i64..60, 0..3),
        prop::collection::vec(
            prop::sample::select(vec![0_i64, 400, 450, 700, 888, 1900, 2550]),
            0..3,
        ),
        prop::bool::weighted(0.1),
    )
        .prop_map(|(quantity, price, discounts, rates, channel_liable)| Part {
            quantity,
            price,
            discounts,
            rates,
            channel_liable,
        })
}

fn recipe() -> impl Strategy<Value = Recipe> {
    (
        prop::sample::select(vec!["JPY", "USD", "KWD"]),
        any::<bool>(),
        prop::bool::weighted(0.15),
        prop::collection::vec(part(12), 1..5),
        prop::collection::vec(part(1), 0..3),
        prop_oneof![Just(0), 1_i64..5_000],
        prop::sample::select(vec![
            "suitetax_override\"\nreferences = \"own",
            "suitetax_override\"\nreferences = \"read_back",
            "tax_line",
            "native",
            "legacy_rate",
        ]),
        prop::sample::select(vec!["per_line", "per_order"]),
        prop::sample::select(vec!["header", "line"]),
        prop::sample::select(vec!["sales_order", "cash_sale"]),
    )
        .prop_map(
            |(
                currency,
                tax_included,
                given_away,
                lines,
                shipping,
                tip,
                tax,
                discounts,
                form,
                record,
            )| Recipe {
                currency,
                tax_included,
                given_away,
                lines,
                shipping,
                tip,
                settings: format!(
                    "[tax]\nstrategy = \"{tax}\"\nmap = [{{ code = \"ANY\", type = \"ANY\" }}]\n\
                 [orders]\nrecord = \"{record}\"\ndiscounts = \"{discounts}\"\n\
                 [shipping]\nas = \"{form}\""
                ),
            },
        )
}

/// The order as Shopify would show it.
fn cook(recipe: &Recipe) -> Order {
    let mut sample = order(recipe.currency);
    let currency = sample.order.currency;
    sample.order.taxes_included = recipe.tax_included;
    for (number, part) in recipe.lines.iter().enumerate() {
        sample = sample.line(&format!("SKU-{number}"), part.quantity, "0");
        let (discounts, taxes) = lowered_and_taxed(&sample, part, recipe, part.quantity);
        sample = sample.last(|line| {
            line.unit_price = currency.money(part.price);
            line.discounts = discounts;
            line.taxes = taxes;
        });
    }
    for part in &recipe.shipping {
        let (discounts, taxes) = lowered_and_taxed(&sample, part, recipe, 1);
        sample = sample.shipping("Standard", "0");
        let line = sample.order.shipping.last_mut().unwrap();
        line.price = currency.money(part.price);
        line.discounts = discounts;
        line.taxes = taxes;
    }
    sample.order.totals.tip = currency.money(recipe.tip);
    sample.paid()
}

fn lowered_and_taxed(
    sample: &Sample,
    part: &Part,
    recipe: &Recipe,
    quantity: i64,
) -> (Vec<Discount>, Vec<Tax>) {
    let currency = sample.order.currency;
    let gross = part.price * quantity;
    let mut left = gross;
    let mut discounts = Vec::new();
    for percent in part
        .discounts
        .iter()
        .copied()
        .chain(recipe.given_away.then_some(100))
    {
        let amount = if percent == 100 {
            left
        } else {
            left * percent / 100
        };
        left -= amount;
        discounts.push(Discount {
            amount: currency.money(amount),
            index: 0,
            title: None,
        });
    }
    let all: i64 = part.rates.iter().sum();
    let taxes = part.rates.iter().map(|rate| {
        let base = if recipe.tax_included {
            10_000 + all
        } else {
            10_000
        };
        Tax {
            title: format!("Tax {rate}"),
            rate: Some(Decimal::new(*rate, 4)),
            amount: currency.money((2 * left * rate + base) / (2 * base)),
            channel_liable: part.channel_liable,
        }
    });
    (discounts, taxes.collect())
}

fn planned(order: &Order, store: &Store) -> Plan {
    match plan(order, store, &known(order)).unwrap() {
        Decision::Write(planned) => planned.plan,
        Decision::Skip(skip) => panic!("skipped: {skip}"),
        Decision::Follow(_) => panic!("it was not written yet"),
    }
}

fn number(value: &Value) -> Decimal {
    value
        .as_number()
        .map_or(Decimal::ZERO, |number| number.to_string().parse().unwrap())
}

/// What NetSuite will show as the total, if a line's amount is what it says, or, where `by_rate`,
/// what its rate makes.
fn netsuite_total(body: &Value, decimals: u32, by_rate: bool) -> Decimal {
    let rows = |pointer: &str| {
        body.pointer(pointer)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let mut total = number(&body["shippingCost"]);
    for line in rows("/item/items") {
        let quantity = if line["quantity"].is_null() {
            Decimal::ONE
        } else {
            number(&line["quantity"])
        };
        let made = (number(&line["rate"]) * quantity)
            .round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero);
        total += if by_rate || line["amount"].is_null() {
            made
        } else {
            number(&line["amount"])
        };
    }
    for row in rows("/taxDetails/items") {
        total += number(&row["taxAmount"]);
    }
    total
}

/// The first write with what a later one says of the same record's tax.
fn whole(plan: &Plan) -> Value {
    let mut body = plan.writes[0].body.clone();
    if let Some(later) = plan
        .writes
        .get(1)
        .filter(|write| write.key == plan.writes[0].key)
    {
        body["taxDetails"] = later.body["taxDetails"].clone();
    }
    body
}

/// The tax that is left to NetSuite.
fn computed(plan: &Plan, total: Money) -> Decimal {
    let terms = plan.proofs[0].terms.iter();
    let tax = terms.filter(|term| term.name == "tax computed by NetSuite");
    total
        .currency
        .money(tax.map(|term| term.minor).sum())
        .decimal()
}

fn sum(amounts: impl Iterator<Item = Decimal>) -> Decimal {
    amounts.sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_document_totals_what_shopify_says(recipe in recipe()) {
        let order = cook(&recipe);
        let store = store(&recipe.settings);
        let plan = planned(&order, &store);
        for proof in &plan.proofs {
            prop_assert_eq!(proof.remainder(), Ok(0), "{:?}", proof);
        }
        let total: Money = order.totals.total;
        let body = &whole(&plan);
        for by_rate in [false, true] {
            let shown = netsuite_total(body, total.currency.exponent(), by_rate)
                + computed(&plan, total);
            prop_assert_eq!(shown, total.decimal(), "by rate: {}: {:#}", by_rate, body);
        }
        let deposits = plan.writes.iter().map(|write| number(&write.body["payment"]));
        let booked = sum(deposits);
        let expected = if plan.writes[0].record == "salesOrder" { total.decimal() } else { Decimal::ZERO };
        prop_assert_eq!(booked, expected);
    }

    #[test]
    fn the_same_order_gives_the_same_plan(recipe in recipe()) {
        let (order, store) = (cook(&recipe), store(&recipe.settings));
        prop_assert_eq!(planned(&order, &store).hash(), planned(&order, &store).hash());
    }
}
