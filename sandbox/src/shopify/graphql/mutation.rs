//! The root of mutations. What a mutation did stays done, whoever gets to see the answer.

use std::collections::BTreeSet;

use apollo_compiler::resolvers::{FieldError, ObjectValue, ResolveInfo};
use apollo_compiler::response::{JsonMap, JsonValue};
use rust_decimal::Decimal;

use super::super::lock;
use super::super::order::{Order, Refusal};
use super::super::state::{Done, Notice, State};
use super::Ctx;
use super::metafields::MetafieldNode;
use super::metafields_set::set_all;
use super::node::{
    Record, Resolved, global, id_argument, number_of, object, refused, user_error, user_error_of,
};
use super::order::OrderNode;
use super::subscriptions;

pub(super) struct Mutation<'a> {
    pub(super) ctx: &'a Ctx,
}

impl ObjectValue for Mutation<'_> {
    fn type_name(&self) -> &'static str {
        "Mutation"
    }

    fn resolve_field<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Resolved<'b> {
        let ctx = self.ctx;
        ctx.allow("Mutation", info.field_name())?;
        if let Some(messages) = &ctx.user_errors {
            return object(unwilling(info, messages)?);
        }
        match info.field_name() {
            "webhookSubscriptionCreate" => {
                object(subscriptions::create(&mut lock(&ctx.shop.state), info))
            }
            "webhookSubscriptionUpdate" => subscriptions::update(&mut lock(&ctx.shop.state), info),
            "webhookSubscriptionDelete" => subscriptions::delete(&mut lock(&ctx.shop.state), info),
            "metafieldsSet" => self.metafields_set(info),
            "orderUpdate" => self.order_update(info),
            "tagsAdd" => self.tags_add(info),
            "orderMarkAsPaid" => self.mark_paid(info),
            "orderCapture" => self.capture(info),
            "orderCancel" => self.cancel(info),
            "refundCreate" => self.refund_create(info),
            "fulfillmentCreate" => self.fulfillment_create(info),
            "fulfillmentTrackingInfoUpdate" => self.tracking_update(info),
            "fulfillmentCancel" => self.fulfillment_cancel(info),
            "fulfillmentOrderMove" => self.fulfillment_order_move(info),
            "inventorySetQuantities" => self.set_quantities(info),
            "customerCreate" => self.customer_create(info),
            "customerUpdate" => self.customer_update(info),
            "customerSet" => self.customer_set(info),
            "customerAddressCreate" => self.address_create(info),
            "customerAddressUpdate" => self.address_update(info),
            "customerAddressDelete" => self.address_delete(info),
            "customerUpdateDefaultAddress" => self.default_address(info),
            other => Err(refused(format!(
                "the sandbox does not imitate the mutation {other}; see what it does not imitate"
            ))),
        }
    }
}

/// A payload of nothing but user errors, for any mutation.
fn unwilling<'a>(info: &'a ResolveInfo<'a>, messages: &[String]) -> Result<Record<'a>, FieldError> {
    let payload = info.field_definition().ty.inner_named_type();
    let fields = info.schema().get_object(payload).map(|it| &it.fields);
    let mut errors = fields
        .into_iter()
        .flatten()
        .filter(|(name, _)| name.ends_with("serErrors"));
    let (name, field) = errors
        .next()
        .ok_or_else(|| refused("the mutation has no user errors"))?;
    let type_name = field.ty.inner_named_type().as_str();
    let errors = messages
        .iter()
        .map(|message| user_error_of(type_name, &[]).leaf("message", message.as_str()));
    Ok(Record::new(payload.as_str()).records(name.as_str(), errors.collect()))
}

impl<'a> Mutation<'a> {
    /// Changes an order and tells the subscribers.
    pub(super) fn change<T>(
        &self,
        id: Option<u64>,
        topics: &[&'static str],
        act: impl FnOnce(&mut State, u64, &[&'static str]) -> Result<Done<T>, Refusal>,
    ) -> Result<(OrderNode<'a>, T), Refusal> {
        let id = id.ok_or_else(|| Refusal::because("Order does not exist"))?;
        let (order, answer, notices) = act(&mut lock(&self.ctx.shop.state), id, topics)?;
        self.tell(&notices);
        Ok((
            OrderNode {
                ctx: self.ctx,
                order,
            },
            answer,
        ))
    }

    pub(super) fn tell(&self, notices: &[Notice]) {
        self.ctx.shop.tell(notices);
    }

    fn metafields_set(&self, info: &ResolveInfo<'_>) -> Resolved<'a> {
        let inputs = objects(info, "metafields");
        let outcome = set_all(&mut lock(&self.ctx.shop.state), &inputs)?;
        let payload = Record::new("MetafieldsSetPayload");
        match outcome {
            Err(errors) => object(
                payload
                    .leaf("metafields", JsonValue::Null)
                    .records("userErrors", errors),
            ),
            Ok((set, notices)) => {
                self.tell(&notices);
                let ctx = self.ctx;
                let nodes = set
                    .into_iter()
                    .map(|metafield| -> Box<dyn ObjectValue + 'a> {
                        Box::new(MetafieldNode { ctx, metafield })
                    });
                object(
                    payload
                        .objects("metafields", nodes.collect())
                        .records("userErrors", Vec::new()),
                )
            }
        }
    }

    fn order_update(&self, info: &ResolveInfo<'_>) -> Resolved<'a> {
        let input = input(info, "input");
        let text = |key: &str| {
            input
                .get(key)
                .and_then(JsonValue::as_str)
                .map(str::to_owned)
        };
        let texts = |key: &str| {
            input
                .get(key)
                .and_then(JsonValue::as_array)
                .map(|list| strings(list))
        };
        let id = number_of("Order", &text("id").unwrap_or_default())?;
        let done = self.change(id, &[], |state, id, topics| {
            state.change(id, topics, |order, _, _| {
                if input.contains_key("note") {
                    order.note = text("note");
                }
                if input.contains_key("email") {
                    order.email = text("email");
                }
                if input.contains_key("poNumber") {
                    order.po_number = text("poNumber");
                }
                if let Some(tags) = texts("tags") {
                    order.tags = tags;
                }
                if let Some(list) = input.get("customAttributes").and_then(JsonValue::as_array) {
                    order.attributes = pairs(list);
                }
                Ok(())
            })
        });
        order_payload("OrderUpdatePayload", "order", done, &["id"])
    }

    fn tags_add(&self, info: &ResolveInfo<'_>) -> Resolved<'a> {
        let tags = info.arguments().get("tags").and_then(JsonValue::as_array);
        let tags = tags.map(|list| strings(list)).unwrap_or_default();
        let id = id_argument(info, "id", "Order")?;
        let done = self.change(id, &[], |state, id, topics| {
            state.change(id, topics, |order, _, _| {
                let known: BTreeSet<String> = order.tags.iter().cloned().collect();
                order
                    .tags
                    .extend(tags.into_iter().filter(|tag| !known.contains(tag)));
                Ok(())
            })
        });
        order_payload("TagsAddPayload", "node", done, &["id"])
    }

    fn mark_paid(&self, info: &ResolveInfo<'_>) -> Resolved<'a> {
        let input = input(info, "input");
        let id = number_of(
            "Order",
            input
                .get("id")
                .and_then(JsonValue::as_str)
                .unwrap_or_default(),
        )?;
        let done = self.change(id, &[], |state, id, topics| {
            state.change(id, topics, Order::mark_paid)
        });
        order_payload("OrderMarkAsPaidPayload", "order", done, &["id"])
    }

    fn capture(&self, info: &ResolveInfo<'_>) -> Resolved<'a> {
        let input = input(info, "input");
        let id = number_of(
            "Order",
            input
                .get("id")
                .and_then(JsonValue::as_str)
                .unwrap_or_default(),
        )?;
        let amount = input
            .get("amount")
            .and_then(|amount| match amount.as_str() {
                Some(text) => text.parse::<Decimal>().ok(),
                None => amount.to_string().parse().ok(),
            });
        let done = self.change(id, &[], |state, id, topics| {
            state.change(id, topics, |order, ids, at| order.capture(amount, ids, at))
        });
        let payload = Record::new("OrderCapturePayload");
        match done {
            Err(refusal) => object(
                payload
                    .leaf("transaction", JsonValue::Null)
                    .records("userErrors", vec![user_error(&["amount"], &refusal.0)]),
            ),
            Ok((_, id)) => {
                let transaction = Record::new("OrderTransaction")
                    .leaf("id", global("OrderTransaction", id))
                    .leaf("kind", "CAPTURE")
                    .leaf("status", "SUCCESS");
                object(
                    payload
                        .record("transaction", transaction)
                        .records("userErrors", Vec::new()),
                )
            }
        }
    }
}

fn order_payload<'a, T>(
    type_name: &'a str,
    field: &'a str,
    done: Result<(OrderNode<'a>, T), Refusal>,
    at: &[&str],
) -> Resolved<'a> {
    let payload = Record::new(type_name);
    object(match done {
        Ok((node, _)) => payload
            .object(field, Some(node))
            .records("userErrors", Vec::new()),
        Err(refusal) => payload
            .leaf(field, JsonValue::Null)
            .records("userErrors", vec![user_error(at, &refusal.0)]),
    })
}

pub(super) fn input(info: &ResolveInfo<'_>, name: &str) -> JsonMap {
    let input = info.arguments().get(name).and_then(JsonValue::as_object);
    input.cloned().unwrap_or_default()
}

fn objects(info: &ResolveInfo<'_>, name: &str) -> Vec<JsonMap> {
    let list = info.arguments().get(name).and_then(JsonValue::as_array);
    list.into_iter()
        .flatten()
        .filter_map(JsonValue::as_object)
        .cloned()
        .collect()
}

pub(super) fn objects_in(input: &JsonMap, key: &str) -> Vec<JsonMap> {
    let list = input.get(key).and_then(JsonValue::as_array);
    list.into_iter()
        .flatten()
        .filter_map(JsonValue::as_object)
        .cloned()
        .collect()
}

fn strings(list: &[JsonValue]) -> Vec<String> {
    list.iter()
        .filter_map(JsonValue::as_str)
        .map(str::to_owned)
        .collect()
}

fn pairs(list: &[JsonValue]) -> Vec<(String, String)> {
    let text = |pair: &JsonMap, key: &str| {
        pair.get(key)
            .and_then(JsonValue::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    list.iter()
        .filter_map(JsonValue::as_object)
        .map(|pair| (text(pair, "key"), text(pair, "value")))
        .collect()
}
