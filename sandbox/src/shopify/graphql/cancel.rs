//! Cancelling an order through the API: a job, whose outcome is read afterwards.

use apollo_compiler::resolvers::ResolveInfo;
use apollo_compiler::response::JsonValue;

use super::super::lock;
use super::super::order::{Cancelling, Order};
use super::Ctx;
use super::mutation::{Mutation, input};
use super::node::{Record, Resolved, argument, flag, global, id_argument, object, user_error_of};
use super::order::OrderNode;
use super::refund_acts::flag as flag_in;

/// Characters that a note to the staff may have.
const LONGEST_NOTE: usize = 255;

/// Why an order cannot be cancelled, asked before the job is queued.
fn refusal_of(order: Option<&Order>) -> Option<(&'static str, &'static str)> {
    let Some(order) = order else {
        return Some(("Order does not exist", "NOT_FOUND"));
    };
    if order.cancelled_at.is_some() {
        return Some((
            "Cannot cancel an order that is already cancelled",
            "INVALID",
        ));
    }
    let shipped = order.lines.iter().any(|line| line.shipped() > 0);
    shipped.then_some(("Cannot cancel an order that has been fulfilled", "INVALID"))
}

impl<'a> Mutation<'a> {
    /// The answer names a job that is not done; unless jobs are held it runs right after, so that a read
    /// of the order shows it.
    pub(super) fn cancel(&self, info: &ResolveInfo<'_>) -> Resolved<'a> {
        let payload = Record::new("OrderCancelPayload").records("userErrors", Vec::new());
        let id = id_argument(info, "orderId", "Order")?;
        let held = id.and_then(|id| self.ctx.state(|state| state.orders.get(&id).cloned()));
        let note = argument(info, "staffNote");
        let too_long = note.is_some_and(|note| note.chars().count() > LONGEST_NOTE);
        let refusal = refusal_of(held.as_deref()).map(|(message, code)| ("orderId", message, code));
        let note_refusal = (
            "staffNote",
            "Staff note is too long (maximum is 255 characters)",
            "INVALID",
        );
        if let Some((field, message, code)) = refusal.or(too_long.then_some(note_refusal)) {
            let error = user_error_of("OrderCancelUserError", &[field])
                .leaf("message", message)
                .leaf("code", code);
            return object(
                payload
                    .leaf("job", JsonValue::Null)
                    .leaf("jobResult", JsonValue::Null)
                    .records("orderCancelUserErrors", vec![error]),
            );
        }
        let method = input(info, "refundMethod");
        let how = Cancelling {
            reason: argument(info, "reason").unwrap_or("OTHER").to_lowercase(),
            refund: flag(info, "refund") || flag_in(&method, "originalPaymentMethodsRefund"),
            restock: flag(info, "restock"),
            staff_note: note.map(str::to_owned),
            notify: flag(info, "notifyCustomer"),
        };
        let order = id.unwrap_or(0);
        let (job, notices) = lock(&self.ctx.shop.state).queue_cancellation(order, how);
        self.tell(&notices);
        let queued = Record::new("Job")
            .leaf("id", global("Job", job))
            .leaf("done", false);
        let result = Record::new("OrderCancelJobResult")
            .leaf("id", global("OrderCancelJobResult", job))
            .leaf("done", false)
            .leaf("status", "STARTED")
            .records("errors", Vec::new());
        object(
            payload
                .record("job", queued)
                .record("jobResult", result)
                .records("orderCancelUserErrors", Vec::new()),
        )
    }
}

/// How the job of a cancellation ended.
pub(super) fn job_result<'a>(ctx: &'a Ctx, id: u64) -> Option<Record<'a>> {
    let job = ctx.state(|state| state.jobs.get(&id).cloned())?;
    let status = match &job.end {
        None => "STARTED",
        Some(Ok(())) => "SUCCEEDED",
        Some(Err(_)) => "FAILED",
    };
    let done = job.end.is_some();
    let error = job.end.and_then(Result::err).map(|message| {
        user_error_of("OrderCancelUserError", &["orderId"])
            .leaf("message", message)
            .leaf("code", "INVALID")
    });
    Some(
        Record::new("OrderCancelJobResult")
            .leaf("id", global("OrderCancelJobResult", id))
            .leaf("done", done)
            .leaf("status", status)
            .object("order", OrderNode::find(ctx, job.order))
            .records("errors", error.into_iter().collect()),
    )
}
