//! `cargo run --example private_postgres -- DIR`: a server for tests under DIR, not durable; prints its address and leaves it running.

use std::path::PathBuf;

use anyhow::Context;
use waybill::postgres::{Durability, Postgres};

fn main() -> anyhow::Result<()> {
    let dir: PathBuf = std::env::args_os()
        .nth(1)
        .context("which directory?")?
        .into();
    let server = Postgres::start(&dir, Durability::None)?;
    #[expect(clippy::print_stdout, reason = "the address is the result")]
    {
        println!("{}", server.url("postgres"));
    }
    server.leave_running();
    Ok(())
}
