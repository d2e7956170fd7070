//! What was sent, in the name of its call: so that a fulfillment whose answer never came, or whose
//! process died, is known again as ours.

use serde_json::json;

use super::tracking::numbers;
use super::units::Units;
use crate::event::Document;
use crate::plan;
use crate::shopify::fulfillments::Tracking;

/// The name of the call that makes a fulfillment of `document`. The journal finds them by its beginning.
pub(super) fn call(document: &Document, fingerprint: &str) -> String {
    format!("write shopify fulfillment of {document} {fingerprint}")
}

/// Stands for the units and numbers of a fulfillment.
pub(super) fn of(units: &Units, tracking: &Tracking) -> String {
    let hash = plan::hash(&json!([units, numbers(tracking)]));
    hash.chars().take(12).collect()
}
