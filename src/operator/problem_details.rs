//! A refusal as the API says it: RFC 9457 problem details, with a stable code of ours.

use std::borrow::Cow;

use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// Why a request was not done.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: Cow<'static, str>,
    /// The member of the request that is at fault.
    field: Option<String>,
}

#[derive(Serialize)]
struct Document<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
}

impl Refusal {
    fn new(
        status: StatusCode,
        code: &'static str,
        title: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            code,
            title,
            detail: detail.into(),
            field: None,
        }
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "No valid token",
            "send `Authorization: Bearer <token>` with a token of [operator] tokens",
        )
    }

    pub(super) fn forbidden(detail: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Not allowed", detail)
    }

    pub(super) fn wrong_host() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "wrong_host",
            "Not this host",
            "this listener does not answer to that name: add it to [operator] hosts",
        )
    }

    pub(super) fn not_found(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "Not found", detail)
    }

    pub(super) fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "Method not allowed",
            "this path has other methods: see the header Allow",
        )
    }

    pub(super) fn unreadable(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "unreadable",
            "Unreadable request",
            detail,
        )
    }

    pub(super) fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "Too large",
            "a request's body has at most 64 KB",
        )
    }

    /// The request is understood and cannot be done as it stands.
    pub(super) fn unusable(detail: impl Into<Cow<'static, str>>, field: Option<String>) -> Self {
        Self {
            field,
            ..Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "unusable",
                "Unusable request",
                detail,
            )
        }
    }
}

impl Refusal {
    pub(super) fn plan_moved(now: &str) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "plan_moved",
            "The plan has moved",
            format!("nothing was written: the plan is now {now}; look at it and approve that"),
        )
    }

    pub(super) fn cannot_read() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "systems_away",
            "The two systems cannot be read",
            "this process does not call Shopify or NetSuite",
        )
    }
}

impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Self {
        tracing::warn!(%error, "an operator's request failed: the database does not answer");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "database_away",
            "The database does not answer",
            "nothing was changed unless you see it changed; try again",
        )
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let document = Document {
            r#type: format!("urn:waybill:refusal:{}", self.code),
            title: self.title,
            status: self.status.as_u16(),
            detail: &self.detail,
            code: self.code,
            field: self.field.as_deref(),
        };
        let body = serde_json::to_string(&document).unwrap_or_default();
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}
