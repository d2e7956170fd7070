//! Each fault, seen from the client and from the books.

use std::sync::Arc;

use futures_join::join_all;
use reqwest::Method;
use sandbox::netsuite::{Fault, Matcher};
use serde_json::json;

use crate::world::{World, settings, until};

const ORDERS: &str = "/services/rest/record/v1/salesOrder";

mod futures_join {
    //! Runs calls side by side.
    pub(crate) async fn join_all<T: Send + 'static>(
        tasks: Vec<impl Future<Output = T> + Send + 'static>,
    ) -> Vec<T> {
        let running: Vec<_> = tasks.into_iter().map(tokio::spawn).collect();
        let mut done = Vec::new();
        for task in running {
            done.push(task.await.unwrap());
        }
        done
    }
}

async fn broken(world: &World, fault: Fault) {
    world
        .account
        .fail_when(Matcher::create("salesOrder"), fault);
    let reply = world.try_call(Method::POST, ORDERS, &world.order()).await;
    assert!(reply.is_err(), "{reply:?}");
}

#[tokio::test]
async fn a_lost_reply_resets_the_connection_after_the_order_is_saved() {
    let world = World::start().await;
    broken(&world, Fault::ReplyLost).await;
    assert_eq!(world.account.sales_orders().len(), 1);
    let call = &world.account.calls()[0];
    assert_eq!((call.status, call.committed), (0, true));
}

#[tokio::test]
async fn a_reset_before_leaves_nothing() {
    let world = World::start().await;
    broken(&world, Fault::ResetBefore).await;
    assert!(world.account.sales_orders().is_empty());
}

#[tokio::test]
async fn a_late_commit_is_not_there_until_it_is_told_to() {
    let world = World::start().await;
    broken(&world, Fault::CommitLate { ms: None }).await;
    assert!(world.account.sales_orders().is_empty());
    assert_eq!(world.account.commit_late_now(), 1);
    assert_eq!(world.account.sales_orders().len(), 1);
    broken(&world, Fault::CommitLate { ms: Some(1) }).await;
    until("the late commit", || {
        world.account.sales_orders().len() == 2
    })
    .await;
}

#[tokio::test]
async fn a_parked_call_waits_and_goes_on_though_its_client_is_gone() {
    let world = Arc::new(World::start().await);
    for (committed, orders) in [(false, 0), (true, 2)] {
        world
            .account
            .fail_when(Matcher::create("salesOrder"), Fault::Park { committed });
        let caller = Arc::clone(&world);
        let task = tokio::spawn(async move { caller.post("salesOrder", &caller.order()).await });
        until("the call is parked", || world.account.parked() == 1).await;
        assert_eq!(world.account.sales_orders().len(), orders);
        task.abort();
        let _ended = task.await;
        world.account.release_parked();
        until("the order", || {
            world.account.parked() == 0
                && world.account.sales_orders().len() == orders + usize::from(!committed)
        })
        .await;
    }
}

#[tokio::test]
async fn answers_that_are_faults_have_their_forms() {
    let world = World::start().await;
    let mut seen = Vec::new();
    for fault in [
        Fault::TooManyRequests,
        Fault::ServerError { committed: false },
        Fault::Maintenance,
        Fault::InvalidLogin,
        Fault::AlreadyExists,
        Fault::NameClash,
        Fault::MandatoryField {
            label: "Location".into(),
        },
        Fault::RecordChanged,
    ] {
        world.account.fail_when(Matcher::write("salesOrder"), fault);
        let reply = world.post("salesOrder", &world.order()).await;
        seen.push((
            reply.status.as_u16(),
            reply.code().to_owned(),
            reply.detail().to_owned(),
        ));
    }
    assert!(world.account.sales_orders().is_empty());
    let expected = [
        (
            429,
            "CONCURRENCY_LIMIT_EXCEEDED",
            "Concurrent request limit exceeded. Request blocked.",
        ),
        (
            500,
            "UNEXPECTED_ERROR",
            "An unexpected error occurred. Error ID: ",
        ),
        (503, "", ""),
        (401, "INVALID_LOGIN", "Invalid login attempt."),
        (
            400,
            "USER_ERROR",
            "Error while accessing a resource. This record already exists.",
        ),
        (
            400,
            "USER_ERROR",
            "Error while accessing a resource. This entity already exists.",
        ),
        (
            400,
            "USER_ERROR",
            "Error while accessing a resource. Please enter value(s) for: Location",
        ),
        (
            400,
            "USER_ERROR",
            "Error while accessing a resource. Record has been changed.",
        ),
    ];
    for (seen, expected) in seen.iter().zip(expected) {
        assert_eq!((seen.0, seen.1.as_str()), (expected.0, expected.1));
        assert!(seen.2.starts_with(expected.2), "{seen:?}");
    }
}

#[tokio::test]
async fn a_500_may_have_saved_the_order() {
    let world = World::start().await;
    world
        .account
        .fail_next(Fault::ServerError { committed: true });
    assert_eq!(world.post("salesOrder", &world.order()).await.status, 500);
    assert_eq!(world.account.sales_orders().len(), 1);
}

#[tokio::test]
async fn a_fault_meets_the_calls_it_is_for_as_often_as_it_says() {
    let world = World::start().await;
    world
        .account
        .fail_times(2, Matcher::path("suiteql"), Fault::Maintenance);
    assert_eq!(world.get("salesOrder").await.status, 200);
    for status in [503, 503, 200] {
        assert_eq!(world.query("SELECT id FROM item", &[]).await.status, status);
    }
}

#[tokio::test]
async fn one_request_more_than_the_account_answers_at_once_is_429() {
    let mut settings = settings();
    settings.concurrency = 2;
    let world = Arc::new(World::with(settings).await);
    world
        .account
        .fail_times(2, Matcher::any(), Fault::Park { committed: false });
    let call = |world: Arc<World>| async move { world.get("salesOrder").await.status.as_u16() };
    let parked = tokio::spawn(join_all(vec![
        call(Arc::clone(&world)),
        call(Arc::clone(&world)),
    ]));
    until("two calls are in", || world.account.parked() == 2).await;
    let reply = world.get("salesOrder").await;
    assert_eq!(
        (
            reply.status.as_u16(),
            &reply.body["o:errorCode"],
            &reply.body["title"]
        ),
        (429, &json!("USER_ERROR"), &json!("Bad Request"))
    );
    world.account.release_parked();
    assert_eq!(parked.await.unwrap(), [200, 200]);
    assert_eq!(
        (world.account.too_many_requests(), world.account.peak()),
        (1, 2)
    );
}

#[tokio::test]
async fn the_control_api_does_what_the_handle_does() {
    let world = World::start().await;
    let control = async |path: &str, body: serde_json::Value| {
        let url = format!("{}/_sandbox/{path}", world.account.url());
        let response = world.http.post(url).json(&body).send().await.unwrap();
        let status = response.status().as_u16();
        (
            status,
            serde_json::from_str::<serde_json::Value>(&response.text().await.unwrap()).unwrap(),
        )
    };
    let item = control(
        "items",
        json!({ "item_id": "TEA", "price": 4.25, "stock": [["6", 3]] }),
    )
    .await;
    assert_eq!(item.0, 200, "{}", item.1);
    assert_eq!(
        control(
            "faults",
            json!({ "fault": { "park": { "committed": true } }, "when": { "record": "customer" } })
        )
        .await
        .0,
        200
    );
    assert_eq!(world.account.faults_left(), 1);
    assert_eq!(control("faults/clear", json!({})).await.0, 200);
    assert_eq!(
        control("settings", json!({ "native_tax_rate": 10 }))
            .await
            .0,
        200
    );
    let mut order = world.order();
    order["tranId"] = json!("#1001");
    order["otherRefNum"] = json!("1001");
    let made = control("records/salesOrder", order).await;
    assert_eq!(made.0, 200, "{}", made.1);
    let made = &world.account.sales_orders()[0];
    assert_eq!(
        (made.number.as_str(), made.tax.to_string().as_str()),
        ("#1001", "2.5")
    );
    assert_eq!(
        control("settings", json!({ "no_such_setting": 1 })).await.0,
        400
    );
    assert_eq!(
        control("faults", json!({ "fault": "no_such_fault" }))
            .await
            .0,
        400
    );
}

#[tokio::test]
async fn a_late_commit_of_what_was_sent_again_is_refused_by_the_external_id() {
    let world = World::start().await;
    let mut order = world.order();
    order["externalId"] = json!("so-us-1");
    world.account.fail_next(Fault::CommitLate { ms: None });
    assert!(world.try_call(Method::POST, ORDERS, &order).await.is_err());
    assert_eq!(
        world.get("salesOrder/eid:so-us-1").await.status,
        404,
        "a look-up too early sees nothing"
    );
    assert_eq!(world.post("salesOrder", &order).await.status, 204);
    world.account.commit_late_now();
    assert_eq!(world.account.sales_orders().len(), 1);
    assert!(!world.account.calls()[0].committed);
}

#[tokio::test]
async fn a_slow_answer_comes_after_its_time() {
    let world = World::start().await;
    world.account.fail_next(Fault::Slow { ms: 50 });
    let before = std::time::Instant::now();
    assert_eq!(world.post("salesOrder", &world.order()).await.status, 204);
    assert!(before.elapsed() >= std::time::Duration::from_millis(50));
}

#[tokio::test]
async fn a_body_that_is_no_json_or_not_labelled_so_is_refused() {
    let world = World::start().await;
    let send = async |media: &str, body: &str| {
        let request = world
            .http
            .post(format!("{}{ORDERS}", world.account.url()))
            .bearer_auth(&world.token);
        request
            .header("content-type", media)
            .body(body.to_owned())
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    assert_eq!(send("application/json", "{\"entity\":").await, 400);
    assert_eq!(send("application/json", "[]").await, 400);
    assert_eq!(send("text/plain", "{}").await, 415);
}
