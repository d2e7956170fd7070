-- What an order becomes after it was placed has links of its own, and so has what travels to Shopify.

alter table link drop constraint link_kind_check;
alter table link add constraint link_kind_check check (kind in (
    'order', 'deposit', 'customer',
    'invoice', 'application', 'return', 'receipt', 'credit', 'refund',
    'fulfillment', 'item', 'company', 'company_location'
));

-- A money document has one source. A customer or item may be known under several Shopify ids, and a
-- shipment from two places is two Shopify fulfillments.
drop index link_netsuite;
create unique index link_netsuite on link (record, netsuite_id)
    where kind not in ('customer', 'fulfillment', 'item', 'company', 'company_location');
create index link_netsuite_id on link (netsuite_id, record);
