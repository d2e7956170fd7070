//! Reads bodies frame by frame against one shared budget, so that no crowd of them exhausts the memory.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::{Bounds, Rejection};

/// The body bytes that may be in memory at once: one permit a byte.
#[derive(Debug, Clone)]
pub(super) struct Budget {
    bytes: Arc<Semaphore>,
    deadline: Duration,
}

/// A body that was read, and its share of the budget.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) bytes: Vec<u8>,
    /// Absent for an empty body.
    pub(super) permit: Option<OwnedSemaphorePermit>,
}

impl Budget {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self {
            bytes: Arc::new(Semaphore::new(bounds.budget)),
            deadline: bounds.body,
        }
    }

    /// Reads the whole body: at most `limit` bytes, within the deadline. Only bytes that came count:
    /// a promised length reserves nothing.
    ///
    /// # Errors
    ///
    /// [`Rejection::TooLarge`], [`Rejection::TooSlow`], [`Rejection::Busy`] when the budget is spent, and
    /// [`Rejection::BrokeOff`].
    pub(super) async fn read(&self, body: Body, limit: usize) -> Result<Taken, Rejection> {
        timeout(self.deadline, self.frames(body, limit))
            .await
            .map_err(|_| Rejection::TooSlow)?
    }

    async fn frames(&self, mut body: Body, limit: usize) -> Result<Taken, Rejection> {
        let promised = axum::body::HttpBody::size_hint(&body).lower();
        let promised = usize::try_from(promised).unwrap_or(usize::MAX);
        if promised > limit {
            return Err(Rejection::TooLarge);
        }
        let mut taken = Taken {
            bytes: Vec::with_capacity(promised),
            permit: None,
        };
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Rejection::BrokeOff)?;
            let Ok(data) = frame.into_data() else {
                continue;
            };
            if taken.bytes.len() + data.len() > limit {
                return Err(Rejection::TooLarge);
            }
            self.take(&mut taken.permit, data.len())?;
            taken.bytes.extend_from_slice(&data);
        }
        Ok(taken)
    }

    fn take(&self, held: &mut Option<OwnedSemaphorePermit>, bytes: usize) -> Result<(), Rejection> {
        let bytes = u32::try_from(bytes).map_err(|_| Rejection::TooLarge)?;
        let more = Arc::clone(&self.bytes)
            .try_acquire_many_owned(bytes)
            .map_err(|_| Rejection::Busy)?;
        match held {
            Some(held) => held.merge(more),
            None => *held = Some(more),
        }
        Ok(())
    }
}
