//! A failure → when again. Pure but for the jitter: one exhaustive match.

use std::time::Duration;

use rand::Rng;

use crate::config::Timing;
use crate::flows::Error;
use crate::outbox::claim::Claim;
use crate::outbox::end::{Counted, Ending};
use crate::problem::{Code, Problem};
use crate::remote::{self, Meaning, Refusal};

/// Waiting for a source or another document starts at a second and never exceeds a minute.
const WAIT_FIRST: Duration = Duration::from_secs(1);
const WAIT_CAP: Duration = Duration::from_secs(60);

/// What becomes of a document whose pass failed.
pub(super) fn ending(error: Error, claim: &Claim, timing: &Timing) -> Ending {
    match error {
        Error::NeedsOperator(problem) => Ending::Held(*problem),
        Error::NotYet {
            reason,
            waits_for,
            then,
        } => not_yet(reason, waits_for, *then, claim, timing),
        Error::Later { after, reason } => Ending::NotYet {
            after,
            reason,
            waits_for: None,
        },
        Error::Waits {
            reason,
            longest,
            then,
        } => {
            if claim.waiting.unwrap_or_default() >= longest {
                return Ending::Held(*then);
            }
            Ending::NotYet {
                after: timing.books_again_after,
                reason,
                waits_for: None,
            }
        }
        Error::Database(error) => again(format!("the database: {error}"), claim, timing),
        Error::Remote(error) => remote(&error, claim, timing),
    }
}

fn not_yet(
    reason: String,
    waits_for: Option<crate::event::Document>,
    then: Problem,
    claim: &Claim,
    timing: &Timing,
) -> Ending {
    let waited = claim.waiting.unwrap_or_default();
    let longest = if waits_for.is_some() {
        timing.wait_explained_after
    } else {
        timing.stale_after
    };
    if waited >= longest {
        return Ending::Held(then);
    }
    Ending::NotYet {
        after: waited.clamp(WAIT_FIRST, WAIT_CAP),
        reason,
        waits_for,
    }
}

fn remote(error: &remote::Error, claim: &Claim, timing: &Timing) -> Ending {
    match error {
        remote::Error::Throttled { retry_after, .. } => Ending::Retry {
            after: retry_after.unwrap_or(timing.retry_first),
            error: error.to_string(),
            counted: Counted::No,
        },
        remote::Error::Refused { refusal, .. } => refused(error, refusal, claim, timing),
        remote::Error::NoAnswer { .. }
        | remote::Error::Unavailable { .. }
        | remote::Error::Unreadable { .. }
        | remote::Error::Unrecorded { .. } => again(error.to_string(), claim, timing),
    }
}

fn refused(error: &remote::Error, refusal: &Refusal, claim: &Claim, timing: &Timing) -> Ending {
    let code = match refusal.meaning {
        // Somebody changed the record, or a reference was resolved too early: read again.
        Meaning::Changed | Meaning::ReferenceGone | Meaning::Exists | Meaning::Absent
            if claim.failures < 3 =>
        {
            return again(error.to_string(), claim, timing);
        }
        // The breaker stops the lane; the document is not at fault.
        Meaning::Unauthorized | Meaning::Closed => {
            return Ending::Retry {
                after: backoff(claim.failures, timing),
                error: error.to_string(),
                counted: Counted::No,
            };
        }
        Meaning::Locked => Code::Locked,
        Meaning::PeriodClosed => Code::PeriodClosed,
        Meaning::FieldMissing => Code::FieldMissing,
        Meaning::Forbidden => Code::Permission,
        Meaning::Changed
        | Meaning::ReferenceGone
        | Meaning::Exists
        | Meaning::Absent
        | Meaning::Invalid => Code::Refused,
    };
    let what = format!("{}: {}", error.call(), refusal.detail);
    let path = refusal.path.clone().unwrap_or_else(|| refusal.code.clone());
    Ending::Held(Problem::new(code, what).because(path))
}

/// Tried again, and counted: after `give_up_after` it is held with what failed last.
fn again(error: String, claim: &Claim, timing: &Timing) -> Ending {
    let then = Problem::new(Code::RetriesExhausted, format!("the last failure: {error}"));
    let counted = Counted::Yes {
        give_up_after: timing.give_up_after,
        then,
    };
    Ending::Retry {
        after: backoff(claim.failures, timing),
        error,
        counted,
    }
}

/// Full jitter between nothing and the first wait doubled with each failure, but never at once.
fn backoff(failures: i32, timing: &Timing) -> Duration {
    let doubled = 2_u32.saturating_pow(failures.max(0).unsigned_abs());
    let cap = timing
        .retry_first
        .saturating_mul(doubled)
        .min(timing.retry_cap);
    let millis = u64::try_from(cap.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(rand::rng().random_range(millis / 10..=millis))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Document, Kind};
    use crate::remote::{Call, Outcome};

    fn claim(failures: i32) -> Claim {
        Claim {
            document: Document::new(Kind::Order, "us", 1),
            marks: 1,
            number: 1,
            epoch: 1,
            pass: uuid::Uuid::nil(),
            priority: 1,
            deaths: 0,
            failures,
            failing: failures > 0,
            waiting: None,
            wanted_version: None,
            approved_plan: None,
            claimed_at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    fn call() -> Call {
        Call("POST netsuite salesOrder so-us-1".to_owned())
    }

    #[test]
    fn the_wait_doubles_up_to_its_cap_and_never_is_nothing() {
        let timing = Timing::default();
        for (failures, cap_seconds) in [(0, 1), (3, 8), (10, 1024), (60, 21_600)] {
            for _ in 0..50 {
                let wait = backoff(failures, &timing);
                assert!(wait >= Duration::from_millis(100), "{failures}: {wait:?}");
                assert!(
                    wait <= Duration::from_secs(cap_seconds),
                    "{failures}: {wait:?}"
                );
            }
        }
    }

    #[test]
    fn throttling_does_not_count_as_failing_and_no_answer_does() {
        let timing = Timing::default();
        let throttled = remote::Error::Throttled {
            call: call(),
            retry_after: None,
        };
        assert!(matches!(
            ending(throttled.into(), &claim(0), &timing),
            Ending::Retry {
                counted: Counted::No,
                ..
            }
        ));
        let silent = remote::Error::NoAnswer {
            call: call(),
            outcome: Outcome::Unknown,
            source: None,
        };
        assert!(matches!(
            ending(silent.into(), &claim(0), &timing),
            Ending::Retry {
                counted: Counted::Yes { .. },
                ..
            }
        ));
    }

    #[test]
    fn waiting_becomes_a_problem_after_its_time() {
        let timing = Timing::default();
        let error = || Error::NotYet {
            reason: "shopify does not show it yet".to_owned(),
            waits_for: None,
            then: Box::new(Problem::new(Code::SourceMissing, "gone")),
        };
        let mut claim = claim(0);
        claim.waiting = Some(Duration::from_secs(30));
        assert!(
            matches!(ending(error(), &claim, &timing), Ending::NotYet { after, .. } if after.as_secs() == 30)
        );
        claim.waiting = Some(Duration::from_secs(601));
        assert!(
            matches!(ending(error(), &claim, &timing), Ending::Held(problem) if problem.code == Code::SourceMissing)
        );
    }
}
