//! The four writes of a shipment, as Shopify's GraphQL takes them.

use cynic::{Id, InputObject, QueryFragment, QueryVariables};

use super::schema::{self, Url};

#[derive(InputObject)]
#[cynic(schema = "shopify")]
pub(super) struct FulfillmentInput {
    pub(super) line_items_by_fulfillment_order: Vec<FulfillmentOrderLineItemsInput>,
    pub(super) notify_customer: Option<bool>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub(super) tracking_info: Option<FulfillmentTrackingInput>,
}

#[derive(InputObject)]
#[cynic(schema = "shopify")]
pub(super) struct FulfillmentOrderLineItemsInput {
    pub(super) fulfillment_order_id: Id,
    pub(super) fulfillment_order_line_items: Option<Vec<FulfillmentOrderLineItemInput>>,
}

#[derive(InputObject)]
#[cynic(schema = "shopify")]
pub(super) struct FulfillmentOrderLineItemInput {
    pub(super) id: Id,
    pub(super) quantity: i32,
}

#[derive(InputObject)]
#[cynic(schema = "shopify")]
pub(super) struct FulfillmentTrackingInput {
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub(super) company: Option<String>,
    pub(super) numbers: Option<Vec<String>>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub(super) urls: Option<Vec<Url>>,
}

#[derive(QueryVariables)]
#[cynic(schema_module = "schema")]
pub(super) struct CreateVariables {
    pub(super) fulfillment: FulfillmentInput,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "Mutation",
    variables = "CreateVariables"
)]
pub(super) struct CreateFulfillment {
    #[arguments(fulfillment: $fulfillment)]
    pub(super) fulfillment_create: Option<FulfillmentCreatePayload>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct FulfillmentCreatePayload {
    pub(super) fulfillment: Option<Made>,
    pub(super) user_errors: Vec<UserError>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "Fulfillment")]
pub(super) struct Made {
    pub(super) id: Id,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct UserError {
    pub(super) field: Option<Vec<String>>,
    pub(super) message: String,
}

#[derive(QueryVariables)]
#[cynic(schema_module = "schema")]
pub(super) struct TrackVariables {
    pub(super) id: Id,
    pub(super) tracking: FulfillmentTrackingInput,
    pub(super) notify: Option<bool>,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "Mutation",
    variables = "TrackVariables"
)]
pub(super) struct TrackFulfillment {
    #[arguments(fulfillmentId: $id, trackingInfoInput: $tracking, notifyCustomer: $notify)]
    pub(super) fulfillment_tracking_info_update: Option<FulfillmentTrackingInfoUpdatePayload>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct FulfillmentTrackingInfoUpdatePayload {
    pub(super) user_errors: Vec<UserError>,
}

#[derive(QueryVariables)]
#[cynic(schema_module = "schema")]
pub(super) struct CancelVariables {
    pub(super) id: Id,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "Mutation",
    variables = "CancelVariables"
)]
pub(super) struct CancelFulfillment {
    #[arguments(id: $id)]
    pub(super) fulfillment_cancel: Option<FulfillmentCancelPayload>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct FulfillmentCancelPayload {
    pub(super) user_errors: Vec<UserError>,
}

#[derive(QueryVariables)]
#[cynic(schema_module = "schema")]
pub(super) struct MoveVariables {
    pub(super) id: Id,
    pub(super) location: Id,
    pub(super) lines: Option<Vec<FulfillmentOrderLineItemInput>>,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "Mutation",
    variables = "MoveVariables"
)]
pub(super) struct MoveFulfillmentOrder {
    #[arguments(id: $id, newLocationId: $location, fulfillmentOrderLineItems: $lines)]
    pub(super) fulfillment_order_move: Option<FulfillmentOrderMovePayload>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct FulfillmentOrderMovePayload {
    pub(super) user_errors: Vec<FulfillmentOrderMoveFulfillmentOrderMoveUserError>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct FulfillmentOrderMoveFulfillmentOrderMoveUserError {
    pub(super) field: Option<Vec<String>>,
    pub(super) message: String,
}
