//! Returns: what comes back, what is sent instead, and what became of it.

use apollo_compiler::resolvers::{ObjectValue, ResolveInfo};

use super::super::order::{
    Disposition, Exchange, Order, Return, ReturnFee, ReturnLine, ReturnStatus,
};
use super::super::time::utc;
use super::Ctx;
use super::catalog::LocationNode;
use super::connection::page;
use super::fulfillment::shipped_line;
use super::line::LineNode;
use super::money::bag;
use super::node::{
    Record, Resolved, absent, float, gid, global, int, leaf, list, object, optional, time,
};
use super::order::{OrderNode, TransactionNode};
use super::refund::RefundNode;

pub(super) struct ReturnNode<'a> {
    pub(super) ctx: &'a Ctx,
    pub(super) order: &'a Order,
    pub(super) it: &'a Return,
}

impl<'a> ReturnNode<'a> {
    pub(super) fn find(ctx: &'a Ctx, id: u64) -> Option<Self> {
        let order = ctx.order_with(|order| order.returns.iter().any(|it| it.id == id))?;
        Self::of(ctx, order, id)
    }

    pub(super) fn of(ctx: &'a Ctx, order: &'a Order, id: u64) -> Option<Self> {
        let it = order.returns.iter().find(|it| it.id == id)?;
        Some(Self { ctx, order, it })
    }
}

impl ObjectValue for ReturnNode<'_> {
    fn type_name(&self) -> &'static str {
        "Return"
    }

    #[expect(clippy::too_many_lines, reason = "a table: one line for each field")]
    fn resolve_field<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Resolved<'b> {
        let (ctx, order, it) = (self.ctx, self.order, self.it);
        let refunds = move || {
            let all = order.refunds.iter();
            all.filter(move |refund| refund.of_return == Some(it.id))
        };
        match info.field_name() {
            "id" => gid("Return", it.id),
            "name" => leaf(it.name.as_str()),
            "status" => leaf(it.status.as_str().to_uppercase()),
            "createdAt" => time(Some(it.at)),
            "requestApprovedAt" => time(it.approved_at),
            "closedAt" => time(it.closed_at),
            "totalQuantity" => int(it.lines.iter().map(|line| line.quantity).sum::<u32>()),
            "order" => optional(OrderNode::find(ctx, order.id)),
            "decline" => optional(it.decline.as_ref().map(|(reason, note)| {
                Record::new("ReturnDecline")
                    .leaf("reason", reason.as_str())
                    .leaf("note", note.as_str())
            })),
            "returnLineItems" => page(
                info,
                it.lines.iter().collect(),
                |line| line.id.to_string(),
                move |line| ReturnLineNode { ctx, order, line },
            ),
            "exchangeLineItems" => page(
                info,
                it.exchanges.iter().collect(),
                |it| it.id.to_string(),
                move |it| exchange(ctx, order, it),
            ),
            "returnShippingFees" => {
                let fees = it.shipping_fee.iter();
                list(fees.map(|it| fee("ReturnShippingFee", order, it)))
            }
            "reverseFulfillmentOrders" => page(
                info,
                it.reverse_order.into_iter().collect(),
                |id| id.to_string(),
                move |id| ReverseNode { ctx, order, it, id },
            ),
            "refunds" => page(
                info,
                refunds().collect(),
                |refund| refund.id.to_string(),
                move |refund| RefundNode { ctx, order, refund },
            ),
            "transactions" => page(
                info,
                order
                    .transactions
                    .iter()
                    .filter(|made| refunds().any(|it| it.transactions.contains(&made.id)))
                    .collect(),
                |it| it.id.to_string(),
                move |it| TransactionNode { order, it },
            ),
            _ => absent(info, "Return"),
        }
    }
}

/// A restocking fee or a return shipping fee.
pub(super) fn fee<'a>(type_name: &'a str, order: &Order, it: &ReturnFee) -> Record<'a> {
    let record = Record::new(type_name)
        .leaf("id", global(type_name, it.id))
        .record("amountSet", bag(it.amount, &order.currencies));
    match it.percentage {
        Some(percent) => record.leaf("percentage", float(percent)),
        None => record,
    }
}

/// Whichever fee of the order's returns has this id.
pub(super) fn fee_of<'a>(order: &Order, id: u64) -> Option<Record<'a>> {
    let mut restocking = order.returns.iter().flat_map(|it| &it.lines);
    let restocking =
        restocking.find_map(|line| line.restocking_fee.as_ref().filter(|it| it.id == id));
    let mut shipping = order
        .returns
        .iter()
        .filter_map(|it| it.shipping_fee.as_ref());
    match restocking {
        Some(it) => Some(fee("RestockingFee", order, it)),
        None => shipping
            .find(|it| it.id == id)
            .map(|it| fee("ReturnShippingFee", order, it)),
    }
}

struct ReturnLineNode<'a> {
    ctx: &'a Ctx,
    order: &'a Order,
    line: &'a ReturnLine,
}

impl ObjectValue for ReturnLineNode<'_> {
    fn type_name(&self) -> &'static str {
        "ReturnLineItem"
    }

    fn resolve_field<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Resolved<'b> {
        let (ctx, order, line) = (self.ctx, self.order, self.line);
        let open = line.quantity - line.processed;
        match info.field_name() {
            "id" => gid("ReturnLineItem", line.id),
            "quantity" => int(line.quantity),
            "processedQuantity" => int(line.processed),
            "refundedQuantity" => int(line.refunded),
            "refundableQuantity" => int(line.quantity - line.refunded),
            "processableQuantity" | "unprocessedQuantity" => int(open),
            "returnReason" => leaf(line.reason.as_str()),
            "returnReasonNote" => leaf(line.note.as_str()),
            "restockingFee" => {
                let it = line.restocking_fee.as_ref();
                optional(it.map(|it| fee("RestockingFee", order, it)))
            }
            "fulfillmentLineItem" => optional(shipped_line(ctx, order, line.fulfillment_line)),
            _ => absent(info, "ReturnLineItem"),
        }
    }
}

fn exchange<'a>(ctx: &'a Ctx, order: &'a Order, it: &'a Exchange) -> Record<'a> {
    let node = move || {
        let line = it.line.and_then(|id| order.line(id))?;
        Some(LineNode { ctx, order, line })
    };
    let units = |units: u32| i64::from(units);
    let lines = node().map(|line| -> Box<dyn ObjectValue + 'a> { Box::new(line) });
    Record::new("ExchangeLineItem")
        .leaf("id", global("ExchangeLineItem", it.id))
        .leaf("quantity", units(it.new.quantity))
        .leaf("processedQuantity", units(it.processed))
        .leaf("processableQuantity", units(it.new.quantity - it.processed))
        .leaf("unprocessedQuantity", units(it.new.quantity - it.processed))
        .leaf("variantSku", it.new.sku.as_deref())
        .leaf(
            "variantId",
            it.variant.map(|(id, _)| global("ProductVariant", id)),
        )
        .leaf("productId", it.variant.map(|(_, id)| global("Product", id)))
        .object("lineItem", node())
        .objects("lineItems", lines.into_iter().collect())
}

/// The way back: what was expected and how each unit ended.
struct ReverseNode<'a> {
    ctx: &'a Ctx,
    order: &'a Order,
    it: &'a Return,
    id: u64,
}

impl ObjectValue for ReverseNode<'_> {
    fn type_name(&self) -> &'static str {
        "ReverseFulfillmentOrder"
    }

    fn resolve_field<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Resolved<'b> {
        let (ctx, order, it) = (self.ctx, self.order, self.it);
        let done = it.lines.iter().all(|line| line.processed == line.quantity);
        match info.field_name() {
            "id" => gid("ReverseFulfillmentOrder", self.id),
            "status" => leaf(match it.status {
                ReturnStatus::Canceled | ReturnStatus::Declined => "CANCELED",
                ReturnStatus::Closed => "CLOSED",
                ReturnStatus::Open | ReturnStatus::Requested if done => "CLOSED",
                ReturnStatus::Open | ReturnStatus::Requested => "OPEN",
            }),
            "order" => optional(OrderNode::find(ctx, order.id)),
            "lineItems" => page(
                info,
                it.lines.iter().collect(),
                |line| line.reverse_line.to_string(),
                move |line| {
                    let dispositions = line.dispositions.iter();
                    let dispositions = dispositions.map(|it| disposition(ctx, it));
                    Record::new("ReverseFulfillmentOrderLineItem")
                        .leaf(
                            "id",
                            global("ReverseFulfillmentOrderLineItem", line.reverse_line),
                        )
                        .leaf("totalQuantity", i64::from(line.quantity))
                        .records("dispositions", dispositions.collect())
                        .object(
                            "fulfillmentLineItem",
                            shipped_line(ctx, order, line.fulfillment_line),
                        )
                },
            ),
            "reverseDeliveries" => super::connection::empty(info),
            _ => absent(info, "ReverseFulfillmentOrder"),
        }
    }
}

fn disposition<'a>(ctx: &'a Ctx, it: &Disposition) -> Record<'a> {
    let location = it.location.and_then(|id| LocationNode::find(ctx, id));
    Record::new("ReverseFulfillmentOrderDisposition")
        .leaf("id", global("ReverseFulfillmentOrderDisposition", it.id))
        .leaf("type", it.kind.as_str())
        .leaf("quantity", i64::from(it.quantity))
        .leaf("createdAt", utc(it.at))
        .object("location", location)
}

/// What of an order's shipments could still be returned.
pub(super) fn returnable<'a>(
    ctx: &'a Ctx,
    order: Option<u64>,
    info: &ResolveInfo<'_>,
) -> Resolved<'a> {
    let order = order
        .and_then(|id| ctx.order(id))
        .map(|order| ctx.keep(order));
    let Some(order) = order else {
        return super::connection::empty(info);
    };
    let shipments = order.fulfillments.iter().filter(|it| !it.cancelled);
    page(
        info,
        shipments.collect(),
        |it| it.id.to_string(),
        move |it| Returnable { ctx, order, it },
    )
}

struct Returnable<'a> {
    ctx: &'a Ctx,
    order: &'a Order,
    it: &'a super::super::order::Fulfillment,
}

impl ObjectValue for Returnable<'_> {
    fn type_name(&self) -> &'static str {
        "ReturnableFulfillment"
    }

    fn resolve_field<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Resolved<'b> {
        let (ctx, order, it) = (self.ctx, self.order, self.it);
        match info.field_name() {
            "id" => gid("ReturnableFulfillment", it.id),
            "fulfillment" => object(super::fulfillment::FulfillmentNode { ctx, order, it }),
            "returnableFulfillmentLineItems" => {
                let left = it.lines.iter().filter_map(|line| {
                    let shipped = order.line(line.line)?.shipped();
                    let left = line.quantity.saturating_sub(order.returning(line.id, &[]));
                    let left = left.min(shipped);
                    (left > 0).then_some((line.id, left))
                });
                page(
                    info,
                    left.collect(),
                    |(id, _)| id.to_string(),
                    move |(id, left)| {
                        Record::new("ReturnableFulfillmentLineItem")
                            .leaf("quantity", i64::from(left))
                            .object("fulfillmentLineItem", shipped_line(ctx, order, id))
                    },
                )
            }
            _ => absent(info, "ReturnableFulfillment"),
        }
    }
}
