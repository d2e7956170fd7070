//! `waybill migrate`: brings the database's tables up to date.

use waybill::cli::Exit;
use waybill::database;

use super::{Failure, pool};

pub(super) async fn run() -> Result<Exit, Failure> {
    database::migrate(&pool()?).await.map_err(Failure::failed)?;
    Ok(Exit::Done)
}
