//! How a pass ends for each of its documents.

use std::collections::BTreeSet;

use super::Planned;
use crate::event::NETSUITE;
use crate::flows::Error;
use crate::outbox::claim::Claim;
use crate::outbox::end::Record;
use crate::plan::Plan;
use crate::remote;

/// How the pass ended for one document.
#[derive(Debug)]
pub struct Ended {
    pub claim: Claim,
    pub result: Result<Stock, Failed>,
    pub record: Record,
}

/// How one document ended well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stock {
    /// A shop shows another quantity now.
    Set,
    /// Nothing was to be set, and why.
    Left(String),
}

impl Ended {
    /// Of what a shop told nothing but what we had written.
    pub(super) fn of_echo(claim: Claim) -> Self {
        Self {
            claim,
            result: Ok(Stock::Left("the shop tells what we wrote".to_owned())),
            record: Record::default(),
        }
    }
}

/// What failed, and whose system it was.
#[derive(Debug)]
pub struct Failed {
    /// The store's name, or `netsuite`.
    pub owner: String,
    pub error: Box<Error>,
}

/// What has become of one item.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) plan: Plan,
    pub(super) reasons: BTreeSet<String>,
    pub(super) failed: Option<Failed>,
}

impl Tally {
    /// Adds what a round did.
    pub(super) fn add(&mut self, planned: Planned) {
        self.plan
            .writes
            .extend(planned.sets.into_iter().map(|set| *set.write));
        self.reasons.extend(planned.reasons);
        self.failed = planned.failed.or(self.failed.take());
    }

    pub(super) fn end(&mut self, record: &mut Record) -> Result<Stock, Failed> {
        if !self.plan.is_empty() {
            record.plan = Some(self.plan.clone());
        }
        match &self.failed {
            Some(failed) => Err(failed.again()),
            None if self.plan.is_empty() => Ok(Stock::Left(told(&self.reasons))),
            None => Ok(Stock::Set),
        }
    }
}

impl Failed {
    pub(super) fn of(owner: &str, error: remote::Error) -> Self {
        Self {
            owner: owner.to_owned(),
            error: Box::new(error.into()),
        }
    }

    /// It was no system's fault.
    pub(super) fn of_flow(error: Error) -> Self {
        Self {
            owner: NETSUITE.to_owned(),
            error: Box::new(error),
        }
    }

    /// The same for another item: the source of an error stays with the first.
    pub(super) fn again(&self) -> Self {
        Self {
            owner: self.owner.clone(),
            error: Box::new(self.error.again()),
        }
    }
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        Self::of_flow(error.into())
    }
}

/// All that was said, each once; what matters most is not that another shop is right already.
pub(super) fn told(reasons: &BTreeSet<String>) -> String {
    if reasons.is_empty() {
        return "no shop shows stock".to_owned();
    }
    let all: Vec<&str> = reasons.iter().map(String::as_str).collect();
    all.join("; ")
}
