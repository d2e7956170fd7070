//! The refunds of an order, each read whole by its id.

use chrono::{DateTime, Utc};
use cynic::{Id, QueryBuilder, QueryFragment, QueryVariables};

use super::order::{Adjustment, Refund, RefundLine, RefundShipping, Restock};
use super::order_query::{
    LineId, Location, MoneyBag, OrderVariables, OrderVariablesFields, OrderVersion, PageInfo,
    RefundId, ReturnId, ShippingLineId, TransactionId,
};
use super::order_reading::{Basis, all, id};
use super::reading::{Place, Reading, Stopped};
use super::schema::{self, OrderAdjustmentDiscrepancyReason, RefundLineItemRestockType};

/// As many as the head asks for: there may be more.
const FIRST_REFUNDS: usize = 5;

/// As many ids as [`RefundIdsQuery`] asks for; Shopify gives no further page.
const MOST: usize = 250;

impl Reading<'_> {
    /// All refunds of the order; `first` are those that its head named.
    pub(super) async fn refunds(
        &self,
        order: &Id,
        first: &[RefundId],
    ) -> Result<Vec<Refund>, Stopped> {
        let mut ids = first.to_vec();
        if ids.len() >= FIRST_REFUNDS {
            let page = RefundIdsQuery::build(OrderVariables { id: order.clone() });
            let page = self.same(self.run(&page).await?.order, |order| order.updated_at)?;
            ids = page.refunds;
        }
        if ids.len() >= MOST {
            return Err(self.unreadable("more refunds than can be read"));
        }
        let mut refunds = Vec::with_capacity(ids.len());
        for found in ids {
            let refund = self.refund(&found.id).await?;
            refunds.push(self.readable(self.basis.refund(refund))?);
        }
        Ok(refunds)
    }

    async fn refund(&self, id: &Id) -> Result<WireRefund, Stopped> {
        let mut places = Places::start();
        let mut refund = self.refund_page(id, &mut places).await?;
        while places.more() {
            let page = self.refund_page(id, &mut places).await?;
            let (lines, shipping) = (page.refund_line_items, page.refund_shipping_lines);
            refund.refund_line_items.nodes.extend(lines.nodes);
            refund.refund_shipping_lines.nodes.extend(shipping.nodes);
            refund
                .order_adjustments
                .nodes
                .extend(page.order_adjustments.nodes);
            refund.transactions.nodes.extend(page.transactions.nodes);
        }
        Ok(refund)
    }

    /// What comes behind `places`, which then are behind it.
    async fn refund_page(&self, id: &Id, places: &mut Places) -> Result<WireRefund, Stopped> {
        let page = RefundQuery::build(RefundVariables {
            id: id.clone(),
            lines: places.lines.after(),
            shipping: places.shipping.after(),
            adjustments: places.adjustments.after(),
            transactions: places.transactions.after(),
        });
        let page = self.run(&page).await?.refund;
        let page = self.same(page, |refund| refund.order.updated_at)?;
        self.readable(places.pass(&page))?;
        Ok(page)
    }
}

/// How far each connection of a refund is read.
struct Places {
    lines: Place,
    shipping: Place,
    adjustments: Place,
    transactions: Place,
}

impl Places {
    fn start() -> Self {
        let [lines, shipping, adjustments, transactions] = [(); 4].map(|()| Place::start());
        Self {
            lines,
            shipping,
            adjustments,
            transactions,
        }
    }

    fn more(&self) -> bool {
        self.lines.more()
            || self.shipping.more()
            || self.adjustments.more()
            || self.transactions.more()
    }

    fn pass(&mut self, page: &WireRefund) -> Result<(), String> {
        self.lines.pass(&page.refund_line_items.page_info)?;
        self.shipping.pass(&page.refund_shipping_lines.page_info)?;
        self.adjustments.pass(&page.order_adjustments.page_info)?;
        self.transactions.pass(&page.transactions.page_info)
    }
}

impl Basis {
    fn refund(&self, refund: WireRefund) -> Result<Refund, String> {
        let created_at = refund.created_at.ok_or("a refund without its time")?;
        Ok(Refund {
            id: id(&refund.id)?,
            created_at,
            processed_at: refund.processed_at,
            note: refund.note,
            return_id: refund.of.map(|of| id(&of.id)).transpose()?,
            lines: all(refund.refund_line_items.nodes, |line| {
                self.refund_line(line)
            })?,
            shipping: all(refund.refund_shipping_lines.nodes, |line| {
                self.refund_shipping(&line)
            })?,
            adjustments: all(refund.order_adjustments.nodes, |one| self.adjustment(one))?,
            duties: all(refund.duties.unwrap_or_default(), |duty| {
                self.money(&duty.amount_set)
            })?,
            transactions: all(refund.transactions.nodes, |node| id(&node.id))?,
            total: self.money(&refund.total_refunded_set)?,
        })
    }

    fn refund_line(&self, line: WireRefundLine) -> Result<RefundLine, String> {
        Ok(RefundLine {
            line: id(&line.line_item.id)?,
            quantity: line.quantity.into(),
            restock: restock(&line.restock_type.0)?,
            restocked: line.restocked,
            location: line.location.map(|place| id(&place.id)).transpose()?,
            subtotal: self.money(&line.subtotal_set)?,
            tax: self.money(&line.total_tax_set)?,
        })
    }

    fn refund_shipping(&self, line: &WireRefundShipping) -> Result<RefundShipping, String> {
        let shipping_line = line.shipping_line.id.as_ref();
        Ok(RefundShipping {
            shipping_line: shipping_line.map(id).transpose()?,
            subtotal: self.money(&line.subtotal_amount_set)?,
            tax: self.money(&line.tax_amount_set)?,
        })
    }

    fn adjustment(&self, adjustment: WireAdjustment) -> Result<Adjustment, String> {
        Ok(Adjustment {
            amount: self.money(&adjustment.amount_set)?,
            tax: self.money(&adjustment.tax_amount_set)?,
            reason: adjustment.reason.map(|reason| reason.0),
        })
    }
}

fn restock(text: &str) -> Result<Restock, String> {
    Ok(match text {
        "CANCEL" => Restock::Cancel,
        "RETURN" => Restock::Return,
        "NO_RESTOCK" => Restock::NoRestock,
        "LEGACY_RESTOCK" => Restock::Legacy,
        _ => return Err(format!("a refund with the unknown restock type {text}")),
    })
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "QueryRoot",
    variables = "OrderVariables"
)]
struct RefundIdsQuery {
    #[arguments(id: $id)]
    order: Option<RefundIds>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "Order")]
struct RefundIds {
    updated_at: DateTime<Utc>,
    #[arguments(first: 250)]
    refunds: Vec<RefundId>,
}

#[derive(QueryVariables)]
#[cynic(schema_module = "schema")]
struct RefundVariables {
    id: Id,
    lines: Option<String>,
    shipping: Option<String>,
    adjustments: Option<String>,
    transactions: Option<String>,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "QueryRoot",
    variables = "RefundVariables"
)]
struct RefundQuery {
    #[arguments(id: $id)]
    refund: Option<WireRefund>,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "Refund",
    variables = "RefundVariables"
)]
struct WireRefund {
    id: Id,
    created_at: Option<DateTime<Utc>>,
    processed_at: DateTime<Utc>,
    note: Option<String>,
    order: OrderVersion,
    #[cynic(rename = "return")]
    of: Option<ReturnId>,
    #[arguments(first: 40, after: $lines)]
    refund_line_items: RefundLineConnection,
    #[arguments(first: 5, after: $shipping)]
    refund_shipping_lines: RefundShippingConnection,
    #[arguments(first: 10, after: $adjustments)]
    order_adjustments: AdjustmentConnection,
    #[arguments(first: 10, after: $transactions)]
    transactions: TransactionConnection,
    duties: Option<Vec<WireDuty>>,
    total_refunded_set: MoneyBag,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "RefundLineItemConnection")]
struct RefundLineConnection {
    nodes: Vec<WireRefundLine>,
    page_info: PageInfo,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "RefundLineItem")]
struct WireRefundLine {
    quantity: i32,
    restock_type: RefundLineItemRestockType,
    restocked: bool,
    line_item: LineId,
    location: Option<Location>,
    subtotal_set: MoneyBag,
    total_tax_set: MoneyBag,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "RefundShippingLineConnection")]
struct RefundShippingConnection {
    nodes: Vec<WireRefundShipping>,
    page_info: PageInfo,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "RefundShippingLine")]
struct WireRefundShipping {
    shipping_line: ShippingLineId,
    subtotal_amount_set: MoneyBag,
    tax_amount_set: MoneyBag,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "OrderAdjustmentConnection")]
struct AdjustmentConnection {
    nodes: Vec<WireAdjustment>,
    page_info: PageInfo,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "OrderAdjustment")]
struct WireAdjustment {
    amount_set: MoneyBag,
    tax_amount_set: MoneyBag,
    reason: Option<OrderAdjustmentDiscrepancyReason>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "OrderTransactionConnection")]
struct TransactionConnection {
    nodes: Vec<TransactionId>,
    page_info: PageInfo,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "RefundDuty")]
struct WireDuty {
    amount_set: MoneyBag,
}

#[cfg(test)]
pub(super) fn operations() -> Vec<String> {
    let cursor = || Some("cursor".to_owned());
    let id = || Id::new("gid://shopify/Refund/1");
    vec![
        RefundIdsQuery::build(OrderVariables { id: id() }).query,
        RefundQuery::build(RefundVariables {
            id: id(),
            lines: cursor(),
            shipping: cursor(),
            adjustments: cursor(),
            transactions: cursor(),
        })
        .query,
    ]
}
