//! What was asked of the account, call by call.

use serde::Serialize;
use serde_json::Value;

use super::fault::Fault;

/// One call, in the order of arrival.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Call {
    pub number: u64,
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The record type it is about (a transform: the one it makes), `suiteql`, `token`, or empty.
    pub record: String,
    /// The status answered; 0 when the connection was reset or is still open.
    pub status: u16,
    /// The account changed because of it.
    pub committed: bool,
    pub fault: Option<Fault>,
    /// The request body, for tests in this process only: it may hold personal data.
    #[serde(skip)]
    pub body: Value,
}

/// The calls since the last reset, and how many were refused by the concurrency gate.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    calls: Vec<Call>,
    last: u64,
    pub(crate) too_many: u64,
    /// The most requests that were being answered at once.
    pub(crate) peak: usize,
}

impl Journal {
    pub(crate) fn open(
        &mut self,
        method: &str,
        path: &str,
        record: &str,
        body: Value,
        fault: Option<Fault>,
    ) -> u64 {
        self.last += 1;
        self.calls.push(Call {
            number: self.last,
            method: method.into(),
            path: path.into(),
            record: record.into(),
            status: 0,
            committed: false,
            fault,
            body,
        });
        self.last
    }

    /// Notes what came of a call; a call forgotten by a reset is left alone.
    pub(crate) fn note(&mut self, number: u64, note: impl FnOnce(&mut Call)) {
        if let Some(call) = self
            .calls
            .iter_mut()
            .rev()
            .find(|call| call.number == number)
        {
            note(call);
        }
    }

    pub(crate) fn raise_peak(&mut self, in_flight: usize) {
        self.peak = self.peak.max(in_flight);
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.clone()
    }

    pub(crate) fn reset(&mut self) {
        self.calls.clear();
        self.too_many = 0;
        self.peak = 0;
    }
}
