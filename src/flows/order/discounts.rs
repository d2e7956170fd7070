//! Discounts: lines with a negative amount, after the line they lower or once per order.

use super::lines::priced;
use super::sale::{Sale, SoldLine};
use super::setting::required;
use super::tax::{Taxes, Treatment};
use super::text::fit;
use crate::config::Store;
use crate::money::Money;
use crate::netsuite::sale::Line;
use crate::problem::Problem;

/// NetSuite's longest line description.
const DESCRIPTION: usize = 4000;

/// The discount lines right after `sold`, one for each discount on it.
pub(super) fn of_line(sold: &SoldLine<'_>, store: &Store) -> Result<Vec<Line>, Problem> {
    let mut lines = Vec::new();
    let parts = sold.source.discounts.iter().zip(&sold.net.discounts);
    for (number, (discount, amount)) in parts.enumerate() {
        if amount.is_zero() {
            continue;
        }
        let key = format!("discount-{}-{}", sold.source.id, number + 1);
        let mut line = lowering(store, key, *amount)?;
        let title = discount.title.as_deref().unwrap_or("Discount");
        line.description = Some(fit(title, DESCRIPTION));
        lines.push(line);
    }
    Ok(lines)
}

/// The Shopify line that a line of [`of_line`] lowers, by its key.
pub(super) fn lowered(key: &str) -> Option<&str> {
    let (line, _) = key.strip_prefix("discount-")?.split_once('-')?;
    Some(line)
}

/// One discount line for all lines together; where NetSuite computes the tax, one for all lines that
/// are taxed alike.
pub(super) fn of_order(
    sale: &Sale<'_>,
    store: &Store,
    taxes: &Taxes<'_>,
) -> Result<Vec<Line>, Problem> {
    let mut alike: Vec<(Treatment, Vec<&SoldLine<'_>>)> = Vec::new();
    for sold in &sale.lines {
        let treatment = taxes.treatment_of(sold.net.left()?, &sold.source.taxes)?;
        match alike.iter_mut().find(|(known, _)| *known == treatment) {
            Some((_, lines)) => lines.push(sold),
            None => alike.push((treatment, vec![sold])),
        }
    }
    let mut lines = Vec::new();
    for (treatment, sold) in alike {
        let amounts = sold.iter().flat_map(|line| &line.net.discounts).copied();
        let sum = sale.total.currency.sum(amounts)?;
        if sum.is_zero() {
            continue;
        }
        let key = match lines.len() {
            0 => "discount".to_owned(),
            more => format!("discount-{}", more + 1),
        };
        let mut line = lowering(store, key, sum)?;
        line.description = Some(fit(&titles(&sold).join(", "), DESCRIPTION));
        taxes.lowering(&mut line, &treatment);
        lines.push(line);
    }
    Ok(lines)
}

fn titles<'a>(sold: &[&SoldLine<'a>]) -> Vec<&'a str> {
    let mut titles: Vec<&str> = Vec::new();
    for discount in sold.iter().flat_map(|line| &line.source.discounts) {
        let title = discount.title.as_deref().unwrap_or("Discount");
        if !titles.contains(&title) {
            titles.push(title);
        }
    }
    titles
}

fn lowering(store: &Store, key: String, amount: Money) -> Result<Line, Problem> {
    let item = required(
        store,
        "items.discount",
        store.items.discount.as_ref(),
        "the order has a discount",
    )?;
    let mut line = priced(item, key, 1, amount.times(-1)?);
    // A discount item has no quantity: the rate is the amount.
    line.quantity = None;
    Ok(line)
}
