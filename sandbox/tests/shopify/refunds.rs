//! Refunds of every form, and the money that comes and goes in other ways than a paid order's.

use std::sync::Arc;

use rust_decimal::Decimal;
use sandbox::shopify::{
    Cancelling, Discrepancy, DisputeStatus, DutyRefund, Fulfil, GiveBack, NewDispute, NewDuty,
    NewFee, NewShipping, NewTax, Order, Payment, PlaceOrder, Presentment, RefundUnits, Refunding,
    Restock, Settings, Shop, Tender, TransactionKind, TransactionStatus, line, line_at,
};
use serde_json::{Value, json};

use crate::edits::assert_ledger;
use crate::world::{Receiver, amount, dec, read, shop};

/// Facts §2: money is what the lines are worth less the adjustments, in every refund that moved money.
fn assert_refunds_add_up(shop: &Shop, order: &Order) {
    assert_ledger(order);
    let body = shop.body(order.id).unwrap();
    let of = |list: &Value, keys: &[&str]| -> Decimal {
        let list = list.as_array().unwrap().iter();
        list.map(|it| keys.iter().map(|key| amount(&it[*key])).sum::<Decimal>())
            .sum()
    };
    for refund in body["refunds"].as_array().unwrap() {
        let money = of(&refund["transactions"], &["amount"]);
        if money.is_zero() {
            continue;
        }
        let keys: &[&str] = if order.taxes_included {
            &["subtotal"]
        } else {
            &["subtotal", "total_tax"]
        };
        let lines = of(&refund["refund_line_items"], keys);
        let adjusted = of(&refund["order_adjustments"], &["amount", "tax_amount"]);
        let made = order
            .refunds
            .iter()
            .find(|it| json!(it.id) == refund["id"])
            .unwrap();
        let duties: Decimal = made.duties.iter().map(|it| (it.amount + it.tax).shop).sum();
        assert_eq!(money, lines + duties - adjusted, "{refund:#}");
    }
}

fn refund(shop: &Shop, order: u64, refunding: &Refunding) -> Arc<Order> {
    let (order, _) = shop.refund(order, refunding).unwrap();
    assert_refunds_add_up(shop, &order);
    order
}

/// Three mugs at 9.99 with eight percent tax, shipping 5.00 with ten, paid by gift card and card.
fn split() -> PlaceOrder {
    PlaceOrder::of([line_at("MUG", 3, dec("9.99")).taxed("State", dec("0.08"))])
        .with_shipping(NewShipping {
            taxes: vec![NewTax::new("State", dec("0.1"))],
            ..NewShipping::new("Standard", dec("5"))
        })
        .with_payment(Payment::Tenders(vec![
            Tender::sale("gift_card", dec("20")),
            Tender::rest("shopify_payments"),
        ]))
}

const REFUNDS: &str = "query Refunds($id: ID!) { order(id: $id) { currentTotalPriceSet { shopMoney { amount } } totalOutstandingSet { shopMoney { amount } }
    totalRefundedSet { shopMoney { amount } } refundDiscrepancySet { shopMoney { amount } } displayFinancialStatus
    refunds { id note totalRefundedSet { shopMoney { amount } }
      orderAdjustments(first: 5) { nodes { reason amountSet { shopMoney { amount } } taxAmountSet { shopMoney { amount } } } }
      refundLineItems(first: 5) { nodes { quantity restockType restocked location { legacyResourceId } subtotalSet { shopMoney { amount } } } }
      refundShippingLines(first: 5) { nodes { subtotalAmountSet { shopMoney { amount } } taxAmountSet { shopMoney { amount } } } }
      duties { amountSet { shopMoney { amount } } originalDuty { harmonizedSystemCode } }
      transactions(first: 5) { nodes { gateway status kind amountSet { shopMoney { amount } } parentTransaction { id } } } return { id } }
    agreements(first: 9) { nodes { reason sales(first: 9) { nodes { __typename lineType actionType quantity totalAmount { shopMoney { amount } } } } } } } }";

fn shop_money(value: &Value) -> Decimal {
    amount(&value["shopMoney"]["amount"])
}

#[tokio::test]
async fn a_refund_of_some_units_with_shipping_goes_back_gateway_by_gateway() {
    let (shop, api) = shop().await;
    let order = shop.place_order(split());
    let refunding = Refunding {
        shipping: Some(dec("2.50")),
        ..Refunding::units(order.lines[0].id, 2, Restock::Cancel)
    };
    // Two mugs 19.98 + 1.60, shipping 2.50 + 0.25: more than the card took.
    let after = refund(&shop, order.id, &refunding);
    let gone: Vec<_> = after
        .transactions
        .iter()
        .skip(2)
        .map(|it| (it.gateway.as_str(), it.amount.shop))
        .collect();
    assert_eq!(
        gone,
        [
            ("shopify_payments", dec("17.87")),
            ("gift_card", dec("6.46"))
        ]
    );
    assert_eq!(after.totals.outstanding.shop, Decimal::ZERO);
    let read = read(&api, REFUNDS, order.id).await;
    let made = &read["refunds"][0];
    assert_eq!(shop_money(&made["totalRefundedSet"]), dec("24.33"));
    assert_eq!(made["refundLineItems"]["nodes"][0]["restockType"], "CANCEL");
    assert_eq!(
        made["refundLineItems"]["nodes"][0]["location"]["legacyResourceId"],
        "72345678"
    );
    assert_eq!(
        shop_money(&made["refundShippingLines"]["nodes"][0]["taxAmountSet"]),
        dec("0.25")
    );
    let sales = read["agreements"]["nodes"][1]["sales"]["nodes"]
        .as_array()
        .unwrap();
    let kinds: Vec<_> = sales
        .iter()
        .map(|it| it["lineType"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["PRODUCT", "SHIPPING"]);
}

#[tokio::test]
async fn more_or_less_money_than_the_lines_are_worth_is_a_discrepancy() {
    let (shop, api) = shop().await;
    let order = shop.place_order([line("MUG", 3)]);
    let mug = order.lines[0].id;
    let less = Refunding {
        amount: Some(dec("7")),
        reason: Discrepancy::Damage,
        ..Refunding::units(mug, 1, Restock::NoRestock)
    };
    refund(&shop, order.id, &less);
    let more = Refunding {
        amount: Some(dec("12")),
        ..Refunding::units(mug, 1, Restock::NoRestock)
    };
    refund(&shop, order.id, &more);
    let goodwill = refund(&shop, order.id, &Refunding::goodwill(dec("1.50")));
    assert_eq!(goodwill.totals.outstanding.shop, Decimal::ZERO);
    let read = read(&api, REFUNDS, order.id).await;
    let adjusted: Vec<_> = read["refunds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["orderAdjustments"]["nodes"][0])
        .map(|it| (it["reason"].as_str().unwrap(), shop_money(&it["amountSet"])))
        .collect();
    let refund = "REFUND_DISCREPANCY";
    assert_eq!(
        adjusted,
        [
            ("DAMAGE", dec("3")),
            (refund, dec("-2")),
            (refund, dec("-1.5"))
        ]
    );
    assert_eq!(shop_money(&read["refundDiscrepancySet"]), dec("-0.5"));
    assert_eq!(shop_money(&read["currentTotalPriceSet"]), dec("9.5"));
    let last = &read["agreements"]["nodes"][3]["sales"]["nodes"][0];
    assert_eq!(
        (last["lineType"].as_str(), &last["quantity"]),
        (Some("ADJUSTMENT"), &json!(null))
    );
}

#[tokio::test]
async fn money_that_was_owed_already_is_no_discrepancy() {
    let (shop, _api) = shop().await;
    let order = shop.place_order([line("MUG", 3)]);
    let mug = order.lines[0].id;
    let goods = Refunding {
        money: false,
        ..Refunding::units(mug, 2, Restock::Cancel)
    };
    let restocked = refund(&shop, order.id, &goods);
    assert_eq!(restocked.totals.outstanding.shop, dec("-20"));
    assert_eq!(restocked.transactions.len(), 1);
    let part = refund(&shop, order.id, &Refunding::goodwill(dec("15")));
    let kinds: Vec<_> = part.refunds[1]
        .adjustments
        .iter()
        .map(|it| it.reason)
        .collect();
    assert_eq!(kinds, [Discrepancy::Pending]);
    let rest = refund(&shop, order.id, &Refunding::goodwill(dec("8")));
    assert_eq!(rest.refunds[2].adjustments[0].amount.shop, dec("-3"));
    // An unpaid order owes nobody anything.
    let unpaid = shop.place_order(PlaceOrder::of([line("MUG", 2)]).with_payment(Payment::Pending));
    let part = refund(
        &shop,
        unpaid.id,
        &Refunding::units(unpaid.lines[0].id, 1, Restock::Cancel),
    );
    assert_eq!(
        (part.totals.outstanding.shop, part.transactions.len()),
        (dec("10"), 0)
    );
}

#[tokio::test]
async fn more_than_was_paid_goes_back_only_when_that_is_allowed() {
    let (shop, _api) = shop().await;
    let order = shop.place_order([line("MUG", 1)]);
    let mut much = Refunding {
        transactions: vec![GiveBack::to("shopify_payments", dec("11"))],
        ..Refunding::default()
    };
    assert!(shop.refund(order.id, &much).is_err());
    much.allow_over = true;
    let order = refund(&shop, order.id, &much);
    assert_eq!(order.totals.refunded.shop, dec("11"));
}

#[tokio::test]
async fn a_pending_refund_counts_once_it_succeeded_and_never_when_it_failed() {
    let (shop, _api) = shop().await;
    let receiver = Receiver::start().await;
    let order = shop.place_order([line("MUG", 2)]);
    shop.subscribe("order_transactions/create", &receiver.url);
    let pending = Refunding {
        pending: true,
        ..Refunding::units(order.lines[0].id, 1, Restock::Cancel)
    };
    for (status, left) in [
        (TransactionStatus::Failure, "-10"),
        (TransactionStatus::Success, "-10"),
    ] {
        let made = refund(&shop, order.id, &pending);
        let transaction = made.transactions.last().unwrap().id;
        shop.settle().await.unwrap();
        let told = receiver.received().len();
        let ended = shop
            .settle_transaction(order.id, transaction, status)
            .unwrap();
        assert_eq!(ended.totals.outstanding.shop, dec(left), "{status:?}");
        shop.settle().await.unwrap();
        assert_eq!(receiver.received().len(), told + 1);
        assert!(
            shop.settle_transaction(order.id, transaction, status)
                .is_err()
        );
    }
}

/// A line with a taxed duty, a fee, and cash that was rounded to five cents.
fn charged() -> PlaceOrder {
    let duty = NewDuty {
        price: dec("6"),
        taxes: vec![NewTax::new("VAT", dec("0.2"))],
        harmonized_system_code: Some("6911.10".into()),
        country: Some("CN".into()),
    };
    let mut line = line_at("MUG", 3, dec("9.99"));
    line.duties = vec![duty];
    let mut order = PlaceOrder::of([line]);
    order.fees = vec![NewFee {
        name: "Import".into(),
        price: dec("2"),
        taxes: Vec::new(),
    }];
    let rounding = dec("0.03");
    order.with_payment(Payment::Tenders(vec![Tender {
        rounding,
        ..Tender::rest("cash")
    }]))
}

#[tokio::test]
async fn duties_and_fees_are_charged_and_duties_go_back_whole_or_by_the_unit() {
    let (shop, api) = shop().await;
    let order = shop.place_order(charged());
    assert_ledger(&order);
    assert_eq!(order.totals.price.shop, dec("39.17"));
    let (line, duty) = (order.lines[0].id, order.lines[0].duties[0].id);
    let one = Refunding {
        duties: vec![(duty, DutyRefund::Proportional)],
        ..Refunding::units(line, 1, Restock::Cancel)
    };
    refund(&shop, order.id, &one);
    let rest = Refunding {
        duties: vec![(duty, DutyRefund::Full)],
        money: true,
        ..Refunding::default()
    };
    let after = refund(&shop, order.id, &rest);
    assert_eq!(after.totals.current_duties.shop, Decimal::ZERO);
    let read = read(&api, REFUNDS, order.id).await;
    let duties: Vec<_> = (0..2)
        .map(|n| shop_money(&read["refunds"][n]["duties"][0]["amountSet"]))
        .collect();
    assert_eq!(duties, [dec("2"), dec("4")]);
    let body = shop.body(order.id).unwrap();
    assert_eq!(
        body["original_total_duties_set"]["shop_money"]["amount"],
        "6.00"
    );
    assert_eq!(
        body["current_total_duties_set"]["shop_money"]["amount"],
        "0.00"
    );
    assert_eq!(
        body["line_items"][0]["duties"][0]["tax_lines"][0]["price"],
        "1.20"
    );
    assert_eq!(
        body["total_cash_rounding_payment_adjustment_set"]["shop_money"]["amount"],
        "0.03"
    );
    let query = "query Charges($id: ID!) { order(id: $id) { originalTotalDutiesSet { shopMoney { amount } } currentTotalAdditionalFeesSet { shopMoney { amount } }
        additionalFees { name price { shopMoney { amount } } } totalCashRoundingAdjustment { paymentSet { shopMoney { amount } } }
        lineItems(first: 1) { nodes { duties { price { shopMoney { amount } } taxLines { title } } } }
        agreements(first: 1) { nodes { sales(first: 5) { nodes { lineType ... on DutySale { duty { id } } ... on AdditionalFeeSale { additionalFee { name } } } } } } } }";
    let read = crate::world::read(&api, query, order.id).await;
    assert_eq!(read["additionalFees"][0]["name"], "Import");
    let sales = &read["agreements"]["nodes"][0]["sales"]["nodes"];
    assert_eq!(sales[1]["duty"]["id"], format!("gid://shopify/Duty/{duty}"));
    assert_eq!(sales[2]["additionalFee"]["name"], "Import");
}

#[tokio::test]
async fn a_cancellation_leaves_nothing_with_or_without_money_and_restocking() {
    let (shop, _api) = shop().await;
    shop.add_variant("MUG", dec("9.99"));
    for (refund, restock) in [(true, true), (true, false), (false, true), (false, false)] {
        shop.set_on_hand("MUG", 72_345_678, 100);
        let order = shop.place_order(charged());
        let how = Cancelling {
            refund,
            restock,
            ..Cancelling::default()
        };
        let order = shop.cancel_as(order.id, &how).unwrap();
        assert_ledger(&order);
        let body = shop.body(order.id).unwrap();
        assert_eq!(
            (
                body["current_total_price"].as_str(),
                body["total_price"].as_str()
            ),
            (Some("0.00"), Some("39.17"))
        );
        assert_eq!(order.totals.refunded.is_zero(), !refund);
        let restocked = if restock { "cancel" } else { "no_restock" };
        assert_eq!(
            body["refunds"][0]["refund_line_items"][0]["restock_type"],
            restocked
        );
        let level = shop.level("MUG", 72_345_678).unwrap();
        let left = if restock { 100 } else { 97 };
        assert_eq!((level.committed, level.on_hand), (0, left));
    }
}

#[tokio::test]
async fn authorizations_are_captured_in_parts_and_the_rest_is_let_go() {
    let (shop, _api) = shop().await;
    let order =
        shop.place_order(PlaceOrder::of([line("MUG", 3)]).with_payment(Payment::Authorized));
    shop.capture(order.id, Some(dec("10"))).unwrap();
    shop.capture(order.id, Some(dec("5"))).unwrap();
    let order = shop.void(order.id).unwrap();
    let last = order.transactions.last().unwrap();
    assert_eq!(
        (last.kind, last.amount.shop),
        (TransactionKind::Void, dec("15"))
    );
    assert_eq!(order.financial_status.as_str(), "partially_paid");
    assert!(shop.capture(order.id, None).is_err());
    let bank = Tender {
        status: TransactionStatus::Pending,
        ..Tender::rest("bank_transfer")
    };
    let order = shop.pay(order.id, &bank).unwrap();
    assert_eq!(order.totals.outstanding.shop, dec("15"));
    let pending = order.transactions.last().unwrap().id;
    let order = shop
        .settle_transaction(order.id, pending, TransactionStatus::Success)
        .unwrap();
    assert_eq!(order.financial_status.as_str(), "paid");
}

#[tokio::test]
async fn a_dispute_is_told_and_shown() {
    let (shop, api) = shop().await;
    let receiver = Receiver::start().await;
    let order = shop.place_order([line("MUG", 1)]);
    for topic in ["disputes/create", "disputes/update"] {
        shop.subscribe(topic, &receiver.url);
    }
    let (_, dispute) = shop.dispute(order.id, &NewDispute::default()).unwrap();
    shop.decide_dispute(order.id, dispute, DisputeStatus::Lost)
        .unwrap();
    shop.settle().await.unwrap();
    assert_eq!(receiver.topics(), ["disputes/create", "disputes/update"]);
    let body = receiver.received()[0].json();
    assert_eq!(
        (&body["order_id"], &body["amount"]),
        (&json!(order.id), &json!("10.00"))
    );
    let read = read(
        &api,
        "query D($id: ID!) { order(id: $id) { disputes { initiatedAs status } } }",
        order.id,
    )
    .await;
    assert_eq!(
        read["disputes"],
        json!([{ "initiatedAs": "CHARGEBACK", "status": "LOST" }])
    );
    let all = api.data("{ disputes(first: 5) { nodes { status amount { amount } order { id } reasonDetails { reason } } } }", json!({})).await;
    assert_eq!(
        all["disputes"]["nodes"][0]["order"]["id"],
        format!("gid://shopify/Order/{}", order.id)
    );
}

const CREATE: &str = "mutation Create($input: RefundInput!, $key: String!) { refundCreate(input: $input) @idempotent(key: $key) {
    refund { id legacyResourceId totalRefundedSet { shopMoney { amount } presentmentMoney { amount } } } order { id } userErrors { field message } } }";

#[tokio::test]
async fn refund_create_is_executed_once_and_counts_in_the_customers_currency() {
    let (shop, api) = shop().await;
    let mut cart = PlaceOrder::of([line("MUG", 2)]);
    cart.presentment = Some(Presentment {
        currency: "EUR".into(),
        rate: dec("0.5"),
    });
    let order = shop.place_order(cart);
    let mut input = json!({
        "orderId": format!("gid://shopify/Order/{}", order.id),
        "refundLineItems": [{ "lineItemId": format!("gid://shopify/LineItem/{}", order.lines[0].id), "quantity": 1, "restockType": "CANCEL" }],
        "transactions": [{ "orderId": format!("gid://shopify/Order/{}", order.id), "kind": "REFUND", "gateway": "shopify_payments", "amount": "5.00",
            "parentId": format!("gid://shopify/OrderTransaction/{}", order.transactions[0].id) }],
    });
    let refused = api
        .data(CREATE, json!({ "input": input, "key": "a" }))
        .await;
    assert_eq!(
        refused["refundCreate"]["userErrors"][0]["message"],
        "Currency must be present"
    );
    input["currency"] = json!("EUR");
    let made = api
        .data(CREATE, json!({ "input": input, "key": "b" }))
        .await;
    let again = api
        .data(CREATE, json!({ "input": input, "key": "b" }))
        .await;
    assert_eq!(made, again);
    assert_eq!(
        made["refundCreate"]["refund"]["totalRefundedSet"]["shopMoney"]["amount"],
        "10.0"
    );
    let after = shop.order(order.id).unwrap();
    assert_ledger(&after);
    assert_eq!(
        (after.refunds.len(), after.totals.outstanding.shop),
        (1, Decimal::ZERO)
    );
    input["note"] = json!("other");
    let mismatch = api
        .data(CREATE, json!({ "input": input, "key": "b" }))
        .await;
    let told = &mismatch["refundCreate"]["userErrors"][0]["message"];
    assert!(told.as_str().unwrap().contains("different parameters"));
}

#[tokio::test]
async fn refund_create_without_a_key_is_an_error() {
    let (_shop, api) = shop().await;
    let bare = CREATE
        .replace(" @idempotent(key: $key)", "")
        .replace(", $key: String!", "");
    let input = json!({ "orderId": "gid://shopify/Order/1" });
    let answer = api.answer(&bare, json!({ "input": input })).await;
    let told = &answer["errors"][0]["message"];
    assert!(told.as_str().unwrap().contains("@idempotent"));
}

#[tokio::test]
async fn order_cancel_queues_a_job_whose_result_can_be_read() {
    let (shop, api) = shop().await;
    let order = shop.place_order([line("MUG", 2)]);
    let mutation = "mutation Cancel($id: ID!) { orderCancel(orderId: $id, reason: CUSTOMER, restock: true, refundMethod: { originalPaymentMethodsRefund: false }, staffNote: \"asked\") {
        job { id done } jobResult { id status } orderCancelUserErrors { code message } } }";
    let id = json!({ "id": format!("gid://shopify/Order/{}", order.id) });
    let queued = api.data(mutation, id.clone()).await;
    assert_eq!(queued["orderCancel"]["job"]["done"], false);
    let result = &queued["orderCancel"]["jobResult"];
    assert_eq!(result["status"], "STARTED");
    let ended = api.data("query R($id: ID!) { node(id: $id) { ... on OrderCancelJobResult { status done order { cancelledAt cancellation { staffNote } } } } }", json!({ "id": result["id"] })).await;
    assert_eq!(ended["node"]["status"], "SUCCEEDED");
    assert_eq!(ended["node"]["order"]["cancellation"]["staffNote"], "asked");
    let after = shop.order(order.id).unwrap();
    assert!(after.totals.refunded.is_zero() && after.cancelled_at.is_some());
    let twice = api.data(mutation, id).await;
    assert_eq!(
        twice["orderCancel"]["orderCancelUserErrors"][0]["code"],
        "INVALID"
    );
}

#[tokio::test]
async fn units_go_back_on_the_shelf_they_are_sent_to_and_an_exempt_customer_pays_no_tax() {
    let (shop, api) = shop().await;
    let other = 9;
    let settings = Settings {
        locations: vec![
            sandbox::shopify::NewLocation::new(1, "A", "US"),
            sandbox::shopify::NewLocation::new(other, "B", "US"),
        ],
        ..Settings::default()
    };
    let two = Shop::start(settings).await.unwrap();
    let order = two.place_order([line("MUG", 3)]);
    two.fulfil(order.id, &Fulfil::default()).unwrap();
    let mug = order.lines[0].id;
    let back = |quantity, restock, location| RefundUnits {
        line: mug,
        quantity,
        restock,
        location,
    };
    let units = vec![
        back(1, Restock::Return, Some(other)),
        back(1, Restock::NoRestock, None),
    ];
    let order = refund(
        &two,
        order.id,
        &Refunding {
            units,
            money: true,
            ..Refunding::default()
        },
    );
    assert_eq!(order.lines[0].current_quantity, 1);
    assert_eq!(two.level("MUG", other).unwrap().on_hand, 1);
    assert_eq!(two.level("MUG", 1).unwrap().on_hand, -3);
    let mut exempt = split();
    exempt.tax_exempt = true;
    let order = shop.place_order(exempt);
    assert_eq!(order.totals.tax.shop, Decimal::ZERO);
    let read = read(
        &api,
        "query T($id: ID!) { order(id: $id) { taxExempt } }",
        order.id,
    )
    .await;
    assert_eq!(read["taxExempt"], true);
}

#[tokio::test]
async fn a_cancellation_waits_while_jobs_are_held_and_then_meets_what_is_so() {
    let (shop, api) = shop().await;
    let mutation = "mutation Cancel($id: ID!) { orderCancel(orderId: $id, reason: OTHER, restock: true, notifyCustomer: true, refundMethod: { originalPaymentMethodsRefund: true }) {
        jobResult { id } orderCancelUserErrors { field code } } }";
    let look = "query Look($id: ID!) { node(id: $id) { ... on OrderCancelJobResult { done status errors { code message } } } }";
    let (kept, shipped) = (
        shop.place_order([line("MUG", 1)]),
        shop.place_order([line("MUG", 1)]),
    );
    shop.hold_jobs();
    let mut jobs = Vec::new();
    for order in [&kept, &kept, &shipped] {
        let id = format!("gid://shopify/Order/{}", order.id);
        let queued = api.data(mutation, json!({ "id": id })).await;
        jobs.push(queued["orderCancel"]["jobResult"]["id"].clone());
    }
    let waiting = api.data(look, json!({ "id": jobs[0] })).await;
    assert_eq!(waiting["node"]["status"], "STARTED");
    assert_eq!(waiting["node"]["done"], false);
    assert!(shop.order(kept.id).unwrap().cancelled_at.is_none());
    shop.fulfil(shipped.id, &Fulfil::default()).unwrap();
    shop.release_jobs();
    let mut ends = Vec::new();
    for job in jobs {
        let end = api.data(look, json!({ "id": job })).await;
        ends.push(end["node"]["status"].as_str().unwrap().to_owned());
    }
    assert_eq!(ends, ["SUCCEEDED", "FAILED", "FAILED"]);
    let kept = shop.order(kept.id).unwrap();
    assert_eq!((kept.cancel_mails, kept.refunds.len()), (1, 1));
}

#[tokio::test]
async fn a_note_to_the_staff_has_at_most_255_characters() {
    let (shop, api) = shop().await;
    let order = shop.place_order([line("MUG", 1)]);
    let mutation = "mutation Cancel($id: ID!, $note: String) { orderCancel(orderId: $id, reason: OTHER, restock: true, staffNote: $note) {
        orderCancelUserErrors { field code } } }";
    let id = format!("gid://shopify/Order/{}", order.id);
    let refused = api
        .data(mutation, json!({ "id": id, "note": "x".repeat(256) }))
        .await;
    let errors = &refused["orderCancel"]["orderCancelUserErrors"];
    assert_eq!(errors[0]["field"], json!(["staffNote"]));
    assert!(shop.order(order.id).unwrap().cancelled_at.is_none());
}
