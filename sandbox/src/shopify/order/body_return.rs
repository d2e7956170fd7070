//! Returns as webhook bodies print them: each topic has a shape of its own.

use serde_json::{Value, json};

use super::Order;
use super::returns::{Return, ReturnFee, ReturnStatus};

impl Order {
    /// What subscribers are told when a return changed, by topic.
    pub(crate) fn return_news(&self, before: &Self) -> Vec<(&'static str, Value)> {
        let mut news = Vec::new();
        for it in &self.returns {
            let old = before.returns.iter().find(|old| old.id == it.id);
            let was = old.map(|old| old.status);
            if was != Some(it.status) {
                news.extend(self.status_news(it, was));
            }
            let processed = |it: &Return| -> u32 {
                let lines = it.lines.iter().map(|line| line.processed);
                lines
                    .chain(it.exchanges.iter().map(|it| it.processed))
                    .sum()
            };
            if old.map_or(0, processed) != processed(it) {
                news.push(("returns/process", json!({})));
            }
        }
        news
    }

    fn status_news(&self, it: &Return, was: Option<ReturnStatus>) -> Option<(&'static str, Value)> {
        let flat = || {
            json!({
                "id": it.id,
                "admin_graphql_api_id": format!("gid://shopify/Return/{}", it.id),
                "order_id": self.id,
                "status": it.status.as_str(),
            })
        };
        Some(match (it.status, was) {
            (ReturnStatus::Requested, _) => ("returns/request", self.return_body(it)),
            (ReturnStatus::Open, Some(ReturnStatus::Closed)) => ("returns/reopen", flat()),
            (ReturnStatus::Open, _) => ("returns/approve", self.return_body(it)),
            (ReturnStatus::Closed, _) => ("returns/close", flat()),
            (ReturnStatus::Canceled, _) => ("returns/cancel", flat()),
            (ReturnStatus::Declined, _) => ("returns/decline", self.decline_body(it)),
        })
    }

    fn return_head(&self, it: &Return) -> Value {
        json!({
            "id": it.id,
            "admin_graphql_api_id": format!("gid://shopify/Return/{}", it.id),
            "status": it.status.as_str(),
            "order": {
                "id": self.id,
                "admin_graphql_api_id": format!("gid://shopify/Order/{}", self.id),
            },
        })
    }

    fn decline_body(&self, it: &Return) -> Value {
        let mut body = self.return_head(it);
        let decline = it.decline.as_ref();
        body["decline"] =
            json!(decline.map(|(reason, note)| {
                json!({ "reason": reason.to_lowercase(), "note": note })
            }));
        body
    }

    fn return_body(&self, it: &Return) -> Value {
        let fee = |kind: &str, fee: &ReturnFee| {
            json!({
                "id": fee.id,
                "admin_graphql_api_id": format!("gid://shopify/{kind}/{}", fee.id),
                "price": self.currencies.set(fee.amount),
            })
        };
        let lines = it.lines.iter().map(|line| {
            json!({
                "id": line.id,
                "admin_graphql_api_id": format!("gid://shopify/ReturnLineItem/{}", line.id),
                "fulfillment_line_item": {
                    "id": line.fulfillment_line,
                    "line_item": { "id": line.line },
                },
                "quantity": line.quantity,
                "return_reason": line.reason.to_lowercase(),
                "return_reason_note": line.note,
                "restocking_fee": line.restocking_fee.as_ref().map(|it| fee("RestockingFee", it)),
            })
        });
        let exchanges = it.exchanges.iter().map(|it| {
            json!({
                "id": it.id,
                "admin_graphql_api_id": format!("gid://shopify/ExchangeLineItem/{}", it.id),
                "line_item": it.line.map(|id| json!({ "id": id })),
            })
        });
        let fees = it
            .shipping_fee
            .iter()
            .map(|it| fee("ReturnShippingFee", it));
        let mut body = self.return_head(it);
        body["name"] = json!(it.name);
        body["total_return_line_items"] = json!(it.lines.len());
        body["return_line_items"] = lines.collect();
        body["return_shipping_fees"] = fees.collect();
        body["total_exchange_line_items"] = json!(it.exchanges.len());
        body["exchange_line_items"] = exchanges.collect();
        body
    }
}
