//! What was posted, what was not and why, and what a test wishes to go wrong.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{Change, Save};

/// One post, or one that never was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Callback {
    /// `webhook-id`; the same on a doubled one.
    pub webhook_id: String,
    /// `itemFulfillment`.
    pub record: String,
    pub id: u64,
    pub change: Change,
    pub outcome: Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// On its way, or waiting for those before it.
    Underway,
    /// Kept back until a test lets it go.
    Held,
    /// Never sent, by a test's wish.
    Lost,
    /// Not sent: an earlier one was slow or failed.
    Silenced,
    Answered(u16),
    /// No answer in time, or no connection.
    NoAnswer,
}

/// What to do with a callback instead of just posting it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Handling {
    Lose,
    /// Post this many copies.
    Duplicate(u32),
    /// Keep it back until [`crate::netsuite::Account::release_callbacks`].
    Hold,
}

/// In which order held callbacks leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Release {
    AsSaved,
    Reversed,
}

#[derive(Default)]
pub(super) struct Book {
    pub(super) callbacks: Vec<Callback>,
    wishes: VecDeque<(Handling, Option<u32>)>,
}

impl Book {
    /// The next `times` callbacks, or all with `None`, are handled so.
    pub(super) fn wish(&mut self, handling: Handling, times: Option<u32>) {
        self.wishes.push_back((handling, times));
    }

    pub(super) fn clear(&mut self) {
        self.wishes.clear();
    }

    /// Enters a save; answers its place and how often it is to be posted now.
    pub(super) fn enter(&mut self, save: Save) -> (usize, u32) {
        let wish = self.next_wish();
        let (outcome, copies) = match wish {
            Some(Handling::Lose) => (Outcome::Lost, 0),
            Some(Handling::Hold) => (Outcome::Held, 0),
            Some(Handling::Duplicate(copies)) => (Outcome::Underway, copies),
            None => (Outcome::Underway, 1),
        };
        self.callbacks.push(Callback {
            webhook_id: format!("msg_{}", uuid::Uuid::new_v4()),
            record: save.kind.rest_name().to_owned(),
            id: save.id,
            change: save.change,
            outcome,
        });
        (self.callbacks.len() - 1, copies)
    }

    fn next_wish(&mut self) -> Option<Handling> {
        let (handling, times) = self.wishes.front_mut()?;
        let handling = *handling;
        match times {
            Some(0 | 1) => {
                self.wishes.pop_front();
            }
            Some(times) => *times -= 1,
            None => {}
        }
        Some(handling)
    }

    /// The places of those that are held, which are under way from now on.
    pub(super) fn release(&mut self, order: Release) -> Vec<usize> {
        let mut places = Vec::new();
        for (place, callback) in self.callbacks.iter_mut().enumerate() {
            if callback.outcome == Outcome::Held {
                callback.outcome = Outcome::Underway;
                places.push(place);
            }
        }
        match order {
            Release::AsSaved => {}
            Release::Reversed => places.reverse(),
        }
        places
    }
}
