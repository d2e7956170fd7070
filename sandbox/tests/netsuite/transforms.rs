//! From one document to the next: shipping, billing, money, returns.

use reqwest::Method;
use rust_decimal::Decimal;
use sandbox::netsuite::{Fault, Kind, Matcher, SeedItem};
use serde_json::{Value, json};

use crate::world::{Reply, World};

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

async fn transform(world: &World, from: &str, id: u64, to: &str, body: Value) -> Reply {
    world
        .post(&format!("{from}/{id}/!transform/{to}"), &body)
        .await
}

async fn ship(world: &World, order: u64, lines: Value) -> Reply {
    let body = json!({ "shipStatus": { "id": "C" }, "item": { "items": lines } });
    transform(world, "salesOrder", order, "itemFulfillment", body).await
}

async fn status(world: &World, order: u64) -> String {
    let rows = world
        .rows(
            "SELECT status FROM transaction WHERE id = ?",
            &[&order.to_string()],
        )
        .await;
    rows[0]["status"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_order_goes_from_b_over_d_e_f_to_g() {
    let world = World::start().await;
    let order = world.post("salesOrder", &world.order()).await.id();
    assert_eq!(status(&world, order).await, "B");
    let first = ship(
        &world,
        order,
        json!([{ "orderLine": 1, "itemReceive": true, "quantity": 1 }]),
    )
    .await;
    assert_eq!(first.status, 204, "{}", first.body);
    assert_eq!(status(&world, order).await, "E");
    assert_eq!(
        transform(&world, "salesOrder", order, "invoice", json!({}))
            .await
            .status,
        204
    );
    assert_eq!(status(&world, order).await, "D");
    assert_eq!(ship(&world, order, json!([])).await.status, 204);
    assert_eq!(status(&world, order).await, "F");
    assert_eq!(
        transform(&world, "salesOrder", order, "invoice", json!({}))
            .await
            .status,
        204
    );
    assert_eq!(status(&world, order).await, "G");
    let totals: Vec<Decimal> = world
        .account
        .transactions(Kind::Invoice)
        .iter()
        .map(|invoice| invoice.total)
        .collect();
    assert_eq!(totals, [dec("12.5"), dec("12.5")]);
}

#[tokio::test]
async fn a_second_transform_of_what_is_done_is_refused() {
    let world = World::start().await;
    let order = world.post("salesOrder", &world.order()).await.id();
    assert_eq!(ship(&world, order, json!([])).await.status, 204);
    let again = ship(&world, order, json!([])).await;
    assert_eq!((again.status.as_u16(), again.code()), (400, "USER_ERROR"));
    let shipped: Decimal = world
        .account
        .transactions(Kind::ItemFulfillment)
        .iter()
        .map(|made| made.lines[0].quantity)
        .sum();
    assert_eq!(shipped, dec("2"));
}

#[tokio::test]
async fn lines_that_are_not_named_are_shipped_too() {
    let world = World::start().await;
    let mut order = world.order();
    order["item"]["items"] = json!([
        world.line(world.mug, 2, "5"),
        world.line(world.shirt, 1, "7")
    ]);
    let order = world.post("salesOrder", &order).await.id();
    assert_eq!(
        ship(&world, order, json!([{ "orderLine": 1, "quantity": 1 }]))
            .await
            .status,
        204
    );
    let made = &world.account.transactions(Kind::ItemFulfillment)[0];
    let lines: Vec<_> = made
        .lines
        .iter()
        .map(|line| (line.item, line.quantity))
        .collect();
    assert_eq!(lines, [(world.mug, dec("1")), (world.shirt, dec("1"))]);
    let order = &world.account.sales_orders()[0];
    assert_eq!(
        (order.lines[0].fulfilled, order.lines[1].fulfilled),
        (dec("1"), dec("1"))
    );
}

#[tokio::test]
async fn a_line_with_item_receive_false_stays_and_more_than_remains_is_refused() {
    let world = World::start().await;
    let mut order = world.order();
    order["item"]["items"] = json!([
        world.line(world.mug, 2, "5"),
        world.line(world.shirt, 1, "7")
    ]);
    let order = world.post("salesOrder", &order).await.id();
    let lines =
        json!([{ "orderLine": 1, "quantity": 2 }, { "orderLine": 2, "itemReceive": false }]);
    assert_eq!(ship(&world, order, lines).await.status, 204);
    let made = &world.account.transactions(Kind::ItemFulfillment)[0];
    assert_eq!(made.lines.len(), 1);
    assert_eq!(
        ship(&world, order, json!([{ "orderLine": 2, "quantity": 2 }]))
            .await
            .status,
        400
    );
    assert_eq!(
        ship(&world, order, json!([{ "orderLine": 9, "quantity": 1 }]))
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn a_transform_with_a_taken_external_id_makes_nothing() {
    let world = World::start().await;
    let order = world.post("salesOrder", &world.order()).await.id();
    let body = |quantity: u32| json!({ "externalId": "if-1", "item": { "items": [{ "orderLine": 1, "quantity": quantity }] } });
    assert_eq!(
        transform(&world, "salesOrder", order, "itemFulfillment", body(1))
            .await
            .status,
        204
    );
    let again = transform(&world, "salesOrder", order, "itemFulfillment", body(1)).await;
    assert_eq!(
        again.detail(),
        "Error while accessing a resource. This record already exists."
    );
    assert_eq!(world.get("itemFulfillment/eid:if-1").await.status, 200);
    assert_eq!(world.account.sales_orders()[0].lines[0].fulfilled, dec("1"));
}

#[tokio::test]
async fn an_unapproved_or_closed_order_is_not_shipped() {
    let world = World::start().await;
    let mut order = world.order();
    order.as_object_mut().unwrap().remove("orderStatus");
    let order = world.post("salesOrder", &order).await.id();
    assert_eq!(status(&world, order).await, "A");
    assert_eq!(ship(&world, order, json!([])).await.status, 400);
    world
        .patch(
            &format!("salesOrder/{order}"),
            &json!({ "orderStatus": "B" }),
        )
        .await;
    let close = json!({ "item": { "items": [{ "line": 1, "isClosed": true }] } });
    assert_eq!(
        world
            .patch(&format!("salesOrder/{order}"), &close)
            .await
            .status,
        204
    );
    assert_eq!(status(&world, order).await, "H");
    assert_eq!(
        world.account.sales_orders()[0].total,
        dec("25"),
        "a closed line keeps its amount"
    );
    assert_eq!(ship(&world, order, json!([])).await.status, 400);
}

#[tokio::test]
async fn a_fulfilled_line_is_neither_removed_nor_sold_less() {
    let world = World::start().await;
    let order = world.post("salesOrder", &world.order()).await.id();
    ship(&world, order, json!([])).await;
    let other = json!({ "item": { "items": [world.line(world.fee, 1, "1")] } });
    assert_eq!(
        world
            .patch(&format!("salesOrder/{order}?replace=item"), &other)
            .await
            .status,
        400
    );
    let fewer = json!({ "item": { "items": [{ "line": 1, "quantity": 1 }] } });
    assert_eq!(
        world
            .patch(&format!("salesOrder/{order}"), &fewer)
            .await
            .status,
        400
    );
    assert_eq!(
        world
            .call(Method::DELETE, &format!("salesOrder/{order}"), &Value::Null)
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn an_order_commits_stock_and_only_a_shipment_takes_it() {
    let world = World::start().await;
    let level = || {
        world
            .account
            .stock()
            .into_iter()
            .find(|level| level.item == world.mug)
            .unwrap()
    };
    let order = world.post("salesOrder", &world.order()).await.id();
    assert_eq!(
        (level().on_hand, level().committed, level().available),
        (dec("100"), dec("2"), dec("98"))
    );
    let packed = json!({ "shipStatus": { "id": "B" } });
    let made = transform(&world, "salesOrder", order, "itemFulfillment", packed)
        .await
        .id();
    assert_eq!(
        (level().on_hand, level().available),
        (dec("100"), dec("98"))
    );
    assert_eq!(
        world
            .patch(
                &format!("itemFulfillment/{made}"),
                &json!({ "shipStatus": { "id": "C" } })
            )
            .await
            .status,
        204
    );
    assert_eq!(
        (level().on_hand, level().committed, level().available),
        (dec("98"), dec("0"), dec("98"))
    );
    assert_eq!(status(&world, order).await, "F");
}

#[tokio::test]
async fn a_kit_ships_its_components_which_show_as_member_lines() {
    let world = World::start().await;
    let mut kit = SeedItem::of(Kind::KitItem, "SET");
    kit.members = vec![(world.mug, dec("2")), (world.shirt, dec("1"))];
    let kit = world.account.seed_item(kit);
    let mut order = world.order();
    order["item"]["items"] = json!([world.line(kit, 3, "30")]);
    let order = world.post("salesOrder", &order).await.id();
    assert_eq!(ship(&world, order, json!([])).await.status, 204);
    let made = &world.account.transactions(Kind::ItemFulfillment)[0];
    assert_eq!(made.lines.len(), 3);
    assert_eq!(made.lines[1].fields["kitMemberOf"], json!(1));
    let mugs = world
        .account
        .stock()
        .into_iter()
        .find(|level| level.item == world.mug)
        .unwrap();
    assert_eq!(mugs.on_hand, dec("94"));
    assert_eq!(status(&world, order).await, "F");
}

#[tokio::test]
async fn tracking_numbers_are_found_by_suiteql() {
    let world = World::start().await;
    let order = world.post("salesOrder", &world.order()).await.id();
    let package = json!({ "package": { "items": [{ "packageTrackingNumber": "1Z999", "packageWeight": 0.5 }] } });
    let no_weight = json!({ "package": { "items": [{ "packageTrackingNumber": "1Z999" }] } });
    assert_eq!(
        transform(&world, "salesOrder", order, "itemFulfillment", no_weight)
            .await
            .status,
        400
    );
    let reply = transform(&world, "salesOrder", order, "itemFulfillment", package).await;
    assert_eq!(reply.status, 204, "{}", reply.body);
    let sql = "SELECT DISTINCT c.id,c.tranid,c.status,tn.trackingnumber FROM transaction t \
               JOIN previoustransactionlinelink l ON l.previousdoc=t.id JOIN transaction c ON c.id=l.nextdoc AND c.type='ItemShip' \
               LEFT JOIN trackingnumbermap m ON m.transaction=c.id LEFT JOIN trackingnumber tn ON tn.id=m.trackingnumber WHERE t.id=?";
    let rows = world.rows(sql, &[&order.to_string()]).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (&rows[0]["status"], &rows[0]["trackingnumber"]),
        (&json!("C"), &json!("1Z999"))
    );
}

/// An order with exact tax of 1.00 on three mugs, shipping, and a flat discount.
fn taxed(world: &World) -> Value {
    let mut order = world.order();
    let mut mugs = world.line(world.mug, 3, "4");
    mugs["taxDetailsReference"] = json!("L1");
    order["item"]["items"] = json!([mugs, world.discount_line("-2")]);
    order["shippingCost"] = json!(5);
    order["taxDetailsOverride"] = json!(true);
    let row = |reference: &str, basis: Value, amount: Value| json!({ "taxDetailsReference": reference, "taxCode": { "id": "9" }, "taxBasis": basis, "taxRate": 10, "taxAmount": amount });
    order["taxDetails"] =
        json!({ "items": [row("L1", json!(10), json!(1)), row("SHIPPING", json!(5), json!(0.5))] });
    order
}

#[tokio::test]
async fn parts_billed_add_up_to_the_order_to_the_cent() {
    let world = World::start().await;
    let reply = world.post("salesOrder", &taxed(&world)).await;
    assert_eq!(reply.status, 204, "{}", reply.body);
    let order = reply.id();
    assert_eq!(world.account.sales_orders()[0].total, dec("16.5"));
    for _ in 0..3 {
        assert_eq!(
            ship(&world, order, json!([{ "orderLine": 1, "quantity": 1 }]))
                .await
                .status,
            204
        );
        assert_eq!(
            transform(&world, "salesOrder", order, "invoice", json!({}))
                .await
                .status,
            204
        );
    }
    let invoices = world.account.transactions(Kind::Invoice);
    let taxes: Vec<Decimal> = invoices.iter().map(|invoice| invoice.tax).collect();
    assert_eq!(taxes, [dec("0.83"), dec("0.34"), dec("0.33")]);
    assert_eq!(
        invoices
            .iter()
            .map(|invoice| invoice.total)
            .sum::<Decimal>(),
        dec("16.5")
    );
    assert_eq!(status(&world, order).await, "G");
}

#[tokio::test]
async fn a_deposit_is_applied_to_the_invoice_and_what_is_left_can_be_refunded() {
    let world = World::start().await;
    let order = world.post("salesOrder", &world.order()).await.id();
    let deposit = json!({
        "customer": world.customer, "salesOrder": order, "payment": 30, "account": "123",
    });
    let deposit = world.post("customerDeposit", &deposit).await.id();
    ship(&world, order, json!([])).await;
    let invoice = transform(&world, "salesOrder", order, "invoice", json!({}))
        .await
        .id();
    let apply = |amount: Value| json!({ "apply": { "items": [{ "doc": { "id": invoice.to_string() }, "line": 0, "apply": true, "amount": amount }] } });
    assert_eq!(
        transform(
            &world,
            "customerDeposit",
            deposit,
            "depositApplication",
            apply(json!(26))
        )
        .await
        .status,
        400
    );
    let reply = transform(
        &world,
        "customerDeposit",
        deposit,
        "depositApplication",
        apply(json!(25)),
    )
    .await;
    assert_eq!(reply.status, 204, "{}", reply.body);
    assert_eq!(
        world.account.transactions(Kind::Invoice)[0].open,
        Decimal::ZERO
    );
    assert_eq!(world.account.deposits()[0].open, dec("5"));
    let rows = world
        .rows(
            "SELECT status FROM transaction WHERE id = ?",
            &[&invoice.to_string()],
        )
        .await;
    assert_eq!(rows[0]["status"], "B");

    let refund = |amount: Value| {
        json!({
            "customer": world.customer, "account": "123",
            "deposit": { "items": [{ "doc": deposit, "apply": true, "amount": amount }] },
        })
    };
    assert_eq!(
        world
            .post("customerRefund", &refund(json!(5.01)))
            .await
            .status,
        400
    );
    let refunded = world.post("customerRefund", &refund(json!(5))).await;
    assert_eq!(refunded.status, 204, "{}", refunded.body);
    assert_eq!(world.account.deposits()[0].open, Decimal::ZERO);
    let read = world
        .get(&format!(
            "customerRefund/{}?expandSubResources=true",
            refunded.id()
        ))
        .await
        .body;
    assert_eq!(
        read["deposit"]["items"],
        json!([]),
        "the deposit list is empty when read"
    );
}

#[tokio::test]
async fn a_return_is_received_credited_and_refunded() {
    let world = World::start().await;
    let order = world.post("salesOrder", &world.order()).await.id();
    ship(&world, order, json!([])).await;
    let invoice = transform(&world, "salesOrder", order, "invoice", json!({}))
        .await
        .id();
    let rma = transform(
        &world,
        "invoice",
        invoice,
        "returnAuthorization",
        json!({ "orderStatus": "B", "item": { "items": [{ "line": 1, "quantity": 1 }] } }),
    )
    .await;
    assert_eq!(rma.status, 204, "{}", rma.body);
    let rma = rma.id();
    assert_eq!(
        transform(&world, "returnAuthorization", rma, "creditMemo", json!({}))
            .await
            .status,
        400,
        "nothing is received yet"
    );
    let receipt =
        json!({ "item": { "items": [{ "orderLine": 1, "quantity": 1, "restock": true }] } });
    let receipt = transform(&world, "returnAuthorization", rma, "itemReceipt", receipt).await;
    assert_eq!(receipt.status, 204, "{}", receipt.body);
    let mugs = world
        .account
        .stock()
        .into_iter()
        .find(|level| level.item == world.mug)
        .unwrap();
    assert_eq!(mugs.on_hand, dec("99"));
    assert_eq!(status(&world, rma).await, "F");
    let credit = transform(&world, "returnAuthorization", rma, "creditMemo", json!({}))
        .await
        .id();
    assert_eq!(status(&world, rma).await, "G");
    let refund = json!({
        "customer": world.customer, "account": "123", "paymentOption": "8",
        "apply": { "items": [{ "doc": { "id": credit.to_string() }, "line": 1, "apply": true, "amount": 12.5 }] },
    });
    let reply = world.post("customerRefund", &refund).await;
    assert_eq!(reply.status, 204, "{}", reply.body);
    let memo = &world.account.transactions(Kind::CreditMemo)[0];
    assert_eq!((memo.total, memo.open), (dec("12.5"), Decimal::ZERO));
    assert_eq!(world.post("customerRefund", &refund).await.status, 400);
}

#[tokio::test]
async fn a_cash_sale_is_refunded_by_a_cash_refund_with_fewer_lines() {
    let world = World::start().await;
    let mut sale = world.order();
    sale.as_object_mut().unwrap().remove("orderStatus");
    sale["item"]["items"] = json!([world.line(world.mug, 2, "5"), world.line(world.fee, 1, "7")]);
    let sale = world.post("cashSale", &sale).await;
    assert_eq!(sale.status, 204, "{}", sale.body);
    let body = json!({ "account": "123", "item": { "items": [{ "line": 1, "quantity": 1 }, { "line": 2, "quantity": 0 }] } });
    let reply = transform(&world, "cashSale", sale.id(), "cashRefund", body).await;
    assert_eq!(reply.status, 204, "{}", reply.body);
    assert_eq!(
        world.account.transactions(Kind::CashRefund)[0].total,
        dec("5")
    );
}

#[tokio::test]
async fn fulfillments_come_by_transform_only_and_unknown_pairs_are_refused() {
    let world = World::start().await;
    assert_eq!(world.post("itemFulfillment", &json!({})).await.status, 400);
    let order = world.post("salesOrder", &world.order()).await.id();
    assert_eq!(
        transform(&world, "salesOrder", order, "creditMemo", json!({}))
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn a_transform_is_a_call_about_what_it_makes() {
    let world = World::start().await;
    let order = world.post("salesOrder", &world.order()).await.id();
    world
        .account
        .fail_when(Matcher::create("invoice"), Fault::RecordChanged);
    assert_eq!(ship(&world, order, json!([])).await.status, 204);
    assert_eq!(
        transform(&world, "salesOrder", order, "invoice", json!({}))
            .await
            .status,
        400
    );
    let call = world.account.calls().pop().unwrap();
    assert_eq!((call.record.as_str(), call.committed), ("invoice", false));
}

#[tokio::test]
async fn an_address_patched_without_its_id_is_added_each_time() {
    let world = World::start().await;
    let path = format!("customer/{}", world.customer);
    let address = json!({ "addressBook": { "items": [{ "label": "Home", "defaultShipping": true, "addressBookAddress": { "addr1": "1 Sample Street", "city": "X", "state": "NY", "zip": "10001", "country": { "id": "US" } } }] } });
    for count in [1, 2] {
        let reply = world.patch(&path, &address).await;
        assert_eq!(reply.status, 204, "{}", reply.body);
        assert_eq!(world.account.customers()[0].addresses, count);
    }
    let read = world
        .get(&format!("{path}?expandSubResources=true"))
        .await
        .body;
    let lines = read["addressBook"]["items"].as_array().unwrap();
    assert_eq!(
        (&lines[0]["defaultShipping"], &lines[1]["defaultShipping"]),
        (&json!(false), &json!(true))
    );
    let keyed =
        json!({ "addressBook": { "items": [{ "id": lines[0]["id"], "label": "Office" }] } });
    assert_eq!(world.patch(&path, &keyed).await.status, 204);
    assert_eq!(world.account.customers()[0].addresses, 2);
}

#[tokio::test]
async fn an_invoice_is_paid_and_an_overpayment_stays_unapplied_and_is_refunded() {
    let world = World::start().await;
    let customer = world.customer;
    let mut body = world.order();
    body.as_object_mut().unwrap().remove("orderStatus");
    body.as_object_mut().unwrap().remove("entity");
    let invoice = transform(&world, "customer", customer, "invoice", body).await;
    assert_eq!(invoice.status, 204, "{}", invoice.body);
    let invoice = invoice.id();
    let payment = |amount: Value| {
        json!({
            "customer": customer, "payment": 30, "undepFunds": true, "autoApply": false,
            "apply": { "items": [{ "doc": { "id": invoice.to_string() }, "apply": true, "amount": amount }] },
        })
    };
    assert_eq!(
        world
            .post("customerPayment", &payment(json!(25.01)))
            .await
            .status,
        400
    );
    let paid = world.post("customerPayment", &payment(json!(25))).await;
    assert_eq!(paid.status, 204, "{}", paid.body);
    let read = world
        .get(&format!("customerPayment/{}", paid.id()))
        .await
        .body;
    assert_eq!(read["unapplied"].to_string(), "5.0");
    let read = world.get(&format!("invoice/{invoice}")).await.body;
    assert_eq!(
        (&read["status"]["id"], read["amountRemaining"].to_string()),
        (&json!("Paid In Full"), "0.0".into())
    );
    assert_eq!(
        transform(&world, "invoice", invoice, "customerPayment", json!({}))
            .await
            .status,
        400
    );
    let refund = transform(
        &world,
        "customerPayment",
        paid.id(),
        "customerRefund",
        json!({ "account": "123" }),
    )
    .await;
    assert_eq!(refund.status, 204, "{}", refund.body);
    assert_eq!(
        world.account.transactions(Kind::CustomerRefund)[0].total,
        dec("5")
    );
}

#[tokio::test]
async fn nothing_can_be_deleted_that_something_depends_on() {
    let world = World::start().await;
    let order = world.post("salesOrder", &world.order()).await.id();
    let deposit =
        json!({ "customer": world.customer, "salesOrder": order, "payment": 5, "account": "123" });
    let deposit = world.post("customerDeposit", &deposit).await.id();
    let delete = async |path: String| {
        world
            .call(Method::DELETE, &path, &Value::Null)
            .await
            .status
            .as_u16()
    };
    assert_eq!(delete(format!("salesOrder/{order}")).await, 400);
    assert_eq!(delete(format!("customer/{}", world.customer)).await, 400);
    assert_eq!(delete(format!("customerDeposit/{deposit}")).await, 204);
    assert_eq!(delete(format!("salesOrder/{order}")).await, 204);
    let mugs = world
        .account
        .stock()
        .into_iter()
        .find(|level| level.item == world.mug)
        .unwrap();
    assert_eq!(mugs.available, dec("100"));
    assert_eq!(world.get(&format!("salesOrder/{order}")).await.status, 404);
}
