//! The sale as Shopify states it: the order's parts, net of tax, checked against its own total.
//!
//! Nothing here knows NetSuite. An order whose numbers do not add up is held before any call.

use std::borrow::Cow;

use super::allocate::allocate;
use super::fees;
use super::gate::record;
use super::ledger::Ledger;
use super::net::Net;
use super::part::{About, Part, Parts};
use super::standing::{Progress, Standing};
use super::stated::{self, Duties, Fit};
use crate::config::Store;
use crate::config::store::OrderRecord;
use crate::money::{Error, Money};
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
    pub(super) taxes: Cow<'a, [Tax]>,
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
    /// Its place among the order's shipping lines, from 1: what its line is keyed by.
    pub(super) number: usize,
    /// After its discounts.
    pub(super) net: Money,
    pub(super) taxes: Cow<'a, [Tax]>,
    pub(super) place: Place,
}

/// Where a shipping line is booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// As `[store.shipping]` says.
    AsSet,
    /// On a line of its own, since the header's shipping is billed.
    Line,
}

/// An amount that is neither a line nor shipping.
pub(super) struct Extra<'a> {
    pub(super) kind: ExtraKind,
    pub(super) amount: Money,
    pub(super) taxes: Cow<'a, [Tax]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExtraKind {
    Tip,
    Duty,
    /// By the way it is taxed.
    Fee(usize),
    Rounding,
    Restocking,
    Adjustment,
}

impl<'a> Sale<'a> {
    /// What the order's document holds when it is first written: the sale with its committed edits,
    /// less what was taken back since. A cash sale is billed as it is written, so it holds the sale.
    ///
    /// # Errors
    ///
    /// `source_contradicts` when Shopify's own numbers disagree.
    pub(super) fn of(order: &'a Order, store: &Store) -> Result<Self, Problem> {
        if order.agreements.is_empty() {
            return Self::placed(order);
        }
        let progress = match record(order, store) {
            OrderRecord::SalesOrder => Progress::default(),
            OrderRecord::CashSale => Progress::at_once(),
        };
        let standing = Standing::of(&Ledger::of(order)?, &progress)?;
        if standing.sale.is_empty() {
            return Err(payment_kept(order));
        }
        Self::of_parts(order, &standing.sale)
    }

    /// An order that nothing has happened to: its lines are the sale.
    fn placed(order: &'a Order) -> Result<Self, Problem> {
        let moved = order.lines.iter().any(|l| l.current_quantity != l.quantity);
        let totals = &order.totals;
        let fit = stated::fit(order)?;
        if order.cancelled_at.is_some()
            || moved
            || totals.current_total != totals.total
            || !totals.refunded.is_zero()
        {
            return Err(stated::contradiction(
                order,
                totals.total,
                totals.current_total,
            ));
        }
        let mut extras = extras(order, &fit)?;
        extras.retain(|extra| !extra.amount.is_zero());
        Ok(Self {
            lines: lines(order, fit.tip_apart)?,
            shipping: shipping(order)?,
            extras,
            total: fit.total,
            total_name: "Shopify's total",
        })
    }

    /// The lines of a document that holds `parts` of the order.
    ///
    /// # Errors
    ///
    /// `source_contradicts` for a part of a line or shipping line that the order does not have.
    pub(super) fn of_parts(order: &'a Order, parts: &Parts) -> Result<Self, Problem> {
        let tips = stated::tip_lines(order);
        let (mut lines, mut shipping, mut extras) = (Vec::new(), Vec::new(), Vec::new());
        for source in &order.lines {
            if let Some(part) = parts
                .get(About::Line(source.id))
                .filter(|part| !part.is_worth_nothing())
            {
                lines.push(SoldLine {
                    source,
                    kind: kind(source, tips.contains(&source.id)),
                    quantity: part.quantity,
                    net: net(part, source)?,
                    taxes: Cow::Owned(part.taxes.clone()),
                });
            }
        }
        for part in parts.iter() {
            let kind = match part.about {
                About::Line(line) if order.lines.iter().any(|l| l.id == line) => continue,
                About::Shipping(id) => {
                    shipping.push(sold_shipping(order, id, part)?);
                    continue;
                }
                About::Line(line) => return Err(not_there(order, line)),
                About::Tip => ExtraKind::Tip,
                About::Duty => ExtraKind::Duty,
                About::Fee(group) => ExtraKind::Fee(group),
                About::Restocking => ExtraKind::Restocking,
                About::Adjustment => ExtraKind::Adjustment,
                About::Rounding => ExtraKind::Rounding,
            };
            extras.push(Extra {
                kind,
                amount: part.net,
                taxes: Cow::Owned(part.taxes.clone()),
            });
        }
        Ok(Self {
            lines,
            shipping,
            extras,
            total: parts.total(order.currency)?,
            total_name: "Shopify's agreements",
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

fn net(part: &Part, source: &Line) -> Result<Net, Error> {
    let discounts = if source.discounts.is_empty() {
        vec![part.discount]
    } else {
        let weights: Vec<Money> = source.discounts.iter().map(|d| d.amount).collect();
        allocate(part.discount, &weights)?
    };
    Ok(Net {
        amount: part.net.plus(part.discount)?,
        discounts,
    })
}

fn sold_shipping<'a>(
    order: &'a Order,
    id: Option<u64>,
    part: &Part,
) -> Result<SoldShipping<'a>, Problem> {
    let named = |line: &&ShippingLine| id.is_none() || line.id == id;
    let mut lines = order.shipping.iter().zip(1..);
    let found = lines.find(|(line, _)| named(line));
    let (source, number) = found.ok_or_else(|| not_there(order, id.unwrap_or_default()))?;
    Ok(SoldShipping {
        source,
        number,
        net: part.net,
        taxes: Cow::Owned(part.taxes.clone()),
        place: Place::AsSet,
    })
}

/// The problem of an order of which nothing is left but its payment.
pub(super) fn payment_kept(order: &Order) -> Problem {
    let what = format!(
        "nothing of {} is left, and its payment is kept: {} of it went back",
        order.name, order.totals.refunded
    );
    Problem::new(Code::PaymentKept, what).because(order.id)
}

fn not_there(order: &Order, line: u64) -> Problem {
    let what = format!(
        "{}: an agreement is about line {line}, which the order does not have",
        order.name
    );
    Problem::new(Code::SourceContradicts, what).because(order.id)
}

fn lines(order: &Order, tip_apart: bool) -> Result<Vec<SoldLine<'_>>, Problem> {
    let tips = if tip_apart {
        Vec::new()
    } else {
        stated::tip_lines(order)
    };
    let mut sold = Vec::new();
    for source in order.lines.iter().filter(|line| line.quantity != 0) {
        let quantity = source.quantity;
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
            taxes: Cow::Borrowed(&source.taxes),
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
    for (source, number) in order
        .shipping
        .iter()
        .zip(1..)
        .filter(|(line, _)| !line.removed)
    {
        let discounts: Vec<Money> = source.discounts.iter().map(|d| d.amount).collect();
        let net = if order.taxes_included {
            Net::included(source.price, &discounts, &source.taxes)?
        } else {
            Net::excluded(source.price, &discounts)
        };
        sold.push(SoldShipping {
            source,
            number,
            net: net.left()?,
            taxes: Cow::Borrowed(&source.taxes),
            place: Place::AsSet,
        });
    }
    Ok(sold)
}

fn extras<'a>(order: &'a Order, fit: &Fit) -> Result<Vec<Extra<'a>>, Problem> {
    let nothing = order.currency.money(0);
    let duties = order.lines.iter().flat_map(|line| &line.duties);
    let mut extras = vec![Extra {
        kind: ExtraKind::Duty,
        amount: match fit.duties {
            Duties::TaxBeside => stated::duties(order)?,
            Duties::TaxWithin => stated::duties(order)?.minus(stated::duty_tax(order)?)?,
            Duties::InPrices => nothing,
        },
        taxes: duties.flat_map(|duty| &duty.taxes).cloned().collect(),
    }];
    for part in fees::sold(order)? {
        if let About::Fee(group) = part.about {
            extras.push(Extra {
                kind: ExtraKind::Fee(group),
                amount: part.net,
                taxes: Cow::Owned(part.taxes),
            });
        }
    }
    let tip = if fit.tip_apart {
        order.totals.tip
    } else {
        nothing
    };
    let rounding = order.totals.cash_rounding;
    let untaxed = [(ExtraKind::Tip, tip), (ExtraKind::Rounding, rounding)];
    extras.extend(untaxed.map(|(kind, amount)| Extra {
        kind,
        amount,
        taxes: Cow::Borrowed(&[][..]),
    }));
    Ok(extras)
}
