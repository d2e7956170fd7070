//! Keeps the lease: renews it at a third of its length, and says when it is lost.

use std::time::Duration;

use sqlx::PgPool;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::outbox::Lease;

/// Renews `lease` until `released`. Cancels `lost` before the lease ends by our own clock when it
/// could not be renewed, or at once when somebody else has it.
pub(super) async fn keep(
    pool: PgPool,
    mut lease: Lease,
    lost: CancellationToken,
    released: CancellationToken,
) {
    let third = lease.ends.saturating_duration_since(Instant::now()) / 3;
    let mut next = third;
    loop {
        // A margin, so that the last call is dropped while the lease still holds.
        let last = lease.ends.checked_sub(third / 4).unwrap_or(lease.ends);
        tokio::select! {
            () = released.cancelled() => return,
            () = lost.cancelled() => return,
            () = tokio::time::sleep_until(last) => return lost.cancel(),
            renewed = renew(&pool, &lease, next) => match renewed {
                Ok(Some(renewed)) => {
                    lease = renewed;
                    next = third;
                }
                Ok(None) => {
                    warn!(epoch = lease.epoch, "the lease is lost to another process");
                    return lost.cancel();
                }
                Err(error) => {
                    warn!(%error, "the lease could not be renewed; trying again");
                    next = third / 8;
                }
            }
        }
    }
}

async fn renew(pool: &PgPool, lease: &Lease, wait: Duration) -> sqlx::Result<Option<Lease>> {
    tokio::time::sleep(wait).await;
    lease.renew(pool).await
}
