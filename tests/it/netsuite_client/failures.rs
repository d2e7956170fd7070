//! What each failure means: done, not done, unknown.

use std::time::{Duration, Instant};

use sandbox::netsuite::{Account, Fault, Matcher};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use waybill::config::Timing;
use waybill::journal::{Journal, Urgency};
use waybill::netsuite::Client;
use waybill::remote::{Error, Meaning, Outcome};

use super::{EC, World, configured, live, settings, so, timing};
use crate::database::Database;

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
