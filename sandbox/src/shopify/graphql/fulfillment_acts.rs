//! Shipping through the API: making a fulfillment, correcting its tracking, cancelling it.

use apollo_compiler::resolvers::ResolveInfo;
use apollo_compiler::response::{JsonMap, JsonValue};

use super::super::order::{Refusal, Shipping, Tracking};
use super::Ctx;
use super::fulfillment::{FulfillmentNode, FulfillmentOrderNode};
use super::mutation::{Mutation, input};
use super::node::{
    Record, Resolved, id_argument, number_of, object, refused, user_error, user_error_of,
};

const MOVE_ERROR: &str = "FulfillmentOrderMoveFulfillmentOrderMoveUserError";

impl<'a> Mutation<'a> {
    pub(super) fn fulfillment_create(&self, info: &ResolveInfo<'_>) -> Resolved<'a> {
        let input = input(info, "fulfillment");
        let mut shipping = Shipping {
            tracking: tracking(input.get("trackingInfo")),
            notify: input.get("notifyCustomer").and_then(JsonValue::as_bool) == Some(true),
            ..Shipping::default()
        };
        for part in list(&input, "lineItemsByFulfillmentOrder") {
            let id = number_of(
                "FulfillmentOrder",
                text(part, "fulfillmentOrderId").unwrap_or_default(),
            )?;
            let mut lines = Vec::new();
            for line in list(part, "fulfillmentOrderLineItems") {
                let id = number_of(
                    "FulfillmentOrderLineItem",
                    text(line, "id").unwrap_or_default(),
                )?;
                let quantity = line.get("quantity").and_then(JsonValue::as_u64);
                let quantity = quantity.and_then(|quantity| u32::try_from(quantity).ok());
                lines.push((id.unwrap_or(0), quantity.unwrap_or(0)));
            }
            if lines.len() > 512 {
                return Err(refused("at most 512 fulfillment order line items"));
            }
            shipping.parts.push((id.unwrap_or(0), lines));
        }
        let first = shipping.parts.first().map_or(0, |(id, _)| *id);
        let order = self
            .ctx
            .order_with(|order| order.fulfillment_orders.iter().any(|it| it.id == first));
        let done = self.change(order.map(|order| order.id), &[], |state, id, topics| {
            state.change(id, topics, |order, ids, at| order.ship(&shipping, ids, at))
        });
        let done = done.map(|(_, fulfillment)| fulfillment);
        payload(self.ctx, "FulfillmentCreatePayload", done, &["fulfillment"])
    }

    pub(super) fn tracking_update(&self, info: &ResolveInfo<'_>) -> Resolved<'a> {
        let fulfillment = id_argument(info, "fulfillmentId", "Fulfillment")?.unwrap_or(0);
        let tracking = tracking(info.arguments().get("trackingInfoInput"));
        let notify = info.arguments().get("notifyCustomer");
        let notify = notify.and_then(JsonValue::as_bool) == Some(true);
        let order = self.order_of(fulfillment);
        let done = self.change(order, &[], |state, id, topics| {
            state.change(id, topics, |order, _, at| {
                order.track(fulfillment, tracking, notify, at)
            })
        });
        let done = done.map(|_| fulfillment);
        payload(
            self.ctx,
            "FulfillmentTrackingInfoUpdatePayload",
            done,
            &["fulfillmentId"],
        )
    }

    pub(super) fn fulfillment_cancel(&self, info: &ResolveInfo<'_>) -> Resolved<'a> {
        let fulfillment = id_argument(info, "id", "Fulfillment")?.unwrap_or(0);
        let order = self.order_of(fulfillment);
        let done = self.change(order, &[], |state, id, topics| {
            state.change(id, topics, |order, ids, at| {
                order.cancel_fulfillment(fulfillment, ids, at)
            })
        });
        let done = done.map(|_| fulfillment);
        payload(self.ctx, "FulfillmentCancelPayload", done, &["id"])
    }

    pub(super) fn fulfillment_order_move(&self, info: &ResolveInfo<'_>) -> Resolved<'a> {
        let work = id_argument(info, "id", "FulfillmentOrder")?.unwrap_or(0);
        let location = id_argument(info, "newLocationId", "Location")?.unwrap_or(0);
        let mut lines = Vec::new();
        let asked = info.arguments().get("fulfillmentOrderLineItems");
        for line in asked.and_then(JsonValue::as_array).into_iter().flatten() {
            let line = line.as_object();
            let id = line.and_then(|line| text(line, "id")).unwrap_or_default();
            let count = line.and_then(|line| line.get("quantity")?.as_u64());
            let id = number_of("FulfillmentOrderLineItem", id)?.unwrap_or(0);
            let count = count.and_then(|count| u32::try_from(count).ok());
            lines.push((id, count.unwrap_or(0)));
        }
        let ctx = self.ctx;
        let order = ctx.order_with(|order| order.fulfillment_orders.iter().any(|it| it.id == work));
        let known = ctx.state(|state| state.locations.iter().any(|it| it.id == location));
        let order = order.filter(|_| known).map(|order| order.id);
        let done = self.change(order, &[], |state, id, topics| {
            state.change(id, topics, |order, ids, at| {
                order.move_work(work, location, &lines, ids, at)
            })
        });
        let node = |id| FulfillmentOrderNode::find(ctx, id);
        let payload = Record::new("FulfillmentOrderMovePayload");
        object(match done {
            Ok((_, moved)) => payload
                .object("movedFulfillmentOrder", node(moved))
                .object("originalFulfillmentOrder", node(work))
                .object(
                    "remainingFulfillmentOrder",
                    node(work).filter(|_| moved != work),
                )
                .records("userErrors", Vec::new()),
            Err(refusal) => {
                let error = user_error_of(MOVE_ERROR, &["id"]);
                payload
                    .leaf("movedFulfillmentOrder", JsonValue::Null)
                    .records(
                        "userErrors",
                        vec![error.leaf("message", refusal.0.as_str())],
                    )
            }
        })
    }

    fn order_of(&self, fulfillment: u64) -> Option<u64> {
        let order = self
            .ctx
            .order_with(|order| order.fulfillments.iter().any(|it| it.id == fulfillment));
        order.map(|order| order.id)
    }
}

fn payload<'a>(
    ctx: &'a Ctx,
    type_name: &'a str,
    done: Result<u64, Refusal>,
    at: &[&str],
) -> Resolved<'a> {
    let payload = Record::new(type_name);
    object(match done {
        Ok(id) => payload
            .object("fulfillment", FulfillmentNode::find(ctx, id))
            .records("userErrors", Vec::new()),
        Err(refusal) => payload
            .leaf("fulfillment", JsonValue::Null)
            .records("userErrors", vec![user_error(at, &refusal.0)]),
    })
}

/// `number` and `url` are the first of `numbers` and `urls`.
fn tracking(input: Option<&JsonValue>) -> Tracking {
    let Some(input) = input.and_then(JsonValue::as_object) else {
        return Tracking::default();
    };
    let many = |one: &str, many: &str| -> Vec<String> {
        let list = input
            .get(many)
            .and_then(JsonValue::as_array)
            .into_iter()
            .flatten();
        let list = list.filter_map(JsonValue::as_str);
        text(input, one)
            .into_iter()
            .chain(list)
            .map(str::to_owned)
            .collect()
    };
    Tracking {
        company: text(input, "company").map(str::to_owned),
        numbers: many("number", "numbers"),
        urls: many("url", "urls"),
    }
}

fn text<'v>(input: &'v JsonMap, key: &str) -> Option<&'v str> {
    input.get(key).and_then(JsonValue::as_str)
}

fn list<'v>(input: &'v JsonMap, key: &str) -> impl Iterator<Item = &'v JsonMap> {
    let list = input.get(key).and_then(JsonValue::as_array);
    list.into_iter().flatten().filter_map(JsonValue::as_object)
}
