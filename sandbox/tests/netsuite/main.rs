//! The NetSuite twin against the facts, over plain HTTP: no client of ours is involved.
#![expect(clippy::unwrap_used, reason = "a failed test should stop here")]
#![expect(clippy::too_many_lines, reason = "a story reads in one piece")]

mod world;

mod callbacks;
mod changes;
mod faults;
mod orders;
mod periods;
mod preferences;
mod returns;
mod samples;
mod subsidiaries;
mod suiteql;
mod tokens;
mod transforms;
