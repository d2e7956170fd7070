//! `waybill health`: asks the service on this machine, for images without a shell.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use waybill::cli::Exit;
use waybill::config::Config;

use super::Failure;

const DEADLINE: Duration = Duration::from_secs(2);
/// A status line is far shorter.
const ANSWER: u64 = 1024;

pub(super) async fn run(config: &Config) -> Result<Exit, Failure> {
    let mut address = config.public.listen;
    if address.ip().is_unspecified() {
        address.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    let answer = tokio::time::timeout(DEADLINE, ask(address))
        .await
        .map_err(Failure::failed)?;
    let answer = answer.map_err(Failure::failed)?;
    if answer.starts_with("HTTP/1.1 200") {
        return Ok(Exit::Done);
    }
    let status = answer.lines().next().unwrap_or_default().to_owned();
    Err(Failure::failed(anyhow::anyhow!(
        "{address} is not ready: {status}"
    )))
}

async fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.take(ANSWER).read_to_string(&mut answer).await?;
    Ok(answer)
}
