//! NetSuite: the client, and one file per record with its wire types and the calls on it.

pub mod address;
pub mod application;
pub mod books;
pub mod cash_refund;
pub mod cash_sale;
mod credentials;
pub mod credit_memo;
pub mod customer_body;
pub mod customer_deposit;
pub mod customer_refund;
pub mod customers;
pub mod deposit_application;
pub mod fulfillments;
pub mod governor;
pub mod invoice;
pub mod item_receipt;
pub mod items;
pub mod look_up;
pub mod made;
pub mod period;
pub mod record;
pub mod reference;
mod refusal;
pub mod return_authorization;
pub mod sale;
pub mod sales_order;
pub mod sales_order_change;
pub mod stock;
pub mod subsidiaries;
mod suiteql;

use std::sync::Arc;
use std::time::Duration;

use reqwest::RequestBuilder;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::config::{self, Secret};
use crate::exchange::{Answer, Effect, Exchange, stopped};
use crate::journal::Journal;
use crate::remote::{Call, Error, Meaning, Refusal};
use crate::token::TokenCache;
use credentials::Credentials;
pub use credentials::KeyError;
use governor::{Governor, Permit, Place};
use items::ItemCache;
use refusal::Verdict;

/// One account, as our integration sees it. Shared by everything that calls it: the governor counts
/// all of its calls.
#[derive(Debug)]
pub struct Client {
    exchange: Exchange,
    base: String,
    credentials: Credentials,
    tokens: TokenCache,
    governor: Governor,
    items: ItemCache,
    /// When they were asked for, and what came.
    currencies: Mutex<Option<(Instant, Arc<[look_up::Currency]>)>>,
    /// The same of the accounting periods.
    periods: Mutex<Option<(Instant, Arc<[period::Period]>)>>,
    kits: Mutex<Option<(Instant, Arc<stock::Kits>)>>,
}

/// Why a client cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("the HTTP client could not be built")]
    Http(#[from] reqwest::Error),
}

impl Client {
    /// # Errors
    ///
    /// [`SetupError::Key`] for a private key that cannot sign.
    pub fn new(config: &config::Netsuite, timing: &config::Timing) -> Result<Self, SetupError> {
        Ok(Self {
            exchange: Exchange::new(timing.netsuite_deadline)?,
            base: config.base_url(),
            credentials: Credentials::new(config)?,
            tokens: TokenCache::default(),
            governor: Governor::new(
                config.concurrency,
                config.reserved_for_live,
                timing.throttle_probe,
            ),
            items: ItemCache::new(timing.item_cache),
            currencies: Mutex::default(),
            periods: Mutex::default(),
            kits: Mutex::default(),
        })
    }

    /// How many calls may be in flight, are, and were refused.
    #[must_use]
    pub fn governor(&self) -> governor::Snapshot {
        self.governor.snapshot()
    }

    /// Makes one call: with a token, a permit, and again as long as NetSuite only says "too many".
    ///
    /// A write is sent again only when NetSuite refused it unseen (throttled, or 401 before a
    /// renewed token). A read is sent again once when no answer came.
    async fn call(
        &self,
        journal: &Journal,
        call: &Call,
        effect: Effect,
        request: impl Fn(&Exchange, &str) -> RequestBuilder,
    ) -> Result<Answer, Error> {
        let give_up = Instant::now() + self.exchange.deadline();
        let mut place = Place::Last;
        let (mut renewed, mut repeated) = (false, effect == Effect::Write);
        loop {
            let token = self.token(journal, call).await?;
            let permit = self.permit(journal, call, place, give_up).await?;
            let sent = request(&self.exchange, &self.base).bearer_auth(token.expose());
            let answer = match self.exchange.send(journal, call, effect, sent).await {
                Err(Error::NoAnswer {
                    source: Some(_), ..
                }) if !repeated => {
                    repeated = true;
                    continue;
                }
                ended => ended?,
            };
            if (200..300).contains(&answer.status) {
                return Ok(answer);
            }
            match refusal::verdict(answer.status, &answer.body) {
                Verdict::Throttled => {
                    permit.refused();
                    place = Place::First;
                }
                Verdict::Refused(refusal)
                    if refusal.meaning == Meaning::Unauthorized && !renewed =>
                {
                    renewed = true;
                    self.tokens.forget(&token).await;
                }
                verdict @ (Verdict::Refused(_) | Verdict::Unavailable | Verdict::Unreadable(_)) => {
                    return Err(failed(call, effect, answer.status, verdict));
                }
            }
        }
    }

    async fn token(&self, journal: &Journal, call: &Call) -> Result<Secret, Error> {
        let ask = || self.credentials.ask(&self.exchange, journal, &self.base);
        tokio::select! {
            biased;
            () = journal.stop.cancelled() => Err(stopped(call)),
            token = self.tokens.get(ask) => token,
        }
    }

    async fn permit(
        &self,
        journal: &Journal,
        call: &Call,
        place: Place,
        give_up: Instant,
    ) -> Result<Permit, Error> {
        tokio::select! {
            biased;
            () = journal.stop.cancelled() => Err(stopped(call)),
            permit = self.governor.acquire(journal.urgency(), place) => Ok(permit),
            () = tokio::time::sleep_until(give_up) => Err(Error::Throttled {
                call: call.clone(),
                retry_after: Some(Duration::from_secs(1)),
            }),
        }
    }
}

fn failed(call: &Call, effect: Effect, status: u16, verdict: Verdict) -> Error {
    let call = call.clone();
    match verdict {
        Verdict::Throttled => Error::Throttled {
            call,
            retry_after: None,
        },
        Verdict::Unavailable => Error::Unavailable {
            call,
            status,
            outcome: effect.unanswered(),
        },
        Verdict::Refused(refusal) => Error::Refused { call, refusal },
        Verdict::Unreadable(reason) => Error::Unreadable {
            call,
            reason,
            outcome: effect.unanswered(),
        },
    }
}

/// Our own request was refused before it was sent: it could not have meant what it says.
fn invalid(call: Call, detail: &str) -> Error {
    Error::Refused {
        call,
        refusal: Refusal::new(Meaning::Invalid, "NOT_SENT", detail),
    }
}
