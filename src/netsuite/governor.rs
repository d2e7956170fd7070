//! How many calls may be at NetSuite at once: the account's pool is small, and others use it too.
//!
//! Additive increase, drop on refusal. After a refusal only as many permits are left as calls were
//! in flight and not refused; one more is tried after each `probe`. The permit waits, not the document.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::journal::Urgency;

/// One per NetSuite account. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Governor(Arc<Shared>);

/// The right to one call at a time; given back when dropped.
#[derive(Debug)]
pub struct Permit {
    governor: Governor,
    refused: bool,
}

/// What an operator sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Snapshot {
    /// How many calls may be in flight now.
    pub permits: usize,
    pub in_use: usize,
    pub waiting: usize,
    /// Calls refused for too many at once, since the start.
    pub refused_total: u64,
}

/// Where a call queues up. One that was refused waited longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    First,
    Last,
}

#[derive(Debug)]
struct Shared {
    /// The configured share of the account's pool.
    most: usize,
    /// Of these, kept from backfills.
    reserved: usize,
    /// How long until one more permit is tried.
    probe: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    permits: usize,
    in_use: usize,
    refused_total: u64,
    /// When one more permit is tried; absent when all are there.
    raise_at: Option<Instant>,
    live: VecDeque<Waiter>,
    backfill: VecDeque<Waiter>,
}

#[derive(Debug)]
struct Waiter(oneshot::Sender<Permit>);

impl Governor {
    #[must_use]
    pub fn new(most: usize, reserved: usize, probe: Duration) -> Self {
        let most = most.max(1);
        Self(Arc::new(Shared {
            most,
            reserved,
            probe,
            state: Mutex::new(State {
                permits: most,
                in_use: 0,
                refused_total: 0,
                raise_at: None,
                live: VecDeque::new(),
                backfill: VecDeque::new(),
            }),
        }))
    }

    /// Waits for a permit, first come first served; a backfill leaves `reserved` permits free.
    pub async fn acquire(&self, urgency: Urgency, place: Place) -> Permit {
        let (waiter, mut granted) = oneshot::channel();
        self.enqueue(Waiter(waiter), urgency, place);
        loop {
            let raise_at = self.serve();
            let raised = async {
                match raise_at {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                permit = &mut granted => match permit {
                    Ok(permit) => return permit,
                    // The queue keeps every waiter until it is granted; start over all the same.
                    Err(_) => {
                        let (waiter, again) = oneshot::channel();
                        granted = again;
                        self.enqueue(Waiter(waiter), urgency, Place::First);
                    }
                },
                () = raised => {}
            }
        }
    }

    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let mut state = self.lock();
        state.raise(&self.0, Instant::now());
        let waiting = |queue: &VecDeque<Waiter>| queue.iter().filter(|w| !w.0.is_closed()).count();
        Snapshot {
            permits: state.permits,
            in_use: state.in_use,
            waiting: waiting(&state.live) + waiting(&state.backfill),
            refused_total: state.refused_total,
        }
    }

    fn enqueue(&self, waiter: Waiter, urgency: Urgency, place: Place) {
        let mut state = self.lock();
        let queue = match urgency {
            Urgency::Live => &mut state.live,
            Urgency::Backfill => &mut state.backfill,
        };
        match place {
            Place::First => queue.push_front(waiter),
            Place::Last => queue.push_back(waiter),
        }
    }

    /// Grants what may be granted; says when the number of permits rises next.
    fn serve(&self) -> Option<Instant> {
        let mut granted = Vec::new();
        let raise_at = {
            let mut state = self.lock();
            state.raise(&self.0, Instant::now());
            while let Some(waiter) = state.next(self.0.reserved) {
                state.in_use += 1;
                granted.push(waiter);
            }
            state.raise_at
        };
        // Outside the lock: a permit whose waiter is gone comes back at once, and takes it again.
        for waiter in granted {
            let permit = Permit {
                governor: self.clone(),
                refused: false,
            };
            drop(waiter.0.send(permit));
        }
        raise_at
    }

    fn give_back(&self, refused: bool) {
        {
            let mut state = self.lock();
            state.in_use = state.in_use.saturating_sub(1);
            if refused {
                state.drop_permits(&self.0, Instant::now());
            }
        }
        self.serve();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A call was refused: what is still in flight was accepted, and is all there is room for.
    fn drop_permits(&mut self, shared: &Shared, now: Instant) {
        self.refused_total += 1;
        self.permits = self.permits.min(self.in_use);
        self.raise_at = Some(now + shared.probe);
    }

    fn raise(&mut self, shared: &Shared, now: Instant) {
        while let Some(at) = self.raise_at.filter(|at| *at <= now) {
            self.permits = (self.permits + 1).min(shared.most);
            self.raise_at = (self.permits < shared.most).then(|| at + shared.probe);
        }
    }

    fn next(&mut self, reserved: usize) -> Option<Waiter> {
        let alive = |waiter: &Waiter| !waiter.0.is_closed();
        self.live.retain(alive);
        self.backfill.retain(alive);
        if self.in_use >= self.permits {
            return None;
        }
        if let Some(waiter) = self.live.pop_front() {
            return Some(waiter);
        }
        // Alone it may go even if few permits are left: else a busy neighbour stops a backfill for ever.
        if self.in_use == 0 || self.in_use + reserved < self.permits {
            return self.backfill.pop_front();
        }
        None
    }
}

impl Permit {
    /// NetSuite refused the call for too many at once.
    pub fn refused(mut self) {
        self.refused = true;
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.governor.give_back(self.refused);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    const PROBE: Duration = Duration::from_secs(2);

    async fn live(governor: &Governor) -> Permit {
        governor.acquire(Urgency::Live, Place::Last).await
    }

    /// A permit, if one is free right now.
    async fn at_once(governor: &Governor, urgency: Urgency) -> Option<Permit> {
        let wait = Duration::from_millis(1);
        tokio::time::timeout(wait, governor.acquire(urgency, Place::Last))
            .await
            .ok()
    }

    #[tokio::test]
    async fn no_more_calls_are_in_flight_than_configured() {
        let governor = Governor::new(2, 0, PROBE);
        let first = live(&governor).await;
        let _second = live(&governor).await;
        assert!(at_once(&governor, Urgency::Live).await.is_none());
        drop(first);
        assert!(at_once(&governor, Urgency::Live).await.is_some());
        assert_eq!(
            governor.snapshot(),
            Snapshot {
                permits: 2,
                in_use: 1,
                waiting: 0,
                refused_total: 0
            }
        );
    }

    #[tokio::test]
    async fn a_refusal_leaves_what_was_accepted_and_one_more_is_tried_every_probe() {
        let governor = Governor::new(5, 0, PROBE);
        let mut permits = Vec::new();
        for _ in 0..5 {
            permits.push(live(&governor).await);
        }
        for permit in permits.drain(3..) {
            permit.refused();
        }
        assert_eq!(governor.snapshot().refused_total, 2);
        assert_eq!(governor.snapshot().permits, 3);
        let refused = Instant::now();
        for (probes, expected) in [(1, 4), (1, 4), (2, 5), (9, 5)] {
            let mut state = governor.lock();
            state.raise(&governor.0, refused + PROBE * probes);
            assert_eq!(state.permits, expected, "after {probes} probes");
        }
    }

    #[tokio::test]
    async fn while_others_hold_the_whole_pool_one_call_is_tried_every_probe() {
        let probe = Duration::from_millis(5);
        let governor = Governor::new(3, 1, probe);
        let start = Instant::now();
        for _ in 0..4 {
            let permit = governor.acquire(Urgency::Live, Place::First).await;
            permit.refused();
        }
        assert!(start.elapsed() >= probe * 3);
        assert_eq!(governor.snapshot().refused_total, 4);
    }

    #[tokio::test]
    async fn some_permits_are_kept_from_backfills_and_none_starves() {
        let governor = Governor::new(2, 1, PROBE);
        let backfill = at_once(&governor, Urgency::Backfill).await;
        assert!(backfill.is_some());
        assert!(at_once(&governor, Urgency::Backfill).await.is_none());
        let urgent = at_once(&governor, Urgency::Live).await;
        assert!(urgent.is_some());
        drop((backfill, urgent));

        let one_left = Governor::new(1, 1, PROBE);
        assert!(at_once(&one_left, Urgency::Backfill).await.is_some());
    }

    #[tokio::test]
    async fn permits_are_given_in_the_order_they_were_asked_for() {
        let governor = Governor::new(1, 0, PROBE);
        let held = live(&governor).await;
        let turn = AtomicUsize::new(0);
        let wait = |expected: usize| {
            let (governor, turn) = (&governor, &turn);
            async move {
                let _permit = live(governor).await;
                assert_eq!(turn.fetch_add(1, Ordering::SeqCst), expected);
            }
        };
        tokio::join!(wait(0), wait(1), wait(2), async { drop(held) });
        assert_eq!(governor.snapshot().in_use, 0);
    }

    #[tokio::test]
    async fn a_caller_that_gives_up_loses_no_permit() {
        let governor = Governor::new(1, 0, PROBE);
        let held = live(&governor).await;
        assert!(at_once(&governor, Urgency::Live).await.is_none());
        drop(held);
        assert_eq!(governor.snapshot().in_use, 0);
        assert!(at_once(&governor, Urgency::Live).await.is_some());
    }
}
