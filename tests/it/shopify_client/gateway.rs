//! A gateway in front of the shop, which changes its answers: for what the twin cannot say.

use serde_json::Value;
use waybill::exchange::Exchange;

use super::DEADLINE;
use sandbox::shopify::Shop;

/// The gateway's URL. `alter` is given the name of each operation and Shopify's answer to it.
pub(super) async fn gateway(
    shop: &Shop,
    alter: impl Fn(&str, &mut Value) + Clone + Send + Sync + 'static,
) -> String {
    let target = shop.url();
    let forward = move |request: axum::extract::Request| {
        let (target, alter) = (target.clone(), alter.clone());
        async move {
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
            let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
            let answer = Exchange::new(DEADLINE)
                .unwrap()
                .request(parts.method, &format!("{target}{}", parts.uri))
                .headers(parts.headers)
                .body(body.to_vec())
                .send()
                .await
                .unwrap();
            let mut answer: Value = answer.json().await.unwrap();
            alter(
                asked["operationName"].as_str().unwrap_or_default(),
                &mut answer,
            );
            axum::Json(answer)
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = axum::Router::new().fallback(forward);
    let serving = std::future::IntoFuture::into_future(axum::serve(listener, app));
    spawn(serving);
    url
}

#[expect(
    clippy::disallowed_methods,
    reason = "it ends with the test's own runtime"
)]
fn spawn(serving: impl Future<Output = std::io::Result<()>> + Send + 'static) {
    tokio::spawn(serving);
}
