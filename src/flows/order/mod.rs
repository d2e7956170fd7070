//! The order flow: a Shopify order becomes a sales order with its deposits.

mod address;
mod allocate;
mod change;
mod customer;
mod discounts;
mod document;
mod fields;
mod gate;
mod head;
mod items;
mod lines;
mod net;
mod payments;
pub mod plan;
mod proof;
mod sale;
mod setting;
mod shipping;
mod stated;
mod tax;
mod text;
mod till;

pub use change::Hashes;
pub use customer::{Candidate, CustomerMatch, choose, renamed};
pub use gate::{Gate, Skip, gate, record};
pub use items::{Item, Items};

#[cfg(test)]
mod cases;
#[cfg(test)]
mod sample;
