//! A fake Shopify and a fake NetSuite, written from the vendors' documentation: strict, stateful, with faults on demand.
//!
//! Tests and the demo use them over HTTP; the product never links them, and they know nothing of the product.

mod connection;
pub mod netsuite;
pub mod shopify;
