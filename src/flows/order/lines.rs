//! The lines of the document, in the order a person reads them.

use std::collections::HashMap;

use rust_decimal::Decimal;

use super::discounts;
use super::sale::{Extra, ExtraKind, LineKind, Sale, SoldLine};
use super::setting::{missing, required};
use super::shipping;
use super::tax::Taxes;
use super::text::fit;
use crate::config::Store;
use crate::config::store::{Discounts, Location};
use crate::link::InternalId;
use crate::money::Money;
use crate::netsuite::reference::Reference;
use crate::netsuite::sale::Line;
use crate::problem::Problem;
use crate::shopify::order;

/// NetSuite's longest line description.
const DESCRIPTION: usize = 4000;

/// The price level "custom", so that our rate stands.
const CUSTOM_LEVEL: &str = "-1";

/// Each line, with the Shopify line it was sold as, if it is one.
pub(super) type Rows<'a> = Vec<(Line, Option<&'a order::Line>)>;

/// All lines of the document, `tenders` last; `taxes` takes their tax on the way.
pub(super) fn lines<'a>(
    sale: &Sale<'a>,
    store: &Store,
    items: &HashMap<&str, &InternalId>,
    taxes: &mut Taxes<'_>,
    tenders: Vec<Line>,
) -> Result<Rows<'a>, Problem> {
    let mut rows: Rows<'a> = Vec::new();
    for sold in &sale.lines {
        let mut line = priced(
            item(sold, store, items)?,
            sold.source.id.to_string(),
            sold.quantity,
            sold.net.amount,
        );
        line.description = Some(fit(&sold.source.name, DESCRIPTION));
        line.location = location(sold.source, store)?;
        line.commit_inventory = commit(sold, store);
        let treatment = taxes.line(&mut line, sold.net.left()?, sold.taxes.iter())?;
        rows.push((line, Some(sold.source)));
        if store.orders.discounts == Discounts::PerLine {
            for mut lowered in discounts::of_line(sold, store)? {
                taxes.lowering(&mut lowered, &treatment);
                rows.push((lowered, None));
            }
        }
    }
    let mut further = Vec::new();
    if store.orders.discounts == Discounts::PerOrder {
        further.extend(discounts::of_order(sale, store, taxes)?);
    }
    further.extend(shipping::lines(sale, store, taxes)?);
    for extra in &sale.extras {
        further.push(extra_line(extra, store, taxes)?);
    }
    further.extend(taxes.lines()?);
    further.extend(tenders);
    rows.extend(further.into_iter().map(|line| (line, None)));
    for (line, _) in &mut rows {
        taxes.exempt(line);
        let level = store.orders.price_level.as_deref();
        line.price = Some(Reference::id(level.unwrap_or(CUSTOM_LEVEL)));
    }
    Ok(rows)
}

/// A line worth exactly `amount`: the rate has as many decimals as that takes, and where no rate
/// does it the amount is sent beside it.
pub(super) fn priced(item: Reference, key: String, quantity: i64, amount: Money) -> Line {
    let rate = rate(amount, quantity);
    let exact = rate.checked_mul(Decimal::from(quantity)) == Some(amount.decimal());
    Line {
        item,
        quantity: Some(quantity),
        price: None,
        rate,
        amount: (!exact).then(|| amount.decimal()),
        description: None,
        location: None,
        commit_inventory: None,
        is_taxable: None,
        tax_code: None,
        legacy: None,
        tax_details_reference: None,
        key,
    }
}

/// The amount per unit. Times the quantity and rounded to the currency it is the amount again.
fn rate(amount: Money, quantity: i64) -> Decimal {
    match amount.minor.checked_rem(quantity) {
        Some(0) => amount.currency.money(amount.minor / quantity).decimal(),
        Some(_) => {
            let digits = quantity.unsigned_abs().to_string().len();
            let decimals = amount.currency.exponent() + u32::try_from(digits).unwrap_or(19) + 1;
            (amount.decimal() / Decimal::from(quantity)).round_dp(decimals)
        }
        None => amount.decimal(),
    }
}

fn item(
    sold: &SoldLine<'_>,
    store: &Store,
    items: &HashMap<&str, &InternalId>,
) -> Result<Reference, Problem> {
    let named = &sold.source.name;
    match sold.kind {
        LineKind::Product(sku) => items
            .get(sku)
            .map(|id| Reference::from(*id))
            .ok_or_else(|| {
                // `items::resolve` found every SKU of this sale, or the order is already held.
                missing(store, "items", &format!("`{sku}` was not looked up"))
            }),
        LineKind::Custom => required(
            store,
            "items.custom_line",
            store.items.custom_line.as_ref(),
            &format!("the line `{named}` has no SKU"),
        ),
        LineKind::GiftCard => required(
            store,
            "items.gift_card",
            store.items.gift_card.as_ref(),
            "the order sells a gift card",
        ),
        LineKind::Tip => required(
            store,
            "items.tip",
            store.items.tip.as_ref(),
            "the order has a tip",
        ),
    }
}

fn extra_line(extra: &Extra<'_>, store: &Store, taxes: &mut Taxes<'_>) -> Result<Line, Problem> {
    let group = match extra.kind {
        ExtraKind::Fee(group) if group > 0 => format!("fee-{group}"),
        ExtraKind::Fee(_)
        | ExtraKind::Tip
        | ExtraKind::Duty
        | ExtraKind::Rounding
        | ExtraKind::Restocking
        | ExtraKind::Adjustment => String::new(),
    };
    let (key, name, setting, value) = match extra.kind {
        ExtraKind::Tip => ("tip", "Tip", "items.tip", &store.items.tip),
        ExtraKind::Duty => ("duty", "Duties", "items.duty", &store.items.duty),
        ExtraKind::Fee(0) => ("fee", "Fees", "items.fee", &store.items.fee),
        ExtraKind::Fee(_) => (&*group, "Fees", "items.fee", &store.items.fee),
        ExtraKind::Rounding => (
            "rounding",
            "Cash rounding",
            "items.rounding",
            &store.items.rounding,
        ),
        ExtraKind::Restocking => (
            "restocking",
            "Restocking fee",
            "items.restocking",
            &store.items.restocking,
        ),
        ExtraKind::Adjustment => (
            "adjustment",
            "Adjustment",
            "items.adjustment",
            &store.items.adjustment,
        ),
    };
    let why = format!("the order has {}", name.to_lowercase());
    let item = required(store, setting, value.as_ref(), &why)?;
    let mut line = priced(item, key.to_owned(), 1, extra.amount);
    line.description = Some(name.to_owned());
    taxes.line(&mut line, extra.amount, extra.taxes.iter())?;
    Ok(line)
}

/// Where the line is shipped from.
fn location(line: &order::Line, store: &Store) -> Result<Option<Reference>, Problem> {
    match (&store.orders.location, line.location) {
        (Location::None, _) | (Location::Assigned, None) => Ok(None),
        (Location::Fixed(id), _) => Ok(Some(Reference::id(id))),
        (Location::Assigned, Some(assigned)) => {
            let key = assigned.to_string();
            let mapped = store.locations.get(&key).and_then(|ids| ids.first());
            required(
                store,
                &format!("locations.\"{key}\""),
                mapped,
                &format!("a line is assigned to Shopify location {key}"),
            )
            .map(Some)
        }
    }
}

fn commit(sold: &SoldLine<'_>, store: &Store) -> Option<Reference> {
    let is_product = matches!(sold.kind, LineKind::Product(_));
    store
        .orders
        .commit
        .as_ref()
        .filter(|_| is_product)
        .map(Reference::id)
}
