//! Where stock is shown: Shopify locations, and which of them draw on the same NetSuite locations.

use crate::flows::{Context, Shop};

/// A Shopify location, and the NetSuite locations whose stock it sells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) shop: &'a Shop,
    /// Shopify's id.
    pub(super) location: u64,
    pub(super) netsuite: &'a [String],
    /// Whether its stock is set, or only its sales are counted.
    pub(super) shown: bool,
}

/// Places that share NetSuite locations, directly or through one another: what one of them sells the
/// others cannot.
#[derive(Debug, Clone, Default)]
pub(super) struct Pool<'a> {
    pub(super) places: Vec<Place<'a>>,
}

impl<'a> Place<'a> {
    pub(super) fn store(&self) -> &'a str {
        &self.shop.store.name
    }

    pub(super) fn shares(&self, other: &Place<'_>) -> bool {
        self.netsuite
            .iter()
            .any(|location| other.netsuite.contains(location))
    }
}

impl<'a> Pool<'a> {
    /// All NetSuite locations of its places, each once.
    pub(super) fn locations(&self) -> Vec<&'a str> {
        let all = self.places.iter().flat_map(|place| place.netsuite);
        let mut all: Vec<&str> = all.map(String::as_str).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The stores of its places, each once.
    pub(super) fn shops(&self) -> Vec<&'a Shop> {
        let mut shops: Vec<&Shop> = Vec::new();
        for place in &self.places {
            if shops.iter().all(|shop| shop.store.name != place.store()) {
                shops.push(place.shop);
            }
        }
        shops
    }
}

/// The pools of all stores in which at least one place is shown. Places of the stores in `paused` are
/// counted and not shown.
pub(super) fn pools<'a>(context: &'a Context, paused: &[String]) -> Vec<Pool<'a>> {
    let mut pools: Vec<Pool<'a>> = Vec::new();
    for place in places(context, paused) {
        let mut joined = Pool {
            places: vec![place],
        };
        pools.retain_mut(|pool| {
            let shares = pool.places.iter().any(|other| other.shares(&place));
            if shares {
                joined.places.append(&mut pool.places);
            }
            !shares
        });
        pools.push(joined);
    }
    pools.retain(|pool| pool.places.iter().any(|place| place.shown));
    pools
}

fn places<'a>(context: &'a Context, paused: &[String]) -> Vec<Place<'a>> {
    let mut places = Vec::new();
    for shop in context.shops.values() {
        let shown = shop.store.inventory.publish && !paused.contains(&shop.store.name);
        for (location, netsuite) in &shop.store.locations {
            // The rules of the configuration see to it that it is a number.
            if let Ok(location) = location.parse() {
                places.push(Place {
                    shop,
                    location,
                    netsuite,
                    shown,
                });
            }
        }
    }
    places
}
