//! Shopify's time: whole seconds, UTC in GraphQL, the shop's own zone in webhook bodies.

use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
use chrono_tz::Tz;

/// The shop's time zone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ShopTime(Tz);

impl ShopTime {
    /// `None` when no zone of the IANA database has this name.
    pub(crate) fn of(zone: &str) -> Option<Self> {
        zone.parse().ok().map(Self)
    }

    /// As a webhook body prints it, with the shop's offset.
    pub(crate) fn text(self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.0)
            .to_rfc3339_opts(SecondsFormat::Secs, false)
    }

    /// Like `-05:00`.
    pub(crate) fn offset(self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.0).format("%:z").to_string()
    }

    /// Like `EST`.
    pub(crate) fn abbreviation(self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.0).format("%Z").to_string()
    }
}

/// Now, cut to the whole second as Shopify keeps it: two changes within a second carry one time.
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(0)
}

/// As GraphQL prints it.
pub(crate) fn utc(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
