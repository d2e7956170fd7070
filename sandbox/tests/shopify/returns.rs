//! Returns: from the request to goods on a shelf and money given back, and what GraphQL and webhooks say of it.

use std::sync::Arc;

use rust_decimal::Decimal;
use sandbox::shopify::{
    DispositionKind, Fulfil, NewReturnLine, Order, PlaceOrder, ProcessUnits, Processing, Return,
    ReturnStatus, Returning, Shop, line, line_at,
};
use serde_json::{Value, json};

use crate::edits::assert_ledger;
use crate::world::{Receiver, amount, dec, read, shop};

const AT: u64 = 72_345_678;

/// Three taxed mugs, all shipped.
fn shipped(shop: &Shop) -> Arc<Order> {
    let mugs = line_at("MUG", 3, dec("10")).taxed("State", dec("0.1"));
    let order = shop.place_order(PlaceOrder::of([mugs]));
    shop.fulfil(order.id, &Fulfil::default()).unwrap().0
}

fn returned(order: &Order, id: u64) -> Return {
    order.returns.iter().find(|it| it.id == id).unwrap().clone()
}

const RETURNS: &str = "query Returns($id: ID!) { order(id: $id) { returnStatus totalOutstandingSet { shopMoney { amount } }
    returns(first: 3) { nodes { id name status totalQuantity
      returnLineItems(first: 3) { nodes { quantity ... on ReturnLineItem { processedQuantity refundedQuantity fulfillmentLineItem { lineItem { sku } }
        restockingFee { percentage amountSet { shopMoney { amount } } } } } }
      returnShippingFees { amountSet { shopMoney { amount } } }
      exchangeLineItems(first: 3) { nodes { quantity processedQuantity variantSku lineItems { sku currentQuantity } } }
      reverseFulfillmentOrders(first: 3) { nodes { status lineItems(first: 3) { nodes { totalQuantity dispositions { type quantity location { legacyResourceId } } } } } }
      refunds(first: 3) { nodes { id totalRefundedSet { shopMoney { amount } } } } } }
    refunds { return { id } refundLineItems(first: 3) { nodes { quantity restockType } } }
    agreements(first: 5) { nodes { __typename reason ... on ReturnAgreement { return { id } } sales(first: 9) { nodes { __typename lineType actionType quantity
      totalAmount { shopMoney { amount } } ... on FeeSale { fee { id } } } } } } } }";

fn shop_money(value: &Value) -> Decimal {
    amount(&value["shopMoney"]["amount"])
}

#[expect(
    clippy::too_many_lines,
    reason = "one return, looked at from every side"
)]
#[tokio::test]
async fn a_return_with_fees_and_an_exchange_nets_to_the_money_given_back() {
    let (shop, api) = shop().await;
    let order = shipped(&shop);
    let returning = Returning {
        lines: vec![NewReturnLine {
            line: order.lines[0].id,
            quantity: 2,
            restocking_fee: Some(dec("10")),
            ..NewReturnLine::default()
        }],
        shipping_fee: Some(dec("3")),
        exchanges: vec![line_at("CUP", 1, dec("6"))],
    };
    let (open, id) = shop.open_return(order.id, &returning).unwrap();
    assert_eq!(open.totals, order.totals);
    let all = Processing::all(&returned(&open, id), DispositionKind::Restocked);
    let (after, refund) = shop.process_return(order.id, id, &all.refunded()).unwrap();
    assert_ledger(&after);
    // Two mugs with tax 22.00, less 2.00 restocking, 3.00 shipping, and a cup for 6.00.
    assert_eq!(after.totals.refunded.shop, dec("11"));
    assert_eq!(after.totals.outstanding.shop, Decimal::ZERO);
    assert_eq!(after.lines[0].current_quantity, 1);
    assert_eq!(shop.level("MUG", AT).unwrap().on_hand, -1);
    assert_eq!(shop.level("CUP", AT).unwrap().committed, 1);
    let read = read(&api, RETURNS, order.id).await;
    let it = &read["returns"]["nodes"][0];
    assert_eq!(
        it["refunds"]["nodes"][0]["id"],
        format!("gid://shopify/Refund/{}", refund.unwrap())
    );
    assert_eq!(read["refunds"][0]["return"]["id"], it["id"]);
    assert_eq!(
        read["refunds"][0]["refundLineItems"]["nodes"],
        json!([{ "quantity": 2, "restockType": "RETURN" }])
    );
    let line = &it["returnLineItems"]["nodes"][0];
    assert_eq!(
        (&line["processedQuantity"], &line["refundedQuantity"]),
        (&json!(2), &json!(2))
    );
    assert_eq!(shop_money(&line["restockingFee"]["amountSet"]), dec("2"));
    assert_eq!(
        it["exchangeLineItems"]["nodes"][0]["lineItems"][0]["sku"],
        "CUP"
    );
    let disposed =
        &it["reverseFulfillmentOrders"]["nodes"][0]["lineItems"]["nodes"][0]["dispositions"];
    assert_eq!(
        *disposed,
        json!([{ "type": "RESTOCKED", "quantity": 2, "location": { "legacyResourceId": "72345678" } }])
    );
    let agreement = &read["agreements"]["nodes"][1];
    assert_eq!(
        (agreement["reason"].as_str(), &agreement["return"]["id"]),
        (Some("RETURN"), &it["id"])
    );
    let sales = agreement["sales"]["nodes"].as_array().unwrap().iter();
    let sales: Vec<_> = sales
        .map(|it| {
            (
                it["lineType"].as_str().unwrap(),
                shop_money(&it["totalAmount"]),
            )
        })
        .collect();
    assert_eq!(
        sales,
        [
            ("PRODUCT", dec("-22")),
            ("FEE", dec("2")),
            ("FEE", dec("3")),
            ("PRODUCT", dec("6"))
        ]
    );
}

#[tokio::test]
async fn a_return_is_processed_in_parts_and_each_unit_ends_as_it_ended() {
    let (shop, _api) = shop().await;
    let order = shipped(&shop);
    let (open, id) = shop
        .open_return(order.id, &Returning::units(order.lines[0].id, 3))
        .unwrap();
    let line = returned(&open, id).lines[0].id;
    let part = |quantity, disposition| Processing {
        units: vec![ProcessUnits {
            line,
            quantity,
            disposition,
            location: None,
        }],
        ..Processing::default()
    };
    let (missing, refund) = shop
        .process_return(order.id, id, &part(1, DispositionKind::Missing))
        .unwrap();
    assert_ledger(&missing);
    assert_eq!(
        (refund, missing.totals.outstanding.shop),
        (None, dec("-11"))
    );
    let damaged = part(1, DispositionKind::NotRestocked).refunded();
    let (damaged, _) = shop.process_return(order.id, id, &damaged).unwrap();
    // What was owed for the missing one goes back with it.
    assert_eq!(damaged.totals.refunded.shop, dec("22"));
    assert!(
        shop.process_return(order.id, id, &part(2, DispositionKind::Restocked))
            .is_err()
    );
    let (last, _) = shop
        .process_return(order.id, id, &part(1, DispositionKind::Restocked))
        .unwrap();
    assert_ledger(&last);
    assert_eq!(shop.level("MUG", AT).unwrap().on_hand, -2);
    let kinds: Vec<_> = returned(&last, id).lines[0]
        .dispositions
        .iter()
        .map(|it| it.kind)
        .collect();
    assert_eq!(
        kinds,
        [
            DispositionKind::Missing,
            DispositionKind::NotRestocked,
            DispositionKind::Restocked
        ]
    );
    assert!(shop.cancel_return(order.id, id).is_err());
}

#[tokio::test]
async fn what_becomes_of_units_that_need_processing_is_said_later_and_once() {
    let (shop, _api) = shop().await;
    let order = shipped(&shop);
    let (open, id) = shop
        .open_return(order.id, &Returning::units(order.lines[0].id, 2))
        .unwrap();
    let all = Processing::all(&returned(&open, id), DispositionKind::ProcessingRequired);
    let paid = shop
        .process_return(order.id, id, &all.refunded())
        .unwrap()
        .0;
    let stock = shop.level("MUG", AT).unwrap().on_hand;
    let end = |quantity, disposition| ProcessUnits {
        line: returned(&open, id).lines[0].id,
        quantity,
        disposition,
        location: None,
    };
    let again = end(1, DispositionKind::ProcessingRequired);
    assert!(shop.dispose(order.id, id, &again).is_err());
    let restocked = end(2, DispositionKind::Restocked);
    let ended = shop.dispose(order.id, id, &restocked).unwrap();
    assert_eq!(shop.level("MUG", AT).unwrap().on_hand, stock + 2);
    assert_eq!(ended.totals, paid.totals);
    assert!(shop.dispose(order.id, id, &restocked).is_err());
}

#[tokio::test]
async fn only_shipped_units_that_nobody_returns_yet_can_be_returned() {
    let (shop, api) = shop().await;
    let unshipped = shop.place_order([line("MUG", 1)]);
    let one = Returning::units(unshipped.lines[0].id, 1);
    assert!(shop.open_return(unshipped.id, &one).is_err());
    let order = shipped(&shop);
    let mug = order.lines[0].id;
    let (_, first) = shop
        .request_return(order.id, &Returning::units(mug, 2))
        .unwrap();
    assert!(
        shop.request_return(order.id, &Returning::units(mug, 2))
            .is_err()
    );
    let query = "query R($id: ID!) { returnableFulfillments(orderId: $id, first: 3) { nodes { returnableFulfillmentLineItems(first: 3) { nodes { quantity } } } } }";
    let id = json!({ "id": format!("gid://shopify/Order/{}", order.id) });
    let left = api.data(query, id).await;
    assert_eq!(
        left["returnableFulfillments"]["nodes"][0]["returnableFulfillmentLineItems"]["nodes"][0]["quantity"],
        1
    );
    shop.decline_return(order.id, first, "FINAL_SALE", "no")
        .unwrap();
    shop.request_return(order.id, &Returning::units(mug, 3))
        .unwrap();
}

#[expect(clippy::too_many_lines, reason = "one return, step by step")]
#[tokio::test]
async fn every_step_of_a_return_has_a_topic_and_a_status() {
    let (shop, api) = shop().await;
    let receiver = Receiver::start().await;
    let order = shipped(&shop);
    let topics = [
        "approve", "cancel", "close", "decline", "process", "reopen", "request",
    ];
    for topic in topics {
        shop.subscribe(&format!("returns/{topic}"), &receiver.url);
    }
    let one = Returning::units(order.lines[0].id, 1);
    let status = async || {
        read(
            &api,
            "query S($id: ID!) { order(id: $id) { returnStatus } }",
            order.id,
        )
        .await["returnStatus"]
            .take()
    };
    assert_eq!(status().await, "NO_RETURN");
    let (_, declined) = shop.request_return(order.id, &one).unwrap();
    assert_eq!(status().await, "RETURN_REQUESTED");
    shop.decline_return(order.id, declined, "OTHER", "worn")
        .unwrap();
    let (_, cancelled) = shop.open_return(order.id, &one).unwrap();
    shop.cancel_return(order.id, cancelled).unwrap();
    let (_, id) = shop.request_return(order.id, &one).unwrap();
    let open = shop.approve_return(order.id, id).unwrap();
    assert_eq!(status().await, "IN_PROGRESS");
    let all = Processing::all(&returned(&open, id), DispositionKind::Restocked);
    shop.process_return(order.id, id, &all).unwrap();
    assert_eq!(status().await, "INSPECTION_COMPLETE");
    shop.close_return(order.id, id).unwrap();
    shop.reopen_return(order.id, id).unwrap();
    let order = shop.close_return(order.id, id).unwrap();
    assert_eq!(status().await, "RETURNED");
    assert_eq!(returned(&order, id).status, ReturnStatus::Closed);
    shop.settle().await.unwrap();
    let told: std::collections::BTreeSet<_> = receiver.topics().into_iter().collect();
    assert_eq!(
        told,
        topics
            .iter()
            .map(|topic| format!("returns/{topic}"))
            .collect()
    );
    let of = |topic: &str| {
        receiver
            .received()
            .iter()
            .find(|it| it.header("x-shopify-topic") == topic)
            .unwrap()
            .json()
    };
    assert_eq!(of("returns/close")["order_id"], order.id);
    assert_eq!(of("returns/request")["order"]["id"], order.id);
    assert_eq!(of("returns/decline")["decline"]["note"], "worn");
    assert_eq!(of("returns/process"), json!({}));
}

#[tokio::test]
async fn a_return_goes_its_way_over_http() {
    let (shop, api) = shop().await;
    let order = shipped(&shop);
    let post = async |act: &str, body: Value| {
        let url = format!("{}/_sandbox/orders/{}/{act}", shop.url(), order.id);
        let answer = api.client.post(url).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{act}");
        answer.json::<Value>().await.unwrap()
    };
    let body = post(
        "open_return",
        json!({ "lines": [{ "line": order.lines[0].id, "quantity": 1, "restocking_fee": "10" }] }),
    )
    .await;
    let id = body["returns"][0]["id"].clone();
    let line = shop.order(order.id).unwrap().returns[0].lines[0].id;
    let processing = json!({ "units": [{ "line": line, "quantity": 1, "disposition": "not_restocked" }], "refund": { "money": true } });
    let body = post(
        "process_return",
        json!({ "return": id, "processing": processing }),
    )
    .await;
    assert_eq!(body["refunds"][0]["return"]["id"], id);
    assert_eq!(body["refunds"][0]["transactions"][0]["amount"], "10.00");
    let body = post("close_return", json!({ "return": id })).await;
    assert_eq!(body["returns"][0]["status"], "closed");
}
