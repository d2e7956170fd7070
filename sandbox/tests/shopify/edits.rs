//! Committed order edits: what an order is afterwards, in its body, in GraphQL and in its agreements.

use std::sync::Arc;

use rust_decimal::Decimal;
use sandbox::shopify::{
    Action, Bag, Change, DiscountValue, Editing, Fulfil, LineDiscount, NewDiscount, NewLine,
    NewShipping, NewTax, Order, Payment, PlaceOrder, Presentment, Removal, ReturnSign, Settings,
    Shop, Subject, line, line_at,
};
use serde_json::{Value, json};

use crate::world::{Api, Receiver, amount, dec, read, shop};

/// Whatever happened: what is left is what all agreements say, and what was ever sold is what the lines say.
pub(crate) fn assert_ledger(order: &Order) {
    let sales = || order.agreements.iter().flat_map(|it| &it.sales);
    let all: Bag = sales().map(|sale| sale.total).sum();
    assert_eq!(all, order.totals.current_price, "{}", order.name);
    // A return's fees come after the sale.
    let sold = sales().filter(|sale| {
        sale.action != Action::Return && !matches!(sale.subject, Subject::ReturnFee(_))
    });
    let sold: Bag = sold.map(|sale| sale.total).sum();
    assert_eq!(sold, order.totals.price, "{}", order.name);
    let tax: Bag = sales().map(|sale| sale.tax()).sum();
    assert_eq!(tax, order.totals.current_tax, "{}", order.name);
    for line in &order.lines {
        let about = || sales().filter(|sale| sale.subject == Subject::Line(line.id));
        let units: i64 = about().filter_map(|sale| sale.quantity).sum();
        assert_eq!(units, i64::from(line.current_quantity), "{}", line.title);
        if line.current_quantity == 0 {
            let left: Bag = about().map(|sale| sale.total).sum();
            assert_eq!(left, Bag::default(), "{}", line.title);
        }
    }
}

fn tenth() -> LineDiscount {
    LineDiscount {
        title: "Sorry".into(),
        value: DiscountValue::Percentage(dec("10")),
    }
}

/// Two taxed lines, shipping, and a code over the cart, for a customer who sees yen.
fn cart() -> PlaceOrder {
    let taxed = |line: NewLine| {
        line.taxed("State", dec("0.0625"))
            .taxed("City", dec("0.0175"))
    };
    let mut cart = PlaceOrder::of([
        taxed(line_at("MUG", 3, dec("9.99"))),
        taxed(line_at("CUP", 2, dec("4.35"))),
    ])
    .with_shipping(NewShipping {
        taxes: vec![NewTax::new("State", dec("0.0625"))],
        ..NewShipping::new("Standard", dec("5.95"))
    })
    .with_discount(NewDiscount::new(
        "SEVENTH",
        DiscountValue::Percentage(dec("14.3")),
    ));
    cart.presentment = Some(Presentment {
        currency: "JPY".into(),
        rate: dec("149.37"),
    });
    cart
}

fn edit(shop: &Shop, order: u64, change: Change) -> Arc<Order> {
    let (order, _) = shop.commit_edit(order, &Editing::of([change])).unwrap();
    assert_ledger(&order);
    order
}

/// One edit of every kind, one after the other.
fn edit_in_every_way(shop: &Shop, order: &Order) -> Arc<Order> {
    let (id, mug, cup) = (order.id, order.lines[0].id, order.lines[1].id);
    let to = |line, quantity| Change::SetQuantity { line, quantity };
    let new = |line, discount| Change::AddLine { line, discount };
    let off = |line, discount| Change::AddDiscount { line, discount };
    edit(shop, id, to(mug, 2));
    edit(shop, id, to(mug, 5));
    let discounted = edit(shop, id, off(mug, tenth()));
    let taken_off = discounted.lines[0].allocations.last().unwrap().amount;
    edit(shop, id, to(mug, 4));
    let (line, discount) = (mug, 1);
    let plain = edit(shop, id, Change::RemoveDiscount { line, discount });
    // What the discount took off the unit removed meanwhile stays where it is.
    let stays = plain.lines[0].allocations.last().unwrap().amount;
    assert!(stays.shop > Decimal::ZERO && stays.shop < taken_off.shop);
    edit(shop, id, new(NewLine::default(), Some(tenth())));
    edit(shop, id, new(line_at("POT", 2, dec("3")), None));
    let express = NewShipping::new("Express", dec("12"));
    edit(shop, id, Change::AddShipping(express));
    let standard = order.shipping_lines[0].id;
    edit(shop, id, Change::RemoveShipping(standard));
    edit(shop, id, to(cup, 0))
}

#[tokio::test]
async fn every_kind_of_edit_keeps_the_ledger_and_the_lines_in_step() {
    let (shop, _api) = shop().await;
    for included in [false, true] {
        let mut cart = cart();
        cart.taxes_included = Some(included);
        let order = shop.place_order(cart);
        assert_ledger(&order);
        let last = edit_in_every_way(&shop, &order);
        assert_eq!(last.totals.current_shipping.shop, dec("12"));
        let cups = &last.lines[1];
        assert_eq!((cups.quantity, cups.current_quantity), (2, 0));
        assert_eq!(last.original_price, order.totals.price);
    }
}

const EDITED: &str = "query Edited($id: ID!) { order(id: $id) { edited displayFinancialStatus
    totalPriceSet { shopMoney { amount } } currentTotalPriceSet { shopMoney { amount } } totalOutstandingSet { shopMoney { amount } }
    originalTotalPriceSet { shopMoney { amount } } discountApplications(first: 5) { nodes { index } }
    shippingLines(first: 5) { nodes { title isRemoved } } all: shippingLines(first: 5, includeRemovals: true) { nodes { isRemoved } }
    lineItems(first: 5) { nodes { quantity currentQuantity unfulfilledQuantity } }
    refunds { note refundLineItems(first: 5) { nodes { quantity restockType } } transactions(first: 5) { nodes { id } } }
    agreements(first: 5) { nodes { __typename reason sales(first: 9) { nodes { __typename actionType lineType quantity
      totalAmount { shopMoney { amount } } taxes { amount { shopMoney { amount } } taxLine { title rate channelLiable } }
      ... on ProductSale { lineItem { sku } } ... on ShippingLineSale { shippingLine { title } } } } } } } }";

fn shop_money(value: &Value) -> Decimal {
    amount(&value["shopMoney"]["amount"])
}

/// The case the facts quote: 8100 removed, 8500 added, 120 of shipping, paid afterwards.
fn captured_edit(shop: &Shop) -> u64 {
    let cart = PlaceOrder::of([line_at("OLD", 1, dec("8100"))])
        .with_shipping(NewShipping::new("Standard", dec("120")))
        .with_payment(Payment::Pending);
    let order = shop.place_order(cart);
    let (line, quantity) = (order.lines[0].id, 0);
    let new = line_at("NEW", 1, dec("8500"));
    let changes = [
        Change::SetQuantity { line, quantity },
        Change::AddLine {
            line: new,
            discount: None,
        },
    ];
    shop.commit_edit(order.id, &Editing::of(changes)).unwrap();
    shop.mark_paid(order.id).unwrap();
    order.id
}

#[tokio::test]
async fn the_captured_edit_is_what_the_facts_say() {
    let (shop, api) = shop().await;
    let order = captured_edit(&shop);
    let read = read(&api, EDITED, order).await;
    assert_eq!(shop_money(&read["totalPriceSet"]), dec("16720"));
    assert_eq!(shop_money(&read["currentTotalPriceSet"]), dec("8620"));
    assert_eq!(shop_money(&read["originalTotalPriceSet"]), dec("8220"));
    assert_eq!(read["displayFinancialStatus"], "PAID");
    assert_eq!(read["edited"], true);
    let old = &read["lineItems"]["nodes"][0];
    assert_eq!(
        (&old["quantity"], &old["currentQuantity"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(read["refunds"], json!([]));
    let agreement = &read["agreements"]["nodes"][1];
    assert_eq!(agreement["__typename"], "OrderEditAgreement");
    assert_eq!(agreement["reason"], "ORDER_EDIT");
    let sales = agreement["sales"]["nodes"].as_array().unwrap().iter();
    let told: Vec<_> = sales
        .map(|it| {
            json!([
                it["actionType"],
                it["quantity"],
                it["totalAmount"]["shopMoney"]["amount"]
            ])
        })
        .collect();
    assert_eq!(
        told,
        [
            json!(["RETURN", -1, "-8100.0"]),
            json!(["ORDER", 1, "8500.0"])
        ]
    );
    let body = shop.body(order).unwrap();
    assert_eq!(body["total_price"], "16720.00");
    assert_eq!(body["current_total_price"], "8620.00");
}

#[tokio::test]
async fn an_edit_of_a_paid_order_leaves_a_balance_that_a_further_sale_pays() {
    let (shop, _api) = shop().await;
    let order = shop.place_order([line("MUG", 1)]);
    let (order, _) = shop
        .commit_edit(order.id, &Editing::add(line("CUP", 2)))
        .unwrap();
    assert_eq!(order.financial_status.as_str(), "partially_paid");
    assert_eq!(order.totals.outstanding.shop, dec("20"));
    let order = shop.mark_paid(order.id).unwrap();
    assert_eq!(order.transactions.len(), 2);
    assert_eq!(order.financial_status.as_str(), "paid");
    let less = Editing::set_quantity(order.lines[1].id, 1);
    let (order, _) = shop.commit_edit(order.id, &less).unwrap();
    assert_eq!(order.totals.outstanding.shop, dec("-10"));
    assert_eq!(order.financial_status.as_str(), "paid");
}

#[tokio::test]
async fn shipped_units_cannot_be_removed_and_a_refused_edit_changes_nothing() {
    let (shop, _api) = shop().await;
    let order = shop.place_order([line("MUG", 3)]);
    let mug = order.lines[0].id;
    let some = Fulfil {
        lines: vec![(mug, 2)],
        ..Fulfil::default()
    };
    let (shipped, _) = shop.fulfil(order.id, &some).unwrap();
    let changes = [
        Change::AddLine {
            line: line("CUP", 1),
            discount: None,
        },
        Change::SetQuantity {
            line: mug,
            quantity: 1,
        },
    ];
    let refusal = shop
        .commit_edit(order.id, &Editing::of(changes))
        .unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "Cannot remove fulfilled items from the order."
    );
    let after = shop.order(order.id).unwrap();
    assert_eq!(after.lines.len(), 1);
    assert_eq!(after.updated_at, shipped.updated_at);
    let (order, _) = shop
        .commit_edit(order.id, &Editing::set_quantity(mug, 2))
        .unwrap();
    assert_eq!(order.fulfillment_status(), Some("fulfilled"));
    shop.place_order([line("MUG", 1)]);
    let same = Editing::set_quantity(mug, 2);
    assert!(shop.commit_edit(order.id, &same).is_err());
}

#[tokio::test]
async fn an_edit_moves_the_warehouses_work_and_the_committed_stock() {
    let (shop, _api) = shop().await;
    let at = 72_345_678;
    let order = shop.place_order([line("MUG", 3)]);
    let mug = order.lines[0].id;
    shop.commit_edit(order.id, &Editing::set_quantity(mug, 1))
        .unwrap();
    assert_eq!(shop.level("MUG", at).unwrap().committed, 1);
    shop.commit_edit(order.id, &Editing::set_quantity(mug, 4))
        .unwrap();
    let (order, _) = shop
        .commit_edit(order.id, &Editing::add(line("CUP", 2)))
        .unwrap();
    assert_eq!(shop.level("MUG", at).unwrap().committed, 4);
    assert_eq!(shop.level("CUP", at).unwrap().committed, 2);
    let (order, _) = shop.fulfil(order.id, &Fulfil::default()).unwrap();
    assert_eq!(order.fulfillment_status(), Some("fulfilled"));
    assert_eq!(shop.level("MUG", at).unwrap().committed, 0);
}

#[tokio::test]
async fn removed_units_leave_a_refund_when_the_shop_is_of_that_kind() {
    let settings = Settings {
        removal: Removal::LeavesRefund,
        ..Settings::default()
    };
    let shop = Shop::start(settings).await.unwrap();
    let api = Api::of(&shop).await;
    let order = shop.place_order([line("MUG", 3)]);
    let less = Editing::set_quantity(order.lines[0].id, 1);
    let (edited, _) = shop.commit_edit(order.id, &less).unwrap();
    assert_ledger(&edited);
    let read = read(&api, EDITED, order.id).await;
    assert_eq!(
        read["refunds"][0]["refundLineItems"]["nodes"],
        json!([{ "quantity": 2, "restockType": "NO_RESTOCK" }])
    );
    assert_eq!(read["refunds"][0]["transactions"]["nodes"], json!([]));
    let reasons = read["agreements"]["nodes"].as_array().unwrap().iter();
    assert_eq!(
        reasons.map(|it| &it["reason"]).collect::<Vec<_>>(),
        ["ORDER", "ORDER_EDIT"]
    );
    assert_eq!(shop.level("MUG", 72_345_678).unwrap().committed, 1);
}

#[tokio::test]
async fn what_is_taken_back_can_be_shown_with_either_sign() {
    for (sign, shown) in [(ReturnSign::Negative, -1), (ReturnSign::Positive, 1)] {
        let settings = Settings {
            return_sign: sign,
            ..Settings::default()
        };
        let shop = Shop::start(settings).await.unwrap();
        let api = Api::of(&shop).await;
        let taxed = line("MUG", 2).taxed("State", dec("0.1"));
        let order = shop.place_order([taxed]);
        let less = Editing::set_quantity(order.lines[0].id, 1);
        shop.commit_edit(order.id, &less).unwrap();
        let read = read(&api, EDITED, order.id).await;
        let sale = &read["agreements"]["nodes"][1]["sales"]["nodes"][0];
        assert_eq!(sale["actionType"], "RETURN");
        assert_eq!(sale["quantity"], shown);
        let signed = |amount: &str| dec(amount) * Decimal::from(shown);
        assert_eq!(shop_money(&sale["totalAmount"]), signed("11"));
        assert_eq!(shop_money(&sale["taxes"][0]["amount"]), signed("1"));
        assert_eq!(sale["taxes"][0]["taxLine"]["title"], "State");
    }
}

#[tokio::test]
async fn an_edit_is_told_as_deltas_and_as_the_order_it_made() {
    let (shop, api) = shop().await;
    let receiver = Receiver::start().await;
    let cart = cart();
    let order = shop.place_order(cart);
    for topic in ["orders/edited", "orders/updated"] {
        shop.subscribe(topic, &receiver.url);
    }
    let (mug, cup) = (order.lines[0].id, order.lines[1].id);
    let changes = [
        Change::SetQuantity {
            line: mug,
            quantity: 1,
        },
        Change::SetQuantity {
            line: cup,
            quantity: 3,
        },
        Change::AddDiscount {
            line: cup,
            discount: tenth(),
        },
        Change::RemoveShipping(order.shipping_lines[0].id),
    ];
    let (_, edit) = shop.commit_edit(order.id, &Editing::of(changes)).unwrap();
    shop.settle().await.unwrap();
    assert_eq!(receiver.topics(), ["orders/edited", "orders/updated"]);
    let received = receiver.received();
    let edited = received
        .iter()
        .find(|it| it.header("x-shopify-topic") == "orders/edited");
    let told = &edited.unwrap().json()["order_edit"];
    assert_eq!(
        (&told["id"], &told["order_id"]),
        (&json!(edit), &json!(order.id))
    );
    assert_eq!(
        told["line_items"]["additions"],
        json!([{ "id": cup, "delta": 1 }])
    );
    assert_eq!(
        told["line_items"]["removals"],
        json!([{ "id": mug, "delta": 2 }])
    );
    let read = read(&api, EDITED, order.id).await;
    assert_eq!(read["shippingLines"]["nodes"], json!([]));
    assert_eq!(read["all"]["nodes"], json!([{ "isRemoved": true }]));
    // Discounts of edits are no applications of the order.
    assert_eq!(
        read["discountApplications"]["nodes"],
        json!([{ "index": 0 }])
    );
}

#[tokio::test]
async fn an_edit_can_be_committed_over_http() {
    let (shop, api) = shop().await;
    let order = shop.place_order([line("MUG", 2)]);
    let changes = json!({ "changes": [
        { "set_quantity": { "line": order.lines[0].id, "quantity": 1 } },
        { "add_line": { "line": { "title": "Engraving", "price": "7.50" },
                        "discount": { "title": "Half", "value": { "percentage": "50" } } } },
    ] });
    let url = format!("{}/_sandbox/orders/{}/commit_edit", shop.url(), order.id);
    let answer = api.client.post(url).json(&changes).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["current_total_price"], "13.75");
}
