//! Logs and metrics: one line per attempt, text on a terminal, JSON when asked.
//!
//! Nothing personal is ever a field: bodies, tokens, names, e-mails and addresses stay out.

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::config::LogForm;

/// Starts logging to standard error, filtered by `RUST_LOG`. A second call does nothing.
pub fn logs(form: LogForm) {
    let filter = EnvFilter::builder()
        .with_default_directive(tracing::Level::INFO.into())
        .from_env_lossy();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let started = match form {
        LogForm::Json => subscriber.json().flatten_event(true).try_init(),
        LogForm::Text => subscriber.try_init(),
    };
    drop(started);
}

/// Starts counting; the handle renders what Prometheus scrapes.
#[must_use]
pub fn metrics() -> PrometheusHandle {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    // A second recorder in one process (tests) keeps its own handle and counts nothing.
    drop(metrics::set_global_recorder(recorder));
    handle
}
