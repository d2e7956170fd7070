//! The one Postgres: how connections to it are made, and its migrations.

use std::str::FromStr;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Executor, PgPool};

/// Every migration, in the binary.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// How long a caller waits for a free connection, or for a database that is away. Shopify waits 5 s for
/// our whole answer, and a batch may have to wait for the one before it.
const ACQUIRE: Duration = Duration::from_secs(2);

/// A pool of at most `max` connections to `url`. The first use connects, not this.
///
/// A call that is cancelled inside a transaction would leave it open on a connection that the next
/// user gets, so each connection rolls back on its way to the pool. Statements end after 5 s, waiting
/// for a lock after 2 s, and a transaction that nobody drives after 10 s.
///
/// # Errors
///
/// When `url` is not the URL of a Postgres.
pub fn connect(url: &str, max: u32) -> sqlx::Result<PgPool> {
    // A plan that was kept since the tables were empty would read the whole of them.
    let plans = [("plan_cache_mode", "force_custom_plan")];
    Ok(pool(PgConnectOptions::from_str(url)?.options(plans), max))
}

/// A pool for the door's one statement, which takes longer to plan than to run: its plan is made once, and
/// by index, so that it stays right however the tables grow. Otherwise as [`connect`].
///
/// # Errors
///
/// When `url` is not the URL of a Postgres.
pub fn connect_door(url: &str, max: u32) -> sqlx::Result<PgPool> {
    let plans = [
        ("plan_cache_mode", "force_generic_plan"),
        ("enable_seqscan", "off"),
    ];
    Ok(pool(PgConnectOptions::from_str(url)?.options(plans), max))
}

fn pool(options: PgConnectOptions, max: u32) -> PgPool {
    let options = options.application_name("waybill").options([
        ("statement_timeout", "5s"),
        ("lock_timeout", "2s"),
        ("idle_in_transaction_session_timeout", "10s"),
        // A rollback outside a transaction is a warning, and the usual case of the hook.
        ("client_min_messages", "error"),
    ]);
    PgPoolOptions::new()
        .max_connections(max)
        .acquire_timeout(ACQUIRE)
        .after_release(|connection, _| {
            Box::pin(async move {
                connection.execute("rollback").await?;
                Ok(true)
            })
        })
        .connect_lazy_with(options)
}

/// Applies the migrations that the database lacks; one process at a time, the others wait for it.
///
/// # Errors
///
/// When the database is away, or its schema was made by another version of a migration.
pub async fn migrate(pool: &PgPool) -> Result<(), MigrateError> {
    // A connection of its own: a migration may take longer than a statement is given.
    let mut connection = pool.connect_options().connect().await?;
    connection
        .execute("set statement_timeout = 0; set lock_timeout = 0")
        .await?;
    MIGRATIONS.run(&mut connection).await
}

/// What the database lacks, in words, or nothing when events can be stored in it.
pub async fn lacks(pool: &PgPool) -> Option<String> {
    let newest = MIGRATIONS.iter().map(|migration| migration.version).max();
    let applied: sqlx::Result<Option<i64>> =
        sqlx::query_scalar("select max(version) from _sqlx_migrations where success")
            .fetch_one(pool)
            .await;
    match applied {
        Ok(applied) if applied >= newest => None,
        Ok(_) => Some("the database lacks migrations: run `waybill migrate`".to_owned()),
        // undefined_table
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("42P01") => {
            Some("the database was never migrated: run `waybill migrate`".to_owned())
        }
        Err(_) => Some("the database does not answer".to_owned()),
    }
}
