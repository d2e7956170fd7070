//! What the shop sells and where it is kept: variants, locations, stock.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::json;

use super::order::{NewLine, Order, Restock};
use super::state::{Notice, State};
use super::time::now;

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
    /// Whether the shop counts it.
    pub tracked: bool,
    /// Sold as a bundle: its stock follows from its components and cannot be set.
    pub bundle: bool,
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

/// A quantity that a client has just set, as the shop holds it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockWrite {
    pub sku: String,
    pub location: u64,
    pub before: Level,
    pub after: Level,
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
            tracked: true,
            bundle: false,
            levels: levels.collect(),
        };
        self.variants.insert(id, variant);
        id
    }

    /// A new order commits stock where it will ship from.
    pub(super) fn commit_stock(&mut self, order: &Order) -> Vec<Notice> {
        let moves = committed(order, 1);
        self.apply_moves(order, &moves)
    }

    /// What an act did to the stock: units to ship are committed where they ship from, shipped units leave the shelf,
    /// returned units come back, and units given up without restocking are gone.
    pub(super) fn move_stock(&mut self, before: &Order, after: &Order) -> Vec<Notice> {
        let mut moves = committed(before, -1);
        moves.extend(committed(after, 1));
        let fresh = after.fulfillments.iter().skip(before.fulfillments.len());
        let old = before.fulfillments.iter().zip(&after.fulfillments);
        let undone = old.filter(|(old, new)| !old.cancelled && new.cancelled);
        let shipments = fresh
            .map(|it| (it, -1))
            .chain(undone.map(|(_, it)| (it, 1)));
        for (shipment, sign) in shipments {
            let units = |units: u32| sign * i64::from(units);
            let lines = shipment.lines.iter();
            moves.extend(lines.map(|it| (it.line, shipment.location, units(it.quantity), 0)));
        }
        let refunds = after.refunds.iter().skip(before.refunds.len());
        // Returned units have dispositions of their own.
        let refunds = refunds.filter(|refund| refund.of_return.is_none());
        for refunded in refunds.flat_map(|refund| &refund.lines) {
            let (whole, unshipped) = (i64::from(refunded.quantity), i64::from(refunded.unshipped));
            let units = match refunded.restock {
                Restock::Cancel => 0,
                Restock::Return => whole - unshipped,
                Restock::NoRestock => -unshipped,
            };
            moves.extend(refunded.location.map(|at| (refunded.line, at, units, 0)));
        }
        let old = before.restocked();
        for ((line, location), units) in after.restocked() {
            let known = old.get(&(line, location)).copied().unwrap_or(0);
            moves.push((line, location, units - known, 0));
        }
        self.apply_moves(after, &moves)
    }

    fn apply_moves(&mut self, order: &Order, moves: &[Move]) -> Vec<Notice> {
        let mut sums: BTreeMap<(u64, u64), (i64, i64)> = BTreeMap::new();
        for (line, location, on_hand, committed) in moves {
            if let Some(id) = order.line(*line).and_then(|line| line.variant) {
                let sum = sums.entry((id, *location)).or_default();
                sum.0 += on_hand;
                sum.1 += committed;
            }
        }
        sums.retain(|_, sum| *sum != (0, 0));
        sums.retain(|(id, location), (on_hand, committed)| {
            let variant = self.variants.get_mut(id);
            let level = variant.and_then(|variant| variant.levels.get_mut(location));
            level.is_some_and(|level| {
                level.on_hand += *on_hand;
                level.committed += *committed;
                true
            })
        });
        sums.into_keys()
            .filter_map(|(variant, location)| self.stock_notice(variant, location))
            .collect()
    }

    pub(super) fn stock_notice(&self, variant: u64, location: u64) -> Option<Notice> {
        let variant = self.variants.get(&variant)?;
        let item = variant.inventory_item;
        let body = json!({
            "inventory_item_id": item,
            "location_id": location,
            "available": variant.levels.get(&location)?.available(),
            "updated_at": self.time.text(now()),
            "admin_graphql_api_id": format!("gid://shopify/InventoryLevel/{location}?inventory_item_id={item}"),
        });
        Some(Notice {
            topic: "inventory_levels/update",
            body,
            order: None,
        })
    }
}

/// What the open work of an order commits, or no longer commits.
fn committed(order: &Order, sign: i64) -> Vec<Move> {
    let open = order
        .fulfillment_orders
        .iter()
        .filter(|work| !work.cancelled);
    let units = |units: u32| sign * i64::from(units);
    open.flat_map(|work| {
        let lines = work.lines.iter().filter(|line| line.remaining > 0);
        lines.map(move |line| (line.line, work.location, 0, units(line.remaining)))
    })
    .collect()
}

/// Line, location, and the change of what is on hand and of what is committed there.
type Move = (u64, u64, i64, i64);
