//! The shop's acts and faults over HTTP, for the demo and for tests that do not link this crate.
//!
//! All under `/_sandbox`, without a token; bodies and answers are JSON.
//!
//! | request | does |
//! |---|---|
//! | `GET /shop` | domain, currency, points left |
//! | `POST /orders` | places an order ([`PlaceOrder`]); answers its body |
//! | `GET /orders` · `GET /orders/{id}` | the orders, as webhook bodies |
//! | `POST /orders/import?announce=orders/create` | takes in a webhook body as an order |
//! | `POST /orders/{id}/mark_paid` · `/capture` `{"amount"}` · `/void` · `/cancel` ([`Cancelling`]) · `/note` `{"note"}` · `DELETE /orders/{id}` | merchant's acts |
//! | `POST /orders/{id}/fulfil` ([`Fulfil`]) · `/refund` ([`Refunding`]) | shipments and refunds |
//! | `POST /orders/{id}/pay` ([`Tender`]) · `/settle_transaction` `{"transaction","status"}` | further payments; the end of a pending one |
//! | `POST /orders/{id}/dispute` ([`NewDispute`]) · `/decide_dispute` `{"dispute","status"}` ([`DisputeStatus`]) | disputes |
//! | `POST /orders/{id}/request_return` · `/open_return` ([`Returning`](super::Returning)) | returns |
//! | `POST /orders/{id}/approve_return` · `/decline_return` · `/cancel_return` · `/close_return` · `/reopen_return` `{"return","reason","note"}` | what becomes of them |
//! | `POST /orders/{id}/process_return` `{"return","processing"}` ([`Processing`](super::Processing)) | goods and money of a return |
//! | `POST /orders/{id}/dispose` `{"return","units"}` ([`ProcessUnits`](super::ProcessUnits)) | what becomes of units that needed processing |
//! | `POST /orders/{id}/commit_edit` ([`Editing`]) | an order edit |
//! | `POST /orders/{id}/track` · `/cancel_fulfillment` `{"fulfillment","tracking"}` ([`Fulfil`]) | shipments afterwards |
//! | `POST /orders/{id}/lag` `{"lag":"earlier"\|"missing","reads"}` | reads that are behind |
//! | `GET /metafields?owner=gid` | what apps noted |
//! | `POST /stock` `{"sku","location","on_hand"}` | stock on hand |
//! | `POST /subscribe` `{"uri","topics"}` · `POST /unsubscribe` `{"id"}` · `GET /subscriptions` | webhook subscriptions |
//! | `GET /deliveries` · `POST /deliveries/settle` · `POST /deliveries/{webhook_id}/again` | what was sent |
//! | `POST /deliveries/handle` `{"topic","handling","times"}` ([`Handling`]) · `/hold` · `/release?newest_first=true` | lose, double, delay, hold |
//! | `POST /jobs/hold` · `/jobs/release` | what the API does later, as a job |
//! | `POST /send` `{"target","headers","body"}` | posts raw text |
//! | `POST /faults` `{"on","fault","times"}` ([`Fault`]) · `DELETE /faults` | what goes wrong |
//! | `POST /gates` `{"on","when"}` ([`When`]) · `GET /gates/{n}` · `DELETE /gates/{n}` | parks a call: answers its number, says whether it is here, lets it go |
//! | `GET /calls` · `DELETE /calls` | the journal |
//! | `POST /tokens/revoke` · `POST /secret` `{"new","finish"}` · `POST /bucket/empty` | credentials and points |

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::acts::Acts;
use super::{
    Cancelling, Delivery, DisputeStatus, Editing, Fault, Fulfil, Handling, Inner, Lag, NewDispute,
    Order, PlaceOrder, Refunding, Refusal, Tender, TransactionStatus, When,
};

type Shop = State<Arc<Inner>>;

pub(super) fn router() -> Router<Arc<Inner>> {
    Router::new()
        .route("/shop", get(shop))
        .route("/orders", post(place).get(orders))
        .route("/orders/import", post(import))
        .route("/orders/{id}", get(order).delete(remove))
        .route("/orders/{id}/{act}", post(act))
        .route("/metafields", get(metafields))
        .route("/stock", post(stock))
        .route("/subscribe", post(subscribe))
        .route("/unsubscribe", post(unsubscribe))
        .route("/subscriptions", get(subscriptions))
        .route("/deliveries", get(deliveries))
        .route("/deliveries/settle", post(settle))
        .route("/deliveries/handle", post(handle))
        .route("/deliveries/hold", post(hold))
        .route("/deliveries/release", post(release))
        .route("/deliveries/{id}/again", post(again))
        .route("/jobs/hold", post(hold_jobs))
        .route("/jobs/release", post(release_jobs))
        .route("/send", post(send))
        .route("/faults", post(arm).delete(disarm))
        .route("/gates", post(park))
        .route("/gates/{n}", get(gate).delete(open))
        .route("/calls", get(calls).delete(forget_calls))
        .route("/tokens/revoke", post(revoke))
        .route("/secret", post(secret))
        .route("/bucket/empty", post(empty_bucket))
}

fn acts(shop: &Arc<Inner>) -> Acts {
    Acts(shop.clone())
}

fn refused(status: StatusCode, reason: impl ToString) -> Response {
    (status, Json(json!({ "error": reason.to_string() }))).into_response()
}

fn unprocessable(refusal: &Refusal) -> Response {
    refused(StatusCode::UNPROCESSABLE_ENTITY, refusal)
}

async fn shop(State(shop): Shop) -> Json<Value> {
    let acts = acts(&shop);
    Json(json!({ "domain": acts.domain(), "version": super::VERSION, "points": acts.points() }))
}

async fn place(State(shop): Shop, Json(order): Json<PlaceOrder>) -> Json<Value> {
    let acts = acts(&shop);
    let order = acts.place_order(order);
    Json(acts.body(order.id).unwrap_or_default())
}

async fn orders(State(shop): Shop) -> Json<Value> {
    let acts = acts(&shop);
    let bodies = acts
        .orders()
        .into_iter()
        .filter_map(|order| acts.body(order.id));
    Json(bodies.collect())
}

#[derive(Deserialize)]
struct Announce {
    announce: Option<String>,
}

async fn import(
    State(shop): Shop,
    Query(query): Query<Announce>,
    Json(body): Json<Value>,
) -> Response {
    let acts = acts(&shop);
    match acts.import_body(&body) {
        Err(unreadable) => refused(StatusCode::UNPROCESSABLE_ENTITY, unreadable),
        Ok(order) => {
            let wanted = query.announce.unwrap_or_default();
            let topics: Vec<&'static str> = super::webhook::TOPICS
                .into_iter()
                .filter(|topic| wanted.split(',').any(|it| it == *topic))
                .collect();
            acts.announce(order.id, &topics);
            Json(acts.body(order.id).unwrap_or_default()).into_response()
        }
    }
}

async fn order(State(shop): Shop, Path(id): Path<u64>) -> Response {
    match acts(&shop).body(id) {
        Some(body) => Json(body).into_response(),
        None => refused(StatusCode::NOT_FOUND, "no such order"),
    }
}

async fn remove(State(shop): Shop, Path(id): Path<u64>) -> Response {
    match acts(&shop).delete(id) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(refusal) => unprocessable(&refusal),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Details {
    amount: Option<Decimal>,
    note: Option<String>,
    lag: Option<Lag>,
    reads: u32,
}

#[derive(Deserialize)]
struct Settling {
    transaction: u64,
    status: TransactionStatus,
}

#[derive(Deserialize)]
struct Shipped {
    fulfillment: u64,
    #[serde(default)]
    tracking: Fulfil,
}

#[derive(Deserialize)]
struct Deciding {
    dispute: u64,
    status: DisputeStatus,
}

async fn act(
    State(shop): Shop,
    Path((id, act)): Path<(u64, String)>,
    body: axum::body::Bytes,
) -> Response {
    let text: &[u8] = if body.is_empty() { b"{}" } else { &body };
    match done(&acts(&shop), id, &act, text) {
        Ok(answer) => answer,
        Err(wrong) => refused(StatusCode::BAD_REQUEST, wrong),
    }
}

#[expect(clippy::too_many_lines, reason = "a table: one entry for each act")]
fn done(acts: &Acts, id: u64, act: &str, body: &[u8]) -> serde_json::Result<Response> {
    let details = || serde_json::from_slice::<Details>(body);
    let order: Result<Arc<Order>, Refusal> = match act {
        "mark_paid" => acts.mark_paid(id),
        "capture" => acts.capture(id, details()?.amount),
        "void" => acts.void(id),
        "cancel" => acts.cancel_as(id, &serde_json::from_slice::<Cancelling>(body)?),
        "pay" => acts.pay(id, &serde_json::from_slice::<Tender>(body)?),
        "settle_transaction" => {
            let Settling {
                transaction,
                status,
            } = serde_json::from_slice(body)?;
            acts.settle_transaction(id, transaction, status)
        }
        "track" => {
            let Shipped {
                fulfillment,
                tracking,
            } = serde_json::from_slice(body)?;
            acts.track(id, fulfillment, &tracking)
        }
        "cancel_fulfillment" => {
            let shipped: Shipped = serde_json::from_slice(body)?;
            acts.cancel_fulfillment(id, shipped.fulfillment)
        }
        "dispute" => {
            let new: NewDispute = serde_json::from_slice(body)?;
            acts.dispute(id, &new).map(|(order, _)| order)
        }
        "decide_dispute" => {
            let Deciding { dispute, status } = serde_json::from_slice(body)?;
            acts.decide_dispute(id, dispute, status)
        }
        "note" => {
            let note = details()?.note;
            acts.edit(id, |order| order.note = note)
        }
        "fulfil" => {
            let fulfil: Fulfil = serde_json::from_slice(body)?;
            acts.fulfil(id, &fulfil).map(|(order, _)| order)
        }
        "refund" => {
            let refunding: Refunding = serde_json::from_slice(body)?;
            acts.refund(id, &refunding).map(|(order, _)| order)
        }
        "commit_edit" => {
            let editing: Editing = serde_json::from_slice(body)?;
            acts.commit_edit(id, &editing).map(|(order, _)| order)
        }
        "lag" => {
            let details = details()?;
            acts.lag(id, details.lag.unwrap_or(Lag::Earlier), details.reads);
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
        _ => match super::control_returns::done(acts, id, act, body)? {
            Some(done) => done,
            None => return Ok(refused(StatusCode::NOT_FOUND, "no such act")),
        },
    };
    Ok(match order {
        Ok(order) => Json(acts.body(order.id).unwrap_or_default()).into_response(),
        Err(refusal) => unprocessable(&refusal),
    })
}

#[derive(Deserialize)]
struct Owner {
    owner: Option<String>,
}

async fn metafields(State(shop): Shop, Query(query): Query<Owner>) -> Json<Value> {
    let all = acts(&shop).metafields();
    let wanted = all
        .into_iter()
        .filter(|it| query.owner.as_ref().is_none_or(|owner| *owner == it.owner));
    let views = wanted.map(|it| {
        json!({ "owner": it.owner, "namespace": it.namespace, "key": it.key, "type": it.kind, "value": it.value })
    });
    Json(views.collect())
}

#[derive(Deserialize)]
struct Stock {
    sku: String,
    location: u64,
    on_hand: i64,
}

async fn stock(State(shop): Shop, Json(stock): Json<Stock>) {
    acts(&shop).set_on_hand(&stock.sku, stock.location, stock.on_hand);
}

#[derive(Deserialize)]
struct Subscribe {
    uri: String,
    topics: Option<Vec<String>>,
}

async fn subscribe(State(shop): Shop, Json(wish): Json<Subscribe>) {
    let acts = acts(&shop);
    match wish.topics {
        Some(topics) => {
            for topic in topics {
                acts.subscribe(&topic, &wish.uri);
            }
        }
        None => acts.subscribe_all(&wish.uri),
    }
}

#[derive(Deserialize)]
struct Unsubscribe {
    id: u64,
}

async fn unsubscribe(State(shop): Shop, Json(wish): Json<Unsubscribe>) -> StatusCode {
    if acts(&shop).unsubscribe(wish.id) {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::NOT_FOUND
    }
}

async fn subscriptions(State(shop): Shop) -> Json<Value> {
    let views = acts(&shop).subscriptions().into_iter().map(|it| {
        json!({
            "id": it.id, "topic": it.topic, "uri": it.uri, "name": it.name, "filter": it.filter,
            "format": it.format, "include_fields": it.include_fields,
        })
    });
    Json(views.collect())
}

fn delivery(it: &Delivery) -> Value {
    let tries: Vec<_> = it
        .tries
        .iter()
        .map(|it| json!({ "at": it.at, "status": it.status }))
        .collect();
    json!({
        "webhook_id": it.webhook_id, "event_id": it.event_id, "topic": it.topic, "target": it.target,
        "order": it.order, "state": it.state.as_str(), "tries": tries,
        "body": String::from_utf8_lossy(&it.body),
    })
}

async fn deliveries(State(shop): Shop) -> Json<Value> {
    Json(acts(&shop).deliveries().iter().map(delivery).collect())
}

async fn settle(State(shop): Shop) -> Response {
    match acts(&shop).settle().await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(unsettled) => refused(StatusCode::REQUEST_TIMEOUT, unsettled),
    }
}

#[derive(Deserialize)]
struct Wish {
    topic: Option<String>,
    handling: Handling,
    #[serde(default = "once")]
    times: u32,
}

fn once() -> u32 {
    1
}

async fn handle(State(shop): Shop, Json(wish): Json<Wish>) {
    acts(&shop).handle_next(wish.topic.as_deref(), wish.handling, wish.times);
}

async fn hold(State(shop): Shop) {
    acts(&shop).hold_deliveries();
}

async fn hold_jobs(State(shop): Shop) {
    acts(&shop).hold_jobs();
}

async fn release_jobs(State(shop): Shop) {
    acts(&shop).release_jobs();
}

#[derive(Deserialize)]
struct Release {
    #[serde(default)]
    newest_first: bool,
}

async fn release(State(shop): Shop, Query(query): Query<Release>) {
    acts(&shop).release_deliveries(query.newest_first);
}

async fn again(State(shop): Shop, Path(id): Path<String>) -> StatusCode {
    if acts(&shop).deliver_again(&id) {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::NOT_FOUND
    }
}

#[derive(Deserialize)]
struct Raw {
    target: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: String,
}

async fn send(State(shop): Shop, Json(raw): Json<Raw>) -> Json<Value> {
    let headers: Vec<_> = raw
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let status = acts(&shop)
        .send_raw(&raw.target, &headers, raw.body.into_bytes())
        .await;
    Json(json!({ "status": status }))
}

#[derive(Deserialize)]
struct Arm {
    on: Option<String>,
    fault: Fault,
    #[serde(default = "once")]
    times: u32,
}

async fn arm(State(shop): Shop, Json(arm): Json<Arm>) {
    shop.faults.arm(arm.on.as_deref(), arm.fault, arm.times);
}

async fn disarm(State(shop): Shop) {
    shop.faults.clear();
}

#[derive(Deserialize)]
struct Park {
    on: Option<String>,
    when: When,
}

async fn park(State(shop): Shop, Json(park): Json<Park>) -> Json<Value> {
    let gate = shop.faults.park(park.on.as_deref(), park.when);
    let mut gates = super::lock(&shop.gates);
    gates.push(gate);
    Json(json!({ "gate": gates.len() - 1 }))
}

async fn gate(State(shop): Shop, Path(n): Path<usize>) -> Response {
    let gate = super::lock(&shop.gates).get(n).cloned();
    match gate {
        Some(gate) => Json(json!({ "arrived": gate.is_here() })).into_response(),
        None => refused(StatusCode::NOT_FOUND, "no such gate"),
    }
}

async fn open(State(shop): Shop, Path(n): Path<usize>) -> Response {
    let gate = super::lock(&shop.gates).get(n).cloned();
    match gate {
        Some(gate) => {
            gate.release();
            StatusCode::NO_CONTENT.into_response()
        }
        None => refused(StatusCode::NOT_FOUND, "no such gate"),
    }
}

async fn calls(State(shop): Shop) -> Json<Value> {
    let views = shop.journal.calls().into_iter().map(|it| {
        json!({
            "operation": it.operation, "root_fields": it.root_fields, "version": it.version, "status": it.status,
            "requested_cost": it.requested_cost, "actual_cost": it.actual_cost, "errors": it.errors,
        })
    });
    Json(views.collect())
}

async fn forget_calls(State(shop): Shop) {
    shop.journal.reset();
}

async fn revoke(State(shop): Shop) {
    shop.tokens.revoke_all();
}

#[derive(Deserialize)]
struct Secret {
    new: String,
    #[serde(default)]
    finish: bool,
}

async fn secret(State(shop): Shop, Json(secret): Json<Secret>) {
    let acts = acts(&shop);
    if secret.finish {
        acts.finish_rotation(&secret.new);
    } else {
        acts.rotate_secret(&secret.new);
    }
}

async fn empty_bucket(State(shop): Shop) {
    acts(&shop).empty_bucket();
}
