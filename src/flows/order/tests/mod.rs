//! The mapping as a whole: tables of cases, generated orders, and the orders both are made of.

mod cases;
mod dated;
mod forms;
mod generated;
mod holds;
mod later;
pub(super) mod sample;
mod taxed;
mod told;
mod wire;
