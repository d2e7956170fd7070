//! Which topics a store's flows need, with the only fields that the door reads of their bodies.

use crate::config::Store;
use crate::config::store::{ReturnDirection, When};

/// A topic that waybill can be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Topic {
    /// As in the header: `orders/create`.
    pub name: &'static str,
    /// What is asked for of the body: ids and the version, so that no personal data arrives.
    pub fields: &'static [&'static str],
    /// What the app must be allowed.
    pub scope: &'static str,
    pub need: Need,
}

/// Whether the flows can do without a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    Always,
    /// Only where the scope is granted: not every shop has what it is about.
    IfGranted,
}

const ITSELF: &[&str] = &["id", "updated_at"];
const PART: &[&str] = &["id", "order_id"];
const COMPANY: &[&str] = &["admin_graphql_api_id", "updated_at"];
const OF_COMPANY: &[&str] = &[
    "admin_graphql_api_id",
    "updated_at",
    "company.admin_graphql_api_id",
];
const OF_ORDER: &[&str] = &["id", "order_id", "status"];

const fn topic(name: &'static str, fields: &'static [&'static str], scope: &'static str) -> Topic {
    Topic {
        name,
        fields,
        scope,
        need: Need::Always,
    }
}

const ORDERS: [Topic; 6] = [
    topic("orders/create", ITSELF, "read_orders"),
    topic("orders/updated", ITSELF, "read_orders"),
    topic("orders/paid", ITSELF, "read_orders"),
    topic("orders/cancelled", ITSELF, "read_orders"),
    // The edit's own id keeps two edits from being one and the same body.
    topic(
        "orders/edited",
        &["order_edit.id", "order_edit.order_id"],
        "read_orders",
    ),
    topic("refunds/create", PART, "read_orders"),
];

const FULFILLED: Topic = topic("orders/fulfilled", ITSELF, "read_orders");

/// Not `returns/update` and `returns/process`: their bodies name no order.
const RETURNS: [Topic; 4] = [
    topic("returns/approve", &["id", "order.id"], "read_returns"),
    topic("returns/cancel", OF_ORDER, "read_returns"),
    topic("returns/close", OF_ORDER, "read_returns"),
    topic("returns/reopen", OF_ORDER, "read_returns"),
];

const CUSTOMERS: [Topic; 3] = [
    topic("customers/create", ITSELF, "read_customers"),
    topic("customers/update", ITSELF, "read_customers"),
    topic(
        "customers/merge",
        &[
            "admin_graphql_api_customer_kept_id",
            "admin_graphql_api_customer_deleted_id",
        ],
        "read_customer_merge",
    ),
];

/// Their bodies have no number of their own. A contact's or location's names its company.
const COMPANIES: [Topic; 5] = [
    topic("companies/update", COMPANY, "read_customers"),
    topic("companies/delete", COMPANY, "read_customers"),
    topic("company_locations/create", OF_COMPANY, "read_customers"),
    topic("company_locations/update", OF_COMPANY, "read_customers"),
    topic("company_locations/delete", OF_COMPANY, "read_customers"),
];

const DISPUTES: [Topic; 2] = [
    Topic {
        need: Need::IfGranted,
        ..topic(
            "disputes/create",
            OF_ORDER,
            "read_shopify_payments_disputes",
        )
    },
    Topic {
        need: Need::IfGranted,
        ..topic(
            "disputes/update",
            OF_ORDER,
            "read_shopify_payments_disputes",
        )
    },
];

/// The topics that only the app's own configuration can name.
pub(super) const PRIVACY: [&str; 3] = ["customers/data_request", "customers/redact", "shop/redact"];

impl Topic {
    /// As GraphQL names it: `ORDERS_CREATE`.
    #[must_use]
    pub fn enum_name(&self) -> String {
        self.name.to_uppercase().replace('/', "_")
    }

    /// How its subscription is called, by which waybill knows it again.
    #[must_use]
    pub fn subscription(&self) -> String {
        format!("waybill-{}", self.name.replace('/', "-"))
    }

    #[must_use]
    pub fn fields(&self) -> Vec<String> {
        self.fields.iter().map(ToString::to_string).collect()
    }

    /// Whether one of the granted scopes allows it.
    #[must_use]
    pub fn is_allowed(&self, scopes: &[String]) -> bool {
        is_granted(self.scope, scopes)
    }
}

/// Whether a scope is among the granted ones; `write_x` includes `read_x`.
#[must_use]
pub fn is_granted(scope: &str, granted: &[String]) -> bool {
    let write = scope.replace("read_", "write_");
    granted.iter().any(|it| *it == scope || *it == write)
}

/// What the flows of this store, as it is set up, live on.
#[must_use]
pub(super) fn of(store: &Store) -> Vec<Topic> {
    let mut topics = ORDERS.to_vec();
    let channels = store.orders.channel.values();
    let mut entries = channels.filter_map(|channel| channel.when);
    if store.orders.when == When::Fulfilled || entries.any(|when| when == When::Fulfilled) {
        topics.push(FULFILLED);
    }
    match store.returns.direction {
        ReturnDirection::ShopifyToNetsuite => topics.extend(RETURNS),
        ReturnDirection::Off => {}
    }
    if store.customers.to_netsuite() {
        topics.extend(CUSTOMERS);
        topics.extend(COMPANIES);
    }
    topics.extend(DISPUTES);
    topics
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::sample;
    use crate::config::store::CustomerDirection;

    fn names(store: &Store) -> Vec<&'static str> {
        of(store).iter().map(|topic| topic.name).collect()
    }

    #[test]
    fn each_flow_that_is_on_has_its_topics_and_no_other_has() {
        let mut store = sample().stores.remove(0);
        store.orders.when = When::Fulfilled;
        let all = names(&store);
        for topic in [
            "orders/fulfilled",
            "refunds/create",
            "returns/close",
            "customers/merge",
            "company_locations/update",
        ] {
            assert!(all.contains(&topic), "{topic} in {all:?}");
        }

        store.orders.when = When::Paid;
        store.returns.direction = ReturnDirection::Off;
        store.customers.direction = CustomerDirection::NetsuiteToShopify;
        let few = names(&store);
        let others = ["orders/fulfilled", "returns/", "customers/", "compan"];
        let odd = |name: &&&str| others.iter().any(|other| name.starts_with(other));
        assert_eq!(few.iter().find(odd), None);
        assert!(few.contains(&"orders/create"));
    }

    #[test]
    fn nothing_personal_is_asked_for() {
        let mut store = sample().stores.remove(0);
        store.orders.when = When::Fulfilled;
        for topic in of(&store) {
            assert!(!topic.fields.is_empty(), "{} asks for all", topic.name);
            for field in topic.fields {
                let last = field.rsplit('.').next().unwrap_or_default();
                let harmless = last.ends_with("id") || ["updated_at", "status"].contains(&last);
                assert!(harmless, "{} asks for {field}", topic.name);
            }
        }
    }

    #[test]
    fn a_write_scope_allows_what_its_read_scope_does() {
        let scopes = ["write_orders".to_owned()];
        assert!(ORDERS[0].is_allowed(&scopes));
        assert!(!CUSTOMERS[0].is_allowed(&scopes));
    }
}
