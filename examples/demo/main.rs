//! The real service between a fake Shopify and a fake NetSuite: a day of trade over HTTP, on a
//! private Postgres, then both sides side by side.
//!
//! With `--once` it ends by itself, with status 0 only if both sides agree; else it stays up.
//! With `--calls N` it trades N orders twice instead, and prints what each cost in calls; with
//! `--stock N` it changes the stock of N items, and with `--customers N` customers on both sides N times
//! each, with `--swept N` it sweeps over N customers; it prints what that cost.

#![expect(clippy::print_stdout, reason = "what it prints is what it is for")]

mod books;
mod calls;
mod customers;
mod day;
mod service;
mod stock;
mod swept;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use sandbox::netsuite::{self, Account};
use sandbox::shopify::{self, Shop};
use waybill::postgres::{Durability, Postgres};

use books::Books;
use service::{Service, Settings};

/// How long the day's documents may take to settle after the last order.
const PATIENCE: Duration = Duration::from_secs(120);

/// What takes minutes in a shop takes seconds here.
const SETTINGS: Settings = Settings {
    sweeps: "order = \"5s\"\nitem = \"5s\"",
    customers: "",
};

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
    let counting = counting(&arguments)?;
    let twins = twins(counting.is_some()).await?;
    let settings = match counting {
        Some((Counted::Stock, _)) => stock::SETTINGS,
        Some((Counted::Customers, _)) => customers::SETTINGS,
        Some((Counted::Swept, _)) => swept::SETTINGS,
        Some((Counted::Orders, _)) => calls::SETTINGS,
        None => SETTINGS,
    };
    let url = postgres.url("waybill");
    let service = Service::start(dir.path(), &url, &twins, settings).await?;
    if let Some((counted, number)) = counting {
        match counted {
            Counted::Orders => calls::measure(&twins, number).await?,
            Counted::Stock => stock::measure(&twins, &service, number).await?,
            Counted::Customers => customers::measure(&twins, &service, number).await?,
            Counted::Swept => swept::measure(&twins, &service, &url, number).await?,
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

/// What is counted instead of playing a day, and of how many.
#[derive(Clone, Copy)]
enum Counted {
    Orders,
    Stock,
    Customers,
    Swept,
}

fn counting(arguments: &[String]) -> anyhow::Result<Option<(Counted, usize)>> {
    let [flag, number] = arguments else {
        return Ok(None);
    };
    let counted = match flag.as_str() {
        "--calls" => Counted::Orders,
        "--stock" => Counted::Stock,
        "--customers" => Counted::Customers,
        "--swept" => Counted::Swept,
        _ => return Ok(None),
    };
    Ok(Some((counted, number.parse().context("how many?")?)))
}

async fn twins(counting: bool) -> anyhow::Result<Twins> {
    let shop = Shop::start(shopify::Settings {
        second_ms: 50,
        // A day in a minute: the shop's points come back as much faster, and where calls are
        // counted nothing waits for them at all.
        restore_rate: Some(if counting { 100_000 } else { 5_000 }),
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
