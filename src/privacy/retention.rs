//! What is erased by time: the bytes of events that are dealt with, and the plans of passes long ended.

use std::time::Duration;

use sqlx::PgPool;

use crate::outbox::lease::interval;

/// How many rows one statement erases.
const WINDOW: i64 = 1000;

/// Erases the bytes of events that were covered longer than `bodies` ago, and the plans of passes that ended
/// longer than `plans` ago. Events, attempts and their hashes stay. Repeatable; replicas may call it at once.
///
/// # Errors
///
/// When the database refuses or is away; the rest is erased next time.
pub async fn erase(pool: &PgPool, bodies: Duration, plans: Duration) -> sqlx::Result<()> {
    erase_bodies(pool, bodies).await?;
    loop {
        let erased = sqlx::query!(
            "update attempt set plan = null where id in (select id from attempt
                where plan is not null and ended_at < now() - $1::interval limit $2 for update skip locked)",
            interval(plans),
            WINDOW
        )
        .execute(pool)
        .await?;
        if erased.rows_affected() == 0 {
            return Ok(());
        }
    }
}

/// An event is covered by the first applied or skipped attempt whose marks reach its own.
async fn erase_bodies(pool: &PgPool, after: Duration) -> sqlx::Result<()> {
    let mut from = Some(i64::MIN);
    while let Some(first) = from {
        let row = sqlx::query!(
            r#"with old as (select event from event_body where event > $1
                and received_on <= (now() - $2::interval)::date order by event limit $3),
            erased as (delete from event_body b using old, event e where b.event = old.event and e.id = b.event
                and exists (select from attempt a where a.document = e.document and a.outcome in ('applied', 'skipped')
                    and a.marks >= e.mark and a.ended_at < now() - $2::interval))
            select max(event) as last from old"#,
            first,
            interval(after),
            WINDOW
        )
        .fetch_one(pool)
        .await?;
        from = row.last;
    }
    Ok(())
}
