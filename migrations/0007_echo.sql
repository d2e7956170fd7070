-- Showing NetSuite's id on a Shopify order changes the order, and Shopify tells us so.

-- the version our own write gave the Shopify order, and how many events its document had before
alter table link add column echo_version timestamptz;
alter table link add column echo_marks bigint;
alter table link add constraint link_echo_is_whole check ((echo_version is null) = (echo_marks is null));
