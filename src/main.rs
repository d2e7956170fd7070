//! The command line: parse, start, exit status.

mod commands;

use std::process::ExitCode;

use clap::Parser;
use waybill::cli::Cli;
use waybill::{config, telemetry};

fn main() -> ExitCode {
    let cli = Cli::parse();
    telemetry::logs(config::log_form());
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return commands::fail(&commands::Failure::failed(error)).into(),
    };
    let ended = runtime.block_on(commands::run(cli));
    // What still runs (a DNS look-up, for instance) does not keep the process.
    runtime.shutdown_background();
    match ended {
        Ok(exit) => exit,
        Err(failure) => commands::fail(&failure),
    }
    .into()
}
