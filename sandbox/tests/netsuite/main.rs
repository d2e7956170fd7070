//! The NetSuite twin against the facts, over plain HTTP: no client of ours is involved.
#![expect(clippy::unwrap_used, reason = "a failed test should stop here")]

mod world;

mod faults;
mod orders;
mod suiteql;
mod tokens;
mod transforms;
