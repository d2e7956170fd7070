//! The real door on a real socket, and a client that can misbehave.

use std::net::SocketAddr;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use waybill::config::{Secret, Store};
use waybill::database;
use waybill::inbound::listener::{self, Limits};
use waybill::inbound::{self, Bounds};
use waybill::outbox::writer::Writer;

use crate::database::Database;

pub(crate) const DOMAIN: &str = "acme-us.myshopify.com";
/// The newest secret of the store, and the one before it.
pub(crate) const SECRETS: [&str; 2] = ["shpss_new", "shpss_old"];
/// The account's callback secrets: `whsec_` and base64.
pub(crate) const CALLBACKS: [&str; 2] = ["whsec_bmV3LXNlY3JldA==", "whsec_b2xkLXNlY3JldA=="];
/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running public listener.
pub(crate) struct Door {
    pub(crate) address: SocketAddr,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Door {
    pub(crate) async fn open(database: &Database) -> Self {
        Self::open_with(database, Bounds::default(), Limits::default()).await
    }

    pub(crate) async fn open_with(database: &Database, bounds: Bounds, limits: Limits) -> Self {
        let pool = database::connect(&database.url, 4).unwrap();
        let (writer, committer) = Writer::new(pool.clone());
        let callbacks = CALLBACKS.map(|secret| Secret::new(secret.to_owned()));
        let door = inbound::Door::new(&[store()], &callbacks, writer, pool).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        let router = inbound::router(door.within(bounds));
        tasks.spawn(committer.run());
        tasks.spawn(listener::serve(listener, router, stop.clone(), limits));
        Self {
            address,
            stop,
            tasks,
        }
    }

    /// Stops as the service does, and returns when all is answered.
    pub(crate) async fn close(self) {
        self.stop.cancel();
        self.tasks.close();
        timeout(PATIENCE, self.tasks.wait()).await.unwrap();
    }

    /// Begins to stop, without waiting.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Posts a body and returns what is answered.
    pub(crate) async fn post(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut stream = self.connect().await;
        // A refusal may come, and the connection end, before all of it has left.
        let _ = stream.write_all(&head(path, headers, body.len())).await;
        let _ = stream.write_all(body).await;
        answer(&mut stream).await
    }

    /// Posts a webhook that Shopify signed with the store's newest secret.
    pub(crate) async fn webhook(&self, topic: &str, delivery: &str, body: &[u8]) -> Answer {
        let signature = sign(SECRETS[0], body);
        self.post(
            "/webhooks/shopify",
            &webhook(topic, delivery, &signature),
            body,
        )
        .await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        let mut stream = self.connect().await;
        let head = format!("GET {path} HTTP/1.1\r\nhost: door\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        answer(&mut stream).await
    }
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Head and body, in lower case.
    pub(crate) text: String,
}

/// The headers of a webhook.
pub(crate) fn webhook<'a>(
    topic: &'a str,
    delivery: &'a str,
    signature: &'a str,
) -> Vec<(&'static str, &'a str)> {
    vec![
        ("X-Shopify-Topic", topic),
        ("X-Shopify-Hmac-Sha256", signature),
        ("X-Shopify-Shop-Domain", DOMAIN),
        ("X-Shopify-API-Version", "2026-10"),
        ("X-Shopify-Webhook-Id", delivery),
    ]
}

/// The head of a request that closes the connection after it.
pub(crate) fn head(path: &str, headers: &[(&str, &str)], length: usize) -> Vec<u8> {
    let mut head = format!(
        "POST {path} HTTP/1.1\r\nhost: door\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n"
    );
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += "\r\n";
    head.into_bytes()
}

/// Reads to the end of the connection.
pub(crate) async fn answer(stream: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    // A connection that ends before all of a refused body was read may end with a reset.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut bytes))
        .await
        .unwrap();
    let text = String::from_utf8_lossy(&bytes).to_lowercase();
    let status = text
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    Answer {
        status: status.unwrap_or(0),
        text,
    }
}

/// Shopify's signature, made apart from the product's code.
pub(crate) fn sign(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body);
    STANDARD.encode(mac.finalize().into_bytes())
}

pub(crate) fn store() -> Store {
    let mut store: Store = toml::from_str(&format!(
        "name = 'us'\ndomain = '{DOMAIN}'\ntime_zone = 'America/New_York'\n[tax]\nstrategy = 'tax_line'"
    ))
    .unwrap();
    store.client_secrets = SECRETS
        .map(|secret| Secret::new(secret.to_owned()))
        .to_vec();
    store
}

/// Waits until the condition holds.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, condition: impl Fn() -> F) {
    let waited = timeout(PATIENCE, async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    assert!(waited.await.is_ok(), "never happened: {what}");
}
