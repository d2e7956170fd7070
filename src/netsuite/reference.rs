//! How a body names another record.

use serde::Serialize;

use crate::link::{ExternalId, InternalId};

/// `{"id": "5"}`, or `{"externalId": "cust-us-77"}` for a record whose id NetSuite has not told yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Reference {
    Id(String),
    ExternalId(String),
}

impl Reference {
    #[must_use]
    pub fn id(id: impl Into<String>) -> Self {
        Self::Id(id.into())
    }
}

impl From<&InternalId> for Reference {
    fn from(id: &InternalId) -> Self {
        Self::Id(id.0.clone())
    }
}

impl From<&ExternalId> for Reference {
    fn from(id: &ExternalId) -> Self {
        Self::ExternalId(id.0.clone())
    }
}
