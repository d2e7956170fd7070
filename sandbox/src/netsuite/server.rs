//! The HTTP server: gate, faults, token check, then the record service or SuiteQL.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{ConnectInfo, State as Shared};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;

use super::answer::{self, Answer, Refusal};
use super::callback::By;
use super::fault::{CallShape, Fault};
use super::record::{self, write};
use super::request::{Request, decode};
use super::shelf::{Seat, Shelf};
use super::token;
use super::{control, suiteql};
use crate::connection::{Cut, CuttableListener};
use crate::netsuite::kind::Kind;

/// NetSuite takes 104 MB.
const LARGEST_BODY: usize = 104 * 1024 * 1024;

pub(crate) fn router(shelf: Arc<Shelf>) -> Router {
    Router::new().fallback(serve).with_state(shelf)
}

async fn serve(
    Shared(shelf): Shared<Arc<Shelf>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: axum::extract::Request,
) -> Response {
    let url = shelf.state().settings.url.clone();
    let Some(request) = read(request, url).await else {
        return Answer::from(Refusal::request("The request body could not be read.")).into();
    };
    if request.path.starts_with(control::BASE) {
        return control::answer(&shelf, &request).into();
    }
    if request.path == token::PATH {
        return token_call(&shelf, &request, &cut).await.into();
    }
    let seat = Seat::take(&shelf);
    let limit = shelf.state().settings.concurrency;
    if seat.taken > limit {
        return too_many(&shelf, &request).into();
    }
    shelf.journal().raise_peak(seat.taken);
    // A task of its own: a client that hangs up does not stop NetSuite.
    let task = tokio::spawn(async move {
        let answer = call(&shelf, &request, &cut).await;
        drop(seat);
        answer
    });
    task.await
        .unwrap_or_else(|_| answer::unexpected_error())
        .into()
}

async fn read(request: axum::extract::Request, url: Option<String>) -> Option<Request> {
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, LARGEST_BODY).await.ok()?;
    let text = String::from_utf8(bytes.to_vec()).ok()?;
    let host = parts
        .headers
        .get("host")
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    Some(Request {
        method: parts.method.to_string(),
        path: decode(parts.uri.path()),
        raw_query: parts.uri.query().unwrap_or_default().into(),
        origin: url.unwrap_or_else(|| format!("http://{host}")),
        body: serde_json::from_str(&text).unwrap_or_default(),
        headers: parts.headers,
        text,
    })
}

fn too_many(shelf: &Shelf, request: &Request) -> Answer {
    let mut journal = shelf.journal();
    journal.too_many += 1;
    let number = journal.open(
        &request.method,
        &request.path_and_query(),
        &subject(request),
        Value::Null,
        None,
    );
    journal.note(number, |call| call.status = 429);
    answer::too_many_requests()
}

fn subject(request: &Request) -> String {
    if request.path.starts_with(suiteql::PATH) {
        return "suiteql".into();
    }
    record::subject(&request.path)
}

fn meet(shelf: &Shelf, request: &Request, record: &str) -> Option<Fault> {
    let path = request.path_and_query();
    shelf.faults().meet(&CallShape {
        method: &request.method,
        path: &path,
        record,
        body: &request.text,
        is_token: request.path == token::PATH,
    })
}

async fn token_call(shelf: &Arc<Shelf>, request: &Request, cut: &Cut) -> Answer {
    let fault = meet(shelf, request, "token");
    let number = shelf
        .journal()
        .open("POST", token::PATH, "token", Value::Null, fault.clone());
    let run = || {
        let settings = shelf.state().settings.clone();
        token::answer(&settings, &mut shelf.tokens(), request)
    };
    let answer = match fault {
        None => run(),
        Some(Fault::Slow { ms }) => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            run()
        }
        Some(fault) => fixed(&fault, "token", cut),
    };
    note(shelf, number, &answer, cut);
    answer
}

async fn call(shelf: &Arc<Shelf>, request: &Request, cut: &Cut) -> Answer {
    let record = subject(request);
    let fault = meet(shelf, request, &record);
    let number = shelf.journal().open(
        &request.method,
        &request.path_and_query(),
        &record,
        request.body.clone(),
        fault.clone(),
    );
    let answer = with_fault(shelf, request, cut, number, fault, &record).await;
    note(shelf, number, &answer, cut);
    answer
}

fn note(shelf: &Shelf, number: u64, answer: &Answer, cut: &Cut) {
    if !cut.is_cut() {
        shelf
            .journal()
            .note(number, |call| call.status = answer.status.as_u16());
    }
}

async fn with_fault(
    shelf: &Arc<Shelf>,
    request: &Request,
    cut: &Cut,
    number: u64,
    fault: Option<Fault>,
    record: &str,
) -> Answer {
    match fault {
        None => run(shelf, request, number),
        Some(Fault::ReplyLost) => {
            let answer = run(shelf, request, number);
            cut.now();
            answer
        }
        Some(Fault::CommitLate { ms }) => {
            cut.now();
            commit_late(shelf, request, number, ms);
            Answer::empty()
        }
        Some(Fault::Slow { ms }) => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            run(shelf, request, number)
        }
        Some(Fault::Park { committed: true }) => {
            let answer = run(shelf, request, number);
            shelf.parked.wait().await;
            answer
        }
        Some(Fault::Park { committed: false }) => {
            shelf.parked.wait().await;
            run(shelf, request, number)
        }
        Some(Fault::ServerError { committed: true }) => {
            run(shelf, request, number);
            answer::unexpected_error()
        }
        Some(Fault::InvalidLogin) => answer::invalid_login(&shelf.state().settings.account),
        Some(fault) => fixed(&fault, record, cut),
    }
}

/// The faults that answer without doing anything.
fn fixed(fault: &Fault, record: &str, cut: &Cut) -> Answer {
    match fault {
        Fault::ResetBefore | Fault::ReplyLost | Fault::CommitLate { .. } => {
            cut.now();
            Answer::empty()
        }
        Fault::TooManyRequests => answer::too_many_requests(),
        Fault::ServerError { .. } | Fault::Park { .. } | Fault::Slow { .. } => {
            answer::unexpected_error()
        }
        Fault::Maintenance => answer::maintenance(),
        Fault::InvalidLogin => answer::invalid_login(""),
        Fault::NoPermission => answer::no_permission(),
        Fault::AlreadyExists => {
            write::already_exists(Kind::named(record).unwrap_or(Kind::SalesOrder)).into()
        }
        Fault::NameClash => record::customer::already_exists().into(),
        Fault::MandatoryField { label } => Refusal::missing(label).into(),
        Fault::RecordChanged => Refusal::user("Record has been changed.").into(),
    }
}

/// Keeps the request for later; with `ms` it is carried out by itself after that time.
fn commit_late(shelf: &Arc<Shelf>, request: &Request, number: u64, ms: Option<u64>) {
    shelf.late().push((number, request.clone()));
    if let Some(ms) = ms {
        let shelf = Arc::clone(shelf);
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            commit_late_now(&shelf, |late| late == number);
        });
    }
}

/// Carries out the late requests whose call number is chosen; answers how many.
pub(crate) fn commit_late_now(shelf: &Shelf, chosen: impl Fn(u64) -> bool) -> usize {
    let due: Vec<_> = shelf
        .late()
        .extract_if(.., |(number, _)| chosen(*number))
        .collect();
    for (number, request) in &due {
        run(shelf, request, *number);
    }
    due.len()
}

/// Carries a request out, without faults.
fn run(shelf: &Shelf, request: &Request, number: u64) -> Answer {
    let state = shelf.state();
    let token = request
        .header("authorization")
        .and_then(|header| header.strip_prefix("Bearer "));
    match token {
        None => return answer::malformed_authorization(&state.settings.account),
        Some(token) if !shelf.tokens().accepts(token) => {
            return answer::invalid_login(&state.settings.account);
        }
        Some(_) => {}
    }
    if !request.text.is_empty() && request.body.is_null() {
        return Refusal::request("Invalid JSON in the request body.").into();
    }
    let labelled = request
        .header("content-type")
        .is_some_and(|media| media.contains("json"));
    if !request.text.is_empty() && !labelled {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Refusal::new(
            status,
            "INVALID_HEADER",
            "The media type of the body must be JSON.",
        )
        .into();
    }
    let answered = if request.path.starts_with(suiteql::PATH) {
        suiteql::answer(&state, request)
    } else if request.path.starts_with(record::BASE) {
        drop(state);
        shelf.act(By::Integration, |state| record::answer(state, request))
    } else {
        Err(Refusal::no_type(&request.path))
    };
    let wrote =
        answered.is_ok() && request.method != "GET" && !request.path.starts_with(suiteql::PATH);
    shelf.journal().note(number, |call| call.committed = wrote);
    answered.unwrap_or_else(Answer::from)
}

/// Serves until `stop` ends; then no connection is taken and idle ones are closed.
pub(crate) async fn listen(
    listener: CuttableListener,
    shelf: Arc<Shelf>,
    stop: impl Future<Output = ()> + Send + 'static,
) {
    let service = router(shelf).into_make_service_with_connect_info::<Cut>();
    // There is nobody to tell when it ends badly, and it ends only with the process.
    let _ended = axum::serve(listener, service)
        .with_graceful_shutdown(stop)
        .await;
}
