//! A bearer token: kept until shortly before it expires, renewed once for all who wait.

use std::future::Future;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::config::Secret;
use crate::remote::Error;

/// A token is renewed when a tenth of its life is left, but no sooner than this before its end.
const MARGIN: Duration = Duration::from_secs(300);

/// The token of one client.
#[derive(Debug, Default)]
pub struct TokenCache {
    held: Mutex<Option<Held>>,
}

/// A token as it was issued.
#[derive(Debug, Clone)]
pub struct Issued {
    pub token: Secret,
    /// How long it lives, if it ends at all.
    pub lives: Option<Duration>,
}

#[derive(Debug)]
struct Held {
    token: Secret,
    renew_at: Option<Instant>,
}

impl TokenCache {
    /// The token in force; `renew` is asked for a new one when there is none. Whoever comes
    /// meanwhile waits for that renewal and makes none.
    ///
    /// # Errors
    ///
    /// What `renew` fails with; the next caller tries again.
    pub async fn get<F>(&self, renew: impl FnOnce() -> F) -> Result<Secret, Error>
    where
        F: Future<Output = Result<Issued, Error>>,
    {
        let mut held = self.held.lock().await;
        if let Some(current) = held.as_ref()
            && current.in_force(Instant::now())
        {
            return Ok(current.token.clone());
        }
        // Its life began when it was asked for, not when the answer came.
        let asked = Instant::now();
        let issued = renew().await?;
        *held = Some(Held::new(&issued, asked));
        Ok(issued.token)
    }

    /// Drops `refused` if it is still the one in force: a later one stays.
    pub async fn forget(&self, refused: &Secret) {
        let mut held = self.held.lock().await;
        if held
            .as_ref()
            .is_some_and(|current| current.token.expose() == refused.expose())
        {
            *held = None;
        }
    }
}

impl Held {
    fn new(issued: &Issued, asked: Instant) -> Self {
        let until = |lives: Duration| asked + lives.saturating_sub(MARGIN.min(lives / 10));
        Self {
            token: issued.token.clone(),
            renew_at: issued.lives.map(until),
        }
    }

    fn in_force(&self, now: Instant) -> bool {
        self.renew_at.is_none_or(|at| now < at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn issued(number: u32, lives: Option<Duration>) -> Issued {
        Issued {
            token: Secret::new(format!("token-{number}")),
            lives,
        }
    }

    async fn token(cache: &TokenCache, renewals: &AtomicU32) -> String {
        let renew = || async {
            tokio::task::yield_now().await;
            let number = renewals.fetch_add(1, Ordering::SeqCst) + 1;
            Ok(issued(number, Some(Duration::from_secs(3600))))
        };
        match cache.get(renew).await {
            Ok(token) => token.expose().to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_token_is_renewed_shortly_before_it_expires() {
        let asked = Instant::now();
        let after = |held: &Held, seconds| held.in_force(asked + Duration::from_secs(seconds));
        let hour = Held::new(&issued(1, Some(Duration::from_secs(3600))), asked);
        assert!(after(&hour, 3299));
        assert!(!after(&hour, 3300));
        let short = Held::new(&issued(1, Some(Duration::from_secs(10))), asked);
        assert!(after(&short, 8));
        assert!(!after(&short, 9));
        let lasting = Held::new(&issued(1, None), asked);
        assert!(after(&lasting, 1_000_000));
    }

    #[tokio::test]
    async fn those_who_ask_at_once_share_one_renewal() {
        let (cache, renewals) = (TokenCache::default(), AtomicU32::new(0));
        let ask = || token(&cache, &renewals);
        let tokens = tokio::join!(ask(), ask(), ask());
        assert_eq!(tokens.0, tokens.2);
        assert_eq!(renewals.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_refused_token_is_forgotten_and_a_newer_one_is_not() {
        let (cache, renewals) = (TokenCache::default(), AtomicU32::new(0));
        let first = Secret::new(token(&cache, &renewals).await);
        cache.forget(&first).await;
        assert_eq!(token(&cache, &renewals).await, "token-2");
        cache.forget(&first).await;
        assert_eq!(token(&cache, &renewals).await, "token-2");
    }
}
