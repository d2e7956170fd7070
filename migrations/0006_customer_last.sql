-- Customers travel in both directions: what each side held when they were last made equal, as hashes.

alter table link add column last jsonb;
comment on column link.last is 'Of a customer: per field the hash of what each side held when both were last equal, and which saved address is which line.';
