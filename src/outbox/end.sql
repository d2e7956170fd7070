-- Ends a pass: only while its claim ($2) is the newest and its epoch ($3) holds the lease.
with lease as materialized (select from dispatcher_lease where epoch = $3 and until > now() for share),
was as (select document, case
        when $5 = 'same' then state
        when $14::bool and coalesce(failing_since, now()) + $15 <= now() then 'held'
        when $5 = 'due' then 'due'
        when marks > $6 then 'due'
        else $5 end as becomes
    from outbox, lease where document = $1 and claims = $2 for no key update of outbox),
ended as (update outbox set
    ended = claims,
    state = was.becomes,
    due_at = case when was.becomes <> 'due' then null when $4 = 'not_yet' and marks > $6 then now()
        else now() + coalesce($7, interval '0') end,
    not_before = case when was.becomes = 'due' and $4 = 'retry' and $7::interval is not null then now() + $7 end,
    verify_at = case when $8::interval is not null then now() + $8 when $4 = 'verified' then null else verify_at end,
    failing_since = case when $14 then coalesce(failing_since, now()) when $4 in ('applied', 'skipped', 'held') then null else failing_since end,
    failures = case when $4 = 'retry' then failures + 1 when $4 in ('applied', 'skipped', 'held') then 0 else failures end,
    waiting_since = case when $4 = 'not_yet' then coalesce(waiting_since, now()) when $4 in ('retry', 'abandoned') then waiting_since end,
    waits_for = $9,
    outcome = case when $4 in ('applied', 'skipped') then $4 when $5 = 'same' then outcome else null end,
    reason = case when $5 = 'same' then reason else $10 end,
    problem = case when was.becomes = 'held' or $4 = 'held' then coalesce($11::jsonb, $16::jsonb) when $4 in ('applied', 'skipped') then null else problem end,
    seen_version = greatest(seen_version, $12),
    approved_plan = case when $4 in ('applied', 'skipped', 'held') then null else approved_plan end
    from was where outbox.document = was.document returning outbox.document, outbox.pass, outbox.problem, was.becomes),
recorded as (insert into attempt (document, pass, claim, marks, epoch, started_at, outcome, reason, problem, plan_hash, plan, calls)
    select document, pass, $2, $6, $3, $17, case when becomes = 'held' then 'held' else $4 end, $10,
        case when becomes = 'held' then problem end, $18, $13, $19 from ended)
select count(*) as "count!" from ended
