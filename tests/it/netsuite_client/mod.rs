//! The NetSuite client against the twin: an account with a customer and an item, and a file per subject.

mod books;
mod documents;
mod failures;
mod look_ups;
mod records;
mod throttling;
mod tokens;

use std::time::Duration;

use sandbox::netsuite::{Account, Certificate, SeedItem, Settings};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use waybill::config::{self, Secret, Timing};
use waybill::journal::{Journal, Urgency};
use waybill::link::{ExternalId, InternalId};
use waybill::netsuite::Client;
use waybill::remote::Error;

const EC: (&str, &str) = ("ec", include_str!("../../../sandbox/keys/ec-p256.pem"));
const EC384: (&str, &str) = ("ec384", include_str!("../../../sandbox/keys/ec-p384.pem"));
const RSA: (&str, &str) = ("rsa", include_str!("../../../sandbox/keys/rsa-3072.pem"));

/// An account with a customer and an item, and our client for it.
struct World {
    account: Account,
    client: Client,
    customer: u64,
    mug: u64,
}

fn certificate(id: &str, key: &str) -> Certificate {
    Certificate {
        id: id.to_owned(),
        public_key: key.to_owned(),
    }
}

fn settings() -> Settings {
    let ec = include_str!("../../../sandbox/keys/ec-p256.pub.pem");
    let ec384 = include_str!("../../../sandbox/keys/ec-p384.pub.pem");
    let rsa = include_str!("../../../sandbox/keys/rsa-3072.pub.pem");
    Settings {
        certificates: vec![
            certificate("ec", ec),
            certificate("ec384", ec384),
            certificate("rsa", rsa),
        ],
        ..Settings::default()
    }
}

fn configured(account: &Account, key: (&str, &str)) -> config::Netsuite {
    config::Netsuite {
        account: "1234567_SB1".to_owned(),
        url: Some(account.url()),
        client_id: Secret::new("sandbox-client-id".to_owned()),
        certificate_id: key.0.to_owned(),
        private_key: Secret::new(key.1.to_owned()),
        other_keys: Vec::new(),
        callback_secrets: Vec::new(),
        concurrency: 3,
        reserved_for_live: 1,
        allow_mixed: true,
    }
}

fn timing() -> Timing {
    Timing {
        netsuite_deadline: Duration::from_secs(20),
        throttle_probe: Duration::from_millis(20),
        ..Timing::default()
    }
}

impl World {
    async fn start() -> Self {
        Self::with(settings(), timing()).await
    }

    async fn with(settings: Settings, timing: Timing) -> Self {
        let account = Account::start(settings).await.unwrap();
        let client = Client::new(&configured(&account, EC), &timing).unwrap();
        let buyer = json!({
            "isPerson": true, "firstName": "Ada", "lastName": "Example", "email": "Ada@example.com",
            "subsidiary": { "id": "2" }, "externalId": "cust-us-77",
        });
        let customer = account.seed_customer(&buyer).unwrap();
        let mug = account.seed_item(SeedItem::new("MUG").with_stock("6", 100));
        Self {
            account,
            client,
            customer,
            mug,
        }
    }

    fn order(&self, key: &ExternalId) -> Value {
        json!({
            "externalId": key.0,
            "entity": { "id": self.customer.to_string() },
            "orderStatus": { "id": "B" },
            "location": { "id": "6" },
            "item": { "items": [{
                "item": { "id": self.mug.to_string() }, "quantity": 2,
                "price": { "id": "-1" }, "rate": serde_json::from_str::<Value>("12.50").unwrap(),
            }] },
        })
    }

    async fn create(&self, key: &ExternalId) -> Result<InternalId, Error> {
        let body = self.order(key);
        self.client.create(&live(), "salesOrder", key, &body).await
    }

    fn salesorder_posts(&self) -> usize {
        let posts =
            |call: &sandbox::netsuite::Call| call.method == "POST" && call.record == "salesOrder";
        self.account
            .calls()
            .iter()
            .filter(|call| posts(call))
            .count()
    }
}

fn live() -> Journal {
    Journal::of_reads(Urgency::Live, CancellationToken::new())
}

fn so(order: u64) -> ExternalId {
    ExternalId::sales_order("us", order)
}
