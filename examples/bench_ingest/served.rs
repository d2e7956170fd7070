//! The two services: the real door, and the plain handler it is compared with.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use waybill::config::{Secret, Store};
use waybill::inbound::listener::{self, Limits};
use waybill::inbound::{self, Door};
use waybill::outbox::writer::Writer;
use waybill::{database, outbox};

use crate::load::{DOMAIN, SECRET};

/// Runs a future on all cores.
pub(crate) fn block_on<T>(future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(future)
}

/// The public listener as the service runs it.
pub(crate) async fn door(url: &str) -> anyhow::Result<()> {
    let pool = database::connect_door(url, 4)?;
    database::migrate(&pool).await?;
    outbox::bodies::maintain(&pool, 90).await?;
    let (writer, committer) = Writer::new(pool.clone());
    let mut store: Store = toml::from_str(&format!(
        "name = 'us'\ndomain = '{DOMAIN}'\ntime_zone = 'America/New_York'\n[tax]\nstrategy = 'tax_line'"
    ))?;
    store.client_secrets = vec![Secret::new(SECRET.to_owned())];
    let router = inbound::router(Door::new(&[store], &[], writer, pool)?);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    announce(&listener)?;
    let stop = CancellationToken::new();
    let serving = listener::serve(listener, router, stop, Limits::default());
    tokio::join!(serving, committer.run());
    Ok(())
}

/// One row a request, one commit a row.
pub(crate) async fn baseline(url: &str) -> anyhow::Result<()> {
    let pool = PgPoolOptions::new()
        .max_connections(16)
        .connect(url)
        .await?;
    sqlx::raw_sql(
        "create table if not exists baseline (
             id bigint generated always as identity primary key,
             body jsonb not null,
             received_at timestamptz not null default now()
         )",
    )
    .execute(&pool)
    .await?;
    let router = Router::new().route("/", post(insert)).with_state(pool);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    announce(&listener)?;
    axum::serve(listener, router).await?;
    Ok(())
}

async fn insert(State(pool): State<PgPool>, body: String) -> StatusCode {
    // The text is parsed once, by the database: the quickest plain way.
    let inserted = sqlx::query("insert into baseline (body) values ($1::jsonb)")
        .bind(body)
        .execute(&pool)
        .await;
    match inserted {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

#[expect(clippy::print_stdout, reason = "tells the driver where it listens")]
fn announce(listener: &TcpListener) -> anyhow::Result<()> {
    println!("{}", listener.local_addr()?);
    Ok(())
}
