//! What orders add up to, in webhook bodies and in GraphQL.

use rust_decimal::Decimal;
use sandbox::shopify::{
    Bag, DiscountKind, DiscountValue, FinancialStatus, Fulfil, NewCustomer, NewDiscount, NewLine,
    NewShipping, NewTax, Order, Payment, PlaceOrder, Presentment, Refunding, Restock, Risk,
    Settings, Shop, Tender, TransactionKind, line, line_at,
};
use serde_json::{Value, json};

use crate::world::{amount, dec, read, shop};

/// The amounts of a set, in one of its currencies.
fn side(set: &Value, side: &str) -> Decimal {
    amount(&set[side]["amount"])
}

fn sum(list: &Value, of: impl Fn(&Value) -> Decimal) -> Decimal {
    list.as_array().unwrap().iter().map(of).sum()
}

/// The invariants of real orders, in shop and in presentment currency.
fn assert_adds_up(body: &Value) {
    for money in ["shop_money", "presentment_money"] {
        let set = |value: &Value, key: &str| side(&value[key], money);
        let allocated =
            |line: &Value| sum(&line["discount_allocations"], |it| set(it, "amount_set"));
        let taxed = |line: &Value| sum(&line["tax_lines"], |it| set(it, "price_set"));
        let price = |line: &Value| set(line, "price_set") * amount(&line["quantity"]);
        let (lines, shipping) = (&body["line_items"], &body["shipping_lines"]);
        let discounts = sum(lines, allocated) + sum(shipping, allocated);
        let tax = sum(lines, taxed) + sum(shipping, taxed);
        assert_eq!(
            set(body, "total_discounts_set"),
            discounts,
            "{money} {body:#}"
        );
        assert_eq!(set(body, "total_tax_set"), tax, "{money} {body:#}");
        let added = if body["taxes_included"] == true {
            Decimal::ZERO
        } else {
            tax
        };
        // A tip is a line, so the lines already hold it.
        let total =
            sum(lines, price) - discounts + sum(shipping, |it| set(it, "price_set")) + added;
        assert_eq!(set(body, "total_price_set"), total, "{money} {body:#}");
        let below = |line: &Value| price(line) - allocated(line) < Decimal::ZERO;
        assert!(
            !lines.as_array().unwrap().iter().any(below),
            "{money} {body:#}"
        );
    }
    for key in [
        "total_price",
        "subtotal_price",
        "total_tax",
        "total_discounts",
    ] {
        assert_eq!(
            amount(&body[key]),
            side(&body[format!("{key}_set")], "shop_money")
        );
    }
}

/// Every combination of tax, discounts and tip over three uneven lines.
fn varied(currency_step: Decimal) -> Vec<PlaceOrder> {
    let discounts: [Vec<NewDiscount>; 5] = [
        vec![],
        vec![NewDiscount::new(
            "TENTH",
            DiscountValue::Percentage(dec("10")),
        )],
        vec![
            NewDiscount::new("THIRD", DiscountValue::Percentage(dec("33.3"))).on_lines(&[1]),
            NewDiscount::new("SEVEN", DiscountValue::Fixed(currency_step * dec("700"))),
            NewDiscount::new("SHIP", DiscountValue::Percentage(dec("50"))).on_shipping(),
        ],
        vec![NewDiscount {
            kind: DiscountKind::Automatic,
            ..NewDiscount::new("All free", DiscountValue::Percentage(dec("100")))
        }],
        vec![NewDiscount::new(
            "MUCH",
            DiscountValue::Fixed(dec("1000000")),
        )],
    ];
    let mut orders = Vec::new();
    for discount in discounts {
        for included in [false, true] {
            for tip in [None, Some(currency_step * dec("321"))] {
                let price = |units: &str| currency_step * dec(units);
                let mut order = PlaceOrder::of([
                    line_at("A", 3, price("333"))
                        .taxed("State", dec("0.0625"))
                        .taxed("City", dec("0.0175")),
                    line_at("B", 1, price("1999")).taxed("State", dec("0.0625")),
                    line_at("C", 7, price("1")),
                ]);
                order.shipping = vec![NewShipping {
                    taxes: vec![NewTax::new("State", dec("0.0625"))],
                    ..NewShipping::new("Standard", price("595"))
                }];
                order.discounts.clone_from(&discount);
                order.taxes_included = Some(included);
                order.tip = tip;
                orders.push(order);
            }
        }
    }
    orders
}

#[tokio::test]
async fn varied_orders_add_up_in_both_currencies_and_with_two_none_and_three_decimals() {
    for (currency, step) in [("USD", "0.01"), ("JPY", "1"), ("KWD", "0.001")] {
        let settings = Settings {
            currency: currency.into(),
            ..Settings::default()
        };
        let shop = Shop::start(settings).await.unwrap();
        for (shown, rate) in [
            (currency, "1"),
            ("EUR", "0.8537"),
            ("JPY", "149.37"),
            ("KWD", "0.3071"),
        ] {
            for mut order in varied(dec(step)) {
                order.presentment = Some(Presentment {
                    currency: shown.into(),
                    rate: dec(rate),
                });
                let placed = shop.place_order(order);
                assert_adds_up(&shop.body(placed.id).unwrap());
                assert_eq!(placed.financial_status, FinancialStatus::Paid);
                assert_eq!(placed.totals.outstanding, Bag::default());
            }
        }
    }
}

const MONEY: &str = "query Money($id: ID!) { order(id: $id) { taxesIncluded currencyCode presentmentCurrencyCode
    totalPriceSet { ...Bag } subtotalPriceSet { ...Bag } totalTaxSet { ...Bag } totalDiscountsSet { ...Bag } totalShippingPriceSet { ...Bag }
    totalTipReceivedSet { ...Bag } totalOutstandingSet { ...Bag } currentTotalPriceSet { ...Bag } currentSubtotalPriceSet { ...Bag }
    currentTotalTaxSet { ...Bag } currentTotalDiscountsSet { ...Bag } currentShippingPriceSet { ...Bag }
    lineItems(first: 8) { nodes { id quantity currentQuantity originalUnitPriceSet { ...Bag } discountAllocations { allocatedAmountSet { ...Bag } }
      taxLines { title rate priceSet { ...Bag } } } } } }
    fragment Bag on MoneyBag { shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }";

/// GraphQL's bag and the body's set say the same.
fn assert_same(bag: &Value, set: &Value, what: &str) {
    for (ours, theirs) in [
        ("shopMoney", "shop_money"),
        ("presentmentMoney", "presentment_money"),
    ] {
        assert_eq!(amount(&bag[ours]["amount"]), side(set, theirs), "{what}");
        assert_eq!(
            bag[ours]["currencyCode"], set[theirs]["currency_code"],
            "{what}"
        );
    }
}

fn assert_agree(read: &Value, body: &Value) {
    let pairs = [
        ("totalPriceSet", "total_price_set"),
        ("subtotalPriceSet", "subtotal_price_set"),
        ("totalTaxSet", "total_tax_set"),
        ("totalDiscountsSet", "total_discounts_set"),
        ("totalShippingPriceSet", "total_shipping_price_set"),
        ("currentTotalPriceSet", "current_total_price_set"),
        ("currentSubtotalPriceSet", "current_subtotal_price_set"),
        ("currentTotalTaxSet", "current_total_tax_set"),
        ("currentTotalDiscountsSet", "current_total_discounts_set"),
        ("currentShippingPriceSet", "current_shipping_price_set"),
    ];
    for (field, key) in pairs {
        // Bodies of old API versions lack the newest sets.
        if body.get(key).is_some_and(Value::is_object) {
            assert_same(&read[field], &body[key], field);
        }
    }
    let lines = read["lineItems"]["nodes"].as_array().unwrap();
    for (line, printed) in lines.iter().zip(body["line_items"].as_array().unwrap()) {
        assert_eq!(line["id"], printed["admin_graphql_api_id"]);
        assert_eq!(line["quantity"], printed["quantity"]);
        assert_same(
            &line["originalUnitPriceSet"],
            &printed["price_set"],
            "price",
        );
        let taxes = line["taxLines"].as_array().unwrap().iter();
        for (tax, printed) in taxes.zip(printed["tax_lines"].as_array().unwrap()) {
            assert_same(&tax["priceSet"], &printed["price_set"], "tax");
            assert_eq!(amount(&tax["rate"]), amount(&printed["rate"]));
        }
    }
}

#[tokio::test]
async fn graphql_and_the_webhook_body_agree_to_the_cent() {
    let (shop, api) = shop().await;
    for mut order in varied(dec("0.01")) {
        order.presentment = Some(Presentment {
            currency: "EUR".into(),
            rate: dec("0.8537"),
        });
        let placed = shop.place_order(order);
        assert_agree(
            &read(&api, MONEY, placed.id).await,
            &shop.body(placed.id).unwrap(),
        );
    }
}

#[tokio::test]
async fn an_imported_body_is_what_graphql_says_even_where_the_sample_contradicts_itself() {
    let bodies = [
        include_str!("../../../tests/fixtures/shopify/orders_create.aud-gst.json"),
        include_str!("../../../tests/fixtures/shopify/orders_create.docs-2026-07.json"),
    ];
    let (shop, api) = shop().await;
    for body in bodies {
        let body: Value = serde_json::from_str(body).unwrap();
        let order = shop.import_body(&body).unwrap();
        assert_eq!(shop.body(order.id).unwrap(), body);
        assert_agree(&read(&api, MONEY, order.id).await, &body);
    }
    // Shopify's own sample: 20.00 of discounts that no allocation carries, and an id above 2^53.
    let sample = read(&api, MONEY, 820_982_911_946_154_508).await;
    assert_eq!(sample["totalDiscountsSet"]["shopMoney"]["amount"], "20.0");
    assert_eq!(
        sample["lineItems"]["nodes"][0]["discountAllocations"],
        json!([])
    );
    assert_eq!(
        sample["lineItems"]["nodes"][0]["id"],
        "gid://shopify/LineItem/487817672276298554"
    );
}

#[tokio::test]
async fn an_imported_order_goes_on_living_and_its_body_follows() {
    let body = include_str!("../../../tests/fixtures/shopify/orders_create.aud-gst.json");
    let body: Value = serde_json::from_str(body).unwrap();
    let (shop, _api) = shop().await;
    let order = shop.import_body(&body).unwrap();
    shop.fulfil(order.id, &Fulfil::default()).unwrap();
    let after = shop.body(order.id).unwrap();
    assert_eq!(after["fulfillment_status"], "fulfilled");
    assert_eq!(after["total_price"], body["total_price"]);
    assert_ne!(after["updated_at"], body["updated_at"]);
}

const PAYMENTS: &str = "query Payments($id: ID!) { order(id: $id) { displayFinancialStatus totalReceivedSet { shopMoney { amount } }
    transactions(first: 9) { kind status gateway amountSet { shopMoney { amount } } parentTransaction { kind } } } }";

#[tokio::test]
async fn a_gift_card_and_a_card_pay_an_order_together() {
    let (shop, api) = shop().await;
    let tenders = vec![
        Tender::sale("gift_card", dec("15")),
        Tender::rest("shopify_payments"),
    ];
    let order = PlaceOrder::of([line("MUG", 4)]).with_payment(Payment::Tenders(tenders));
    let order = shop.place_order(order);
    let read = read(&api, PAYMENTS, order.id).await;
    assert_eq!(read["displayFinancialStatus"], "PAID");
    let tenders: Vec<_> = read["transactions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            (
                &it["gateway"],
                amount(&it["amountSet"]["shopMoney"]["amount"]),
            )
        })
        .collect();
    assert_eq!(
        tenders,
        [
            (&json!("gift_card"), dec("15")),
            (&json!("shopify_payments"), dec("25"))
        ]
    );
    assert_eq!(
        shop.body(order.id).unwrap()["payment_gateway_names"],
        json!(["gift_card", "shopify_payments"])
    );
    assert_eq!(shop.body(order.id).unwrap().get("transactions"), None);
}

#[tokio::test]
async fn payment_goes_from_pending_or_authorized_to_paid() {
    let (shop, api) = shop().await;
    let pending = shop.place_order(PlaceOrder::of([line("MUG", 1)]).with_payment(Payment::Pending));
    assert_eq!(pending.financial_status, FinancialStatus::Pending);
    assert_eq!(pending.totals.outstanding, Bag::same(dec("10")));
    assert_eq!(
        shop.mark_paid(pending.id).unwrap().financial_status,
        FinancialStatus::Paid
    );
    assert!(shop.mark_paid(pending.id).is_err());

    let held = shop.place_order(PlaceOrder::of([line("MUG", 1)]).with_payment(Payment::Authorized));
    assert_eq!(held.financial_status, FinancialStatus::Authorized);
    let part = shop.capture(held.id, Some(dec("4"))).unwrap();
    assert_eq!(part.financial_status, FinancialStatus::PartiallyPaid);
    assert_eq!(
        shop.capture(held.id, None).unwrap().financial_status,
        FinancialStatus::Paid
    );
    assert!(shop.capture(held.id, Some(dec("0.01"))).is_err());
    let read = read(&api, PAYMENTS, held.id).await;
    assert_eq!(read["transactions"][1]["kind"], "CAPTURE");
    assert_eq!(
        read["transactions"][1]["parentTransaction"]["kind"],
        "AUTHORIZATION"
    );
    assert_eq!(read["totalReceivedSet"]["shopMoney"]["amount"], "10.0");
}

#[tokio::test]
async fn a_cancelled_order_keeps_its_totals_and_has_nothing_current() {
    let (shop, _api) = shop().await;
    for order in varied(dec("0.01")) {
        let placed = shop.place_order(order);
        let cancelled = shop.cancel(placed.id, "customer").unwrap();
        let body = shop.body(placed.id).unwrap();
        assert_eq!(cancelled.totals.price, placed.totals.price);
        for key in [
            "current_total_price",
            "current_subtotal_price",
            "current_total_tax",
            "current_total_discounts",
        ] {
            assert_eq!(amount(&body[key]), Decimal::ZERO, "{key} {body:#}");
        }
        assert_eq!(cancelled.totals.received, cancelled.totals.refunded);
        assert_eq!(body["cancel_reason"], "customer");
        let restocked = body["refunds"][0]["refund_line_items"].as_array().unwrap();
        assert!(
            restocked
                .iter()
                .all(|line| line["restock_type"] == "cancel")
        );
        assert!(shop.cancel(placed.id, "customer").is_err());
    }
}

/// Facts §2: money = Σ (subtotal + tax), the tax being inside the subtotal if taxes are included.
#[tokio::test]
async fn a_refund_gives_back_what_its_lines_say() {
    let (shop, _api) = shop().await;
    for order in varied(dec("0.01")) {
        let placed = shop.place_order(order);
        let (units, shipping) = ((placed.lines[0].id, 2), placed.totals.current_shipping.shop);
        let refunding = Refunding {
            lines: vec![units],
            restock: Restock::Cancel,
            shipping: Some(shipping),
            money: true,
            ..Refunding::default()
        };
        let (refunded, _) = shop.refund(placed.id, &refunding).unwrap();
        let body = shop.body(placed.id).unwrap();
        let refund = &body["refunds"][0];
        let with_tax = |subtotal: Decimal, tax: Decimal| {
            if placed.taxes_included {
                subtotal
            } else {
                subtotal + tax
            }
        };
        let lines = sum(&refund["refund_line_items"], |it| {
            with_tax(amount(&it["subtotal"]), amount(&it["total_tax"]))
        });
        let shipping = sum(&refund["refund_shipping_lines"], |it| {
            with_tax(
                side(&it["subtotal_amount_set"], "shop_money"),
                side(&it["tax_amount_set"], "shop_money"),
            )
        });
        let money = sum(&refund["transactions"], |it| amount(&it["amount"]));
        assert_eq!(money, lines + shipping, "{refund:#}");
        assert!(refund["refund_line_items"][0]["subtotal"].is_number());
        assert_eq!(
            refunded.totals.price - refunded.totals.refunded,
            refunded.totals.current_price
        );
        assert_eq!(refunded.lines[0].quantity, 3);
        assert_eq!(refunded.lines[0].current_quantity, 1);
    }
}

const AGREEMENTS: &str = "query Agreements($id: ID!) { order(id: $id) { totalPriceSet { shopMoney { amount } } currentTotalPriceSet { shopMoney { amount } }
    agreements(first: 5) { nodes { __typename reason happenedAt sales(first: 9) { nodes { __typename actionType lineType quantity
      totalAmount { shopMoney { amount } } totalTaxAmount { shopMoney { amount } } ... on ProductSale { lineItem { id sku } } } } } } } }";

#[tokio::test]
async fn the_sales_of_all_agreements_add_up_to_the_current_total() {
    let (shop, api) = shop().await;
    for order in varied(dec("0.01")) {
        let placed = shop.place_order(order);
        let total = |read: &Value, nodes: &[usize]| -> Decimal {
            nodes
                .iter()
                .map(|node| {
                    sum(
                        &read["agreements"]["nodes"][node]["sales"]["nodes"],
                        |sale| amount(&sale["totalAmount"]["shopMoney"]["amount"]),
                    )
                })
                .sum()
        };
        let before = read(&api, AGREEMENTS, placed.id).await;
        assert_eq!(
            before["agreements"]["nodes"][0]["__typename"],
            "OrderAgreement"
        );
        assert_eq!(
            total(&before, &[0]),
            amount(&before["totalPriceSet"]["shopMoney"]["amount"])
        );
        let refunding = Refunding {
            lines: vec![(placed.lines[1].id, 1)],
            ..Refunding::default()
        };
        shop.refund(placed.id, &refunding).unwrap();
        let after = read(&api, AGREEMENTS, placed.id).await;
        assert_eq!(after["agreements"]["nodes"][1]["reason"], "REFUND");
        assert_eq!(
            total(&after, &[0, 1]),
            amount(&after["currentTotalPriceSet"]["shopMoney"]["amount"])
        );
    }
}

#[tokio::test]
async fn a_tip_is_a_line_of_its_own_and_no_part_of_the_subtotal() {
    let (shop, _api) = shop().await;
    let mut order = PlaceOrder::of([line("MUG", 1)]);
    order.tip = Some(dec("3.50"));
    let order = shop.place_order(order);
    let body = shop.body(order.id).unwrap();
    assert_eq!(body["total_tip_received"], "3.50");
    assert_eq!(body["subtotal_price"], "10.00");
    assert_eq!(body["total_price"], "13.50");
    assert_eq!(
        body["line_items"][1]["tip"]["payment_gateway"],
        "shopify_payments"
    );
}

#[tokio::test]
async fn shipping_part_of_an_order_leaves_the_rest_to_do() {
    let (shop, api) = shop().await;
    let order = shop.place_order([line("MUG", 3), line("CUP", 1)]);
    let query = "query Work($id: ID!) { order(id: $id) { displayFulfillmentStatus fulfillmentOrders(first: 5) { nodes { status
        supportedActions { action } assignedLocation { location { legacyResourceId } } lineItems(first: 5) { nodes { sku remainingQuantity totalQuantity } } } }
        fulfillments(first: 5) { status trackingInfo(first: 2) { company number url } fulfillmentLineItems(first: 5) { nodes { quantity lineItem { sku } } } } } }";
    let fulfil = Fulfil {
        lines: vec![(order.lines[0].id, 2)],
        company: Some("UPS".into()),
        numbers: vec!["1Z999".into()],
        ..Fulfil::default()
    };
    shop.fulfil(order.id, &fulfil).unwrap();
    let part = read(&api, query, order.id).await;
    assert_eq!(part["displayFulfillmentStatus"], "PARTIALLY_FULFILLED");
    let work = &part["fulfillmentOrders"]["nodes"][0];
    assert_eq!(work["status"], "IN_PROGRESS");
    assert_eq!(
        work["assignedLocation"]["location"]["legacyResourceId"],
        "72345678"
    );
    assert_eq!(work["lineItems"]["nodes"][0]["remainingQuantity"], 1);
    assert_eq!(
        part["fulfillments"][0]["trackingInfo"][0]["number"],
        "1Z999"
    );
    let too_many = Fulfil {
        lines: vec![(order.lines[0].id, 2)],
        ..Fulfil::default()
    };
    assert!(shop.fulfil(order.id, &too_many).is_err());
    shop.fulfil(order.id, &Fulfil::default()).unwrap();
    let whole = read(&api, query, order.id).await;
    assert_eq!(whole["displayFulfillmentStatus"], "FULFILLED");
    assert_eq!(whole["fulfillmentOrders"]["nodes"][0]["status"], "CLOSED");
    assert_eq!(
        whole["fulfillmentOrders"]["nodes"][0]["supportedActions"],
        json!([])
    );
}

#[tokio::test]
async fn one_email_is_one_customer_and_a_guest_is_none() {
    let (shop, api) = shop().await;
    let first = shop.place_order(PlaceOrder::of([line("MUG", 1)]).with_email("Ann@Example.com"));
    let second = shop.place_order(PlaceOrder::of([line("MUG", 1)]).with_email("ann@example.com"));
    let mut guest = PlaceOrder::of([line("MUG", 1)]);
    guest.customer = NewCustomer::Guest;
    let guest = shop.place_order(guest);
    assert_eq!(first.customer, second.customer);
    assert_eq!(guest.customer, None);
    assert_eq!(shop.body(guest.id).unwrap()["customer"], json!(null));
    let query = "{ customers(first: 5, query: \"email:ann@example.com\") { nodes { numberOfOrders defaultEmailAddress { emailAddress } defaultAddress { city } } } }";
    let found = api.data(query, json!({})).await;
    assert_eq!(found["customers"]["nodes"][0]["numberOfOrders"], "2");
}

#[tokio::test]
async fn lines_can_be_custom_items_gift_cards_and_carry_properties_in_any_script() {
    let (shop, api) = shop().await;
    let custom = NewLine {
        title: Some("Engraving".into()),
        price: dec("5"),
        ..NewLine::default()
    };
    let card = NewLine {
        gift_card: true,
        requires_shipping: false,
        taxable: false,
        ..line("GIFT-25", 1)
    };
    let mut mug = line("MUG", 1);
    mug.properties = vec![("Grüße".into(), "愛を込めて 🎁".into())];
    let mut order = PlaceOrder::of([custom, card, mug]);
    order.note = Some("Für Zoë 🎈".into());
    let order = shop.place_order(order);
    let query = "query Lines($id: ID!) { order(id: $id) { note lineItems(first: 5) { nodes { title sku isGiftCard requiresShipping variant { id } product { id } customAttributes { key value } } } } }";
    let read = read(&api, query, order.id).await;
    let lines = &read["lineItems"]["nodes"];
    assert_eq!(
        (&lines[0]["sku"], &lines[0]["variant"], &lines[0]["product"]),
        (&json!(null), &json!(null), &json!(null))
    );
    assert_eq!(lines[1]["isGiftCard"], true);
    assert_eq!(
        lines[2]["customAttributes"][0],
        json!({ "key": "Grüße", "value": "愛を込めて 🎁" })
    );
    assert_eq!(read["note"], "Für Zoë 🎈");
    assert_eq!(order.fulfillment_orders.len(), 1);
}

#[tokio::test]
async fn a_failed_tender_pays_nothing() {
    let (shop, _api) = shop().await;
    let failed = Tender {
        kind: TransactionKind::Sale,
        status: sandbox::shopify::TransactionStatus::Failure,
        ..Tender::rest("shopify_payments")
    };
    let order: std::sync::Arc<Order> = shop
        .place_order(PlaceOrder::of([line("MUG", 1)]).with_payment(Payment::Tenders(vec![failed])));
    assert_eq!(order.financial_status, FinancialStatus::Pending);
}

#[tokio::test]
async fn risk_and_payment_terms_are_what_the_order_was_placed_with() {
    let (shop, api) = shop().await;
    let mut order = PlaceOrder::of([line("MUG", 1)]).with_payment(Payment::Pending);
    order.risk = Risk::Cancel;
    order.net_days = Some(30);
    let order = shop.place_order(order);
    let query = "query Read($id: ID!) { order(id: $id) { risk { recommendation assessments { riskLevel } } paymentTerms { paymentTermsName dueInDays overdue } } }";
    let read = read(&api, query, order.id).await;
    assert_eq!(
        read["risk"],
        json!({ "recommendation": "CANCEL", "assessments": [{ "riskLevel": "HIGH" }] })
    );
    assert_eq!(
        read["paymentTerms"],
        json!({ "paymentTermsName": "Net 30", "dueInDays": 30, "overdue": false })
    );
    assert_eq!(
        shop.body(order.id).unwrap()["payment_terms"]["due_in_days"],
        30
    );
}
