//! What Shopify asks of an app about people: hand out their data, erase it. Set in the app's own
//! configuration, so the API neither lists these subscriptions nor makes them.

use serde_json::{Value, json};

use super::Acts;
use super::lock;
use super::state::{Notice, State};

/// The topics that only an app's configuration can name.
pub(crate) const TOPICS: [&str; 3] = ["customers/data_request", "customers/redact", "shop/redact"];

/// The shop's own number.
pub(crate) const SHOP: u64 = 548_380_009;

impl Acts {
    /// Sends the compliance topics to `uri`, as the app's configuration would say.
    pub fn subscribe_compliance(&self, uri: &str) {
        for topic in TOPICS {
            self.subscribe(topic, uri);
        }
    }

    /// A customer asks the merchant for their data.
    pub fn request_data(&self, customer: u64) {
        self.about(customer, "customers/data_request");
    }

    /// The merchant has the customer erased, and the ten days are over.
    pub fn redact_customer(&self, customer: u64) {
        self.about(customer, "customers/redact");
    }

    /// The app was uninstalled 48 hours ago.
    pub fn redact_shop(&self) {
        let body = {
            let state = lock(&self.0.state);
            json!({ "shop_id": SHOP, "shop_domain": state.settings.domain })
        };
        self.announce_about("shop/redact", body);
    }

    fn about(&self, customer: u64, topic: &'static str) {
        let body = body(&mut lock(&self.0.state), customer, topic);
        self.announce_about(topic, body);
    }

    fn announce_about(&self, topic: &'static str, body: Value) {
        self.0.tell(&[Notice {
            topic,
            body,
            order: None,
        }]);
    }
}

fn body(state: &mut State, id: u64, topic: &str) -> Value {
    let customer = state.customers.get(&id);
    let orders = state
        .orders
        .values()
        .filter(|order| order.customer == Some(id));
    let orders: Vec<u64> = orders.map(|order| order.id).collect();
    let mut body = json!({
        "shop_id": SHOP,
        "shop_domain": state.settings.domain,
        "customer": {
            "id": id,
            "email": customer.and_then(|it| it.email.clone()),
            "phone": customer.and_then(|it| it.phone.clone()),
        },
    });
    if topic == "customers/redact" {
        body["orders_to_redact"] = json!(orders);
    } else {
        body["orders_requested"] = json!(orders);
        body["data_request"] = json!({ "id": state.ids.take() });
    }
    body
}
