//! The cost bucket: points are taken before a query runs, and what it did not need is given back.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde_json::{Value, json};
use tokio::time::Instant;

/// The points one app has in one shop.
pub(crate) struct Bucket {
    maximum: u32,
    restore_rate: u32,
    available: Decimal,
    refilled_at: Instant,
}

impl Bucket {
    pub(crate) fn new(maximum: u32, restore_rate: u32) -> Self {
        Self {
            maximum,
            restore_rate,
            available: Decimal::from(maximum),
            refilled_at: Instant::now(),
        }
    }

    fn refill(&mut self) {
        let now = Instant::now();
        let millis = (now - self.refilled_at).as_millis();
        let millis = Decimal::from(u64::try_from(millis).unwrap_or(u64::MAX));
        let restored = millis * Decimal::from(self.restore_rate) / Decimal::ONE_THOUSAND;
        self.available = (self.available + restored).min(Decimal::from(self.maximum));
        self.refilled_at = now;
    }

    /// Takes `points`, or nothing if there are fewer.
    pub(crate) fn take(&mut self, points: u32) -> bool {
        self.refill();
        let points = Decimal::from(points);
        let enough = self.available >= points;
        if enough {
            self.available -= points;
        }
        enough
    }

    pub(crate) fn give_back(&mut self, points: u32) {
        self.refill();
        self.available = (self.available + Decimal::from(points)).min(Decimal::from(self.maximum));
    }

    pub(crate) fn available(&mut self) -> u32 {
        self.refill();
        self.available.floor().to_u32().unwrap_or(0)
    }

    pub(crate) fn empty(&mut self) {
        self.refill();
        self.available = Decimal::ZERO;
    }

    /// `extensions.cost.throttleStatus`.
    pub(crate) fn status(&mut self) -> Value {
        json!({
            "maximumAvailable": self.maximum,
            "currentlyAvailable": self.available(),
            "restoreRate": self.restore_rate,
        })
    }
}
