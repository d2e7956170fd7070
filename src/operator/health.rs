//! Whether the process lives, and whether it can work.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;

use super::Desk;

/// How long the database may take to say that it is there.
const PATIENCE: Duration = Duration::from_secs(2);

/// 200 while the process lives.
pub(super) async fn alive() -> &'static str {
    "alive\n"
}

/// 200 when the database answers; 503 says that it does not.
pub(super) async fn ready(State(desk): State<Desk>) -> (StatusCode, &'static str) {
    let asked = sqlx::query_scalar!(r#"select true as "ready!""#).fetch_one(&desk.pool);
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(_)) => (StatusCode::OK, "ready\n"),
        Ok(Err(_)) | Err(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "not ready: the database does not answer\n",
        ),
    }
}
