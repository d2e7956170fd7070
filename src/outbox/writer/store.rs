//! The storing statement: events, their documents' marks and their bytes, in one round trip and one commit.

use sqlx::PgExecutor;

use super::Recorded;
use crate::event::Event;

/// Stores the events that are new and marks their documents as due; says of each whether it was new.
///
/// One statement, so it needs no transaction that could be cut in two. Documents are marked in order, so
/// that two writers cannot deadlock. A mark makes a settled or held document due at once (a held one keeps its
/// problem until a pass clears it), but never before its `not_before`; `verify_at` stays.
/// When two replicas store the same delivery at once, both raise the mark and one inserts the event: a mark
/// without an event costs a pass and covers nothing.
///
/// # Errors
///
/// When the statement fails; then nothing was stored, unless the connection was lost.
#[expect(clippy::too_many_lines, reason = "one statement, read as one")]
pub async fn store(database: impl PgExecutor<'_>, events: &[Event]) -> sqlx::Result<Vec<Recorded>> {
    let column = |of: fn(&Event) -> &str| events.iter().map(of).collect::<Vec<_>>();
    let documents: Vec<String> = events.iter().map(|e| e.document.to_string()).collect();
    let priorities: Vec<i16> = events.iter().map(|e| e.priority.as_i16()).collect();
    let versions: Vec<_> = events.iter().map(|e| e.version).collect();
    let bodies: Vec<&[u8]> = events.iter().map(|e| e.body.as_slice()).collect();
    let new = sqlx::query_scalar!(
        r#"
        with input as (
            select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],
                                 $6::text[], $7::text[], $8::int2[], $9::timestamptz[])
                with ordinality
                as i (source, store, topic, delivery_id, document, kind, owner, priority, version, n)
        ), fresh as (
            -- Looked up one by one in the index: for a batch the planner would rather read the whole table.
            select distinct on (i.store, i.delivery_id) i.*
            from input i left join lateral (
                select true as stored from event e
                where e.store = i.store and e.delivery_id = i.delivery_id limit 1
            ) as known on true
            where known.stored is null
            order by i.store, i.delivery_id, i.n
        ), marked as (
            -- Grouped, or one row would be updated twice; ordered, so that replicas cannot deadlock.
            insert into outbox as o
                (document, kind, owner, priority, state, due_at, marks, wanted_version)
            select document, min(kind), min(owner), min(priority), 'due', now(), count(*), max(version)
            from fresh
            group by document
            order by document
            on conflict (document) do update set
                marks = o.marks + excluded.marks,
                state = 'due',
                due_at = case o.state
                    when 'due' then least(o.due_at, greatest(now(), o.not_before))
                    else greatest(now(), o.not_before)
                end,
                priority = case o.state
                    when 'due' then least(o.priority, excluded.priority)
                    else excluded.priority
                end,
                wanted_version = greatest(o.wanted_version, excluded.wanted_version)
            returning document, marks
        ), numbered as (
            select f.*, m.marks + 1 - row_number() over (partition by document order by n desc) as mark
            from fresh f join marked m using (document)
        ), stored as (
            insert into event (source, store, topic, delivery_id, document, mark, version)
            select source, store, topic, delivery_id, document, mark, version from numbered order by n
            on conflict (store, delivery_id) do nothing
            returning id, store, delivery_id
        ), news as (
            select s.id, f.n from stored s join fresh f using (store, delivery_id)
        ), kept as (
            insert into event_body (event, body)
            select id, ($10::bytea[])[n] from news where octet_length(($10::bytea[])[n]) > 0
        )
        select n as "n!" from news
        "#,
        column(|e| e.source.as_str()) as _,
        column(|e| &e.store) as _,
        column(|e| &e.topic) as _,
        column(|e| &e.delivery_id) as _,
        &documents,
        column(|e| e.document.kind.as_str()) as _,
        column(|e| &e.document.owner) as _,
        &priorities,
        versions as _,
        bodies as _,
    )
    .fetch_all(database)
    .await?;

    let mut recorded = vec![Recorded::Duplicate; events.len()];
    for n in new {
        // `with ordinality` counts from 1.
        let place = usize::try_from(n - 1).ok();
        if let Some(answer) = place.and_then(|place| recorded.get_mut(place)) {
            *answer = Recorded::New;
        }
    }
    Ok(recorded)
}
