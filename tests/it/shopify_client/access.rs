//! How the client gets in, and what it finds.

use sandbox::shopify::{Fault, Settings, Shop, line};
use waybill::config::{Secret, Timing};
use waybill::remote::Meaning;
use waybill::shopify::Client;

use super::{reads, shop, store};

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_no_more() {
    let (shop, client) = shop().await;
    let placed = shop.place_order([line("MUG", 1)]);
    client.order(&reads(), placed.id).await.unwrap();
    shop.revoke_tokens();
    client.order(&reads(), placed.id).await.unwrap();
    assert_eq!(shop.calls_of("token"), 2);

    shop.fail("OrderQuery", Fault::Unauthorized, 5);
    shop.reset_calls();
    let error = client.order(&reads(), placed.id).await.unwrap_err();
    assert_eq!(error.meaning(), Some(Meaning::Unauthorized));
    assert_eq!(shop.calls_of("OrderQuery"), 2);
}

#[tokio::test]
async fn a_legacy_app_needs_no_token_endpoint() {
    let shop = Shop::start(Settings {
        legacy_token: Some("shpat_legacy".to_owned()),
        ..Settings::default()
    })
    .await
    .unwrap();
    let mut store = store(&shop);
    store.access_token = Some(Secret::new("shpat_legacy".to_owned()));
    let client = Client::new(&store, &Timing::default()).unwrap();
    assert_eq!(client.shop(&reads()).await.unwrap().currency, "USD");
    assert_eq!(shop.calls_of("token"), 0);
}

#[tokio::test]
async fn a_wrong_secret_is_unauthorized() {
    let (shop, _) = shop().await;
    let mut store = store(&shop);
    store.client_secrets = vec![Secret::new("stale".to_owned())];
    let client = Client::new(&store, &Timing::default()).unwrap();
    let error = client.shop(&reads()).await.unwrap_err();
    assert_eq!(error.meaning(), Some(Meaning::Unauthorized));
}

#[tokio::test]
async fn a_shop_tells_its_settings_and_our_scopes() {
    let (_shop, client) = shop().await;
    let found = client.shop(&reads()).await.unwrap();
    assert_eq!(found.domain, "acme-us.myshopify.com");
    assert_eq!(found.time_zone, "America/New_York");
    assert!(found.scopes.contains(&"read_orders".to_owned()));
}
