//! Whether Shopify's own numbers agree: the parts of an order against its total.

use super::fees;
use crate::money::{Error, Money};
use crate::problem::{Code, Problem};
use crate::shopify::order::{Line, Order};

/// How the parts add up to the total.
pub(super) struct Fit {
    /// The sum of all parts.
    pub(super) total: Money,
    /// The tip is not one of the lines.
    pub(super) tip_apart: bool,
    pub(super) duties: Duties,
}

/// How the duties are part of the total.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Duties {
    /// Beside the prices, their tax beside them.
    TaxBeside,
    /// Beside the prices, their tax within them.
    TaxWithin,
    /// Within the prices of the lines: no part of their own.
    InPrices,
}

/// Adds the parts up. Shopify does not say whether a tip is also a line, whether the total counts
/// the cash rounding, or whether prices include the duties, and duties their tax: the sum decides.
pub(super) fn fit(order: &Order) -> Result<Fit, Problem> {
    let stated = order.totals.total;
    let (parts, totals) = (parts(order)?, &order.totals);
    for duties in possible(order)? {
        let parts = parts.plus(counted(order, duties)?)?;
        for (tip_apart, rounding_counted) in
            [(false, false), (true, false), (false, true), (true, true)]
        {
            let mut sum = parts;
            if tip_apart {
                sum = sum.plus(totals.tip)?;
            }
            if rounding_counted {
                sum = sum.plus(totals.cash_rounding)?;
            }
            if sum == stated {
                let total = if rounding_counted {
                    stated
                } else {
                    stated.plus(totals.cash_rounding)?
                };
                return Ok(Fit {
                    total,
                    tip_apart,
                    duties,
                });
            }
        }
    }
    let parts = parts.plus(counted(order, Duties::TaxBeside)?)?;
    Err(contradiction(order, stated, parts.plus(totals.tip)?))
}

/// The ways that are open for this order, the likeliest first.
fn possible(order: &Order) -> Result<Vec<Duties>, Error> {
    let mut ways = vec![Duties::TaxBeside];
    if order.taxes_included {
        ways.insert(0, Duties::TaxWithin);
    }
    if duty_tax(order)?.is_zero() {
        ways.push(Duties::InPrices);
    }
    Ok(ways)
}

fn counted(order: &Order, duties: Duties) -> Result<Money, Error> {
    match duties {
        Duties::TaxBeside => self::duties(order)?.plus(duty_tax(order)?),
        Duties::TaxWithin => self::duties(order),
        Duties::InPrices => Ok(order.currency.money(0)),
    }
}

/// All tax on the duties.
pub(super) fn duty_tax(order: &Order) -> Result<Money, Error> {
    let duties = order.lines.iter().flat_map(|line| &line.duties);
    let taxes = duties.flat_map(|duty| &duty.taxes);
    order.currency.sum(taxes.map(|tax| tax.amount))
}

/// The problem of an order whose `total` is not what its parts add up to.
pub(super) fn contradiction(order: &Order, total: Money, parts: Money) -> Problem {
    let mut what = format!(
        "{}: the total is {total}, and its parts add up to {parts}",
        order.name
    );
    if let Ok(Some((name, stated, sum))) = disagreement(order) {
        what = format!("{what}; the {name} are {stated}, and the lines' {name} add up to {sum}");
    }
    Problem::new(Code::SourceContradicts, what)
        .because(order.id)
        .field("total", Some(total.to_string()), Some(parts.to_string()))
}

/// The lines that are tips: sums to Shopify's tip, and is nothing that could be shipped.
pub(super) fn tip_lines(order: &Order) -> Vec<u64> {
    let tip = order.totals.tip;
    if tip.is_zero() {
        return Vec::new();
    }
    let titled: Vec<&Line> = order
        .lines
        .iter()
        .filter(|line| may_be_tip(line) && line.title.eq_ignore_ascii_case("tip"))
        .collect();
    let sum = order.currency.sum(
        titled
            .iter()
            .filter_map(|line| line.unit_price.times(line.quantity).ok()),
    );
    if sum == Ok(tip) {
        return titled.iter().map(|line| line.id).collect();
    }
    let alone = |line: &&Line| may_be_tip(line) && line.unit_price.times(line.quantity) == Ok(tip);
    order
        .lines
        .iter()
        .find(alone)
        .map(|l| l.id)
        .into_iter()
        .collect()
}

fn may_be_tip(line: &Line) -> bool {
    line.variant_id.is_none()
        && line.product_id.is_none()
        && line.sku.as_deref().is_none_or(|sku| sku.trim().is_empty())
        && !line.gift_card
        && line.taxes.is_empty()
}

/// The duties: Shopify's sum, else what the lines say.
pub(super) fn duties(order: &Order) -> Result<Money, Error> {
    match order.totals.duties {
        Some(duties) => Ok(duties),
        None => order.currency.sum(
            order
                .lines
                .iter()
                .flat_map(|line| &line.duties)
                .map(|duty| duty.amount),
        ),
    }
}

/// All parts but the duties with their tax, the tip and the cash rounding.
fn parts(order: &Order) -> Result<Money, Error> {
    let mut sum = fees::total(order)?;
    for line in &order.lines {
        sum = sum.plus(line.unit_price.times(line.quantity)?)?;
        for discount in &line.discounts {
            sum = sum.minus(discount.amount)?;
        }
    }
    for line in order.shipping.iter().filter(|line| !line.removed) {
        sum = sum.plus(line.price)?;
        for discount in &line.discounts {
            sum = sum.minus(discount.amount)?;
        }
    }
    if !order.taxes_included {
        sum = sum.plus(taxes(order)?)?;
    }
    Ok(sum)
}

/// All tax but that on the duties.
fn taxes(order: &Order) -> Result<Money, Error> {
    let shipping = order.shipping.iter().filter(|line| !line.removed);
    let taxes = order
        .lines
        .iter()
        .flat_map(|line| &line.taxes)
        .chain(shipping.flat_map(|line| &line.taxes))
        .chain(order.fees.iter().flat_map(|fee| &fee.taxes));
    order.currency.sum(taxes.map(|tax| tax.amount))
}

/// The first of Shopify's sums that its lines do not confirm.
fn disagreement(order: &Order) -> Result<Option<(&'static str, Money, Money)>, Error> {
    let shipping = order.shipping.iter().filter(|line| !line.removed);
    let discounts = order
        .lines
        .iter()
        .flat_map(|line| &line.discounts)
        .chain(shipping.flat_map(|line| &line.discounts));
    let discounts = order
        .currency
        .sum(discounts.map(|discount| discount.amount))?;
    let taxes = taxes(order)?.plus(duty_tax(order)?)?;
    Ok([
        ("discounts", order.totals.discounts, discounts),
        ("taxes", order.totals.tax, taxes),
    ]
    .into_iter()
    .find(|(_, stated, sum)| stated != sum))
}
