//! Customers of several subsidiaries: the relationship's rules, and what may be booked on them.

use sandbox::netsuite::{Kind, Settings};
use serde_json::{Value, json};

use crate::world::{World, settings};

const RECORD: &str = "customerSubsidiaryRelationship";

async fn shared() -> World {
    World::with(Settings {
        multi_subsidiary_customers: true,
        ..settings()
    })
    .await
}

fn pair(world: &World, subsidiary: &str) -> Value {
    json!({ "entity": { "id": world.customer.to_string() }, "subsidiary": { "id": subsidiary } })
}

/// A customer of subsidiary 1, whose order wants subsidiary 2.
fn elsewhere(world: &World) -> (u64, Value) {
    let other = json!({ "companyName": "Elsewhere", "subsidiary": { "id": "1" } });
    let other = world.account.seed_customer(&other).unwrap();
    let mut order = world.order();
    order["entity"] = json!({ "id": other.to_string() });
    order["subsidiary"] = json!({ "id": "2" });
    (other, order)
}

#[tokio::test]
async fn without_the_feature_there_is_neither_the_record_nor_the_table() {
    let world = World::start().await;
    let reply = world.post(RECORD, &pair(&world, "1")).await;
    assert_eq!(reply.status, 404, "{}", reply.body);
    let sql = "SELECT entity FROM CustomerSubsidiaryRelationship";
    let reply = world.query(sql, &[]).await;
    assert_eq!(reply.status, 400);
    assert!(
        reply.detail().contains("Invalid search type"),
        "{}",
        reply.body
    );
}

#[tokio::test]
async fn each_pair_is_taken_once_and_both_must_be_there() {
    let world = shared().await;
    let reply = world.post(RECORD, &pair(&world, "1")).await;
    assert_eq!(reply.status, 204, "{}", reply.body);
    for taken in ["1", "2"] {
        let reply = world.post(RECORD, &pair(&world, taken)).await;
        assert_eq!(reply.code(), "USER_ERROR", "{}", reply.body);
    }
    assert_eq!(
        world.post(RECORD, &pair(&world, "77")).await.code(),
        "INVALID_CONTENT"
    );
    let nobody = json!({ "entity": { "id": "999" }, "subsidiary": { "id": "1" } });
    assert_eq!(world.post(RECORD, &nobody).await.code(), "INVALID_CONTENT");
    let half = json!({ "entity": { "id": world.customer.to_string() } });
    let reply = world.post(RECORD, &half).await;
    assert!(reply.detail().contains("Subsidiary"), "{}", reply.body);

    let sql = "SELECT entity, subsidiary, isprimarysub FROM customersubsidiaryrelationship \
               WHERE entity = ? ORDER BY subsidiary";
    let customer = world.customer.to_string();
    let rows = world.rows(sql, &[&customer]).await;
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row["subsidiary"].as_str(), row["isprimarysub"].as_str()))
        .collect();
    assert_eq!(told, [(Some("1"), Some("F")), (Some("2"), Some("T"))]);
}

#[tokio::test]
async fn only_a_customer_of_the_subsidiary_buys_in_it_and_pays_where_they_bought() {
    let world = shared().await;
    let (other, order) = elsewhere(&world);
    let reply = world.post("salesOrder", &order).await;
    assert_eq!(reply.path(), "subsidiary", "{}", reply.body);

    let added = json!({ "entity": { "id": other.to_string() }, "subsidiary": { "id": "2" } });
    let added = world.post(RECORD, &added).await.id();
    let sold = world.post("salesOrder", &order).await;
    assert_eq!(sold.status, 204, "{}", sold.body);
    let deposit = |subsidiary: &str| {
        json!({
            "customer": other, "salesOrder": { "id": sold.id().to_string() }, "payment": 1,
            "account": "123", "subsidiary": { "id": subsidiary },
        })
    };
    let reply = world.post("customerDeposit", &deposit("1")).await;
    assert_eq!(reply.path(), "subsidiary", "{}", reply.body);
    let reply = world.post("customerDeposit", &deposit("2")).await;
    assert_eq!(reply.status, 204, "{}", reply.body);

    let record = Kind::CustomerSubsidiaryRelationship;
    assert!(
        world.account.person_deletes(record, added).is_err(),
        "there are orders in it"
    );
}
