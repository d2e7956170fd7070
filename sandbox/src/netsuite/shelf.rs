//! What one account shares between its connections and its handle.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::callback::{By, Caller};
use super::fault::Faults;
use super::journal::Journal;
use super::request::Request;
use super::state::State;
use super::token::Tokens;

/// What one account shares between its connections and its handle.
pub(crate) struct Shelf {
    state: Mutex<State>,
    faults: Mutex<Faults>,
    journal: Mutex<Journal>,
    tokens: Mutex<Tokens>,
    in_flight: AtomicUsize,
    pub(crate) parked: Gate,
    late: Mutex<Vec<(u64, Request)>>,
    pub(crate) caller: Caller,
}

/// Calls that wait until somebody lets them go.
#[derive(Default)]
pub(crate) struct Gate {
    waiting: AtomicUsize,
    release: Notify,
}

impl Gate {
    pub(crate) async fn wait(&self) {
        let released = self.release.notified();
        tokio::pin!(released);
        // Registered before it is counted, so that a release that saw the count is not missed.
        released.as_mut().enable();
        self.waiting.fetch_add(1, Ordering::SeqCst);
        released.await;
        self.waiting.fetch_sub(1, Ordering::SeqCst);
    }

    /// How many wait now.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    /// Lets every waiting call go.
    pub(crate) fn open(&self) {
        self.release.notify_waiters();
    }
}

/// A place among the requests answered at once.
pub(crate) struct Seat {
    shelf: Arc<Shelf>,
    /// How many places are taken, this one included.
    pub(crate) taken: usize,
}

impl Seat {
    pub(crate) fn take(shelf: &Arc<Shelf>) -> Self {
        let taken = shelf.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        Seat {
            shelf: Arc::clone(shelf),
            taken,
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.shelf.in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shelf {
    pub(crate) fn new(state: State, caller: Caller) -> Self {
        Shelf {
            state: Mutex::new(state),
            faults: Mutex::default(),
            journal: Mutex::default(),
            tokens: Mutex::default(),
            in_flight: AtomicUsize::new(0),
            parked: Gate::default(),
            late: Mutex::default(),
            caller,
        }
    }

    /// Does something in the account; the script hears of it if it was done.
    pub(crate) fn act<T, E>(
        &self,
        by: By,
        act: impl FnOnce(&mut State) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut state = self.state();
        let done = act(&mut state);
        let saves = std::mem::take(&mut state.saves);
        if done.is_ok() {
            self.caller
                .tell(state.settings.callbacks.as_ref(), &saves, by);
        }
        done
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    pub(crate) fn journal(&self) -> MutexGuard<'_, Journal> {
        lock(&self.journal)
    }

    pub(crate) fn tokens(&self) -> MutexGuard<'_, Tokens> {
        lock(&self.tokens)
    }

    /// The requests to be committed late, with their call numbers.
    pub(crate) fn late(&self) -> MutexGuard<'_, Vec<(u64, Request)>> {
        lock(&self.late)
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::SeqCst)
    }
}
