//! The user events of an installed script: what is saved, by whom, and the post that tells of it.
//!
//! Imitated from outside: saves of five record types, one post each, signed by Standard Webhooks, no retry,
//! and silence after one slow or failed post. Posts leave one after another, as of one person who waits
//! for each save. Not imitated: plain `http` is allowed, and a save does not wait for its post.

mod book;
mod caller;

use serde::{Deserialize, Serialize};

pub use self::book::{Callback, Handling, Outcome, Release};
pub(crate) use self::caller::{Caller, carry};
use super::kind::Kind;

/// The script's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Callbacks {
    pub url: String,
    /// `whsec_` and base64.
    pub secret: String,
    /// Tells of the integration user's own writes as well: for tests of their echo.
    pub own_writes: bool,
    /// How long NetSuite waits for the whole exchange.
    pub timeout_ms: u64,
    /// An answer that takes longer counts as failed.
    pub slow_ms: u64,
    /// How long nothing is posted after a failed one.
    pub silence_ms: u64,
}

impl Default for Callbacks {
    fn default() -> Self {
        Callbacks {
            url: String::new(),
            secret: String::new(),
            own_writes: false,
            timeout_ms: 45_000,
            slow_ms: 1_000,
            silence_ms: 300_000,
        }
    }
}

/// What happened to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    Create,
    Update,
    Delete,
}

/// Who saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Person,
    /// The integration user, over REST.
    Integration,
}

/// One record saved by itself; what NetSuite changes on others because of it is no save of theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Save {
    pub(crate) kind: Kind,
    pub(crate) id: u64,
    pub(crate) change: Change,
}

impl Save {
    /// The script is deployed on these record types.
    fn is_watched(self) -> bool {
        matches!(
            self.kind,
            Kind::ItemFulfillment
                | Kind::SalesOrder
                | Kind::ReturnAuthorization
                | Kind::ItemReceipt
                | Kind::Customer
        )
    }
}
