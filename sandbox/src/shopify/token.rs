//! Access tokens: the client credentials grant, its errors, and what makes a token useless.

use std::collections::HashMap;
use std::sync::Mutex;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Duration, Instant};
use uuid::Uuid;

use super::lock;

/// What a client asks the token endpoint for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TokenRequest {
    client_id: Option<String>,
    client_secret: Option<String>,
    grant_type: Option<String>,
}

/// The app's credentials and every token that is good now.
pub(crate) struct Tokens {
    client_id: String,
    scopes: Vec<String>,
    legacy: Option<String>,
    inner: Mutex<Inner>,
}

struct Inner {
    secrets: Vec<String>,
    life: Duration,
    good_until: HashMap<String, Instant>,
}

impl Tokens {
    pub(crate) fn new(settings: &super::Settings) -> Self {
        Self {
            client_id: settings.client_id.clone(),
            scopes: settings.scopes.clone(),
            legacy: settings.legacy_token.clone(),
            inner: Mutex::new(Inner {
                secrets: settings.client_secrets.clone(),
                life: Duration::from_secs(settings.token_life_seconds),
                good_until: HashMap::new(),
            }),
        }
    }

    /// Answers with a status and a body, as OAuth does.
    pub(crate) fn grant(&self, request: &TokenRequest) -> (u16, Value) {
        let refused = |error: &str, description: &str| {
            (
                400,
                json!({ "error": error, "error_description": description }),
            )
        };
        let mut inner = lock(&self.inner);
        if request.grant_type.as_deref() != Some("client_credentials") {
            return refused("unsupported_grant_type", "The grant type is not supported.");
        }
        let known = request.client_id.as_ref() == Some(&self.client_id)
            && request
                .client_secret
                .as_ref()
                .is_some_and(|secret| inner.secrets.contains(secret));
        if !known {
            return refused("invalid_client", "Client authentication failed.");
        }
        let token = format!("shpat_{}", Uuid::new_v4().simple());
        let until = Instant::now() + inner.life;
        inner.good_until.insert(token.clone(), until);
        let body = json!({
            "access_token": token,
            "scope": self.scopes.join(","),
            "expires_in": inner.life.as_secs(),
        });
        (200, body)
    }

    pub(crate) fn accepts(&self, token: Option<&str>) -> bool {
        let Some(token) = token else { return false };
        if self.legacy.as_deref() == Some(token) {
            return true;
        }
        let inner = lock(&self.inner);
        inner
            .good_until
            .get(token)
            .is_some_and(|until| *until > Instant::now())
    }

    /// Every token given out so far answers 401 from now on.
    pub(crate) fn revoke_all(&self) {
        lock(&self.inner).good_until.clear();
    }

    pub(crate) fn set_life(&self, life: Duration) {
        lock(&self.inner).life = life;
    }

    /// The new secret is good at once; old ones stay good until [`Tokens::forget_old_secrets`].
    pub(crate) fn rotate(&self, secret: &str) {
        lock(&self.inner).secrets.insert(0, secret.to_owned());
    }

    pub(crate) fn forget_old_secrets(&self) {
        lock(&self.inner).secrets.truncate(1);
    }
}
