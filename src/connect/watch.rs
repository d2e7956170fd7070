//! Whether our subscriptions still stand, looked at now and then: Shopify removes one after eight failed deliveries.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use tokio::time::Instant;
use tracing::{info, warn};

use super::{Line, OfStore, look, told};
use crate::config::Store;
use crate::journal::Journal;
use crate::problem::Code;
use crate::shopify::Client;

/// What this process saw last, by store.
#[derive(Debug, Default)]
pub struct Watch {
    seen: Mutex<BTreeMap<String, Seen>>,
}

#[derive(Debug, Clone)]
struct Seen {
    at: Instant,
    sight: Sight,
    problems: Vec<Line>,
    failed: Option<String>,
}

/// How the subscriptions of a store looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sight {
    Right,
    Wrong,
    /// The shop did not answer.
    Unknown,
    /// Nobody has looked: there is no `[public] url`, or the process has just started.
    NotChecked,
}

/// One store, for operators.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    pub store: String,
    pub state: Sight,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checked_seconds_ago: Option<u64>,
    pub problems: Vec<Trouble>,
    /// Why the shop could not be looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

/// One subscription that is not as it must be.
#[derive(Debug, Clone, Serialize)]
pub struct Trouble {
    pub code: Code,
    #[serde(flatten)]
    pub line: Line,
}

impl Watch {
    /// Looks at one store. A change for the worse is logged once.
    pub async fn look(
        &self,
        client: &Client,
        store: &Store,
        address: &str,
        journal: &Journal,
    ) -> Sight {
        let found = look(client, store, address, journal).await;
        let (sight, problems, failed) = match found {
            Ok(comparison) => {
                let found = OfStore::found(&store.name, &comparison);
                let problems: Vec<Line> = found.problems().cloned().collect();
                let sight = if problems.is_empty() {
                    Sight::Right
                } else {
                    Sight::Wrong
                };
                (sight, problems, None)
            }
            Err(error) => (Sight::Unknown, Vec::new(), Some(told(&error))),
        };
        let seen = Seen {
            at: Instant::now(),
            sight,
            problems,
            failed,
        };
        let before = self.lock().insert(store.name.clone(), seen.clone());
        tell(&store.name, before.as_ref(), &seen);
        sight
    }

    /// Each of these stores, as it was seen last.
    #[must_use]
    pub fn shown<'a>(&self, stores: impl Iterator<Item = &'a String>) -> Vec<Shown> {
        let seen = self.lock();
        let of_store = |store: &'a String| match seen.get(store) {
            Some(seen) => Shown {
                store: store.clone(),
                state: seen.sight,
                checked_seconds_ago: Some(seen.at.elapsed().as_secs()),
                problems: seen.problems.iter().cloned().map(trouble).collect(),
                failed: seen.failed.clone(),
            },
            None => Shown {
                store: store.clone(),
                state: Sight::NotChecked,
                checked_seconds_ago: None,
                problems: Vec::new(),
                failed: None,
            },
        };
        stores.map(of_store).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn trouble(line: Line) -> Trouble {
    Trouble {
        code: Code::SubscriptionMissing,
        line,
    }
}

fn tell(store: &str, before: Option<&Seen>, now: &Seen) {
    let wrong = u32::try_from(now.problems.len()).unwrap_or(u32::MAX);
    metrics::gauge!("waybill_subscriptions_wrong", "store" => store.to_owned())
        .set(f64::from(wrong));
    if before.is_some_and(|before| before.problems == now.problems) {
        return;
    }
    if now.problems.is_empty() {
        if before.is_some_and(|before| before.sight == Sight::Wrong) && now.sight == Sight::Right {
            info!(store, "{store}: the webhook subscriptions are right again");
        }
        return;
    }
    let topics: Vec<&str> = now.problems.iter().map(|it| it.topic.as_str()).collect();
    warn!(
        store,
        code = Code::SubscriptionMissing.as_str(),
        topics = topics.join(" "),
        "{store}: webhook subscriptions are missing or wrong: run `waybill connect`"
    );
}
