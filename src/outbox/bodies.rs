//! The events' bytes: a partition a day, dropped when its time is over; erased sooner when a person asks.

use chrono::{Days, NaiveDate};
use sqlx::{AssertSqlSafe, PgPool, Postgres, Transaction};

use crate::event::Document;

/// How many days ahead there is a partition, so that a process that was away for some days finds one.
const AHEAD: u64 = 7;

/// Makes the partitions of the coming days and drops the bytes that are older than `keep_days`.
///
/// Repeatable; replicas may call it at once. Bytes that came on a day without a partition are in the rest,
/// and are deleted from there.
///
/// # Errors
///
/// When the database refuses or is away; nothing is lost by trying later.
pub async fn maintain(pool: &PgPool, keep_days: u32) -> sqlx::Result<()> {
    let mut transaction = pool.begin().await?;
    sqlx::query!("select pg_advisory_xact_lock(hashtext('waybill event_body'))")
        .execute(&mut *transaction)
        .await?;
    let today = sqlx::query_scalar!(r#"select current_date as "today!""#)
        .fetch_one(&mut *transaction)
        .await?;
    for ahead in 0..=AHEAD {
        if let Some(day) = today.checked_add_days(Days::new(ahead)) {
            create(&mut transaction, day).await?;
        }
    }
    if let Some(oldest) = today.checked_sub_days(Days::new(keep_days.into())) {
        drop_before(&mut transaction, oldest).await?;
    }
    transaction.commit().await
}

/// The bytes of the events that passes over these documents, at these marks, would be the first to cover;
/// nothing for an event that came without any or whose bytes are gone.
///
/// # Errors
///
/// When the database does not answer.
pub async fn uncovered(
    pool: &PgPool,
    documents: &[String],
    marks: &[i64],
) -> sqlx::Result<Vec<(String, Option<Vec<u8>>)>> {
    let rows = sqlx::query!(
        r#"select event.document, event_body.body as "body?"
        from unnest($1::text[], $2::bigint[]) as pass (document, marks)
            join event on event.document = pass.document and event.mark <= pass.marks
            left join event_body on event_body.event = event.id
        where event.mark > coalesce((select max(attempt.marks) from attempt
            where attempt.document = pass.document and outcome in ('applied', 'skipped')), 0)
        order by event.id"#,
        documents,
        marks
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.document, row.body))
        .collect())
}

/// Erases the bytes of every event about the document; the events stay. Returns how many had some.
///
/// # Errors
///
/// When the database refuses or is away.
pub async fn erase(pool: &PgPool, document: &Document) -> sqlx::Result<u64> {
    sqlx::query!(
        "delete from event_body b using event e where e.document = $1 and b.event = e.id",
        document.to_string()
    )
    .execute(pool)
    .await
    .map(|done| done.rows_affected())
}

async fn create(transaction: &mut Transaction<'_, Postgres>, day: NaiveDate) -> sqlx::Result<()> {
    let Some(next) = day.succ_opt() else {
        return Ok(());
    };
    // A day that has bytes in the rest keeps them there: Postgres refuses a partition for it.
    let taken = sqlx::query_scalar!(
        r#"select exists (select from event_body_rest where received_on = $1) as "taken!""#,
        day
    )
    .fetch_one(&mut **transaction)
    .await?;
    if taken {
        return Ok(());
    }
    // Up to a page, a compressed body stays in its row: cut into pieces it costs an index entry a piece.
    let statement = format!(
        "create table if not exists {} partition of event_body for values from ('{day}') to ('{next}')
         with (toast_tuple_target = 8160)",
        name(day)
    );
    sqlx::query(AssertSqlSafe(statement))
        .execute(&mut **transaction)
        .await
        .map(drop)
}

async fn drop_before(
    transaction: &mut Transaction<'_, Postgres>,
    oldest: NaiveDate,
) -> sqlx::Result<()> {
    // The names sort as the days do.
    let over = sqlx::query_scalar!(
        r#"
        select c.relname::text as "name!" from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'event_body'::regclass and c.relname ~ '^event_body_\d{8}$' and c.relname < $1
        "#,
        name(oldest)
    )
    .fetch_all(&mut **transaction)
    .await?;
    for name in over {
        sqlx::query(AssertSqlSafe(format!("drop table {name}")))
            .execute(&mut **transaction)
            .await?;
    }
    sqlx::query!("delete from event_body_rest where received_on < $1", oldest)
        .execute(&mut **transaction)
        .await
        .map(drop)
}

fn name(day: NaiveDate) -> String {
    format!("event_body_{}", day.format("%Y%m%d"))
}
