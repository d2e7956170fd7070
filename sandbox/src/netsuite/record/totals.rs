//! Subtotal, discount, tax, shipping and total of a transaction, exact to the currency's decimals.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::netsuite::document::{self, Fields};

/// Rounds as NetSuite does: half away from zero.
pub(crate) fn round(amount: Decimal, exponent: u32) -> Decimal {
    amount.round_dp_with_strategy(exponent, RoundingStrategy::MidpointAwayFromZero)
}

/// True when the amount has no more decimals than its currency.
pub(crate) fn fits(amount: Decimal, exponent: u32) -> bool {
    amount.normalize().scale() <= exponent
}

/// `-10%` as −10, `None` for a plain number.
pub(crate) fn percent(fields: &Fields, name: &str) -> Option<Decimal> {
    document::text(fields, name)?
        .strip_suffix('%')?
        .trim()
        .parse()
        .ok()
}

/// Writes the sums of a transaction whose lines and tax are done. Closed lines keep their amount in them.
pub(crate) fn sum_up(fields: &mut Fields, tax: Decimal, exponent: u32) {
    let amount = |line: &&Fields| document::decimal(line, "amount");
    let subtotal: Decimal = document::lines(fields, "item")
        .iter()
        .filter_map(amount)
        .sum();
    let discount = match (
        percent(fields, "discountRate"),
        document::decimal(fields, "discountRate"),
    ) {
        (Some(percent), _) => round(subtotal * percent / Decimal::ONE_HUNDRED, exponent),
        (None, Some(amount)) => amount,
        (None, None) => Decimal::ZERO,
    };
    let cost = |name| document::decimal(fields, name).unwrap_or_default();
    let total = subtotal + discount + tax + cost("shippingCost") + cost("handlingCost");
    for (name, value) in [
        ("subtotal", subtotal),
        ("discountTotal", discount),
        ("taxTotal", tax),
        ("total", total),
    ] {
        document::set_decimal(fields, name, value);
    }
}
