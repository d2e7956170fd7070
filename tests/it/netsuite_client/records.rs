//! Records: create, change, transform, read.

use sandbox::netsuite::Kind;
use serde_json::json;
use waybill::link::{ExternalId, InternalId};
use waybill::netsuite::record::Name;
use waybill::remote::Meaning;

use super::{World, live, so};

#[tokio::test]
async fn a_sales_order_is_one_call_and_found_by_its_external_id() {
    let world = World::start().await;
    let journal = live();
    let body = world.order(&so(1));
    let id = world
        .client
        .create(&journal, "salesOrder", &so(1), &body)
        .await
        .unwrap();
    assert_eq!(journal.calls(), 2, "the token and the order");

    let orders = world.account.sales_orders_with_external_id("so-us-1");
    assert_eq!(orders.len(), 1);
    assert_eq!(orders[0].id.to_string(), id.0);
    assert_eq!(orders[0].total, rust_decimal::Decimal::from(25));

    let found = world
        .client
        .find(&live(), "salesOrder", &so(1))
        .await
        .unwrap();
    assert_eq!(found, Some(id));
    assert_eq!(
        world
            .client
            .find(&live(), "salesOrder", &so(2))
            .await
            .unwrap(),
        None
    );
}

#[tokio::test]
async fn a_body_without_its_external_id_is_not_sent() {
    let world = World::start().await;
    let journal = live();
    let error = world
        .client
        .create(&journal, "salesOrder", &so(2), &world.order(&so(1)))
        .await;
    assert_eq!(error.unwrap_err().meaning(), Some(Meaning::Invalid));
    assert_eq!(journal.calls(), 0);
}

#[tokio::test]
async fn a_second_create_is_refused_as_existing() {
    let world = World::start().await;
    world.create(&so(1)).await.unwrap();
    let error = world.create(&so(1)).await.unwrap_err();
    assert_eq!(error.meaning(), Some(Meaning::Exists));
    assert_eq!(world.account.sales_orders().len(), 1);
}

#[tokio::test]
async fn an_update_changes_lines_by_key_and_replaces_when_asked() {
    let world = World::start().await;
    let id = world.create(&so(1)).await.unwrap();
    let quantity = json!({"memo": "changed", "item": {"items": [{"line": 1, "quantity": 5}]}});
    world
        .client
        .update(&live(), "salesOrder", &id, &quantity, None)
        .await
        .unwrap();
    let order = &world.account.sales_orders()[0];
    assert_eq!(order.memo.as_deref(), Some("changed"));
    assert_eq!(order.lines.len(), 1);

    let one = json!({"item": {"items": [{"item": {"id": world.mug.to_string()}, "quantity": 1, "rate": 1, "price": {"id": "-1"}}]}});
    world
        .client
        .update(&live(), "salesOrder", &id, &one, Some("item"))
        .await
        .unwrap();
    assert_eq!(world.account.sales_orders()[0].lines.len(), 1);

    let absent = InternalId("999999".to_owned());
    let error = world
        .client
        .update(&live(), "salesOrder", &absent, &quantity, None)
        .await;
    assert_eq!(error.unwrap_err().meaning(), Some(Meaning::Absent));
}

#[tokio::test]
async fn a_transform_answers_the_new_record() {
    let world = World::start().await;
    let order = world.create(&so(1)).await.unwrap();
    let key = ExternalId("if-us-1".to_owned());
    let body = json!({"externalId": key.0, "shipStatus": {"id": "C"}});
    let made = world
        .client
        .transform(
            &live(),
            "salesOrder",
            &order,
            "itemFulfillment",
            &key,
            &body,
        )
        .await;
    let shipped = world.account.transactions(Kind::ItemFulfillment);
    assert_eq!(made.unwrap().0, shipped[0].id.to_string());
}

#[tokio::test]
async fn a_record_is_read_with_its_lines() {
    let world = World::start().await;
    let id = world.create(&so(1)).await.unwrap();
    for name in [Name::Internal(&id), Name::External(&so(1))] {
        let read = world
            .client
            .get(&live(), "salesOrder", name, true)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(read["item"]["items"].as_array().unwrap().len(), 1);
        assert_eq!(
            read["total"]
                .to_string()
                .parse::<rust_decimal::Decimal>()
                .unwrap(),
            rust_decimal::Decimal::from(25)
        );
    }
}
