-- The outbox and its records (design: an event is a hint; the state converges).

create table installation (
    one boolean primary key default true check (one),
    account text not null,
    -- store name → domain
    stores jsonb not null,
    stamped_at timestamptz not null default now()
);
comment on table installation is 'The one row: which NetSuite account and stores this database belongs to. A mismatch at start is refused.';

create table outbox (
    document text primary key,
    kind text not null,
    owner text not null,
    priority smallint not null,
    state text not null check (state in ('due', 'held', 'settled')),
    marks bigint not null default 1 check (marks > 0),
    claims bigint not null default 0,
    ended bigint not null default 0,
    claimed_at timestamptz,
    -- the pass of the last claim: its calls are in attempt_call
    pass uuid,
    due_at timestamptz,
    -- backoff; a mark never shortens it, an operator may
    not_before timestamptz,
    -- when a settled document is looked at again: late writes, bulk read-back
    verify_at timestamptz,
    failing_since timestamptz,
    failures integer not null default 0,
    -- since when it waits for its source or another document
    waiting_since timestamptz,
    waits_for text,
    -- the newest version an event named
    wanted_version timestamptz,
    -- the source's version at the last ended pass, whatever its outcome
    seen_version timestamptz,
    outcome text check (outcome in ('applied', 'skipped')),
    reason text,
    problem jsonb,
    problem_code text generated always as (problem ->> 'code') stored,
    problem_cause text generated always as (problem ->> 'cause') stored,
    -- the hash of a plan an operator approved: the next pass applies exactly that, or refuses
    approved_plan text,
    created_at timestamptz not null default now(),
    constraint outbox_ended_is_a_claim check (ended <= claims),
    constraint outbox_due_has_a_time check ((state = 'due') = (due_at is not null)),
    constraint outbox_held_has_a_problem check (state <> 'held' or problem is not null),
    constraint outbox_settled_has_an_outcome check (state <> 'settled' or outcome is not null),
    constraint outbox_skipped_has_a_reason check (outcome is distinct from 'skipped' or reason is not null)
) with (fillfactor = 70);
comment on table outbox is 'One row a document: due (when), held (why) or settled (how). Each event that names the document raises its marks. claims is the fence: a pass ends only while its claim is the newest.';
create index outbox_due on outbox (kind, owner, priority, due_at) where state = 'due';
create index outbox_verify on outbox (kind, owner, verify_at) where state = 'settled' and verify_at is not null;
create index outbox_held on outbox (problem_code, problem_cause) where state = 'held';
create index outbox_waits on outbox (waits_for) where waits_for is not null;

create table event (
    id bigint generated always as identity primary key,
    source text not null check (source in ('shopify', 'netsuite', 'sweep', 'operator')),
    store text not null,
    topic text not null,
    delivery_id text not null,
    document text not null,
    mark bigint not null check (mark > 0),
    version timestamptz,
    received_at timestamptz not null default now(),
    unique (store, delivery_id)
);
comment on table event is 'What a system told us, once per delivery. mark is the value of the document''s marks that this event made.';
create index event_document on event (document, mark);

create table event_body (
    event bigint not null,
    received_on date not null default current_date,
    body bytea not null
) partition by range (received_on);
alter table event_body alter column body set compression lz4;
comment on table event_body is 'The raw bytes of an event, apart and by day, so that they are dropped, not deleted, when their time is over.';
create table event_body_rest partition of event_body default;
create index event_body_event on event_body (event);

create table attempt (
    id bigint generated always as identity primary key,
    document text not null,
    pass uuid not null,
    claim bigint not null,
    marks bigint not null,
    epoch bigint not null,
    started_at timestamptz not null,
    ended_at timestamptz not null default now(),
    outcome text not null check (outcome in ('applied', 'skipped', 'held', 'retry', 'not_yet', 'verified', 'abandoned')),
    reason text,
    problem jsonb,
    plan_hash text,
    plan jsonb,
    calls integer not null default 0
);
comment on table attempt is 'One ended pass over one document: append-only. An event is covered by the first applied or skipped attempt whose marks reach its mark.';
create index attempt_document on attempt (document, id);

create table attempt_call (
    id bigint generated always as identity primary key,
    pass uuid not null,
    sequence integer not null,
    call text not null,
    sent_at timestamptz not null default now(),
    answered_at timestamptz,
    answer text
);
comment on table attempt_call is 'One outbound call, written before it leaves. answered_at null after its pass died: of unknown outcome.';
create index attempt_call_pass on attempt_call (pass, sequence);

create table link (
    kind text not null check (kind in ('order', 'deposit', 'customer')),
    store text not null,
    shopify_id text not null,
    netsuite_id text not null,
    -- the document this belongs to: a deposit belongs to its order
    document text not null,
    -- the NetSuite record type, and our external id if we wrote it
    record text not null,
    external_id text,
    -- whether we wrote it or found it
    origin text not null check (origin in ('written', 'adopted', 'matched')),
    -- SHA-256 of the head and of the lines last written
    head_hash text,
    lines_hash text,
    -- what the document must total, in minor units of its currency
    total_minor bigint,
    currency text,
    -- when the NetSuite id was written on the Shopify side
    shown_at timestamptz,
    linked_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (kind, store, shopify_id),
    constraint link_total_has_a_currency check ((total_minor is null) = (currency is null))
);
comment on table link is 'Which Shopify id is which NetSuite record, with the hash and total last written.';
-- Several shop customers may be one NetSuite customer; a money document has one source.
create index link_document on link (document);
create unique index link_netsuite on link (record, netsuite_id) where kind <> 'customer';

create table pause (
    id bigint generated always as identity primary key,
    -- null: all kinds, or all owners
    kind text,
    owner text,
    reason text not null,
    "by" text not null,
    since timestamptz not null default now(),
    until timestamptz,
    lifted_at timestamptz,
    lifted_by text,
    constraint pause_names_something check (kind is not null or owner is not null)
);
comment on table pause is 'A flow or a store that is stopped: by a person, or by the breaker. In force while not lifted and not past until.';
create index pause_in_force on pause (since) where lifted_at is null;

create table dispatcher_lease (
    one boolean primary key default true check (one),
    epoch bigint not null,
    holder uuid,
    until timestamptz not null
);
comment on table dispatcher_lease is 'The one row: which process may claim and write, in which epoch, until when.';
insert into dispatcher_lease (epoch, holder, until) values (0, null, '-infinity');

create table sweep (
    id bigint generated always as identity primary key,
    kind text not null,
    store text not null,
    -- the window of updated_at
    since timestamptz not null,
    until timestamptz not null,
    backfill boolean not null,
    cursor text,
    seen bigint not null default 0,
    marked bigint not null default 0,
    started_at timestamptz not null default now(),
    moved_at timestamptz not null default now(),
    finished_at timestamptz,
    failure text
);
comment on table sweep is 'One sweep over a window of updated_at: resumable by its cursor.';
create index sweep_latest on sweep (kind, store, id desc);

create table operator_action (
    id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    "by" text not null,
    action text not null,
    subject text not null,
    detail jsonb
);
comment on table operator_action is 'What an operator did: replays, pauses, sweeps.';
