-- Sweeps of NetSuite, whose SuiteQL shows times in the integration user's time zone and does not name it.

alter table sweep
    -- the window by the other system's own clock: where it begins, and the newest change seen so far
    add column since_clock timestamp,
    add column until_clock timestamp;
comment on table sweep is 'One sweep over a window of changes of one kind and owner: resumable by its cursor. store is the owner: a store, or netsuite.';
