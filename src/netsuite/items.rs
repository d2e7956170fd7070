//! Items by SKU: in bulk, by exact text, and kept for a while once found.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use tokio::time::Instant;

use super::suiteql::{is_true, marks};
use super::{Client, invalid};
use crate::config::store::SkuField;
use crate::journal::Journal;
use crate::link::InternalId;
use crate::remote::{Call, Error};

/// How many SKUs one query carries.
const CHUNK: usize = 250;

/// An item, as an order's line needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub id: InternalId,
    /// Exactly the SKU that was asked for.
    pub sku: String,
    /// NetSuite's `itemtype`: `InvtPart`, `Kit`, `NonInvtPart`, …
    pub kind: String,
    pub inactive: bool,
}

/// Items that were found. What was not found is asked for again: somebody may be creating it.
#[derive(Debug)]
pub(super) struct ItemCache {
    kept_for: Duration,
    found: Mutex<HashMap<Key, (Instant, Vec<Item>)>>,
}

/// The field's column and the SKU.
type Key = (String, String);

#[derive(Deserialize)]
struct Row {
    id: String,
    sku: Option<String>,
    itemtype: Option<String>,
    isinactive: Option<String>,
}

impl Client {
    /// The items with each of these SKUs: none (absent from the map), one, or several. Inactive
    /// ones too, so that the caller can say so.
    ///
    /// NetSuite may compare without regard to case or blanks; what is not exactly equal is left out.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a SuiteQL read.
    pub async fn items_by_sku(
        &self,
        journal: &Journal,
        field: &SkuField,
        skus: &[&str],
    ) -> Result<BTreeMap<String, Vec<Item>>, Error> {
        let column = column(field)?;
        let (mut found, mut missing) = self.items.get(&column, skus, Instant::now());
        missing.sort_unstable();
        missing.dedup();
        for chunk in missing.chunks(CHUNK) {
            let query = format!(
                "SELECT id, {column} AS sku, itemtype, isinactive FROM item WHERE {column} IN ({})",
                marks(chunk.len())
            );
            let rows: Vec<Row> = self.suiteql(journal, "items", &query, chunk).await?;
            let fresh = exact(rows, chunk);
            self.items.put(&column, &fresh, Instant::now());
            found.extend(fresh);
        }
        Ok(found)
    }

    /// Drops what is known of these SKUs: a write said that an item is gone.
    pub fn forget_items(&self, skus: &[&str]) {
        let mut found = self.items.lock();
        found.retain(|(_, sku), _| !skus.contains(&sku.as_str()));
    }
}

impl ItemCache {
    pub(super) fn new(kept_for: Duration) -> Self {
        Self {
            kept_for,
            found: Mutex::default(),
        }
    }

    pub(super) fn kept_for(&self) -> Duration {
        self.kept_for
    }

    /// What is known of `skus`, and which of them have to be asked for.
    fn get<'a>(
        &self,
        column: &str,
        skus: &[&'a str],
        now: Instant,
    ) -> (BTreeMap<String, Vec<Item>>, Vec<&'a str>) {
        let mut found = self.lock();
        found.retain(|_, (until, _)| now < *until);
        let (mut known, mut missing) = (BTreeMap::new(), Vec::new());
        for sku in skus {
            match found.get(&(column.to_owned(), (*sku).to_owned())) {
                Some((_, items)) => {
                    known.insert((*sku).to_owned(), items.clone());
                }
                None => missing.push(*sku),
            }
        }
        (known, missing)
    }

    fn put(&self, column: &str, fresh: &BTreeMap<String, Vec<Item>>, now: Instant) {
        let until = now + self.kept_for;
        let mut found = self.lock();
        for (sku, items) in fresh {
            // An inactive item is about to be mended: ask again.
            if items.iter().any(|item| !item.inactive) {
                found.insert((column.to_owned(), sku.clone()), (until, items.clone()));
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, (Instant, Vec<Item>)>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn exact(rows: Vec<Row>, asked: &[&str]) -> BTreeMap<String, Vec<Item>> {
    let mut items: BTreeMap<String, Vec<Item>> = BTreeMap::new();
    for row in rows {
        let Some(sku) = row.sku.filter(|sku| asked.contains(&sku.as_str())) else {
            continue;
        };
        items.entry(sku.clone()).or_default().push(Item {
            id: InternalId(row.id),
            sku,
            kind: row.itemtype.unwrap_or_default(),
            inactive: is_true(row.isinactive.as_deref()),
        });
    }
    items
}

/// The SuiteQL column of a field. It goes into the query's text, so it may only be a plain name.
pub(super) fn column(field: &SkuField) -> Result<String, Error> {
    match field {
        SkuField::ItemId => Ok("itemid".to_owned()),
        SkuField::ExternalId => Ok("externalid".to_owned()),
        SkuField::UpcCode => Ok("upccode".to_owned()),
        SkuField::Custom(name) => plain(name),
    }
}

/// A custom field's name in lower case, if it is one word of letters, digits and `_`.
pub(super) fn plain(name: &str) -> Result<String, Error> {
    let is_plain = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_plain {
        return Ok(name.to_lowercase());
    }
    let call = Call("POST netsuite suiteql".to_owned());
    Err(invalid(call, "the configured field is not a field's name"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, sku: &str) -> Row {
        Row {
            id: id.to_owned(),
            sku: Some(sku.to_owned()),
            itemtype: Some("InvtPart".to_owned()),
            isinactive: Some("F".to_owned()),
        }
    }

    #[test]
    fn case_leading_zeros_and_blanks_matter_in_a_sku() {
        let rows = vec![
            row("1", "mug"),
            row("2", "MUG"),
            row("3", "MUG "),
            row("4", "0MUG"),
        ];
        let found = exact(rows, &["MUG"]);
        assert_eq!(found.len(), 1);
        assert_eq!(found["MUG"].len(), 1);
        assert_eq!(found["MUG"][0].id.0, "2");
    }

    #[test]
    fn two_items_with_one_sku_are_both_given() {
        let found = exact(vec![row("1", "MUG"), row("2", "MUG")], &["MUG"]);
        assert_eq!(found["MUG"].len(), 2);
    }

    #[test]
    fn a_found_item_is_known_for_a_while_and_a_missing_one_never() {
        let now = Instant::now();
        let cache = ItemCache::new(Duration::from_secs(600));
        let found = exact(vec![row("1", "MUG")], &["MUG", "CUP"]);
        cache.put("itemid", &found, now);
        let (known, missing) = cache.get("itemid", &["MUG", "CUP"], now);
        assert!(known.contains_key("MUG"));
        assert_eq!(missing, ["CUP"]);
        assert_eq!(cache.get("upccode", &["MUG"], now).1, ["MUG"]);
        let later = now + Duration::from_secs(600);
        assert_eq!(cache.get("itemid", &["MUG"], later).1, ["MUG"]);
    }

    #[test]
    fn only_a_plain_name_reaches_the_text_of_a_query() {
        assert_eq!(plain("custItem_SKU").ok().as_deref(), Some("custitem_sku"));
        for name in ["", "1x", "a b", "id) OR (1=1", "a;b", "a--"] {
            assert!(plain(name).is_err(), "{name}");
        }
    }
}
