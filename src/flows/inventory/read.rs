//! What both sides hold, the shops first: see the module for why in this order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::known::{Known, known};
use super::place::Pool;
use super::plan::Read;
use super::{Failed, fields};
use crate::event::NETSUITE;
use crate::flows::Context;
use crate::journal::Journal;
use crate::link;
use crate::netsuite::stock::Kits;

/// Reads some items of a pool, and what else uses their stock. Links that turn out wrong are dropped and
/// looked up anew, and the kits are asked for anew for one that was made since; once.
pub(super) async fn read(
    context: &Context,
    journal: &Journal,
    kits: &mut Arc<Kits>,
    pool: &Pool<'_>,
    items: &BTreeSet<String>,
) -> Result<(Read, Known), Failed> {
    let mut tries = 0;
    loop {
        let all = with_users(items, kits);
        let known = known(context, journal, pool, &all).await?;
        let read = both(context, journal, kits, pool, &all, &known).await?;
        let wrong = wrong_links(pool, &read, &known);
        let new_kit = read.stock.values().any(|it| it.is_unknown_kit(kits));
        tries += 1;
        if (wrong.is_empty() && !new_kit) || tries > 1 {
            return Ok((read, known));
        }
        for (store, inventory_item) in wrong {
            let id = inventory_item.to_string();
            link::forget(&context.pool, link::Kind::Item, &store, &id).await?;
        }
        if new_kit {
            let anew = context.netsuite.kits_anew(journal).await;
            *kits = anew.map_err(|error| Failed::of(NETSUITE, error))?;
        }
    }
}

/// The items, their components, and everything that uses these components: what was sold of one is
/// missing for the others.
fn with_users(items: &BTreeSet<String>, kits: &Kits) -> BTreeSet<String> {
    let mut all = items.clone();
    for item in items {
        for (piece, _) in kits.pieces(item) {
            all.extend(kits.users(&piece).into_iter().map(|(user, _)| user));
        }
    }
    all
}

async fn both(
    context: &Context,
    journal: &Journal,
    kits: &Kits,
    pool: &Pool<'_>,
    items: &BTreeSet<String>,
    known: &Known,
) -> Result<Read, Failed> {
    let mut read = Read::default();
    for (at, place) in pool.places.iter().enumerate() {
        let id = |item: &String| {
            let key = (place.store().to_owned(), item.clone());
            Some((*known.ids.get(&key)?, item.clone()))
        };
        let ids: BTreeMap<u64, String> = items.iter().filter_map(id).collect();
        let wanted: Vec<u64> = ids.keys().copied().collect();
        let found = place
            .shop
            .client
            .inventory(journal, place.location, &wanted);
        let found = found
            .await
            .map_err(|error| Failed::of(place.store(), error))?;
        for (id, shelf) in found {
            if let Some(item) = ids.get(&id) {
                let shelf_of = (place.store().to_owned(), place.location, id);
                context.echoes.forget(&shelf_of);
                read.shelves.insert((at, item.clone()), (id, shelf));
            }
        }
    }
    // Kits before their components: a sale that is committed between two queries is then missing from
    // what is committed of the kit, not from what is taken of the component.
    let (mut order, plain): (Vec<&str>, Vec<&str>) = items
        .iter()
        .map(String::as_str)
        .partition(|item| kits.is_kit(item));
    order.extend(plain);
    let stores: Vec<&str> = pool
        .shops()
        .iter()
        .map(|shop| shop.store.name.as_str())
        .collect();
    let stock = context
        .netsuite
        .stock(journal, &order, &pool.locations(), &fields(pool), &stores)
        .await
        .map_err(|error| Failed::of(NETSUITE, error))?;
    read.stock = stock.into_iter().map(|it| (it.id.0.clone(), it)).collect();
    Ok(read)
}

/// The store and inventory item of each link whose inventory item is gone or has another SKU now.
fn wrong_links(pool: &Pool<'_>, read: &Read, known: &Known) -> BTreeSet<(String, u64)> {
    let fields = fields(pool);
    let mut wrong = BTreeSet::new();
    for (at, place) in pool.places.iter().enumerate() {
        let field = &place.shop.store.orders.sku_field;
        let field = fields.iter().position(|it| it == field);
        for ((store, item), id) in &known.ids {
            if store != place.store() {
                continue;
            }
            let sku = read
                .stock
                .get(item)
                .and_then(|it| it.skus.get(field?)?.as_ref());
            let shelf = read.shelves.get(&(at, item.clone()));
            let right = shelf.is_some_and(|(_, shelf)| sku == Some(&shelf.sku));
            if !right && (shelf.is_none() || sku.is_some()) {
                wrong.insert((store.clone(), *id));
            }
        }
    }
    wrong
}
