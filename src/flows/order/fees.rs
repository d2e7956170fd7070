//! Additional fees: what is taxed alike is one line, so that each line's tax is on all of it.

use super::part::{About, Part};
use crate::money::{Error, Money};
use crate::shopify::order::{Order, Tax};

/// The fees of the order as they were sold, by the way they are taxed; what is not taxed is group 0.
pub(super) fn sold(order: &Order) -> Result<Vec<Part>, Error> {
    let mut parts: Vec<Part> = Vec::new();
    for fee in &order.fees {
        let tax = order.currency.sum(fee.taxes.iter().map(|tax| tax.amount))?;
        let net = match order.taxes_included {
            true => fee.amount.minus(tax)?,
            false => fee.amount,
        };
        let about = About::Fee(group(order, &fee.taxes));
        let part = Part {
            taxes: fee.taxes.clone(),
            ..Part::amount(about, net)
        };
        match parts.iter_mut().find(|known| known.about == about) {
            Some(known) => known.merge(&part)?,
            None => parts.push(part),
        }
    }
    if let (true, Some(fees)) = (order.fees.is_empty(), order.totals.additional_fees) {
        parts.push(Part::amount(About::Fee(0), fees));
    }
    Ok(parts)
}

/// What the fees add to the total, without tax unless the order's prices include it.
pub(super) fn total(order: &Order) -> Result<Money, Error> {
    let nothing = order.currency.money(0);
    match order.fees.is_empty() {
        true => Ok(order.totals.additional_fees.unwrap_or(nothing)),
        false => order.currency.sum(order.fees.iter().map(|fee| fee.amount)),
    }
}

/// Which of the order's ways of taxing a fee these taxes are, from 1; 0 for none. What was agreed later is
/// found by the same taxes.
pub(super) fn group(order: &Order, taxes: &[Tax]) -> usize {
    let wanted = way(taxes);
    if wanted.is_empty() {
        return 0;
    }
    let mut ways = Vec::new();
    for fee in &order.fees {
        let way = way(&fee.taxes);
        if !way.is_empty() && !ways.contains(&way) {
            ways.push(way);
        }
    }
    let known = ways.iter().position(|way| *way == wanted);
    known.unwrap_or(ways.len()) + 1
}

/// Title, rate and who remits it, of each tax that is not zero.
fn way(taxes: &[Tax]) -> Vec<(&str, Option<rust_decimal::Decimal>, bool)> {
    let taxes = taxes.iter().filter(|tax| !tax.amount.is_zero());
    taxes
        .map(|tax| {
            let rate = tax.rate.map(|rate| rate.normalize());
            (tax.title.as_str(), rate, tax.channel_liable)
        })
        .collect()
}
