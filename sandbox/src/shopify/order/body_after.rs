//! What happened to an order after it was placed, as webhook bodies print it: shipments, refunds, transactions.

use serde_json::{Value, json};

use super::super::money::{Bag, text};
use super::super::number;
use super::super::time::ShopTime;
use super::{Fulfillment, Order, OrderEdit, Refund, RefundLine, Transaction};

impl Order {
    pub(super) fn fulfillment_bodies(&self, time: &ShopTime) -> Vec<Value> {
        self.fulfillments
            .iter()
            .map(|fulfillment| self.fulfillment_body(fulfillment, time))
            .collect()
    }

    pub(super) fn refund_bodies(&self, time: &ShopTime) -> Vec<Value> {
        self.refunds
            .iter()
            .map(|refund| self.refund_body(refund, time))
            .collect()
    }

    /// The body of `fulfillments/create` and `fulfillments/update`.
    pub(crate) fn fulfillment_body(&self, fulfillment: &Fulfillment, time: &ShopTime) -> Value {
        let lines: Vec<_> = fulfillment
            .lines
            .iter()
            .filter_map(|shipped| {
                let mut body = self.line(shipped.line)?.body(&self.currencies);
                body["quantity"] = json!(shipped.quantity);
                Some(body)
            })
            .collect();
        json!({
            "id": fulfillment.id,
            "admin_graphql_api_id": format!("gid://shopify/Fulfillment/{}", fulfillment.id),
            "order_id": self.id,
            "name": fulfillment.name,
            "status": if fulfillment.cancelled { "cancelled" } else { "success" },
            "created_at": time.text(fulfillment.at),
            "updated_at": time.text(fulfillment.updated_at),
            "service": "manual",
            "shipment_status": null,
            "location_id": fulfillment.location,
            "origin_address": {},
            "email": self.email,
            "destination": null,
            "receipt": {},
            "tracking_company": fulfillment.company,
            "tracking_number": fulfillment.numbers.first(),
            "tracking_numbers": fulfillment.numbers,
            "tracking_url": fulfillment.urls.first(),
            "tracking_urls": fulfillment.urls,
            "line_items": lines,
        })
    }

    /// The body of `refunds/create`.
    pub(crate) fn refund_body(&self, refund: &Refund, time: &ShopTime) -> Value {
        let transactions: Vec<_> = self
            .transactions
            .iter()
            .filter(|transaction| refund.transactions.contains(&transaction.id))
            .map(|transaction| self.transaction_body(transaction, time))
            .collect();
        let lines: Vec<_> = refund
            .lines
            .iter()
            .map(|line| self.refund_line_body(line))
            .collect();
        let shipping: Vec<_> = refund
            .shipping
            .iter()
            .map(|line| {
                json!({
                    "id": line.id,
                    "shipping_line": { "id": line.shipping_line },
                    "subtotal_amount_set": self.currencies.set(line.subtotal),
                    "tax_amount_set": self.currencies.set(line.tax),
                })
            })
            .collect();
        json!({
            "id": refund.id,
            "admin_graphql_api_id": format!("gid://shopify/Refund/{}", refund.id),
            "order_id": self.id,
            "created_at": time.text(refund.at),
            "processed_at": time.text(refund.at),
            "note": refund.note,
            "user_id": null,
            "restock": refund.lines.iter().any(|line| line.restock != super::Restock::NoRestock),
            "duties": refund.duties.iter().map(|it| json!({
                "duty_id": it.duty,
                "amount_set": self.currencies.set(it.amount),
            })).collect::<Vec<_>>(),
            "total_duties_set": self.currencies.set(refund.duties.iter().map(|it| it.amount).sum()),
            "return": refund.of_return.map(|id| json!({
                "id": id,
                "admin_graphql_api_id": format!("gid://shopify/Return/{id}"),
            })),
            "refund_shipping_lines": shipping,
            "order_adjustments": self.adjustment_bodies(refund),
            "refund_line_items": lines,
            "transactions": transactions,
        })
    }

    /// Refunded shipping is an adjustment here as well, so that the money of a refund is its lines less its
    /// adjustments.
    fn adjustment_bodies(&self, refund: &Refund) -> Vec<Value> {
        let body = |id: u64, kind: &str, reason: &str, amount: Bag, tax: Bag| {
            json!({
                "id": id,
                "order_id": self.id,
                "refund_id": refund.id,
                "kind": kind,
                "reason": reason,
                "amount": text(amount.shop, &self.currencies.shop),
                "amount_set": self.currencies.set(amount),
                "tax_amount": text(tax.shop, &self.currencies.shop),
                "tax_amount_set": self.currencies.set(tax),
            })
        };
        let shipping = refund.shipping.iter().map(|it| {
            let subtotal = if self.taxes_included {
                it.subtotal - it.tax
            } else {
                it.subtotal
            };
            body(
                it.id,
                "shipping_refund",
                "Shipping refund",
                -subtotal,
                -it.tax,
            )
        });
        let others = refund.adjustments.iter();
        let none = Bag::default();
        let others = others.map(|it| {
            body(
                it.id,
                "refund_discrepancy",
                "Refund discrepancy",
                it.amount,
                none,
            )
        });
        shipping.chain(others).collect()
    }

    /// `subtotal` and `total_tax` are numbers here and nowhere else.
    fn refund_line_body(&self, line: &RefundLine) -> Value {
        json!({
            "id": line.id,
            "line_item_id": line.line,
            "quantity": line.quantity,
            "location_id": line.restocked_at(),
            "restock_type": line.restock.as_str(),
            "subtotal": number(line.subtotal.shop),
            "subtotal_set": self.currencies.set(line.subtotal),
            "total_tax": number(line.tax.shop),
            "total_tax_set": self.currencies.set(line.tax),
            "line_item": self.line(line.line).map(|sold| sold.body(&self.currencies)),
        })
    }

    /// The body of `orders/edited`: what changed, not what the order is now.
    pub(crate) fn edit_body(&self, edit: &OrderEdit, time: &ShopTime) -> Value {
        let deltas = |list: &[(u64, u32)]| -> Vec<Value> {
            let delta = |(id, delta): &(u64, u32)| json!({ "id": id, "delta": delta });
            list.iter().map(delta).collect()
        };
        let ids =
            |list: &[u64]| -> Vec<Value> { list.iter().map(|id| json!({ "id": id })).collect() };
        json!({ "order_edit": {
            "id": edit.id,
            "app_id": null,
            "created_at": time.text(edit.at),
            "committed_at": time.text(edit.at),
            "notify_customer": edit.notify,
            "order_id": self.id,
            "staff_note": edit.staff_note,
            "user_id": null,
            "line_items": { "additions": deltas(&edit.added), "removals": deltas(&edit.removed) },
            "discounts": { "line_item": {
                "additions": ids(&edit.discounts_added), "removals": ids(&edit.discounts_removed),
            } },
            "shipping_lines": {
                "additions": ids(&edit.shipping_added), "removals": ids(&edit.shipping_removed),
            },
        } })
    }

    /// The body of `order_transactions/create`.
    pub(crate) fn transaction_body(&self, transaction: &Transaction, time: &ShopTime) -> Value {
        json!({
            "id": transaction.id,
            "admin_graphql_api_id": format!("gid://shopify/OrderTransaction/{}", transaction.id),
            "order_id": self.id,
            "kind": transaction.kind.as_str(),
            "gateway": transaction.gateway,
            "status": transaction.status.as_str(),
            "amount": text(transaction.amount.shop, &self.currencies.shop),
            "currency": self.currencies.shop,
            "parent_id": transaction.parent,
            "created_at": time.text(transaction.at),
            "processed_at": time.text(transaction.at),
            "test": self.test,
            "message": null,
            "error_code": null,
            "source_name": self.source_name,
        })
    }
}
