-- Shipments to Shopify: a pass that wakes other documents, and a call that must not be sent again too soon.

-- A pass that changed something marks the documents that live on it.
alter table event drop constraint event_source_check;
alter table event add constraint event_source_check check (source in ('shopify', 'netsuite', 'sweep', 'operator', 'waybill'));

-- Whether a shipment may still be on its way is asked before each one is sent.
create index attempt_call_shipments on attempt_call (call text_pattern_ops) where call like 'write shopify fulfillment of %';

-- When a sweep of shipments last looked for those that were deleted.
alter table sweep add column looked_for_deleted_at timestamptz;
