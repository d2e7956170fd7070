//! The Shopify twin against the facts, over HTTP and without any client of ours.
#![expect(clippy::unwrap_used, reason = "a failed test should stop here")]

mod companies;
mod control;
mod customers;
mod edits;
mod faults;
mod graphql;
mod life;
mod orders;
mod refunds;
mod returns;
mod subscriptions;
mod warehouse;
mod webhooks;
mod world;
