//! Duties, additional fees, adjustments and disputes.

use apollo_compiler::resolvers::{ObjectValue, ResolveInfo};

use super::super::order::{AdditionalFee, Adjustment, Dispute, Duty, Order, TaxLine};
use super::super::time::utc;
use super::Ctx;
use super::money::{bag, money, tax_line};
use super::node::{Record, Resolved, global};
use super::order::OrderNode;

fn taxes<'a>(order: &Order, taxes: &[TaxLine]) -> Vec<Record<'a>> {
    let taxes = taxes.iter();
    taxes.map(|tax| tax_line(tax, &order.currencies)).collect()
}

pub(super) fn duty<'a>(order: &Order, duty: &'a Duty) -> Record<'a> {
    Record::new("Duty")
        .leaf("id", global("Duty", duty.id))
        .leaf(
            "harmonizedSystemCode",
            duty.harmonized_system_code.as_deref(),
        )
        .leaf("countryCodeOfOrigin", duty.country.as_deref())
        .record("price", bag(duty.price, &order.currencies))
        .records("taxLines", taxes(order, &duty.tax_lines))
}

/// An `AdditionalFee`, or the `SaleAdditionalFee` that looks the same.
pub(super) fn fee<'a>(type_name: &'a str, order: &Order, fee: &'a AdditionalFee) -> Record<'a> {
    Record::new(type_name)
        .leaf("id", global(type_name, fee.id))
        .leaf("name", fee.name.as_str())
        .record("price", bag(fee.price, &order.currencies))
        .records("taxLines", taxes(order, &fee.tax_lines))
}

pub(super) fn adjustment<'a>(order: &Order, it: &Adjustment) -> Record<'a> {
    Record::new("OrderAdjustment")
        .leaf("id", global("OrderAdjustment", it.id))
        .leaf("reason", it.reason.as_str())
        .record("amountSet", bag(it.amount, &order.currencies))
        .record("taxAmountSet", bag(Default::default(), &order.currencies))
}

/// What an order says of its disputes.
pub(super) fn dispute_summary<'a>(it: &Dispute) -> Record<'a> {
    Record::new("OrderDisputeSummary")
        .leaf("id", global("OrderDisputeSummary", it.id))
        .leaf("initiatedAs", it.kind().to_uppercase())
        .leaf("status", it.status.as_str().to_uppercase())
}

/// A dispute by itself.
pub(super) struct DisputeNode<'a> {
    pub(super) ctx: &'a Ctx,
    pub(super) order: u64,
    pub(super) currency: String,
    pub(super) it: Dispute,
}

impl ObjectValue for DisputeNode<'_> {
    fn type_name(&self) -> &'static str {
        "ShopifyPaymentsDispute"
    }

    fn resolve_field<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Resolved<'b> {
        let it = &self.it;
        let reason = Record::new("ShopifyPaymentsDisputeReasonDetails")
            .leaf("reason", it.reason.to_uppercase())
            .leaf("networkReasonCode", "4837");
        let fields = Record::new("ShopifyPaymentsDispute")
            .leaf("id", global("ShopifyPaymentsDispute", it.id))
            .leaf("legacyResourceId", it.id.to_string())
            .leaf("type", it.kind().to_uppercase())
            .leaf("status", it.status.as_str().to_uppercase())
            .leaf("initiatedAt", utc(it.at))
            .leaf("evidenceDueBy", utc(it.due_at()))
            .leaf("finalizedOn", it.finalized_at.map(utc))
            .record("amount", money(it.amount, &self.currency))
            .record("reasonDetails", reason)
            .object("order", OrderNode::find(self.ctx, self.order));
        fields.resolve_owned(info)
    }
}
