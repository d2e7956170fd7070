//! Why a request is refused, and the status code that says so: the one place that knows them.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::outbox::writer::NotRecorded;

/// Why a webhook or callback is not answered with 200.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// No configured store or account signed it. It leaves no trace but a counter.
    #[error("not signed by a configured store or account")]
    Unsigned,
    /// Signed, but this header is missing or repeated.
    #[error("the header {0} must be there exactly once")]
    Header(&'static str),
    #[error("the body is too large")]
    TooLarge,
    #[error("the body took too long")]
    TooSlow,
    #[error("the body broke off")]
    BrokeOff,
    /// Too many bytes are in memory already.
    #[error("too many bodies at once")]
    Busy,
    /// Nothing can be stored now, and this is why.
    #[error("{0}")]
    NotReady(String),
    #[error("not stored; send it again")]
    NotRecorded(#[source] NotRecorded),
}

impl Rejection {
    /// The name it is counted under.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Unsigned => "unsigned",
            Self::Header(_) => "bad_header",
            Self::TooLarge => "too_large",
            Self::TooSlow => "too_slow",
            Self::BrokeOff => "broke_off",
            Self::Busy => "busy",
            Self::NotReady(_) => "not_ready",
            Self::NotRecorded(_) => "not_stored",
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Unsigned => StatusCode::UNAUTHORIZED,
            Self::Header(_) | Self::BrokeOff => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Busy | Self::NotReady(_) | Self::NotRecorded(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }

    fn retry_after_seconds(&self) -> Option<&'static str> {
        match self {
            Self::Busy => Some("1"),
            Self::NotReady(_) | Self::NotRecorded(_) => Some("10"),
            Self::Unsigned | Self::Header(_) | Self::TooLarge | Self::TooSlow | Self::BrokeOff => {
                None
            }
        }
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        if let Self::NotRecorded(reason) = &self {
            let cause = std::error::Error::source(reason).map(ToString::to_string);
            tracing::warn!(cause, "an event could not be stored: {reason}");
        }
        let mut response = (self.status(), format!("{self}\n")).into_response();
        if let Some(seconds) = self.retry_after_seconds() {
            let seconds = header::HeaderValue::from_static(seconds);
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}
