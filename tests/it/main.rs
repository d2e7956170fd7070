//! All that needs more than one module: the real service, a real Postgres, and the twins over HTTP.
#![expect(
    clippy::unwrap_used,
    reason = "a failed test should stop where it fails"
)]

mod adoption;
mod afterwards;
mod architecture;
mod bodies;
mod bounds;
mod callback_wire;
mod callbacks;
mod calls;
mod cancelled_in_netsuite;
mod cash_sales;
mod commands;
mod coverage;
mod crashes;
mod currencies;
mod customer_removal;
mod customer_storm;
mod customer_sweep;
mod customer_sync;
mod customers;
mod database;
mod dependencies;
mod door;
mod edits;
mod entering;
mod faults;
mod fulfillments;
mod fulfillments_changed;
mod held;
mod listener;
mod lives;
mod marks;
mod mending;
mod netsuite_client;
mod netsuite_sweeps;
mod operator;
mod orders;
mod outbox;
mod packaging;
mod payments;
mod periods;
mod privacy;
mod process;
mod quarantine;
mod refunds;
mod replay;
mod samples;
mod shipment_callbacks;
mod shipment_crashes;
mod shipment_story;
mod shipment_sweep;
mod shopify_client;
mod skus;
mod stock;
mod stock_sweep;
mod stock_writes;
mod suitescript;
mod sweep;
mod taxes;
mod webhooks;
mod world;
