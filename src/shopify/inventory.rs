//! Stock at Shopify: which inventory items have a SKU, and what there is of them at a location.

use std::collections::{BTreeMap, BTreeSet};

use cynic::QueryBuilder;

use super::Client;
use super::inventory_query::{
    InventoryQuery, InventoryVariables, ItemNode, SkusQuery, SkusVariables,
};
use super::schema::{gid, number};
use super::transport::Ask;
use crate::journal::Journal;
use crate::remote::Error;

/// Shopify's most in one call.
pub(super) const BATCH: usize = 250;

/// How many SKUs one search names.
const SKUS: usize = 50;

/// An inventory item as a shop holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub id: u64,
    pub sku: String,
    /// Whether the shop counts it at all.
    pub tracked: bool,
    /// Sold as a bundle: its stock follows from its components and cannot be set.
    pub bundle: bool,
}

/// An inventory item at one location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelf {
    pub sku: String,
    pub tracked: bool,
    /// Absent where it was never stocked.
    pub level: Option<Level>,
}

/// Whole units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Level {
    pub on_hand: i64,
    /// What may be sold: on hand less what is committed or set aside.
    pub available: i64,
    /// Sold and not shipped, as the shop knows it.
    pub committed: i64,
}

impl Client {
    /// What the shop has of these inventory items at a location; those that are gone are left out. 250 a call.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a read.
    pub async fn inventory(
        &self,
        journal: &Journal,
        location: u64,
        items: &[u64],
    ) -> Result<BTreeMap<u64, Shelf>, Error> {
        let mut found = BTreeMap::new();
        for chunk in items.chunks(BATCH) {
            let ask = Ask::read(format!(
                "read shopify stock of {} items at location {location}",
                chunk.len()
            ));
            let operation = InventoryQuery::build(InventoryVariables {
                ids: chunk.iter().map(|id| gid("InventoryItem", *id)).collect(),
                location: gid("Location", location),
            });
            let nodes = self.transport.run(journal, &ask, &operation).await?.nodes;
            found.extend(nodes.into_iter().flatten().filter_map(ItemNode::read));
        }
        Ok(found)
    }

    /// The inventory items with each of these SKUs: none (absent from the map), one, or several.
    ///
    /// Shopify's search finds more than was asked for; what is not exactly equal is left out.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a read.
    pub async fn items_by_sku(
        &self,
        journal: &Journal,
        skus: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, Vec<Item>>, Error> {
        let mut found: BTreeMap<String, Vec<Item>> = BTreeMap::new();
        let all: Vec<&String> = skus.iter().collect();
        for chunk in all.chunks(SKUS) {
            let terms: Vec<String> = chunk.iter().map(|sku| term(sku)).collect();
            let mut after = None;
            loop {
                let ask = Ask::read(format!("read shopify variants by {} SKUs", chunk.len()));
                let operation = SkusQuery::build(SkusVariables {
                    query: Some(terms.join(" OR ")),
                    after,
                });
                let page = self.transport.run(journal, &ask, &operation).await?;
                let page = page.product_variants;
                for variant in page.nodes {
                    let Some(sku) = variant.sku.filter(|sku| skus.contains(sku)) else {
                        continue;
                    };
                    let item = variant.inventory_item;
                    let Some(id) = number(&item.id) else { continue };
                    let items = found.entry(sku.clone()).or_default();
                    if items.iter().all(|known| known.id != id) {
                        items.push(Item {
                            id,
                            sku,
                            tracked: item.tracked,
                            bundle: variant.requires_components,
                        });
                    }
                }
                after = page
                    .page_info
                    .end_cursor
                    .filter(|_| page.page_info.has_next_page);
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(found)
    }
}

/// `sku:'MUG-1'`, quoted by a sign that is not in the SKU.
fn term(sku: &str) -> String {
    if !sku.contains(['\'', '\\']) {
        return format!("sku:'{sku}'");
    }
    format!("sku:\"{}\"", sku.replace('\\', "\\\\").replace('"', "\\\""))
}

impl ItemNode {
    fn read(self) -> Option<(u64, Shelf)> {
        let Self::InventoryItem(item) = self else {
            return None;
        };
        let level = item.inventory_level.map(|level| {
            let quantity = |name: &str| {
                let named = level.quantities.iter().find(|it| it.name == name);
                named.map_or(0, |it| i64::from(it.quantity))
            };
            Level {
                on_hand: quantity("on_hand"),
                available: quantity("available"),
                committed: quantity("committed"),
            }
        });
        let shelf = Shelf {
            sku: item.sku.unwrap_or_default(),
            tracked: item.tracked,
            level,
        };
        Some((number(&item.id)?, shelf))
    }
}

#[cfg(test)]
pub(super) fn operations() -> Vec<String> {
    vec![
        InventoryQuery::build(InventoryVariables {
            ids: vec![gid("InventoryItem", 1)],
            location: gid("Location", 1),
        })
        .query,
        SkusQuery::build(SkusVariables {
            query: Some(term("MUG")),
            after: Some("cursor".to_owned()),
        })
        .query,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sku_is_quoted_by_a_sign_that_does_not_end_it() {
        assert_eq!(term("MUG 1"), "sku:'MUG 1'");
        assert_eq!(term("5' POLE"), "sku:\"5' POLE\"");
    }
}
