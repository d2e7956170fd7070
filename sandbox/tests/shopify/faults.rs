//! Tokens, faults on demand, lagging reads, metafields and subscriptions through the API.

use std::time::Duration;

use reqwest::Client;
use sandbox::shopify::{CustomerData, Fault, Lag, Settings, Shop, When, line};
use serde_json::{Value, json};

use crate::world::{Api, Receiver, shop};

const SHOP: &str = "query Name { shop { name } }";
const DEADLINE: Duration = Duration::from_secs(10);

async fn grant(shop: &Shop, secret: &str, json_body: bool) -> (u16, Value) {
    let url = format!("{}/admin/oauth/access_token", shop.url());
    let fields = json!({ "client_id": "sandbox-client", "client_secret": secret, "grant_type": "client_credentials" });
    let request = Client::new().post(url);
    let request = if json_body {
        request.json(&fields)
    } else {
        request.form(&fields)
    };
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn the_token_endpoint_takes_form_and_json_and_says_how_long_a_token_lives() {
    let (shop, _api) = shop().await;
    for json_body in [false, true] {
        let (status, body) = grant(&shop, "sandbox-secret", json_body).await;
        assert_eq!(status, 200);
        assert!(body["access_token"].as_str().unwrap().starts_with("shpat_"));
        assert_eq!(body["expires_in"], 86_399);
        assert!(body["scope"].as_str().unwrap().contains("read_orders,"));
    }
    let (status, body) = grant(&shop, "wrong", false).await;
    assert_eq!((status, &body["error"]), (400, &json!("invalid_client")));
    assert_eq!(shop.calls_of("token"), 4);
}

#[tokio::test]
async fn both_secrets_work_during_a_rotation_and_only_the_new_one_after_it() {
    let (shop, _api) = shop().await;
    shop.rotate_secret("new-secret");
    assert_eq!(grant(&shop, "sandbox-secret", false).await.0, 200);
    assert_eq!(grant(&shop, "new-secret", false).await.0, 200);
    shop.finish_rotation("new-secret");
    assert_eq!(grant(&shop, "sandbox-secret", false).await.0, 400);
}

#[tokio::test]
async fn a_missing_revoked_or_expired_token_is_401_with_nothing_executed() {
    let (shop, mut api) = shop().await;
    let status = async |api: &Api| {
        api.request(SHOP, json!({}))
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    assert_eq!(status(&api).await, 200);
    shop.revoke_tokens();
    assert_eq!(status(&api).await, 401);
    shop.set_token_life(Duration::ZERO);
    api = Api::of(&shop).await;
    assert_eq!(status(&api).await, 401);
    api.token = String::new();
    assert_eq!(status(&api).await, 401);
}

#[tokio::test]
async fn a_legacy_token_never_expires() {
    let settings = Settings {
        legacy_token: Some("shpat_legacy".into()),
        ..Settings::default()
    };
    let shop = Shop::start(settings).await.unwrap();
    shop.revoke_tokens();
    let mut api = Api::of(&shop).await;
    api.token = "shpat_legacy".into();
    assert_eq!(api.data(SHOP, json!({})).await["shop"]["name"], "Acme US");
}

const NOTE: &str = "mutation Note($id: ID!, $note: String!) { orderUpdate(input: { id: $id, note: $note }) { order { note } userErrors { message } } }";

#[tokio::test]
async fn a_lost_reply_or_a_gateway_error_leaves_the_mutation_done() {
    let (shop, api) = shop().await;
    let order = shop.place_order([line("MUG", 1)]);
    let id = format!("gid://shopify/Order/{}", order.id);
    let note = |note: &str| json!({ "id": id, "note": note });
    shop.fail("Note", Fault::ReplyLost, 1);
    assert!(api.request(NOTE, note("lost")).send().await.is_err());
    assert_eq!(shop.order(order.id).unwrap().note.as_deref(), Some("lost"));
    shop.fail("orderUpdate", Fault::BadGatewayAfter, 1);
    let answer = api.request(NOTE, note("gateway")).send().await.unwrap();
    assert_eq!(answer.status(), 502);
    assert!(answer.text().await.unwrap().contains("<html>"));
    assert_eq!(
        shop.order(order.id).unwrap().note.as_deref(),
        Some("gateway")
    );
    assert_eq!(shop.calls_of("orderUpdate"), 2);
}

#[tokio::test]
async fn a_reset_before_execution_leaves_nothing_done() {
    let (shop, api) = shop().await;
    let order = shop.place_order([line("MUG", 1)]);
    let variables = json!({ "id": format!("gid://shopify/Order/{}", order.id), "note": "never" });
    shop.fail_next(Fault::ResetBefore);
    assert!(api.request(NOTE, variables).send().await.is_err());
    assert_eq!(shop.order(order.id).unwrap().note, None);
}

#[tokio::test]
async fn each_refusal_has_its_own_status_and_hits_one_call() {
    let (shop, api) = shop().await;
    let faults = [
        (Fault::InternalError, 500),
        (Fault::Unavailable, 503),
        (Fault::Unauthorized, 401),
        (Fault::TooManyRequests, 429),
        (Fault::Frozen, 402),
        (Fault::Throttled, 200),
    ];
    for (fault, status) in faults {
        shop.fail_next(fault.clone());
        let answer = api.request(SHOP, json!({})).send().await.unwrap();
        assert_eq!(answer.status(), status, "{fault:?}");
        api.data(SHOP, json!({})).await;
    }
}

#[tokio::test]
async fn a_fault_for_one_operation_spares_the_others() {
    let (shop, api) = shop().await;
    shop.fail("Other", Fault::InternalError, 1);
    api.data(SHOP, json!({})).await;
    shop.clear_faults();
    api.data("query Other { shop { name } }", json!({})).await;
}

#[tokio::test]
async fn partial_errors_come_with_the_rest_of_the_data() {
    let (shop, api) = shop().await;
    let order = shop.place_order([line("MUG", 1)]);
    shop.fail_next(Fault::PartialErrors("order.customer".into()));
    let query = "query Read($id: ID!) { order(id: $id) { name customer { id } } }";
    let answer = api
        .answer(
            query,
            json!({ "id": format!("gid://shopify/Order/{}", order.id) }),
        )
        .await;
    assert_eq!(
        answer["data"]["order"],
        json!({ "name": "#1001", "customer": null })
    );
    assert_eq!(
        answer["errors"][0]["extensions"]["code"],
        "INTERNAL_SERVER_ERROR"
    );
}

#[tokio::test]
async fn user_errors_come_with_http_200_and_nothing_executed() {
    let (shop, api) = shop().await;
    let order = shop.place_order([line("MUG", 1)]);
    let variables = json!({ "id": format!("gid://shopify/Order/{}", order.id), "note": "never" });
    shop.fail_next(Fault::UserErrors(vec!["Note is too long".into()]));
    let data = api.data(NOTE, variables).await;
    assert_eq!(
        data["orderUpdate"],
        json!({ "order": null, "userErrors": [{ "message": "Note is too long" }] })
    );
    assert_eq!(shop.order(order.id).unwrap().note, None);
}

#[tokio::test]
async fn a_parked_call_waits_before_or_after_execution() {
    let (shop, api) = shop().await;
    let order = shop.place_order([line("MUG", 1)]);
    for (when, seen) in [
        (When::BeforeExecution, None),
        (When::AfterExecution, Some("after")),
    ] {
        let gate = shop.park("Note", when);
        let variables =
            json!({ "id": format!("gid://shopify/Order/{}", order.id), "note": "after" });
        let call = tokio::spawn(api.request(NOTE, variables).send());
        assert!(gate.arrived(DEADLINE).await);
        assert_eq!(shop.order(order.id).unwrap().note.as_deref(), seen);
        assert!(!call.is_finished());
        gate.release();
        assert_eq!(call.await.unwrap().unwrap().status(), 200);
        shop.edit(order.id, |order| order.note = None).unwrap();
    }
}

#[tokio::test]
async fn a_read_can_lag_behind_the_webhook_for_so_many_requests() {
    let (shop, api) = shop().await;
    let order = shop.place_order([line("MUG", 1)]);
    shop.edit(order.id, |order| order.note = Some("new".into()))
        .unwrap();
    let query = "query Read($id: ID!) { order(id: $id) { note } again: order(id: $id) { note } }";
    let read = async || {
        api.data(
            query,
            json!({ "id": format!("gid://shopify/Order/{}", order.id) }),
        )
        .await
    };
    shop.lag(order.id, Lag::Earlier, 2);
    assert_eq!(
        read().await,
        json!({ "order": { "note": null }, "again": { "note": null } })
    );
    assert_eq!(read().await["order"]["note"], json!(null));
    assert_eq!(read().await["order"]["note"], "new");
    shop.lag(order.id, Lag::Missing, 1);
    assert_eq!(read().await["order"], json!(null));
    assert_eq!(read().await["order"]["note"], "new");
}

const SET: &str = "mutation Set($metafields: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $metafields) {
    metafields { id namespace key value type compareDigest ownerType } userErrors { field message code elementIndex } } }";

fn field(order: u64, key: &str, value: &str) -> Value {
    json!({ "ownerId": format!("gid://shopify/Order/{order}"), "namespace": "erp", "key": key, "type": "single_line_text_field", "value": value })
}

#[tokio::test]
async fn setting_metafields_is_all_or_nothing_and_at_most_twenty_five() {
    let (shop, api) = shop().await;
    let order = shop.place_order([line("MUG", 1)]).id;
    let owner = format!("gid://shopify/Order/{order}");
    let many: Vec<_> = (0..26)
        .map(|n| field(order, &format!("key-{n}"), "1"))
        .collect();
    let refused = api.data(SET, json!({ "metafields": many })).await;
    assert_eq!(
        refused["metafieldsSet"]["userErrors"][0]["code"],
        "LESS_THAN_OR_EQUAL_TO"
    );
    let mixed = [field(order, "good", "1"), field(9, "bad", "1")];
    let refused = api.data(SET, json!({ "metafields": mixed })).await;
    assert_eq!(refused["metafieldsSet"]["userErrors"][0]["elementIndex"], 1);
    assert_eq!(refused["metafieldsSet"]["metafields"], json!(null));
    assert!(shop.metafield(&owner, "erp", "good").is_none());
    let set = api.data(SET, json!({ "metafields": many[..25] })).await;
    assert_eq!(set["metafieldsSet"]["userErrors"], json!([]));
    assert_eq!(
        set["metafieldsSet"]["metafields"].as_array().unwrap().len(),
        25
    );
    assert_eq!(shop.metafield(&owner, "erp", "key-24").unwrap().value, "1");
}

#[tokio::test]
async fn a_compare_digest_keeps_two_writers_apart() {
    let (shop, api) = shop().await;
    let order = shop.place_order([line("MUG", 1)]).id;
    let set = async |value: &str, digest: Value| {
        let mut field = field(order, "number", value);
        field["compareDigest"] = digest;
        api.data(SET, json!({ "metafields": [field] })).await["metafieldsSet"].take()
    };
    let first = set("1", json!(null)).await;
    let digest = first["metafields"][0]["compareDigest"].clone();
    assert_eq!(
        set("2", json!(null)).await["userErrors"][0]["code"],
        "STALE_OBJECT"
    );
    assert_eq!(set("2", digest.clone()).await["userErrors"], json!([]));
    assert_eq!(
        set("3", digest).await["userErrors"][0]["code"],
        "STALE_OBJECT"
    );
}

#[tokio::test]
async fn our_own_metafield_comes_back_as_orders_updated() {
    let receiver = Receiver::start().await;
    let (shop, api) = shop().await;
    let order = shop.place_order([line("MUG", 1)]).id;
    shop.subscribe("orders/updated", &receiver.url);
    api.data(
        SET,
        json!({ "metafields": [field(order, "one", "1"), field(order, "two", "2")] }),
    )
    .await;
    shop.settle().await.unwrap();
    assert_eq!(receiver.topics(), ["orders/updated"]);
}

#[tokio::test]
async fn subscriptions_are_made_changed_and_deleted_through_the_api() {
    let (shop, api) = shop().await;
    let create = "mutation Create($topic: WebhookSubscriptionTopic!, $sub: WebhookSubscriptionInput!) {
        webhookSubscriptionCreate(topic: $topic, webhookSubscription: $sub) { webhookSubscription { id topic uri name } userErrors { field message } } }";
    let variables = json!({ "topic": "ORDERS_CREATE", "sub": { "uri": "https://example.com/a", "name": "erp-orders" } });
    let made = api.data(create, variables.clone()).await["webhookSubscriptionCreate"].take();
    assert_eq!(made["webhookSubscription"]["topic"], "ORDERS_CREATE");
    assert_eq!(shop.subscriptions()[0].topic, "orders/create");
    let twice = api.data(create, variables).await["webhookSubscriptionCreate"].take();
    assert_eq!(twice["webhookSubscription"], json!(null));
    assert_eq!(
        twice["userErrors"][0]["message"],
        "Address for this topic has already been taken"
    );
    let id = made["webhookSubscription"]["id"].clone();
    let update = "mutation Update($id: ID!, $sub: WebhookSubscriptionInput!) { webhookSubscriptionUpdate(id: $id, webhookSubscription: $sub) { webhookSubscription { uri } userErrors { message } } }";
    let moved = api
        .data(
            update,
            json!({ "id": id, "sub": { "uri": "https://example.com/b" } }),
        )
        .await;
    assert_eq!(
        moved["webhookSubscriptionUpdate"]["webhookSubscription"]["uri"],
        "https://example.com/b"
    );
    let list = api.data("{ webhookSubscriptions(first: 5) { nodes { id uri format includeFields apiVersion { handle } } } }", json!({})).await;
    assert_eq!(
        list["webhookSubscriptions"]["nodes"][0]["apiVersion"]["handle"],
        "2026-10"
    );
    let delete = "mutation Delete($id: ID!) { webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId userErrors { message } } }";
    assert_eq!(
        api.data(delete, json!({ "id": id })).await["webhookSubscriptionDelete"]["deletedWebhookSubscriptionId"],
        id
    );
    assert_eq!(
        api.data(delete, json!({ "id": id })).await["webhookSubscriptionDelete"]["userErrors"][0]["message"],
        "Webhook subscription does not exist"
    );
    assert!(shop.subscriptions().is_empty());
}

#[tokio::test]
async fn a_malformed_id_is_an_error_and_another_kind_of_id_names_nothing() {
    let (_shop, api) = shop().await;
    let query = "query Read($id: ID!) { order(id: $id) { id } }";
    let answer = api.answer(query, json!({ "id": "123" })).await;
    assert_eq!(answer["errors"][0]["message"], "Invalid global id '123'");
    assert_eq!(
        api.data(query, json!({ "id": "gid://shopify/Customer/123" }))
            .await["order"],
        json!(null)
    );
}

#[tokio::test]
async fn a_field_beyond_the_apps_scopes_is_denied_and_null() {
    let settings = Settings {
        scopes: vec!["write_orders".into()],
        ..Settings::default()
    };
    let shop = Shop::start(settings).await.unwrap();
    let api = Api::of(&shop).await;
    let order = shop.place_order([line("MUG", 1)]);
    let query = "query Read($id: ID!) { order(id: $id) { name customer { id } } customers(first: 1) { nodes { id } } }";
    let answer = api
        .answer(
            query,
            json!({ "id": format!("gid://shopify/Order/{}", order.id) }),
        )
        .await;
    let codes: Vec<_> = answer["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["extensions"]["code"].clone())
        .collect();
    assert_eq!(codes, ["ACCESS_DENIED", "ACCESS_DENIED"]);
    let message =
        "Access denied for customers field. Required access: `read_customers` access scope.";
    assert_eq!(answer["errors"][1]["message"], message);
    let alone = "query Read($id: ID!) { order(id: $id) { name customer { id } } }";
    let answer = api
        .answer(
            alone,
            json!({ "id": format!("gid://shopify/Order/{}", order.id) }),
        )
        .await;
    assert_eq!(
        answer["data"]["order"],
        json!({ "name": "#1001", "customer": null })
    );
}

#[tokio::test]
async fn without_access_to_customer_data_people_are_null_everywhere() {
    let settings = Settings {
        customer_data: CustomerData::Withheld,
        ..Settings::default()
    };
    let shop = Shop::start(settings).await.unwrap();
    let api = Api::of(&shop).await;
    let order = shop.place_order([line("MUG", 1)]);
    let query = "query Read($id: ID!) { order(id: $id) { email customer { firstName defaultEmailAddress { emailAddress } } shippingAddress { name address1 countryCodeV2 } } }";
    let read = api
        .data(
            query,
            json!({ "id": format!("gid://shopify/Order/{}", order.id) }),
        )
        .await;
    assert_eq!(
        read["order"],
        json!({ "email": null, "customer": { "firstName": null, "defaultEmailAddress": null },
        "shippingAddress": { "name": null, "address1": null, "countryCodeV2": "US" } })
    );
    let body = shop.body(order.id).unwrap();
    assert_eq!(
        (
            &body["email"],
            &body["shipping_address"],
            &body["customer"]["email"]
        ),
        (&json!(null), &json!(null), &json!(null))
    );
}
