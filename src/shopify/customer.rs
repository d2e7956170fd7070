//! A Shopify customer as waybill reads it.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::order::Address;

/// A customer as they are now.
#[derive(Debug, Clone, Serialize)]
pub struct Customer {
    pub id: u64,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    /// Shopify's `displayName`.
    pub name: String,
    pub email: Option<String>,
    /// E.164.
    pub phone: Option<String>,
    pub note: Option<String>,
    pub tax_exempt: bool,
    pub updated_at: DateTime<Utc>,
    /// At most 100.
    pub addresses: Vec<Saved>,
    /// The id of the address that orders start from.
    pub default_address: Option<u64>,
}

impl Customer {
    /// The addresses they have saved, to say more about.
    pub fn saved(&mut self) -> impl Iterator<Item = &mut Address> {
        self.addresses.iter_mut().map(|it| &mut it.address)
    }
}

/// An address a customer has saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Saved {
    pub id: u64,
    pub address: Address,
}

/// What a write sets; what is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

impl Change {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
