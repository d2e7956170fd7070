//! One delivery: the same bytes and the same id however often it is tried.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What was sent, where to, and how it went.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// `X-Shopify-Webhook-Id`: the same on every try.
    pub webhook_id: String,
    /// `X-Shopify-Event-Id`: shared by all deliveries of one act.
    pub event_id: String,
    pub topic: String,
    pub subscription: u64,
    pub subscription_name: Option<String>,
    /// The address at the time of the act; a later change of the subscription does not move it.
    pub target: String,
    pub body: Arc<[u8]>,
    pub order: Option<u64>,
    pub test: bool,
    pub triggered_at: DateTime<Utc>,
    pub tries: Vec<Try>,
    pub state: DeliveryState,
}

/// One attempt; `status` is absent when there was no answer.
#[derive(Clone, Copy, Debug)]
pub struct Try {
    pub at: DateTime<Utc>,
    pub status: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// Being sent, delayed, or waiting for its next try.
    Underway,
    /// Kept back until a test lets it go.
    Held,
    /// Never sent, by a test's wish.
    Lost,
    /// Answered with 2xx.
    Answered,
    /// Failed eight retries; its subscription is gone.
    GivenUp,
}

impl DeliveryState {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Underway => "underway",
            Self::Held => "held",
            Self::Lost => "lost",
            Self::Answered => "answered",
            Self::GivenUp => "given_up",
        }
    }
}

impl Delivery {
    /// Every header of a signed delivery.
    pub(crate) fn headers(
        &self,
        domain: &str,
        version: &str,
        secret: &str,
    ) -> Vec<(String, String)> {
        let triggered = self
            .triggered_at
            .to_rfc3339_opts(SecondsFormat::Nanos, true);
        let mut headers: Vec<(&str, String)> = vec![
            ("Content-Type", "application/json".into()),
            ("User-Agent", "Shopify-Captain-Hook".into()),
            ("X-Shopify-Topic", self.topic.clone()),
            ("X-Shopify-Hmac-Sha256", sign(secret, &self.body)),
            ("X-Shopify-Shop-Domain", domain.to_owned()),
            ("X-Shopify-API-Version", version.to_owned()),
            ("X-Shopify-Webhook-Id", self.webhook_id.clone()),
            ("X-Shopify-Event-Id", self.event_id.clone()),
            ("X-Shopify-Triggered-At", triggered),
        ];
        if let Some(name) = &self.subscription_name {
            headers.push(("X-Shopify-Name", name.clone()));
        }
        if let Some(order) = self.order {
            headers.push(("X-Shopify-Order-Id", order.to_string()));
            headers.push(("X-Shopify-Test", self.test.to_string()));
        }
        headers
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}

/// Base64 of HMAC-SHA256 over the raw bytes.
pub fn sign(secret: &str, body: &[u8]) -> String {
    // HMAC takes a key of any length, so this cannot fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(body);
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_one_rfc_4231_gives_for_its_second_case() {
        let expected = "W9zBRr9gdU5qBCQIlcQTxTnzxuwEUI3zP3uVnGyQSgU=";
        // RFC 4231, test case 2, as base64.
        let ours = sign("Jefe", b"what do ya want for nothing?");
        assert_eq!(ours.len(), expected.len());
        assert_eq!(
            ours,
            STANDARD.encode([
                0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e, 0x6a, 0x04, 0x24, 0x26, 0x08, 0x95,
                0x75, 0xc7, 0x5a, 0x00, 0x3f, 0x08, 0x9d, 0x27, 0x39, 0x83, 0x9d, 0xec, 0x58, 0xb9,
                0x64, 0xec, 0x38, 0x43_u8
            ])
        );
    }
}
