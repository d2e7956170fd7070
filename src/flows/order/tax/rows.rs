//! The rows of `taxDetails`: one tax on one line, exact.

use rust_decimal::Decimal;

use crate::money::Money;
use crate::netsuite::sale::TaxDetail;
use crate::shopify::order::Tax;

/// Adds a tax to those on the same line. NetSuite keeps one row for a code: rates add up.
pub(super) fn add(rows: &mut Vec<TaxDetail>, row: TaxDetail) {
    match rows.iter_mut().find(|old| same_code(old, &row)) {
        Some(old) => {
            old.tax_amount += row.tax_amount;
            old.tax_rate += row.tax_rate;
        }
        None => rows.push(row),
    }
}

/// Adds the row of a further shipping line: bases add up.
pub(super) fn fold(rows: &mut Vec<TaxDetail>, row: TaxDetail) {
    match rows.iter_mut().find(|old| same_code(old, &row)) {
        Some(old) => {
            old.tax_amount += row.tax_amount;
            old.tax_basis += row.tax_basis;
            if old.tax_rate != row.tax_rate {
                old.tax_rate = effective(old.tax_amount, old.tax_basis);
            }
        }
        None => rows.push(row),
    }
}

fn same_code(one: &TaxDetail, other: &TaxDetail) -> bool {
    one.tax_details_reference == other.tax_details_reference
        && one.tax_code == other.tax_code
        && one.tax_type == other.tax_type
}

/// 8.25 for 8.25 %: Shopify's rate, else what the amounts say.
pub(super) fn percent(tax: &Tax, basis: Money) -> Decimal {
    tax.rate.map_or_else(
        || effective(tax.amount.decimal(), basis.decimal()),
        |rate| (rate * Decimal::ONE_HUNDRED).normalize(),
    )
}

pub(super) fn effective(amount: Decimal, basis: Decimal) -> Decimal {
    amount.checked_div(basis).map_or(Decimal::ZERO, |rate| {
        (rate * Decimal::ONE_HUNDRED).round_dp(4).normalize()
    })
}
