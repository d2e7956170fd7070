//! Who may ask: a bearer token with a role, and a `Host` that is ours.
//!
//! The check of `Host` stops a web page that points its own name at this listener.

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, HOST, HeaderValue, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::Desk;
use super::problem_details::Refusal;
use crate::action::Actor;
use crate::config::{Operator, Role, Token};

/// Lets a request pass whose token may do what its method asks, and names who asks.
pub(super) async fn check_token(
    State(desk): State<Desk>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(token) = presented(request.headers()).and_then(|text| find(&desk.settings, text))
    else {
        let mut response = Refusal::unauthorized().into_response();
        let ask = HeaderValue::from_static("Bearer realm=\"waybill\"");
        response.headers_mut().insert(WWW_AUTHENTICATE, ask);
        return response;
    };
    if token.role == Role::Viewer && !reads(request.method()) {
        return Refusal::forbidden("this token may look, not act: it has the role viewer")
            .into_response();
    }
    request.extensions_mut().insert(Actor(token.name.clone()));
    next.run(request).await
}

/// Refuses a request that names another host than this listener.
pub(super) async fn check_host(State(desk): State<Desk>, request: Request, next: Next) -> Response {
    let named = request
        .headers()
        .get(HOST)
        .and_then(|value| value.to_str().ok());
    if named.is_some_and(|named| is_ours(&desk.settings, named)) {
        return next.run(request).await;
    }
    Refusal::wrong_host().into_response()
}

/// Answers belong to the one who asked: no cache keeps them.
pub(super) async fn no_store(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// The token of the one `Authorization` header; two of them name nobody.
fn presented(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let (Some(only), None) = (all.next(), all.next()) else {
        return None;
    };
    let (scheme, token) = only.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim())
        .filter(|token| !token.is_empty())
}

/// Compares with every configured token, each in constant time.
fn find<'a>(settings: &'a Operator, presented: &str) -> Option<&'a Token> {
    let mut found = None;
    for token in &settings.tokens {
        let expected = token.token.expose();
        // Comparing digests under a key hides the length too.
        let (Some(expected), Some(given)) = (digest(expected), digest(presented)) else {
            continue;
        };
        if given
            .verify_slice(&expected.finalize().into_bytes())
            .is_ok()
        {
            found = Some(token);
        }
    }
    found
}

fn digest(text: &str) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(b"waybill operator token").ok()?;
    mac.update(text.as_bytes());
    Some(mac)
}

fn is_ours(settings: &Operator, named: &str) -> bool {
    let host = without_port(named);
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    if let Ok(address) = address {
        let listen = settings.listen.ip();
        // A name pointed at us by somebody else is a name, never an address.
        return address.is_loopback() || address == listen || listen.is_unspecified();
    }
    host.eq_ignore_ascii_case("localhost")
        || settings
            .hosts
            .iter()
            .any(|ours| without_port(ours).eq_ignore_ascii_case(host))
}

fn without_port(named: &str) -> &str {
    match named.rsplit_once(':') {
        // `[::1]` ends in `1]`, which is no port.
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        Some(_) | None => named,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(listen: &str, hosts: &[&str]) -> Operator {
        Operator {
            listen: listen.parse().unwrap(),
            hosts: hosts.iter().map(ToString::to_string).collect(),
            ..Operator::default()
        }
    }

    #[test]
    fn a_host_is_ours_by_address_by_localhost_or_by_a_configured_name() {
        let settings = settings("10.0.0.5:8081", &["waybill.internal"]);
        for ours in [
            "10.0.0.5:8081",
            "localhost",
            "LOCALHOST:9000",
            "127.0.0.1:8081",
            "[::1]:8081",
            "[::1]",
            "waybill.internal:80",
        ] {
            assert!(is_ours(&settings, ours), "{ours}");
        }
        for theirs in [
            "evil.example.com",
            "localhost.evil.example.com:8081",
            "10.0.0.6:8081",
            "",
            "waybill.internal.evil.example.com",
        ] {
            assert!(!is_ours(&settings, theirs), "{theirs}");
        }
    }

    #[test]
    fn a_listener_on_every_address_answers_to_any_address_but_to_no_strange_name() {
        let settings = settings("0.0.0.0:8081", &[]);
        assert!(is_ours(&settings, "192.0.2.7:8081"));
        assert!(!is_ours(&settings, "evil.example.com:8081"));
    }
}
