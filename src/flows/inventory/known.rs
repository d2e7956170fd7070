//! Which inventory item of a shop is which NetSuite item: by SKU, exactly, and remembered as a link.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::place::Pool;
use super::{Failed, document, fields};
use crate::event::NETSUITE;
use crate::flows::{Context, Shop};
use crate::journal::Journal;
use crate::link::{self, InternalId, Link, Origin};
use crate::problem::{Code, Problem};
use crate::shopify::inventory::Item;

/// A store's name and a NetSuite item.
type Key = (String, String);

/// Items that a shop was found not to sell, and why. In memory: asked for again after a while.
#[derive(Debug, Default)]
pub struct Absent(Mutex<HashMap<Key, (Instant, String)>>);

/// What is known of some items in some shops.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The inventory item of each.
    pub(super) ids: BTreeMap<Key, u64>,
    /// Why one has none.
    pub(super) absent: BTreeMap<Key, String>,
    pub(super) problems: BTreeMap<Key, Problem>,
}

impl Absent {
    fn get(&self, key: &Key) -> Option<String> {
        let mut absent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        absent.retain(|_, (until, _)| *until > Instant::now());
        absent.get(key).map(|(_, reason)| reason.clone())
    }

    pub(super) fn put(&self, key: Key, reason: String, kept_for: Duration) {
        let mut absent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        absent.insert(key, (Instant::now() + kept_for, reason));
    }
}

/// The inventory items of `items` in the shops of the pool. Those that are not linked yet are looked up:
/// one query for their SKUs, and a search in the shop for each 50 of them.
pub(super) async fn known(
    context: &Context,
    journal: &Journal,
    pool: &Pool<'_>,
    items: &BTreeSet<String>,
) -> Result<Known, Failed> {
    let documents: Vec<String> = items
        .iter()
        .map(|item| document(item).to_string())
        .collect();
    let links = link::of_documents(&context.pool, &documents).await?;
    let mut known = Known::default();
    for link in links
        .into_iter()
        .filter(|link| link.kind == link::Kind::Item)
    {
        if let Ok(id) = link.shopify_id.parse() {
            known.ids.insert((link.store, link.netsuite_id.0), id);
        }
    }
    let mut missing: BTreeSet<Key> = BTreeSet::new();
    for shop in pool.shops() {
        for item in items {
            let key = (shop.store.name.clone(), item.clone());
            if known.ids.contains_key(&key) {
                continue;
            }
            match context.absent.get(&key) {
                Some(reason) => _ = known.absent.insert(key, reason),
                None => _ = missing.insert(key),
            }
        }
    }
    if !missing.is_empty() {
        look_up(context, journal, pool, &missing, &mut known).await?;
    }
    Ok(known)
}

async fn look_up(
    context: &Context,
    journal: &Journal,
    pool: &Pool<'_>,
    missing: &BTreeSet<Key>,
    known: &mut Known,
) -> Result<(), Failed> {
    let items: BTreeSet<&str> = missing.iter().map(|(_, item)| item.as_str()).collect();
    let items: Vec<&str> = items.into_iter().collect();
    let fields = fields(pool);
    let locations = pool.locations();
    let stock = context
        .netsuite
        .stock(journal, &items, &locations, &fields, &[])
        .await
        .map_err(|error| Failed::of(NETSUITE, error))?;
    for shop in pool.shops() {
        let field = fields
            .iter()
            .position(|it| *it == shop.store.orders.sku_field);
        let mut skus: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for stocked in &stock {
            let key = (shop.store.name.clone(), stocked.id.0.clone());
            if !missing.contains(&key) {
                continue;
            }
            match field.and_then(|field| stocked.skus.get(field)?.clone()) {
                Some(sku) => skus.entry(sku).or_default().push(key.1),
                None => {
                    _ = known
                        .absent
                        .insert(key, "NetSuite has no SKU of it".to_owned())
                }
            }
        }
        let wanted = skus.keys().cloned().collect();
        let found = shop.client.items_by_sku(journal, &wanted).await;
        let found = found.map_err(|error| Failed::of(&shop.store.name, error))?;
        for (sku, items) in skus {
            let variants = found.get(&sku).map_or(&[][..], Vec::as_slice);
            settle(context, shop, &sku, &items, variants, known).await?;
        }
    }
    Ok(())
}

/// One SKU: the NetSuite items that carry it, and the shop's variants.
async fn settle(
    context: &Context,
    shop: &Shop,
    sku: &str,
    items: &[String],
    variants: &[Item],
    known: &mut Known,
) -> Result<(), Failed> {
    let store = &shop.store.name;
    let reason = match variants {
        [only] if !only.bundle => {
            for item in items {
                adopt(context, store, sku, item, only.id, known).await?;
            }
            return Ok(());
        }
        [_] => BUNDLE.to_owned(),
        [] => format!("no variant of the shop {store} has the SKU `{sku}`"),
        several => {
            let count = several.len();
            let what = format!(
                "{count} variants of the shop {store} have the SKU `{sku}`: the same units would be sold {count} times"
            );
            let problem = Problem::new(Code::AmbiguousVariant, what).because(sku);
            let keys = items.iter().map(|item| (store.clone(), item.clone()));
            known
                .problems
                .extend(keys.map(|key| (key, problem.clone())));
            return Ok(());
        }
    };
    for item in items {
        let key = (store.clone(), item.clone());
        let kept_for = context.config.timing.item_cache;
        context.absent.put(key.clone(), reason.clone(), kept_for);
        known.absent.insert(key, reason.clone());
    }
    Ok(())
}

/// Why nothing is set.
pub(super) const BUNDLE: &str =
    "the shop sells it as a bundle: its stock follows from its components";

/// Links an inventory item, unless it is another NetSuite item's already.
async fn adopt(
    context: &Context,
    store: &str,
    sku: &str,
    item: &str,
    inventory_item: u64,
    known: &mut Known,
) -> Result<(), Failed> {
    let key = (store.to_owned(), item.to_owned());
    let shopify_id = inventory_item.to_string();
    let linked = link::items_of(&context.pool, store, std::slice::from_ref(&shopify_id)).await?;
    if let Some(other) = linked.get(&shopify_id).filter(|other| *other != item) {
        let what = format!("the SKU `{sku}` is NetSuite item {item}'s and item {other}'s");
        let problem = Problem::new(Code::AmbiguousSku, what).because(sku);
        known.problems.insert(key, problem);
        return Ok(());
    }
    let link = Link {
        kind: link::Kind::Item,
        store: store.to_owned(),
        shopify_id,
        netsuite_id: InternalId(item.to_owned()),
        document: document(item).to_string(),
        record: "inventoryItem".to_owned(),
        external_id: None,
        origin: Origin::Matched,
        head_hash: None,
        lines_hash: None,
        total: None,
        shown: false,
    };
    link::write(&context.pool, &link).await?;
    known.ids.insert(key, inventory_item);
    Ok(())
}
