//! A fresh, migrated database for each test, under every test runner.
//!
//! A template is migrated once for each checksum
//! of the migrations; each test gets a copy of it, dropped when the test succeeds.

use std::str::FromStr;
use std::sync::LazyLock;

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, PgPool};
use waybill::database;
use waybill::postgres::{Durability, Postgres};

/// One test's own database.
pub(crate) struct Database {
    pub(crate) pool: PgPool,
    pub(crate) url: String,
    pub(crate) name: String,
    /// The server, when it is this database's alone.
    own: Option<(Postgres, tempfile::TempDir)>,
}

impl Database {
    pub(crate) async fn new() -> Self {
        let mut server = connect(&server()).await;
        let template = template(&mut server).await;
        let name = format!("test_{}", uuid::Uuid::new_v4().simple());
        let statement = format!("create database {name} template {template} strategy file_copy");
        server.execute(AssertSqlSafe(statement)).await.unwrap();
        let url = on(&server_url(), &name);
        let pool = database::connect(&url, 10).unwrap();
        Self {
            pool,
            url,
            name,
            own: None,
        }
    }

    /// An empty database on a server that the test may restart.
    pub(crate) async fn on_a_server_of_its_own() -> Self {
        let dir = tempfile::Builder::new().prefix("wb-").tempdir().unwrap();
        let server = Postgres::start(&dir.path().join("pg"), Durability::None).unwrap();
        server.ensure_database("waybill").await.unwrap();
        let url = server.url("waybill");
        Self {
            pool: database::connect(&url, 10).unwrap(),
            url,
            name: "waybill".to_owned(),
            own: Some((server, dir)),
        }
    }

    /// Stops the server of its own, and starts it again.
    pub(crate) fn restart(&mut self) {
        let (server, dir) = self.own.as_mut().unwrap();
        server.stop().unwrap();
        *server = Postgres::start(&dir.path().join("pg"), Durability::None).unwrap();
    }

    /// A connection that is not the pool's: what it holds, no statement deadline ends.
    pub(crate) async fn connection(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.unwrap()
    }

    /// Waits until a count is not 0.
    pub(crate) async fn until(&self, query: &'static str) {
        let until = tokio::time::Instant::now() + std::time::Duration::from_secs(60);
        while self.number(query).await == 0 {
            assert!(
                tokio::time::Instant::now() < until,
                "waited in vain: {query}"
            );
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }

    /// A connection to the server that is not to this database.
    pub(crate) async fn server(&self) -> PgConnection {
        connect(&server()).await
    }

    /// One number that a query gives.
    pub(crate) async fn number(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query)
            .fetch_one(&self.pool)
            .await
            .unwrap()
    }

    /// The texts of one column.
    pub(crate) async fn texts(&self, query: &'static str) -> Vec<String> {
        sqlx::query_scalar(query)
            .fetch_all(&self.pool)
            .await
            .unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // What a failed test leaves behind is what it is read from.
        if std::thread::panicking() || self.own.is_some() {
            return;
        }
        let statement = format!("drop database if exists {} with (force)", self.name);
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.unwrap().block_on(async {
                let mut server = connect(&server()).await;
                server.execute(AssertSqlSafe(statement)).await.unwrap();
            });
        });
        dropped.join().unwrap();
    }
}

/// The name of a migrated database to copy from; made by whoever needs it first.
async fn template(server: &mut PgConnection) -> String {
    let sums = database::MIGRATIONS.iter().flat_map(|m| m.checksum.iter());
    // FNV-1a, so that another set of migrations has another name.
    let hash = sums.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let name = format!("waybill_template_{hash:016x}");
    server
        .execute("select pg_advisory_lock(20261124)")
        .await
        .unwrap();
    let exists: bool =
        sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
            .bind(&name)
            .fetch_one(&mut *server)
            .await
            .unwrap();
    if !exists {
        // Under another name until it is whole, so that one who died here leaves no half of it.
        let making = format!("{name}_making");
        for statement in [
            format!("drop database if exists {making} with (force)"),
            format!("create database {making}"),
        ] {
            server.execute(AssertSqlSafe(statement)).await.unwrap();
        }
        let pool = database::connect(&on(&server_url(), &making), 1).unwrap();
        database::migrate(&pool).await.unwrap();
        pool.close().await;
        let statement = format!("alter database {making} rename to {name}");
        server.execute(AssertSqlSafe(statement)).await.unwrap();
    }
    server
        .execute("select pg_advisory_unlock(20261124)")
        .await
        .unwrap();
    name
}

async fn connect(options: &PgConnectOptions) -> PgConnection {
    PgConnection::connect_with(options).await.unwrap()
}

fn server() -> PgConnectOptions {
    PgConnectOptions::from_str(&server_url())
        .unwrap()
        .disable_statement_logging()
}

/// The server that `DATABASE_URL` names, else the private one for tests, which stays for the next run.
#[expect(
    clippy::disallowed_methods,
    reason = "a test has no configuration of its own"
)]
fn server_url() -> String {
    static PRIVATE: LazyLock<String> = LazyLock::new(|| {
        let dir = format!("/tmp/waybill-tests-{}", rustix::process::geteuid());
        let server = Postgres::start(dir.as_ref(), Durability::None).unwrap();
        let url = server.url("postgres");
        server.leave_running();
        url
    });
    std::env::var("DATABASE_URL").unwrap_or_else(|_| PRIVATE.clone())
}

/// The same server's URL for another database.
fn on(url: &str, name: &str) -> String {
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let server = base.rsplit_once('/').unwrap().0;
    format!("{server}/{name}?{query}")
}
