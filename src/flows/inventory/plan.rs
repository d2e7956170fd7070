//! What is on hand where: pure.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Value, json};

use super::place::{Place, Pool};
use crate::config::store::Negative;
use crate::netsuite::stock::{Kits, Level, Stocked};
use crate::plan::{Action, Write};
use crate::problem::{Code, Problem};
use crate::shopify::inventory::Shelf;
use crate::shopify::on_hand::OnHand;

/// NetSuite's item types that have stock of their own.
const STOCKED: [&str; 2] = ["InvtPart", "Assembly"];

/// The reason of an item that the shop does not have; why, the look-up knows.
pub(super) const NOT_THERE: &str = "the shop does not sell it";

/// What both sides hold of some items in one pool.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// By NetSuite item.
    pub(super) stock: BTreeMap<String, Stocked>,
    /// By place in the pool and NetSuite item: the inventory item, and what the shop has of it there.
    pub(super) shelves: BTreeMap<(usize, String), (u64, Shelf)>,
}

impl Read {
    /// What may be sold at a place once `on_hand` of the item is set.
    pub(super) fn available(&self, at: usize, item: &str, on_hand: i64) -> i64 {
        let shelf = self.shelves.get(&(at, item.to_owned()));
        let level = shelf.and_then(|(_, shelf)| shelf.level);
        level.map_or(on_hand, |level| level.available + on_hand - level.on_hand)
    }
}

/// What becomes of one item at one place.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Decision {
    Set(OnHand, Box<Write>),
    /// It stays as it is, and why.
    Leave(String),
}

/// The terms of one quantity, for people who ask why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Terms {
    /// What the place may still sell, its buffer taken off.
    sellable: i64,
    /// Sold by the shop and not shipped, which Shopify takes off by itself.
    committed: i64,
}

/// The quantity on hand of `item` at the place `at` of the pool.
///
/// # Errors
///
/// [`Code::NegativeStock`], if the store asks for it.
pub(super) fn decide(
    pool: &Pool<'_>,
    at: usize,
    item: &str,
    read: &Read,
    kits: &Kits,
) -> Result<Decision, Problem> {
    let leave = |reason: &str| Ok(Decision::Leave(reason.to_owned()));
    let Some(stocked) = read.stock.get(item) else {
        return leave("NetSuite does not show the item any more");
    };
    if stocked.inactive {
        return leave("the NetSuite item is inactive: its stock is left as it is");
    }
    let pieces = stocked_pieces(item, read, kits);
    if pieces.is_empty() {
        return leave("NetSuite keeps no stock of items of this kind");
    }
    let shelf = read.shelves.get(&(at, item.to_owned()));
    let (Some(place), Some((inventory_item, shelf))) = (pool.places.get(at), shelf) else {
        return leave(NOT_THERE);
    };
    if !shelf.tracked {
        return leave("the shop does not track its stock");
    }
    let terms = terms(pool, place, at, item, &pieces, read, kits);
    let on_hand = terms.sellable.saturating_add(terms.committed);
    let on_hand = not_negative(place, item, on_hand)?;
    let held = shelf.level.map(|level| level.on_hand);
    if held.unwrap_or_default() == on_hand {
        return leave("already equal");
    }
    let set = OnHand {
        item: *inventory_item,
        quantity: on_hand,
        from: held,
    };
    let write = write(place, item, &set, terms);
    Ok(Decision::Set(set, Box::new(write)))
}

/// The components that have stock; of what is no kit, the item itself.
fn stocked_pieces(item: &str, read: &Read, kits: &Kits) -> Vec<(String, Decimal)> {
    let has_stock = |piece: &(String, Decimal)| {
        let stocked = read.stock.get(&piece.0);
        stocked.is_some_and(|it| STOCKED.contains(&it.kind.as_str()))
    };
    kits.pieces(item)
        .into_iter()
        .filter(|piece| has_stock(piece) && piece.1 > Decimal::ZERO)
        .collect()
}

fn terms(
    pool: &Pool<'_>,
    place: &Place<'_>,
    at: usize,
    item: &str,
    pieces: &[(String, Decimal)],
    read: &Read,
    kits: &Kits,
) -> Terms {
    let whole = |(piece, each): &(String, Decimal)| {
        let free = free(pool, place, piece, read, kits);
        free.checked_div(*each).unwrap_or_default().floor()
    };
    let free = pieces.iter().map(whole).min().unwrap_or_default();
    let free = free.to_i64().unwrap_or_default();
    let buffer = i64::from(place.shop.store.inventory.buffer);
    Terms {
        // A buffer keeps units back; it makes no debt.
        sellable: if free > 0 {
            (free - buffer).max(0)
        } else {
            free
        },
        committed: committed(at, item, read),
    }
}

/// What of a stocked item the place may still sell: NetSuite's free units, less all that the shops of
/// the pool have sold of them and NetSuite has not committed.
fn free(pool: &Pool<'_>, place: &Place<'_>, piece: &str, read: &Read, kits: &Kits) -> Decimal {
    let available: Decimal = place
        .netsuite
        .iter()
        .filter_map(|location| Some(read.stock.get(piece)?.levels.get(location)?.available))
        .sum();
    let mut pending = Decimal::ZERO;
    for (item, each) in kits.users(piece) {
        for (at, other) in pool.places.iter().enumerate() {
            if other.shares(place) {
                pending += each * not_in_netsuite(other, at, &item, read);
            }
        }
    }
    available - pending
}

/// Sold at a place, not shipped, and not committed in NetSuite: not imported yet, held, back-ordered.
fn not_in_netsuite(place: &Place<'_>, at: usize, item: &str, read: &Read) -> Decimal {
    let sold = Decimal::from(committed(at, item, read));
    let levels = read.stock.get(item).map(|stocked| &stocked.levels);
    let committed: Decimal = place
        .netsuite
        .iter()
        .filter_map(|location| levels?.get(location))
        .map(|level| of_store(level, place.store()))
        .sum();
    (sold - committed).max(Decimal::ZERO)
}

fn of_store(level: &Level, store: &str) -> Decimal {
    level.committed.get(store).copied().unwrap_or_default()
}

/// Sold and not shipped, as the shop knows it.
fn committed(at: usize, item: &str, read: &Read) -> i64 {
    let shelf = read.shelves.get(&(at, item.to_owned()));
    shelf
        .and_then(|(_, shelf)| shelf.level)
        .map_or(0, |level| level.committed.max(0))
}

/// Shopify takes no negative quantity on hand.
fn not_negative(place: &Place<'_>, item: &str, on_hand: i64) -> Result<i64, Problem> {
    match place.shop.store.inventory.negative {
        Negative::Hold if on_hand < 0 => {
            let what = format!(
                "NetSuite has {on_hand} of item {item} for the shop {} to show",
                place.store()
            );
            Err(Problem::new(Code::NegativeStock, what).because(item))
        }
        Negative::Hold | Negative::Zero => Ok(on_hand.max(0)),
    }
}

fn write(place: &Place<'_>, item: &str, set: &OnHand, terms: Terms) -> Write {
    let (store, location) = (place.store(), place.location);
    let body: Value = json!({
        "on_hand": set.quantity,
        "from": set.from,
        "sellable": terms.sellable,
        "sold_and_not_shipped": terms.committed,
    });
    Write {
        action: Action::Update,
        record: "inventoryLevel".to_owned(),
        key: format!("{store}/{location}/{}", set.item),
        source: item.to_owned(),
        body,
        on: None,
    }
}
