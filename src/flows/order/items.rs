//! SKU → NetSuite item: exactly, or not at all.

use std::collections::HashMap;

use super::sale::Sale;
use crate::link::InternalId;
use crate::problem::{Code, Problem};

/// An item as NetSuite holds it, found for a SKU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub id: InternalId,
    /// The value of the field that holds SKUs; only exact equality counts.
    pub sku: String,
    pub inactive: bool,
}

/// SKU as Shopify holds it → what NetSuite found for it, near misses allowed.
pub(super) type Items = HashMap<String, Vec<Item>>;

/// The item of each SKU of the sale. One that has none holds the whole order, naming all of them.
pub(super) fn resolve<'a>(
    sale: &Sale<'a>,
    known: &'a Items,
) -> Result<HashMap<&'a str, &'a InternalId>, Problem> {
    let mut found = HashMap::new();
    let (mut unknown, mut inactive, mut ambiguous) = (Vec::new(), Vec::new(), Vec::new());
    for sku in sale.skus() {
        let exact = known
            .get(sku)
            .into_iter()
            .flatten()
            .filter(|item| item.sku == sku);
        let (active, idle): (Vec<&Item>, Vec<&Item>) = exact.partition(|item| !item.inactive);
        match (active.as_slice(), idle.is_empty()) {
            ([item], _) => {
                found.insert(sku, &item.id);
            }
            ([], true) => note(&mut unknown, sku),
            ([], false) => note(&mut inactive, sku),
            ([_, ..], _) => note(&mut ambiguous, sku),
        }
    }
    for (skus, code, what) in [
        (&unknown, Code::UnknownSku, "no NetSuite item has this SKU"),
        (
            &ambiguous,
            Code::AmbiguousSku,
            "several active NetSuite items have this SKU",
        ),
        (
            &inactive,
            Code::InactiveItem,
            "the NetSuite item with this SKU is inactive",
        ),
    ] {
        if !skus.is_empty() {
            return Err(problem(code, what, skus, known));
        }
    }
    Ok(found)
}

fn note<'a>(skus: &mut Vec<&'a str>, sku: &'a str) {
    if !skus.contains(&sku) {
        skus.push(sku);
    }
}

fn problem(code: Code, what: &str, skus: &[&str], known: &Items) -> Problem {
    // Quoted, so that a blank at an end can be seen.
    let quoted: Vec<String> = skus.iter().map(|sku| format!("`{sku}`")).collect();
    let near: Vec<String> = skus
        .iter()
        .filter_map(|sku| known.get(*sku))
        .flatten()
        .filter(|item| !skus.contains(&item.sku.as_str()))
        .map(|item| format!("`{}`", item.sku))
        .collect();
    let hint = if near.is_empty() {
        String::new()
    } else {
        format!(" (NetSuite has {})", near.join(", "))
    };
    Problem::new(code, format!("{what}: {}{hint}", quoted.join(", ")))
        .because(skus.join(","))
        .field(
            "sku",
            Some(quoted.join(", ")),
            (!near.is_empty()).then(|| near.join(", ")),
        )
}
