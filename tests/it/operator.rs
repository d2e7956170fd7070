//! The operators' listener, over HTTP, on a real database.

use std::sync::Arc;

use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use waybill::config::{Operator, Role, Secret, Token};
use waybill::inbound::listener::{self, Limits};
use waybill::operator::{self, Desk};

use crate::database::Database;

const OPERATOR: &str = "operator-token-of-anna";
const VIEWER: &str = "viewer-token-of-ben";

/// A running listener over one test's database.
struct Listener {
    database: Database,
    base: String,
    http: Client,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Listener {
    async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    async fn start_with(change: impl FnOnce(&mut Operator)) -> Self {
        let database = Database::new().await;
        let token = |name: &str, role, token: &str| Token {
            name: name.to_owned(),
            role,
            token: Secret::new(token.to_owned()),
        };
        let mut settings = Operator {
            tokens: vec![
                token("anna", Role::Operator, OPERATOR),
                token("ben", Role::Viewer, VIEWER),
            ],
            ..Operator::default()
        };
        change(&mut settings);
        let desk = Desk {
            pool: database.pool.clone(),
            settings: Arc::new(settings),
            sweeps: Arc::default(),
            stores: Arc::from(["us".to_owned(), "eu".to_owned()]),
            context: None,
            wake: Arc::default(),
            metrics: None,
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        let router = operator::router(desk);
        tasks.spawn(listener::serve(
            listener,
            router,
            stop.clone(),
            Limits::default(),
        ));
        let http = Client::builder().build().unwrap();
        Self {
            database,
            base,
            http,
            stop,
            tasks,
        }
    }

    async fn close(self) {
        self.stop.cancel();
        self.tasks.close();
        drop(self.http);
        self.tasks.wait().await;
    }

    async fn ask(&self, method: Method, path: &str, token: &str, body: Option<Value>) -> Response {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await.unwrap()
    }

    /// What a viewer sees.
    async fn see(&self, path: &str) -> Value {
        let response = self.ask(Method::GET, path, VIEWER, None).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.json().await.unwrap()
    }

    async fn post(&self, path: &str, body: Value) -> Response {
        self.ask(Method::POST, path, OPERATOR, Some(body)).await
    }

    /// Rows made by hand, as passes would leave them.
    async fn rows(&self, statement: &str) {
        let statement = AssertSqlSafe(statement.to_owned());
        self.database.pool.execute(statement).await.unwrap();
    }

    async fn some_documents(&self) {
        self.rows(
            r#"insert into outbox (document, kind, owner, priority, state, due_at, outcome, reason, problem, claims, ended, claimed_at) values
            ('order/us/1', 'order', 'us', 1, 'due', now() - interval '5 minutes', null, null, null, 0, 0, null),
            ('order/us/2', 'order', 'us', 1, 'settled', null, 'applied', null, null, 1, 1, now()),
            ('order/us/3', 'order', 'us', 1, 'settled', null, 'skipped', 'not paid', null, 1, 1, now()),
            ('order/us/4', 'order', 'us', 1, 'held', null, null, 'x', '{"code": "unknown_sku", "cause": "unknown_sku:MUG-1", "what": "no item MUG-1"}', 1, 1, now()),
            ('order/eu/4', 'order', 'eu', 1, 'held', null, null, 'x', '{"code": "unknown_sku", "cause": "unknown_sku:MUG-1", "what": "no item MUG-1"}', 1, 1, now()),
            ('order/us/5', 'order', 'us', 1, 'held', null, null, 'x', '{"code": "retries_exhausted", "cause": "retries_exhausted", "what": "503"}', 9, 9, now()),
            ('customer/us/7', 'customer', 'us', 3, 'due', now(), null, null, null, 1, 0, now());
            insert into link (kind, store, shopify_id, netsuite_id, document, record, external_id, origin) values
            ('order', 'us', '2', '9001', 'order/us/2', 'salesOrder', 'so-us-2', 'written'),
            ('deposit', 'us', '77', '9002', 'order/us/2', 'customerDeposit', 'dep-us-77', 'written')"#,
        )
        .await;
    }
}

/// The names of the documents of a page.
fn names(page: &Value) -> Vec<&str> {
    let documents = page["documents"].as_array().unwrap();
    documents
        .iter()
        .map(|row| row["document"].as_str().unwrap())
        .collect()
}

/// A refusal is a problem document with its status and our code.
async fn refusal(response: Response, status: u16, code: &str) -> Value {
    assert_eq!(response.status().as_u16(), status);
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
    let problem: Value = response.json().await.unwrap();
    assert_eq!(problem["status"], status);
    assert_eq!(problem["code"], code, "{problem}");
    for member in ["type", "title", "detail"] {
        assert!(problem[member].is_string(), "{member} of {problem}");
    }
    problem
}

#[tokio::test]
async fn without_a_token_or_with_a_wrong_one_nothing_is_told() {
    let listener = Listener::start().await;
    for path in ["/api/v1/status", "/api/v1/documents", "/metrics"] {
        let bare = listener
            .http
            .get(format!("{}{path}", listener.base))
            .send()
            .await
            .unwrap();
        assert_eq!(
            bare.headers()["www-authenticate"],
            "Bearer realm=\"waybill\""
        );
        refusal(bare, 401, "unauthorized").await;
        for wrong in ["", "nonsense", &VIEWER[1..], &format!("{VIEWER}x")] {
            let response = listener.ask(Method::GET, path, wrong, None).await;
            refusal(response, 401, "unauthorized").await;
        }
    }
    listener.close().await;
}

#[tokio::test]
async fn a_viewer_looks_and_an_operator_acts() {
    let listener = Listener::start().await;
    let body = json!({ "store": "us", "reason": "stock count" });

    let refused = listener
        .ask(Method::POST, "/api/v1/pauses", VIEWER, Some(body.clone()))
        .await;
    refusal(refused, 403, "forbidden").await;
    assert_eq!(
        listener.database.number("select count(*) from pause").await,
        0
    );

    let created = listener.post("/api/v1/pauses", body).await;
    assert_eq!(created.status(), StatusCode::CREATED);
    listener.close().await;
}

#[tokio::test]
async fn a_request_for_another_host_is_refused_even_with_a_token() {
    let listener = Listener::start().await;
    let ask = |host: &'static str| {
        let url = format!("{}/api/v1/status", listener.base);
        listener
            .http
            .get(url)
            .bearer_auth(VIEWER)
            .header("host", host)
            .send()
    };
    refusal(ask("evil.example.com").await.unwrap(), 403, "wrong_host").await;
    assert_eq!(ask("localhost:1").await.unwrap().status(), StatusCode::OK);
    listener.close().await;
}

#[tokio::test]
async fn what_is_not_there_and_what_is_not_allowed_are_problem_documents_too() {
    let listener = Listener::start().await;
    let absent = listener
        .ask(Method::GET, "/api/v1/nothing", VIEWER, None)
        .await;
    refusal(absent, 404, "not_found").await;
    let wrong = listener
        .ask(Method::DELETE, "/api/v1/status", OPERATOR, None)
        .await;
    refusal(wrong, 405, "method_not_allowed").await;
    let unknown = listener
        .ask(Method::GET, "/api/v1/documents/order/us/404", VIEWER, None)
        .await;
    refusal(unknown, 404, "not_found").await;
    let kind = listener
        .ask(Method::GET, "/api/v1/documents/odor/us/1", VIEWER, None)
        .await;
    refusal(kind, 404, "not_found").await;
    listener.close().await;
}

#[tokio::test]
async fn a_body_is_refused_with_the_name_of_what_is_wrong() {
    let listener = Listener::start().await;
    let problem = refusal(
        listener
            .post("/api/v1/pauses", json!({ "shop": "us" }))
            .await,
        422,
        "unusable",
    )
    .await;
    assert_eq!(problem["field"], "shop");
    let problem = refusal(
        listener
            .post("/api/v1/pauses", json!({ "store": "uk" }))
            .await,
        422,
        "unusable",
    )
    .await;
    assert_eq!(problem["field"], "store");
    refusal(
        listener
            .post("/api/v1/pauses", json!({ "reason": "?" }))
            .await,
        422,
        "unusable",
    )
    .await;
    let past = json!({ "store": "us", "until": "2020-01-01T00:00:00Z" });
    let problem = refusal(listener.post("/api/v1/pauses", past).await, 422, "unusable").await;
    assert_eq!(problem["field"], "until");
    let large = json!({ "store": "us", "reason": "x".repeat(70_000) });
    refusal(
        listener.post("/api/v1/pauses", large).await,
        413,
        "too_large",
    )
    .await;
    let page = listener
        .ask(Method::GET, "/api/v1/documents?limit=0", VIEWER, None)
        .await;
    refusal(page, 422, "unusable").await;
    let typo = listener
        .ask(Method::GET, "/api/v1/documents?stat=due", VIEWER, None)
        .await;
    refusal(typo, 422, "unusable").await;
    listener.close().await;
}

#[tokio::test]
async fn documents_are_found_by_state_by_store_and_by_any_id() {
    let listener = Listener::start().await;
    listener.some_documents().await;
    for (query, found) in [
        ("state=due", vec!["customer/us/7", "order/us/1"]),
        ("state=running", vec!["customer/us/7"]),
        ("state=settled", vec!["order/us/2"]),
        ("state=skipped", vec!["order/us/3"]),
        ("state=held", vec!["order/eu/4", "order/us/4"]),
        ("state=dead", vec!["order/us/5"]),
        ("kind=order&store=eu", vec!["order/eu/4"]),
        ("q=order/us/3", vec!["order/us/3"]),
        ("q=4", vec!["order/eu/4", "order/us/4"]),
        ("q=so-us-2", vec!["order/us/2"]),
        ("q=9002", vec!["order/us/2"]),
        ("q=dep-us-77", vec!["order/us/2"]),
        ("q=nothing", vec![]),
    ] {
        let page = listener.see(&format!("/api/v1/documents?{query}")).await;
        assert_eq!(names(&page), found, "{query}");
    }
    listener.close().await;
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repetition() {
    let listener = Listener::start().await;
    listener
        .rows("insert into outbox (document, kind, owner, priority, state, due_at)
               select 'order/us/' || n, 'order', 'us', 1, 'due', now() from generate_series(1, 25) n")
        .await;
    let mut all = Vec::new();
    let mut path = "/api/v1/documents?limit=10".to_owned();
    for expected in [10, 10, 5] {
        let page = listener.see(&path).await;
        let found: Vec<String> = names(&page).into_iter().map(ToOwned::to_owned).collect();
        assert_eq!(found.len(), expected);
        all.extend(found);
        match page["next"].as_str() {
            Some(next) => path = format!("/api/v1/documents?limit=10&after={next}"),
            None => assert_eq!(expected, 5),
        }
    }
    all.dedup();
    assert_eq!(all.len(), 25);
    listener.close().await;
}

#[tokio::test]
async fn one_act_mends_what_is_shown_as_one_problem() {
    let listener = Listener::start().await;
    listener.some_documents().await;
    let answer = listener.see("/api/v1/problems").await;
    let problems = answer["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 2);
    assert_eq!(problems[0]["code"], "unknown_sku");
    assert_eq!(problems[0]["cause"], "unknown_sku:MUG-1");
    assert_eq!(problems[0]["count"], 2);
    assert_eq!(problems[0]["who"], "netsuite_user");
    assert_eq!(problems[0]["retry"], "safe");
    assert_eq!(
        problems[0]["documents"],
        json!(["order/eu/4", "order/us/4"])
    );
    assert!(
        problems[0]["remedy"]
            .as_str()
            .unwrap()
            .contains("then replay")
    );
    listener.close().await;
}

#[tokio::test]
async fn the_status_says_what_waits_what_is_held_and_what_is_paused() {
    let listener = Listener::start().await;
    listener.some_documents().await;
    listener
        .rows("insert into pause (kind, owner, reason, \"by\", until) values ('order', 'us', 'tripped', 'breaker', now() + interval '1 minute')")
        .await;
    listener
        .post(
            "/api/v1/pauses",
            json!({ "kind": "item", "reason": "stock count" }),
        )
        .await;

    let status = listener.see("/api/v1/status").await;

    assert_eq!(
        status["documents"],
        json!({ "due": 2, "settled": 1, "skipped": 1, "held": 2, "dead": 1 })
    );
    assert_eq!(
        status["held"],
        json!({ "unknown_sku": 2, "retries_exhausted": 1 })
    );
    assert_eq!(status["backlog"][1]["kind"], "order");
    assert!(status["oldest_due_seconds"].as_f64().unwrap() >= 300.0);
    assert_eq!(status["breakers"][0]["reason"], "tripped");
    assert_eq!(status["pauses"][0]["by"], "anna");
    assert_eq!(status["lease"]["holder"], Value::Null);
    assert_eq!(status["stores"], json!(["us", "eu"]));
    listener.close().await;
}

#[tokio::test]
async fn a_pause_is_lifted_once_and_both_acts_bear_a_name() {
    let listener = Listener::start().await;
    let created = listener
        .post("/api/v1/pauses", json!({ "store": "us", "reason": "move" }))
        .await;
    let pause: Value = created.json().await.unwrap();
    let path = format!("/api/v1/pauses/{}", pause["id"]);

    let lifted = listener.ask(Method::DELETE, &path, OPERATOR, None).await;
    assert_eq!(lifted.status(), StatusCode::NO_CONTENT);
    let again = listener.ask(Method::DELETE, &path, OPERATOR, None).await;
    refusal(again, 404, "not_found").await;

    let acts = listener
        .database
        .texts("select concat_ws(' ', \"by\", action) from operator_action order by id")
        .await;
    assert_eq!(acts, ["anna pause", "anna resume"]);
    assert_eq!(listener.see("/api/v1/pauses").await["pauses"], json!([]));
    listener.close().await;
}

#[tokio::test]
async fn metrics_count_the_outbox_and_need_a_token_unless_they_are_open() {
    let listener = Listener::start().await;
    listener.some_documents().await;
    let text = listener
        .ask(Method::GET, "/metrics", VIEWER, None)
        .await
        .text()
        .await
        .unwrap();
    for line in [
        r#"waybill_due{kind="order",owner="us"} 1"#,
        r#"waybill_held{kind="order",code="unknown_sku"} 2"#,
        r#"waybill_settled{kind="order",outcome="applied"} 1"#,
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
    }
    listener.close().await;

    let open = Listener::start_with(|settings| settings.open_metrics = true).await;
    let bare = open
        .http
        .get(format!("{}/metrics", open.base))
        .send()
        .await
        .unwrap();
    assert_eq!(bare.status(), StatusCode::OK);
    let guarded = open
        .http
        .get(format!("{}/api/v1/status", open.base))
        .send()
        .await
        .unwrap();
    assert_eq!(guarded.status(), StatusCode::UNAUTHORIZED);
    open.close().await;
}

#[tokio::test]
async fn readiness_ends_with_the_database_and_life_does_not() {
    let listener = Listener::start().await;
    let probe = |path: &str| listener.http.get(format!("{}{path}", listener.base)).send();
    assert_eq!(probe("/readyz").await.unwrap().status(), StatusCode::OK);
    listener.database.pool.close().await;
    let unready = probe("/readyz").await.unwrap();
    assert_eq!(unready.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(unready.text().await.unwrap().contains("database"));
    assert_eq!(probe("/healthz").await.unwrap().status(), StatusCode::OK);
    refusal(
        listener
            .ask(Method::GET, "/api/v1/status", VIEWER, None)
            .await,
        503,
        "database_away",
    )
    .await;
    listener.close().await;
}

#[tokio::test]
async fn one_document_is_explained_with_its_events_attempts_calls_and_links() {
    let listener = Listener::start().await;
    listener.some_documents().await;
    listener
        .rows(
            r#"insert into event (source, store, topic, delivery_id, document, mark) values
            ('shopify', 'us', 'orders/create', 'a', 'order/us/2', 1), ('shopify', 'us', 'orders/paid', 'b', 'order/us/2', 2),
            ('shopify', 'us', 'orders/updated', 'c', 'order/us/2', 3);
            insert into attempt (document, pass, claim, marks, epoch, started_at, outcome, plan_hash, plan) values
            ('order/us/2', '00000000-0000-0000-0000-000000000001', 1, 2, 1, now(), 'applied', 'abc', '{"writes": [], "proofs": []}'),
            ('order/us/2', '00000000-0000-0000-0000-000000000002', 2, 3, 1, now(), 'skipped', null, null);
            insert into attempt_call (pass, sequence, call, answered_at, answer) values
            ('00000000-0000-0000-0000-000000000001', 0, 'POST netsuite salesOrder so-us-2', now(), '204')"#,
        )
        .await;

    let told = listener.see("/api/v1/documents/order/us/2").await;

    assert_eq!(told["row"]["state"], "settled");
    let outcomes: Vec<_> = told["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| &event["outcome"])
        .collect();
    assert_eq!(outcomes, ["skipped", "applied", "superseded"]);
    assert_eq!(
        told["attempts"][1]["calls"][0]["call"],
        "POST netsuite salesOrder so-us-2"
    );
    assert_eq!(told["plan_hash"], "abc");
    assert_eq!(told["links"][0]["netsuite_id"], "9001");

    let held = listener.see("/api/v1/documents/order/us/4").await;
    assert_eq!(held["why"], "no item MUG-1");
    assert_eq!(held["problem"]["code"], "unknown_sku");
    assert_eq!(held["problem"]["who"], "netsuite_user");
    listener.close().await;
}

#[tokio::test]
async fn a_sweep_is_asked_for_and_told_of_in_the_status() {
    let listener = Listener::start().await;
    let asked = listener
        .post(
            "/api/v1/sweeps",
            json!({ "kind": "order", "store": "us", "since": "2026-01-01T00:00:00Z" }),
        )
        .await;
    assert_eq!(asked.status(), StatusCode::ACCEPTED);
    let answer: Value = asked.json().await.unwrap();
    let shown = listener
        .see(&format!("/api/v1/sweeps/{}", answer["id"]))
        .await;
    assert_eq!(shown["backfill"], true);
    assert_eq!(shown["finished_at"], Value::Null);
    assert_eq!(
        listener.see("/api/v1/status").await["sweeps"][0]["id"],
        answer["id"]
    );

    let future = json!({ "kind": "order", "store": "us", "since": "2999-01-01T00:00:00Z" });
    let problem = refusal(
        listener.post("/api/v1/sweeps", future).await,
        422,
        "unusable",
    )
    .await;
    assert_eq!(problem["field"], "since");
    for body in [
        json!({ "kind": "shop" }),
        json!({ "kind": "order", "store": "uk" }),
        json!({ "store": "us" }),
    ] {
        refusal(listener.post("/api/v1/sweeps", body).await, 422, "unusable").await;
    }
    listener.close().await;
}

#[tokio::test]
async fn a_replay_names_documents_or_a_problem_and_needs_both_systems() {
    let listener = Listener::start().await;
    for body in [
        json!({}),
        json!({ "documents": ["order/us/1"], "problem": "unknown_sku" }),
        json!({ "documents": ["order"] }),
        json!({ "problem": "unknown_sku", "apply": true }),
    ] {
        let refused = listener.post("/api/v1/replays", body).await;
        refusal(refused, 422, "unusable").await;
    }
    let body = json!({ "documents": ["order/us/1"] });
    let refused = listener.post("/api/v1/replays", body).await;
    refusal(refused, 503, "systems_away").await;
    listener.close().await;
}
