//! What happened to an order after it was placed, read to its end.

use rust_decimal::Decimal;
use sandbox::shopify::{
    NewShipping, NewTax, PlaceOrder, Presentment, Refunding, Restock, Shop, When, line, line_at,
};
use serde_json::{Value, json};
use waybill::config::{Timing, store::CurrencyBasis};
use waybill::remote::Error;
use waybill::shopify::Client;
use waybill::shopify::order::{
    self, AgreementReason, DispositionKind, Order, ReturnStatus, SaleAction, SaleKind,
};

use super::gateway::gateway;
use super::{DEADLINE, cents, client, reads, shop, store};

/// Reads the order through a gateway that changes the shop's answers.
async fn altered(
    shop: &Shop,
    id: u64,
    alter: impl Fn(&str, &mut Value) + Clone + Send + Sync + 'static,
) -> Result<Option<Order>, Error> {
    let mut store = store(shop);
    store.url = Some(gateway(shop, alter).await);
    let client = Client::new(&store, &Timing::default()).unwrap();
    client.order(&reads(), id).await
}

fn refund(lines: Vec<(u64, u32)>) -> Refunding {
    Refunding {
        lines,
        money: true,
        ..Refunding::default()
    }
}

fn minor(sales: &[order::Sale]) -> i64 {
    sales.iter().map(|sale| sale.total.minor).sum()
}

#[tokio::test]
async fn a_refunded_order_tells_its_refund_and_what_was_agreed() {
    let (shop, client) = shop().await;
    let tax = || NewTax::new("CA State Tax", Decimal::new(725, 4));
    let placed = shop.place_order(
        PlaceOrder::of([
            line_at("MUG", 3, cents(1999)).taxed("CA State Tax", Decimal::new(725, 4)),
            line("007", 1),
        ])
        .with_shipping(NewShipping {
            taxes: vec![tax()],
            ..NewShipping::new("Ground", cents(795))
        }),
    );
    let mug = placed.lines[0].id;
    let refunding = Refunding {
        shipping: Some(cents(500)),
        note: Some("chipped".to_owned()),
        restock: Restock::Cancel,
        ..refund(vec![(mug, 2)])
    };
    let (now, id) = shop.refund(placed.id, &refunding).unwrap();
    shop.reset_calls();

    let order = client.order(&reads(), placed.id).await.unwrap().unwrap();

    assert_eq!(shop.calls_of("OrderQuery"), 1);
    assert_eq!(shop.calls_of("RefundQuery"), 1);
    assert_eq!(shop.calls_of("OrderAgreementsQuery"), 1);
    let held = now.refunds.iter().find(|refund| refund.id == id).unwrap();
    tells(&order, held);
    assert_eq!(order.lines[0].refundable_quantity, 1);
    let reasons: Vec<_> = order.agreements.iter().map(|one| one.reason).collect();
    assert_eq!(reasons, [AgreementReason::Order, AgreementReason::Refund]);
    assert_eq!(order.agreements[1].refund, Some(id));
    assert_eq!(minor(&order.agreements[0].sales), order.totals.total.minor);
    let gone = order.totals.total.minor - order.totals.current_total.minor;
    assert_eq!(minor(&order.agreements[1].sales).abs(), gone);
    let sold = &order.agreements[0].sales;
    assert_eq!(sold[0].line, Some(mug));
    assert_eq!(sold[0].quantity, Some(3));
    assert_eq!(sold[0].taxes[0].rate, Some(Decimal::new(725, 4)));
    assert_eq!(sold[2].kind, SaleKind::Shipping);
    assert_eq!(sold[2].shipping_line, order.shipping[0].id);
    assert_eq!(order.agreements[1].sales[0].action, SaleAction::Return);
}

fn tells(order: &Order, held: &sandbox::shopify::Refund) {
    let [refund] = &order.refunds[..] else {
        panic!("one refund: {:?}", order.refunds)
    };
    assert_eq!(refund.id, held.id);
    assert_eq!(refund.note.as_deref(), Some("chipped"));
    assert_eq!(refund.created_at, held.at);
    assert_eq!(refund.return_id, None);
    let [line] = &refund.lines[..] else {
        panic!("one line: {:?}", refund.lines)
    };
    assert_eq!((line.line, line.quantity), (order.lines[0].id, 2));
    assert_eq!(line.restock, order::Restock::Cancel);
    assert_eq!(line.location, Some(72_345_678));
    assert_eq!(line.subtotal.minor, 3998);
    assert_eq!(line.tax.minor, 290);
    assert_eq!(refund.shipping[0].shipping_line, order.shipping[0].id);
    assert_eq!(refund.shipping[0].subtotal.minor, 500);
    assert_eq!(refund.transactions, held.transactions);
    let paid = order.transactions.iter();
    let paid = paid.filter(|one| refund.transactions.contains(&one.id));
    let paid: i64 = paid.map(|one| one.amount.minor).sum();
    assert_eq!(refund.total.minor, paid);
    assert_eq!(refund.total, order.totals.refunded);
}

#[tokio::test]
async fn an_order_of_600_lines_refunded_whole_is_read_to_its_end() {
    let (shop, client) = shop().await;
    let lines = (0..600).map(|n| line(&format!("SKU-{n}"), 1));
    let placed = shop.place_order(PlaceOrder::of(lines));
    let all: Vec<_> = placed.lines.iter().map(|line| line.id).collect();
    let taken = all.iter().map(|id| (*id, 1)).collect();
    shop.refund(placed.id, &refund(taken)).unwrap();

    let order = client.order(&reads(), placed.id).await.unwrap().unwrap();

    let of_refund = order.refunds[0].lines.iter().map(|line| line.line);
    assert_eq!(of_refund.collect::<Vec<_>>(), all);
    for agreement in &order.agreements {
        let of_sales = agreement.sales.iter().filter_map(|sale| sale.line);
        assert_eq!(of_sales.collect::<Vec<_>>(), all);
    }
    assert!(shop.calls().iter().all(|call| call.requested_cost <= 1000));
}

#[tokio::test]
async fn forty_refunds_of_one_order_are_all_read() {
    let (shop, client) = shop().await;
    let placed = shop.place_order([line("MUG", 40)]);
    let mug = placed.lines[0].id;
    let ids: Vec<_> = (0..40)
        .map(|_| shop.refund(placed.id, &refund(vec![(mug, 1)])).unwrap().1)
        .collect();

    let order = client.order(&reads(), placed.id).await.unwrap().unwrap();

    let read: Vec<_> = order.refunds.iter().map(|refund| refund.id).collect();
    assert_eq!(read, ids);
    let agreed = order.agreements.iter().filter_map(|one| one.refund);
    assert_eq!(agreed.collect::<Vec<_>>(), ids);
    assert_eq!(order.transactions.len(), 41);
    assert_eq!(order.totals.current_total.minor, 0);
}

#[tokio::test]
async fn refunds_and_sales_are_read_in_the_currency_basis() {
    let (shop, _) = shop().await;
    let mut store = store(&shop);
    store.currency_basis = CurrencyBasis::Presentment;
    let client = Client::new(&store, &Timing::default()).unwrap();
    let placed = shop.place_order(PlaceOrder {
        presentment: Some(Presentment {
            currency: "KWD".to_owned(),
            rate: Decimal::new(307, 3),
        }),
        ..PlaceOrder::of([line("MUG", 2)])
    });
    let mug = placed.lines[0].id;
    shop.refund(placed.id, &refund(vec![(mug, 1)])).unwrap();

    let order = client.order(&reads(), placed.id).await.unwrap().unwrap();

    assert_eq!(order.refunds[0].total.to_string(), "3.070 KWD");
    assert_eq!(order.refunds[0].lines[0].subtotal.minor, 3070);
    assert_eq!(order.agreements[0].sales[0].total.minor, 6140);
}

#[tokio::test]
async fn an_order_refunded_while_its_history_is_read_is_read_again() {
    let (shop, _) = shop().await;
    // Long ago: Shopify's times are whole seconds, and the change must be a later one.
    let placed = shop.place_order(PlaceOrder {
        created_at: Some(chrono::DateTime::UNIX_EPOCH),
        ..PlaceOrder::of([line("MUG", 3)])
    });
    let mug = placed.lines[0].id;
    let gate = shop.park("OrderAgreementsQuery", When::BeforeExecution);

    let edited = altered(&shop, placed.id, |name, answer| {
        if name == "OrderQuery" {
            answer["data"]["order"]["edited"] = true.into();
        }
    });
    let (order, ()) = tokio::join!(edited, async {
        assert!(gate.arrived(DEADLINE).await);
        shop.refund(placed.id, &refund(vec![(mug, 1)])).unwrap();
        gate.release();
    });

    let order = order.unwrap().unwrap();
    assert_eq!(shop.calls_of("OrderQuery"), 2);
    assert_eq!(order.refunds.len(), 1);
    assert_eq!(order.agreements.len(), 2);
}

/// One of each of a return's parts, as Shopify answers.
fn return_of(placed: &sandbox::shopify::Order) -> Value {
    let line = json!({"id": format!("gid://shopify/LineItem/{}", placed.lines[0].id)});
    let of = json!({"lineItem": line});
    let money = |amount: &str| json!({"amount": amount, "currencyCode": "USD"});
    let bag = |amount: &str| json!({"shopMoney": money(amount), "presentmentMoney": money(amount)});
    let end = json!({"hasNextPage": false, "endCursor": null});
    let location = json!({"id": "gid://shopify/Location/72345678"});
    let disposition = |quantity: u32, kind: &str| json!({"quantity": quantity, "type": kind, "createdAt": "2026-11-24T09:00:00Z", "location": location});
    json!({
        "id": "gid://shopify/Return/9007199254740997",
        "name": "#1001-R1",
        "status": "OPEN",
        "createdAt": "2026-11-24T08:00:00Z",
        "order": {"updatedAt": placed.updated_at},
        "returnLineItems": {
            "nodes": [{"quantity": 3, "refundedQuantity": 1, "processedQuantity": 2}],
            "lines": [{"__typename": "ReturnLineItem", "fulfillmentLineItem": of,
                "restockingFee": {"amountSet": bag("1.50")}}],
            "pageInfo": end,
        },
        "returnShippingFees": [{"amountSet": bag("4.0")}],
        "exchangeLineItems": {"nodes": [{"lineItems": null}, {"lineItems": [line]}], "pageInfo": end},
        "reverseFulfillmentOrders": {
            "nodes": [{"id": "gid://shopify/ReverseFulfillmentOrder/5", "lineItems": {
                "nodes": [{"fulfillmentLineItem": of,
                    "dispositions": [disposition(1, "RESTOCKED"), disposition(1, "MISSING")]}],
                "pageInfo": end,
            }}],
            "pageInfo": end,
        },
    })
}

/// The shop's answers as if the order had a return.
fn returned(name: &str, answer: &mut Value, found: &Value) {
    match name {
        "OrderQuery" => {
            answer["data"]["order"]["returns"]["nodes"] = json!([{"id": found["id"]}]);
        }
        "ReturnQuery" => *answer = json!({"data": {"return": found}}),
        _ => {}
    }
}

#[tokio::test]
async fn a_return_is_read_with_its_fees_exchanges_and_dispositions() {
    let (shop, _) = shop().await;
    let placed = shop.place_order([line("MUG", 3)]);
    let found = return_of(&placed);

    let order = altered(&shop, placed.id, move |name, answer| {
        returned(name, answer, &found);
    });
    let order = order.await.unwrap().unwrap();

    let [found] = &order.returns[..] else {
        panic!("one return: {:?}", order.returns)
    };
    let mug = placed.lines[0].id;
    assert_eq!(found.id, 9_007_199_254_740_997);
    assert_eq!(found.status, ReturnStatus::Open);
    let line = &found.lines[0];
    assert_eq!((line.line, line.quantity), (mug, 3));
    assert_eq!((line.refunded, line.processed), (1, 2));
    assert_eq!(line.restocking_fee.unwrap().minor, 150);
    assert_eq!(found.shipping_fees[0].minor, 400);
    assert_eq!(found.exchange_lines, [mug]);
    let kinds: Vec<_> = found.dispositions.iter().map(|one| one.kind).collect();
    assert_eq!(
        kinds,
        [DispositionKind::Restocked, DispositionKind::Missing]
    );
    assert_eq!(found.dispositions[0].location, Some(72_345_678));
    assert_eq!(found.dispositions[0].line, mug);
}

#[expect(clippy::too_many_lines, reason = "one story, told in one piece")]
#[tokio::test]
async fn what_shopify_says_in_words_we_do_not_know_is_unreadable() {
    let (shop, _) = shop().await;
    let placed = shop.place_order([line("MUG", 3)]);
    let mug = placed.lines[0].id;
    let (placed, _) = shop.refund(placed.id, &refund(vec![(mug, 1)])).unwrap();
    let sale = "/data/order/agreements/nodes/0/sales/nodes/0";
    for (operation, at, words) in [
        (
            "RefundQuery",
            "/data/refund/refundLineItems/nodes/0/restockType",
            "restock type",
        ),
        ("RefundQuery", "/data/refund/createdAt", "without its time"),
        (
            "OrderAgreementsQuery",
            "/data/order/agreements/nodes/0/reason",
            "unknown reason",
        ),
        (
            "OrderAgreementsQuery",
            &format!("{sale}/actionType"),
            "unknown action",
        ),
        (
            "OrderAgreementsQuery",
            &format!("{sale}/lineType"),
            "unknown kind",
        ),
        ("ReturnQuery", "/data/return/status", "unknown status"),
        (
            "ReturnQuery",
            "/data/return/returnLineItems/lines/0/__typename",
            "no line of it",
        ),
        (
            "ReturnQuery",
            "/data/return/reverseFulfillmentOrders/nodes/0/lineItems/nodes/0/dispositions/0/type",
            "unknown type",
        ),
    ] {
        let (at, found) = (at.to_owned(), return_of(&placed));
        let order = altered(&shop, placed.id, move |name, answer| {
            returned(name, answer, &found);
            if name == operation {
                let strange = match at.ends_with("createdAt") {
                    true => Value::Null,
                    false => json!("NEW_IN_2027"),
                };
                *answer.pointer_mut(&at).unwrap() = strange;
            }
        });
        match order.await {
            Err(Error::Unreadable { reason, .. }) => assert!(reason.contains(words), "{reason}"),
            other => panic!("{operation} {words}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn disputes_come_with_the_order_and_cost_no_call() {
    let (shop, _) = shop().await;
    let placed = shop.place_order([line("MUG", 1)]);

    let order = altered(&shop, placed.id, |_, answer| {
        if answer["data"]["disputed"].is_object() {
            answer["data"]["disputed"]["disputes"] = json!([{
                "id": "gid://shopify/OrderDisputeSummary/77",
                "initiatedAs": "CHARGEBACK",
                "status": "NEEDS_RESPONSE",
            }]);
        }
    });
    let order = order.await.unwrap().unwrap();

    assert_eq!(order.disputes[0].id, 77);
    assert_eq!(order.disputes[0].kind, "CHARGEBACK");
    assert_eq!(order.disputes[0].status, "NEEDS_RESPONSE");
    assert_eq!(shop.calls_of("OrderQuery"), 1);
    let plain = client(&shop)
        .order(&reads(), placed.id)
        .await
        .unwrap()
        .unwrap();
    assert!(plain.disputes.is_empty());
}
