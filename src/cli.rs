//! The command line: what can be asked, and the exit status it ends with.

use std::convert::Infallible;
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::event::{Document, Kind};

/// Keeps a Shopify store and NetSuite in step.
#[derive(Debug, Parser)]
#[command(name = "waybill", version, propagate_version = true)]
pub struct Cli {
    /// The configuration; ./waybill.toml if not given
    #[arg(long, global = true, value_name = "FILE", env = "WAYBILL_CONFIG")]
    pub config: Option<PathBuf>,
    /// Print one JSON object instead of text
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Clone, PartialEq, Subcommand)]
pub enum Command {
    /// Take webhooks, carry documents across, answer operators; until SIGTERM
    Serve {
        /// Start a private Postgres under ./.waybill instead of using DATABASE_URL
        #[arg(long)]
        private_postgres: bool,
    },
    /// Bring the database's tables up to date, and end
    Migrate,
    /// Prove the set-up item by item: what is right, what is wrong, how to mend it
    Check {
        /// Only what can be seen without calling the two systems
        #[arg(long)]
        offline: bool,
    },
    /// Make or mend the Shopify webhook subscriptions, and say which the app's own configuration must have
    Connect(Connect),
    /// Mark due what changed since a time and is not applied yet; far back it is the backfill
    Sweep(Sweep),
    /// Where a document stands, and why
    Explain {
        /// kind/owner/id, for example order/us/5123; or an order's name, for example "#1001"
        #[arg(value_name = "DOCUMENT")]
        what: String,
    },
    /// Show what a replay would write, and its hash; with --apply, write exactly that
    Replay(Replay),
    /// Stop a kind of document, or a store
    Pause {
        #[arg(value_name = "KIND|STORE")]
        what: Lane,
        /// Shown wherever the pause is
        #[arg(long, default_value = "")]
        reason: String,
        /// A time with its zone, or a day (UTC); without it, until `resume`
        #[arg(long, value_name = "TIME", value_parser = time)]
        until: Option<DateTime<Utc>>,
    },
    /// Start again what was paused
    Resume {
        #[arg(value_name = "KIND|STORE")]
        what: Lane,
    },
    /// Everything held about a person, as JSON: the answer to a data request
    ExportCustomer {
        /// STORE/CUSTOMER-ID, for example us/77; or an e-mail address
        #[arg(value_name = "PERSON")]
        who: String,
    },
    /// Erase everything held about a person
    ForgetCustomer {
        /// STORE/CUSTOMER-ID, for example us/77; or an e-mail address
        #[arg(value_name = "PERSON")]
        who: String,
    },
    /// Ask the service on this machine whether it lives (for images without a shell)
    Health,
}

#[derive(Debug, Clone, PartialEq, Args)]
pub struct Connect {
    /// One store by its name; all if not given
    #[arg(long)]
    pub store: Option<String>,
    /// Only say what would be done
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, Clone, PartialEq, Args)]
pub struct Sweep {
    /// What to look for
    #[arg(long)]
    pub kind: SweepKind,
    /// One store by its name; all if not given. Fulfillments and items are NetSuite's: leave it out
    #[arg(long)]
    pub store: Option<String>,
    /// A time with its zone, or a day (UTC); the usual window if not given
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub since: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SweepKind {
    Order,
    Customer,
    Fulfillment,
    Item,
}

impl SweepKind {
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::Order => Kind::Order,
            Self::Customer => Kind::Customer,
            Self::Fulfillment => Kind::Fulfillment,
            Self::Item => Kind::Item,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Args)]
pub struct Replay {
    /// kind/owner/id, for example order/us/5123
    #[arg(value_name = "DOCUMENT", required_unless_present = "problem")]
    pub documents: Vec<Document>,
    /// All documents held with this problem: its code, or code:cause
    #[arg(long, value_name = "CODE", conflicts_with = "documents")]
    pub problem: Option<String>,
    /// Write exactly the plan with this hash, or refuse because something moved
    #[arg(long, value_name = "HASH")]
    pub apply: Option<String>,
}

/// What a pause stops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lane {
    Kind(Kind),
    /// A store by its name, or `netsuite`.
    Owner(String),
}

impl FromStr for Lane {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let kind = Kind::ALL.into_iter().find(|kind| kind.as_str() == text);
        Ok(kind.map_or_else(|| Self::Owner(text.to_owned()), Self::Kind))
    }
}

/// `2026-11-01T00:00:00Z`, or `2026-11-01` for that day's first moment in UTC.
fn time(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(day) = text.parse::<NaiveDate>() {
        return Ok(day.and_time(NaiveTime::MIN).and_utc());
    }
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.to_utc())
        .map_err(|_| {
            "write a day, 2026-11-01, or a time with its zone, 2026-11-01T08:00:00Z".into()
        })
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Done,
    Failed,
    /// Unusable input or configuration, as clap itself says of unknown options.
    Unusable,
    /// Done, and found problems or differences.
    Found,
}

impl Exit {
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Unusable => 2,
            Self::Found => 3,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn command(line: &str) -> Command {
        Cli::parse_from(line.split(' ')).command
    }

    #[test]
    fn the_definition_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn options_before_and_after_the_command_are_the_same() {
        let cli = Cli::parse_from(["waybill", "serve", "--json", "--config", "a.toml"]);
        assert!(cli.json);
        assert_eq!(cli.config, Some("a.toml".into()));
        assert_eq!(
            cli.command,
            Command::Serve {
                private_postgres: false
            }
        );
    }

    #[test]
    fn a_day_is_its_first_moment_in_utc() {
        let Command::Sweep(sweep) = command("waybill sweep --kind order --since 2026-11-01") else {
            panic!("a sweep");
        };
        assert_eq!(
            sweep.since.unwrap().to_rfc3339(),
            "2026-11-01T00:00:00+00:00"
        );
        assert!(time("2026-11-01T08:00:00").is_err());
    }

    #[test]
    fn a_pause_names_a_kind_or_else_a_store() {
        let resume = |what| Command::Resume { what };
        assert_eq!(
            command("waybill resume order"),
            resume(Lane::Kind(Kind::Order))
        );
        assert_eq!(
            command("waybill resume us"),
            resume(Lane::Owner("us".into()))
        );
    }

    #[test]
    fn a_replay_names_documents_or_a_problem() {
        assert!(Cli::try_parse_from(["waybill", "replay"]).is_err());
        assert!(Cli::try_parse_from(["waybill", "replay", "order"]).is_err());
        command("waybill replay order/us/1 order/us/2 --apply abc");
        command("waybill replay --problem unknown_sku:MUG-1");
    }
}
