//! Keys that sign, keys that retire, and tokens that are refused.

use sandbox::netsuite::{Account, Fault, Matcher};
use waybill::config::store::SkuField;
use waybill::config::{Key, Secret};
use waybill::netsuite::Client;
use waybill::remote::Meaning;

use super::{EC, EC384, RSA, World, configured, live, settings, so, timing};

#[tokio::test]
async fn each_kind_of_key_signs_and_a_retired_one_gives_way_to_the_next() {
    let account = Account::start(settings()).await.unwrap();
    for key in [EC, EC384, RSA] {
        let client = Client::new(&configured(&account, key), &timing()).unwrap();
        client.currencies(&live()).await.unwrap();
    }
    let mut rotated = configured(&account, ("retired", EC.1));
    rotated.other_keys = vec![Key {
        certificate_id: RSA.0.to_owned(),
        private_key: Secret::new(RSA.1.to_owned()),
    }];
    let client = Client::new(&rotated, &timing()).unwrap();
    client.currencies(&live()).await.unwrap();
    account.revoke_tokens();
    let journal = live();
    client
        .items_by_sku(&journal, &SkuField::ItemId, &["MUG"])
        .await
        .unwrap();
    assert_eq!(
        journal.calls(),
        3,
        "refused, a token by the key that was taken last, and again"
    );

    let unknown = Client::new(&configured(&account, ("unknown", EC.1)), &timing()).unwrap();
    let error = unknown.currencies(&live()).await.unwrap_err();
    assert_eq!(error.meaning(), Some(Meaning::Unauthorized));
    assert!(Client::new(&configured(&account, ("bad", "no key")), &timing()).is_err());
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_no_more() {
    let world = World::start().await;
    world.create(&so(1)).await.unwrap();
    world.account.revoke_tokens();
    world.create(&so(2)).await.unwrap();
    assert_eq!(world.account.tokens_given(), 2);

    world
        .account
        .fail_times(5, Matcher::create("salesOrder"), Fault::InvalidLogin);
    world.account.reset_calls();
    let error = world.create(&so(3)).await.unwrap_err();
    assert_eq!(error.meaning(), Some(Meaning::Unauthorized));
    assert_eq!(world.salesorder_posts(), 2);
}
