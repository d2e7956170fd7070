//! Every setting: key, unit, default. Read once, at start.

mod environment;
mod file;
mod form;
mod mistake;
mod rules;
mod secret;
pub mod store;

use std::net::SocketAddr;
use std::time::Duration;

use serde::Deserialize;

pub use environment::{LogForm, database_url, log_form};
pub use file::{load, parse};
pub use mistake::{Error, Mistake};
pub use secret::{Environment, Secret};
pub use store::Store;

/// The whole file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    #[serde(default)]
    pub public: Public,
    #[serde(default)]
    pub operator: Operator,
    pub netsuite: Netsuite,
    #[serde(default)]
    pub sweeps: Sweeps,
    #[serde(default)]
    pub timing: Timing,
    #[serde(default)]
    pub privacy: Privacy,
    #[serde(rename = "store")]
    pub stores: Vec<Store>,
}

/// The listener that Shopify and NetSuite call.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Public {
    pub listen: SocketAddr,
    /// What Shopify and NetSuite call, for `connect`.
    pub url: Option<String>,
}

impl Default for Public {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([0, 0, 0, 0], 8080)),
            url: None,
        }
    }
}

/// The listener for people; the internet never reaches it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Operator {
    pub listen: SocketAddr,
    pub tokens: Vec<Token>,
    /// Whether `/metrics` and `/openapi.json` answer without a token.
    pub open_metrics: bool,
    /// Names this listener answers to, besides its own address and `localhost`.
    pub hosts: Vec<String>,
}

impl Default for Operator {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8081)),
            tokens: Vec::new(),
            open_metrics: false,
            hosts: Vec::new(),
        }
    }
}

/// Who may look, and who may act.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    pub name: String,
    pub role: Role,
    pub token: Secret,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Viewer,
    Operator,
}

/// The NetSuite account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Netsuite {
    /// `1234567` or `1234567_SB1`.
    pub account: String,
    /// Default: the host that Oracle derives from the account.
    pub url: Option<String>,
    pub client_id: Secret,
    pub certificate_id: String,
    pub private_key: Secret,
    /// Older or newer keys, tried in order after the first: for rotation.
    #[serde(default)]
    pub other_keys: Vec<Key>,
    #[serde(default)]
    pub callback_secrets: Vec<Secret>,
    /// How many calls at once, of the account's pool.
    #[serde(default = "three")]
    pub concurrency: usize,
    /// Of these, how many are kept from backfills.
    #[serde(default = "one")]
    pub reserved_for_live: usize,
    /// Allows a sandbox account with production stores, and the reverse.
    #[serde(default)]
    pub allow_mixed: bool,
}

impl Netsuite {
    /// Where the account answers, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> String {
        match &self.url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => {
                let host = self.account.to_lowercase().replace('_', "-");
                format!("https://{host}.suitetalk.api.netsuite.com")
            }
        }
    }

    /// Whether the account is a sandbox, a release preview or a trial: `1234567_SB1`, `1234567_RP`, `TSTDRV1234567`.
    #[must_use]
    pub fn is_trial(&self) -> bool {
        let account = self.account.to_uppercase();
        account.contains('_') || account.starts_with("TSTDRV") || account.starts_with("TD")
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    pub certificate_id: String,
    pub private_key: Secret,
}

/// How often each sweep runs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sweeps {
    #[serde(with = "humantime_serde")]
    pub order: Duration,
    #[serde(with = "humantime_serde")]
    pub customer: Duration,
    #[serde(with = "humantime_serde")]
    pub fulfillment: Duration,
    #[serde(with = "humantime_serde")]
    pub item: Duration,
    /// How often the sweep of fulfillments looks for those that were deleted in NetSuite.
    #[serde(with = "humantime_serde")]
    pub deleted: Duration,
    /// How often a shipment that Shopify has on hold, or not open, is tried again.
    #[serde(with = "humantime_serde")]
    pub on_hold: Duration,
    /// How often all stock is compared, whether or not it changed.
    #[serde(with = "humantime_serde")]
    pub item_full: Duration,
    /// How often it is looked whether Shopify still has our webhook subscriptions.
    #[serde(with = "humantime_serde")]
    pub subscriptions: Duration,
    /// How far a window reaches back over the one before.
    #[serde(with = "humantime_serde")]
    pub overlap: Duration,
}

impl Default for Sweeps {
    fn default() -> Self {
        Self {
            order: Duration::from_secs(600),
            customer: Duration::from_secs(1800),
            fulfillment: Duration::from_secs(300),
            item: Duration::from_secs(45),
            deleted: Duration::from_secs(3600),
            on_hold: Duration::from_secs(900),
            item_full: Duration::from_secs(86_400),
            subscriptions: Duration::from_secs(900),
            overlap: Duration::from_secs(300),
        }
    }
}

/// How long what people told us is kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Privacy {
    /// The bytes of an event, after it was dealt with.
    #[serde(with = "humantime_serde")]
    pub erase_bodies_after: Duration,
    /// What a pass meant to write, after it ended.
    #[serde(with = "humantime_serde")]
    pub erase_plans_after: Duration,
}

impl Default for Privacy {
    fn default() -> Self {
        Self {
            erase_bodies_after: Duration::from_secs(30 * 86_400),
            erase_plans_after: Duration::from_secs(90 * 86_400),
        }
    }
}

/// Every interval, so that tests can run with short ones.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Timing {
    /// How long the dispatcher's lease lasts; renewed at a third of it.
    #[serde(with = "humantime_serde")]
    pub lease: Duration,
    /// The longest pause between two looks at the outbox.
    #[serde(with = "humantime_serde")]
    pub poll: Duration,
    /// The first wait after a failure; it doubles, with full jitter.
    #[serde(with = "humantime_serde")]
    pub retry_first: Duration,
    #[serde(with = "humantime_serde")]
    pub retry_cap: Duration,
    /// How long a document may go on failing before it is held, paused time not counted.
    #[serde(with = "humantime_serde")]
    pub give_up_after: Duration,
    /// When a write of unknown outcome is looked at again; NetSuite may finish a request for 15 minutes.
    #[serde(with = "humantime_serde")]
    pub verify_after: Duration,
    /// When a written document is read back, in bulk with all that were written since the last time.
    #[serde(with = "humantime_serde")]
    pub read_back_after: Duration,
    /// How long a source older than its event is waited for.
    #[serde(with = "humantime_serde")]
    pub stale_after: Duration,
    /// How long waiting for another document goes unexplained.
    #[serde(with = "humantime_serde")]
    pub wait_explained_after: Duration,
    /// How often the books of an order that waits for NetSuite (a bill, a receipt) are looked at.
    #[serde(with = "humantime_serde")]
    pub books_again_after: Duration,
    #[serde(with = "humantime_serde")]
    pub netsuite_deadline: Duration,
    #[serde(with = "humantime_serde")]
    pub shopify_deadline: Duration,
    /// After NetSuite refused a call for too many at once: how long until one more is tried.
    #[serde(with = "humantime_serde")]
    pub throttle_probe: Duration,
    /// How long a found item stays known without asking NetSuite again.
    #[serde(with = "humantime_serde")]
    pub item_cache: Duration,
    /// How long `serve` finishes what is in flight after SIGTERM.
    #[serde(with = "humantime_serde")]
    pub drain: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            lease: seconds(20),
            poll: Duration::from_millis(250),
            retry_first: seconds(1),
            retry_cap: seconds(6 * 3600),
            give_up_after: seconds(75 * 3600),
            verify_after: seconds(16 * 60),
            read_back_after: seconds(15),
            stale_after: seconds(600),
            wait_explained_after: seconds(3600),
            books_again_after: seconds(15 * 60),
            netsuite_deadline: seconds(120),
            shopify_deadline: seconds(30),
            throttle_probe: seconds(2),
            item_cache: seconds(600),
            drain: seconds(25),
        }
    }
}

fn one() -> usize {
    1
}

fn three() -> usize {
    3
}

#[cfg(test)]
pub(crate) use tests::sample;

#[cfg(test)]
mod tests;
