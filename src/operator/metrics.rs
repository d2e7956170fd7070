//! `GET /metrics`: what this process counted, and what the outbox holds now.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use metrics::{describe_gauge, gauge};
use metrics_exporter_prometheus::PrometheusBuilder;

use super::Desk;
use super::problem_details::Refusal;
use crate::outbox::list::{self, Backlog, Count, State as Standing};

pub(super) async fn show(State(desk): State<Desk>) -> Result<Response, Refusal> {
    let backlog = list::backlog(&desk.pool).await?;
    let counts = list::counts(&desk.pool).await?;
    let counted = desk.metrics.as_ref().map(|handle| handle.render());
    let text = counted.unwrap_or_default() + &outbox(&backlog, &counts);
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}

/// A recorder of its own for each scrape: what is no longer held or due must not stay behind.
fn outbox(backlog: &[Backlog], counts: &[Count]) -> String {
    let recorder = PrometheusBuilder::new().build_recorder();
    metrics::with_local_recorder(&recorder, || {
        describe_gauge!("waybill_due", "documents that are due, by kind and owner");
        describe_gauge!(
            "waybill_oldest_due_seconds",
            "how long the oldest due document has waited"
        );
        describe_gauge!(
            "waybill_held",
            "documents that wait for a person, by problem"
        );
        describe_gauge!(
            "waybill_settled",
            "documents that need nothing, by kind and outcome"
        );
        for lane in backlog {
            let labels = [("kind", lane.kind.clone()), ("owner", lane.owner.clone())];
            gauge!("waybill_due", &labels).set(amount(lane.due));
            let oldest = lane.oldest_due_seconds.unwrap_or_default();
            gauge!("waybill_oldest_due_seconds", &labels).set(oldest);
        }
        for count in counts {
            let kind = ("kind", count.kind.clone());
            let documents = amount(count.documents);
            match count.state {
                Standing::Held | Standing::Dead => {
                    let code = ("code", count.code.clone().unwrap_or_default());
                    gauge!("waybill_held", &[kind, code]).set(documents);
                }
                Standing::Settled => {
                    gauge!(
                        "waybill_settled",
                        &[kind, ("outcome", "applied".to_owned())]
                    )
                    .set(documents);
                }
                Standing::Skipped => {
                    gauge!(
                        "waybill_settled",
                        &[kind, ("outcome", "skipped".to_owned())]
                    )
                    .set(documents);
                }
                Standing::Due => {}
            }
        }
    });
    recorder.handle().render()
}

fn amount(count: i64) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}
