//! Orders read whole, in few calls, exact.

use rust_decimal::Decimal;
use sandbox::shopify::{
    DiscountValue, NewDiscount, NewLocation, NewShipping, NewTax, Payment, PlaceOrder, Presentment,
    Settings, Shop, Tender, When, line, line_at,
};
use serde_json::{Value, json};
use waybill::config::{Timing, store::CurrencyBasis};
use waybill::shopify::Client;

use super::gateway::gateway;
use super::{DEADLINE, cents, client, reads, shop, store};

#[tokio::test]
async fn an_ordinary_order_is_one_read_and_exact_to_the_cent() {
    let (shop, client) = shop().await;
    let placed = shop.place_order(
        PlaceOrder {
            tip: Some(cents(300)),
            note: Some("leave at the door".to_owned()),
            ..PlaceOrder::of([
                line_at("MUG", 3, cents(1999)).taxed("CA State Tax", Decimal::new(725, 4)),
                line("007", 1),
            ])
        }
        .with_discount(NewDiscount::new(
            "TEN",
            DiscountValue::Percentage(Decimal::TEN),
        ))
        .with_shipping(NewShipping {
            taxes: vec![NewTax::new("CA State Tax", Decimal::new(725, 4))],
            ..NewShipping::new("Ground", cents(795))
        }),
    );

    let journal = reads();
    let order = client.order(&journal, placed.id).await.unwrap().unwrap();

    assert_eq!(shop.calls_of("OrderQuery"), 1);
    assert_eq!(journal.calls(), 2, "the token and the order");
    let cost = shop.calls().last().unwrap().requested_cost;
    assert!(cost <= 800, "one read is asked to pay {cost} points");

    says_what_was_placed(&order, &placed);
}

fn says_what_was_placed(order: &waybill::shopify::order::Order, placed: &sandbox::shopify::Order) {
    assert_eq!(order.id, placed.id);
    assert!(order.id > 1 << 53);
    assert_eq!(order.name, placed.name);
    assert_eq!(order.updated_at, placed.updated_at);
    assert_eq!(order.note.as_deref(), Some("leave at the door"));
    assert_eq!(order.lines[0].sku.as_deref(), Some("MUG"));
    assert_eq!(order.lines[0].quantity, 3);
    assert_eq!(order.lines[0].unit_price.minor, 1999);
    assert_eq!(order.lines[0].taxes[0].rate, Some(Decimal::new(725, 4)));
    assert_eq!(order.lines[0].discounts[0].title.as_deref(), Some("TEN"));
    assert_eq!(order.lines[1].sku.as_deref(), Some("007"));
    assert_eq!(order.lines[1].location, Some(72_345_678));
    assert_eq!(order.shipping[0].price.minor, 795);
    assert_eq!(order.totals.tip.minor, 300);
    assert_eq!(order.transactions.len(), 1);
    assert_eq!(order.transactions[0].amount, order.totals.total);
    assert_eq!(
        order
            .shipping_address
            .as_ref()
            .unwrap()
            .country_code
            .as_deref(),
        Some("US")
    );
    assert_eq!(
        order.customer.as_ref().unwrap().email.as_deref(),
        Some("buyer@example.com")
    );
    assert_eq!(order.financial_status.as_deref(), Some("PAID"));
    assert_eq!(order.netsuite_id, None);
    assert_eq!(order.lines[0].unfulfilled_quantity, 3);
    assert_eq!(order.lines[0].refundable_quantity, 3);
    assert!(order.agreements.is_empty(), "what was agreed is its lines");
}

#[tokio::test]
async fn an_order_of_600_lines_is_read_whole_and_in_order() {
    let (shop, client) = shop().await;
    let lines = (0..600).map(|n| line(&format!("SKU-{n}"), 1));
    let placed = shop.place_order(PlaceOrder::of(lines));

    let order = client.order(&reads(), placed.id).await.unwrap().unwrap();

    let skus: Vec<_> = order
        .lines
        .iter()
        .filter_map(|line| line.sku.clone())
        .collect();
    let expected: Vec<_> = (0..600).map(|n| format!("SKU-{n}")).collect();
    assert_eq!(skus, expected);
    assert!(shop.calls().iter().all(|call| call.requested_cost <= 1000));
}

#[tokio::test]
async fn the_presentment_basis_reads_every_amount_in_that_currency() {
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

    let order = client.order(&reads(), placed.id).await.unwrap().unwrap();

    assert_eq!(order.currency.code(), "KWD");
    assert_eq!(order.lines[0].unit_price.minor, 3070);
    assert_eq!(order.totals.total.minor, 6140);
}

#[tokio::test]
async fn each_line_knows_its_location_when_an_order_ships_from_several() {
    let shop = Shop::start(Settings {
        locations: vec![
            NewLocation::new(11, "East", "US"),
            NewLocation::new(22, "West", "US"),
        ],
        ..Settings::default()
    })
    .await
    .unwrap();
    let (mut east, mut west) = (line("E", 1), line("W", 1));
    (east.location, west.location) = (Some(11), Some(22));
    let placed = shop.place_order([east, west]);

    let order = client(&shop)
        .order(&reads(), placed.id)
        .await
        .unwrap()
        .unwrap();

    let locations: Vec<_> = order.lines.iter().map(|line| line.location).collect();
    assert_eq!(locations, [Some(11), Some(22)]);
}

#[tokio::test]
async fn many_transactions_and_shipping_lines_are_all_read() {
    let (shop, client) = shop().await;
    let tenders = (0..60).map(|_| Tender::sale("gift_card", Decimal::ONE));
    let mut order = PlaceOrder::of([line("MUG", 7)]).with_payment(Payment::Tenders(
        tenders.chain([Tender::rest("cash")]).collect(),
    ));
    for n in 0..7 {
        order = order.with_shipping(NewShipping::new(&format!("part {n}"), Decimal::ONE));
    }
    let placed = shop.place_order(order);

    let order = client.order(&reads(), placed.id).await.unwrap().unwrap();

    assert_eq!(order.transactions.len(), 61);
    assert_eq!(order.shipping.len(), 7);
}

#[tokio::test]
async fn an_order_that_is_not_there_is_none() {
    let (_shop, client) = shop().await;
    assert!(client.order(&reads(), 1).await.unwrap().is_none());
}

#[tokio::test]
async fn an_order_that_changes_between_its_pages_is_read_again() {
    let (shop, client) = shop().await;
    let lines = (0..25).map(|n| line(&format!("SKU-{n}"), 1));
    // Long ago: Shopify's times are whole seconds, and the change must be a later one.
    let placed = shop.place_order(PlaceOrder {
        created_at: Some(chrono::DateTime::UNIX_EPOCH),
        ..PlaceOrder::of(lines)
    });
    let id = placed.id;
    let gate = shop.park("OrderLinesQuery", When::BeforeExecution);
    let journal = reads();
    let (order, edited) = tokio::join!(client.order(&journal, id), async {
        assert!(gate.arrived(DEADLINE).await);
        let edited = shop.edit(id, |order| order.note = Some("changed".to_owned()));
        gate.release();
        edited.unwrap()
    });
    let order = order.unwrap().unwrap();
    assert_eq!(order.updated_at, edited.updated_at);
    assert_eq!(order.note.as_deref(), Some("changed"));
    assert_eq!(order.lines.len(), 25);
    assert_eq!(shop.calls_of("OrderQuery"), 2);
}

#[tokio::test]
async fn customer_data_that_the_app_may_not_see_is_absent() {
    let (shop, _) = shop().await;
    let id = shop.place_order([line("MUG", 1)]).id;
    let mut store = store(&shop);
    store.url = Some(gateway(&shop, withhold).await);
    let client = Client::new(&store, &Timing::default()).unwrap();
    let order = client.order(&reads(), id).await.unwrap().unwrap();
    assert!(order.customer.is_none());
    assert!(order.shipping_address.is_none());
    assert!(order.billing_address.is_some());
}

/// What an app without access to protected data, or to disputes, is answered.
fn withhold(_: &str, answer: &mut Value) {
    if !answer["data"]["order"].is_object() {
        return;
    }
    let fields = ["customer", "email", "shippingAddress"];
    for field in fields {
        answer["data"]["order"][field] = Value::Null;
    }
    answer["data"]["disputed"] = Value::Null;
    let denied = |path: [&str; 2]| {
        json!({
            "message": "This app is not approved to use the field",
            "path": path,
            "extensions": {"code": "ACCESS_DENIED"},
        })
    };
    let mut errors: Vec<Value> = fields.map(|field| denied(["order", field])).into();
    errors.push(denied(["disputed", "disputes"]));
    answer["errors"] = errors.into();
}
