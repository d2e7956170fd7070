//! Payments that a customer's bank asks back: the order is marked and an alarm is raised, and
//! everything else about it goes on.
//!
//! The mark is a note of the plan, or stands beside the reason of a pass that had nothing to write;
//! the alarm is a line of the log and a counter. Shopify books no transaction for money that a bank
//! takes back, so a lost dispute stays marked: a bookkeeper enters it.

use std::fmt::Display;

use crate::event::Document;
use crate::shopify::order::Order;

/// What is said of an order while a payment of it is disputed, or once it was lost.
pub(super) fn mark(order: &Order) -> Option<String> {
    let of_note = order.disputes.iter().filter(|dispute| {
        let settled = ["WON", "PREVENTED", "CHARGE_REFUNDED"];
        !settled.contains(&dispute.status.as_str())
    });
    let told: Vec<String> = of_note
        .map(|dispute| {
            let words = format!("{} {}", dispute.kind, dispute.status).to_lowercase();
            format!("{} (dispute {})", words.replace('_', " "), dispute.id)
        })
        .collect();
    (!told.is_empty()).then(|| format!("a payment is disputed: {}", told.join(", ")))
}

/// A reason with the mark beside it, if there is one.
pub(super) fn marked(reason: impl Display, order: &Order) -> String {
    match mark(order) {
        Some(mark) => format!("{reason}; {mark}"),
        None => reason.to_string(),
    }
}

/// Tells whoever watches, once for each pass over a disputed order.
pub(super) fn alarm(document: &Document, order: &Order) {
    if let Some(mark) = mark(order) {
        tracing::warn!(%document, "{document}: {mark}");
        metrics::counter!("waybill_disputed_passes_total", "owner" => document.owner.clone())
            .increment(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flows::order::tests::sample::order;
    use crate::shopify::order::Dispute;

    fn disputed(statuses: &[&str]) -> Order {
        let dispute = |(id, status): (u64, &&str)| Dispute {
            id,
            kind: "CHARGEBACK".to_owned(),
            status: (*status).to_owned(),
        };
        let disputes = (1..).zip(statuses).map(dispute).collect();
        let order = order("USD").line("MUG", 1, "10.00");
        order.with(|order| order.disputes = disputes).paid()
    }

    #[test]
    fn an_open_or_lost_dispute_is_a_mark_and_a_won_one_is_none() {
        let order = disputed(&["NEEDS_RESPONSE", "WON", "LOST"]);
        assert_eq!(
            marked("already equal", &order),
            "already equal; a payment is disputed: chargeback needs response (dispute 1), chargeback lost (dispute 3)"
        );
        for settled in ["WON", "PREVENTED", "CHARGE_REFUNDED"] {
            assert_eq!(marked("not paid", &disputed(&[settled])), "not paid");
        }
    }
}
