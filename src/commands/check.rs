//! `waybill check`: what is right, what is wrong, how to mend it.

use std::path::Path;

use waybill::check;
use waybill::cli::Exit;
use waybill::config;

use super::{Failure, print};

pub(super) async fn run(path: Option<&Path>, offline: bool, json: bool) -> Result<Exit, Failure> {
    let config = match config::load(path) {
        Ok(config) => config,
        Err(error) => {
            print(json, &check::unusable(&error))?;
            return Ok(Exit::Unusable);
        }
    };
    let report = if offline {
        check::offline(&config)
    } else {
        check::online(&config).await
    };
    print(json, &report)?;
    Ok(if report.is_wrong() {
        Exit::Found
    } else {
        Exit::Done
    })
}
