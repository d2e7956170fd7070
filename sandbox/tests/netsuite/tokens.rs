//! The token endpoint and the bearer check.

use jsonwebtoken::Algorithm;
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, ask_token, claims, settings, signed};

#[tokio::test]
async fn each_accepted_algorithm_gets_a_token_whose_life_is_a_string() {
    let world = World::start().await;
    let url = world.account.url();
    for (algorithm, kid) in [
        (Algorithm::ES256, "ec"),
        (Algorithm::ES384, "ec384"),
        (Algorithm::PS256, "rsa"),
        (Algorithm::PS512, "rsa"),
    ] {
        let reply = ask_token(&world.http, &url, &signed(algorithm, kid, &claims(&url))).await;
        assert_eq!(reply.status, 200, "{algorithm:?} {}", reply.body);
        assert_eq!(reply.body["expires_in"], json!("3600"));
        assert_eq!(reply.body["token_type"], json!("bearer"));
    }
}

#[tokio::test]
async fn rs256_is_refused() {
    let world = World::start().await;
    let url = world.account.url();
    let reply = ask_token(
        &world.http,
        &url,
        &signed(Algorithm::RS256, "rsa", &claims(&url)),
    )
    .await;
    assert_eq!(
        (reply.status.as_u16(), &reply.body["error"]),
        (400, &json!("invalid_client"))
    );
}

#[tokio::test]
async fn an_assertion_must_be_for_this_url_by_this_client_with_a_known_key_and_at_most_an_hour() {
    let world = World::start().await;
    let url = world.account.url();
    let now = chrono::Utc::now().timestamp();
    let changes: [(&str, Value); 5] = [
        (
            "aud",
            json!("https://1234567.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token"),
        ),
        ("iss", json!("another-client")),
        ("exp", json!(now + 3601)),
        ("exp", json!(now - 1)),
        ("scope", json!(["everything"])),
    ];
    for (name, value) in changes {
        let mut claims = claims(&url);
        claims[name] = value;
        let reply = ask_token(&world.http, &url, &signed(Algorithm::ES256, "ec", &claims)).await;
        assert_eq!(reply.status, 400, "{name}");
    }
    let unknown = signed(Algorithm::ES256, "nobody", &claims(&url));
    assert_eq!(ask_token(&world.http, &url, &unknown).await.status, 400);
    let crossed = signed(Algorithm::PS256, "ec", &claims(&url));
    assert_eq!(ask_token(&world.http, &url, &crossed).await.status, 400);
}

#[tokio::test]
async fn a_revoked_token_is_401_with_the_bearer_header_and_code() {
    let world = World::start().await;
    assert_eq!(world.get("salesOrder").await.status, 200);
    world.account.revoke_tokens();
    let reply = world.get("salesOrder").await;
    assert_eq!(reply.status, 401);
    assert_eq!(reply.code(), "INVALID_LOGIN");
    let header = reply.headers["www-authenticate"].to_str().unwrap();
    assert!(
        header.starts_with(r#"Bearer realm="1234567_SB1", error="invalid_token""#),
        "{header}"
    );
}

#[tokio::test]
async fn a_token_ends_after_its_life() {
    let world = World::with(sandbox::netsuite::Settings {
        token_seconds: 0,
        ..settings()
    })
    .await;
    assert_eq!(world.get("salesOrder").await.status, 401);
}

#[tokio::test]
async fn a_call_without_a_token_is_400() {
    let world = World::start().await;
    let url = format!("{}/services/rest/record/v1/salesOrder", world.account.url());
    let response = world.http.request(Method::GET, url).send().await.unwrap();
    assert_eq!(response.status(), 400);
    assert!(
        response.headers()["www-authenticate"]
            .to_str()
            .unwrap()
            .contains("invalid_request")
    );
}
