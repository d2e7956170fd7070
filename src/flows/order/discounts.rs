//! Discounts: lines with a negative amount, after the line they lower or once per order.

use super::lines::priced;
use super::sale::{Sale, SoldLine};
use super::setting::required;
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

/// One discount line for all lines together.
pub(super) fn of_order(sale: &Sale<'_>, store: &Store) -> Result<Option<Line>, Problem> {
    let amounts = sale
        .lines
        .iter()
        .flat_map(|line| &line.net.discounts)
        .copied();
    let sum = sale.total.currency.sum(amounts)?;
    if sum.is_zero() {
        return Ok(None);
    }
    let mut titles: Vec<&str> = Vec::new();
    for discount in sale.lines.iter().flat_map(|line| &line.source.discounts) {
        let title = discount.title.as_deref().unwrap_or("Discount");
        if !titles.contains(&title) {
            titles.push(title);
        }
    }
    let mut line = lowering(store, "discount".to_owned(), sum)?;
    line.description = Some(fit(&titles.join(", "), DESCRIPTION));
    Ok(Some(line))
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
