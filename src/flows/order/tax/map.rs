//! Which entry of `[[store.tax.map]]` a tax of the shop has.

use rust_decimal::Decimal;

use crate::config::Store;
use crate::config::store::TaxRule;
use crate::problem::{Code, Problem};
use crate::shopify::order::{Order, Tax};

/// The first entry that fits this tax at the order's address.
///
/// # Errors
///
/// `unknown_tax` when none does.
pub(super) fn rule<'a>(store: &'a Store, order: &Order, tax: &Tax) -> Result<&'a TaxRule, Problem> {
    let place = order.shipping_address.as_ref();
    let place = place.or(order.billing_address.as_ref());
    let country = place.and_then(|address| address.country_code.as_deref());
    let code = place.and_then(|address| address.province_code.as_deref());
    let name = place.and_then(|address| address.province.as_deref());
    let fits = |rule: &&TaxRule| {
        same_text(rule.country.as_deref(), &[country])
            && same_text(rule.province.as_deref(), &[code, name])
            && same_text(rule.title.as_deref(), &[Some(&tax.title)])
            && rule.rate.is_none_or(|rate| same_rate(rate, tax.rate))
    };
    store.tax.map.iter().find(fits).ok_or_else(|| {
        let rate = tax
            .rate
            .map_or("unknown".to_owned(), |rate| rate.normalize().to_string());
        let place = [country, code].map(|part| part.unwrap_or("-")).join(" ");
        Problem::new(
            Code::UnknownTax,
            format!(
                "no [[store.tax.map]] entry of store {} fits {place}, title `{}`, rate {rate}",
                store.name, tax.title
            ),
        )
        .because(format!("{} {place} {} {rate}", store.name, tax.title))
        .field("tax", Some(format!("{} {rate}", tax.title)), None)
    })
}

/// Whether an entry's text, if it has one, is one of the order's.
fn same_text(rule: Option<&str>, texts: &[Option<&str>]) -> bool {
    rule.is_none_or(|rule| {
        texts
            .iter()
            .flatten()
            .any(|text| text.eq_ignore_ascii_case(rule))
    })
}

/// A rate may be written as Shopify has it (0.0825) or in percent (8.25).
fn same_rate(rule: Decimal, rate: Option<Decimal>) -> bool {
    rate.is_some_and(|rate| rule == rate || rule == rate * Decimal::ONE_HUNDRED)
}
