//! The settings that only some orders need: missing, they hold the order and name the key.

use crate::config::Store;
use crate::netsuite::reference::Reference;
use crate::problem::{Code, Problem};

/// The NetSuite id set as `key`, a key of `[[store]]` such as `items.tip`.
pub(super) fn required(
    store: &Store,
    key: &str,
    value: Option<&String>,
    why: &str,
) -> Result<Reference, Problem> {
    value
        .map(Reference::id)
        .ok_or_else(|| missing(store, key, why))
}

/// The problem of an order that needs `key`.
pub(super) fn missing(store: &Store, key: &str, why: &str) -> Problem {
    Problem::new(
        Code::MissingSetting,
        format!(
            "{why}, and [[store]] {key} is not set for store {}",
            store.name
        ),
    )
    .because(format!("{}.{key}", store.name))
    .field(format!("store.{key}"), None, None)
}
