//! Which API calls were made, what they cost, and how they were answered.

use std::sync::Mutex;

use serde_json::Value;

use super::lock;

/// One request to the GraphQL or token endpoint, as the twin saw it.
#[derive(Clone, Debug)]
pub struct Call {
    /// The operation's name; `token` for the token endpoint, empty for an anonymous operation.
    pub operation: String,
    pub root_fields: Vec<String>,
    pub version: String,
    pub variables: Value,
    /// The status answered, even if a fault kept the answer from the client.
    pub status: u16,
    pub requested_cost: u32,
    pub actual_cost: Option<u32>,
    /// The codes or messages of the answer's `errors`.
    pub errors: Vec<String>,
}

/// All calls since the start, or since the last reset.
#[derive(Default)]
pub(crate) struct Journal(Mutex<Vec<Call>>);

impl Journal {
    pub(crate) fn note(&self, call: Call) {
        lock(&self.0).push(call);
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        lock(&self.0).clone()
    }

    pub(crate) fn reset(&self) {
        lock(&self.0).clear();
    }
}
