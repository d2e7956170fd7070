//! The sale as Shopify states it: the order's parts, net of tax, checked against its own total.
//!
//! Nothing here knows NetSuite. An order whose numbers do not add up is held before any call.

use super::net::Net;
use super::stated;
use crate::money::Money;
use crate::problem::{Code, Problem};
use crate::shopify::order::{Line, Order, ShippingLine, Tax};

/// What was sold. Amounts are net of tax; each part carries its taxes.
pub(super) struct Sale<'a> {
    pub(super) lines: Vec<SoldLine<'a>>,
    pub(super) shipping: Vec<SoldShipping<'a>>,
    pub(super) extras: Vec<Extra<'a>>,
    /// What all parts and their taxes add up to: Shopify's total, and the cash rounding beside it.
    pub(super) total: Money,
    /// Shopify's name of that total.
    pub(super) total_name: &'static str,
}

pub(super) struct SoldLine<'a> {
    pub(super) source: &'a Line,
    pub(super) kind: LineKind<'a>,
    /// Units sold, committed edits included.
    pub(super) quantity: i64,
    pub(super) net: Net,
}

/// Which item a line is booked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineKind<'a> {
    /// The item with exactly this SKU.
    Product(&'a str),
    /// A line without a SKU.
    Custom,
    GiftCard,
    Tip,
}

pub(super) struct SoldShipping<'a> {
    pub(super) source: &'a ShippingLine,
    /// After its discounts.
    pub(super) net: Money,
}

/// An amount that is neither a line nor shipping.
pub(super) struct Extra<'a> {
    pub(super) kind: ExtraKind,
    pub(super) amount: Money,
    pub(super) taxes: Vec<&'a Tax>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExtraKind {
    Tip,
    Duty,
    Fee,
    Rounding,
}

/// Whether the order is taken as it was sold, or as committed edits left it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Basis {
    Sold,
    Edited,
}

impl<'a> Sale<'a> {
    /// The parts of an order that has not been written yet.
    pub(super) fn of(order: &'a Order) -> Result<Self, Problem> {
        let basis = Basis::of(order)?;
        let fit = stated::fit(order, basis)?;
        let mut extras = extras(order, fit.tip_apart)?;
        extras.retain(|extra| !extra.amount.is_zero());
        Ok(Self {
            lines: lines(order, basis, fit.tip_apart)?,
            shipping: shipping(order)?,
            extras,
            total: fit.total,
            total_name: basis.total_name(),
        })
    }

    /// The SKUs that must be items in NetSuite.
    pub(super) fn skus(&self) -> impl Iterator<Item = &'a str> {
        self.lines.iter().filter_map(|line| match line.kind {
            LineKind::Product(sku) => Some(sku),
            LineKind::Custom | LineKind::GiftCard | LineKind::Tip => None,
        })
    }
}

impl Basis {
    fn of(order: &Order) -> Result<Self, Problem> {
        let moved = order.lines.iter().any(|l| l.current_quantity != l.quantity);
        let gave_back = !order.refunds.is_empty()
            || !order.returns.is_empty()
            || !order.totals.refunded.is_zero();
        let differs = order.totals.current_total != order.totals.total;
        if gave_back && (moved || differs || !order.totals.refunded.is_zero()) {
            return Err(changed(order, "refunded or returned"));
        }
        if order.edited {
            return Ok(Self::Edited);
        }
        if moved {
            return Err(changed(order, "changed"));
        }
        if differs {
            stated::fit(order, Self::Sold)?;
            return Err(stated::contradiction(
                order,
                order.totals.total,
                order.totals.current_total,
            ));
        }
        Ok(Self::Sold)
    }

    pub(super) fn quantity(self, line: &Line) -> i64 {
        match self {
            Self::Sold => line.quantity,
            Self::Edited => line.current_quantity,
        }
    }

    pub(super) fn total(self, order: &Order) -> Money {
        match self {
            Self::Sold => order.totals.total,
            Self::Edited => order.totals.current_total,
        }
    }

    fn total_name(self) -> &'static str {
        match self {
            Self::Sold => "Shopify's total",
            Self::Edited => "Shopify's total after edits",
        }
    }
}

/// The problem of an order that is no plain sale any more.
pub(super) fn changed(order: &Order, how: &str) -> Problem {
    Problem::new(
        Code::ChangedBeforeImport,
        format!(
            "{} was {how} in Shopify before it was written: sold for {}, {} refunded, now {}",
            order.name, order.totals.total, order.totals.refunded, order.totals.current_total
        ),
    )
    .because(order.id)
    .field("total", Some(order.totals.current_total.to_string()), None)
}

fn lines(order: &Order, basis: Basis, tip_apart: bool) -> Result<Vec<SoldLine<'_>>, Problem> {
    let tips = if tip_apart {
        Vec::new()
    } else {
        stated::tip_lines(order)
    };
    let mut sold = Vec::new();
    for source in &order.lines {
        let quantity = basis.quantity(source);
        if quantity == 0 {
            continue;
        }
        let discounts: Vec<Money> = source.discounts.iter().map(|d| d.amount).collect();
        let gross = source.unit_price.times(quantity)?;
        sold.push(SoldLine {
            source,
            kind: kind(source, tips.contains(&source.id)),
            quantity,
            net: if order.taxes_included {
                Net::included(gross, &discounts, &source.taxes)?
            } else {
                Net::excluded(gross, &discounts)
            },
        });
    }
    Ok(sold)
}

fn kind(line: &Line, is_tip: bool) -> LineKind<'_> {
    match line.sku.as_deref().filter(|sku| !sku.trim().is_empty()) {
        _ if line.gift_card => LineKind::GiftCard,
        _ if is_tip => LineKind::Tip,
        // As Shopify holds it: blanks around it are part of it.
        Some(sku) => LineKind::Product(sku),
        None => LineKind::Custom,
    }
}

fn shipping(order: &Order) -> Result<Vec<SoldShipping<'_>>, Problem> {
    let mut sold = Vec::new();
    for source in order.shipping.iter().filter(|line| !line.removed) {
        let discounts: Vec<Money> = source.discounts.iter().map(|d| d.amount).collect();
        let net = if order.taxes_included {
            Net::included(source.price, &discounts, &source.taxes)?
        } else {
            Net::excluded(source.price, &discounts)
        };
        sold.push(SoldShipping {
            source,
            net: net.left()?,
        });
    }
    Ok(sold)
}

fn extras(order: &Order, tip_apart: bool) -> Result<Vec<Extra<'_>>, Problem> {
    let nothing = order.currency.money(0);
    let extra = |kind, amount| Extra {
        kind,
        amount,
        taxes: Vec::new(),
    };
    Ok(vec![
        Extra {
            kind: ExtraKind::Duty,
            amount: stated::duties(order)?,
            taxes: order
                .lines
                .iter()
                .flat_map(|line| &line.duties)
                .flat_map(|duty| &duty.taxes)
                .collect(),
        },
        extra(
            ExtraKind::Fee,
            order.totals.additional_fees.unwrap_or(nothing),
        ),
        extra(
            ExtraKind::Tip,
            if tip_apart { order.totals.tip } else { nothing },
        ),
        extra(ExtraKind::Rounding, order.totals.cash_rounding),
    ])
}
