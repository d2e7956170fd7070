//! Which Shopify id is which NetSuite id, and what was last written: all link SQL.

use std::fmt;

use serde::{Deserialize, Serialize};

/// NetSuite's own id of a record.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InternalId(pub String);

/// Our name for a record inside NetSuite: letters, digits, `-` and `_` only.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExternalId(pub String);

impl ExternalId {
    #[must_use]
    pub fn sales_order(store: &str, order: u64) -> Self {
        Self(format!("so-{store}-{order}"))
    }

    #[must_use]
    pub fn cash_sale(store: &str, order: u64) -> Self {
        Self(format!("cs-{store}-{order}"))
    }

    #[must_use]
    pub fn deposit(store: &str, transaction: u64) -> Self {
        Self(format!("dep-{store}-{transaction}"))
    }

    #[must_use]
    pub fn customer(store: &str, customer: u64) -> Self {
        Self(format!("cust-{store}-{customer}"))
    }
}

impl fmt::Display for InternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
