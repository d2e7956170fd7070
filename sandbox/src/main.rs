//! `sandbox [--shopify ADDR] [--netsuite ADDR] [--settings FILE]`: runs both twins until Ctrl-C.
//!
//! It prints one line for each, `shopify http://…` and `netsuite http://…`. The file is JSON, `{"shopify": {…},
//! "netsuite": {…}}` with the fields of the two `Settings`; an address on the command line wins.

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;

use sandbox::{netsuite, shopify};
use serde::Deserialize;

const USAGE: &str = "usage: sandbox [--shopify ADDR] [--netsuite ADDR] [--settings FILE]";

/// What the settings file holds.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Twins {
    shopify: shopify::Settings,
    netsuite: netsuite::Settings,
}

#[tokio::main]
async fn main() -> ExitCode {
    let twins = match twins(std::env::args().skip(1)) {
        Ok(twins) => twins,
        Err(reason) => return fail(&format!("{reason}\n{USAGE}"), 2),
    };
    match run(twins).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => fail(&reason, 1),
    }
}

fn fail(reason: &str, status: u8) -> ExitCode {
    // Nothing is left to do if not even this can be said.
    let _ = writeln!(std::io::stderr(), "{reason}");
    ExitCode::from(status)
}

fn twins(mut arguments: impl Iterator<Item = String>) -> Result<Twins, String> {
    let (mut shopify, mut netsuite) = (None, None);
    let mut twins = Twins::default();
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or(format!("{name} needs a value"))?;
        match name.as_str() {
            "--shopify" => shopify = Some(address(&value)?),
            "--netsuite" => netsuite = Some(address(&value)?),
            "--settings" => twins = read(&value)?,
            _ => return Err(format!("unknown option {name}")),
        }
    }
    twins.shopify.listen = shopify.unwrap_or(twins.shopify.listen);
    twins.netsuite.listen = netsuite.unwrap_or(twins.netsuite.listen);
    Ok(twins)
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| format!("{text} is no address like 127.0.0.1:4001"))
}

fn read(path: &str) -> Result<Twins, String> {
    let text = std::fs::read(path).map_err(|error| format!("{path}: {error}"))?;
    serde_json::from_slice(&text).map_err(|error| format!("{path}: {error}"))
}

async fn run(twins: Twins) -> Result<(), String> {
    let shop = shopify::Shop::start(twins.shopify)
        .await
        .map_err(|error| format!("shopify: {error}"))?;
    let account = netsuite::Account::start(twins.netsuite)
        .await
        .map_err(|error| format!("netsuite: {error}"))?;
    let urls = format!("shopify {}\nnetsuite {}\n", shop.url(), account.url());
    let mut out = std::io::stdout();
    out.write_all(urls.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| error.to_string())?;
    tokio::signal::ctrl_c()
        .await
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Twins, String> {
        twins(arguments.iter().map(ToString::to_string))
    }

    #[test]
    fn an_address_is_taken_for_each_twin_and_anything_else_is_refused() {
        let twins = parse(&["--shopify", "127.0.0.1:4001"]).unwrap();
        assert_eq!(twins.shopify.listen.port(), 4_001);
        assert_eq!(twins.netsuite.listen.port(), 0);
        for wrong in [&["--shopify"][..], &["--shopify", "x"], &["--port", "1"]] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
