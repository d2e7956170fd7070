//! Shopify: the client, and one file per document with its wire types and the calls on it.

pub mod order;
