//! 32 connections that send prepared requests: the load must cost less than what it measures.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

pub(crate) const DOMAIN: &str = "bench.myshopify.com";
pub(crate) const SECRET: &str = "shpss_bench";
pub(crate) const CONNECTIONS: usize = 32;
/// The size of a body.
pub(crate) const BODY: usize = 8 << 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Door,
    Baseline,
}

/// What one round took.
pub(crate) struct Measured {
    pub(crate) took: Duration,
    pub(crate) latencies: Vec<Duration>,
}

/// The bytes of every request of a round, signed, dealt to the connections.
pub(crate) fn prepare(target: Target, round: usize, requests: usize) -> Vec<Vec<Vec<u8>>> {
    let mut dealt = vec![Vec::new(); CONNECTIONS];
    for number in 0..requests {
        let order = round * 1_000_000 + number;
        let body = order_body(order);
        let path = match target {
            Target::Door => "/webhooks/shopify",
            Target::Baseline => "/",
        };
        // Both get the same bytes; only the door looks at the signature.
        let mut request = format!(
            "POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
             x-shopify-topic: orders/create\r\nx-shopify-shop-domain: {DOMAIN}\r\nx-shopify-api-version: 2026-10\r\n\
             x-shopify-webhook-id: {order:032x}\r\nx-shopify-hmac-sha256: {}\r\n\r\n",
            body.len(),
            sign(&body)
        );
        request += &body;
        dealt[number % CONNECTIONS].push(request.into_bytes());
    }
    dealt
}

/// An order of 8 KB: the keys of a real one, and text that compresses as real orders do.
fn order_body(order: usize) -> String {
    let mut seed = u64::try_from(order).unwrap_or(0) + 1;
    let mut token = || {
        // xorshift: the same bodies in every run.
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    let mut body = format!(
        r##"{{"id":{},"admin_graphql_api_id":"gid://shopify/Order/{0}","updated_at":"2026-11-24T09:00:00-05:00","name":"#{order}","token":"{:016x}","cart_token":"{:016x}","currency":"USD","total_price":"{}.00","line_items":["##,
        820_982_911_946_000_000 + order,
        token(),
        token(),
        token() % 1000
    );
    while body.len() < BODY - 900 {
        let _ = write!(
            body,
            r#"{{"id":{},"variant_id":{},"product_id":{},"sku":"SKU-{:05}","title":"Item {:08x}","quantity":{},"price":"{}.{:02}","price_set":{{"shop_money":{{"amount":"{}.00","currency_code":"USD"}},"presentment_money":{{"amount":"{}.00","currency_code":"USD"}}}},"taxable":true,"requires_shipping":true,"gift_card":false,"vendor":"Acme","fulfillment_service":"manual","properties":[],"tax_lines":[{{"title":"NY State Tax","price":"{}.{:02}","rate":0.04}}]}},"#,
            token() >> 12,
            token() >> 12,
            token() >> 12,
            token() % 100_000,
            token() & 0xffff_ffff,
            token() % 9 + 1,
            token() % 200,
            token() % 100,
            token() % 200,
            token() % 200,
            token() % 20,
            token() % 100,
        );
    }
    body.pop();
    body += r#"],"note":""#;
    while body.len() < BODY - 2 {
        let _ = write!(body, "{:016x} ", token());
    }
    body.truncate(BODY - 2);
    body += "\"}";
    body
}

fn sign(body: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()) else {
        return String::new();
    };
    mac.update(body.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// Sends all of it and waits for each answer before the next request of its connection.
pub(crate) async fn send(address: &str, dealt: Vec<Vec<Vec<u8>>>) -> anyhow::Result<Measured> {
    let mut streams = Vec::new();
    for requests in dealt {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        streams.push((stream, requests));
    }
    let begun = Instant::now();
    let mut connections = JoinSet::new();
    for (stream, requests) in streams {
        connections.spawn(one_by_one(stream, requests));
    }
    let mut latencies = Vec::new();
    while let Some(done) = connections.join_next().await {
        latencies.append(&mut done??);
    }
    Ok(Measured {
        took: begun.elapsed(),
        latencies,
    })
}

async fn one_by_one(
    mut stream: TcpStream,
    requests: Vec<Vec<u8>>,
) -> anyhow::Result<Vec<Duration>> {
    let mut latencies = Vec::with_capacity(requests.len());
    let mut buffer = Vec::with_capacity(4096);
    for request in requests {
        let begun = Instant::now();
        stream.write_all(&request).await?;
        buffer.clear();
        while !is_whole(&buffer)? {
            if stream.read_buf(&mut buffer).await? == 0 {
                bail!("the connection was closed");
            }
        }
        latencies.push(begun.elapsed());
        if !buffer.starts_with(b"HTTP/1.1 200") {
            bail!("answered {}", String::from_utf8_lossy(&buffer));
        }
    }
    Ok(latencies)
}

fn is_whole(answer: &[u8]) -> anyhow::Result<bool> {
    let Some(head) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(false);
    };
    let text = String::from_utf8_lossy(&answer[..head]).to_ascii_lowercase();
    let length = text.split("content-length: ").nth(1);
    let length: usize = length
        .and_then(|rest| rest.split("\r\n").next())
        .context("no content-length")?
        .parse()?;
    Ok(answer.len() >= head + 4 + length)
}
