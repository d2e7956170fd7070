//! Customers and their addresses: what is refused, what is replaced, what is told.

use sandbox::shopify::Address;
use serde_json::{Value, json};

use crate::world::{Api, shop};

const UPDATE: &str = "mutation($input: CustomerInput!) { customerUpdate(input: $input) { customer { id } userErrors { field message } } }";
const SET: &str = "mutation($identifier: CustomerSetIdentifiers, $input: CustomerSetInput!) { customerSet(identifier: $identifier, input: $input) {
    customer { addressesV2(first: 9) { nodes { city } } } userErrors { field message code } } }";
const ADD: &str = "mutation($id: ID!, $address: MailingAddressInput!, $default: Boolean) { customerAddressCreate(customerId: $id, address: $address, setAsDefault: $default) {
    address { id country } userErrors { message } } }";

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

async fn update(api: &Api, id: u64, mut input: Value) -> Vec<String> {
    input["id"] = json!(format!("gid://shopify/Customer/{id}"));
    let answer = api.data(UPDATE, json!({ "input": input })).await;
    let errors = answer["customerUpdate"]["userErrors"].as_array().unwrap();
    errors
        .iter()
        .map(|it| it["message"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn an_email_and_a_phone_are_one_customers_and_what_is_not_sent_stays() {
    let (shop, api) = shop().await;
    let one = shop
        .create_customer(|it| it.email = text("one@example.com"))
        .unwrap();
    let two = shop
        .create_customer(|it| it.phone = text("+15550100001"))
        .unwrap();
    assert_eq!(
        update(&api, two, json!({ "email": "ONE@example.com" })).await,
        ["Email has already been taken"]
    );
    assert_eq!(
        update(&api, one, json!({ "phone": "+15550100001" })).await,
        ["Phone has already been taken"]
    );
    assert_eq!(
        update(&api, one, json!({ "phone": "(555) 010-0001" })).await,
        ["Phone is invalid"]
    );
    assert_eq!(
        update(&api, 1, json!({ "note": "x" })).await,
        ["Customer does not exist"]
    );
    assert_eq!(
        update(&api, one, json!({ "lastName": "Lovelace" })).await,
        Vec::<String>::new()
    );
    let kept = shop.customer(one).unwrap();
    assert_eq!(
        (kept.email.as_deref(), kept.last_name.as_deref()),
        (Some("one@example.com"), Some("Lovelace"))
    );
    assert!(shop.create_customer(|it| it.note = text("nobody")).is_err());
}

#[tokio::test]
async fn an_address_is_added_once_and_a_list_that_is_set_replaces() {
    let (shop, api) = shop().await;
    let id = shop
        .create_customer(|it| it.add_address(Address::sample()))
        .unwrap_err();
    assert!(id.0.contains("must have a name"), "{id:?}");
    let id = shop
        .create_customer(|it| {
            it.email = text("one@example.com");
            it.add_address(Address::sample());
        })
        .unwrap();
    let gid = format!("gid://shopify/Customer/{id}");
    let address =
        json!({ "address1": "1 Rue A", "city": "Paris", "zip": "75001", "countryCode": "FR" });
    let add = json!({ "id": gid, "address": address, "default": true });
    let added = api.data(ADD, add.clone()).await;
    assert_eq!(
        added["customerAddressCreate"]["address"]["country"],
        "France"
    );
    let again = api.data(ADD, add).await;
    assert_eq!(
        again["customerAddressCreate"]["userErrors"][0]["message"],
        "Address already exists on customer"
    );
    let kept = shop.customer(id).unwrap();
    assert_eq!(kept.addresses.len(), 2);
    assert_eq!(kept.default().unwrap().1.city.as_deref(), Some("Paris"));
    let wrong = json!({ "id": gid, "address": { "city": "Utopia", "countryCode": "US", "provinceCode": "XX" } });
    let refused = api.data(ADD, wrong).await;
    assert_eq!(
        refused["customerAddressCreate"]["userErrors"][0]["message"],
        "Province is not valid"
    );

    let set = json!({ "identifier": { "email": "one@example.com" }, "input": { "addresses": [{ "city": "Lyon", "countryCode": "FR" }] } });
    let set = api.data(SET, set).await;
    assert_eq!(
        set["customerSet"]["customer"]["addressesV2"]["nodes"],
        json!([{ "city": "Lyon" }])
    );
}

#[tokio::test]
async fn compliance_topics_are_told_and_neither_listed_nor_of_another_shape() {
    let (shop, api) = shop().await;
    let customer = shop
        .create_customer(|it| it.email = text("one@example.com"))
        .unwrap();
    shop.subscribe_compliance("http://127.0.0.1:9/hooks");
    shop.request_data(customer);
    shop.redact_customer(customer);
    shop.redact_shop();
    let bodies: Vec<Value> = shop
        .deliveries()
        .iter()
        .map(|it| serde_json::from_slice(&it.body).unwrap())
        .collect();
    let keys =
        |body: &Value| -> Vec<String> { body.as_object().unwrap().keys().cloned().collect() };
    for (body, own) in bodies.iter().zip([
        [
            "customer",
            "data_request",
            "orders_requested",
            "shop_domain",
            "shop_id",
        ]
        .as_slice(),
        ["customer", "orders_to_redact", "shop_domain", "shop_id"].as_slice(),
        ["shop_domain", "shop_id"].as_slice(),
    ]) {
        let mut keys = keys(body);
        keys.sort();
        assert_eq!(keys, own);
    }
    let listed = api
        .data(
            "{ webhookSubscriptions(first: 9) { nodes { topic } } }",
            json!({}),
        )
        .await;
    assert_eq!(listed["webhookSubscriptions"]["nodes"], json!([]));
}
