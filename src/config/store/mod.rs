//! The settings of one Shopify store, and how its documents look in NetSuite.

mod carriers;
mod customers;
mod fulfillments;
mod orders;
mod tax;

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Secret, form};
pub use carriers::is_known;
pub use customers::{
    CreateCustomers, CrossSubsidiary, CustomerDirection, Customers, FieldOwners, ManyMatches, Owner,
};
pub use fulfillments::{Elsewhere, Fulfillments, ShipWhen};
pub use orders::{
    Adopt, CancelInShopify, Channel, ClosedPeriod, Discounts, Location, OrderRecord, OrderStatus,
    Orders, Risk, SkuField, When,
};
pub use tax::{Tax, TaxReferences, TaxRule, TaxStrategy};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    /// Goes into external ids: letters, digits, `-`.
    pub name: String,
    /// `acme-us.myshopify.com`.
    pub domain: String,
    /// Default: `https://` and the domain.
    pub url: Option<String>,
    pub client_id: Option<Secret>,
    /// Newest first; old ones still verify webhooks.
    #[serde(default)]
    pub client_secrets: Vec<Secret>,
    /// Instead of client credentials, for a legacy custom app.
    pub access_token: Option<Secret>,
    /// NetSuite's subsidiary id; absent in an account without subsidiaries.
    pub subsidiary: Option<String>,
    #[serde(deserialize_with = "form::time_zone")]
    pub time_zone: chrono_tz::Tz,
    #[serde(default)]
    pub currency_basis: CurrencyBasis,
    #[serde(default)]
    pub orders: Orders,
    pub tax: Tax,
    #[serde(default)]
    pub items: Items,
    #[serde(default)]
    pub shipping: Shipping,
    /// Gateway → how it is booked; `default` for the rest.
    #[serde(default)]
    pub payments: BTreeMap<String, Payment>,
    #[serde(default)]
    pub billing: Billing,
    /// Shopify location id → NetSuite locations; the first is used on orders.
    #[serde(default)]
    pub locations: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub inventory: Inventory,
    #[serde(default)]
    pub fulfillments: Fulfillments,
    #[serde(default)]
    pub returns: Returns,
    #[serde(default)]
    pub customers: Customers,
    /// `COUNTRY-PROVINCE` by Shopify's codes → the short name of NetSuite's list; empty for none.
    #[serde(default)]
    pub states: BTreeMap<String, String>,
    #[serde(default, rename = "field")]
    pub fields: Vec<Field>,
}

impl Store {
    /// Where the shop answers, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> String {
        match &self.url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("https://{}", self.domain),
        }
    }
}

/// Which of Shopify's two amounts is booked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CurrencyBasis {
    #[default]
    Shop,
    Presentment,
}

/// NetSuite item ids for what is no product.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Items {
    pub discount: Option<String>,
    pub shipping: Option<String>,
    pub tax: Option<String>,
    pub channel_tax: Option<String>,
    pub tip: Option<String>,
    pub duty: Option<String>,
    pub gift_card: Option<String>,
    /// For lines without a SKU.
    pub custom_line: Option<String>,
    pub rounding: Option<String>,
    pub fee: Option<String>,
    pub restocking: Option<String>,
    pub adjustment: Option<String>,
    /// Gateway → the item of a further tender on a cash sale.
    pub tender: BTreeMap<String, String>,
}

/// Shipping line code or title → NetSuite ship item.
#[derive(Debug, Clone, Default)]
pub struct Shipping {
    /// `as` in the file.
    pub form: ShippingForm,
    pub default: Option<String>,
    /// Every other key.
    pub methods: BTreeMap<String, String>,
}

impl<'de> Deserialize<'de> for Shipping {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(form::Shipping)
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShippingForm {
    #[default]
    Header,
    Line,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Payment {
    pub payment_option: Option<String>,
    pub payment_method: Option<String>,
    pub account: Option<String>,
    pub undeposited: bool,
    /// Currency → account.
    pub accounts: BTreeMap<String, String>,
    pub refund_account: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Billing {
    pub by: BilledBy,
    /// How long an order may wait for a bill before it is reported.
    #[serde(with = "humantime_serde")]
    pub report_after: std::time::Duration,
}

impl Default for Billing {
    fn default() -> Self {
        Self {
            by: BilledBy::default(),
            report_after: std::time::Duration::from_secs(5 * 24 * 3600),
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BilledBy {
    #[default]
    Netsuite,
    Waybill,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Inventory {
    pub publish: bool,
    /// Units kept back from the shop.
    pub buffer: u32,
    pub negative: Negative,
}

/// What becomes of stock below zero, which Shopify does not take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Negative {
    /// It is shown as nothing on hand.
    #[default]
    Zero,
    /// A person corrects it first.
    Hold,
}

impl Default for Inventory {
    fn default() -> Self {
        Self {
            publish: true,
            buffer: 0,
            negative: Negative::Zero,
        }
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Returns {
    pub direction: ReturnDirection,
    pub rma_status: Option<String>,
    pub location: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnDirection {
    #[default]
    ShopifyToNetsuite,
    Off,
}

/// An extra field of a record we write: a Jinja expression over the source.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    pub record: String,
    pub field: String,
    pub value: String,
}
