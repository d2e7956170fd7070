//! The NetSuite client against the twin: tokens, records, look-ups, the governor, and what each failure means.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sandbox::netsuite::{Account, Certificate, Fault, Kind, Matcher, SeedItem, Settings};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use waybill::config::store::SkuField;
use waybill::config::{self, Key, Secret, Timing};
use waybill::journal::{Journal, Urgency};
use waybill::link::{ExternalId, InternalId};
use waybill::netsuite::Client;
use waybill::netsuite::record::Name;
use waybill::remote::{Error, Meaning, Outcome};

use crate::database::Database;

const EC: (&str, &str) = ("ec", include_str!("../../sandbox/keys/ec-p256.pem"));
const EC384: (&str, &str) = ("ec384", include_str!("../../sandbox/keys/ec-p384.pem"));
const RSA: (&str, &str) = ("rsa", include_str!("../../sandbox/keys/rsa-3072.pem"));

/// An account with a customer and an item, and our client for it.
struct World {
    account: Account,
    client: Client,
    customer: u64,
    mug: u64,
}

fn certificate(id: &str, key: &str) -> Certificate {
    Certificate {
        id: id.to_owned(),
        public_key: key.to_owned(),
    }
}

fn settings() -> Settings {
    let ec = include_str!("../../sandbox/keys/ec-p256.pub.pem");
    let ec384 = include_str!("../../sandbox/keys/ec-p384.pub.pem");
    let rsa = include_str!("../../sandbox/keys/rsa-3072.pub.pem");
    Settings {
        certificates: vec![
            certificate("ec", ec),
            certificate("ec384", ec384),
            certificate("rsa", rsa),
        ],
        ..Settings::default()
    }
}

fn configured(account: &Account, key: (&str, &str)) -> config::Netsuite {
    config::Netsuite {
        account: "1234567_SB1".to_owned(),
        url: Some(account.url()),
        client_id: Secret::new("sandbox-client-id".to_owned()),
        certificate_id: key.0.to_owned(),
        private_key: Secret::new(key.1.to_owned()),
        other_keys: Vec::new(),
        callback_secrets: Vec::new(),
        concurrency: 3,
        reserved_for_live: 1,
        allow_mixed: true,
    }
}

fn timing() -> Timing {
    Timing {
        netsuite_deadline: Duration::from_secs(20),
        throttle_probe: Duration::from_millis(20),
        ..Timing::default()
    }
}

impl World {
    async fn start() -> Self {
        Self::with(settings(), timing()).await
    }

    async fn with(settings: Settings, timing: Timing) -> Self {
        let account = Account::start(settings).await.unwrap();
        let client = Client::new(&configured(&account, EC), &timing).unwrap();
        let buyer = json!({
            "isPerson": true, "firstName": "Ada", "lastName": "Example", "email": "Ada@example.com",
            "subsidiary": { "id": "2" }, "externalId": "cust-us-77",
        });
        let customer = account.seed_customer(&buyer).unwrap();
        let mug = account.seed_item(SeedItem::new("MUG").with_stock("6", 100));
        Self {
            account,
            client,
            customer,
            mug,
        }
    }

    fn order(&self, key: &ExternalId) -> Value {
        json!({
            "externalId": key.0,
            "entity": { "id": self.customer.to_string() },
            "orderStatus": { "id": "B" },
            "location": { "id": "6" },
            "item": { "items": [{
                "item": { "id": self.mug.to_string() }, "quantity": 2,
                "price": { "id": "-1" }, "rate": serde_json::from_str::<Value>("12.50").unwrap(),
            }] },
        })
    }

    async fn create(&self, key: &ExternalId) -> Result<InternalId, Error> {
        let body = self.order(key);
        self.client.create(&live(), "salesOrder", key, &body).await
    }

    fn salesorder_posts(&self) -> usize {
        let posts =
            |call: &sandbox::netsuite::Call| call.method == "POST" && call.record == "salesOrder";
        self.account
            .calls()
            .iter()
            .filter(|call| posts(call))
            .count()
    }
}

fn live() -> Journal {
    Journal::of_reads(Urgency::Live, CancellationToken::new())
}

fn so(order: u64) -> ExternalId {
    ExternalId::sales_order("us", order)
}

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
async fn refusals_have_their_meaning() {
    let world = World::start().await;
    let create = |body: Value| {
        let client = &world.client;
        async move {
            let refused = client.create(&live(), "salesOrder", &so(1), &body).await;
            let Error::Refused { refusal, .. } = refused.unwrap_err() else {
                panic!("it was not refused");
            };
            refusal
        }
    };
    let mut misspelt = world.order(&so(1));
    misspelt["otherRefNumb"] = json!("#1001");
    assert_eq!(create(misspelt).await.meaning, Meaning::Invalid);

    let mut gone = world.order(&so(1));
    gone["item"]["items"][0]["item"]["id"] = json!("999999");
    assert_eq!(create(gone).await.meaning, Meaning::ReferenceGone);

    world.account.fail_next(Fault::MandatoryField {
        label: "Location".to_owned(),
    });
    let missing = create(world.order(&so(1))).await;
    assert_eq!(missing.meaning, Meaning::FieldMissing);
    assert_eq!(missing.path.as_deref(), Some("Location"));

    world.account.fail_next(Fault::RecordChanged);
    assert_eq!(create(world.order(&so(1))).await.meaning, Meaning::Changed);
    assert!(world.account.sales_orders().is_empty());
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

#[tokio::test]
async fn each_kind_of_key_signs_and_a_retired_one_gives_way_to_the_next() {
    let account = Account::start(settings()).await.unwrap();
    for key in [EC, EC384, RSA] {
        let client = Client::new(&configured(&account, key), &timing()).unwrap();
        client.currencies(&live()).await.unwrap();
    }
    let mut rotated = configured(&account, ("retired", EC.1));
    rotated.other_keys = vec![Key {
        certificate_id: RSA.0.to_owned(),
        private_key: Secret::new(RSA.1.to_owned()),
    }];
    let client = Client::new(&rotated, &timing()).unwrap();
    client.currencies(&live()).await.unwrap();
    account.revoke_tokens();
    let journal = live();
    client
        .items_by_sku(&journal, &SkuField::ItemId, &["MUG"])
        .await
        .unwrap();
    assert_eq!(
        journal.calls(),
        3,
        "refused, a token by the key that was taken last, and again"
    );

    let unknown = Client::new(&configured(&account, ("unknown", EC.1)), &timing()).unwrap();
    let error = unknown.currencies(&live()).await.unwrap_err();
    assert_eq!(error.meaning(), Some(Meaning::Unauthorized));
    assert!(Client::new(&configured(&account, ("bad", "no key")), &timing()).is_err());
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_no_more() {
    let world = World::start().await;
    world.create(&so(1)).await.unwrap();
    world.account.revoke_tokens();
    world.create(&so(2)).await.unwrap();
    assert_eq!(world.account.tokens_given(), 2);

    world
        .account
        .fail_times(5, Matcher::create("salesOrder"), Fault::InvalidLogin);
    world.account.reset_calls();
    let error = world.create(&so(3)).await.unwrap_err();
    assert_eq!(error.meaning(), Some(Meaning::Unauthorized));
    assert_eq!(world.salesorder_posts(), 2);
}

#[tokio::test]
async fn a_write_without_a_good_answer_is_of_unknown_outcome_and_sent_once() {
    let world = World::start().await;
    world.client.currencies(&live()).await.unwrap();
    for (n, fault) in [
        Fault::ReplyLost,
        Fault::ResetBefore,
        Fault::CommitLate { ms: None },
        Fault::ServerError { committed: true },
        Fault::ServerError { committed: false },
        Fault::Maintenance,
    ]
    .into_iter()
    .enumerate()
    {
        world.account.reset_calls();
        world
            .account
            .fail_when(Matcher::create("salesOrder"), fault.clone());
        let error = world
            .create(&so(u64::try_from(n).unwrap()))
            .await
            .unwrap_err();
        assert_eq!(error.outcome(), Outcome::Unknown, "{fault:?}: {error}");
        assert_eq!(world.salesorder_posts(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_read_without_an_answer_is_repeated_once() {
    let world = World::start().await;
    let sql = Matcher::path("suiteql");
    world.account.fail_when(sql.clone(), Fault::ResetBefore);
    let (journal, key) = (live(), so(1));
    let find = || world.client.customers_by(&journal, &key, None);
    assert!(find().await.is_ok());
    world.account.fail_times(2, sql, Fault::ResetBefore);
    assert_eq!(find().await.unwrap_err().outcome(), Outcome::NotDone);
}

#[tokio::test]
async fn a_system_that_is_not_there_has_done_nothing() {
    let account = Account::start(settings()).await.unwrap();
    let mut set = configured(&account, EC);
    set.url = Some("http://127.0.0.1:9".to_owned());
    let client = Client::new(&set, &timing()).unwrap();
    let body = json!({"externalId": "so-us-1"});
    let error = client
        .create(&live(), "salesOrder", &so(1), &body)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::NoAnswer { .. }), "{error}");
    assert_eq!(error.outcome(), Outcome::NotDone);
}

#[tokio::test]
async fn a_slow_write_is_given_up_at_the_deadline_and_is_of_unknown_outcome() {
    let timing = Timing {
        netsuite_deadline: Duration::from_secs(4),
        ..timing()
    };
    let world = World::with(settings(), timing).await;
    world.client.currencies(&live()).await.unwrap();
    world
        .account
        .fail_when(Matcher::create("salesOrder"), Fault::Slow { ms: 60_000 });
    let start = Instant::now();
    let error = world.create(&so(1)).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert!(start.elapsed() < Duration::from_secs(30));
}

#[tokio::test]
async fn a_call_in_flight_ends_when_the_right_to_call_does() {
    let database = Database::new().await;
    let world = World::start().await;
    world.client.currencies(&live()).await.unwrap();
    let stop = CancellationToken::new();
    let pass = uuid::Uuid::new_v4();
    let journal = Journal::of_pass(database.pool.clone(), pass, Urgency::Live, stop.clone());
    world.account.fail_when(
        Matcher::create("salesOrder"),
        Fault::Park { committed: true },
    );
    let body = world.order(&so(1));

    let open = "select call from attempt_call where answered_at is null";
    let key = so(1);
    let create = world.client.create(&journal, "salesOrder", &key, &body);
    let (ended, ()) = tokio::join!(create, async {
        let parked = async {
            while world.account.parked() == 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), parked)
            .await
            .unwrap();
        assert_eq!(
            database.texts(open).await,
            ["POST netsuite salesOrder so-us-1"]
        );
        stop.cancel();
    });

    assert_eq!(ended.unwrap_err().outcome(), Outcome::Unknown);
    assert_eq!(
        database.texts("select answer from attempt_call").await,
        ["no answer"]
    );
    let error = world
        .client
        .create(&journal, "salesOrder", &so(1), &body)
        .await
        .unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotDone);
    assert_eq!(journal.calls(), 1, "nothing is sent any more");
    assert_eq!(world.client.governor().in_use, 0);
}

#[tokio::test]
async fn calls_stay_within_what_the_account_takes_and_none_fails() {
    let world = World::with(
        Settings {
            concurrency: 2,
            ..settings()
        },
        timing(),
    )
    .await;
    world.client.currencies(&live()).await.unwrap();
    world.account.reset_calls();
    world
        .account
        .fail_times(24, Matcher::create("salesOrder"), Fault::Slow { ms: 10 });

    let world = Arc::new(world);
    let mut calls = JoinSet::new();
    for order in 0..24 {
        let world = Arc::clone(&world);
        calls.spawn(async move { world.create(&so(order)).await });
    }
    let created = calls.join_all().await;

    assert!(created.iter().all(Result::is_ok));
    assert_eq!(world.account.sales_orders().len(), 24);
    assert!(world.account.peak() <= 2);
    let refused = world.account.too_many_requests();
    assert_eq!(world.client.governor().refused_total, refused);
    assert!(
        (1..24).contains(&refused),
        "{refused} of 24 calls were refused"
    );
}

#[tokio::test]
async fn throttling_past_the_deadline_was_not_done() {
    let timing = Timing {
        netsuite_deadline: Duration::from_secs(4),
        ..timing()
    };
    let world = World::with(settings(), timing).await;
    world
        .account
        .fail_always(Matcher::create("salesOrder"), Fault::TooManyRequests);
    let error = world.create(&so(1)).await.unwrap_err();
    assert!(matches!(error, Error::Throttled { .. }), "{error}");
    assert_eq!(error.outcome(), Outcome::NotDone);
}

#[tokio::test]
async fn items_are_found_by_exact_sku_in_one_call_and_then_known() {
    let world = World::start().await;
    let zeros = world.account.seed_item(SeedItem::new("007"));
    world.account.seed_item(SeedItem::new("7"));
    let journal = live();
    let skus = ["MUG", "mug", "007", "MUG ", "NONE"];

    let found = world
        .client
        .items_by_sku(&journal, &SkuField::ItemId, &skus)
        .await
        .unwrap();

    assert_eq!(found.keys().collect::<Vec<_>>(), ["007", "MUG"]);
    assert_eq!(found["007"][0].id.0, zeros.to_string());
    assert_eq!(journal.calls(), 2, "the token and one query");

    let journal = live();
    world
        .client
        .items_by_sku(&journal, &SkuField::ItemId, &["MUG", "007"])
        .await
        .unwrap();
    assert_eq!(journal.calls(), 0);
    world.client.forget_items(&["MUG"]);
    world
        .client
        .items_by_sku(&journal, &SkuField::ItemId, &["MUG", "007"])
        .await
        .unwrap();
    assert_eq!(journal.calls(), 1);
}

#[tokio::test]
async fn an_inactive_item_is_given_as_such_and_not_kept() {
    let world = World::start().await;
    world
        .account
        .person_deactivates(Kind::InventoryItem, world.mug)
        .unwrap();
    let journal = live();
    for calls in [2, 3] {
        let found = world
            .client
            .items_by_sku(&journal, &SkuField::ItemId, &["MUG"])
            .await
            .unwrap();
        assert!(found["MUG"][0].inactive);
        assert_eq!(journal.calls(), calls);
    }
}

#[tokio::test]
async fn customers_are_found_by_external_id_or_email_in_one_call() {
    let world = World::start().await;
    let twin = json!({
        "isPerson": true, "firstName": "Ada", "lastName": "Other", "email": "ada@example.com",
        "subsidiary": { "id": "2" },
    });
    let twin = world.account.seed_customer(&twin).unwrap();
    world.client.currencies(&live()).await.unwrap();
    let journal = live();
    let key = ExternalId::customer("us", 77);

    let found = world
        .client
        .customers_by(&journal, &key, Some("ADA@Example.com"))
        .await
        .unwrap();

    assert_eq!(journal.calls(), 1);
    let ids: Vec<_> = found.iter().map(|customer| customer.id.0.clone()).collect();
    assert_eq!(ids, [world.customer.to_string(), twin.to_string()]);
    assert_eq!(found[0].external_id.as_deref(), Some("cust-us-77"));
    assert_eq!(found[0].subsidiary.as_deref(), Some("2"));
    assert!(!found[0].inactive);

    let none = world
        .client
        .customers_by(&journal, &ExternalId::customer("us", 1), None)
        .await;
    assert!(none.unwrap().is_empty());
}

#[tokio::test]
async fn written_orders_are_read_back_in_bulk_with_their_totals() {
    let world = World::start().await;
    let keys: Vec<_> = (1..=3).map(so).collect();
    for key in &keys[..2] {
        world.create(key).await.unwrap();
    }
    let journal = live();

    let found = world
        .client
        .transactions_by_external_id(&journal, &keys)
        .await
        .unwrap();

    assert_eq!(journal.calls(), 1);
    assert_eq!(found.len(), 2);
    for transaction in &found {
        assert_eq!(transaction.record, "salesorder");
        assert_eq!(transaction.total, Some(rust_decimal::Decimal::from(25)));
        assert_eq!(transaction.status.as_deref(), Some("B"));
    }
}

#[tokio::test]
async fn orders_that_something_else_brought_in_are_found_by_a_field() {
    let world = World::start().await;
    let mut body = world.order(&so(1));
    body["externalId"] = json!("legacy-1");
    body["otherRefNum"] = json!("#1001");
    let id = world
        .account
        .person_creates(Kind::SalesOrder, &body)
        .unwrap();

    let find = |values: &'static [&'static str]| {
        let client = &world.client;
        async move {
            client
                .orders_by_field(&live(), "salesOrder", "otherRefNum", values)
                .await
        }
    };
    let found = find(&["#1001", "#1002"]).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].id.0, id.to_string());
    assert_eq!(found[0].value, "#1001");
    assert!(find(&["#1003"]).await.unwrap().is_empty());

    let wrong = world
        .client
        .orders_by_field(&live(), "salesOrder", "x' or 1=1", &["a"])
        .await;
    assert_eq!(wrong.unwrap_err().meaning(), Some(Meaning::Invalid));
}

#[tokio::test]
async fn a_query_gives_all_of_its_pages() {
    #[derive(serde::Deserialize)]
    struct Row {
        id: String,
    }
    let world = World::start().await;
    for n in 0..1200 {
        world.account.seed_item(SeedItem::new(&format!("SKU-{n}")));
    }
    let query = "SELECT id FROM item WHERE itemid LIKE ? ORDER BY id";
    let journal = live();
    let rows: Vec<Row> = world
        .client
        .suiteql(&journal, "items", query, &["SKU-%"])
        .await
        .unwrap();
    let distinct: std::collections::BTreeSet<_> = rows.iter().map(|row| &row.id).collect();
    assert_eq!((rows.len(), distinct.len()), (1200, 1200));
    assert_eq!(journal.calls(), 3, "the token and two pages");
}
