//! Legacy tax: the rates go with the document, and beside them the exact amounts for the bundle's script.
//!
//! NetSuite computes legacy tax itself and ignores the amounts of a request. So `legacy_rate` sends
//! what it computes with, and three fields of ours from which the beforeSubmit script of the bundle
//! (it acts for our user only) sets the cents right. Without the script, or where it cannot, the
//! document stays as NetSuite computed it and the read-back compares it within `[store.tax] tolerance`.
//!
//! | field | on | what it is |
//! |---|---|---|
//! | `isTaxable` | every line, the header | whether Shopify taxed it; `false` on lines that are none (tip, tender, …) |
//! | `taxRate1` | taxed lines | all taxes of the line together, in percent: 8.25 |
//! | `taxCode` | taxed lines | of `[[store.tax.map]]`; left out where the store has no entries |
//! | `taxRate` | the header | the tax of the whole document, in percent of what is taxed |
//! | `shippingTaxCode` | the header | the same for `shippingCost`, where it is taxed |
//! | `custcol_waybill_tax` | taxed lines | the exact tax of the line after its discounts: `0.83` |
//! | `custbody_waybill_shipping_tax` | the header | the exact tax of `shippingCost`: `0.41` |
//! | `custbody_waybill_tax` | the header | the exact tax of the document: what `taxTotal` must be |
//!
//! Our three fields are free-form text: a decimal in the document's currency, with a point. A discount
//! line carries the rate and code of the line before it, and no `custcol_waybill_tax`: the line's own
//! is what is left after the discount. The lines' and the shipping's add up to `custbody_waybill_tax`.
//! A change of lines carries all of them again; a change of the head alone leaves them as they stand on
//! the record. Tax that a marketplace remits is in none of them.

use rust_decimal::Decimal;

use super::map;
use super::rows::{effective, percent};
use crate::config::Store;
use crate::money::{Error, Money};
use crate::netsuite::reference::Reference;
use crate::problem::{Code, Problem};
use crate::shopify::order::{Order, Tax};

/// What NetSuite is told to compute a line's tax with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Basis {
    /// In percent.
    pub(super) rate: Decimal,
    pub(super) code: Option<Reference>,
}

/// The rate and the code of the taxes on `left`, all of them the merchant's.
///
/// # Errors
///
/// `unknown_tax` when the map has entries and none fits, or when the line's taxes have two codes.
pub(super) fn basis(
    store: &Store,
    order: &Order,
    left: Money,
    taxes: &[&Tax],
) -> Result<Basis, Problem> {
    Ok(Basis {
        rate: rate(left, taxes)?,
        code: code(store, order, taxes)?,
    })
}

fn rate(left: Money, taxes: &[&Tax]) -> Result<Decimal, Error> {
    if taxes.iter().all(|tax| tax.rate.is_some()) {
        return Ok(taxes.iter().map(|tax| percent(tax, left)).sum());
    }
    let sum = left.currency.sum(taxes.iter().map(|tax| tax.amount))?;
    Ok(effective(sum.decimal(), left.decimal()))
}

fn code(store: &Store, order: &Order, taxes: &[&Tax]) -> Result<Option<Reference>, Problem> {
    if store.tax.map.is_empty() {
        return Ok(None);
    }
    let mut found: Option<(&str, &str)> = None;
    for tax in taxes {
        let code = map::rule(store, order, tax)?.code.as_str();
        match found {
            Some((other, title)) if other != code => return Err(two_codes(store, title, tax)),
            Some(_) | None => found = Some((code, &tax.title)),
        }
    }
    Ok(found.map(|(code, _)| Reference::id(code)))
}

fn two_codes(store: &Store, one: &str, other: &Tax) -> Problem {
    let what = format!(
        "legacy tax has one code for a line, and `{one}` and `{}` have two by [[store.tax.map]] of store {}: map both to the code of their tax group",
        other.title, store.name
    );
    Problem::new(Code::UnknownTax, what).because(format!("{} {one} {}", store.name, other.title))
}
