//! OAuth 2.0 client credentials: a signed assertion for an access token of 60 minutes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::Method;
use serde::Serialize;
use serde_json::Value;

use crate::config::{self, Secret};
use crate::exchange::{Effect, Exchange};
use crate::journal::Journal;
use crate::remote::{Call, Error, Meaning, Outcome, Refusal};
use crate::token::Issued;

const PATH: &str = "/services/rest/auth/oauth2/v1/token";
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// NetSuite allows 60 minutes; an assertion is used at once.
const ASSERTION_SECONDS: u64 = 300;

/// What we prove ourselves with.
#[derive(Debug)]
pub(super) struct Credentials {
    client_id: Secret,
    keys: Vec<SigningKey>,
    /// The key that NetSuite took last: tried first.
    good: AtomicUsize,
}

/// A private key and the certificate that NetSuite knows it by.
struct SigningKey {
    certificate_id: String,
    algorithm: Algorithm,
    key: EncodingKey,
}

/// A private key that cannot sign for NetSuite.
#[derive(Debug, thiserror::Error)]
#[error(
    "the private key of certificate {certificate_id} is neither RSA nor EC on P-256 or P-384 in PKCS#8 form (-----BEGIN PRIVATE KEY-----)"
)]
pub struct KeyError {
    pub certificate_id: String,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    scope: [&'static str; 1],
    aud: &'a str,
    iat: u64,
    exp: u64,
}

impl Credentials {
    pub(super) fn new(config: &config::Netsuite) -> Result<Self, KeyError> {
        let first = SigningKey::new(&config.certificate_id, &config.private_key);
        let others = config
            .other_keys
            .iter()
            .map(|key| SigningKey::new(&key.certificate_id, &key.private_key));
        Ok(Self {
            client_id: config.client_id.clone(),
            keys: std::iter::once(first)
                .chain(others)
                .collect::<Result<_, _>>()?,
            good: AtomicUsize::new(0),
        })
    }

    /// A new access token, by the first key that NetSuite takes.
    pub(super) async fn ask(
        &self,
        exchange: &Exchange,
        journal: &Journal,
        base: &str,
    ) -> Result<Issued, Error> {
        let call = Call("POST netsuite token".to_owned());
        let url = format!("{base}{PATH}");
        let good = self.good.load(Ordering::Relaxed);
        let mut refused = None;
        for offset in 0..self.keys.len() {
            let index = (good + offset) % self.keys.len();
            let assertion = self.keys[index].sign(self.client_id.expose(), &url, &call)?;
            let form = [
                ("grant_type", "client_credentials"),
                ("client_assertion_type", ASSERTION),
                ("client_assertion", &assertion),
            ];
            let request = exchange.request(Method::POST, &url).form(&form);
            let answer = exchange.send(journal, &call, Effect::Read, request).await?;
            match issued(&call, answer.status, &answer.body) {
                Ok(issued) => {
                    self.good.store(index, Ordering::Relaxed);
                    return Ok(issued);
                }
                // The next key may be the one whose certificate is still valid.
                Err(error) if error.meaning() == Some(Meaning::Unauthorized) => {
                    refused = Some(error)
                }
                Err(error) => return Err(error),
            }
        }
        Err(refused.unwrap_or_else(|| unauthorized(&call, "no_key", "no key is configured")))
    }
}

impl SigningKey {
    fn new(certificate_id: &str, pem: &Secret) -> Result<Self, KeyError> {
        let pem = pem.expose().as_bytes();
        let rsa = EncodingKey::from_rsa_pem(pem)
            .ok()
            .map(|key| (Algorithm::PS256, key));
        let ec = || {
            let key = EncodingKey::from_ec_pem(pem).ok()?;
            Some((curve(key.as_bytes())?, key))
        };
        let (algorithm, key) = rsa.or_else(ec).ok_or_else(|| KeyError {
            certificate_id: certificate_id.to_owned(),
        })?;
        Ok(Self {
            certificate_id: certificate_id.to_owned(),
            algorithm,
            key,
        })
    }

    fn sign(&self, client_id: &str, audience: &str, call: &Call) -> Result<String, Error> {
        let mut header = Header::new(self.algorithm);
        header.kid = Some(self.certificate_id.clone());
        let now = jsonwebtoken::get_current_timestamp();
        let claims = Claims {
            iss: client_id,
            scope: ["rest_webservices"],
            aud: audience,
            iat: now,
            exp: now + ASSERTION_SECONDS,
        };
        jsonwebtoken::encode(&header, &claims, &self.key).map_err(|error| {
            let detail = format!("certificate {}: {error}", self.certificate_id);
            unauthorized(call, "cannot_sign", &detail)
        })
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({:?})", self.certificate_id, self.algorithm)
    }
}

/// The algorithm for an EC key in PKCS#8 form: the curve's object identifier stands in its head.
fn curve(der: &[u8]) -> Option<Algorithm> {
    const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
    let names = |oid: &[u8]| der.windows(oid.len()).take(40).any(|part| part == oid);
    if names(P256) {
        Some(Algorithm::ES256)
    } else if names(P384) {
        Some(Algorithm::ES384)
    } else {
        None
    }
}

fn issued(call: &Call, status: u16, body: &[u8]) -> Result<Issued, Error> {
    let body = serde_json::from_slice::<Value>(body).unwrap_or_default();
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    match status {
        200 => {
            let token = text("access_token").ok_or_else(|| Error::Unreadable {
                call: call.clone(),
                reason: "a token answer without access_token".to_owned(),
                outcome: Outcome::NotDone,
            })?;
            Ok(Issued {
                token: Secret::new(token.to_owned()),
                lives: Some(lives(&body)),
            })
        }
        400 | 401 | 403 => Err(unauthorized(
            call,
            text("error").unwrap_or("HTTP_4xx"),
            text("error_description").unwrap_or("see the Login Audit Trail in NetSuite"),
        )),
        429 => Err(Error::Throttled {
            call: call.clone(),
            retry_after: None,
        }),
        _ => Err(Error::Unavailable {
            call: call.clone(),
            status,
            outcome: Outcome::NotDone,
        }),
    }
}

/// `expires_in` comes as text or as a number; without it, the 60 minutes that are documented.
fn lives(body: &Value) -> Duration {
    let seconds = body
        .get("expires_in")
        .and_then(|value| value.as_u64().or_else(|| value.as_str()?.parse().ok()));
    Duration::from_secs(seconds.unwrap_or(3600))
}

fn unauthorized(call: &Call, code: &str, detail: &str) -> Error {
    Error::Refused {
        call: call.clone(),
        refusal: Refusal::new(Meaning::Unauthorized, code, detail),
    }
}
