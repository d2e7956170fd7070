//! Validation, execution, cost and paging.

use apollo_compiler::{ExecutableDocument, Schema};
use rust_decimal::Decimal;
use sandbox::shopify::{PlaceOrder, Plan, Settings, Shop, line};
use serde_json::{Value, json};

use crate::world::{Api, shipped_and_partly_refunded, shop};

const OPERATIONS: &str = include_str!("../../schemas/shopify-admin-operations.graphql");

#[test]
fn every_known_operation_validates_against_the_schema() {
    let sdl = include_str!("../../../schemas/shopify-admin.graphql");
    let schema = Schema::parse_and_validate(sdl, "schema").unwrap();
    let document =
        ExecutableDocument::parse_and_validate(&schema, OPERATIONS, "operations").unwrap();
    assert_eq!(document.operations.len(), 46);
}

#[tokio::test]
async fn every_known_query_is_executed_without_an_error() {
    let (shop, api) = shop().await;
    let order = shipped_and_partly_refunded(&shop);
    shop.subscribe("orders/create", "https://example.com/hooks");
    let sku = "{ productVariants(first: 1) { nodes { inventoryItem { id } } } }";
    let sku = api.data(sku, json!({})).await;
    let id = format!("gid://shopify/Order/{}", order.id);
    let variables = json!({ "id": id, "orderId": id, "first": 1, "query": "", "locationId": "gid://shopify/Location/72345678",
        "itemId": sku["productVariants"]["nodes"][0]["inventoryItem"]["id"] });
    // Pages of one: what is asked here, not how much.
    let mut document = OPERATIONS.to_owned();
    for size in ["100", "50", "20", "10"] {
        document = document.replace(&format!("first: {size}"), "first: 1");
    }
    for name in [
        "ShopInfo",
        "Locations",
        "Webhooks",
        "OrdersUpdatedSince",
        "OrderDetail",
        "OrderRefundsAndReturns",
        "TenderTransactions",
        "Disputes",
        "FulfillmentOrdersForOrder",
        "VariantsBySku",
        "InventoryAtLocation",
        "CustomersUpdatedSince",
        "ReturnableItems",
    ] {
        let body = json!({ "query": document, "variables": variables, "operationName": name });
        let request = api.request("", json!({})).json(&body);
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(answer.get("errors"), None, "{name} {answer:#}");
        let mut values = answer["data"].as_object().unwrap().values();
        assert!(values.all(|it| !it.is_null()), "{name} {answer:#}");
    }
}

#[tokio::test]
async fn ids_above_two_to_the_53_keep_every_digit() {
    let first_id = 9_007_199_254_740_993;
    let shop = Shop::start(Settings {
        first_id,
        ..Settings::default()
    })
    .await
    .unwrap();
    let api = Api::of(&shop).await;
    let order = shop.place_order([line("MUG", 1)]);
    assert!(order.id > first_id);
    let data = api
        .data(
            "{ orders(first: 1) { nodes { legacyResourceId } } }",
            json!({}),
        )
        .await;
    assert_eq!(
        data["orders"]["nodes"][0]["legacyResourceId"],
        order.id.to_string()
    );
    assert_eq!(shop.body(order.id).unwrap()["id"].as_u64(), Some(order.id));
}

#[tokio::test]
async fn an_order_is_read_by_id_with_money_as_decimals_and_times_in_utc() {
    let (shop, api) = shop().await;
    let order = shop.place_order([line("MUG", 2)]);
    let query = "query Read($id: ID!) { order(id: $id) { id legacyResourceId name createdAt displayFinancialStatus
        totalPriceSet { shopMoney { amount currencyCode } } lineItems(first: 5) { nodes { sku quantity variant { sku } } } } }";
    let id = format!("gid://shopify/Order/{}", order.id);
    let data = api.data(query, json!({ "id": id })).await;
    let read = &data["order"];
    assert_eq!(read["id"], id);
    assert_eq!(read["legacyResourceId"], order.id.to_string());
    assert_eq!(read["name"], "#1001");
    assert_eq!(read["displayFinancialStatus"], "PAID");
    assert_eq!(
        read["totalPriceSet"]["shopMoney"],
        json!({ "amount": "20.0", "currencyCode": "USD" })
    );
    assert!(read["createdAt"].as_str().unwrap().ends_with('Z'));
    assert_eq!(read["lineItems"]["nodes"][0]["variant"]["sku"], "MUG");
    assert_eq!(shop.calls_of("Read"), 1);
}

#[tokio::test]
async fn a_field_the_schema_does_not_know_is_refused_before_it_costs_anything() {
    let (shop, api) = shop().await;
    let answer = api
        .answer("{ orders(first: 1) { nodes { idd } } }", json!({}))
        .await;
    assert_eq!(
        answer["errors"][0]["message"],
        "Field 'idd' doesn't exist on type 'Order'"
    );
    assert_eq!(answer["errors"].as_array().unwrap().len(), 1);
    assert_eq!(answer.get("data"), None);
    assert_eq!(shop.points(), 2_000);
}

#[tokio::test]
async fn a_variable_of_the_wrong_type_is_refused() {
    let (_shop, api) = shop().await;
    let query = "query Page($first: Int!) { orders(first: $first) { nodes { id } } }";
    let answer = api.answer(query, json!({ "first": "3" })).await;
    assert!(
        answer["errors"][0]["extensions"]["problems"].is_array(),
        "{answer:#}"
    );
}

#[tokio::test]
async fn a_list_is_searched_sorted_and_paged_by_cursor() {
    let (shop, api) = shop().await;
    let placed: Vec<u64> = (0..5)
        .map(|_| shop.place_order([line("MUG", 1)]).id)
        .collect();
    shop.edit(placed[1], |order| order.tags.push("vip".into()))
        .unwrap();
    let query = "query Page($query: String, $first: Int!, $after: String) {
        orders(first: $first, after: $after, query: $query, sortKey: ID) { nodes { legacyResourceId } pageInfo { hasNextPage endCursor } } }";
    let (mut after, mut seen) = (json!(null), Vec::new());
    loop {
        let data = api.data(query, json!({ "first": 2, "after": after })).await;
        let page = &data["orders"];
        let ids = page["nodes"].as_array().unwrap().iter();
        seen.extend(ids.map(|it| {
            it["legacyResourceId"]
                .as_str()
                .unwrap()
                .parse::<u64>()
                .unwrap()
        }));
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(seen, placed);
    let found = api
        .data(
            query,
            json!({ "first": 9, "query": "tag:vip financial_status:paid" }),
        )
        .await;
    assert_eq!(
        found["orders"]["nodes"],
        json!([{ "legacyResourceId": placed[1].to_string() }])
    );
    let none = api
        .data(
            query,
            json!({ "first": 9, "query": "updated_at:>'2999-01-01T00:00:00Z'" }),
        )
        .await;
    assert_eq!(none["orders"]["nodes"], json!([]));
}

#[tokio::test]
async fn an_order_of_six_hundred_lines_is_read_in_pages_that_a_standard_shop_can_pay() {
    let (shop, api) = shop().await;
    let order = shop.place_order(PlaceOrder::of(
        (0..600).map(|n| line(&format!("SKU-{n}"), 1)),
    ));
    let query = "query Lines($id: ID!, $after: String) { order(id: $id) { lineItems(first: 250, after: $after) {
        nodes { sku } pageInfo { hasNextPage endCursor } } } }";
    let id = format!("gid://shopify/Order/{}", order.id);
    let (mut after, mut skus) = (json!(null), Vec::new());
    for _ in 0..3 {
        let data = api.data(query, json!({ "id": id, "after": after })).await;
        let page = &data["order"]["lineItems"];
        skus.extend(
            page["nodes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it["sku"].as_str().unwrap().to_owned()),
        );
        after = page["pageInfo"]["endCursor"].clone();
        assert_eq!(page["pageInfo"]["hasNextPage"], skus.len() < 600);
    }
    let expected: Vec<String> = (0..600).map(|n| format!("SKU-{n}")).collect();
    assert_eq!(skus, expected);
    assert_eq!(order.totals.price.shop, Decimal::from(6_000));
}

#[tokio::test]
async fn cost_is_two_and_one_for_each_item_asked_for_times_what_is_nested() {
    let (shop, api) = shop().await;
    shop.place_order([line("MUG", 1)]);
    // 2 + 10 × (1 + 2 + 5 × (1 + bag 1 + money 1)) = 182; one order with one line: 2 + (1 + 2 + 3) = 8.
    let query = "{ orders(first: 10) { nodes { id lineItems(first: 5) { nodes { originalTotalSet { shopMoney { amount } } } } } } }";
    let answer = api.answer(query, json!({})).await;
    let cost = &answer["extensions"]["cost"];
    assert_eq!(cost["requestedQueryCost"], 182);
    assert_eq!(cost["actualQueryCost"], 8);
    assert_eq!(cost["throttleStatus"]["maximumAvailable"], 2_000);
    let left = cost["throttleStatus"]["currentlyAvailable"]
        .as_u64()
        .unwrap();
    assert!((1_992..=2_000).contains(&left), "{left}");
}

#[tokio::test]
async fn a_query_above_a_thousand_points_is_refused_on_every_plan() {
    let settings = Settings {
        plan: Plan::Plus,
        ..Settings::default()
    };
    let shop = Shop::start(settings).await.unwrap();
    let api = Api::of(&shop).await;
    let query = "{ orders(first: 250) { nodes { customer { id defaultEmailAddress { emailAddress } } shippingAddress { id } } } }";
    let answer = api.answer(query, json!({})).await;
    assert_eq!(
        answer["errors"][0]["extensions"]["code"],
        "MAX_COST_EXCEEDED"
    );
    assert_eq!(answer["errors"][0]["extensions"]["cost"], 1_002);
    assert_eq!(answer.get("data"), None);
}

#[tokio::test]
async fn an_empty_bucket_throttles_with_http_200_and_fills_at_its_rate() {
    let settings = Settings {
        restore_rate: Some(1),
        ..Settings::default()
    };
    let shop = Shop::start(settings).await.unwrap();
    let api = Api::of(&shop).await;
    shop.empty_bucket();
    let answer = api
        .answer("{ orders(first: 50) { nodes { id } } }", json!({}))
        .await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "THROTTLED");
    assert_eq!(answer["extensions"]["cost"]["requestedQueryCost"], 52);
    assert_eq!(answer["extensions"]["cost"]["actualQueryCost"], json!(null));
    assert_eq!(
        answer["extensions"]["cost"]["throttleStatus"]["restoreRate"],
        1
    );
}

#[tokio::test]
async fn a_retired_version_is_served_by_the_oldest_supported_one() {
    let (shop, api) = shop().await;
    for (asked, served) in [("2026-07", "2026-07"), ("2024-01", "2026-01")] {
        let url = format!("{}/admin/api/{asked}/graphql.json", shop.url());
        let request = api
            .client
            .post(url)
            .header("X-Shopify-Access-Token", &api.token);
        let answer = request
            .json(&json!({ "query": "{ shop { name } }" }))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.headers()["x-shopify-api-version"], served);
        assert_eq!(answer.status(), 200);
    }
}

#[tokio::test]
async fn a_field_the_schema_requires_and_the_shop_does_not_hold_is_an_error_that_names_it() {
    let (shop, api) = shop().await;
    shop.place_order([line("MUG", 1)]);
    let answer = api
        .answer(
            "{ orders(first: 1) { nodes { id merchantBusinessEntity { id } } } }",
            json!({}),
        )
        .await;
    assert!(
        answer["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("Order.merchantBusinessEntity"),
        "{answer:#}"
    );
    assert_eq!(
        answer["errors"][0]["path"],
        json!(["orders", "nodes", 0, "merchantBusinessEntity"])
    );
}
