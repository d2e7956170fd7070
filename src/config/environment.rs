//! The settings that belong to a process, not to the file.

use super::Secret;

/// The database: `DATABASE_URL`. A secret, since it may hold a password.
#[expect(
    clippy::disallowed_methods,
    reason = "settings are read in config, which this is"
)]
#[must_use]
pub fn database_url() -> Option<Secret> {
    let url = std::env::var("DATABASE_URL").ok()?;
    (!url.is_empty()).then(|| Secret::new(url))
}

/// What `WAYBILL_LOG` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogForm {
    Text,
    /// One object a line.
    Json,
}

/// How log lines are written: `WAYBILL_LOG=json`, else text.
#[expect(
    clippy::disallowed_methods,
    reason = "settings are read in config, which this is"
)]
#[must_use]
pub fn log_form() -> LogForm {
    match std::env::var("WAYBILL_LOG").as_deref() {
        Ok("json") => LogForm::Json,
        Ok(_) | Err(_) => LogForm::Text,
    }
}
