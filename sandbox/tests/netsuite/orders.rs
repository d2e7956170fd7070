//! Sales orders, customers and deposits.

use reqwest::Method;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::world::World;

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_create_answers_204_without_body_and_with_an_absolute_location() {
    let world = World::start().await;
    let reply = world.post("salesOrder", &world.order()).await;
    assert_eq!(reply.status, 204);
    assert_eq!(reply.body, Value::Null);
    let id = reply.id();
    assert_eq!(
        reply.location.unwrap(),
        format!(
            "{}/services/rest/record/v1/salesOrder/{id}",
            world.account.url()
        )
    );
}

#[tokio::test]
async fn a_record_reads_with_string_ids_numbers_as_amounts_and_collapsed_sublists() {
    let world = World::start().await;
    let id = world.post("salesOrder", &world.order()).await.id();
    let order = world.get(&format!("salesorder/{id}")).await.body;
    assert_eq!(order["id"], json!(id.to_string()));
    assert_eq!(order["entity"]["id"], json!(world.customer.to_string()));
    assert_eq!(order["total"].to_string(), "25.0");
    assert_eq!(order["orderStatus"]["id"], "B");
    assert_eq!(order["status"]["id"], "Pending Fulfillment");
    assert_eq!(
        order["item"]
            .as_object()
            .unwrap()
            .keys()
            .collect::<Vec<_>>(),
        ["links"]
    );
    let order = world
        .get(&format!("salesOrder/{id}?expandSubResources=true"))
        .await
        .body;
    assert_eq!(order["item"]["totalResults"], json!(1));
    assert_eq!(order["item"]["items"][0]["line"], json!(1));
    let both = world
        .get(&format!(
            "salesOrder/{id}?expandSubResources=true&fields=total"
        ))
        .await;
    assert_eq!(
        (both.status.as_u16(), both.code()),
        (400, "INVALID_PARAMETER")
    );
}

#[tokio::test]
async fn a_line_sent_again_without_its_key_is_there_twice() {
    let world = World::start().await;
    let mut order = world.order();
    order["externalId"] = json!("so-us-1");
    for lines in [1, 2] {
        let reply = world
            .call(Method::PUT, "salesOrder/eid:so-us-1", &order)
            .await;
        assert_eq!(reply.status, 204, "{}", reply.body);
        let orders = world.account.sales_orders_with_external_id("so-us-1");
        assert_eq!(orders.len(), 1);
        assert_eq!(orders[0].lines.len(), lines);
    }
}

#[tokio::test]
async fn a_line_sent_with_its_key_is_changed_and_its_amount_computed_again() {
    let world = World::start().await;
    let id = world.post("salesOrder", &world.order()).await.id();
    let change = json!({ "item": { "items": [{ "line": 1, "quantity": 3 }] } });
    assert_eq!(
        world
            .patch(&format!("salesOrder/{id}"), &change)
            .await
            .status,
        204
    );
    let order = &world.account.sales_orders()[0];
    assert_eq!((order.lines.len(), order.total), (1, dec("37.5")));
}

#[tokio::test]
async fn replace_removes_the_lines_that_are_not_sent_and_line_numbers_are_never_reused() {
    let world = World::start().await;
    let mut order = world.order();
    order["item"]["items"] = json!([
        world.line(world.mug, 1, "5"),
        world.line(world.shirt, 1, "7")
    ]);
    let id = world.post("salesOrder", &order).await.id();
    let change = json!({ "item": { "items": [{ "line": 2 }, world.line(world.fee, 1, "1")] } });
    assert_eq!(
        world
            .patch(&format!("salesOrder/{id}?replace=item"), &change)
            .await
            .status,
        204
    );
    let lines: Vec<u64> = world.account.sales_orders()[0]
        .lines
        .iter()
        .map(|line| line.line)
        .collect();
    assert_eq!(lines, [2, 3]);
}

#[tokio::test]
async fn a_taken_external_id_has_one_text_for_transactions_and_another_for_entities() {
    let world = World::start().await;
    let mut order = world.order();
    order["externalId"] = json!("so-us-1");
    assert_eq!(world.post("salesOrder", &order).await.status, 204);
    let again = world.post("salesOrder", &order).await;
    assert_eq!((again.status.as_u16(), again.code()), (400, "USER_ERROR"));
    assert_eq!(
        again.detail(),
        "Error while accessing a resource. This record already exists."
    );

    let buyer =
        json!({ "companyName": "Else", "subsidiary": { "id": "2" }, "externalId": "cust-us-77" });
    let again = world.post("customer", &buyer).await;
    assert_eq!(
        again.detail(),
        "Error while accessing a resource. This entity already exists."
    );
    let namesake = json!({ "isPerson": true, "firstName": "Ada", "lastName": "example", "subsidiary": { "id": "2" } });
    let again = world.post("customer", &namesake).await;
    assert_eq!(
        again.detail(),
        "Error while accessing a resource. This entity already exists."
    );
}

#[tokio::test]
async fn an_external_id_has_letters_digits_underscore_and_dash_only() {
    let world = World::start().await;
    for bad in ["gid://shopify/Order/1", "a|b", "a b", ""] {
        let mut order = world.order();
        order["externalId"] = json!(bad);
        assert_eq!(world.post("salesOrder", &order).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn an_unknown_field_is_ignored_with_a_warning_or_refused_as_the_header_asks() {
    let world = World::start().await;
    let mut order = world.order();
    order["paymentMethod"] = json!({ "id": "1" });
    order["item"]["items"][0]["qantity"] = json!(2);
    let reply = world.post("salesOrder", &order).await;
    assert_eq!(reply.status, 204);
    assert!(
        reply.headers["warning"]
            .to_str()
            .unwrap()
            .contains("paymentMethod, item.items[0].qantity")
            || reply.headers["warning"]
                .to_str()
                .unwrap()
                .contains("qantity")
    );
    let path = "/services/rest/record/v1/salesOrder";
    let strict = [("X-NetSuite-PropertyNameValidation", "Error")];
    let reply = world
        .try_call_with(Method::POST, path, &order, &strict)
        .await
        .unwrap();
    assert_eq!(
        (reply.status.as_u16(), reply.code()),
        (400, "NONEXISTENT_FIELD")
    );
}

#[tokio::test]
async fn computed_fields_must_not_be_sent() {
    let world = World::start().await;
    for name in ["total", "subtotal", "taxTotal", "status", "id"] {
        let mut order = world.order();
        order[name] = json!("1");
        assert_eq!(world.post("salesOrder", &order).await.status, 400, "{name}");
    }
}

#[tokio::test]
async fn a_reference_to_nothing_names_the_field_and_its_path() {
    let world = World::start().await;
    let mut order = world.order();
    order["item"]["items"][0]["item"]["id"] = json!("9999");
    let reply = world.post("salesOrder", &order).await;
    assert_eq!(reply.code(), "INVALID_CONTENT");
    assert_eq!(
        reply.detail(),
        "Error while accessing resource: You have entered an Invalid Field Value 9999 for the following field: item"
    );
    assert_eq!(reply.path(), "item.items[0].item");
}

#[tokio::test]
async fn references_may_be_an_id_an_external_id_or_bare() {
    let world = World::start().await;
    for entity in [
        json!({ "externalId": "cust-us-77" }),
        json!(world.customer.to_string()),
        json!(world.customer),
    ] {
        let mut order = world.order();
        order["entity"] = entity;
        assert_eq!(world.post("salesOrder", &order).await.status, 204);
    }
}

#[tokio::test]
async fn the_preferred_form_can_make_a_field_mandatory() {
    let mut settings = crate::world::settings();
    settings
        .mandatory_fields
        .insert("salesOrder".into(), ["shipMethod".to_owned()].into());
    let world = World::with(settings).await;
    let reply = world.post("salesOrder", &world.order()).await;
    assert_eq!(
        reply.detail(),
        "Error while accessing a resource. Please enter value(s) for: Ship Method"
    );
}

#[tokio::test]
async fn a_discount_line_lowers_by_its_rate_or_by_a_percentage_of_the_line_before_it() {
    let world = World::start().await;
    let mut order = world.order();
    let flat = world.discount_line("-2.5");
    let percent = json!({ "item": { "id": world.discount.to_string() }, "rate": "-10%" });
    order["item"]["items"] = json!([
        world.line(world.mug, 2, "12.50"),
        flat,
        world.line(world.shirt, 1, "19.99"),
        percent
    ]);
    let reply = world.post("salesOrder", &order).await;
    assert_eq!(reply.status, 204, "{}", reply.body);
    let order = &world.account.sales_orders()[0];
    let amounts: Vec<Decimal> = order.lines.iter().map(|line| line.amount).collect();
    assert_eq!(amounts, [dec("25"), dec("-2.5"), dec("19.99"), dec("-2")]);
    assert_eq!(order.total, dec("40.49"));
    let mut first = world.order();
    first["item"]["items"] = json!([world.discount_line("-1")]);
    assert_eq!(world.post("salesOrder", &first).await.status, 400);
}

#[tokio::test]
async fn a_sent_amount_wins_over_rate_times_quantity() {
    let world = World::start().await;
    let mut order = world.order();
    order["item"]["items"][0]["amount"] = json!(24.99);
    world.post("salesOrder", &order).await;
    assert_eq!(world.account.sales_orders()[0].total, dec("24.99"));
}

#[tokio::test]
async fn an_amount_has_no_more_decimals_than_its_currency() {
    let world = World::start().await;
    let yen =
        json!({ "companyName": "Yen Ltd", "subsidiary": { "id": "2" }, "currency": { "id": "6" } });
    let buyer = world.post("customer", &yen).await.id();
    let mut order = world.order();
    order["entity"]["id"] = json!(buyer.to_string());
    order["item"]["items"][0]["amount"] = json!(24.5);
    assert_eq!(world.post("salesOrder", &order).await.status, 400);
    order["item"]["items"][0]["amount"] = json!(2450);
    assert_eq!(world.post("salesOrder", &order).await.status, 204);
}

fn taxed(world: &World, basis: &str, rate: &str, amount: &str) -> Value {
    let number = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let mut order = world.order();
    order["taxDetailsOverride"] = json!(true);
    order["item"]["items"][0]["taxDetailsReference"] = json!("line-1");
    order["taxDetails"] = json!({ "items": [{
        "taxDetailsReference": "line-1", "taxType": { "id": "1" }, "taxCode": { "id": "9" },
        "taxBasis": number(basis), "taxRate": number(rate), "taxAmount": number(amount),
    }] });
    order
}

#[tokio::test]
async fn overridden_tax_is_taken_to_the_cent() {
    let world = World::start().await;
    let reply = world
        .post("salesOrder", &taxed(&world, "25", "8.25", "2.07"))
        .await;
    assert_eq!(reply.status, 204, "{}", reply.body);
    let order = &world.account.sales_orders()[0];
    assert_eq!((order.tax, order.total), (dec("2.07"), dec("27.07")));
}

#[tokio::test]
async fn a_tax_row_must_name_a_line_hold_every_column_and_agree_with_itself() {
    let world = World::start().await;
    let good = taxed(&world, "25", "8.25", "2.07");
    let mut orphan = good.clone();
    orphan["taxDetails"]["items"][0]["taxDetailsReference"] = json!("line-2");
    let mut shipping = good.clone();
    shipping["taxDetails"]["items"][0]["taxDetailsReference"] = json!("SHIPPING");
    let mut wrong_type = good.clone();
    wrong_type["taxDetails"]["items"][0]["taxType"]["id"] = json!("2");
    let mut bodies = vec![
        orphan,
        shipping,
        wrong_type,
        taxed(&world, "25", "8.25", "20.7"),
    ];
    for column in ["taxCode", "taxBasis", "taxRate", "taxAmount"] {
        let mut body = good.clone();
        body["taxDetails"]["items"][0]
            .as_object_mut()
            .unwrap()
            .remove(column);
        bodies.push(body);
    }
    for body in bodies {
        assert_eq!(
            world.post("salesOrder", &body).await.status,
            400,
            "{}",
            body["taxDetails"]
        );
    }
    assert!(world.account.sales_orders().is_empty());
}

#[tokio::test]
async fn without_override_sent_tax_is_thrown_away_and_computed() {
    let mut settings = crate::world::settings();
    settings.native_tax_rate = dec("10");
    let world = World::with(settings).await;
    let mut order = taxed(&world, "25", "8.25", "2.07");
    order["taxDetailsOverride"] = json!(false);
    assert_eq!(world.post("salesOrder", &order).await.status, 204);
    assert_eq!(world.account.sales_orders()[0].tax, dec("2.5"));
}

#[tokio::test]
async fn legacy_tax_ignores_sent_amounts_and_knows_no_tax_details() {
    let mut settings = crate::world::settings();
    settings.tax = sandbox::netsuite::TaxMode::Legacy;
    settings.native_tax_rate = dec("8.875");
    let world = World::with(settings).await;
    let mut order = world.order();
    order["item"]["items"][0]["taxAmount"] = json!(9.99);
    assert_eq!(world.post("salesOrder", &order).await.status, 204);
    assert_eq!(world.account.sales_orders()[0].tax, dec("2.22"));
    let strict = [("X-NetSuite-PropertyNameValidation", "Error")];
    let order = taxed(&world, "25", "8.25", "2.07");
    let reply = world
        .try_call_with(
            Method::POST,
            "/services/rest/record/v1/salesOrder",
            &order,
            &strict,
        )
        .await
        .unwrap();
    assert_eq!(reply.code(), "NONEXISTENT_FIELD");
}

#[tokio::test]
async fn where_own_references_are_not_taken_the_assigned_ones_must_be_read_and_patched() {
    let mut settings = crate::world::settings();
    settings.own_tax_references = false;
    let world = World::with(settings).await;
    assert_eq!(
        world
            .post("salesOrder", &taxed(&world, "25", "8.25", "2.07"))
            .await
            .status,
        400
    );
    let id = world.post("salesOrder", &world.order()).await.id();
    let order = world
        .get(&format!("salesOrder/{id}?expandSubResources=true"))
        .await
        .body;
    let reference = order["item"]["items"][0]["taxDetailsReference"].clone();
    let mut change = taxed(&world, "25", "8.25", "2.07");
    change["taxDetails"]["items"][0]["taxDetailsReference"] = reference;
    let change = json!({ "taxDetailsOverride": true, "taxDetails": change["taxDetails"] });
    let reply = world.patch(&format!("salesOrder/{id}"), &change).await;
    assert_eq!(reply.status, 204, "{}", reply.body);
    assert_eq!(world.account.sales_orders()[0].total, dec("27.07"));
}

#[tokio::test]
async fn a_deposit_is_of_the_orders_customer_and_currency() {
    let world = World::start().await;
    let order = world.post("salesOrder", &world.order()).await.id();
    let deposit = json!({
        "customer": { "id": world.customer.to_string() }, "salesOrder": { "id": order.to_string() },
        "payment": 25.0, "account": { "id": "123" }, "paymentOption": { "id": "8" }, "externalId": "dep-us-9",
    });
    let reply = world.post("customerDeposit", &deposit).await;
    assert_eq!(reply.status, 204, "{}", reply.body);
    let made = &world.account.deposits()[0];
    assert_eq!(
        (made.sales_order, made.total, made.open),
        (Some(order), dec("25"), dec("25"))
    );

    let other = json!({ "companyName": "Other", "subsidiary": { "id": "2" } });
    let other = world.post("customer", &other).await.id();
    for (name, value) in [
        ("customer", json!({ "id": other.to_string() })),
        ("currency", json!({ "id": "4" })),
        ("payment", json!(0)),
        ("payment", json!(25.001)),
        ("account", Value::Null),
    ] {
        let mut body = deposit.clone();
        body["externalId"] = json!("dep-us-10");
        body[name] = value;
        assert_eq!(
            world.post("customerDeposit", &body).await.status,
            400,
            "{name}"
        );
    }
}

#[tokio::test]
async fn an_address_has_a_state_of_its_country_and_texts_that_fit() {
    let world = World::start().await;
    let mut order = world.order();
    order["shippingAddress"] = json!({ "addressee": "Ada", "addr1": "1 Sample Street", "city": "X", "state": "Indiana", "zip": "46000", "country": "US" });
    assert_eq!(world.post("salesOrder", &order).await.status, 400);
    order["shippingAddress"]["state"] = json!("IN");
    assert_eq!(world.post("salesOrder", &order).await.status, 204);
    order["shippingAddress"]["addr1"] = json!("é".repeat(151));
    let reply = world.post("salesOrder", &order).await;
    assert_eq!(reply.path(), "shippingAddress.addr1");
    assert!(
        reply
            .detail()
            .contains("more than the maximum number ( 150 )"),
        "{}",
        reply.detail()
    );
}

#[tokio::test]
async fn what_is_absent_is_404_also_by_external_id() {
    let world = World::start().await;
    for path in ["salesOrder/4711", "salesOrder/eid:so-us-1", "invoice/eid:x"] {
        let reply = world.get(path).await;
        assert_eq!(
            (reply.status.as_u16(), reply.code()),
            (404, "NONEXISTENT_ID"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn an_amount_stays_until_what_it_follows_from_is_changed() {
    let world = World::start().await;
    let mut order = world.order();
    order["item"]["items"][0]["amount"] = json!(24.99);
    let id = world.post("salesOrder", &order).await.id();
    world
        .patch(
            &format!("salesOrder/{id}"),
            &json!({ "memo": "x", "item": { "items": [{ "line": 1, "description": "y" }] } }),
        )
        .await;
    assert_eq!(world.account.sales_orders()[0].total, dec("24.99"));
    world
        .patch(
            &format!("salesOrder/{id}"),
            &json!({ "item": { "items": [{ "line": 1, "quantity": 2 }] } }),
        )
        .await;
    assert_eq!(world.account.sales_orders()[0].total, dec("25"));
}

#[tokio::test]
async fn tax_rows_sent_again_are_there_twice_unless_they_replace() {
    let world = World::start().await;
    let order = taxed(&world, "25", "8.25", "2.07");
    let id = world.post("salesOrder", &order).await.id();
    let again = json!({ "taxDetailsOverride": true, "taxDetails": order["taxDetails"] });
    world.patch(&format!("salesOrder/{id}"), &again).await;
    assert_eq!(world.account.sales_orders()[0].tax, dec("4.14"));
    world
        .patch(&format!("salesOrder/{id}?replace=taxDetails"), &again)
        .await;
    assert_eq!(world.account.sales_orders()[0].tax, dec("2.07"));
}

#[tokio::test]
async fn the_tax_rows_of_a_removed_line_go_with_it() {
    let world = World::start().await;
    let id = world
        .post("salesOrder", &taxed(&world, "25", "8.25", "2.07"))
        .await
        .id();
    let change = json!({ "item": { "items": [world.line(world.fee, 1, "1")] } });
    let reply = world
        .patch(&format!("salesOrder/{id}?replace=item"), &change)
        .await;
    assert_eq!(reply.status, 204, "{}", reply.body);
    let order = &world.account.sales_orders()[0];
    assert_eq!(
        (order.tax, order.total, order.tax_rows.len()),
        (dec("0"), dec("1"), 0)
    );
}

#[tokio::test]
async fn a_custom_field_must_exist_in_the_account() {
    let mut settings = crate::world::settings();
    settings.custom_fields.insert("custcol_source_line".into());
    let world = World::with(settings).await;
    let mut order = world.order();
    order["item"]["items"][0]["custcol_source_line"] = json!("gid-1");
    order["custbody_note"] = json!("x");
    let strict = [("X-NetSuite-PropertyNameValidation", "Error")];
    let path = "/services/rest/record/v1/salesOrder";
    let refused = world
        .try_call_with(Method::POST, path, &order, &strict)
        .await
        .unwrap();
    assert_eq!(
        (refused.code(), refused.path()),
        ("NONEXISTENT_FIELD", "custbody_note")
    );
    order.as_object_mut().unwrap().remove("custbody_note");
    assert_eq!(
        world
            .try_call_with(Method::POST, path, &order, &strict)
            .await
            .unwrap()
            .status,
        204
    );
    let rows = world
        .rows(
            "SELECT custcol_source_line AS source FROM transactionline WHERE mainline = 'F'",
            &[],
        )
        .await;
    assert_eq!(rows[0]["source"], "gid-1");
    assert_eq!(
        world
            .query("SELECT custbody_note FROM transaction", &[])
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn a_header_discount_needs_its_item_and_lowers_the_total() {
    let world = World::start().await;
    let mut order = world.order();
    order["discountRate"] = json!("-10%");
    assert!(
        world
            .post("salesOrder", &order)
            .await
            .detail()
            .ends_with("Please enter value(s) for: Discount Item")
    );
    order["discountItem"] = json!({ "id": world.discount.to_string() });
    assert_eq!(world.post("salesOrder", &order).await.status, 204);
    order["discountRate"] = json!(-3);
    assert_eq!(world.post("salesOrder", &order).await.status, 204);
    let totals: Vec<Decimal> = world
        .account
        .sales_orders()
        .iter()
        .map(|order| order.total)
        .collect();
    assert_eq!(totals, [dec("22.5"), dec("22")]);
}

#[tokio::test]
async fn a_price_level_wins_over_the_rate_unless_it_is_the_custom_one() {
    let world = World::start().await;
    let tea = world
        .account
        .seed_item(sandbox::netsuite::SeedItem::new("TEA").with_price(dec("4.25")));
    let mut order = world.order();
    let mut level = world.line(tea, 1, "9");
    level["price"]["id"] = json!("1");
    let bare = json!({ "item": tea, "quantity": 1, "rate": 9 });
    order["item"]["items"] = json!([world.line(tea, 1, "9"), level, bare]);
    world.post("salesOrder", &order).await;
    world
        .account
        .configure(|settings| settings.rate_without_price_level = false);
    world.post("salesOrder", &order).await;
    let orders = world.account.sales_orders();
    let rates = |at: usize| {
        orders[at]
            .lines
            .iter()
            .map(|line| line.rate)
            .collect::<Vec<_>>()
    };
    assert_eq!(rates(0), [dec("9"), dec("4.25"), dec("9")]);
    assert_eq!(rates(1), [dec("9"), dec("4.25"), dec("4.25")]);
}

#[tokio::test]
async fn what_would_change_the_total_unseen_is_refused() {
    let world = World::start().await;
    let mut order = world.order();
    order["giftCertRedemption"] =
        json!({ "items": [{ "authCode": { "id": "1" }, "authCodeApplied": 5 }] });
    assert_eq!(world.post("salesOrder", &order).await.status, 400);
    let mut order = world.order();
    order["item"]["items"][0]["grossAmt"] = json!(30);
    assert_eq!(world.post("salesOrder", &order).await.status, 400);
}

#[tokio::test]
async fn the_subsidiary_currency_and_location_are_the_customers() {
    let world = World::start().await;
    for (name, id) in [("subsidiary", "1"), ("currency", "4"), ("location", "1")] {
        let mut order = world.order();
        order[name] = json!({ "id": id });
        let reply = world.post("salesOrder", &order).await;
        assert_eq!((reply.status.as_u16(), reply.path()), (400, name));
    }
    let more = json!({ "currencyList": { "items": [{ "currency": { "id": "4" } }] } });
    assert_eq!(
        world
            .patch(&format!("customer/{}", world.customer), &more)
            .await
            .status,
        204
    );
    let mut order = world.order();
    order["currency"] = json!({ "id": "4" });
    assert_eq!(world.post("salesOrder", &order).await.status, 204);
    assert_eq!(world.account.sales_orders()[0].currency, "EUR");
}

#[tokio::test]
async fn external_ids_of_transactions_share_one_space_unless_the_account_says_otherwise() {
    let world = World::start().await;
    let mut order = world.order();
    order["externalId"] = json!("us-1");
    world.post("salesOrder", &order).await;
    let deposit =
        json!({ "customer": world.customer, "payment": 5, "account": "123", "externalId": "us-1" });
    assert_eq!(world.post("customerDeposit", &deposit).await.status, 400);
    assert_eq!(world.get("customerDeposit/eid:us-1").await.status, 404);
    world
        .account
        .configure(|settings| settings.shared_transaction_external_ids = false);
    let mut order = world.order();
    order["externalId"] = json!("us-2");
    world.post("salesOrder", &order).await;
    let deposit =
        json!({ "customer": world.customer, "payment": 5, "account": "123", "externalId": "us-2" });
    assert_eq!(world.post("customerDeposit", &deposit).await.status, 204);
}
