//! The Shopify client against the twin: whole orders, few calls, and what each failure means.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use rust_decimal::Decimal;
use sandbox::shopify::{
    DiscountValue, Fault, NewDiscount, NewLocation, NewShipping, NewTax, Payment, PlaceOrder,
    Presentment, Settings, Shop, Tender, When, line, line_at,
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use waybill::config::{Secret, Store, Timing, store::CurrencyBasis};
use waybill::exchange::Exchange;
use waybill::journal::{Journal, Urgency};
use waybill::link::InternalId;
use waybill::remote::{Error, Meaning, Outcome};
use waybill::shopify::Client;

use crate::database::Database;

const DEADLINE: Duration = Duration::from_secs(10);

/// Above 2^53: an id that passes through a float loses digits.
const FIRST_ID: u64 = 9_007_199_254_740_993;

fn store(shop: &Shop) -> Store {
    let text = r#"
        name = "us"
        domain = "acme-us.myshopify.com"
        time_zone = "America/New_York"
        tax.strategy = "tax_line"
    "#;
    let mut store: Store = toml::from_str(text).unwrap();
    store.url = Some(shop.url());
    store.client_id = Some(Secret::new("sandbox-client".to_owned()));
    store.client_secrets = vec![Secret::new("sandbox-secret".to_owned())];
    store
}

fn client(shop: &Shop) -> Client {
    within(shop, DEADLINE)
}

fn within(shop: &Shop, deadline: Duration) -> Client {
    let timing = Timing {
        shopify_deadline: deadline,
        ..Timing::default()
    };
    Client::new(&store(shop), &timing).unwrap()
}

fn reads() -> Journal {
    Journal::of_reads(Urgency::Live, CancellationToken::new())
}

async fn shop() -> (Shop, Client) {
    let shop = Shop::start(Settings {
        first_id: FIRST_ID,
        restore_rate: Some(5_000),
        ..Settings::default()
    })
    .await
    .unwrap();
    let client = client(&shop);
    (shop, client)
}

fn cents(cents: i64) -> Decimal {
    Decimal::new(cents, 2)
}

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
    let tenders = (0..14).map(|_| Tender::sale("gift_card", Decimal::ONE));
    let mut order = PlaceOrder::of([line("MUG", 4)]).with_payment(Payment::Tenders(
        tenders.chain([Tender::rest("cash")]).collect(),
    ));
    for n in 0..7 {
        order = order.with_shipping(NewShipping::new(&format!("part {n}"), Decimal::ONE));
    }
    let placed = shop.place_order(order);

    let order = client.order(&reads(), placed.id).await.unwrap().unwrap();

    assert_eq!(order.transactions.len(), 15);
    assert_eq!(order.shipping.len(), 7);
}

#[tokio::test]
async fn an_order_that_is_not_there_is_none() {
    let (_shop, client) = shop().await;
    assert!(client.order(&reads(), 1).await.unwrap().is_none());
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_no_more() {
    let (shop, client) = shop().await;
    let placed = shop.place_order([line("MUG", 1)]);
    client.order(&reads(), placed.id).await.unwrap();
    shop.revoke_tokens();
    client.order(&reads(), placed.id).await.unwrap();
    assert_eq!(shop.calls_of("token"), 2);

    shop.fail("OrderQuery", Fault::Unauthorized, 5);
    shop.reset_calls();
    let error = client.order(&reads(), placed.id).await.unwrap_err();
    assert_eq!(error.meaning(), Some(Meaning::Unauthorized));
    assert_eq!(shop.calls_of("OrderQuery"), 2);
}

#[tokio::test]
async fn a_legacy_app_needs_no_token_endpoint() {
    let shop = Shop::start(Settings {
        legacy_token: Some("shpat_legacy".to_owned()),
        ..Settings::default()
    })
    .await
    .unwrap();
    let mut store = store(&shop);
    store.access_token = Some(Secret::new("shpat_legacy".to_owned()));
    let client = Client::new(&store, &Timing::default()).unwrap();
    assert_eq!(client.shop(&reads()).await.unwrap().currency, "USD");
    assert_eq!(shop.calls_of("token"), 0);
}

#[tokio::test]
async fn a_wrong_secret_is_unauthorized() {
    let (shop, _) = shop().await;
    let mut store = store(&shop);
    store.client_secrets = vec![Secret::new("stale".to_owned())];
    let client = Client::new(&store, &Timing::default()).unwrap();
    let error = client.shop(&reads()).await.unwrap_err();
    assert_eq!(error.meaning(), Some(Meaning::Unauthorized));
}

#[tokio::test]
async fn throttling_is_waited_out_within_the_call() {
    let (shop, client) = shop().await;
    let placed = shop.place_order([line("MUG", 1)]);
    client.order(&reads(), placed.id).await.unwrap();
    shop.fail("OrderQuery", Fault::Throttled, 2);
    shop.empty_bucket();
    let order = client.order(&reads(), placed.id).await.unwrap();
    assert!(order.is_some());
}

#[tokio::test]
async fn throttling_past_the_deadline_was_not_done() {
    let (shop, _) = shop().await;
    let client = within(&shop, Duration::from_secs(4));
    shop.fail("shop", Fault::TooManyRequests, 100);
    let error = client.shop(&reads()).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Throttled {
                retry_after: Some(_),
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(error.outcome(), Outcome::NotDone);
}

#[tokio::test]
async fn ids_are_written_back_25_a_call_and_a_refused_one_keeps_none_back() {
    let (shop, client) = shop().await;
    let mut ids: Vec<_> = (0..30)
        .map(|n| {
            (
                shop.place_order([line("MUG", 1)]).id,
                InternalId(format!("{}", 700 + n)),
            )
        })
        .collect();
    ids.push((1, InternalId("799".to_owned())));

    let results = client.set_metafields(&reads(), &ids).await.unwrap();

    let refused: Vec<_> = (0..31).filter(|n| results[*n].is_err()).collect();
    assert_eq!(refused, [30], "only the order that does not exist");
    assert_eq!(shop.metafields().len(), 30);
    assert_eq!(
        shop.calls_of("metafieldsSet"),
        3,
        "25, the rest, the rest without the refused one"
    );
    let order = client.order(&reads(), ids[0].0).await.unwrap().unwrap();
    assert_eq!(order.netsuite_id.as_deref(), Some("700"));
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_of_unknown_outcome_and_sent_once() {
    let (shop, client) = shop().await;
    let id = shop.place_order([line("MUG", 1)]).id;
    let ids = [(id, InternalId("7".to_owned()))];
    for fault in [
        Fault::BadGatewayAfter,
        Fault::GatewayTimeoutAfter,
        Fault::ReplyLost,
        Fault::ResetBefore,
        Fault::InternalError,
        Fault::Unavailable,
        Fault::PartialErrors("metafieldsSet".to_owned()),
    ] {
        shop.reset_calls();
        shop.fail("metafieldsSet", fault.clone(), 1);
        let error = client.set_metafields(&reads(), &ids).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::Unknown, "{fault:?}: {error}");
        assert!(shop.calls_of("metafieldsSet") <= 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_read_without_an_answer_is_repeated_once() {
    let (shop, client) = shop().await;
    let id = shop.place_order([line("MUG", 1)]).id;
    shop.fail("OrderQuery", Fault::ResetBefore, 1);
    assert!(client.order(&reads(), id).await.unwrap().is_some());
    shop.fail("OrderQuery", Fault::ResetBefore, 2);
    let error = client.order(&reads(), id).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotDone);
}

#[tokio::test]
async fn failures_of_a_read_have_their_meaning() {
    let (shop, client) = shop().await;
    let id = shop.place_order([line("MUG", 1)]).id;
    shop.fail("OrderQuery", Fault::Frozen, 1);
    let error = client.order(&reads(), id).await.unwrap_err();
    assert_eq!(error.meaning(), Some(Meaning::Closed));
    for fault in [
        Fault::Unavailable,
        Fault::PartialErrors("order.customer".to_owned()),
    ] {
        shop.fail("OrderQuery", fault.clone(), 1);
        let error = client.order(&reads(), id).await.unwrap_err();
        assert!(
            matches!(error, Error::Unavailable { .. }),
            "{fault:?}: {error}"
        );
        assert_eq!(error.outcome(), Outcome::NotDone);
    }
}

#[tokio::test]
async fn a_call_in_flight_ends_when_the_right_to_call_does() {
    let (shop, client) = shop().await;
    let id = shop.place_order([line("MUG", 1)]).id;
    client.shop(&reads()).await.unwrap();
    let stop = CancellationToken::new();
    let journal = Journal::of_reads(Urgency::Live, stop.clone());
    let gate = shop.park("metafieldsSet", When::BeforeExecution);
    let ids = [(id, InternalId("7".to_owned()))];
    let (ended, ()) = tokio::join!(client.set_metafields(&journal, &ids), async {
        assert!(gate.arrived(DEADLINE).await);
        stop.cancel();
    });
    assert_eq!(ended.unwrap_err().outcome(), Outcome::Unknown);
    gate.release();

    let calls = journal.calls();
    let error = client.set_metafields(&journal, &ids).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotDone);
    assert_eq!(journal.calls(), calls, "nothing is sent any more");
}

#[tokio::test]
async fn a_slow_answer_is_not_waited_for_past_the_deadline() {
    let (shop, _) = shop().await;
    let client = within(&shop, Duration::from_secs(4));
    client.shop(&reads()).await.unwrap();
    shop.fail("metafieldsSet", Fault::SlowMs(20_000), 1);
    let id = shop.place_order([line("MUG", 1)]).id;
    let start = Instant::now();
    let error = client
        .set_metafields(&reads(), &[(id, InternalId("7".to_owned()))])
        .await;
    assert_eq!(error.unwrap_err().outcome(), Outcome::Unknown);
    assert!(start.elapsed() < Duration::from_secs(10));
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

/// A gateway in front of the shop, which withholds what an app without protected data would not see.
async fn withholding(shop: &Shop) -> String {
    let target = shop.url();
    let forward = move |request: axum::extract::Request| {
        let target = target.clone();
        async move {
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
            let answer = Exchange::new(DEADLINE)
                .unwrap()
                .request(parts.method, &format!("{target}{}", parts.uri))
                .headers(parts.headers)
                .body(body.to_vec())
                .send()
                .await
                .unwrap();
            let mut answer: Value = answer.json().await.unwrap();
            if answer["data"]["order"].is_object() {
                let fields = ["customer", "email", "shippingAddress"];
                for field in fields {
                    answer["data"]["order"][field] = Value::Null;
                }
                answer["errors"] = fields
                    .map(|field| {
                        json!({
                            "message": "This app is not approved to use the field",
                            "path": ["order", field],
                            "extensions": {"code": "ACCESS_DENIED"},
                        })
                    })
                    .into();
            }
            axum::Json(answer)
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = axum::Router::new().fallback(forward);
    let serving = std::future::IntoFuture::into_future(axum::serve(listener, app));
    spawn(serving);
    url
}

#[expect(
    clippy::disallowed_methods,
    reason = "it ends with the test's own runtime"
)]
fn spawn(serving: impl Future<Output = std::io::Result<()>> + Send + 'static) {
    tokio::spawn(serving);
}

#[tokio::test]
async fn customer_data_that_the_app_may_not_see_is_absent() {
    let (shop, _) = shop().await;
    let id = shop.place_order([line("MUG", 1)]).id;
    let mut store = store(&shop);
    store.url = Some(withholding(&shop).await);
    let client = Client::new(&store, &Timing::default()).unwrap();
    let order = client.order(&reads(), id).await.unwrap().unwrap();
    assert!(order.customer.is_none());
    assert!(order.shipping_address.is_none());
    assert!(order.billing_address.is_some());
}

#[tokio::test]
async fn orders_that_changed_come_oldest_first_over_all_pages() {
    let (shop, client) = shop().await;
    let placed: Vec<_> = (0..260)
        .map(|_| shop.place_order([line("MUG", 1)]))
        .collect();
    let day = TimeDelta::days(1);
    let (from, to) = (placed[0].updated_at - day, placed[259].updated_at + day);

    let first = client
        .orders_updated(&reads(), from, to, None)
        .await
        .unwrap();
    let next = first.next.clone().unwrap();
    let second = client
        .orders_updated(&reads(), from, to, Some(&next))
        .await
        .unwrap();

    assert_eq!((first.orders.len(), second.orders.len()), (250, 10));
    assert_eq!(second.next, None);
    let ids: Vec<_> = first
        .orders
        .iter()
        .chain(&second.orders)
        .map(|order| order.id)
        .collect();
    assert_eq!(ids, placed.iter().map(|order| order.id).collect::<Vec<_>>());

    let later = client
        .orders_updated(&reads(), to, to + day, None)
        .await
        .unwrap();
    assert!(later.orders.is_empty());
}

#[tokio::test]
async fn versions_are_read_by_id_and_absent_orders_are_left_out() {
    let (shop, client) = shop().await;
    let placed = shop.place_order([line("MUG", 1)]);
    let versions = client
        .order_versions(&reads(), &[placed.id, 1])
        .await
        .unwrap();
    assert_eq!(versions.len(), 1);
    assert_eq!(versions[0].updated_at, placed.updated_at);
}

#[tokio::test]
async fn a_shop_tells_its_settings_and_our_scopes() {
    let (_shop, client) = shop().await;
    let found = client.shop(&reads()).await.unwrap();
    assert_eq!(found.domain, "acme-us.myshopify.com");
    assert_eq!(found.time_zone, "America/New_York");
    assert!(found.scopes.contains(&"read_orders".to_owned()));
}

#[tokio::test]
async fn a_call_is_written_down_before_it_leaves_and_its_answer_after() {
    let database = Database::new().await;
    let (shop, client) = shop().await;
    client.shop(&reads()).await.unwrap();
    let id = shop.place_order([line("MUG", 1)]).id;
    let stop = CancellationToken::new();
    let pass = uuid::Uuid::new_v4();
    let journal = Journal::of_pass(database.pool.clone(), pass, Urgency::Live, stop);
    let gate = shop.park("OrderQuery", When::BeforeExecution);

    let open = "select call from attempt_call where answered_at is null";
    let (order, ()) = tokio::join!(client.order(&journal, id), async {
        assert!(gate.arrived(DEADLINE).await);
        assert_eq!(
            database.texts(open).await,
            [format!("read shopify order {id}")]
        );
        gate.release();
    });

    assert!(order.unwrap().is_some());
    assert!(database.texts(open).await.is_empty());
    assert_eq!(
        database.texts("select answer from attempt_call").await,
        ["200"]
    );
}
