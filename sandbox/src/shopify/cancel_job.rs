//! Cancellations that the API took and carries out later, as jobs.

use super::order::{Cancelling, Refusal};
use super::state::{Notice, State};

/// One of them.
#[derive(Clone, Debug)]
pub(crate) struct CancelJob {
    pub(crate) order: u64,
    how: Cancelling,
    /// How it ended, or why it failed; `None` while it waits.
    pub(crate) end: Option<Result<(), String>>,
}

impl State {
    /// Takes a cancellation, and carries it out unless jobs are held. Answers the job, and whom to tell.
    pub(crate) fn queue_cancellation(&mut self, order: u64, how: Cancelling) -> (u64, Vec<Notice>) {
        let job = self.ids.take();
        let end = None;
        self.jobs.insert(job, CancelJob { order, how, end });
        let notices = if self.hold_jobs {
            Vec::new()
        } else {
            self.run_job(job)
        };
        (job, notices)
    }

    /// Carries out every job that waits, oldest first.
    pub(crate) fn run_jobs(&mut self) -> Vec<Notice> {
        self.hold_jobs = false;
        let waiting = self.jobs.iter().filter(|(_, job)| job.end.is_none());
        let waiting: Vec<u64> = waiting.map(|(id, _)| *id).collect();
        waiting
            .into_iter()
            .flat_map(|id| self.run_job(id))
            .collect()
    }

    fn run_job(&mut self, id: u64) -> Vec<Notice> {
        let Some(CancelJob { order, how, .. }) = self.jobs.get(&id).cloned() else {
            return Vec::new();
        };
        let done = self.change(order, &["orders/cancelled"], |order, ids, at| {
            order.cancel(&how, ids, at)
        });
        let (end, notices) = match done {
            Ok((_, (), notices)) => (Ok(()), notices),
            Err(Refusal(reason)) => (Err(reason), Vec::new()),
        };
        if let Some(job) = self.jobs.get_mut(&id) {
            job.end = Some(end);
        }
        notices
    }
}
