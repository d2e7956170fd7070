//! The two endpoints an app calls: the token endpoint and Admin GraphQL, with the faults a test has armed.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, FromRequest as _, Path, State};
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::response::IntoResponse as _;
use axum::routing::post;
use axum::{Form, Json, Router};
use serde_json::{Value, json};

use super::cost::MAXIMUM;
use super::fault::{Fault, Met};
use super::graphql::{Answer, Prepared, Request};
use super::journal::Call;
use super::token::TokenRequest;
use super::{Inner, TOKEN, VERSION, control, lock};
use crate::connection::Cut;

/// Versions answered as asked; anything else is answered by the oldest.
const VERSIONS: [&str; 4] = ["2026-01", "2026-04", "2026-07", "2026-10"];

pub(super) fn router(shop: Arc<Inner>) -> Router {
    Router::new()
        .route("/admin/oauth/access_token", post(token))
        .route("/admin/api/{version}/graphql.json", post(graphql))
        .nest("/_sandbox", control::router())
        .fallback(|| async { (StatusCode::NOT_FOUND, "{\"errors\":\"Not Found\"}") })
        .with_state(shop)
}

/// What goes back, before the headers every answer carries.
struct Reply {
    status: u16,
    body: Value,
}

async fn token(
    State(shop): State<Arc<Inner>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: axum::extract::Request,
) -> Response<Body> {
    let is_json = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/json"));
    let request = if is_json {
        Json::from_request(request, &())
            .await
            .map(|Json(request)| request)
            .ok()
    } else {
        Form::from_request(request, &())
            .await
            .map(|Form(request)| request)
            .ok()
    };
    let request: TokenRequest = request.unwrap_or_default();
    let met = shop.faults.meet(&[TOKEN]);
    wait(met.before.as_ref()).await;
    if let Some(response) = before(met.fault.as_ref(), &cut, &shop, 0).await {
        note(&shop, TOKEN, Value::Null, response.status().as_u16());
        return response;
    }
    let (status, body) = shop.tokens.grant(&request);
    note(&shop, TOKEN, Value::Null, status);
    wait(met.after.as_ref()).await;
    after(met.fault.as_ref(), &cut, Reply { status, body }, None)
}

fn note(shop: &Inner, operation: &str, variables: Value, status: u16) {
    shop.journal.note(Call {
        operation: operation.to_owned(),
        root_fields: Vec::new(),
        version: String::new(),
        variables,
        status,
        requested_cost: 0,
        actual_cost: None,
        errors: Vec::new(),
    });
}

async fn graphql(
    State(shop): State<Arc<Inner>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    Path(asked): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let version = served(&asked);
    let request: Option<Request> = serde_json::from_slice(&body).ok();
    let prepared = request.as_ref().map(Request::prepare);
    let mut call = call(request.as_ref(), prepared.as_ref(), version);
    let mut names = vec![call.operation.clone()];
    names.extend(call.root_fields.iter().cloned());
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let met = shop.faults.meet(&names);
    wait(met.before.as_ref()).await;
    if let Some(response) = before(met.fault.as_ref(), &cut, &shop, call.requested_cost).await {
        call.status = response.status().as_u16();
        call.errors = vec![format!("{:?}", met.fault)];
        shop.journal.note(call);
        return response;
    }
    let token = headers
        .get("x-shopify-access-token")
        .and_then(|value| value.to_str().ok());
    let reply = answer(&shop, token, prepared, &met, &mut call);
    call.status = reply.status;
    shop.journal.note(call);
    wait(met.after.as_ref()).await;
    after(met.fault.as_ref(), &cut, reply, Some(version))
}

async fn wait(gate: Option<&super::fault::Gate>) {
    if let Some(gate) = gate {
        gate.wait().await;
    }
}

fn served(asked: &str) -> &'static str {
    let known = VERSIONS.into_iter().find(|version| *version == asked);
    known.unwrap_or(VERSIONS[0])
}

fn call(
    request: Option<&Request>,
    prepared: Option<&Result<Prepared, Vec<Value>>>,
    version: &str,
) -> Call {
    let ready = prepared.and_then(|prepared| prepared.as_ref().ok());
    let named = request.map(Request::name).unwrap_or_default();
    Call {
        operation: ready.map_or(named, |ready| ready.name.clone()),
        root_fields: ready
            .map(|ready| ready.root_fields.clone())
            .unwrap_or_default(),
        version: version.to_owned(),
        variables: request.map_or(Value::Null, Request::variables),
        status: 0,
        requested_cost: ready.map_or(0, |ready| ready.requested_cost),
        actual_cost: None,
        errors: Vec::new(),
    }
}

fn answer(
    shop: &Arc<Inner>,
    token: Option<&str>,
    prepared: Option<Result<Prepared, Vec<Value>>>,
    met: &Met,
    call: &mut Call,
) -> Reply {
    let ok = |body| Reply { status: 200, body };
    if !shop.tokens.accepts(token) {
        return unauthorized();
    }
    let prepared = match prepared {
        None => {
            let body = json!({ "errors": { "query": "Required parameter missing or invalid" } });
            return Reply { status: 400, body };
        }
        Some(Err(errors)) => {
            call.errors = messages(&errors);
            return ok(json!({ "errors": errors }));
        }
        Some(Ok(prepared)) => prepared,
    };
    let requested = prepared.requested_cost;
    if requested > MAXIMUM {
        call.errors = vec!["MAX_COST_EXCEEDED".into()];
        return ok(too_dear(requested));
    }
    if !lock(&shop.bucket).take(requested) {
        call.errors = vec!["THROTTLED".into()];
        return ok(throttled(shop, requested));
    }
    let user_errors = match &met.fault {
        Some(Fault::UserErrors(messages)) => Some(messages.clone()),
        Some(_) | None => None,
    };
    let mut answer = prepared.run(shop, user_errors);
    if let Some(Fault::PartialErrors(path)) = &met.fault {
        break_at(&mut answer, path);
    }
    call.actual_cost = Some(answer.actual_cost);
    call.errors = messages(&answer.errors);
    lock(&shop.bucket).give_back(requested.saturating_sub(answer.actual_cost));
    let mut body = json!({ "data": answer.data });
    if !answer.errors.is_empty() {
        body["errors"] = Value::Array(answer.errors);
    }
    body["extensions"] = json!({ "cost": cost(shop, requested, Some(answer.actual_cost)) });
    ok(body)
}

fn messages(errors: &[Value]) -> Vec<String> {
    let message = |error: &Value| error["message"].as_str().unwrap_or_default().to_owned();
    errors.iter().map(message).collect()
}

fn cost(shop: &Inner, requested: u32, actual: Option<u32>) -> Value {
    json!({
        "requestedQueryCost": requested,
        "actualQueryCost": actual,
        "throttleStatus": lock(&shop.bucket).status(),
    })
}

fn too_dear(requested: u32) -> Value {
    json!({ "errors": [{
        "message": format!("Query cost is {requested}, which exceeds the single query max cost limit ({MAXIMUM})"),
        "extensions": { "code": "MAX_COST_EXCEEDED", "cost": requested, "maxCost": MAXIMUM,
            "documentation": "https://shopify.dev/api/usage/rate-limits" },
    }] })
}

fn throttled(shop: &Inner, requested: u32) -> Value {
    json!({
        "errors": [{ "message": "Throttled", "extensions": {
            "code": "THROTTLED", "documentation": "https://shopify.dev/api/usage/rate-limits" } }],
        "extensions": { "cost": cost(shop, requested, None) },
    })
}

fn unauthorized() -> Reply {
    let errors = "[API] Invalid API key or access token (unrecognized login or wrong password)";
    Reply {
        status: 401,
        body: json!({ "errors": errors }),
    }
}

/// Makes the value at a dotted path null and reports an internal error there.
fn break_at(answer: &mut Answer, path: &str) {
    let pointer = format!("/{}", path.replace('.', "/"));
    if let Some(value) = answer.data.pointer_mut(&pointer) {
        *value = Value::Null;
    }
    let id = uuid::Uuid::new_v4();
    answer.errors.push(json!({
        "message": format!("Internal error. Looks like something went wrong on our end.\nRequest ID: {id} (include this in support requests)."),
        "path": path.split('.').collect::<Vec<_>>(),
        "extensions": { "code": "INTERNAL_SERVER_ERROR", "requestId": id.to_string() },
    }));
}

/// Faults that keep a call from being executed.
async fn before(
    fault: Option<&Fault>,
    cut: &Cut,
    shop: &Inner,
    requested: u32,
) -> Option<Response<Body>> {
    let reply = |status, body| Some(response(Reply { status, body }, None));
    match fault? {
        Fault::ResetBefore => {
            cut.now();
            Some(Response::new(Body::empty()))
        }
        Fault::Throttled => reply(200, throttled(shop, requested)),
        Fault::TooManyRequests => {
            let body = json!({ "errors": "Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service." });
            let mut response = response(Reply { status: 429, body }, None);
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, header::HeaderValue::from_static("2.0"));
            Some(response)
        }
        Fault::InternalError => reply(500, json!({ "errors": "Internal Server Error" })),
        Fault::Unavailable => Some(html(503, "Service Unavailable")),
        Fault::Unauthorized => Some(response(unauthorized(), None)),
        Fault::Frozen => reply(402, json!({ "errors": "Unavailable Shop" })),
        Fault::SlowMs(ms) => {
            tokio::time::sleep(Duration::from_millis(*ms)).await;
            None
        }
        Fault::ReplyLost
        | Fault::BadGatewayAfter
        | Fault::GatewayTimeoutAfter
        | Fault::PartialErrors(_)
        | Fault::UserErrors(_) => None,
    }
}

/// Faults that keep an answer from its client.
fn after(fault: Option<&Fault>, cut: &Cut, reply: Reply, version: Option<&str>) -> Response<Body> {
    match fault {
        Some(Fault::ReplyLost) => {
            cut.now();
            Response::new(Body::empty())
        }
        Some(Fault::BadGatewayAfter) => html(502, "Bad Gateway"),
        Some(Fault::GatewayTimeoutAfter) => html(504, "Gateway Time-out"),
        Some(_) | None => response(reply, version),
    }
}

fn html(status: u16, title: &str) -> Response<Body> {
    let page = format!(
        "<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    );
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    (
        status,
        [(header::CONTENT_TYPE, "text/html; charset=utf-8")],
        page,
    )
        .into_response()
}

fn response(reply: Reply, version: Option<&str>) -> Response<Body> {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = [
        ("content-type", "application/json; charset=utf-8".to_owned()),
        ("x-request-id", uuid::Uuid::new_v4().to_string()),
        (
            "x-shopify-api-version",
            version.unwrap_or(VERSION).to_owned(),
        ),
    ];
    (status, headers, reply.body.to_string()).into_response()
}
