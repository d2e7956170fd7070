//! The breaker: when a system does not answer or refuses us altogether, the lane is paused by a
//! row that operators see and can lift, instead of every document failing by itself.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sqlx::PgPool;
use tracing::warn;

use crate::event::{Document, Kind};
use crate::flows;
use crate::outbox::pause::{self, BREAKER, Scope};
use crate::remote::{self, Meaning};

/// So many failures of a system in a row, without a success between, trip the breaker.
const FAILURES_TO_TRIP: u32 = 5;

/// The first pause; it doubles while the first pass after it fails again.
const PAUSE_FIRST: Duration = Duration::from_secs(15);
const PAUSE_CAP: Duration = Duration::from_secs(600);

/// Counts per lane, in memory: a pause outlives a restart, the count need not.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    lanes: Mutex<HashMap<(Kind, String), Count>>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Count {
    failures: u32,
    trips: u32,
}

/// What a pass says about the systems it called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// They answered, whatever they said.
    Answered,
    /// One of them is away.
    Away,
    /// One of them refuses us, not the document: no use in asking again soon.
    Refuses,
    /// The pass says nothing about them.
    Nothing,
}

impl Breaker {
    /// Notes how a pass went, and pauses its lane when that was once too often.
    pub(super) async fn note(
        &self,
        pool: &PgPool,
        document: &Document,
        error: Option<&flows::Error>,
    ) {
        let verdict = verdict(error);
        let Some(length) = self.count(document, verdict) else {
            return;
        };
        let reason = match error {
            Some(error) => format!("tripped by {document}: {error}"),
            None => format!("tripped by {document}"),
        };
        warn!(%document, seconds = length.as_secs(), "{}/{} is paused: {reason}", document.kind.as_str(), document.owner);
        let scope = Scope {
            kind: Some(document.kind),
            owner: Some(&document.owner),
        };
        if let Err(error) = pause::start_for(pool, scope, &reason, BREAKER, length).await {
            warn!(%error, "the breaker's pause could not be written");
        }
    }

    /// The length of the pause, if the breaker trips now.
    fn count(&self, document: &Document, verdict: Verdict) -> Option<Duration> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let count = lanes
            .entry((document.kind, document.owner.clone()))
            .or_default();
        match verdict {
            Verdict::Nothing => return None,
            Verdict::Answered => {
                *count = Count::default();
                return None;
            }
            Verdict::Away => count.failures += 1,
            Verdict::Refuses => count.failures = count.failures.max(FAILURES_TO_TRIP),
        }
        // After a pause one failure is enough to pause again: `trips` stays until an answer.
        if count.failures < FAILURES_TO_TRIP && count.trips == 0 {
            return None;
        }
        count.failures = 0;
        count.trips += 1;
        let doubled = 2_u32.saturating_pow(count.trips - 1);
        Some(PAUSE_FIRST.saturating_mul(doubled).min(PAUSE_CAP))
    }
}

fn verdict(error: Option<&flows::Error>) -> Verdict {
    let Some(flows::Error::Remote(error)) = error else {
        return if error.is_none() {
            Verdict::Answered
        } else {
            Verdict::Nothing
        };
    };
    match error {
        remote::Error::NoAnswer { .. }
        | remote::Error::Unavailable { .. }
        | remote::Error::Unreadable { .. } => Verdict::Away,
        remote::Error::Refused { refusal, .. } => match refusal.meaning {
            Meaning::Unauthorized | Meaning::Closed => Verdict::Refuses,
            Meaning::Exists
            | Meaning::Absent
            | Meaning::ReferenceGone
            | Meaning::FieldMissing
            | Meaning::Changed
            | Meaning::Locked
            | Meaning::PeriodClosed
            | Meaning::Forbidden
            | Meaning::Invalid => Verdict::Answered,
        },
        remote::Error::Throttled { .. } | remote::Error::Unrecorded { .. } => Verdict::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_failures_in_a_row_pause_the_lane_and_the_next_one_pauses_it_longer() {
        let breaker = Breaker::default();
        let document = Document::new(Kind::Order, "us", 1);
        for _ in 0..4 {
            assert_eq!(breaker.count(&document, Verdict::Away), None);
        }
        assert_eq!(breaker.count(&document, Verdict::Away), Some(PAUSE_FIRST));
        assert_eq!(
            breaker.count(&document, Verdict::Away),
            Some(PAUSE_FIRST * 2)
        );
        assert_eq!(breaker.count(&document, Verdict::Answered), None);
        assert_eq!(breaker.count(&document, Verdict::Away), None);
    }

    #[test]
    fn refused_credentials_pause_the_lane_at_once_and_other_lanes_go_on() {
        let breaker = Breaker::default();
        assert!(
            breaker
                .count(&Document::new(Kind::Order, "us", 1), Verdict::Refuses)
                .is_some()
        );
        assert_eq!(
            breaker.count(&Document::new(Kind::Order, "eu", 1), Verdict::Away),
            None
        );
    }
}
