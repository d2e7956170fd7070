//! The outbox: one row a document, due, held or settled. All queue SQL lives in this folder.
//!
//! - [`writer`] stores events and raises their documents' marks, many in one commit.
//! - [`claim`] hands due documents to the one dispatcher that holds the [`lease`].
//! - [`end`] records how a pass ended, and only while its claim is still the newest.
//! - [`coverage`] says what became of each event.
//! - [`list`] shows it to people.
//! - [`pause`] stops lanes; a paused lane is simply not claimed.
//! - [`bodies`] keeps the events' bytes for as long as they are wanted, and no longer.
//!
//! `claims` only grows and is the fence: a pass that was overtaken records nothing.

pub mod bodies;
pub mod claim;
pub mod coverage;
pub mod end;
pub mod lease;
pub mod list;
pub mod pause;
pub mod writer;

pub use claim::{Claim, Lane};
pub use end::{Ended, Ending};
pub use lease::Lease;
