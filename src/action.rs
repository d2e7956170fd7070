//! The record of what operators did: who, what, when.

use serde_json::Value;
use sqlx::PgExecutor;

/// Who acts: the name of a token, or the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor(pub String);

impl Actor {
    #[must_use]
    pub fn command_line() -> Self {
        Self("command line".to_owned())
    }
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Replay,
    Sweep,
    Pause,
    Resume,
    ExportCustomer,
    ForgetCustomer,
}

impl Action {
    fn as_str(self) -> &'static str {
        match self {
            Self::Replay => "replay",
            Self::Sweep => "sweep",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::ExportCustomer => "export_customer",
            Self::ForgetCustomer => "forget_customer",
        }
    }
}

/// Writes down what `actor` did to `subject`.
///
/// # Errors
///
/// When the database does not answer.
pub async fn record(
    database: impl PgExecutor<'_>,
    actor: &Actor,
    action: Action,
    subject: &str,
    detail: Option<Value>,
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"insert into operator_action ("by", action, subject, detail) values ($1, $2, $3, $4)"#,
        actor.0,
        action.as_str(),
        subject,
        detail
    )
    .execute(database)
    .await?;
    Ok(())
}
