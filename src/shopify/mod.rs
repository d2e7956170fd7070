//! Shopify: the client, and one file per document with its wire types and the calls on it.

pub mod companies;
mod cost;
mod credentials;
pub mod customer;
mod customer_writes;
pub mod customers;
mod fulfillment_query;
mod fulfillment_write_query;
pub mod fulfillment_writes;
pub mod fulfillments;
pub mod inventory;
mod inventory_query;
pub mod metafields;
pub mod on_hand;
#[cfg(test)]
mod operations;
pub mod order;
mod order_agreements;
mod order_buyer;
pub mod order_cancel;
mod order_history;
mod order_locations;
mod order_query;
mod order_reading;
mod order_refunds;
mod order_returns;
pub mod order_versions;
pub mod orders;
mod reading;
mod refusal;
mod return_query;
mod schema;
pub mod shop;
pub mod subscriptions;
mod transport;

use std::sync::atomic::AtomicBool;

use crate::config::store::CurrencyBasis;
use crate::config::{Store, Timing};
use crate::exchange::Exchange;
use crate::token::TokenCache;
use cost::Bucket;
use credentials::Credentials;
use transport::Transport;

/// One store, as our app sees it. Shared by everything that calls it: the cost bucket counts all of
/// its calls.
#[derive(Debug)]
pub struct Client {
    transport: Transport,
    basis: CurrencyBasis,
}

/// Why a client cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error(
        "store {store} has no credentials: set client_id and client_secrets, or access_token for a legacy custom app"
    )]
    NoCredentials { store: String },
    #[error("the HTTP client could not be built")]
    Http(#[from] reqwest::Error),
}

impl Client {
    /// # Errors
    ///
    /// [`SetupError::NoCredentials`].
    pub fn new(store: &Store, timing: &Timing) -> Result<Self, SetupError> {
        Ok(Self {
            transport: Transport {
                exchange: Exchange::new(timing.shopify_deadline)?,
                base: store.base_url(),
                credentials: Credentials::new(store)?,
                tokens: TokenCache::default(),
                bucket: Bucket::new(),
                warned: AtomicBool::new(false),
            },
            basis: store.currency_basis,
        })
    }
}
