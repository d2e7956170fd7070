//! What a request carries: a JSON body or query parameters, refused with the name of what is wrong.

use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem_details::Refusal;

/// A JSON body. Unknown members are refused if `T` denies them.
pub(super) struct Body<T>(pub(super) T);

/// Query parameters. Unknown ones are refused if `T` denies them.
pub(super) struct Parameters<T>(pub(super) T);

/// The variable parts of the path.
pub(super) struct Address<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let bytes = axum::body::Bytes::from_request(request, state)
            .await
            .map_err(|error: BytesRejection| {
                if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
                    Refusal::too_large()
                } else {
                    Refusal::unreadable("the body did not arrive whole")
                }
            })?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| {
            if error.is_data() {
                unusable(error.to_string())
            } else {
                Refusal::unreadable(format!("the body is not JSON: {error}"))
            }
        })
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Parameters<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        Query::<T>::try_from_uri(&parts.uri)
            .map(|Query(value)| Self(value))
            .map_err(|error| unusable(error.body_text()))
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Address<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        Path::<T>::from_request_parts(parts, state)
            .await
            .map(|Path(value)| Self(value))
            .map_err(|_| Refusal::not_found("there is nothing at this path"))
    }
}

/// serde names the member between the first pair of backticks.
fn unusable(text: String) -> Refusal {
    let field = text.split('`').nth(1).map(ToOwned::to_owned);
    Refusal::unusable(text, field)
}
