//! Sends deliveries: at once, in parallel, with retries; or as a test wishes, late, twice or never.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::Utc;
use serde::Deserialize;
use tokio::runtime::Handle;
use tokio::sync::watch;
use uuid::Uuid;

use super::super::lock;
use super::super::state::{Notice, State};
use super::Subscription;
use super::delivery::{Delivery, DeliveryState, Try};

/// Minutes before each retry. Shopify says eight over four hours; the steps are an assumption.
const RETRY_MINUTES: [u64; 8] = [1, 2, 4, 8, 16, 32, 64, 113];
/// For reaching the subscriber at all.
const CONNECT: Duration = Duration::from_secs(1);

/// What to do with a delivery instead of just sending it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Handling {
    Lose,
    /// Send this many copies of the same delivery.
    Duplicate(u32),
    /// Wait this many milliseconds first.
    DelayMs(u64),
    /// Keep it back until it is released.
    Hold,
}

struct Wish {
    topic: Option<String>,
    handling: Handling,
    times: u32,
}

/// Deliveries were still under way at the deadline.
#[derive(Debug, thiserror::Error)]
#[error("{0} webhook deliveries are still under way")]
pub struct Unsettled(pub usize);

/// Everything sent and still to send.
pub(crate) struct Courier {
    client: reqwest::Client,
    runtime: Handle,
    book: Mutex<Book>,
    underway: watch::Sender<usize>,
}

#[derive(Default)]
struct Book {
    deliveries: Vec<Delivery>,
    wishes: VecDeque<Wish>,
    holding: bool,
}

/// What a delivery needs to know of the shop each time it is tried.
pub(crate) struct Sender {
    pub(crate) state: Arc<Mutex<State>>,
    pub(crate) secret: Mutex<String>,
}

impl Courier {
    pub(crate) fn new(runtime: Handle) -> reqwest::Result<Self> {
        // Redirects are failures to Shopify.
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self {
            client,
            runtime,
            book: Mutex::default(),
            underway: watch::channel(0).0,
        })
    }

    /// Sends what an act gave rise to; all of it carries one event id.
    pub(crate) fn send(self: &Arc<Self>, sender: &Arc<Sender>, notices: &[Notice]) {
        let event_id = Uuid::new_v4().to_string();
        let triggered_at = Utc::now();
        let subscriptions: Vec<Subscription> = lock(&sender.state)
            .subscriptions
            .values()
            .cloned()
            .collect();
        for notice in notices {
            for subscription in subscriptions.iter().filter(|it| it.topic == notice.topic) {
                let body = included(&notice.body, &subscription.include_fields);
                let delivery = Delivery {
                    webhook_id: Uuid::new_v4().to_string(),
                    event_id: event_id.clone(),
                    topic: notice.topic.to_owned(),
                    subscription: subscription.id,
                    subscription_name: subscription.name.clone(),
                    target: subscription.uri.clone(),
                    body: body.to_string().into_bytes().into(),
                    order: notice.order.map(|(id, _)| id),
                    test: notice.order.is_some_and(|(_, test)| test),
                    triggered_at,
                    tries: Vec::new(),
                    state: DeliveryState::Underway,
                };
                self.handle(sender, delivery);
            }
        }
    }

    fn handle(self: &Arc<Self>, sender: &Arc<Sender>, mut delivery: Delivery) {
        let (index, wish) = {
            let mut book = lock(&self.book);
            let wish = book.wish_for(&delivery.topic);
            delivery.state = match wish {
                Some(Handling::Lose) => DeliveryState::Lost,
                Some(Handling::Hold) => DeliveryState::Held,
                Some(Handling::Duplicate(_) | Handling::DelayMs(_)) | None => {
                    DeliveryState::Underway
                }
            };
            book.deliveries.push(delivery);
            (book.deliveries.len() - 1, wish)
        };
        match wish {
            Some(Handling::Lose | Handling::Hold) => {}
            Some(Handling::Duplicate(copies)) => {
                for _ in 0..copies {
                    self.start(sender, index, Duration::ZERO);
                }
            }
            Some(Handling::DelayMs(ms)) => self.start(sender, index, Duration::from_millis(ms)),
            None => self.start(sender, index, Duration::ZERO),
        }
    }

    fn start(self: &Arc<Self>, sender: &Arc<Sender>, index: usize, delay: Duration) {
        self.underway.send_modify(|count| *count += 1);
        let (courier, sender) = (self.clone(), sender.clone());
        self.runtime.spawn(async move {
            tokio::time::sleep(delay).await;
            courier.carry(&sender, index).await;
            courier.underway.send_modify(|count| *count -= 1);
        });
    }

    /// Tries until a 2xx, or until the last retry failed.
    async fn carry(&self, sender: &Sender, index: usize) {
        let mut retries = RETRY_MINUTES.iter();
        loop {
            if self.attempt(sender, index).await {
                self.end(index, DeliveryState::Answered);
                return;
            }
            let Some(minutes) = retries.next() else {
                self.end(index, DeliveryState::GivenUp);
                let subscription = self.delivery(index).map(|delivery| delivery.subscription);
                if let Some(id) = subscription {
                    lock(&sender.state).subscriptions.remove(&id);
                }
                return;
            };
            let wait = lock(&sender.state).settings.waiting(minutes * 60);
            tokio::time::sleep(wait).await;
        }
    }

    async fn attempt(&self, sender: &Sender, index: usize) -> bool {
        let Some(delivery) = self.delivery(index) else {
            return false;
        };
        let secret = lock(&sender.secret).clone();
        let (headers, timeout) = {
            let state = lock(&sender.state);
            let headers = delivery.headers(&state.settings.domain, super::super::VERSION, &secret);
            (
                headers,
                Duration::from_millis(state.settings.delivery_timeout_ms),
            )
        };
        let at = Utc::now();
        let status = self
            .post(&delivery.target, headers, delivery.body.to_vec(), timeout)
            .await;
        if let Some(delivery) = lock(&self.book).deliveries.get_mut(index) {
            delivery.tries.push(Try { at, status });
        }
        status.is_some_and(|status| (200..300).contains(&status))
    }

    /// Posts raw bytes; `None` when there was no answer in time.
    pub(crate) async fn post(
        &self,
        target: &str,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
        timeout: Duration,
    ) -> Option<u16> {
        let mut request = self.client.post(target).timeout(timeout).body(body);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        Some(request.send().await.ok()?.status().as_u16())
    }

    fn end(&self, index: usize, state: DeliveryState) {
        if let Some(delivery) = lock(&self.book).deliveries.get_mut(index) {
            delivery.state = state;
        }
    }

    fn delivery(&self, index: usize) -> Option<Delivery> {
        lock(&self.book).deliveries.get(index).cloned()
    }

    pub(crate) fn deliveries(&self) -> Vec<Delivery> {
        lock(&self.book).deliveries.clone()
    }

    pub(crate) fn wish(&self, topic: Option<&str>, handling: Handling, times: u32) {
        lock(&self.book).wishes.push_back(Wish {
            topic: topic.map(str::to_owned),
            handling,
            times,
        });
    }

    /// From now on every delivery is kept back.
    pub(crate) fn hold(&self) {
        lock(&self.book).holding = true;
    }

    /// Lets go what is held, oldest first or newest first, one after the other's answer.
    pub(crate) fn release(self: &Arc<Self>, sender: &Arc<Sender>, newest_first: bool) {
        let mut held: Vec<usize> = {
            let mut book = lock(&self.book);
            book.holding = false;
            let mut held = Vec::new();
            for (index, delivery) in book.deliveries.iter_mut().enumerate() {
                if delivery.state == DeliveryState::Held {
                    delivery.state = DeliveryState::Underway;
                    held.push(index);
                }
            }
            held
        };
        if newest_first {
            held.reverse();
        }
        self.underway.send_modify(|count| *count += held.len());
        let (courier, sender) = (self.clone(), sender.clone());
        self.runtime.spawn(async move {
            for index in held {
                courier.carry(&sender, index).await;
                courier.underway.send_modify(|count| *count -= 1);
            }
        });
    }

    /// Sends a past delivery again: same id, same bytes, whatever became of the order since.
    pub(crate) fn again(self: &Arc<Self>, sender: &Arc<Sender>, webhook_id: &str) -> bool {
        let index = {
            let mut book = lock(&self.book);
            let found = book
                .deliveries
                .iter()
                .position(|it| it.webhook_id == webhook_id);
            if let Some(delivery) = found.and_then(|index| book.deliveries.get_mut(index)) {
                delivery.state = DeliveryState::Underway;
            }
            found
        };
        if let Some(index) = index {
            self.start(sender, index, Duration::ZERO);
        }
        index.is_some()
    }

    pub(crate) async fn settle(&self, deadline: Duration) -> Result<(), Unsettled> {
        let mut underway = self.underway.subscribe();
        let settled = underway.wait_for(|count| *count == 0);
        match tokio::time::timeout(deadline, settled).await {
            Ok(_) => Ok(()),
            Err(_) => Err(Unsettled(*self.underway.borrow())),
        }
    }
}

impl Book {
    fn wish_for(&mut self, topic: &str) -> Option<Handling> {
        if self.holding {
            return Some(Handling::Hold);
        }
        let wish = self.wishes.iter_mut().find(|wish| {
            wish.times > 0 && wish.topic.as_deref().is_none_or(|wished| wished == topic)
        })?;
        wish.times -= 1;
        Some(wish.handling)
    }
}

/// The body with only the fields a subscription asked for, by dotted path.
fn included(body: &serde_json::Value, fields: &[String]) -> serde_json::Value {
    if fields.is_empty() {
        return body.clone();
    }
    let Some(object) = body.as_object() else {
        return match body.as_array() {
            Some(list) => list.iter().map(|item| included(item, fields)).collect(),
            None => body.clone(),
        };
    };
    let mut kept = serde_json::Map::new();
    for (key, value) in object {
        if fields.contains(key) {
            kept.insert(key.clone(), value.clone());
            continue;
        }
        let below: Vec<String> = fields
            .iter()
            .filter_map(|field| field.strip_prefix(key.as_str())?.strip_prefix('.'))
            .map(str::to_owned)
            .collect();
        if !below.is_empty() {
            kept.insert(key.clone(), included(value, &below));
        }
    }
    serde_json::Value::Object(kept)
}
