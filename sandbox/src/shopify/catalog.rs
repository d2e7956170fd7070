//! What the shop sells and where it is kept: variants, locations, stock.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

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
