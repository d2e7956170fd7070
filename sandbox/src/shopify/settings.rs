//! What kind of shop the twin plays: every field has a default, so a test names only what it is about.

use std::net::SocketAddr;
use std::time::Duration;

use serde::Deserialize;

/// The shop, its app and how fast time passes in it.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    pub domain: String,
    pub name: String,
    pub currency: String,
    /// Currencies a customer may be shown besides the shop's own.
    pub presentment_currencies: Vec<String>,
    pub time_zone: String,
    pub taxes_included: bool,
    /// Does the shop charge tax on shipping?
    pub tax_shipping: bool,
    pub plan: Plan,
    pub client_id: String,
    /// Newest first. Webhooks are signed with the first; the token endpoint takes all of them.
    pub client_secrets: Vec<String>,
    /// A token of a legacy custom app, which never expires.
    pub legacy_token: Option<String>,
    /// What the app may do; a field beyond it is answered with `ACCESS_DENIED`.
    pub scopes: Vec<String>,
    pub customer_data: CustomerData,
    pub removal: Removal,
    pub return_sign: ReturnSign,
    pub token_life_seconds: u64,
    /// Subscribed from the start, all to `webhook_target`.
    pub webhook_topics: Vec<String>,
    pub webhook_target: Option<String>,
    /// Whether an app may subscribe an address of this machine, by HTTP as well. Shopify takes neither.
    pub loopback_webhooks: bool,
    /// One second that Shopify waits between retries lasts this many milliseconds here.
    pub second_ms: u64,
    /// How long a subscriber may take to answer.
    pub delivery_timeout_ms: u64,
    /// Cost points given back per second; `None` takes the plan's.
    pub restore_rate: Option<u32>,
    /// The first id given out. Above 2^53, a client that reads ids as floats loses digits.
    pub first_id: u64,
    /// The number of the first order, as in `#1001`.
    pub first_order_number: u32,
    pub locations: Vec<NewLocation>,
}

impl Default for Settings {
    fn default() -> Self {
        let texts = |list: &[&str]| list.iter().map(ToString::to_string).collect();
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            domain: "acme-us.myshopify.com".into(),
            name: "Acme US".into(),
            currency: "USD".into(),
            presentment_currencies: texts(&["USD", "EUR", "CAD", "JPY", "KWD"]),
            time_zone: "America/New_York".into(),
            taxes_included: false,
            tax_shipping: false,
            plan: Plan::Standard,
            client_id: "sandbox-client".into(),
            client_secrets: texts(&["sandbox-secret"]),
            legacy_token: None,
            scopes: texts(&SCOPES),
            customer_data: CustomerData::Full,
            removal: Removal::default(),
            return_sign: ReturnSign::default(),
            token_life_seconds: 86_399,
            webhook_topics: texts(&ORDER_TOPICS),
            webhook_target: None,
            loopback_webhooks: true,
            second_ms: 1_000,
            delivery_timeout_ms: 5_000,
            restore_rate: None,
            first_id: 5_400_000_000_001,
            first_order_number: 1_001,
            locations: vec![NewLocation::new(72_345_678, "Main warehouse", "US")],
        }
    }
}

impl Settings {
    /// How long the twin takes for `seconds` of Shopify's waiting.
    pub(crate) fn waiting(&self, seconds: u64) -> Duration {
        Duration::from_millis(seconds.saturating_mul(self.second_ms))
    }
}

const SCOPES: [&str; 19] = [
    "read_orders",
    "write_orders",
    "read_all_orders",
    "read_customers",
    "write_customers",
    "read_products",
    "read_inventory",
    "write_inventory",
    "read_locations",
    "read_merchant_managed_fulfillment_orders",
    "write_merchant_managed_fulfillment_orders",
    "read_third_party_fulfillment_orders",
    "write_third_party_fulfillment_orders",
    "read_fulfillments",
    "write_fulfillments",
    "read_returns",
    "write_returns",
    "read_shopify_payments_disputes",
    "read_customer_merge",
];

const ORDER_TOPICS: [&str; 4] = [
    "orders/create",
    "orders/updated",
    "orders/paid",
    "orders/cancelled",
];

/// May the app see who the customers are (names, addresses, phone numbers, e-mail)?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CustomerData {
    #[default]
    Full,
    /// Those fields are null, in GraphQL and in webhook bodies.
    Withheld,
}

/// Does an edit that removes units leave a refund as well? Shopify documents neither form, and both have been seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Removal {
    #[default]
    EditOnly,
    /// One without money and without an agreement of its own.
    LeavesRefund,
}

/// The sign of quantities and amounts in sales that take something back. Shopify does not document it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnSign {
    #[default]
    Negative,
    Positive,
}

/// The plan decides how many cost points a shop has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    #[default]
    Standard,
    Advanced,
    Plus,
    Enterprise,
}

impl Plan {
    /// Points in a full bucket, and points given back per second.
    pub fn bucket(self) -> (u32, u32) {
        match self {
            Self::Standard => (2_000, 100),
            Self::Advanced => (4_000, 200),
            Self::Plus => (20_000, 1_000),
            Self::Enterprise => (40_000, 2_000),
        }
    }

    pub(crate) fn display_name(self) -> &'static str {
        match self {
            Self::Standard => "Basic",
            Self::Advanced => "Advanced",
            Self::Plus => "Shopify Plus",
            Self::Enterprise => "Enterprise",
        }
    }
}

/// A place with stock, as the settings name it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewLocation {
    pub id: u64,
    pub name: String,
    pub country: String,
}

impl NewLocation {
    pub fn new(id: u64, name: &str, country: &str) -> Self {
        Self {
            id,
            name: name.into(),
            country: country.into(),
        }
    }
}
