//! What the account answers: NetSuite's success and error bodies, word for word where the words are known.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};

/// Where NetSuite says the fault is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Nowhere,
    /// `o:errorPath`, e.g. `item.items[0].item`.
    Path(String),
    /// `o:errorQueryParam`.
    QueryParam(&'static str),
    /// `o:errorHeader`.
    Header(&'static str),
}

/// A request that NetSuite refuses.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{status} {code}: {detail}")]
pub struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) detail: String,
    pub(crate) place: Place,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Refusal {
            status,
            code,
            detail: detail.into(),
            place: Place::Nowhere,
        }
    }

    fn bad(code: &'static str, detail: impl Into<String>) -> Self {
        Refusal::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// A rule of the account that the record breaks.
    pub(crate) fn user(detail: impl AsRef<str>) -> Self {
        Refusal::bad(
            "USER_ERROR",
            format!("Error while accessing a resource. {}", detail.as_ref()),
        )
    }

    pub(crate) fn missing(label: &str) -> Self {
        Refusal::user(format!("Please enter value(s) for: {label}"))
    }

    pub(crate) fn content(detail: impl AsRef<str>, path: impl Into<String>) -> Self {
        let mut refusal = Refusal::bad(
            "INVALID_CONTENT",
            format!("Error while accessing resource: {}", detail.as_ref()),
        );
        refusal.place = Place::Path(path.into());
        refusal
    }

    /// A value that is not in the list the field chooses from.
    pub(crate) fn no_such_value(value: &str, field: &str, path: &str) -> Self {
        Refusal::content(
            format!(
                "You have entered an Invalid Field Value {value} for the following field: {field}"
            ),
            path,
        )
    }

    pub(crate) fn reference(path: &str) -> Self {
        let mut refusal = Refusal::bad("INVALID_KEY_OR_REF", "Invalid reference key");
        refusal.place = Place::Path(path.into());
        refusal
    }

    pub(crate) fn request(detail: impl Into<String>) -> Self {
        Refusal::bad("INVALID_REQUEST", detail)
    }

    pub(crate) fn unknown_field(name: &str, path: &str) -> Self {
        let mut refusal = Refusal::bad("NONEXISTENT_FIELD", format!("Unknown field: {name}"));
        refusal.place = Place::Path(path.into());
        refusal
    }

    pub(crate) fn parameter(detail: impl Into<String>, parameter: &'static str) -> Self {
        let mut refusal = Refusal::bad("INVALID_PARAMETER", detail);
        refusal.place = Place::QueryParam(parameter);
        refusal
    }

    pub(crate) fn header(detail: impl Into<String>, name: &'static str) -> Self {
        let mut refusal = Refusal::bad("INVALID_HEADER", detail);
        refusal.place = Place::Header(name);
        refusal
    }

    pub(crate) fn no_record() -> Self {
        Refusal::new(
            StatusCode::NOT_FOUND,
            "NONEXISTENT_ID",
            "Record does not exist.",
        )
    }

    pub(crate) fn no_type(name: &str) -> Self {
        Refusal::new(
            StatusCode::NOT_FOUND,
            "NOT_FOUND",
            format!("Record '{name}' was not found."),
        )
    }

    pub(crate) fn method() -> Self {
        Refusal::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "METHOD_NOT_ALLOWED",
            "The HTTP method is not allowed for this resource.",
        )
    }

    pub fn body(&self) -> Value {
        let mut detail = json!({ "detail": self.detail });
        match &self.place {
            Place::Nowhere => {}
            Place::Path(path) => detail["o:errorPath"] = json!(path),
            Place::QueryParam(name) => detail["o:errorQueryParam"] = json!(name),
            Place::Header(name) => detail["o:errorHeader"] = json!(name),
        }
        detail["o:errorCode"] = json!(self.code);
        json!({
            "type": format!("https://www.rfc-editor.org/rfc/rfc9110.html#section-{}", section(self.status)),
            "title": self.status.canonical_reason().unwrap_or("Error"),
            "status": self.status.as_u16(),
            "o:errorDetails": [detail],
        })
    }
}

fn section(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "15.5.2",
        403 => "15.5.4",
        404 => "15.5.5",
        405 => "15.5.6",
        500 => "15.6.1",
        _ => "15.5.1",
    }
}

/// An answer before it is bytes.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<String>,
}

const RESOURCE: &str = "application/vnd.oracle.resource+json; type=";

impl Answer {
    /// 204, no body.
    pub(crate) fn empty() -> Self {
        Answer {
            status: StatusCode::NO_CONTENT,
            headers: HeaderMap::new(),
            body: None,
        }
    }

    /// 204 with the new record's absolute address.
    pub(crate) fn created(location: &str) -> Self {
        let mut answer = Answer::empty();
        answer.set("location", location);
        answer
    }

    pub(crate) fn resource(kind: &str, body: &Value) -> Self {
        Answer::json(StatusCode::OK, &format!("{RESOURCE}{kind}"), body)
    }

    pub(crate) fn json(status: StatusCode, media: &str, body: &Value) -> Self {
        let mut answer = Answer {
            status,
            headers: HeaderMap::new(),
            body: Some(body.to_string()),
        };
        answer.set("content-type", media);
        answer
    }

    /// Adds a header; one that is not printable is left out.
    pub(crate) fn set(&mut self, name: &'static str, value: &str) {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
    }

    pub(crate) fn html(status: StatusCode, body: &str) -> Self {
        let mut answer = Answer::json(status, "text/html; charset=utf-8", &Value::Null);
        answer.body = Some(body.into());
        answer
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Answer::json(refusal.status, &format!("{RESOURCE}error"), &refusal.body())
    }
}

/// 401 as a resource call has it: the bearer header and the body.
pub(crate) fn invalid_login(account: &str) -> Answer {
    let refusal = Refusal::new(
        StatusCode::UNAUTHORIZED,
        "INVALID_LOGIN",
        "Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI at Setup > Users/Roles > User Management > View Login Audit Trail.",
    );
    let mut answer = Answer::from(refusal);
    answer.set(
        "www-authenticate",
        &format!(r#"Bearer realm="{account}", error="invalid_token", error_description="Invalid login attempt.""#),
    );
    answer
}

/// 403 when the role may not do this with this record; the words are assumed.
pub(crate) fn no_permission() -> Answer {
    Refusal::new(
        StatusCode::FORBIDDEN,
        "INSUFFICIENT_PERMISSION",
        "Permission Violation: You need a higher permission for this record.",
    )
    .into()
}

/// 400 when there is no usable `Authorization` header.
pub(crate) fn malformed_authorization(account: &str) -> Answer {
    let mut answer = Answer::from(Refusal::request(
        "The request could not be understood by the server due to malformed syntax.",
    ));
    answer.set(
        "www-authenticate",
        &format!(
            r#"Bearer realm="{account}", error="invalid_request", error_description="The request could not be understood by the server due to malformed syntax.""#
        ),
    );
    answer
}

/// 429: the title is "Bad Request" and there is an extra code at the top, as on live accounts.
pub(crate) fn too_many_requests() -> Answer {
    let body = json!({
        "type": "https://www.rfc-editor.org/rfc/rfc6585.html#section-4",
        "title": "Bad Request",
        "status": 429,
        "o:errorCode": "USER_ERROR",
        "o:errorDetails": [{
            "detail": "Concurrent request limit exceeded. Request blocked.",
            "o:errorCode": "CONCURRENCY_LIMIT_EXCEEDED",
        }],
    });
    Answer::json(
        StatusCode::TOO_MANY_REQUESTS,
        &format!("{RESOURCE}error"),
        &body,
    )
}

pub(crate) fn unexpected_error() -> Answer {
    Answer::from(Refusal::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "UNEXPECTED_ERROR",
        "An unexpected error occurred. Error ID: lx0sandbox1a2b3c4d",
    ))
}

pub(crate) fn maintenance() -> Answer {
    Answer::html(
        StatusCode::SERVICE_UNAVAILABLE,
        "<!DOCTYPE html><html><head><title>NetSuite is unavailable</title></head><body><h1>Scheduled maintenance</h1></body></html>",
    )
}

impl From<Answer> for Response {
    fn from(answer: Answer) -> Response {
        let mut response = Response::new(answer.body.map_or_else(Body::empty, Body::from));
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}
