//! Whether a reading of Shopify's is as new as what was announced: its reads can lag its webhooks.

use chrono::{DateTime, SubsecRound, Utc};

use super::Error;
use crate::problem::{Code, Problem};

/// A read older than what an event named is too early.
///
/// # Errors
///
/// [`Error::NotYet`], which becomes `source_stale` when it lasts.
pub(super) fn enough(
    updated_at: DateTime<Utc>,
    wanted: Option<DateTime<Utc>>,
) -> Result<(), Error> {
    match wanted {
        // Bodies give whole seconds, reads may give more.
        Some(wanted) if updated_at.trunc_subsecs(0) < wanted.trunc_subsecs(0) => {
            Err(Error::NotYet {
                reason: "Shopify still shows an older version than it announced".to_owned(),
                waits_for: None,
                then: Box::new(Problem::new(
                    Code::SourceStale,
                    "Shopify shows an older version than it announced",
                )),
            })
        }
        Some(_) | None => Ok(()),
    }
}

/// Shopify does not show what it announced: `the order`, `the customer`.
pub(super) fn not_shown(what: &str) -> Error {
    Error::NotYet {
        reason: format!("Shopify does not show {what} yet"),
        waits_for: None,
        then: Box::new(Problem::new(
            Code::SourceMissing,
            format!("Shopify announced {what} and does not show it"),
        )),
    }
}
