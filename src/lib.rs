//! waybill keeps a Shopify store and NetSuite in step.
//!
//! The life of an event, and the modules in reading order:
//!
//! 1. [`event`]: what a system told us, and the document it is about.
//! 2. [`inbound`]: the door: verifies, records, answers. [`outbox`]: stores, claims, ends; [`database`]: the Postgres under it.
//! 3. [`flows`]: read the document on both sides, plan (pure), apply.
//! 4. [`plan`]: the writes, each money document with its proof.
//! 5. [`shopify`], [`netsuite`]: the clients; [`exchange`]: one HTTP attempt of theirs;
//!    [`token`]: what it is authorised with; [`remote`]: how it fails; [`journal`]: its record.

pub mod action;
pub mod app;
pub mod check;
pub mod cli;
pub mod config;
pub mod connect;
pub mod database;
pub mod dispatch;
pub mod event;
pub mod exchange;
pub mod explain;
pub mod flows;
pub mod inbound;
pub mod journal;
pub mod link;
pub mod money;
pub mod netsuite;
pub mod operator;
pub mod outbox;
pub mod plan;
pub mod postgres;
pub mod privacy;
pub mod problem;
pub mod remote;
pub mod replay;
pub mod shopify;
pub mod stamp;
pub mod sweep;
pub mod telemetry;
pub mod token;
