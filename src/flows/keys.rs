//! Keys beyond the document: two passes that touch the same thing never run together.
//!
//! A pass takes all its keys at once or waits holding none, so passes cannot wait in a circle.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// The keys that running passes hold. In memory: one process at a time dispatches.
#[derive(Debug, Default)]
pub struct Keys {
    held: Mutex<BTreeSet<String>>,
    freed: Notify,
}

/// The keys of one pass, given back when dropped.
#[derive(Debug)]
pub struct Held {
    keys: Arc<Keys>,
    names: Vec<String>,
}

/// Whether somebody else may have written between our read and our keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waited {
    No,
    /// Read again: what was read before the wait is old.
    Yes,
}

impl Keys {
    /// Takes all of `names`, waiting until they are free.
    pub async fn take(self: &Arc<Self>, names: Vec<String>) -> (Held, Waited) {
        let mut waited = Waited::No;
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            // Registered before looking, so that a release in between is not missed.
            freed.as_mut().enable();
            if self.try_take(&names) {
                return (
                    Held {
                        keys: Arc::clone(self),
                        names,
                    },
                    waited,
                );
            }
            waited = Waited::Yes;
            freed.await;
        }
    }

    fn try_take(&self, names: &[String]) -> bool {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if names.iter().any(|name| held.contains(name)) {
            return false;
        }
        held.extend(names.iter().cloned());
        true
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut held = self
            .keys
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for name in &self.names {
            held.remove(name);
        }
        drop(held);
        self.keys.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_second_taker_waits_and_is_told_so() {
        let keys = Arc::new(Keys::default());
        let (first, waited) = keys
            .take(vec!["order/us/1".into(), "customer/us/7".into()])
            .await;
        assert_eq!(waited, Waited::No);
        let mut second = tokio::task::JoinSet::new();
        let other = Arc::clone(&keys);
        second.spawn(async move { other.take(vec!["customer/us/7".into()]).await.1 });
        tokio::task::yield_now().await;
        assert!(
            second.try_join_next().is_none(),
            "it must wait while the key is held"
        );
        drop(first);
        assert_eq!(second.join_next().await.unwrap().unwrap(), Waited::Yes);
    }
}
