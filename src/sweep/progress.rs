//! Following a sweep from the command line: a moving line on a terminal, plain lines elsewhere.

use std::collections::HashMap;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use sqlx::PgPool;

use super::row::{Progress, progress};
use crate::outbox::lease;

/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(250);

/// Waits until all of these sweeps are finished, and gives how they ended. `changed` is called with
/// each that moved, and with whether any process is there to do them.
///
/// # Errors
///
/// When the database does not answer.
pub async fn follow(
    pool: &PgPool,
    ids: &[i64],
    mut changed: impl FnMut(&Progress, bool),
) -> sqlx::Result<Vec<Progress>> {
    let mut known: HashMap<i64, (Progress, bool)> = HashMap::new();
    loop {
        let dispatching = lease::holder(pool).await?.holder.is_some();
        let mut all = Vec::new();
        for id in ids {
            let Some(now) = progress(pool, *id).await? else {
                continue;
            };
            let state = (now.clone(), dispatching);
            if known.get(id) != Some(&state) {
                changed(&now, dispatching);
                known.insert(*id, state);
            }
            all.push(now);
        }
        if all.iter().all(|sweep| sweep.finished_at.is_some()) {
            return Ok(all);
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// As [`follow`], telling a person on standard error.
///
/// # Errors
///
/// When the database does not answer.
pub async fn tell(pool: &PgPool, ids: &[i64]) -> sqlx::Result<Vec<Progress>> {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(LOOK);
    let ended = follow(pool, ids, |sweep, dispatching| {
        let line = line(sweep, dispatching);
        if bar.is_hidden() {
            eprintln!("{line}");
        } else if sweep.finished_at.is_some() {
            bar.println(line);
        } else {
            bar.set_message(line);
        }
    })
    .await;
    bar.finish_and_clear();
    ended
}

fn line(sweep: &Progress, dispatching: bool) -> String {
    let Progress {
        kind,
        store,
        seen,
        marked,
        ..
    } = sweep;
    let so_far = format!("{store}: {seen} seen of kind {kind}, {marked} marked as due");
    match (&sweep.finished_at, &sweep.failure) {
        (Some(_), _) => format!("{so_far}; finished"),
        (None, _) if !dispatching => {
            format!("{so_far}; no process is dispatching: start `waybill serve`")
        }
        (None, Some(failure)) => format!("{so_far}; waits and tries again: {failure}"),
        (None, None) => so_far,
    }
}
