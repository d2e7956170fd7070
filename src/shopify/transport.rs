//! One GraphQL operation: paid from the cost bucket, repeated while Shopify only says "throttled".

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cynic::Operation;
use reqwest::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::Instant;

use super::cost::{Bucket, Told};
use super::credentials::Credentials;
use super::refusal::{self, Verdict};
use crate::config::Secret;
use crate::exchange::{Answer, Effect, Exchange, stopped};
use crate::journal::Journal;
use crate::remote::{Call, Error, Meaning};
use crate::token::TokenCache;

/// The version the queries are checked against.
const VERSION: &str = "2026-10";

#[derive(Debug)]
pub(super) struct Transport {
    pub(super) exchange: Exchange,
    /// Without a slash at its end.
    pub(super) base: String,
    pub(super) credentials: Credentials,
    pub(super) tokens: TokenCache,
    pub(super) bucket: Bucket,
    pub(super) warned: AtomicBool,
}

/// What is asked: its name for people, and which refused fields it can do without.
pub(super) struct Ask {
    pub(super) call: Call,
    pub(super) effect: Effect,
    pub(super) bearable: fn(&str) -> bool,
}

impl Ask {
    pub(super) fn read(call: String) -> Self {
        Self {
            call: Call(call),
            effect: Effect::Read,
            bearable: |_| false,
        }
    }

    pub(super) fn write(call: String) -> Self {
        Self {
            effect: Effect::Write,
            ..Self::read(call)
        }
    }
}

impl Transport {
    /// Runs one operation.
    ///
    /// A write is sent again only when Shopify refused it unseen (throttled, or 401 before a renewed
    /// token). A read is sent again once when no answer came.
    pub(super) async fn run<Q, V>(
        &self,
        journal: &Journal,
        ask: &Ask,
        operation: &Operation<Q, V>,
    ) -> Result<Q, Error>
    where
        Q: DeserializeOwned,
        V: Serialize,
    {
        let name = operation.operation_name.as_deref().unwrap_or_default();
        let body = serde_json::to_vec(operation)
            .map_err(|_| ask.unreadable("a request that is no JSON"))?;
        let give_up = Instant::now() + self.exchange.deadline();
        let (mut renewed, mut repeated) = (false, ask.effect == Effect::Write);
        loop {
            let token = self.token(journal, &ask.call).await?;
            let answer = match self.send(journal, ask, name, &body, &token, give_up).await {
                Err(Error::NoAnswer {
                    source: Some(_), ..
                }) if !repeated => {
                    repeated = true;
                    continue;
                }
                ended => ended?,
            };
            match read(&answer, ask.bearable) {
                Ok(data) => {
                    return serde_json::from_value(data)
                        .map_err(|_| ask.unreadable("a request that is no JSON"));
                }
                Err(Verdict::Throttled) => {
                    let wait = retry_after(&answer).unwrap_or_else(|| self.bucket.wait(name));
                    self.pause(journal, ask, wait, give_up).await?;
                }
                Err(Verdict::Refused(refusal))
                    if refusal.meaning == Meaning::Unauthorized && !renewed =>
                {
                    renewed = true;
                    self.tokens.forget(&token).await;
                }
                Err(
                    verdict @ (Verdict::Refused(_) | Verdict::Unavailable | Verdict::Unreadable(_)),
                ) => {
                    return Err(ask.failed(answer.status, verdict));
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

    async fn send(
        &self,
        journal: &Journal,
        ask: &Ask,
        operation: &str,
        body: &[u8],
        token: &Secret,
        give_up: Instant,
    ) -> Result<Answer, Error> {
        let paid = tokio::select! {
            biased;
            () = journal.stop.cancelled() => return Err(stopped(&ask.call)),
            paid = self.bucket.pay(operation, journal.urgency()) => paid,
            () = tokio::time::sleep_until(give_up) => {
                return Err(ask.throttled(self.bucket.wait(operation)));
            }
        };
        let url = format!("{}/admin/api/{VERSION}/graphql.json", self.base);
        let request = self
            .exchange
            .request(Method::POST, &url)
            .header("X-Shopify-Access-Token", token.expose())
            .header("Content-Type", "application/json")
            .header("Accept", "application/json")
            .body(body.to_vec());
        let answer = self
            .exchange
            .send(journal, &ask.call, ask.effect, request)
            .await?;
        self.note_version(&answer);
        let told = serde_json::from_slice::<Value>(&answer.body).ok();
        if let Some(told) = told.as_ref().and_then(Told::of) {
            self.bucket.told(operation, told, &paid);
        }
        Ok(answer)
    }

    async fn pause(
        &self,
        journal: &Journal,
        ask: &Ask,
        wait: Duration,
        give_up: Instant,
    ) -> Result<(), Error> {
        // Never at once: an answer without cost says nothing about the bucket.
        let wait = wait.max(Duration::from_millis(100));
        if Instant::now() + wait > give_up {
            return Err(ask.throttled(wait));
        }
        tokio::select! {
            biased;
            () = journal.stop.cancelled() => Err(stopped(&ask.call)),
            () = tokio::time::sleep(wait) => Ok(()),
        }
    }

    /// A retired version is served by the oldest supported one: fields may be missing from then on.
    fn note_version(&self, answer: &Answer) {
        let served = answer.headers.get("x-shopify-api-version");
        let served = served.and_then(|value| value.to_str().ok());
        if let Some(served) = served.filter(|served| *served != VERSION)
            && !self.warned.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(
                asked = VERSION,
                served,
                "Shopify serves another API version than was asked for: waybill needs an update"
            );
        }
    }
}

impl Ask {
    fn throttled(&self, wait: Duration) -> Error {
        Error::Throttled {
            call: self.call.clone(),
            retry_after: Some(wait),
        }
    }

    /// An answer that does not say what was asked.
    pub(super) fn unreadable(&self, reason: impl Into<String>) -> Error {
        Error::Unreadable {
            call: self.call.clone(),
            reason: reason.into(),
            outcome: self.effect.unanswered(),
        }
    }

    fn failed(&self, status: u16, verdict: Verdict) -> Error {
        match verdict {
            Verdict::Throttled => self.throttled(Duration::from_secs(1)),
            Verdict::Unavailable => Error::Unavailable {
                call: self.call.clone(),
                status,
                outcome: self.effect.unanswered(),
            },
            Verdict::Refused(refusal) => Error::Refused {
                call: self.call.clone(),
                refusal,
            },
            Verdict::Unreadable(reason) => self.unreadable(reason),
        }
    }
}

/// The data of an answer.
fn read(answer: &Answer, bearable: fn(&str) -> bool) -> Result<Value, Verdict> {
    let body = serde_json::from_slice::<Value>(&answer.body).ok();
    if answer.status != 200 {
        // A 429 can carry the same error as a 200.
        return Err(refusal::of_status(answer.status));
    }
    let Some(mut body) = body else {
        return Err(Verdict::Unreadable("a 200 that is not JSON".to_owned()));
    };
    if let Some(verdict) = refusal::of_errors(&body, bearable) {
        return Err(verdict);
    }
    match body.get_mut("data").map(Value::take) {
        Some(data @ Value::Object(_)) => Ok(data),
        Some(_) | None => Err(Verdict::Unreadable("a 200 without data".to_owned())),
    }
}

/// `Retry-After: 2.0`, in seconds.
fn retry_after(answer: &Answer) -> Option<Duration> {
    let text = answer.headers.get("retry-after")?.to_str().ok()?;
    let whole: u64 = text.split('.').next()?.trim().parse().ok()?;
    Some(Duration::from_secs(whole.max(1)))
}
