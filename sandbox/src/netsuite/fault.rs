//! What can be made to go wrong, for which call, and how often.

use serde::{Deserialize, Serialize};

/// A fault of the network or of NetSuite. In JSON: `"reply_lost"`, `{"slow": {"ms": 500}}`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The request is carried out, then the connection is reset.
    ReplyLost,
    /// The connection is reset before anything is done.
    ResetBefore,
    /// The connection is reset at once and the request carried out later: after `ms`, or, with `None`,
    /// when [`crate::netsuite::Account::commit_late_now`] is called.
    CommitLate { ms: Option<u64> },
    /// The request is held for `ms`, then carried out and answered.
    Slow { ms: u64 },
    /// The request is held until [`crate::netsuite::Account::release_parked`]; with `committed` it is
    /// carried out first and only the answer is held.
    Park { committed: bool },
    /// 429.
    TooManyRequests,
    /// 500, with or without the request carried out.
    ServerError { committed: bool },
    /// 503 with an HTML page.
    Maintenance,
    /// 401 though the token is good.
    InvalidLogin,
    /// 403: the role lacks a permission.
    NoPermission,
    /// 400 "This record already exists." (or "This entity …" for a customer), nothing done.
    AlreadyExists,
    /// 400 "This entity already exists.", as a taken name gives it.
    NameClash,
    /// 400 "Please enter value(s) for: …".
    MandatoryField { label: String },
    /// 400 "Record has been changed.", nothing done.
    RecordChanged,
}

/// Which calls a fault is for. Empty matches every call but those for a token; `method` and `record` may
/// name several, `POST|PUT`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Matcher {
    /// `POST`.
    pub method: Option<String>,
    /// A part of the path, without regard to case: `salesOrder/eid:`, `suiteql`, `!transform`, `oauth2`.
    pub path: Option<String>,
    /// The record type a call is about (a transform: the one it makes): `salesOrder`.
    pub record: Option<String>,
    /// A part of the request body.
    pub body: Option<String>,
}

impl Matcher {
    pub fn any() -> Self {
        Matcher::default()
    }

    /// Calls that change records of this type: POST, PATCH, PUT, and transforms into it.
    pub fn write(record: &str) -> Self {
        Matcher {
            method: Some("POST|PATCH|PUT".into()),
            record: Some(record.into()),
            ..Matcher::default()
        }
    }

    /// Calls that create records of this type.
    pub fn create(record: &str) -> Self {
        Matcher {
            method: Some("POST".into()),
            record: Some(record.into()),
            ..Matcher::default()
        }
    }

    /// Calls whose path contains this.
    pub fn path(part: &str) -> Self {
        Matcher {
            path: Some(part.into()),
            ..Matcher::default()
        }
    }

    pub(crate) fn matches(&self, call: &CallShape<'_>) -> bool {
        let any_of =
            |wanted: &str, is: &str| wanted.split('|').any(|one| one.eq_ignore_ascii_case(is));
        if self.path.is_none() && call.is_token {
            return false;
        }
        self.method
            .as_deref()
            .is_none_or(|wanted| any_of(wanted, call.method))
            && self
                .path
                .as_deref()
                .is_none_or(|part| call.path.to_lowercase().contains(&part.to_lowercase()))
            && self
                .record
                .as_deref()
                .is_none_or(|wanted| any_of(wanted, call.record))
            && self
                .body
                .as_deref()
                .is_none_or(|part| call.body.contains(part))
    }
}

/// What a matcher sees of a call.
pub(crate) struct CallShape<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) record: &'a str,
    pub(crate) body: &'a str,
    pub(crate) is_token: bool,
}

struct Armed {
    matcher: Matcher,
    fault: Fault,
    /// `None`: until cleared.
    left: Option<u32>,
}

/// Faults waiting for their calls, first armed first met.
#[derive(Default)]
pub(crate) struct Faults {
    armed: Vec<Armed>,
}

impl Faults {
    pub(crate) fn arm(&mut self, matcher: Matcher, fault: Fault, times: Option<u32>) {
        self.armed.push(Armed {
            matcher,
            fault,
            left: times,
        });
    }

    pub(crate) fn clear(&mut self) {
        self.armed.clear();
    }

    /// The fault this call meets; each call meets one at most.
    pub(crate) fn meet(&mut self, call: &CallShape<'_>) -> Option<Fault> {
        let at = self
            .armed
            .iter()
            .position(|armed| armed.matcher.matches(call))?;
        let armed = self.armed.get_mut(at)?;
        let fault = armed.fault.clone();
        match &mut armed.left {
            Some(1 | 0) => {
                self.armed.remove(at);
            }
            Some(left) => *left -= 1,
            None => {}
        }
        Some(fault)
    }

    pub(crate) fn left(&self) -> usize {
        self.armed.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call<'a>(method: &'a str, path: &'a str, record: &'a str) -> CallShape<'a> {
        let is_token = record == "token";
        CallShape {
            method,
            path,
            record,
            body: "",
            is_token,
        }
    }

    #[test]
    fn a_fault_waits_for_its_call_and_is_then_used_up() {
        let mut faults = Faults::default();
        faults.arm(Matcher::write("salesOrder"), Fault::ReplyLost, Some(1));
        assert_eq!(faults.meet(&call("GET", "/x", "salesOrder")), None);
        assert_eq!(faults.meet(&call("PATCH", "/x", "invoice")), None);
        assert_eq!(
            faults.meet(&call("PATCH", "/x", "salesOrder")),
            Some(Fault::ReplyLost)
        );
        assert_eq!(faults.meet(&call("PATCH", "/x", "salesOrder")), None);
    }

    #[test]
    fn a_token_request_meets_only_a_fault_that_names_its_path() {
        let mut faults = Faults::default();
        faults.arm(Matcher::any(), Fault::Maintenance, Some(1));
        assert_eq!(
            faults.meet(&call("POST", "/oauth2/v1/token", "token")),
            None
        );
        faults.arm(Matcher::path("oauth2"), Fault::ResetBefore, Some(1));
        let met = faults.meet(&call("POST", "/oauth2/v1/token", "token"));
        assert_eq!(met, Some(Fault::ResetBefore));
    }
}
