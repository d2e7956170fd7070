//! `script/bench ingest`: the door against a plain axum handler that inserts one jsonb row per request.
//!
//! Both are processes of their own on one private, durable Postgres, and take turns for several rounds, so that
//! what else the machine does meets both. Prints the ratio, the latencies and the door's memory.

mod load;
mod report;
mod served;

use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};

use anyhow::{Context, bail};
use waybill::postgres::{Durability, Postgres};

use load::Target;
use report::Report;

/// Rounds that count; one more goes before them.
const ROUNDS: usize = 5;

fn main() -> ExitCode {
    match act() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn act() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["run", dir, requests] => run(Path::new(dir), requests.parse()?),
        ["door", url] => serve(served::door(url)),
        ["baseline", url] => serve(served::baseline(url)),
        _ => bail!("use script/bench ingest"),
    }
}

/// Serves until the driver is gone, however it ended.
fn serve(service: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    served::block_on(service)
}

/// Sends `requests` to each of the two in each round.
fn run(dir: &Path, requests: usize) -> anyhow::Result<()> {
    let mut postgres = Postgres::start(dir, Durability::Full)?;
    let door = Server::start("door", &postgres.url("postgres"))?;
    let baseline = Server::start("baseline", &postgres.url("postgres"))?;
    let mut report = Report::new(door.child.id());
    for round in 0..=ROUNDS {
        let requests = if round == 0 { requests / 4 } else { requests };
        for (target, server) in [(Target::Baseline, &baseline), (Target::Door, &door)] {
            let batch = load::prepare(target, round, requests);
            let measured = served::block_on(load::send(&server.address, batch))?;
            if round > 0 {
                report.add(target, measured);
            }
        }
    }
    report.print()?;
    drop((door, baseline));
    postgres.stop()?;
    Ok(())
}

/// One of the two services, in a process of its own, so that its memory can be told.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(role: &str, url: &str) -> anyhow::Result<Self> {
        let program: PathBuf = std::env::current_exe()?;
        let mut child = Command::new(program)
            .args([role, url])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().context("no output")?;
        let mut address = String::new();
        std::io::BufReader::new(output).read_line(&mut address)?;
        let address = address.trim().to_owned();
        let server = Self { child, address };
        if server.address.is_empty() {
            bail!("the {role} did not start");
        }
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
