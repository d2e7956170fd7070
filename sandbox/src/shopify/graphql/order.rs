//! Orders and their payments.

use std::sync::Arc;

use apollo_compiler::resolvers::{ObjectValue, ResolveInfo};

use super::super::money::{Bag, graphql};
use super::super::order::{Discrepancy, Order, Transaction, TransactionKind};
use super::Ctx;
use super::agreement::agreements;
use super::charge;
use super::connection::page;
use super::customer::{AddressNode, CustomerNode};
use super::fulfillment::{FulfillmentNode, FulfillmentOrderNode};
use super::line::{LineNode, ShippingLineNode};
use super::metafields;
use super::money::{bag, discount, money, tax_line};
use super::node::{
    Record, Resolved, absent, count, flag, gid, global, int, leaf, list, object, optional, text,
    texts, time,
};
use super::refund::RefundNode;
use super::returns::ReturnNode;

pub(super) struct OrderNode<'a> {
    pub(super) ctx: &'a Ctx,
    pub(super) order: Arc<Order>,
}

impl<'a> OrderNode<'a> {
    pub(super) fn find(ctx: &'a Ctx, id: u64) -> Option<Self> {
        let order = ctx.order(id)?;
        Some(Self { ctx, order })
    }

    fn money(&self, field: &str) -> Option<Bag> {
        let totals = &self.order.totals;
        Some(match field {
            "totalPriceSet" => totals.price,
            "originalTotalPriceSet" => self.order.original_price,
            "subtotalPriceSet" => totals.subtotal,
            "totalTaxSet" => totals.tax,
            "totalDiscountsSet" => totals.discounts,
            "totalShippingPriceSet" => totals.shipping,
            "totalTipReceivedSet" => totals.tip,
            "totalRefundedSet" => totals.refunded,
            "totalReceivedSet" => totals.received,
            "netPaymentSet" => totals.received - totals.refunded,
            "totalOutstandingSet" => totals.outstanding,
            "currentTotalPriceSet" => totals.current_price,
            "currentSubtotalPriceSet" => totals.current_subtotal,
            "currentTotalTaxSet" => totals.current_tax,
            "currentTotalDiscountsSet" => totals.current_discounts,
            "currentShippingPriceSet" => totals.current_shipping,
            "totalRefundedShippingSet" => self.refunded_shipping(),
            "totalCapturableSet" => self.order.capturable(),
            "cartDiscountAmountSet" | "currentCartDiscountAmountSet" => self.cart_discount(),
            "refundDiscrepancySet" => self.discrepancy(),
            _ => return None,
        })
    }

    /// Who buys: a company's location, or the customer.
    fn purchasing_entity(&self) -> Resolved<'_> {
        let Some(company) = &self.order.company else {
            let id = self.order.customer;
            return optional(id.and_then(|id| CustomerNode::find(self.ctx, id)));
        };
        let named = |kind, id, name: &str| {
            Record::new(kind)
                .leaf("id", global(kind, id))
                .leaf("name", name)
        };
        object(
            Record::new("PurchasingCompany")
                .record("company", named("Company", company.id, &company.name))
                .record(
                    "location",
                    named("CompanyLocation", company.location, &company.location_name),
                ),
        )
    }

    fn refunded_shipping(&self) -> Bag {
        let refunds = self
            .order
            .refunds
            .iter()
            .flat_map(|refund| &refund.shipping);
        refunds.map(|line| line.subtotal).sum()
    }

    fn discrepancy(&self) -> Bag {
        let refunds = self.order.refunds.iter();
        let all = refunds.flat_map(|refund| &refund.adjustments);
        let all = all.filter(|it| it.reason != Discrepancy::Pending);
        all.map(|it| it.amount).sum()
    }

    /// Duties and fees; absent on an order that never had any.
    fn charges(&self, field: &str) -> Option<Option<Bag>> {
        let totals = &self.order.totals;
        let (original, amount) = match field {
            "originalTotalDutiesSet" => (totals.duties, totals.duties),
            "currentTotalDutiesSet" => (totals.duties, totals.current_duties),
            "originalTotalAdditionalFeesSet" => (totals.fees, totals.fees),
            "currentTotalAdditionalFeesSet" => (totals.fees, totals.current_fees),
            _ => return None,
        };
        Some((!original.is_zero()).then_some(amount))
    }

    fn cart_discount(&self) -> Bag {
        let across = |index: usize| self.order.discounts.get(index).is_some_and(|it| it.across);
        let allocations = self.order.lines.iter().flat_map(|line| &line.allocations);
        allocations
            .filter(|allocation| across(allocation.discount))
            .map(|allocation| allocation.amount)
            .sum()
    }

    fn fulfillment_status(&self) -> &'static str {
        let order = &self.order;
        let started = order
            .fulfillment_orders
            .iter()
            .any(|it| it.status() == "IN_PROGRESS");
        match order.fulfillment_status() {
            Some("fulfilled") => "FULFILLED",
            Some("partial") => "PARTIALLY_FULFILLED",
            Some("restocked") => "RESTOCKED",
            Some(_) | None if started => "IN_PROGRESS",
            Some(_) | None if order.fulfillment_orders.is_empty() => "FULFILLMENT_NOT_REQUIRED",
            Some(_) | None => "UNFULFILLED",
        }
    }

    fn plain<'b>(&'b self, info: &ResolveInfo<'_>) -> Option<Resolved<'b>> {
        let order = &*self.order;
        Some(match info.field_name() {
            "id" => gid("Order", order.id),
            "legacyResourceId" => leaf(order.id.to_string()),
            "name" => leaf(order.name.as_str()),
            "number" => int(order.number),
            "email" => text(self.ctx.person(order.email.as_deref())),
            "phone" => text(self.ctx.person(order.phone.as_deref())),
            "note" => text(order.note.as_deref()),
            "poNumber" => text(order.po_number.as_deref()),
            "purchasingEntity" => self.purchasing_entity(),
            "sourceName" => leaf(order.source_name.as_str()),
            "tags" => texts(order.tags.iter().map(String::as_str)),
            "test" => leaf(order.test),
            "createdAt" => time(Some(order.created_at)),
            "processedAt" => time(Some(order.processed_at)),
            "updatedAt" => time(Some(order.updated_at)),
            "cancelledAt" => time(order.cancelled_at),
            "closedAt" => time(order.closed_at),
            "cancelReason" => leaf(order.cancel_reason.as_ref().map(|it| it.to_uppercase())),
            "closed" => leaf(order.closed_at.is_some()),
            "confirmed" => leaf(true),
            "currencyCode" => leaf(order.currencies.shop.as_str()),
            "presentmentCurrencyCode" => leaf(order.currencies.presentment.as_str()),
            "taxesIncluded" => leaf(order.taxes_included),
            "displayFinancialStatus" => leaf(order.financial_status.as_str().to_uppercase()),
            "displayFulfillmentStatus" => leaf(self.fulfillment_status()),
            "returnStatus" => leaf(order.return_status()),
            "edited" => leaf(!order.edits.is_empty()),
            "taxExempt" => leaf(order.tax_exempt),
            "dutiesIncluded" | "estimatedTaxes" => leaf(false),
            "fullyPaid" => leaf(order.totals.outstanding.shop.is_zero()),
            "unpaid" => leaf(order.totals.received.shop.is_zero()),
            "capturable" => leaf(!self.order.capturable().is_zero()),
            "requiresShipping" => leaf(order.lines.iter().any(|line| line.requires_shipping)),
            "totalPrice" => leaf(graphql(order.totals.price.shop)),
            "totalWeight" | "currentTotalWeight" => leaf("0"),
            "paymentGatewayNames" => texts(order.gateways()),
            "discountCodes" => {
                let discounts = order.discounts.iter();
                let codes =
                    discounts.filter(|it| it.kind == super::super::order::DiscountKind::Code);
                texts(codes.map(|it| it.title.as_str()))
            }
            "subtotalLineItemsQuantity" => int(goods(order, |line| line.quantity)),
            "currentSubtotalLineItemsQuantity" => int(goods(order, |line| line.current_quantity)),
            _ => return None,
        })
    }

    #[expect(clippy::too_many_lines, reason = "a table: one line for each field")]
    fn lists<'b>(&'b self, info: &ResolveInfo<'_>) -> Resolved<'b> {
        let (ctx, order) = (self.ctx, &*self.order);
        let currencies = &order.currencies;
        match info.field_name() {
            "discountApplications" => page(
                info,
                order
                    .discounts
                    .iter()
                    .enumerate()
                    .filter(|(_, it)| !it.by_edit)
                    .collect(),
                |(index, _)| index.to_string(),
                |(index, it)| discount(it, index, &currencies.shop),
            ),
            "lineItems" => page(
                info,
                order.lines.iter().collect(),
                |line| line.id.to_string(),
                move |line| LineNode { ctx, order, line },
            ),
            "shippingLine" => optional(
                order
                    .shipping_lines
                    .iter()
                    .find(|line| !line.removed)
                    .map(|line| ShippingLineNode { order, line }),
            ),
            "shippingLines" => page(
                info,
                order
                    .shipping_lines
                    .iter()
                    .filter(|line| !line.removed || flag(info, "includeRemovals"))
                    .collect(),
                |line| line.id.to_string(),
                move |line| ShippingLineNode { order, line },
            ),
            "transactions" => {
                let first = count(info, "first").unwrap_or(usize::MAX);
                list(
                    order
                        .transactions
                        .iter()
                        .take(first)
                        .map(move |it| TransactionNode { order, it }),
                )
            }
            "fulfillmentOrders" => page(
                info,
                order.fulfillment_orders.iter().collect(),
                |it| it.id.to_string(),
                move |work| FulfillmentOrderNode { ctx, order, work },
            ),
            "fulfillments" => {
                let first = count(info, "first").unwrap_or(usize::MAX);
                list(
                    order
                        .fulfillments
                        .iter()
                        .take(first)
                        .map(move |it| FulfillmentNode { ctx, order, it }),
                )
            }
            "refunds" => {
                let first = count(info, "first").unwrap_or(usize::MAX);
                list(
                    order
                        .refunds
                        .iter()
                        .take(first)
                        .map(move |refund| RefundNode { ctx, order, refund }),
                )
            }
            "agreements" => agreements(ctx, order, info),
            "returns" => page(
                info,
                order.returns.iter().collect(),
                |it| it.id.to_string(),
                move |it| ReturnNode { ctx, order, it },
            ),
            _ => absent(info, "Order"),
        }
    }
}

fn goods(order: &Order, quantity: fn(&super::super::order::Line) -> u32) -> u32 {
    let lines = order.lines.iter().filter(|line| line.tip.is_none());
    lines.map(quantity).sum()
}

impl ObjectValue for OrderNode<'_> {
    fn type_name(&self) -> &'static str {
        "Order"
    }

    #[expect(clippy::too_many_lines, reason = "a table: one line for each field")]
    fn resolve_field<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Resolved<'b> {
        let (ctx, order) = (self.ctx, &*self.order);
        let currencies = &order.currencies;
        ctx.allow("Order", info.field_name())?;
        if let Some(amount) = self.money(info.field_name()) {
            return object(bag(amount, currencies));
        }
        if let Some(amount) = self.charges(info.field_name()) {
            return optional(amount.map(|amount| bag(amount, currencies)));
        }
        if let Some(resolved) = self.plain(info) {
            return resolved;
        }
        match info.field_name() {
            "customAttributes" => list(order.attributes.iter().map(|(key, value)| {
                Record::new("Attribute")
                    .leaf("key", key.as_str())
                    .leaf("value", value.as_str())
            })),
            "customer" => optional(order.customer.and_then(|id| CustomerNode::find(ctx, id))),
            "billingAddress" => optional(AddressNode::of(
                ctx,
                order.id,
                "billing",
                order.billing_address.as_ref(),
            )),
            "shippingAddress" | "displayAddress" => optional(AddressNode::of(
                ctx,
                order.id,
                "shipping",
                order.shipping_address.as_ref(),
            )),
            "taxLines" => {
                let taxes = order.summed_taxes().into_iter();
                list(taxes.map(|tax| tax_line(&tax, currencies)))
            }
            "currentTaxLines" => {
                let taxes = order.current_taxes().into_iter();
                list(taxes.map(|tax| tax_line(&tax, currencies)))
            }
            "totalCashRoundingAdjustment" => object(
                Record::new("CashRoundingAdjustment")
                    .record("paymentSet", bag(order.totals.payment_rounding, currencies))
                    .record("refundSet", bag(order.totals.refund_rounding, currencies)),
            ),
            "additionalFees" => {
                let fees = order.fees.iter();
                list(fees.map(|it| charge::fee("AdditionalFee", order, it)))
            }
            "disputes" => list(order.disputes.iter().map(charge::dispute_summary)),
            "cancellation" => {
                let cancelled = order.cancelled_at.map(|_| Record::new("OrderCancellation"));
                let note = order.staff_note.as_deref();
                optional(cancelled.map(|it| it.leaf("staffNote", note)))
            }
            "risk" => object(risk(order)),
            "paymentTerms" => optional(order.net_days.map(|days| payment_terms(order, days))),
            "metafield" => metafields::one(ctx, info, "Order", order.id),
            "metafields" => metafields::page_of(ctx, info, "Order", order.id),
            _ => self.lists(info),
        }
    }
}

pub(super) struct TransactionNode<'a> {
    pub(super) order: &'a Order,
    pub(super) it: &'a Transaction,
}

impl ObjectValue for TransactionNode<'_> {
    fn type_name(&self) -> &'static str {
        "OrderTransaction"
    }

    fn resolve_field<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Resolved<'b> {
        let (order, it) = (self.order, self.it);
        match info.field_name() {
            "id" => gid("OrderTransaction", it.id),
            "kind" => leaf(it.kind.as_str().to_uppercase()),
            "status" => leaf(it.status.as_str().to_uppercase()),
            "gateway" => leaf(it.gateway.as_str()),
            "formattedGateway" => leaf(formatted(&it.gateway)),
            "test" => leaf(order.test),
            "createdAt" | "processedAt" => time(Some(it.at)),
            "amount" => leaf(graphql(it.amount.shop)),
            "amountSet" => object(bag(it.amount, &order.currencies)),
            "amountRoundingSet" => object(bag(it.rounding, &order.currencies)),
            "amountV2" => object(money(it.amount.shop, &order.currencies.shop)),
            "paymentId" => leaf(format!("{}.{}", order.name, it.id % 100)),
            "manualPaymentGateway" => leaf(it.gateway == "manual"),
            "manuallyCapturable" => leaf(it.kind == TransactionKind::Authorization),
            "multiCapturable" => leaf(false),
            "parentTransaction" => {
                let parent = order
                    .transactions
                    .iter()
                    .find(|parent| Some(parent.id) == it.parent);
                optional(parent.map(|it| TransactionNode { order, it }))
            }
            _ => absent(info, "OrderTransaction"),
        }
    }
}

/// `shopify_payments` is shown as `Shopify payments`.
fn formatted(gateway: &str) -> String {
    let words = gateway.replace('_', " ");
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn risk(order: &Order) -> Record<'_> {
    let (recommendation, level) = order.risk.names();
    let assessment = Record::new("OrderRiskAssessment").leaf("riskLevel", level);
    let assessed = order.risk != super::super::order::Risk::None;
    Record::new("OrderRiskSummary")
        .leaf("recommendation", recommendation)
        .records(
            "assessments",
            assessed.then_some(assessment).into_iter().collect(),
        )
}

fn payment_terms(order: &Order, days: u32) -> Record<'_> {
    let overdue =
        order.due_at(days) < super::super::time::now() && !order.totals.outstanding.is_zero();
    Record::new("PaymentTerms")
        .leaf("id", super::node::global("PaymentTerms", order.id))
        .leaf("paymentTermsName", format!("Net {days}"))
        .leaf("translatedName", format!("Net {days}"))
        .leaf("paymentTermsType", "NET")
        .leaf("dueInDays", i64::from(days))
        .leaf("due", overdue)
        .leaf("overdue", overdue)
}
