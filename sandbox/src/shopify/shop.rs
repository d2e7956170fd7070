//! A running shop: the server on its port and the parts behind it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::acts::Acts;
use super::bucket::Bucket;
use super::fault::Faults;
use super::journal::Journal;
use super::state::State;
use super::time::ShopTime;
use super::token::Tokens;
use super::webhook::{Courier, Sender};
use super::{Inner, Settings, server};
use crate::connection::{Cut, CuttableListener};

/// A running shop; dropping it stops it. What can be done with it is on [`Acts`].
pub struct Shop {
    acts: Acts,
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl std::ops::Deref for Shop {
    type Target = Acts;

    fn deref(&self) -> &Acts {
        &self.acts
    }
}

/// Why a shop did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("no time zone is called `{0}`")]
    TimeZone(String),
    #[error("cannot listen")]
    Listen(#[from] std::io::Error),
    #[error("cannot make an HTTP client")]
    Client(#[from] reqwest::Error),
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Shop {
    /// Opens the shop and serves it on the current runtime.
    ///
    /// # Errors
    ///
    /// When the address is taken or the time zone unknown.
    pub async fn start(settings: Settings) -> Result<Self, StartError> {
        let time = ShopTime::of(&settings.time_zone)
            .ok_or_else(|| StartError::TimeZone(settings.time_zone.clone()))?;
        let listener = TcpListener::bind(settings.listen).await?;
        let address = listener.local_addr()?;
        let (maximum, rate) = settings.plan.bucket();
        let bucket = Bucket::new(maximum, settings.restore_rate.unwrap_or(rate));
        let tokens = Tokens::new(&settings);
        let secret = settings.client_secrets.first().cloned().unwrap_or_default();
        let state = Arc::new(Mutex::new(State::new(settings, time)));
        let sender = Arc::new(Sender {
            state: state.clone(),
            secret: Mutex::new(secret),
        });
        let inner = Arc::new(Inner {
            state,
            tokens,
            bucket: Mutex::new(bucket),
            faults: Faults::default(),
            journal: Journal::default(),
            gates: Mutex::default(),
            courier: Arc::new(Courier::new(Handle::current())?),
            witness: Mutex::default(),
            sender,
        });
        let service = server::router(inner.clone()).into_make_service_with_connect_info::<Cut>();
        let server = tokio::spawn(async move {
            // Serving ends only when the task is aborted.
            let _ = axum::serve(CuttableListener(listener), service).await;
        });
        Ok(Self {
            acts: Acts(inner),
            address,
            server,
        })
    }

    /// Where requests go instead of `https://{domain}`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}
