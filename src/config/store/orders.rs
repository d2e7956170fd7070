//! Which orders enter NetSuite, when, and as what.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::config::form;

/// Which orders enter NetSuite, when, and as what.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Orders {
    pub when: When,
    /// Go-live: nothing created before it is imported.
    #[serde(deserialize_with = "form::instant")]
    pub since: Option<DateTime<Utc>>,
    pub adopt: Option<Adopt>,
    pub record: OrderRecord,
    pub status: OrderStatus,
    /// `assigned`, a NetSuite id, or `none`.
    pub location: Location,
    /// NetSuite's price level; -1 is custom, so that our rate stands.
    pub price_level: Option<String>,
    pub form: Option<String>,
    pub department: Option<String>,
    pub class: Option<String>,
    pub sales_channel: Option<String>,
    /// `commitInventory`: 1 available, 2 complete, 3 do not commit.
    pub commit: Option<String>,
    /// Holds orders that Shopify rates at least this risky.
    pub hold_if_risk: Option<Risk>,
    pub closed_period: ClosedPeriod,
    /// Shopify's payment terms → NetSuite's terms id.
    pub terms: BTreeMap<String, String>,
    pub sku_field: SkuField,
    pub discounts: Discounts,
    /// What becomes of the Shopify order when somebody closes or cancels its sales order in NetSuite.
    pub cancel_in_shopify: CancelInShopify,
    /// Whether Shopify writes to the customer then.
    pub cancel_notifies_customer: bool,
    /// By `source_name`: its own `when` and `record`.
    pub channel: BTreeMap<String, Channel>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    Placed,
    Authorized,
    #[default]
    Paid,
    Fulfilled,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderRecord {
    #[default]
    SalesOrder,
    CashSale,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    #[default]
    PendingFulfillment,
    PendingApproval,
}

/// How orders that something else brought in are found.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adopt {
    /// `otherRefNum`, `tranId`, or a custom body field.
    pub field: String,
    /// An expression over the order: `order.name`.
    pub value: String,
}

/// The location on an order's lines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum Location {
    /// The fulfillment order's location, mapped by `[store.locations]`.
    #[default]
    Assigned,
    None,
    Fixed(String),
}

impl From<String> for Location {
    fn from(text: String) -> Self {
        match text.as_str() {
            "assigned" => Self::Assigned,
            "none" => Self::None,
            _ => Self::Fixed(text),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    Medium,
    High,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosedPeriod {
    #[default]
    Hold,
    FirstOpen,
    Original,
}

/// Which NetSuite field holds the SKU.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum SkuField {
    #[default]
    ItemId,
    ExternalId,
    UpcCode,
    Custom(String),
}

impl From<String> for SkuField {
    fn from(text: String) -> Self {
        match text.as_str() {
            "itemId" => Self::ItemId,
            "externalId" => Self::ExternalId,
            "upcCode" => Self::UpcCode,
            _ => Self::Custom(text),
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Discounts {
    #[default]
    PerLine,
    PerOrder,
}

/// Whether a sales order that ends in NetSuite cancels its Shopify order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelInShopify {
    #[default]
    Off,
    /// Cancelled, and no money goes back; what was only authorized is voided.
    KeepPayment,
    /// Cancelled, and the money goes back the way it came.
    Refund,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Channel {
    pub when: Option<When>,
    pub record: Option<OrderRecord>,
}
