//! The single things to do, and how each stands in the plan that people see.

use serde_json::{Value, json};

use super::allocate::Parts;
use super::units::Units;
use crate::event::Document;
use crate::plan::{Action, Plan, Write};
use crate::shopify::fulfillments::Tracking;

/// The plan, and its writes as steps in the same order.
#[derive(Debug, Default)]
pub(super) struct Planned {
    pub(super) plan: Plan,
    pub(super) steps: Vec<Step>,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// It is there already: link it.
    Adopt {
        fulfillment: u64,
        units: Units,
    },
    Track {
        fulfillment: u64,
        tracking: Tracking,
        notify: bool,
    },
    Cancel {
        fulfillment: u64,
    },
    Move {
        work: u64,
        location: u64,
        lines: Vec<(u64, u32)>,
    },
    Create {
        parts: Parts,
        units: Units,
        tracking: Tracking,
        notify: bool,
    },
}

impl Planned {
    /// Whether something that was written is cancelled.
    pub(super) fn takes_back(&self) -> bool {
        let cancels = |step: &Step| matches!(step, Step::Cancel { .. });
        self.steps.iter().any(cancels)
    }

    pub(super) fn push(&mut self, document: &Document, step: Step) {
        self.plan.writes.extend(write(document, &step));
        self.steps.push(step);
    }
}

/// The write of a step as an operator sees it. Shopify's own ids of what is left to ship change with
/// each move, so the units stand by the order's lines.
fn write(document: &Document, step: &Step) -> Option<Write> {
    let (action, record, key, body) = match step {
        Step::Adopt { .. } => return None,
        Step::Track {
            fulfillment,
            tracking,
            notify,
        } => (
            Action::Update,
            "fulfillment",
            fulfillment.to_string(),
            json!({ "tracking": shown(tracking), "notifyCustomer": notify }),
        ),
        Step::Cancel { fulfillment } => (
            Action::Update,
            "fulfillment",
            fulfillment.to_string(),
            json!({ "status": "CANCELLED" }),
        ),
        Step::Move {
            work,
            location,
            lines,
        } => {
            let units: u32 = lines.iter().map(|(_, count)| count).sum();
            let body = json!({ "location": location, "units": units });
            (Action::Update, "fulfillmentOrder", work.to_string(), body)
        }
        Step::Create {
            units,
            tracking,
            notify,
            ..
        } => (
            Action::Create,
            "fulfillment",
            document.id.clone(),
            json!({ "units": units, "tracking": shown(tracking), "notifyCustomer": notify }),
        ),
    };
    Some(Write {
        action,
        record: record.to_owned(),
        key,
        source: document.id.clone(),
        body,
        on: None,
    })
}

fn shown(tracking: &Tracking) -> Value {
    json!({ "company": tracking.company, "numbers": tracking.numbers, "urls": tracking.urls })
}
