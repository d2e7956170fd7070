//! One outbound call, as both clients make it: its name, the record of it, and how it can fail.

use std::time::Duration;

use serde::Serialize;

/// The name of a call, for people: `POST netsuite salesOrder so-us-5123`. No bodies, no personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Call(pub String);

impl std::fmt::Display for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a call failed. Whether it may have been carried out all the same is [`Error::outcome`].
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The call left and no answer came: reset, time-out, our lease ended.
    #[error("{call}: no answer")]
    NoAnswer {
        call: Call,
        /// Whether the request may have reached the other system.
        outcome: Outcome,
        #[source]
        source: Option<reqwest::Error>,
    },
    /// 5xx, maintenance pages.
    #[error("{call}: unavailable (status {status})")]
    Unavailable {
        call: Call,
        status: u16,
        outcome: Outcome,
    },
    /// The system asks us to slow down.
    #[error("{call}: throttled")]
    Throttled {
        call: Call,
        retry_after: Option<Duration>,
    },
    /// The system understood and refuses.
    #[error("{call}: refused: {refusal}")]
    Refused { call: Call, refusal: Refusal },
    /// An answer that is not in the system's own form.
    #[error("{call}: unreadable answer: {reason}")]
    Unreadable {
        call: Call,
        reason: String,
        outcome: Outcome,
    },
    /// The record of the call could not be written, so the call was not made.
    #[error("{call}: could not be recorded, and was not sent")]
    Unrecorded {
        call: Call,
        #[source]
        source: sqlx::Error,
    },
}

/// Whether a failed call may have been carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Certainly not carried out.
    NotDone,
    /// Perhaps carried out, perhaps later: look before sending anything again.
    Unknown,
}

/// A refusal in the system's own words, and what it means to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub meaning: Meaning,
    /// The vendor's code: `USER_ERROR`, `INVALID_CONTENT`, `THROTTLED`.
    pub code: String,
    /// The vendor's sentence, cut to 300 characters.
    pub detail: String,
    /// Where in our request: NetSuite's `o:errorPath` or the name of the missing field, Shopify's `field`.
    pub path: Option<String>,
}

impl Refusal {
    /// A refusal; `detail` is cut to 300 characters.
    ///
    /// The vendor's sentence can quote values of the document, so `Display` leaves it out: it is
    /// shown to operators, and never logged.
    #[must_use]
    pub fn new(meaning: Meaning, code: impl Into<String>, detail: &str) -> Self {
        Self {
            meaning,
            code: code.into(),
            detail: detail.chars().take(300).collect(),
            path: None,
        }
    }

    #[must_use]
    pub fn at(mut self, path: Option<String>) -> Self {
        self.path = path;
        self
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.code)
    }
}

/// What a refusal means to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// A record with this external id, or this name, exists already.
    Exists,
    /// The record asked for is not there.
    Absent,
    /// A record we refer to is gone or unusable: resolve it again.
    ReferenceGone,
    /// The account demands a field that we did not send.
    FieldMissing,
    /// Somebody changed the record meanwhile: read again.
    Changed,
    /// A workflow or a person has locked the record.
    Locked,
    /// The accounting period of the record's date is closed.
    PeriodClosed,
    /// Credentials are wrong, even after renewing the token.
    Unauthorized,
    /// The role or scope lacks a permission.
    Forbidden,
    /// The store or account is frozen, locked or uninstalled.
    Closed,
    /// Our request is at fault.
    Invalid,
}

impl Error {
    /// Whether the call may have been carried out although it failed.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::NoAnswer { outcome, .. }
            | Self::Unavailable { outcome, .. }
            | Self::Unreadable { outcome, .. } => *outcome,
            Self::Throttled { .. } | Self::Refused { .. } | Self::Unrecorded { .. } => {
                Outcome::NotDone
            }
        }
    }

    /// The same failure, told of another document: what caused it stays with the first.
    #[must_use]
    pub fn again(&self) -> Self {
        let call = self.call().clone();
        match self {
            Self::NoAnswer { outcome, .. } => Self::NoAnswer {
                call,
                outcome: *outcome,
                source: None,
            },
            Self::Unavailable {
                status, outcome, ..
            } => Self::Unavailable {
                call,
                status: *status,
                outcome: *outcome,
            },
            Self::Throttled { retry_after, .. } => Self::Throttled {
                call,
                retry_after: *retry_after,
            },
            Self::Refused { refusal, .. } => Self::Refused {
                call,
                refusal: refusal.clone(),
            },
            Self::Unreadable {
                reason, outcome, ..
            } => Self::Unreadable {
                call,
                reason: reason.clone(),
                outcome: *outcome,
            },
            Self::Unrecorded { .. } => Self::Unrecorded {
                call,
                source: sqlx::Error::PoolTimedOut,
            },
        }
    }

    #[must_use]
    pub fn call(&self) -> &Call {
        match self {
            Self::NoAnswer { call, .. }
            | Self::Unavailable { call, .. }
            | Self::Throttled { call, .. }
            | Self::Refused { call, .. }
            | Self::Unreadable { call, .. }
            | Self::Unrecorded { call, .. } => call,
        }
    }

    /// The meaning of a refusal, if it is one.
    #[must_use]
    pub fn meaning(&self) -> Option<Meaning> {
        match self {
            Self::Refused { refusal, .. } => Some(refusal.meaning),
            Self::NoAnswer { .. }
            | Self::Unavailable { .. }
            | Self::Throttled { .. }
            | Self::Unreadable { .. }
            | Self::Unrecorded { .. } => None,
        }
    }
}
