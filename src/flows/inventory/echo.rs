//! Shopify tells us of our own writes, too: an event that says what a write of ours left is no news,
//! and nothing is read for it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use tokio::time::Instant;

use crate::flows::Context;
use crate::outbox::bodies;
use crate::outbox::claim::Claim;

/// An echo that comes later is taken for news, which costs a reading.
const KEPT_FOR: Duration = Duration::from_secs(600);

/// A store's name, its location, and an inventory item there.
type Shelf = (String, u64, u64);

/// What our writes left available, until Shopify has said so. In memory: after a restart an echo costs
/// a reading.
#[derive(Debug, Default)]
pub struct Echoes(Mutex<HashMap<Shelf, (Instant, i64)>>);

/// The body of `inventory_levels/update`.
#[derive(Deserialize)]
struct Told {
    inventory_item_id: u64,
    location_id: u64,
    available: Option<i64>,
}

impl Echoes {
    /// A write of ours left this many units available there.
    pub(super) fn expect(&self, shelf: Shelf, available: i64) {
        let mut expected = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        expected.retain(|_, (until, _)| *until > Instant::now());
        expected.insert(shelf, (Instant::now() + KEPT_FOR, available));
    }

    /// It was read again since: what comes now may be news.
    pub(super) fn forget(&self, shelf: &Shelf) {
        let mut expected = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        expected.remove(shelf);
    }

    /// Whether this event is the echo of a write. It is so once: the same again is news.
    fn is(&self, store: &str, body: Option<&[u8]>) -> bool {
        let Some(told) = body.and_then(|body| serde_json::from_slice::<Told>(body).ok()) else {
            return false;
        };
        let shelf = (store.to_owned(), told.location_id, told.inventory_item_id);
        let mut expected = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = expected.get(&shelf).map(|(_, available)| *available);
        let echo = left.is_some() && left == told.available;
        if echo {
            expected.remove(&shelf);
        }
        echo
    }
}

/// Documents of which nothing was told but our own writes.
pub(super) async fn only_echoes(
    context: &Context,
    claims: &[Claim],
) -> sqlx::Result<BTreeSet<String>> {
    let of_shop = |claim: &&Claim| {
        let plain = !claim.after_trouble() && claim.approved_plan.is_none();
        plain && context.shops.contains_key(&claim.document.owner)
    };
    let asked: Vec<&Claim> = claims.iter().filter(of_shop).collect();
    let names: Vec<String> = asked.iter().map(|it| it.document.to_string()).collect();
    let marks: Vec<i64> = asked.iter().map(|claim| claim.marks).collect();
    if names.is_empty() {
        return Ok(BTreeSet::new());
    }
    let owners: BTreeMap<&str, &str> = names
        .iter()
        .zip(&asked)
        .map(|(name, claim)| (name.as_str(), claim.document.owner.as_str()))
        .collect();
    let mut echoes: BTreeMap<String, bool> = BTreeMap::new();
    for (name, body) in bodies::uncovered(&context.pool, &names, &marks).await? {
        let store = owners.get(name.as_str()).copied().unwrap_or_default();
        let echo = context.echoes.is(store, body.as_deref());
        *echoes.entry(name).or_insert(true) &= echo;
    }
    echoes.retain(|_, echo| *echo);
    Ok(echoes.into_keys().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(available: i64) -> Vec<u8> {
        format!(r#"{{"inventory_item_id":1,"location_id":2,"available":{available}}}"#).into_bytes()
    }

    #[test]
    fn what_a_write_left_is_its_echo_once_and_nothing_else_is() {
        let echoes = Echoes::default();
        let shelf = ("us".to_owned(), 2, 1);
        echoes.expect(shelf.clone(), 5);
        assert!(!echoes.is("us", Some(&told(4))));
        assert!(!echoes.is("eu", Some(&told(5))));
        assert!(!echoes.is("us", None));
        assert!(echoes.is("us", Some(&told(5))));
        assert!(!echoes.is("us", Some(&told(5))));
        echoes.expect(shelf.clone(), 5);
        echoes.forget(&shelf);
        assert!(!echoes.is("us", Some(&told(5))));
    }
}
