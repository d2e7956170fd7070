//! Refunds: units taken back, money given back.

use apollo_compiler::resolvers::{ObjectValue, ResolveInfo};

use super::super::money::{Bag, graphql};
use super::super::order::{Order, Refund, RefundLine, Restock, TransactionStatus};
use super::Ctx;
use super::catalog::LocationNode;
use super::charge;
use super::connection::page;
use super::line::{LineNode, ShippingLineNode};
use super::money::{bag, money};
use super::node::{Record, Resolved, absent, gid, int, leaf, list, object, optional, text, time};
use super::order::{OrderNode, TransactionNode};
use super::returns::ReturnNode;

pub(super) struct RefundNode<'a> {
    pub(super) ctx: &'a Ctx,
    pub(super) order: &'a Order,
    pub(super) refund: &'a Refund,
}

impl<'a> RefundNode<'a> {
    pub(super) fn find(ctx: &'a Ctx, id: u64) -> Option<Self> {
        let order = ctx.order_with(|order| order.refunds.iter().any(|it| it.id == id))?;
        let refund = order.refunds.iter().find(|it| it.id == id)?;
        Some(Self { ctx, order, refund })
    }
}

impl ObjectValue for RefundNode<'_> {
    fn type_name(&self) -> &'static str {
        "Refund"
    }

    #[expect(clippy::too_many_lines, reason = "a table: one line for each field")]
    fn resolve_field<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Resolved<'b> {
        let (ctx, order, refund) = (self.ctx, self.order, self.refund);
        let currencies = &order.currencies;
        let transactions = || {
            let all = order.transactions.iter();
            all.filter(|it| refund.transactions.contains(&it.id))
        };
        let total = || -> Bag {
            let done = transactions().filter(|it| it.status == TransactionStatus::Success);
            done.map(|it| it.amount).sum()
        };
        match info.field_name() {
            "id" => gid("Refund", refund.id),
            "legacyResourceId" => leaf(refund.id.to_string()),
            "createdAt" | "processedAt" | "updatedAt" => time(Some(refund.at)),
            "note" => text(refund.note.as_deref()),
            "order" => optional(OrderNode::find(ctx, order.id)),
            "totalRefundedSet" => object(bag(total(), currencies)),
            "totalRefunded" => object(money(total().shop, &currencies.shop)),
            "duties" => list(refund.duties.iter().map(move |it| {
                let original = order.duties().find(|duty| duty.id == it.duty);
                Record::new("RefundDuty")
                    .record("amountSet", bag(it.amount, currencies))
                    .object("originalDuty", original.map(|it| charge::duty(order, it)))
            })),
            "orderAdjustments" => page(
                info,
                refund.adjustments.iter().collect(),
                |it| it.id.to_string(),
                move |it| charge::adjustment(order, it),
            ),
            "return" => {
                let id = refund.of_return;
                optional(id.and_then(|id| ReturnNode::of(ctx, order, id)))
            }
            "refundLineItems" => page(
                info,
                refund.lines.iter().collect(),
                |line| line.id.to_string(),
                move |line| RefundLineNode { ctx, order, line },
            ),
            "refundShippingLines" => page(
                info,
                refund.shipping.iter().collect(),
                |line| line.id.to_string(),
                move |line| {
                    let charged = order
                        .shipping_lines
                        .iter()
                        .find(|it| it.id == line.shipping_line);
                    Record::new("RefundShippingLine")
                        .leaf("id", super::node::global("RefundShippingLine", line.id))
                        .object(
                            "shippingLine",
                            charged.map(|line| ShippingLineNode { order, line }),
                        )
                        .record("subtotalAmountSet", bag(line.subtotal, currencies))
                        .record("taxAmountSet", bag(line.tax, currencies))
                },
            ),
            "transactions" => page(
                info,
                transactions().collect(),
                |it| it.id.to_string(),
                move |it| TransactionNode { order, it },
            ),
            _ => absent(info, "Refund"),
        }
    }
}

struct RefundLineNode<'a> {
    ctx: &'a Ctx,
    order: &'a Order,
    line: &'a RefundLine,
}

impl ObjectValue for RefundLineNode<'_> {
    fn type_name(&self) -> &'static str {
        "RefundLineItem"
    }

    fn resolve_field<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Resolved<'b> {
        let (ctx, order, line) = (self.ctx, self.order, self.line);
        let currencies = &order.currencies;
        let sold = order.line(line.line);
        match info.field_name() {
            "id" => gid("RefundLineItem", line.id),
            "quantity" => int(line.quantity),
            "restockType" => leaf(line.restock.as_str().to_uppercase()),
            "restocked" => leaf(line.restock != Restock::NoRestock),
            "location" => optional(
                line.restocked_at()
                    .and_then(|id| LocationNode::find(ctx, id)),
            ),
            "lineItem" => optional(sold.map(|line| LineNode { ctx, order, line })),
            "priceSet" => optional(sold.map(|sold| bag(sold.price, currencies))),
            "subtotal" => leaf(graphql(line.subtotal.shop)),
            "totalTax" => leaf(graphql(line.tax.shop)),
            "subtotalSet" => object(bag(line.subtotal, currencies)),
            "totalTaxSet" => object(bag(line.tax, currencies)),
            _ => absent(info, "RefundLineItem"),
        }
    }
}
