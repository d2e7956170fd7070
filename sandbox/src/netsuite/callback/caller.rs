//! Posts what is saved, one after another, until it is slow or fails.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::Utc;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;
use tokio::sync::{mpsc, watch};

use super::book::{Book, Callback, Handling, Outcome, Release};
use super::{By, Callbacks, Change, Save};
use crate::netsuite::shelf::Shelf;

/// NetSuite's limit for the connection alone.
const CONNECT: Duration = Duration::from_secs(5);

/// What waits to be posted, and what was.
pub(crate) struct Caller {
    book: Mutex<Book>,
    silent_until: Mutex<Option<Instant>>,
    queue: mpsc::UnboundedSender<usize>,
    underway: watch::Sender<usize>,
}

impl Caller {
    /// A caller, and the queue that [`carry`] works off.
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<usize>) {
        let (queue, waiting) = mpsc::unbounded_channel();
        let caller = Caller {
            book: Mutex::default(),
            silent_until: Mutex::default(),
            queue,
            underway: watch::channel(0).0,
        };
        (caller, waiting)
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn silent_until(&self) -> MutexGuard<'_, Option<Instant>> {
        self.silent_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The saves of one act, in order.
    pub(crate) fn tell(&self, settings: Option<&Callbacks>, saves: &[Save], by: By) {
        let Some(settings) = settings.filter(|set| by == By::Person || set.own_writes) else {
            return;
        };
        if settings.url.is_empty() {
            return;
        }
        for save in saves.iter().filter(|save| save.is_watched()) {
            let (place, copies) = self.book().enter(*save);
            for _ in 0..copies {
                self.start(place);
            }
        }
    }

    fn start(&self, place: usize) {
        self.underway.send_modify(|count| *count += 1);
        if self.queue.send(place).is_err() {
            self.underway.send_modify(|count| *count -= 1);
        }
    }

    pub(crate) fn wish(&self, handling: Handling, times: Option<u32>) {
        self.book().wish(handling, times);
    }

    pub(crate) fn clear_wishes(&self) {
        self.book().clear();
    }

    pub(crate) fn release(&self, order: Release) -> usize {
        let places = self.book().release(order);
        for place in &places {
            self.start(*place);
        }
        places.len()
    }

    pub(crate) fn end_silence(&self) {
        *self.silent_until() = None;
    }

    pub(crate) fn callbacks(&self) -> Vec<Callback> {
        self.book().callbacks.clone()
    }

    pub(crate) fn underway(&self) -> usize {
        *self.underway.borrow()
    }

    /// Waits until nothing is on its way.
    pub(crate) async fn settled(&self) {
        let mut underway = self.underway.subscribe();
        // The sender is ours, so it cannot be gone.
        let _settled = underway.wait_for(|count| *count == 0).await;
    }

    async fn post(&self, http: &reqwest::Client, settings: &Callbacks, place: usize) -> Outcome {
        let silent = self
            .silent_until()
            .is_some_and(|until| Instant::now() < until);
        let callback = self.book().callbacks.get(place).cloned();
        let Some(callback) = callback.filter(|_| !silent) else {
            return Outcome::Silenced;
        };
        let began = Instant::now();
        let outcome = send(http, settings, &callback).await;
        let slow = began.elapsed() > Duration::from_millis(settings.slow_ms);
        let taken = matches!(outcome, Outcome::Answered(200..=299));
        if slow || !taken {
            let silence = Duration::from_millis(settings.silence_ms);
            *self.silent_until() = Instant::now().checked_add(silence);
        }
        outcome
    }

    fn ended(&self, place: usize, outcome: Outcome) {
        if let Some(callback) = self.book().callbacks.get_mut(place) {
            callback.outcome = outcome;
        }
        self.underway.send_modify(|count| *count -= 1);
    }
}

/// Works off the queue of an account's caller.
pub(crate) async fn carry(shelf: Arc<Shelf>, mut waiting: mpsc::UnboundedReceiver<usize>) {
    let http = reqwest::Client::builder()
        .connect_timeout(CONNECT)
        .redirect(reqwest::redirect::Policy::none())
        .build();
    while let Some(place) = waiting.recv().await {
        let settings = shelf.state().settings.callbacks.clone();
        let outcome = match (&http, settings) {
            (Ok(http), Some(settings)) => shelf.caller.post(http, &settings, place).await,
            (Ok(_), None) | (Err(_), _) => Outcome::NoAnswer,
        };
        shelf.caller.ended(place, outcome);
    }
}

async fn send(http: &reqwest::Client, settings: &Callbacks, callback: &Callback) -> Outcome {
    let kind = match callback.change {
        Change::Create => "create",
        Change::Update => "update",
        Change::Delete => "delete",
    };
    let body = json!({ "record": callback.record, "id": callback.id.to_string(), "kind": kind });
    let (body, time) = (body.to_string(), Utc::now().timestamp().to_string());
    let signed = format!("{}.{time}.{body}", callback.webhook_id);
    let answer = http
        .post(&settings.url)
        .timeout(Duration::from_millis(settings.timeout_ms))
        .header("content-type", "application/json")
        .header("webhook-id", &callback.webhook_id)
        .header("webhook-timestamp", &time)
        .header("webhook-signature", sign(&settings.secret, &signed))
        .body(body)
        .send()
        .await;
    answer.map_or(Outcome::NoAnswer, |answer| {
        Outcome::Answered(answer.status().as_u16())
    })
}

/// `v1,` and the base64 of HMAC-SHA256 with the secret's own bytes.
fn sign(secret: &str, signed: &str) -> String {
    let key = secret.strip_prefix("whsec_").unwrap_or(secret);
    let key = STANDARD.decode(key).unwrap_or_default();
    Hmac::<Sha256>::new_from_slice(&key).map_or_else(
        |_| String::new(),
        |mut mac| {
            mac.update(signed.as_bytes());
            format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_is_signed_as_the_standards_own_example() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let signed = r#"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}"#;
        assert_eq!(
            sign(secret, signed),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }
}
