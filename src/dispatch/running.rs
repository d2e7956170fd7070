//! The passes that are under way, and the claims that wait for their turn.

use std::collections::HashMap;

use tokio::task::{Id, JoinSet};
use tokio::time::Instant;
use tracing::warn;

use crate::outbox::claim::Claim;

/// A document whose passes died this often runs alone; once more, and it is held.
const DEATHS_BEFORE_ALONE: i64 = 2;

/// The passes of one epoch that are under way.
#[derive(Default)]
pub(super) struct Running {
    pub(super) tasks: JoinSet<()>,
    /// The documents of each task, and whether they are backfill.
    pub(super) documents: HashMap<Id, (Vec<String>, bool)>,
    /// The pass over stock: one at a time, or two would read the same shelves.
    pub(super) stock: Option<Id>,
    /// Claims whose passes died twice, waiting until nothing else runs.
    pub(super) alone: Vec<Claim>,
    /// When the pauses and the documents to verify were last looked at.
    pub(super) looked: Option<Instant>,
}

impl Running {
    pub(super) fn names(&self) -> Vec<String> {
        let alone = self.alone.iter().map(|claim| claim.document.to_string());
        self.documents
            .values()
            .flat_map(|(names, _)| names.iter().cloned())
            .chain(alone)
            .collect()
    }

    /// Keeps those back whose passes died too often, and gives the others.
    pub(super) fn set_apart(&mut self, claims: Vec<Claim>) -> Vec<Claim> {
        let (alone, others) = claims
            .into_iter()
            .partition(|claim| claim.deaths >= DEATHS_BEFORE_ALONE);
        self.alone.extend::<Vec<Claim>>(alone);
        others
    }

    pub(super) fn backfills(&self) -> usize {
        self.documents
            .values()
            .filter(|(_, backfill)| *backfill)
            .count()
    }

    /// The next claim that must run alone, once nothing else runs.
    pub(super) fn next_alone(&mut self) -> Option<Claim> {
        if self.documents.is_empty() {
            self.alone.pop()
        } else {
            None
        }
    }

    pub(super) fn forget(&mut self, ended: &Result<(Id, ()), tokio::task::JoinError>) {
        let id = match ended {
            Ok((id, ())) => *id,
            Err(error) => {
                warn!("a pass panicked; its claim stays open and the next one sees it");
                error.id()
            }
        };
        self.documents.remove(&id);
        self.stock = self.stock.filter(|stock| *stock != id);
    }
}
