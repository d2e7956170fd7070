//! Webhooks: who is subscribed, what is sent, and what a test may do to it on the way.

mod courier;
mod delivery;

use chrono::{DateTime, Utc};

pub(crate) use courier::{Courier, Sender};
pub use courier::{Handling, Unsettled};
pub use delivery::{Delivery, DeliveryState, Try, sign};

/// Someone who wants to be told about a topic.
#[derive(Clone, Debug)]
pub struct Subscription {
    pub id: u64,
    /// As in the header: `orders/create`.
    pub topic: String,
    pub uri: String,
    pub name: Option<String>,
    /// Kept and answered, but every delivery passes it.
    pub filter: Option<String>,
    pub include_fields: Vec<String>,
    /// `JSON` or `XML`; what is sent is JSON all the same.
    pub format: String,
    pub metafield_namespaces: Vec<String>,
    /// Namespace and key.
    pub metafields: Vec<(String, String)>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Subscription {
    pub(crate) fn new(id: u64, topic: &str, uri: &str, at: DateTime<Utc>) -> Self {
        Self {
            id,
            topic: topic.to_owned(),
            uri: uri.to_owned(),
            name: None,
            filter: None,
            include_fields: Vec::new(),
            format: "JSON".to_owned(),
            metafield_namespaces: Vec::new(),
            metafields: Vec::new(),
            created_at: at,
            updated_at: at,
        }
    }

    /// As GraphQL's enum names it: `ORDERS_CREATE`.
    pub(crate) fn topic_enum(&self) -> String {
        self.topic.to_uppercase().replace('/', "_")
    }
}

/// The topics the twin can send.
pub(crate) const TOPICS: [&str; 34] = [
    "orders/create",
    "orders/updated",
    "orders/paid",
    "orders/cancelled",
    "orders/edited",
    "orders/fulfilled",
    "orders/partially_fulfilled",
    "orders/delete",
    "order_transactions/create",
    "refunds/create",
    "returns/request",
    "returns/approve",
    "returns/decline",
    "returns/cancel",
    "returns/close",
    "returns/reopen",
    "returns/process",
    "disputes/create",
    "disputes/update",
    "fulfillments/create",
    "fulfillments/update",
    "customers/create",
    "customers/update",
    "companies/create",
    "companies/update",
    "companies/delete",
    "company_locations/create",
    "company_locations/update",
    "company_locations/delete",
    "company_contacts/create",
    "company_contacts/update",
    "company_contacts/delete",
    "inventory_levels/update",
    "app/uninstalled",
];

/// The topic with this enum name. One the twin never sends is still a topic one can subscribe to.
pub(crate) fn topic_of_enum(name: &str) -> String {
    let known = TOPICS
        .iter()
        .find(|topic| topic.to_uppercase().replace('/', "_") == name);
    match known {
        Some(topic) => (*topic).to_owned(),
        None => match name.rsplit_once('_') {
            Some((thing, act)) => format!("{thing}/{act}").to_lowercase(),
            None => name.to_lowercase(),
        },
    }
}

/// The scope an app needs to be told of a topic; some need none.
pub(crate) fn scope_of(topic: &str) -> Option<&'static str> {
    let (family, act) = topic.split_once('/')?;
    Some(match (family, act) {
        ("customers", "merge") => "read_customer_merge",
        ("orders" | "refunds" | "order_transactions" | "tender_transactions", _) => "read_orders",
        ("customers" | "companies" | "company_locations" | "company_contacts", _) => {
            "read_customers"
        }
        ("fulfillments" | "fulfillment_events", _) => "read_fulfillments",
        ("inventory_levels", _) => "read_inventory",
        ("products", _) => "read_products",
        ("returns", _) => "read_returns",
        ("disputes", _) => "read_shopify_payments_disputes",
        _ => return None,
    })
}
