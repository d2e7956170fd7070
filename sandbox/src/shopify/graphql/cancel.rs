//! Cancelling an order through the API: a job, whose outcome is read afterwards.

use apollo_compiler::resolvers::ResolveInfo;
use apollo_compiler::response::JsonValue;

use super::super::lock;
use super::super::order::{Cancelling, Order, Refusal};
use super::Ctx;
use super::mutation::{Mutation, input};
use super::node::{Record, Resolved, argument, flag, global, id_argument, object, user_error_of};
use super::order::OrderNode;
use super::refund_acts::flag as flag_in;

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
    /// The answer names a job that is not done; the job itself runs right after, so that a read of the order shows it.
    pub(super) fn cancel(&self, info: &ResolveInfo<'_>) -> Resolved<'a> {
        let payload = Record::new("OrderCancelPayload").records("userErrors", Vec::new());
        let id = id_argument(info, "orderId", "Order")?;
        let held = id.and_then(|id| self.ctx.state(|state| state.orders.get(&id).cloned()));
        if let Some((message, code)) = refusal_of(held.as_deref()) {
            let error = user_error_of("OrderCancelUserError", &["orderId"])
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
            staff_note: argument(info, "staffNote").map(str::to_owned),
        };
        let done = self.change(id, &["orders/cancelled"], |state, id, topics| {
            state.change(id, topics, |order, ids, at| order.cancel(&how, ids, at))
        });
        let failure = done.err().map(|Refusal(reason)| reason);
        let job = {
            let mut state = lock(&self.ctx.shop.state);
            let job = state.ids.take();
            state.jobs.insert(job, (id.unwrap_or(0), failure));
            job
        };
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
    let (order, failure) = ctx.state(|state| state.jobs.get(&id).cloned())?;
    let status = if failure.is_some() {
        "FAILED"
    } else {
        "SUCCEEDED"
    };
    let error = failure.map(|message| {
        user_error_of("OrderCancelUserError", &["orderId"])
            .leaf("message", message)
            .leaf("code", "INVALID")
    });
    Some(
        Record::new("OrderCancelJobResult")
            .leaf("id", global("OrderCancelJobResult", id))
            .leaf("done", true)
            .leaf("status", status)
            .object("order", OrderNode::find(ctx, order))
            .records("errors", error.into_iter().collect()),
    )
}
