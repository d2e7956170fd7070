//! Shopify's cost bucket, as far as its answers tell: who may send now, and how long others wait.
//!
//! Every answer says what is left; between answers the bucket refills at the told rate. Points are
//! whole: a fraction is cut, so that we never believe in more than there is.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::Value;
use tokio::time::Instant;

use crate::journal::Urgency;

/// What a Standard shop has, until the first answer tells.
const STANDARD: u64 = 2000;
const STANDARD_RATE: u64 = 100;

/// What an operation is taken to cost before Shopify has told.
const UNKNOWN_COST: u64 = 500;

/// A backfill leaves one part in this many of the bucket free.
const KEPT_FREE: u64 = 5;

/// The bucket of one store.
#[derive(Debug)]
pub(super) struct Bucket(Mutex<State>);

#[derive(Debug)]
struct State {
    most: u64,
    /// Points a second.
    rate: u64,
    /// Left at `at`, calls in flight already taken off. Below zero: owed.
    left: i128,
    at: Instant,
    /// The requested cost of the calls in flight.
    in_flight: u64,
    /// What each operation was last asked to pay.
    costs: HashMap<String, u64>,
}

/// The points of one call in flight; they are no longer counted when it ends.
#[derive(Debug)]
pub(super) struct Paid<'a> {
    bucket: &'a Bucket,
    cost: u64,
}

/// `extensions.cost` of one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) requested: Option<u64>,
    most: u64,
    available: u64,
    rate: u64,
}

impl Bucket {
    pub(super) fn new() -> Self {
        Self(Mutex::new(State::new(Instant::now())))
    }

    /// Waits until the bucket can pay for `operation`, and takes the points off.
    pub(super) async fn pay(&self, operation: &str, urgency: Urgency) -> Paid<'_> {
        loop {
            // Not in the match itself: its guard would live across the wait.
            let taken = self.lock().take(operation, urgency, Instant::now());
            match taken {
                Ok(cost) => return Paid { bucket: self, cost },
                Err(wait) => tokio::time::sleep(wait).await,
            }
        }
    }

    /// Takes over what an answer told.
    pub(super) fn told(&self, operation: &str, told: Told, paid: &Paid<'_>) {
        self.lock().told(operation, told, paid.cost, Instant::now());
    }

    /// How long the bucket needs until it can pay for `operation`.
    pub(super) fn wait(&self, operation: &str) -> Duration {
        let mut state = self.lock();
        state.refill(Instant::now());
        let cost = state.cost(operation);
        state.until(cost).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn new(now: Instant) -> Self {
        Self {
            most: STANDARD,
            rate: STANDARD_RATE,
            left: i128::from(STANDARD),
            at: now,
            in_flight: 0,
            costs: HashMap::new(),
        }
    }

    fn told(&mut self, operation: &str, told: Told, paid: u64, now: Instant) {
        if let Some(requested) = told.requested {
            self.costs.insert(operation.to_owned(), requested);
        }
        self.most = told.most;
        self.rate = told.rate.max(1);
        // Calls that left meanwhile may not be counted over there yet.
        let others = self.in_flight.saturating_sub(paid);
        self.left = i128::from(told.available) - i128::from(others);
        self.at = now;
    }

    /// Takes the cost of `operation` off, or says how long to wait before asking again.
    fn take(&mut self, operation: &str, urgency: Urgency, now: Instant) -> Result<u64, Duration> {
        self.refill(now);
        let cost = self.cost(operation);
        let kept = match urgency {
            Urgency::Live => 0,
            Urgency::Backfill => self.most / KEPT_FREE,
        };
        match self.until(cost.saturating_add(kept)) {
            Some(wait) => Err(wait),
            None => {
                self.left -= i128::from(cost);
                self.in_flight += cost;
                Ok(cost)
            }
        }
    }

    fn cost(&self, operation: &str) -> u64 {
        self.costs.get(operation).copied().unwrap_or(UNKNOWN_COST)
    }

    /// How long until `points` are there; a full bucket pays for anything.
    fn until(&self, points: u64) -> Option<Duration> {
        let short = i128::from(points.min(self.most)) - self.left;
        let short = u64::try_from(short).ok().filter(|short| *short > 0)?;
        let wait_ms = short.saturating_mul(1000).div_ceil(self.rate);
        Some(Duration::from_millis(wait_ms))
    }

    fn refill(&mut self, now: Instant) {
        let elapsed = now.duration_since(self.at).as_millis();
        let points = elapsed.saturating_mul(u128::from(self.rate)) / 1000;
        let Ok(points) = i128::try_from(points) else {
            return;
        };
        if points > 0 {
            self.left = (self.left + points).min(i128::from(self.most));
            self.at = now;
        }
    }
}

impl Drop for Paid<'_> {
    fn drop(&mut self) {
        let mut state = self.bucket.lock();
        state.in_flight = state.in_flight.saturating_sub(self.cost);
    }
}

impl Told {
    /// What an answer tells, if it does. Numbers may be whole or with a fraction.
    pub(super) fn of(answer: &Value) -> Option<Self> {
        let cost = answer.get("extensions")?.get("cost")?;
        let status = cost.get("throttleStatus")?;
        let points = |value: Option<&Value>| points(value?);
        Some(Self {
            requested: points(cost.get("requestedQueryCost")),
            most: points(status.get("maximumAvailable"))?,
            available: points(status.get("currentlyAvailable"))?,
            rate: points(status.get("restoreRate"))?,
        })
    }
}

fn points(value: &Value) -> Option<u64> {
    let number: Decimal = value.as_number()?.to_string().parse().ok()?;
    number.trunc().to_u64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(available: u64, requested: u64) -> Told {
        Told {
            requested: Some(requested),
            most: 2000,
            available,
            rate: 100,
        }
    }

    /// A bucket just after an answer that told this.
    fn after(available: u64, requested: u64, now: Instant) -> State {
        let mut state = State::new(now);
        state.told("Order", told(available, requested), 0, now);
        state
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn points_are_read_from_whole_numbers_and_fractions() {
        let answer = json!({"extensions": {"cost": {
            "requestedQueryCost": 752, "actualQueryCost": null,
            "throttleStatus": {"maximumAvailable": 1000.0, "currentlyAvailable": 666.9, "restoreRate": 50.0},
        }}});
        let expected = Told {
            requested: Some(752),
            most: 1000,
            available: 666,
            rate: 50,
        };
        assert_eq!(Told::of(&answer), Some(expected));
        assert_eq!(Told::of(&json!({"data": {}})), None);
    }

    #[test]
    fn a_call_waits_until_the_bucket_can_pay() {
        let now = Instant::now();
        let mut state = after(100, 700, now);
        let mut ask = |at| state.take("Order", Urgency::Live, at);
        assert_eq!(ask(now), Err(seconds(6)));
        assert_eq!(ask(now + seconds(6)), Ok(700));
        assert_eq!(ask(now + seconds(6)), Err(seconds(7)));
    }

    #[test]
    fn a_fifth_of_the_bucket_is_kept_from_backfills() {
        let now = Instant::now();
        let mut state = after(800, 700, now);
        assert_eq!(state.take("Order", Urgency::Backfill, now), Err(seconds(3)));
        assert_eq!(state.take("Order", Urgency::Live, now), Ok(700));
    }

    #[test]
    fn what_is_dearer_than_the_bucket_goes_when_it_is_full() {
        let now = Instant::now();
        let mut state = after(1900, 5000, now);
        assert_eq!(state.take("Order", Urgency::Backfill, now), Err(seconds(1)));
        let full = now + seconds(1);
        assert_eq!(state.take("Order", Urgency::Backfill, full), Ok(5000));
    }

    #[test]
    fn calls_in_flight_are_taken_off_what_an_answer_tells() {
        let now = Instant::now();
        let mut state = after(2000, 700, now);
        let first = state.take("Order", Urgency::Live, now);
        let second = state.take("Order", Urgency::Live, now);
        assert_eq!((first, second), (Ok(700), Ok(700)));
        state.told("Order", told(1300, 700), 700, now);
        assert_eq!(state.take("Order", Urgency::Live, now), Err(seconds(1)));
    }

    #[tokio::test]
    async fn a_call_that_ended_is_no_longer_in_flight() {
        let bucket = Bucket::new();
        drop(bucket.pay("Order", Urgency::Live).await);
        assert_eq!(bucket.lock().in_flight, 0);
    }
}
