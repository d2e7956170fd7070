//! What the shop sells and where it is kept: variants, locations, stock.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::order::{NewLine, Order};
use super::state::State;

/// A thing with a SKU, with its product and its inventory item.
#[derive(Clone, Debug)]
pub struct Variant {
    pub id: u64,
    pub product: u64,
    pub inventory_item: u64,
    pub sku: String,
    pub barcode: Option<String>,
    pub title: String,
    pub price: Decimal,
    pub requires_shipping: bool,
    /// Stock by location.
    pub levels: BTreeMap<u64, Level>,
}

/// Stock of one item at one location.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Level {
    pub on_hand: i64,
    pub committed: i64,
}

impl Level {
    pub fn available(self) -> i64 {
        self.on_hand - self.committed
    }
}

/// A place with stock.
#[derive(Clone, Debug)]
pub struct Location {
    pub id: u64,
    pub name: String,
    pub country: String,
    pub active: bool,
}

impl State {
    /// Finds the variant of a line's SKU, or makes one that is stocked nowhere yet.
    pub(super) fn variant_for(&mut self, line: &NewLine) -> Option<(u64, u64)> {
        let sku = line
            .sku
            .as_ref()
            .filter(|sku| !line.custom && !sku.is_empty())?;
        let known = self.variants.values().find(|variant| variant.sku == *sku);
        if let Some(variant) = known {
            return Some((variant.id, variant.product));
        }
        let id = self.add_variant(sku, line.price);
        let variant = self.variants.get_mut(&id)?;
        variant.requires_shipping = line.requires_shipping;
        if let Some(title) = &line.title {
            variant.title.clone_from(title);
        }
        Some((variant.id, variant.product))
    }

    /// A new variant, kept at every location with nothing on hand.
    pub(crate) fn add_variant(&mut self, sku: &str, price: Decimal) -> u64 {
        let id = self.ids.take();
        let levels = self
            .locations
            .iter()
            .map(|location| (location.id, Level::default()));
        let variant = Variant {
            id,
            product: self.ids.take(),
            inventory_item: self.ids.take(),
            sku: sku.to_owned(),
            barcode: None,
            title: sku.to_owned(),
            price,
            requires_shipping: true,
            levels: levels.collect(),
        };
        self.variants.insert(id, variant);
        id
    }

    pub(super) fn commit_stock(&mut self, order: &Order) {
        for work in &order.fulfillment_orders {
            for line in &work.lines {
                let variant = order.line(line.line).and_then(|line| line.variant);
                let variant = variant.and_then(|id| self.variants.get_mut(&id));
                if let Some(level) =
                    variant.and_then(|variant| variant.levels.get_mut(&work.location))
                {
                    level.committed += i64::from(line.total);
                }
            }
        }
    }
}
