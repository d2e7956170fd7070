//! How shipments of NetSuite are shown in Shopify.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fulfillments {
    pub ship_when: ShipWhen,
    /// Whether the customer gets a mail for each new shipment.
    pub notify_customer: bool,
    /// The same for a corrected tracking number, and for a shipment whose units were corrected.
    pub notify_of_changes: bool,
    pub elsewhere: Elsewhere,
    /// NetSuite ship item → Shopify's carrier name; `default` for the rest.
    pub carriers: BTreeMap<String, String>,
    /// Carrier name → where its numbers lead; `{number}` stands for the number.
    pub tracking_urls: BTreeMap<String, String>,
}

impl Default for Fulfillments {
    fn default() -> Self {
        Self {
            ship_when: ShipWhen::Shipped,
            notify_customer: true,
            notify_of_changes: false,
            elsewhere: Elsewhere::Move,
            carriers: BTreeMap::new(),
            tracking_urls: BTreeMap::new(),
        }
    }
}

/// From which status on an item fulfillment is a shipment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShipWhen {
    Packed,
    Shipped,
}

/// What to do when NetSuite ships from another location than Shopify has assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Elsewhere {
    /// Give the work to that location first.
    Move,
    /// Let Shopify count it where it was assigned.
    AsAssigned,
}
