-- Cancelling a Shopify order for a sales order that was closed in NetSuite: a wish that Shopify carries out later.

create table cancellation (
    document text primary key references outbox (document) on delete cascade,
    asked_at timestamptz not null default now(),
    job text
);
comment on table cancellation is 'Shopify was asked, or was about to be, to cancel the order of this sales order, and has not said yet how that ended. Without a job its answer is missing.';
