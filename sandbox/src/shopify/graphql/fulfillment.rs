//! Fulfillment orders (work to do) and fulfillments (shipments).

use apollo_compiler::resolvers::{ObjectValue, ResolveInfo};

use super::super::order::{
    Fulfillment, FulfillmentLine, FulfillmentOrder, FulfillmentOrderLine, Order,
};
use super::Ctx;
use super::catalog::{LocationNode, VariantNode};
use super::connection::page;
use super::line::LineNode;
use super::money::bag;
use super::node::{
    Record, Resolved, absent, count, gid, int, leaf, list, object, optional, text, time,
};
use super::order::OrderNode;

pub(super) struct FulfillmentOrderNode<'a> {
    pub(super) ctx: &'a Ctx,
    pub(super) order: &'a Order,
    pub(super) work: &'a FulfillmentOrder,
}

impl<'a> FulfillmentOrderNode<'a> {
    pub(super) fn find(ctx: &'a Ctx, id: u64) -> Option<Self> {
        let order =
            ctx.order_with(|order| order.fulfillment_orders.iter().any(|it| it.id == id))?;
        let work = order.fulfillment_orders.iter().find(|it| it.id == id)?;
        Some(Self { ctx, order, work })
    }

    fn actions(&self) -> &'static [&'static str] {
        match self.work.status() {
            "OPEN" => &[
                "CREATE_FULFILLMENT",
                "REPORT_PROGRESS",
                "MOVE",
                "HOLD",
                "SPLIT",
            ],
            "IN_PROGRESS" => &["CREATE_FULFILLMENT", "REPORT_PROGRESS", "HOLD"],
            "ON_HOLD" => &["RELEASE_HOLD", "MOVE"],
            "SCHEDULED" => &["MARK_AS_OPEN", "MOVE"],
            _ => &[],
        }
    }
}

impl ObjectValue for FulfillmentOrderNode<'_> {
    fn type_name(&self) -> &'static str {
        "FulfillmentOrder"
    }

    fn resolve_field<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Resolved<'b> {
        let (ctx, order, work) = (self.ctx, self.order, self.work);
        match info.field_name() {
            "id" => gid("FulfillmentOrder", work.id),
            "status" => leaf(work.status()),
            "requestStatus" => leaf("UNSUBMITTED"),
            "createdAt" | "fulfillAt" => time(Some(order.created_at)),
            "updatedAt" => time(Some(work.updated_at)),
            "order" => optional(OrderNode::find(ctx, order.id)),
            "orderId" => gid("Order", order.id),
            "orderName" => leaf(order.name.as_str()),
            "orderProcessedAt" => time(Some(order.processed_at)),
            "assignedLocation" => {
                let location = ctx.state(|state| {
                    let all = state.locations.iter();
                    all.clone().find(|it| it.id == work.location).cloned()
                });
                let record = Record::new("FulfillmentOrderAssignedLocation");
                optional(location.map(|it| {
                    record
                        .leaf("name", it.name.as_str())
                        .leaf("countryCode", it.country.as_str())
                        .object("location", Some(LocationNode { ctx, location: it }))
                }))
            }
            "supportedActions" => list(self.actions().iter().map(|action| {
                Record::new("FulfillmentOrderSupportedAction").leaf("action", *action)
            })),
            "deliveryMethod" => object(
                Record::new("DeliveryMethod")
                    .leaf("id", super::node::global("DeliveryMethod", work.id))
                    .leaf("methodType", if work.ships { "SHIPPING" } else { "NONE" }),
            ),
            "lineItems" => page(
                info,
                work.lines.iter().collect(),
                |line| line.id.to_string(),
                move |line| WorkLineNode { ctx, order, line },
            ),
            "fulfillments" => page(
                info,
                order
                    .fulfillments
                    .iter()
                    .filter(|it| it.fulfillment_orders.contains(&work.id))
                    .collect(),
                |it| it.id.to_string(),
                move |it| FulfillmentNode { ctx, order, it },
            ),
            _ => absent(info, "FulfillmentOrder"),
        }
    }
}

struct WorkLineNode<'a> {
    ctx: &'a Ctx,
    order: &'a Order,
    line: &'a FulfillmentOrderLine,
}

impl ObjectValue for WorkLineNode<'_> {
    fn type_name(&self) -> &'static str {
        "FulfillmentOrderLineItem"
    }

    fn resolve_field<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Resolved<'b> {
        let (ctx, order, work) = (self.ctx, self.order, self.line);
        let sold = order.line(work.line);
        let variant = || sold.and_then(|line| VariantNode::find(ctx, line.variant?));
        match info.field_name() {
            "id" => gid("FulfillmentOrderLineItem", work.id),
            "totalQuantity" => int(work.total),
            "remainingQuantity" => int(work.remaining),
            "sku" => text(sold.and_then(|line| line.sku.as_deref())),
            "productTitle" => text(sold.map(|line| line.title.as_str())),
            "requiresShipping" => leaf(sold.is_some_and(|line| line.requires_shipping)),
            "inventoryItemId" => match variant() {
                Some(node) => gid("InventoryItem", node.variant.inventory_item),
                None => absent(info, "FulfillmentOrderLineItem"),
            },
            "variant" => optional(variant()),
            "lineItem" => optional(sold.map(|line| LineNode { ctx, order, line })),
            "originalUnitPriceSet" => optional(sold.map(|line| bag(line.price, &order.currencies))),
            _ => absent(info, "FulfillmentOrderLineItem"),
        }
    }
}

pub(super) struct FulfillmentNode<'a> {
    pub(super) ctx: &'a Ctx,
    pub(super) order: &'a Order,
    pub(super) it: &'a Fulfillment,
}

impl<'a> FulfillmentNode<'a> {
    pub(super) fn find(ctx: &'a Ctx, id: u64) -> Option<Self> {
        let order = ctx.order_with(|order| order.fulfillments.iter().any(|it| it.id == id))?;
        let it = order.fulfillments.iter().find(|it| it.id == id)?;
        Some(Self { ctx, order, it })
    }
}

impl ObjectValue for FulfillmentNode<'_> {
    fn type_name(&self) -> &'static str {
        "Fulfillment"
    }

    fn resolve_field<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Resolved<'b> {
        let (ctx, order, it) = (self.ctx, self.order, self.it);
        match info.field_name() {
            "id" => gid("Fulfillment", it.id),
            "legacyResourceId" => leaf(it.id.to_string()),
            "name" => leaf(it.name.as_str()),
            "status" => leaf(if it.cancelled { "CANCELLED" } else { "SUCCESS" }),
            "displayStatus" => leaf(if it.cancelled {
                "CANCELED"
            } else {
                "FULFILLED"
            }),
            "createdAt" => time(Some(it.at)),
            "updatedAt" => time(Some(it.updated_at)),
            "requiresShipping" => leaf(true),
            "totalQuantity" => int(it.lines.iter().map(|line| line.quantity).sum::<u32>()),
            "order" => optional(OrderNode::find(ctx, order.id)),
            "location" => optional(LocationNode::find(ctx, it.location)),
            "trackingInfo" => {
                let first = count(info, "first").unwrap_or(usize::MAX);
                list(
                    it.numbers
                        .iter()
                        .enumerate()
                        .take(first)
                        .map(move |(index, number)| {
                            Record::new("FulfillmentTrackingInfo")
                                .leaf("company", it.company.as_deref())
                                .leaf("number", number.as_str())
                                .leaf("url", it.urls.get(index).map(String::as_str))
                        }),
                )
            }
            "fulfillmentLineItems" => page(
                info,
                it.lines.iter().collect(),
                |line| line.id.to_string(),
                move |shipped| shipped_node(ctx, order, shipped),
            ),
            "fulfillmentOrders" => page(
                info,
                order
                    .fulfillment_orders
                    .iter()
                    .filter(|work| it.fulfillment_orders.contains(&work.id))
                    .collect(),
                |work| work.id.to_string(),
                move |work| FulfillmentOrderNode { ctx, order, work },
            ),
            _ => absent(info, "Fulfillment"),
        }
    }
}

fn shipped_node<'a>(ctx: &'a Ctx, order: &'a Order, shipped: &FulfillmentLine) -> Record<'a> {
    let line = order.line(shipped.line);
    Record::new("FulfillmentLineItem")
        .leaf("id", super::node::global("FulfillmentLineItem", shipped.id))
        .leaf("quantity", i64::from(shipped.quantity))
        .object("lineItem", line.map(|line| LineNode { ctx, order, line }))
}

/// A shipment's line by its id.
pub(super) fn shipped_line<'a>(ctx: &'a Ctx, order: &'a Order, id: u64) -> Option<Record<'a>> {
    let mut lines = order.fulfillments.iter().flat_map(|it| &it.lines);
    let found = lines.find(|line| line.id == id)?;
    Some(shipped_node(ctx, order, found))
}
