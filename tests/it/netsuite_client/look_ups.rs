//! Bulk look-ups by SuiteQL.

use sandbox::netsuite::{Kind, SeedItem};
use serde_json::json;
use waybill::config::store::SkuField;
use waybill::link::ExternalId;
use waybill::remote::Meaning;

use super::{World, live, so};

#[tokio::test]
async fn items_are_found_by_exact_sku_in_one_call_and_then_known() {
    let world = World::start().await;
    let zeros = world.account.seed_item(SeedItem::new("007"));
    world.account.seed_item(SeedItem::new("7"));
    let journal = live();
    let skus = ["MUG", "mug", "007", "MUG ", "NONE"];

    let found = world
        .client
        .items_by_sku(&journal, &SkuField::ItemId, &skus)
        .await
        .unwrap();

    assert_eq!(found.keys().collect::<Vec<_>>(), ["007", "MUG"]);
    assert_eq!(found["007"][0].id.0, zeros.to_string());
    assert_eq!(journal.calls(), 2, "the token and one query");

    let journal = live();
    world
        .client
        .items_by_sku(&journal, &SkuField::ItemId, &["MUG", "007"])
        .await
        .unwrap();
    assert_eq!(journal.calls(), 0);
    world.client.forget_items(&["MUG"]);
    world
        .client
        .items_by_sku(&journal, &SkuField::ItemId, &["MUG", "007"])
        .await
        .unwrap();
    assert_eq!(journal.calls(), 1);
}

#[tokio::test]
async fn an_inactive_item_is_given_as_such_and_not_kept() {
    let world = World::start().await;
    world
        .account
        .person_deactivates(Kind::InventoryItem, world.mug)
        .unwrap();
    let journal = live();
    for calls in [2, 3] {
        let found = world
            .client
            .items_by_sku(&journal, &SkuField::ItemId, &["MUG"])
            .await
            .unwrap();
        assert!(found["MUG"][0].inactive);
        assert_eq!(journal.calls(), calls);
    }
}

#[tokio::test]
async fn customers_are_found_by_external_id_or_email_in_one_call() {
    let world = World::start().await;
    let twin = json!({
        "isPerson": true, "firstName": "Ada", "lastName": "Other", "email": "ada@example.com",
        "subsidiary": { "id": "2" },
    });
    let twin = world.account.seed_customer(&twin).unwrap();
    world.client.currencies(&live()).await.unwrap();
    let journal = live();
    let key = ExternalId::customer("us", 77);

    let found = world
        .client
        .customers_by(&journal, &key, Some("ADA@Example.com"))
        .await
        .unwrap();

    assert_eq!(journal.calls(), 1);
    let ids: Vec<_> = found.iter().map(|customer| customer.id.0.clone()).collect();
    assert_eq!(ids, [world.customer.to_string(), twin.to_string()]);
    assert_eq!(found[0].external_id.as_deref(), Some("cust-us-77"));
    assert_eq!(found[0].subsidiary.as_deref(), Some("2"));
    assert!(!found[0].inactive);

    let none = world
        .client
        .customers_by(&journal, &ExternalId::customer("us", 1), None)
        .await;
    assert!(none.unwrap().is_empty());
}

#[tokio::test]
async fn written_orders_are_read_back_in_bulk_with_their_totals() {
    let world = World::start().await;
    let keys: Vec<_> = (1..=3).map(so).collect();
    for key in &keys[..2] {
        world.create(key).await.unwrap();
    }
    let journal = live();

    let found = world
        .client
        .transactions_by_external_id(&journal, &keys)
        .await
        .unwrap();

    assert_eq!(journal.calls(), 1);
    assert_eq!(found.len(), 2);
    for transaction in &found {
        assert_eq!(transaction.record, "salesorder");
        assert_eq!(transaction.total, Some(rust_decimal::Decimal::from(25)));
        assert_eq!(transaction.status.as_deref(), Some("B"));
    }
}

#[tokio::test]
async fn orders_that_something_else_brought_in_are_found_by_a_field() {
    let world = World::start().await;
    let mut body = world.order(&so(1));
    body["externalId"] = json!("legacy-1");
    body["otherRefNum"] = json!("#1001");
    let id = world
        .account
        .person_creates(Kind::SalesOrder, &body)
        .unwrap();

    let find = |values: &'static [&'static str]| {
        let client = &world.client;
        async move {
            client
                .orders_by_field(&live(), "salesOrder", "otherRefNum", values)
                .await
        }
    };
    let found = find(&["#1001", "#1002"]).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].id.0, id.to_string());
    assert_eq!(found[0].value, "#1001");
    assert!(find(&["#1003"]).await.unwrap().is_empty());

    let wrong = world
        .client
        .orders_by_field(&live(), "salesOrder", "x' or 1=1", &["a"])
        .await;
    assert_eq!(wrong.unwrap_err().meaning(), Some(Meaning::Invalid));
}

#[tokio::test]
async fn a_query_gives_all_of_its_pages() {
    #[derive(serde::Deserialize)]
    struct Row {
        id: String,
    }
    let world = World::start().await;
    for n in 0..1200 {
        world.account.seed_item(SeedItem::new(&format!("SKU-{n}")));
    }
    let query = "SELECT id FROM item WHERE itemid LIKE ? ORDER BY id";
    let journal = live();
    let rows: Vec<Row> = world
        .client
        .suiteql(&journal, "items", query, &["SKU-%"])
        .await
        .unwrap();
    let distinct: std::collections::BTreeSet<_> = rows.iter().map(|row| &row.id).collect();
    assert_eq!((rows.len(), distinct.len()), (1200, 1200));
    assert_eq!(journal.calls(), 3, "the token and two pages");
}
