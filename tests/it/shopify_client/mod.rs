//! The Shopify client against the twin: whole orders, few calls, and what each failure means.

mod access;
mod cancelling;
mod failures;
mod gateway;
mod history;
mod many;
mod orders;

use std::time::Duration;

use rust_decimal::Decimal;
use sandbox::shopify::{Settings, Shop};
use tokio_util::sync::CancellationToken;
use waybill::config::{Secret, Store, Timing};
use waybill::journal::{Journal, Urgency};
use waybill::shopify::Client;

pub(super) const DEADLINE: Duration = Duration::from_secs(10);

/// Above 2^53: an id that passes through a float loses digits.
pub(super) const FIRST_ID: u64 = 9_007_199_254_740_993;

pub(super) fn store(shop: &Shop) -> Store {
    let text = r#"
        name = "us"
        domain = "acme-us.myshopify.com"
        time_zone = "America/New_York"
        tax.strategy = "tax_line"
    "#;
    let mut store: Store = toml::from_str(text).unwrap();
    store.url = Some(shop.url());
    store.client_id = Some(Secret::new("sandbox-client".to_owned()));
    store.client_secrets = vec![Secret::new("sandbox-secret".to_owned())];
    store
}

pub(super) fn client(shop: &Shop) -> Client {
    within(shop, DEADLINE)
}

pub(super) fn within(shop: &Shop, deadline: Duration) -> Client {
    let timing = Timing {
        shopify_deadline: deadline,
        ..Timing::default()
    };
    Client::new(&store(shop), &timing).unwrap()
}

pub(super) fn reads() -> Journal {
    Journal::of_reads(Urgency::Live, CancellationToken::new())
}

pub(super) async fn shop() -> (Shop, Client) {
    let shop = Shop::start(Settings {
        first_id: FIRST_ID,
        restore_rate: Some(5_000),
        ..Settings::default()
    })
    .await
    .unwrap();
    let client = client(&shop);
    (shop, client)
}

pub(super) fn cents(cents: i64) -> Decimal {
    Decimal::new(cents, 2)
}
