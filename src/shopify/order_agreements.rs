//! What was agreed on an order, act by act: the sale, its edits, refunds and returns.

use chrono::{DateTime, Utc};
use cynic::{Id, QueryBuilder, QueryFragment, QueryVariables};

use super::order::{Agreement, AgreementReason, Sale, SaleAction, SaleKind, Tax};
use super::order_query::{
    LineId, MoneyBag, PageInfo, PageVariables, PageVariablesFields, RefundId, ReturnId,
    ShippingLineId,
};
use super::order_reading::{Basis, all, id};
use super::reading::{Place, Reading, Stopped};
use super::schema::{self, OrderActionType, Rate, SaleActionType, SaleLineType};

impl Reading<'_> {
    /// All agreements of the order, in Shopify's order, each with all of its sales.
    pub(super) async fn agreements(&self, order: &Id) -> Result<Vec<Agreement>, Stopped> {
        let mut agreements = Vec::new();
        let mut place = Place::start();
        while place.more() {
            let before = place.after();
            let page = OrderAgreementsQuery::build(PageVariables {
                id: order.clone(),
                after: before.clone(),
            });
            let page = self.same(self.run(&page).await?.order, |order| order.updated_at)?;
            let page = page.agreements;
            self.readable(place.pass(&page.page_info))?;
            let cursors: Vec<_> = page.edges.into_iter().map(|edge| edge.cursor).collect();
            let befores = std::iter::once(before).chain(cursors.into_iter().map(Some));
            let found = page.nodes.into_iter().zip(page.of).zip(befores);
            for ((mut agreement, of), before) in found {
                self.sales(order, before, &mut agreement).await?;
                agreements.push(self.readable(self.basis.agreement(agreement, of))?);
            }
        }
        Ok(agreements)
    }

    /// The sales behind the first page of an agreement, which comes next after the cursor `before`.
    async fn sales(
        &self,
        order: &Id,
        before: Option<String>,
        agreement: &mut WireAgreement,
    ) -> Result<(), Stopped> {
        let mut place = Place::start();
        self.readable(place.pass(&agreement.sales.page_info))?;
        while place.more() {
            let page = OrderSalesQuery::build(SalesVariables {
                id: order.clone(),
                before: before.clone(),
                after: place.after(),
            });
            let page = self.same(self.run(&page).await?.order, |order| order.updated_at)?;
            let same = |page: &AgreementSales| page.id == agreement.id;
            let mut pages = page.agreements.nodes.into_iter();
            let page = pages.next().filter(same).ok_or(Stopped::Moved)?;
            self.readable(place.pass(&page.sales.page_info))?;
            agreement.sales.nodes.extend(page.sales.nodes);
            agreement.sales.of.extend(page.sales.of);
        }
        Ok(())
    }
}

impl Basis {
    fn agreement(&self, agreement: WireAgreement, of: AgreementOf) -> Result<Agreement, String> {
        let (refund, return_id) = match of {
            AgreementOf::Refund(of) => (Some(id(&of.refund.id)?), None),
            AgreementOf::Return(of) => (None, Some(id(&of.of.id)?)),
            AgreementOf::Other => (None, None),
        };
        let sales = agreement.sales;
        let sales = sales.nodes.into_iter().zip(sales.of).collect();
        Ok(Agreement {
            id: id(&agreement.id)?,
            happened_at: agreement.happened_at,
            reason: reason(&agreement.reason.0)?,
            refund,
            return_id,
            sales: all(sales, |(sale, of)| self.sale(sale, of))?,
        })
    }

    fn sale(&self, sale: WireSale, of: SaleOf) -> Result<Sale, String> {
        let kind = kind(&sale.line_type.0)?;
        let (line, shipping_line) = match of {
            SaleOf::Product(of) => (Some(id(&of.line_item.id)?), None),
            SaleOf::Tip(of) => (Some(id(&of.line_item.id)?), None),
            SaleOf::GiftCard(of) => (Some(id(&of.line_item.id)?), None),
            SaleOf::Shipping(of) => (None, of.shipping_line.and_then(|line| line.id)),
            SaleOf::Other => (None, None),
        };
        let of_line = match kind {
            SaleKind::Product | SaleKind::Tip | SaleKind::GiftCard => true,
            SaleKind::Shipping
            | SaleKind::Duty
            | SaleKind::Fee
            | SaleKind::AdditionalFee
            | SaleKind::Adjustment
            | SaleKind::Unknown => false,
        };
        if of_line != line.is_some() {
            let kind = &sale.line_type.0;
            return Err(format!("a sale of the kind {kind} with another's line"));
        }
        Ok(Sale {
            action: action(&sale.action_type.0)?,
            kind,
            line,
            shipping_line: shipping_line.as_ref().map(id).transpose()?,
            quantity: sale.quantity.map(i64::from),
            total: self.money(&sale.total_amount)?,
            discount_before_tax: self.money(&sale.total_discount_amount_before_taxes)?,
            discount_after_tax: self.money(&sale.total_discount_amount_after_taxes)?,
            tax: self.money(&sale.total_tax_amount)?,
            taxes: all(sale.taxes, |tax| self.sale_tax(tax))?,
        })
    }

    fn sale_tax(&self, tax: SaleTax) -> Result<Tax, String> {
        Ok(Tax {
            title: tax.tax_line.title,
            rate: tax.tax_line.rate.map(|rate| rate.0),
            amount: self.money(&tax.amount)?,
            channel_liable: tax.tax_line.channel_liable.unwrap_or(false),
        })
    }
}

fn reason(text: &str) -> Result<AgreementReason, String> {
    Ok(match text {
        "ORDER" => AgreementReason::Order,
        "ORDER_EDIT" => AgreementReason::Edit,
        "REFUND" => AgreementReason::Refund,
        "RETURN" => AgreementReason::Return,
        "UNKNOWN" => AgreementReason::Unknown,
        _ => return Err(format!("an agreement for the unknown reason {text}")),
    })
}

fn action(text: &str) -> Result<SaleAction, String> {
    Ok(match text {
        "ORDER" => SaleAction::Order,
        "RETURN" => SaleAction::Return,
        "UPDATE" => SaleAction::Update,
        "UNKNOWN" => SaleAction::Unknown,
        _ => return Err(format!("a sale with the unknown action {text}")),
    })
}

fn kind(text: &str) -> Result<SaleKind, String> {
    Ok(match text {
        "PRODUCT" => SaleKind::Product,
        "SHIPPING" => SaleKind::Shipping,
        "TIP" => SaleKind::Tip,
        "DUTY" => SaleKind::Duty,
        "GIFT_CARD" => SaleKind::GiftCard,
        "FEE" => SaleKind::Fee,
        "ADDITIONAL_FEE" => SaleKind::AdditionalFee,
        "ADJUSTMENT" => SaleKind::Adjustment,
        "UNKNOWN" => SaleKind::Unknown,
        _ => return Err(format!("a sale of the unknown kind {text}")),
    })
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "QueryRoot",
    variables = "PageVariables"
)]
struct OrderAgreementsQuery {
    #[arguments(id: $id)]
    order: Option<OrderAgreements>,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "Order",
    variables = "PageVariables"
)]
struct OrderAgreements {
    updated_at: DateTime<Utc>,
    #[arguments(first: 6, after: $after)]
    agreements: AgreementConnection,
}

/// The same nodes twice: a type-dependent field beside a number does not survive exact numbers. The
/// cursors lead to the sales of one agreement, which has no query of its own.
#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "SalesAgreementConnection")]
struct AgreementConnection {
    nodes: Vec<WireAgreement>,
    #[cynic(rename = "nodes", alias)]
    of: Vec<AgreementOf>,
    edges: Vec<AgreementEdge>,
    page_info: PageInfo,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "SalesAgreementEdge")]
struct AgreementEdge {
    cursor: String,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "SalesAgreement")]
struct WireAgreement {
    id: Id,
    happened_at: DateTime<Utc>,
    reason: OrderActionType,
    #[arguments(first: 5)]
    sales: SaleConnection,
}

#[derive(cynic::InlineFragments)]
#[cynic(schema = "shopify", graphql_type = "SalesAgreement")]
enum AgreementOf {
    Refund(RefundAgreement),
    Return(ReturnAgreement),
    #[cynic(fallback)]
    Other,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
struct RefundAgreement {
    refund: RefundId,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
struct ReturnAgreement {
    #[cynic(rename = "return")]
    of: ReturnId,
}

#[derive(QueryVariables)]
#[cynic(schema_module = "schema")]
struct SalesVariables {
    id: Id,
    before: Option<String>,
    after: Option<String>,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "QueryRoot",
    variables = "SalesVariables"
)]
struct OrderSalesQuery {
    #[arguments(id: $id)]
    order: Option<OrderSales>,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "Order",
    variables = "SalesVariables"
)]
struct OrderSales {
    updated_at: DateTime<Utc>,
    #[arguments(first: 1, after: $before)]
    agreements: AgreementSalesConnection,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "SalesAgreementConnection",
    variables = "SalesVariables"
)]
struct AgreementSalesConnection {
    nodes: Vec<AgreementSales>,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "SalesAgreement",
    variables = "SalesVariables"
)]
struct AgreementSales {
    id: Id,
    #[arguments(first: 35, after: $after)]
    sales: SaleConnection,
}

/// The same nodes twice, as in [`AgreementConnection`].
#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
struct SaleConnection {
    nodes: Vec<WireSale>,
    #[cynic(rename = "nodes", alias)]
    of: Vec<SaleOf>,
    page_info: PageInfo,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "Sale")]
struct WireSale {
    action_type: SaleActionType,
    line_type: SaleLineType,
    quantity: Option<i32>,
    total_amount: MoneyBag,
    total_discount_amount_before_taxes: MoneyBag,
    total_discount_amount_after_taxes: MoneyBag,
    total_tax_amount: MoneyBag,
    taxes: Vec<SaleTax>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
struct SaleTax {
    amount: MoneyBag,
    tax_line: SaleTaxLine,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "TaxLine")]
struct SaleTaxLine {
    title: String,
    rate: Option<Rate>,
    channel_liable: Option<bool>,
}

#[derive(cynic::InlineFragments)]
#[cynic(schema = "shopify", graphql_type = "Sale")]
enum SaleOf {
    Product(ProductSale),
    Tip(TipSale),
    GiftCard(GiftCardSale),
    Shipping(ShippingLineSale),
    #[cynic(fallback)]
    Other,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
struct ProductSale {
    line_item: LineId,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
struct TipSale {
    line_item: LineId,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
struct GiftCardSale {
    line_item: LineId,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
struct ShippingLineSale {
    shipping_line: Option<ShippingLineId>,
}

#[cfg(test)]
pub(super) fn operations() -> Vec<String> {
    let cursor = || Some("cursor".to_owned());
    let id = || Id::new("gid://shopify/Order/1");
    vec![
        OrderAgreementsQuery::build(PageVariables {
            id: id(),
            after: cursor(),
        })
        .query,
        OrderSalesQuery::build(SalesVariables {
            id: id(),
            before: cursor(),
            after: cursor(),
        })
        .query,
    ]
}
