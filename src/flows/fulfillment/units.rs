//! Which units of which Shopify lines an item fulfillment ships, and from which place.

use std::collections::BTreeMap;

use rust_decimal::prelude::ToPrimitive;

use super::read::Known;
use crate::config::Store;
use crate::config::store::SkuField;
use crate::netsuite::fulfillments::{Fulfillment, Line};
use crate::problem::{Code, Problem};

/// Units by line of the Shopify order.
pub(super) type Units = BTreeMap<u64, u32>;

/// What is shipped, by Shopify location; `None` where the settings name none for NetSuite's.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Shipped {
    pub(super) places: BTreeMap<Option<u64>, Units>,
    /// Lines that Shopify does not know.
    pub(super) notes: Vec<String>,
}

impl Shipped {
    pub(super) fn total(&self) -> Units {
        let mut total = Units::new();
        for units in self.places.values() {
            for (line, count) in units {
                *total.entry(*line).or_default() += count;
            }
        }
        total
    }
}

/// Finds the Shopify line of each line: by our key, never by its SKU where the order is ours.
///
/// # Errors
///
/// `unknown_line` when no line has a key, or a quantity is no whole number.
pub(super) fn shipped(
    source: &Fulfillment,
    store: &Store,
    known: &Known,
) -> Result<Shipped, Problem> {
    let mut shipped = Shipped::default();
    for line in &source.lines {
        let count = whole(source, line)?;
        if count == 0 {
            continue;
        }
        let Some(shopify) = key(line).or_else(|| by_sku(line, store, known)) else {
            let name = line.sku.as_deref().unwrap_or(&line.item);
            shipped.notes.push(format!(
                "{count} of {name} were added in NetSuite and are unknown to Shopify"
            ));
            continue;
        };
        let place = line.location.as_deref().and_then(|id| place(store, id));
        let units = shipped.places.entry(place).or_default();
        *units.entry(shopify).or_default() += count;
    }
    if shipped.places.is_empty() && !source.lines.is_empty() {
        let what = "none of its lines carries the key of a Shopify line (custcol_waybill_line)";
        return Err(Problem::new(Code::UnknownLine, what).because(source.id));
    }
    Ok(shipped)
}

fn whole(source: &Fulfillment, line: &Line) -> Result<u32, Problem> {
    let count = line.quantity.normalize();
    let whole = count.is_integer().then(|| count.to_u32()).flatten();
    whole.ok_or_else(|| {
        let what = format!(
            "{count} of item {} were shipped: Shopify counts whole units",
            line.item
        );
        Problem::new(Code::UnknownLine, what).because(source.id)
    })
}

fn key(line: &Line) -> Option<u64> {
    line.key.as_deref()?.parse().ok()
}

/// Only for an order that another integration brought in, and only where one line alone has the SKU.
fn by_sku(line: &Line, store: &Store, known: &Known) -> Option<u64> {
    if !known.adopted || store.orders.sku_field != SkuField::ItemId {
        return None;
    }
    let sku = line.sku.as_deref()?;
    let lines = known.shipments.work.iter().flat_map(|work| &work.lines);
    let mut found: Vec<u64> = lines
        .filter(|work| work.sku.as_deref() == Some(sku))
        .map(|work| work.line)
        .collect();
    found.sort_unstable();
    found.dedup();
    match found.as_slice() {
        [line] => Some(*line),
        _ => None,
    }
}

/// The Shopify location that shows a NetSuite location.
fn place(store: &Store, netsuite: &str) -> Option<u64> {
    let mut shown = store
        .locations
        .iter()
        .filter(|(_, locations)| locations.iter().any(|id| id == netsuite));
    shown.next()?.0.parse().ok()
}
