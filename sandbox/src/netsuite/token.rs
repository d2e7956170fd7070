//! The OAuth 2.0 token endpoint: client credentials with a signed assertion.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Value, json};

use super::answer::Answer;
use super::request::Request;
use super::settings::{Certificate, Settings};
use super::state::now;

pub(crate) const PATH: &str = "/services/rest/auth/oauth2/v1/token";
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// An assertion lives an hour at most.
const LONGEST_SECONDS: i64 = 3600;
/// Clocks differ.
const SKEW_SECONDS: i64 = 60;
const SCOPES: [&str; 3] = ["restlets", "rest_webservices", "suite_analytics"];

/// Access tokens given out, with their end.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    alive: HashMap<String, Instant>,
    pub(crate) given: u64,
}

impl Tokens {
    fn give(&mut self, seconds: u64) -> String {
        let token = format!("eyJzYW5kYm94.{}", uuid::Uuid::new_v4().simple());
        self.alive
            .insert(token.clone(), Instant::now() + Duration::from_secs(seconds));
        self.given += 1;
        token
    }

    /// True while a token lives.
    pub(crate) fn accepts(&self, token: &str) -> bool {
        self.alive
            .get(token)
            .is_some_and(|end| Instant::now() < *end)
    }

    /// Ends every token, as a revoked mapping does.
    pub(crate) fn revoke_all(&mut self) {
        self.alive.clear();
    }
}

/// The RFC 6749 refusals; which one NetSuite uses when is an assumption.
struct Denied(&'static str);

/// Answers a token request.
pub(crate) fn answer(settings: &Settings, tokens: &mut Tokens, request: &Request) -> Answer {
    match grant(settings, request) {
        Ok(()) => {
            // The documented answer has the number as a string.
            let body = json!({
                "access_token": tokens.give(settings.token_seconds),
                "expires_in": settings.token_seconds.to_string(),
                "token_type": "bearer",
            });
            Answer::json(StatusCode::OK, "application/json", &body)
        }
        Err(Denied(error)) => Answer::json(
            StatusCode::BAD_REQUEST,
            "application/json",
            &json!({ "error": error }),
        ),
    }
}

fn grant(settings: &Settings, request: &Request) -> Result<(), Denied> {
    let form = request
        .header("content-type")
        .is_some_and(|media| media.starts_with("application/x-www-form-urlencoded"));
    if request.method != "POST" || !form {
        return Err(Denied("invalid_request"));
    }
    if request.form("grant_type").as_deref() != Some("client_credentials") {
        return Err(Denied("unsupported_grant_type"));
    }
    if request.form("client_assertion_type").as_deref() != Some(ASSERTION_TYPE) {
        return Err(Denied("invalid_request"));
    }
    let assertion = request
        .form("client_assertion")
        .ok_or(Denied("invalid_request"))?;
    let claims = verified(settings, &assertion)?;
    check(settings, &claims, &format!("{}{PATH}", request.origin))
}

fn verified(settings: &Settings, assertion: &str) -> Result<Value, Denied> {
    let header = decode_header(assertion).map_err(|_| Denied("invalid_request"))?;
    if !header
        .typ
        .as_deref()
        .is_some_and(|typ| typ.eq_ignore_ascii_case("JWT"))
    {
        return Err(Denied("invalid_request"));
    }
    let kid = header.kid.ok_or(Denied("invalid_client"))?;
    let certificate = settings
        .certificates
        .iter()
        .find(|certificate| certificate.id == kid)
        .ok_or(Denied("invalid_client"))?;
    let key = key(certificate, header.alg).ok_or(Denied("invalid_client"))?;
    let mut validation = Validation::new(header.alg);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let data =
        decode::<Value>(assertion, &key, &validation).map_err(|_| Denied("invalid_client"))?;
    Ok(data.claims)
}

/// PKCS#1 v1.5 is not accepted any more; ES512 is, but not by this twin.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the list of what is accepted is closed; everything else is refused"
)]
fn key(certificate: &Certificate, algorithm: Algorithm) -> Option<DecodingKey> {
    let pem = certificate.public_key.as_bytes();
    match algorithm {
        Algorithm::PS256 | Algorithm::PS384 | Algorithm::PS512 => {
            DecodingKey::from_rsa_pem(pem).ok()
        }
        Algorithm::ES256 | Algorithm::ES384 => DecodingKey::from_ec_pem(pem).ok(),
        _ => None,
    }
}

fn check(settings: &Settings, claims: &Value, own_url: &str) -> Result<(), Denied> {
    if claims["iss"] != json!(settings.client_id) || claims["aud"] != json!(own_url) {
        return Err(Denied("invalid_client"));
    }
    let (issued, expires) = (claims["iat"].as_i64(), claims["exp"].as_i64());
    let (Some(issued), Some(expires)) = (issued, expires) else {
        return Err(Denied("invalid_request"));
    };
    let now = now().timestamp();
    if expires - issued > LONGEST_SECONDS || expires <= now || issued > now + SKEW_SECONDS {
        return Err(Denied("invalid_grant"));
    }
    let scopes: Vec<&str> = match (claims["scope"].as_str(), claims["scope"].as_array()) {
        (Some(text), _) => text.split(',').map(str::trim).collect(),
        (None, Some(list)) => list.iter().filter_map(Value::as_str).collect(),
        (None, None) => Vec::new(),
    };
    let known = !scopes.is_empty() && scopes.iter().all(|scope| SCOPES.contains(scope));
    if known && scopes.contains(&"rest_webservices") {
        Ok(())
    } else {
        Err(Denied("invalid_scope"))
    }
}
