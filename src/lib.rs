//! waybill keeps a Shopify store and NetSuite in step.
//!
//! The life of an event, and the modules in reading order:
//!
//! 1. [`event`]: what a system told us, and the document it is about.
//! 2. [`flows`]: read the document on both sides, plan (pure), apply.
//! 3. [`plan`]: the writes, each money document with its proof.
//! 4. [`shopify`], [`netsuite`]: the clients; [`remote`]: one outbound call; [`journal`]: its record.

pub mod cli;
pub mod config;
pub mod event;
pub mod explain;
pub mod flows;
pub mod journal;
pub mod link;
pub mod money;
pub mod netsuite;
pub mod operator;
pub mod outbox;
pub mod plan;
pub mod postgres;
pub mod problem;
pub mod remote;
pub mod shopify;
pub mod stamp;
