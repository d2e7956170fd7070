//! The access token: by client credentials (24 hours), or the lasting one of a legacy custom app.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

use super::SetupError;
use crate::config::{Secret, Store};
use crate::exchange::{Effect, Exchange};
use crate::journal::Journal;
use crate::remote::{Call, Error, Meaning, Outcome, Refusal};
use crate::token::Issued;

const PATH: &str = "/admin/oauth/access_token";

/// What we prove ourselves with.
#[derive(Debug)]
pub(super) enum Credentials {
    Client { id: Secret, secret: Secret },
    Legacy { token: Secret },
}

impl Credentials {
    pub(super) fn new(store: &Store) -> Result<Self, SetupError> {
        if let Some(token) = &store.access_token {
            return Ok(Self::Legacy {
                token: token.clone(),
            });
        }
        match (&store.client_id, store.client_secrets.first()) {
            (Some(id), Some(secret)) => Ok(Self::Client {
                id: id.clone(),
                secret: secret.clone(),
            }),
            (None, _) | (_, None) => Err(SetupError::NoCredentials {
                store: store.name.clone(),
            }),
        }
    }

    /// A token; a new one for client credentials.
    pub(super) async fn ask(
        &self,
        exchange: &Exchange,
        journal: &Journal,
        base: &str,
    ) -> Result<Issued, Error> {
        let (id, secret) = match self {
            Self::Client { id, secret } => (id, secret),
            Self::Legacy { token } => {
                return Ok(Issued {
                    token: token.clone(),
                    lives: None,
                });
            }
        };
        let call = Call("POST shopify token".to_owned());
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", id.expose()),
            ("client_secret", secret.expose()),
        ];
        let request = exchange
            .request(Method::POST, &format!("{base}{PATH}"))
            .form(&form);
        let answer = exchange.send(journal, &call, Effect::Read, request).await?;
        issued(call, answer.status, &answer.body)
    }
}

fn issued(call: Call, status: u16, body: &[u8]) -> Result<Issued, Error> {
    let body = serde_json::from_slice::<Value>(body).unwrap_or_default();
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    let refused = |meaning| {
        let detail = text("error_description").unwrap_or("the app's client id and secret");
        Error::Refused {
            call: call.clone(),
            refusal: Refusal::new(meaning, text("error").unwrap_or("HTTP_4xx"), detail),
        }
    };
    match status {
        200 => match text("access_token") {
            Some(token) => Ok(Issued {
                token: Secret::new(token.to_owned()),
                lives: Some(Duration::from_secs(
                    body.get("expires_in")
                        .and_then(Value::as_u64)
                        .unwrap_or(86_399),
                )),
            }),
            None => Err(Error::Unreadable {
                call,
                reason: "a token answer without access_token".to_owned(),
                outcome: Outcome::NotDone,
            }),
        },
        402 | 404 | 423 => Err(refused(Meaning::Closed)),
        429 => Err(Error::Throttled {
            call,
            retry_after: None,
        }),
        400..=499 => Err(refused(Meaning::Unauthorized)),
        _ => Err(Error::Unavailable {
            call,
            status,
            outcome: Outcome::NotDone,
        }),
    }
}
