//! A return as Shopify's GraphQL gives it.

use chrono::{DateTime, Utc};
use cynic::{Id, QueryFragment, QueryVariables};

use super::order_query::{
    LineId, Location, MoneyBag, OrderVersion, PageInfo, PageVariablesFields, ReturnIdConnection,
};
use super::schema::{self, ReturnStatus, ReverseFulfillmentOrderDispositionType};

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "QueryRoot",
    variables = "PageVariables"
)]
pub(super) struct ReturnIdsQuery {
    #[arguments(id: $id)]
    pub(super) order: Option<ReturnIds>,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "Order",
    variables = "PageVariables"
)]
pub(super) struct ReturnIds {
    pub(super) updated_at: DateTime<Utc>,
    #[arguments(first: 250, after: $after)]
    pub(super) returns: ReturnIdConnection,
}

#[derive(QueryVariables)]
#[cynic(schema_module = "schema")]
pub(super) struct ReturnVariables {
    pub(super) id: Id,
    pub(super) lines: Option<String>,
    pub(super) exchanges: Option<String>,
    pub(super) orders: Option<String>,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "QueryRoot",
    variables = "ReturnVariables"
)]
pub(super) struct ReturnQuery {
    #[arguments(id: $id)]
    #[cynic(rename = "return")]
    pub(super) found: Option<WireReturn>,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "Return",
    variables = "ReturnVariables"
)]
pub(super) struct WireReturn {
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) status: ReturnStatus,
    pub(super) created_at: DateTime<Utc>,
    pub(super) order: OrderVersion,
    #[arguments(first: 30, after: $lines)]
    pub(super) return_line_items: ReturnLineConnection,
    pub(super) return_shipping_fees: Vec<ShippingFee>,
    #[arguments(first: 20, after: $exchanges, includeRemovedItems: true)]
    pub(super) exchange_line_items: ExchangeConnection,
    #[arguments(first: 4, after: $orders)]
    pub(super) reverse_fulfillment_orders: ReverseOrderConnection,
}

/// The same nodes twice: a type-dependent field beside a number does not survive exact numbers.
#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "ReturnLineItemTypeConnection")]
pub(super) struct ReturnLineConnection {
    pub(super) nodes: Vec<Counts>,
    #[cynic(rename = "nodes", alias)]
    pub(super) lines: Vec<WireReturnLine>,
    pub(super) page_info: PageInfo,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "ReturnLineItemType")]
pub(super) struct Counts {
    pub(super) quantity: i32,
    pub(super) refunded_quantity: i32,
    pub(super) processed_quantity: i32,
}

#[derive(cynic::InlineFragments)]
#[cynic(schema = "shopify", graphql_type = "ReturnLineItemType")]
pub(super) enum WireReturnLine {
    Verified(VerifiedLine),
    #[cynic(fallback)]
    Other,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "ReturnLineItem")]
pub(super) struct VerifiedLine {
    pub(super) fulfillment_line_item: FulfillmentLine,
    pub(super) restocking_fee: Option<RestockingFee>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "FulfillmentLineItem")]
pub(super) struct FulfillmentLine {
    pub(super) line_item: LineId,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct RestockingFee {
    pub(super) amount_set: MoneyBag,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "ReturnShippingFee")]
pub(super) struct ShippingFee {
    pub(super) amount_set: MoneyBag,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "ExchangeLineItemConnection")]
pub(super) struct ExchangeConnection {
    pub(super) nodes: Vec<ExchangeLine>,
    pub(super) page_info: PageInfo,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "ExchangeLineItem")]
pub(super) struct ExchangeLine {
    pub(super) line_items: Option<Vec<LineId>>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "ReverseFulfillmentOrderConnection")]
pub(super) struct ReverseOrderConnection {
    pub(super) nodes: Vec<WireReverseOrder>,
    pub(super) page_info: PageInfo,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "ReverseFulfillmentOrder")]
pub(super) struct WireReverseOrder {
    pub(super) id: Id,
    #[arguments(first: 20)]
    pub(super) line_items: ReverseLineConnection,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "QueryRoot",
    variables = "PageVariables"
)]
pub(super) struct ReverseFulfillmentOrderQuery {
    #[arguments(id: $id)]
    pub(super) reverse_fulfillment_order: Option<ReverseOrderPage>,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "ReverseFulfillmentOrder",
    variables = "PageVariables"
)]
pub(super) struct ReverseOrderPage {
    pub(super) order: Option<OrderVersion>,
    #[arguments(first: 100, after: $after)]
    pub(super) line_items: ReverseLineConnection,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "ReverseFulfillmentOrderLineItemConnection"
)]
pub(super) struct ReverseLineConnection {
    pub(super) nodes: Vec<WireReverseLine>,
    pub(super) page_info: PageInfo,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "ReverseFulfillmentOrderLineItem")]
pub(super) struct WireReverseLine {
    pub(super) fulfillment_line_item: Option<FulfillmentLine>,
    pub(super) dispositions: Vec<WireDisposition>,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "ReverseFulfillmentOrderDisposition"
)]
pub(super) struct WireDisposition {
    pub(super) quantity: i32,
    #[cynic(rename = "type")]
    pub(super) kind: ReverseFulfillmentOrderDispositionType,
    pub(super) created_at: DateTime<Utc>,
    pub(super) location: Option<Location>,
}
