//! Shipments and stock through the API.

use sandbox::shopify::{
    Blocked, NewLocation, PlaceOrder, Refunding, Restock, Settings, Shop, line,
};
use serde_json::{Value, json};

use crate::world::{Api, Receiver, shop};

const LOCATION: u64 = 72_345_678;

const FULFIL: &str = "mutation Fulfil($fulfillment: FulfillmentInput!) { fulfillmentCreate(fulfillment: $fulfillment) {
    fulfillment { id status name trackingInfo(first: 5) { company number url } location { legacyResourceId }
      fulfillmentLineItems(first: 5) { nodes { quantity lineItem { sku } } } } userErrors { field message } } }";

const WORK: &str = "query Work($id: ID!) { order(id: $id) { displayFulfillmentStatus fulfillmentOrders(first: 5) { nodes { id status
    lineItems(first: 5) { nodes { id remainingQuantity } } } } fulfillments(first: 5) { id status } } }";

async fn work(api: &Api, order: u64) -> Value {
    let id = format!("gid://shopify/Order/{order}");
    api.data(WORK, json!({ "id": id })).await["order"].take()
}

async fn fulfil(api: &Api, parts: Value) -> Value {
    let tracking =
        json!({ "company": "UPS", "numbers": ["1Z1", "1Z2"], "urls": ["https://example.com/1"] });
    let fulfillment = json!({ "lineItemsByFulfillmentOrder": parts, "trackingInfo": tracking });
    api.data(FULFIL, json!({ "fulfillment": fulfillment }))
        .await["fulfillmentCreate"]
        .take()
}

#[tokio::test]
async fn a_fulfillment_takes_units_off_its_fulfillment_order_and_off_the_shelf() {
    let (shop, api) = shop().await;
    shop.add_variant("MUG", 10.into());
    shop.set_on_hand("MUG", LOCATION, 20);
    let order = shop.place_order([line("MUG", 3), line("CUP", 1)]);
    assert_eq!(shop.level("MUG", LOCATION).unwrap().available(), 17);
    let open = work(&api, order.id).await["fulfillmentOrders"]["nodes"][0].take();
    let units = json!([{ "id": open["lineItems"]["nodes"][0]["id"], "quantity": 2 }]);
    let part = json!([{ "fulfillmentOrderId": open["id"], "fulfillmentOrderLineItems": units }]);
    let made = fulfil(&api, part.clone()).await;
    assert_eq!(made["userErrors"], json!([]));
    assert_eq!(
        made["fulfillment"]["trackingInfo"][1],
        json!({ "company": "UPS", "number": "1Z2", "url": null })
    );
    assert_eq!(
        made["fulfillment"]["fulfillmentLineItems"]["nodes"],
        json!([{ "quantity": 2, "lineItem": { "sku": "MUG" } }])
    );
    assert_eq!(
        work(&api, order.id).await["displayFulfillmentStatus"],
        "PARTIALLY_FULFILLED"
    );
    let level = shop.level("MUG", LOCATION).unwrap();
    assert_eq!((level.on_hand, level.committed), (18, 1));

    let again = fulfil(&api, part).await;
    assert_eq!(again["fulfillment"], json!(null));
    assert_eq!(
        again["userErrors"][0]["message"],
        "Invalid fulfillment order line item quantity requested."
    );
    let rest = fulfil(&api, json!([{ "fulfillmentOrderId": open["id"] }])).await;
    assert_eq!(
        rest["fulfillment"]["fulfillmentLineItems"]["nodes"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        work(&api, order.id).await["displayFulfillmentStatus"],
        "FULFILLED"
    );
    assert_eq!(
        fulfil(&api, json!([{ "fulfillmentOrderId": open["id"] }])).await["fulfillment"],
        json!(null)
    );
}

#[tokio::test]
async fn two_locations_are_two_fulfillment_orders_and_no_single_fulfillment() {
    let locations = vec![
        NewLocation::new(1, "East", "US"),
        NewLocation::new(2, "West", "US"),
    ];
    let shop = Shop::start(Settings {
        locations,
        ..Settings::default()
    })
    .await
    .unwrap();
    let api = Api::of(&shop).await;
    let mut west = line("CUP", 1);
    west.location = Some(2);
    let order = shop.place_order(PlaceOrder::of([line("MUG", 1), west]));
    let open = work(&api, order.id).await["fulfillmentOrders"]["nodes"].take();
    assert_eq!(open.as_array().unwrap().len(), 2);
    let both =
        json!([{ "fulfillmentOrderId": open[0]["id"] }, { "fulfillmentOrderId": open[1]["id"] }]);
    assert_eq!(fulfil(&api, both).await["fulfillment"], json!(null));
    assert_eq!(shop.order(order.id).unwrap().fulfillments.len(), 0);
    assert_eq!(
        fulfil(&api, json!([{ "fulfillmentOrderId": open[1]["id"] }])).await["fulfillment"]["location"]
            ["legacyResourceId"],
        "2"
    );
}

#[tokio::test]
async fn a_cancelled_fulfillment_of_a_closed_fulfillment_order_makes_a_new_one() {
    let (shop, api) = shop().await;
    let order = shop.place_order([line("MUG", 2)]);
    let open = work(&api, order.id).await["fulfillmentOrders"]["nodes"][0]["id"].take();
    let made = fulfil(&api, json!([{ "fulfillmentOrderId": open }])).await;
    let cancel = "mutation Cancel($id: ID!) { fulfillmentCancel(id: $id) { fulfillment { status } userErrors { message } } }";
    let cancelled = api
        .data(cancel, json!({ "id": made["fulfillment"]["id"] }))
        .await;
    assert_eq!(
        cancelled["fulfillmentCancel"]["fulfillment"]["status"],
        "CANCELLED"
    );
    let after = work(&api, order.id).await;
    let statuses: Vec<_> = after["fulfillmentOrders"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["status"].clone())
        .collect();
    assert_eq!(statuses, ["CLOSED", "OPEN"]);
    assert_ne!(after["fulfillmentOrders"]["nodes"][1]["id"], open);
    assert_eq!(after["displayFulfillmentStatus"], "UNFULFILLED");
}

#[tokio::test]
async fn tracking_is_replaced_and_announced() {
    let receiver = Receiver::start().await;
    let (shop, api) = shop().await;
    let order = shop.place_order([line("MUG", 1)]);
    let open = work(&api, order.id).await["fulfillmentOrders"]["nodes"][0]["id"].take();
    let made = fulfil(&api, json!([{ "fulfillmentOrderId": open }])).await;
    shop.subscribe("fulfillments/update", &receiver.url);
    let update = "mutation Track($id: ID!, $tracking: FulfillmentTrackingInput!) { fulfillmentTrackingInfoUpdate(fulfillmentId: $id, trackingInfoInput: $tracking) {
        fulfillment { trackingInfo(first: 5) { company number } } userErrors { message } } }";
    let variables = json!({ "id": made["fulfillment"]["id"], "tracking": { "company": "DHL Express", "number": "77" } });
    let updated = api.data(update, variables).await["fulfillmentTrackingInfoUpdate"].take();
    assert_eq!(
        updated["fulfillment"]["trackingInfo"],
        json!([{ "company": "DHL Express", "number": "77" }])
    );
    shop.settle().await.unwrap();
    assert_eq!(
        receiver.received()[0].json()["tracking_numbers"],
        json!(["77"])
    );
}

const SET: &str = "mutation Set($input: InventorySetQuantitiesInput!, $key: String!) { inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { reason changes { name delta quantityAfterChange item { sku } location { legacyResourceId } } } userErrors { field message code } } }";

async fn item(api: &Api, sku: &str) -> Value {
    let query = "query Sku($query: String!) { productVariants(first: 5, query: $query) { nodes { sku inventoryItem { id } } } }";
    let found = api
        .data(query, json!({ "query": format!("sku:'{sku}'") }))
        .await;
    found["productVariants"]["nodes"][0]["inventoryItem"]["id"].clone()
}

fn input(name: &str, quantities: &[(&Value, i64, Value)]) -> Value {
    let location = format!("gid://shopify/Location/{LOCATION}");
    let entry = |(item, quantity, from): &(&Value, i64, Value)| json!({ "inventoryItemId": item, "locationId": location, "quantity": quantity, "changeFromQuantity": from });
    json!({ "name": name, "reason": "correction", "quantities": quantities.iter().map(entry).collect::<Vec<_>>() })
}

#[tokio::test]
async fn setting_stock_is_all_or_nothing_and_compares_first() {
    let receiver = Receiver::start().await;
    let (shop, api) = shop().await;
    shop.place_order([line("MUG", 2), line("CUP", 1)]);
    let (mug, cup) = (item(&api, "MUG").await, item(&api, "CUP").await);
    shop.subscribe("inventory_levels/update", &receiver.url);
    let set = async |key: &str, input: Value| {
        api.data(SET, json!({ "input": input, "key": key })).await["inventorySetQuantities"].take()
    };
    let stale = set(
        "one",
        input("on_hand", &[(&mug, 10, json!(0)), (&cup, 5, json!(3))]),
    )
    .await;
    assert_eq!(stale["userErrors"][0]["code"], "CHANGE_FROM_QUANTITY_STALE");
    assert_eq!(
        stale["userErrors"][0]["field"],
        json!(["input", "quantities", "1", "changeFromQuantity"])
    );
    assert_eq!(shop.level("MUG", LOCATION).unwrap().on_hand, 0);
    let made = set(
        "two",
        input("on_hand", &[(&mug, 10, json!(0)), (&cup, 5, json!(null))]),
    )
    .await;
    assert_eq!(made["userErrors"], json!([]));
    assert_eq!(made["inventoryAdjustmentGroup"]["changes"][0]["delta"], 10);
    assert_eq!(shop.level("MUG", LOCATION).unwrap().available(), 8);
    let unchanged = set("three", input("available", &[(&mug, 8, json!(8))])).await;
    assert_eq!(
        unchanged,
        json!({ "inventoryAdjustmentGroup": null, "userErrors": [] })
    );
    shop.settle().await.unwrap();
    assert_eq!(receiver.received().len(), 2);
    assert_eq!(receiver.received()[0].json()["location_id"], LOCATION);
}

#[tokio::test]
async fn one_key_executes_once_and_never_for_something_else() {
    let (shop, api) = shop().await;
    shop.place_order([line("MUG", 2)]);
    let mug = item(&api, "MUG").await;
    let set = async |quantity: i64| {
        let variables =
            json!({ "input": input("on_hand", &[(&mug, quantity, json!(null))]), "key": "same" });
        api.data(SET, variables).await["inventorySetQuantities"].take()
    };
    set(10).await;
    shop.set_on_hand("MUG", LOCATION, 7);
    assert_eq!(set(10).await["userErrors"], json!([]));
    assert_eq!(shop.level("MUG", LOCATION).unwrap().on_hand, 7);
    assert_eq!(
        set(11).await["userErrors"][0]["code"],
        "IDEMPOTENCY_KEY_PARAMETER_MISMATCH"
    );
}

#[tokio::test]
async fn stock_without_a_key_or_without_an_expected_quantity_is_refused() {
    let (shop, api) = shop().await;
    shop.place_order([line("MUG", 2)]);
    let mug = item(&api, "MUG").await;
    let bare = SET
        .replace("@idempotent(key: $key)", "")
        .replace(", $key: String!", "");
    let answer = api
        .answer(
            &bare,
            json!({ "input": input("on_hand", &[(&mug, 1, json!(null))]) }),
        )
        .await;
    assert!(
        answer["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("@idempotent"),
        "{answer:#}"
    );
    let mut lacking = input("on_hand", &[(&mug, 1, json!(null))]);
    lacking["quantities"][0]
        .as_object_mut()
        .unwrap()
        .remove("changeFromQuantity");
    let answer = api
        .answer(SET, json!({ "input": lacking, "key": "key" }))
        .await;
    assert!(
        answer["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("changeFromQuantity"),
        "{answer:#}"
    );
    assert_eq!(shop.level("MUG", LOCATION).unwrap().on_hand, 0);
}

#[tokio::test]
async fn cancelled_units_are_free_again_and_returned_units_come_back() {
    let (shop, _api) = shop().await;
    shop.add_variant("MUG", 10.into());
    shop.set_on_hand("MUG", LOCATION, 10);
    let cancelled = shop.place_order([line("MUG", 4)]);
    shop.cancel(cancelled.id, "customer").unwrap();
    let level = shop.level("MUG", LOCATION).unwrap();
    assert_eq!((level.on_hand, level.committed), (10, 0));
    let returned = shop.place_order([line("MUG", 3)]);
    shop.fulfil(returned.id, &sandbox::shopify::Fulfil::default())
        .unwrap();
    let refunding = Refunding {
        lines: vec![(returned.lines[0].id, 1)],
        restock: Restock::Return,
        ..Refunding::default()
    };
    shop.refund(returned.id, &refunding).unwrap();
    let level = shop.level("MUG", LOCATION).unwrap();
    assert_eq!((level.on_hand, level.committed), (8, 0));
}

const MOVE: &str = "mutation Move($id: ID!, $to: ID!, $lines: [FulfillmentOrderLineItemInput!]) {
    fulfillmentOrderMove(id: $id, newLocationId: $to, fulfillmentOrderLineItems: $lines) {
      movedFulfillmentOrder { id assignedLocation { location { legacyResourceId } } lineItems(first: 5) { nodes { remainingQuantity } } }
      userErrors { field message } } }";

#[tokio::test]
async fn units_move_to_another_location_until_some_have_shipped() {
    let locations = vec![
        NewLocation::new(1, "East", "US"),
        NewLocation::new(2, "West", "US"),
    ];
    let shop = Shop::start(Settings {
        locations,
        ..Settings::default()
    })
    .await
    .unwrap();
    let api = Api::of(&shop).await;
    let order = shop.place_order([line("MUG", 3)]);
    let open = work(&api, order.id).await["fulfillmentOrders"]["nodes"][0].take();
    let lines = json!([{ "id": open["lineItems"]["nodes"][0]["id"], "quantity": 1 }]);
    let west = json!({ "id": open["id"], "to": "gid://shopify/Location/2", "lines": lines });

    let moved = api.data(MOVE, west).await["fulfillmentOrderMove"].take();
    assert_eq!(moved["userErrors"], json!([]));
    let moved = &moved["movedFulfillmentOrder"];
    assert_ne!(moved["id"], open["id"]);
    assert_eq!(
        moved["assignedLocation"]["location"]["legacyResourceId"],
        "2"
    );
    assert_eq!(moved["lineItems"]["nodes"][0]["remainingQuantity"], 1);

    let left = work(&api, order.id).await["fulfillmentOrders"]["nodes"][0].take();
    let one = json!([{ "id": left["lineItems"]["nodes"][0]["id"], "quantity": 1 }]);
    let part = json!([{ "fulfillmentOrderId": left["id"], "fulfillmentOrderLineItems": one }]);
    assert_eq!(fulfil(&api, part).await["userErrors"], json!([]));
    let rest = json!({ "id": left["id"], "to": "gid://shopify/Location/2", "lines": null });
    let refused = api.data(MOVE, rest).await["fulfillmentOrderMove"].take();
    assert_eq!(refused["movedFulfillmentOrder"], json!(null));
    assert_eq!(refused["userErrors"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_on_hold_does_not_ship() {
    let (shop, api) = shop().await;
    let order = shop.place_order([line("MUG", 1)]);
    shop.edit(order.id, |order| order.block(Some(Blocked::OnHold)))
        .unwrap();
    let held = work(&api, order.id).await["fulfillmentOrders"]["nodes"][0].take();
    assert_eq!(held["status"], "ON_HOLD");
    let refused = fulfil(&api, json!([{ "fulfillmentOrderId": held["id"] }])).await;
    assert_eq!(refused["fulfillment"], json!(null));

    shop.edit(order.id, |order| order.block(None)).unwrap();
    let made = fulfil(&api, json!([{ "fulfillmentOrderId": held["id"] }])).await;
    assert_eq!(made["userErrors"], json!([]));
    let shipped = shop.order(order.id).unwrap();
    assert_eq!(shipped.fulfillments[0].mails, 0, "nobody asked for a mail");
}
