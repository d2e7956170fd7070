//! The real service between a fake Shopify and a fake NetSuite: a day of trade over HTTP, on a
//! private Postgres, then both sides side by side.
//!
//! With `--once` it ends by itself, with status 0 only if both sides agree; else it stays up.
//! With `--calls N` it trades N orders twice instead, and prints what each cost in calls; with
//! `--stock N` it changes the stock of N items, and prints what that cost.

#![expect(clippy::print_stdout, reason = "what it prints is what it is for")]

mod books;
mod calls;
mod day;
mod service;
mod stock;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use sandbox::netsuite::{self, Account};
use sandbox::shopify::{self, Shop};
use waybill::postgres::{Durability, Postgres};

use books::Books;
use service::Service;

/// How long the day's documents may take to settle after the last order.
const PATIENCE: Duration = Duration::from_secs(120);

/// What takes minutes in a shop takes seconds here.
const SWEEPS: &str = "order = \"5s\"\nitem = \"5s\"";

/// Both twins, as the demo drives them.
pub(crate) struct Twins {
    pub(crate) shop: Shop,
    pub(crate) netsuite: Account,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(status) => status,
        Err(error) => {
            println!("\nthe demo failed: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let once = arguments.iter().any(|argument| argument == "--once");
    let dir = tempfile::Builder::new().prefix("waybill-demo-").tempdir()?;
    println!("starting a private Postgres, a fake Shopify, a fake NetSuite and waybill …");
    let mut postgres = Postgres::start(&dir.path().join("postgres"), Durability::Full)?;
    postgres.ensure_database("waybill").await?;
    let counting = match arguments.as_slice() {
        [flag, number] if flag == "--calls" || flag == "--stock" => {
            Some(number.parse().context("how many?")?)
        }
        _ => None,
    };
    let stock = arguments.iter().any(|argument| argument == "--stock");
    let twins = twins(counting).await?;
    let sweeps = if stock { stock::SWEEPS } else { SWEEPS };
    let url = postgres.url("waybill");
    let service = Service::start(dir.path(), &url, &twins, sweeps).await?;
    if let Some(number) = counting {
        if stock {
            stock::measure(&twins, &service, number).await?;
        } else {
            calls::measure(&twins, number).await?;
        }
        service.stop().await?;
        postgres.stop()?;
        return Ok(ExitCode::SUCCESS);
    }
    let expected = day::play(&twins, &service).await?;
    let books = settle(&twins, &expected).await?;
    println!("\n{books}");
    let agree = books.agree();
    if !agree {
        println!("what the service said last:\n{}", service.last_words());
    }
    if !once {
        println!("\n{}\nCtrl-C ends it.", service.doors());
        tokio::signal::ctrl_c().await?;
    }
    service.stop().await?;
    postgres.stop()?;
    Ok(if agree {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn twins(counting: Option<usize>) -> anyhow::Result<Twins> {
    let shop = Shop::start(shopify::Settings {
        second_ms: 50,
        // A day in a minute: the shop's points come back as much faster, and where calls are
        // counted nothing waits for them at all.
        restore_rate: Some(if counting.is_some() { 100_000 } else { 5_000 }),
        ..shopify::Settings::default()
    });
    let netsuite = Account::start(netsuite::Settings {
        custom_fields: ["custcol_waybill_line".to_owned()].into(),
        ..netsuite::Settings::default()
    });
    let twins = Twins {
        shop: shop.await?,
        netsuite: netsuite.await?,
    };
    day::stock(&twins);
    Ok(twins)
}

/// Waits until the books show what the day must end in, or cannot any more.
async fn settle(twins: &Twins, expected: &[day::Expected]) -> anyhow::Result<Books> {
    let began = Instant::now();
    loop {
        twins
            .shop
            .settle()
            .await
            .context("webhooks are still under way")?;
        let books = Books::of(twins, expected);
        if books.agree() || began.elapsed() > PATIENCE {
            return Ok(books);
        }
        if expected.is_empty() {
            bail!("the day had no orders");
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
