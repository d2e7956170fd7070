//! The service against a real Postgres, and later against the twins, over HTTP.
#![expect(
    clippy::unwrap_used,
    reason = "a failed test should stop where it fails"
)]

mod bodies;
mod bounds;
mod callbacks;
mod coverage;
mod database;
mod door;
mod listener;
mod marks;
mod operator;
mod webhooks;
