//! What is left to ship of an order and what was shipped, as Shopify's GraphQL gives it.

use chrono::{DateTime, Utc};
use cynic::{Id, QueryFragment, QueryVariables};

use super::order_query::{AssignedLocation, PageInfo};
use super::schema::{self, FulfillmentOrderAction, FulfillmentOrderStatus, FulfillmentStatus, Url};

#[derive(QueryVariables)]
#[cynic(schema_module = "schema")]
pub(super) struct OneVariables {
    pub(super) id: Id,
}

#[derive(QueryVariables)]
#[cynic(schema_module = "schema")]
pub(super) struct PageVariables {
    pub(super) id: Id,
    pub(super) after: Option<String>,
}

/// An order of ordinary size: up to 6 fulfillment orders of 20 lines, and 8 fulfillments of 12.
#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "QueryRoot",
    variables = "OneVariables"
)]
pub(super) struct ShipmentsQuery {
    #[arguments(id: $id)]
    pub(super) order: Option<Order>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct Order {
    pub(super) cancelled_at: Option<DateTime<Utc>>,
    #[arguments(first: 6, displayable: true)]
    pub(super) fulfillment_orders: WorkConnection,
    #[arguments(first: 8)]
    pub(super) fulfillments: Vec<Fulfillment>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "FulfillmentOrderConnection")]
pub(super) struct WorkConnection {
    pub(super) nodes: Vec<Work>,
    pub(super) page_info: PageInfo,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "FulfillmentOrder")]
pub(super) struct Work {
    pub(super) id: Id,
    pub(super) status: FulfillmentOrderStatus,
    pub(super) supported_actions: Vec<SupportedAction>,
    pub(super) assigned_location: AssignedLocation,
    #[arguments(first: 20)]
    pub(super) line_items: WorkLineConnection,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "FulfillmentOrderSupportedAction")]
pub(super) struct SupportedAction {
    pub(super) action: FulfillmentOrderAction,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "FulfillmentOrderLineItemConnection"
)]
pub(super) struct WorkLineConnection {
    pub(super) nodes: Vec<WorkLine>,
    pub(super) page_info: PageInfo,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "FulfillmentOrderLineItem")]
pub(super) struct WorkLine {
    pub(super) id: Id,
    pub(super) remaining_quantity: i32,
    pub(super) line_item: LineItem,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct LineItem {
    pub(super) id: Id,
    pub(super) sku: Option<String>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct Fulfillment {
    pub(super) id: Id,
    pub(super) status: FulfillmentStatus,
    #[arguments(first: 10)]
    pub(super) tracking_info: Vec<TrackingInfo>,
    #[arguments(first: 12)]
    pub(super) fulfillment_line_items: ShippedConnection,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "FulfillmentTrackingInfo")]
pub(super) struct TrackingInfo {
    pub(super) company: Option<String>,
    pub(super) number: Option<String>,
    pub(super) url: Option<Url>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "FulfillmentLineItemConnection")]
pub(super) struct ShippedConnection {
    pub(super) nodes: Vec<Shipped>,
    pub(super) page_info: PageInfo,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "FulfillmentLineItem")]
pub(super) struct Shipped {
    pub(super) quantity: Option<i32>,
    pub(super) line_item: LineItem,
}

/// Further fulfillment orders, 15 at a time.
#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "QueryRoot",
    variables = "PageVariables"
)]
pub(super) struct ShipmentWorkQuery {
    #[arguments(id: $id)]
    pub(super) order: Option<OrderWork>,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "Order",
    variables = "PageVariables"
)]
pub(super) struct OrderWork {
    #[arguments(first: 15, after: $after, displayable: true)]
    pub(super) fulfillment_orders: WorkConnection,
}

/// Further lines of one fulfillment order.
#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "QueryRoot",
    variables = "PageVariables"
)]
pub(super) struct ShipmentWorkLinesQuery {
    #[arguments(id: $id)]
    pub(super) fulfillment_order: Option<WorkLines>,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "FulfillmentOrder",
    variables = "PageVariables"
)]
pub(super) struct WorkLines {
    #[arguments(first: 250, after: $after)]
    pub(super) line_items: WorkLineConnection,
}

/// More fulfillments than the first query asks for: up to 20.
#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "QueryRoot",
    variables = "OneVariables"
)]
pub(super) struct ShippedQuery {
    #[arguments(id: $id)]
    pub(super) order: Option<OrderShipped>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "Order")]
pub(super) struct OrderShipped {
    #[arguments(first: 20)]
    pub(super) fulfillments: Vec<Fulfillment>,
}

/// The ids of all fulfillments, as many as Shopify lists: it gives no cursor for the rest.
#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "QueryRoot",
    variables = "OneVariables"
)]
pub(super) struct ShippedIdsQuery {
    #[arguments(id: $id)]
    pub(super) order: Option<OrderShippedIds>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "Order")]
pub(super) struct OrderShippedIds {
    #[arguments(first: 250)]
    pub(super) fulfillments: Vec<ShippedId>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "Fulfillment")]
pub(super) struct ShippedId {
    pub(super) id: Id,
}

#[derive(QueryVariables)]
#[cynic(schema_module = "schema")]
pub(super) struct IdsVariables {
    pub(super) ids: Vec<Id>,
}

/// Fulfillments by their ids, 20 at a time.
#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "QueryRoot",
    variables = "IdsVariables"
)]
pub(super) struct ShippedByIdsQuery {
    #[arguments(ids: $ids)]
    pub(super) nodes: Vec<Option<ShippedNode>>,
}

#[derive(cynic::InlineFragments)]
#[cynic(schema = "shopify", graphql_type = "Node")]
pub(super) enum ShippedNode {
    Fulfillment(Fulfillment),
    #[cynic(fallback)]
    Other,
}

/// Further lines of one fulfillment.
#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "QueryRoot",
    variables = "PageVariables"
)]
pub(super) struct ShippedLinesQuery {
    #[arguments(id: $id)]
    pub(super) fulfillment: Option<ShippedLines>,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "Fulfillment",
    variables = "PageVariables"
)]
pub(super) struct ShippedLines {
    #[arguments(first: 250, after: $after)]
    pub(super) fulfillment_line_items: ShippedConnection,
}

/// One fulfillment: which order it is of, and whether it still stands.
#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "QueryRoot",
    variables = "OneVariables"
)]
pub(super) struct FulfillmentQuery {
    #[arguments(id: $id)]
    pub(super) fulfillment: Option<Standing>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "Fulfillment")]
pub(super) struct Standing {
    pub(super) status: FulfillmentStatus,
    pub(super) order: OrderId,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "Order")]
pub(super) struct OrderId {
    pub(super) id: Id,
}
