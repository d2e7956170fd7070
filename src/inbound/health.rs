//! Whether a webhook can be stored, asked of the database at most once a second however often it is asked of us.

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::database;

/// How long an answer stands.
const FRESH: Duration = Duration::from_secs(1);
/// How long the database is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Debug, Clone)]
pub(super) struct Health {
    pool: PgPool,
    last: Arc<Mutex<Option<Answer>>>,
}

#[derive(Debug, Clone)]
struct Answer {
    at: Instant,
    lacks: Option<String>,
}

impl Health {
    pub(super) fn new(pool: PgPool) -> Self {
        Self {
            pool,
            last: Arc::default(),
        }
    }

    /// What is missing, in words, or nothing.
    pub(super) async fn lacks(&self) -> Option<String> {
        let mut last = self.last.lock().await;
        if let Some(answer) = last.as_ref().filter(|answer| answer.at.elapsed() < FRESH) {
            return answer.lacks.clone();
        }
        let lacks = timeout(PATIENCE, database::lacks(&self.pool))
            .await
            .unwrap_or_else(|_| Some("the database does not answer".to_owned()));
        *last = Some(Answer {
            at: Instant::now(),
            lacks: lacks.clone(),
        });
        lacks
    }
}
