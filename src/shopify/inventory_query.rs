//! The operations on stock: what they ask for, field by field.

use cynic::{Id, InputObject, QueryFragment, QueryVariables};

use super::order_query::PageInfo;
use super::schema::{self, InventorySetQuantitiesUserErrorCode};

#[derive(QueryVariables)]
#[cynic(schema_module = "schema")]
pub(super) struct InventoryVariables {
    pub(super) ids: Vec<Id>,
    pub(super) location: Id,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "QueryRoot",
    variables = "InventoryVariables"
)]
pub(super) struct InventoryQuery {
    #[arguments(ids: $ids)]
    pub(super) nodes: Vec<Option<ItemNode>>,
}

#[derive(cynic::InlineFragments)]
#[cynic(
    schema = "shopify",
    graphql_type = "Node",
    variables = "InventoryVariables"
)]
pub(super) enum ItemNode {
    InventoryItem(InventoryItem),
    #[cynic(fallback)]
    Other,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", variables = "InventoryVariables")]
pub(super) struct InventoryItem {
    pub(super) id: Id,
    pub(super) sku: Option<String>,
    pub(super) tracked: bool,
    #[arguments(locationId: $location)]
    pub(super) inventory_level: Option<InventoryLevel>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct InventoryLevel {
    #[arguments(names: ["on_hand", "available", "committed"])]
    pub(super) quantities: Vec<InventoryQuantity>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct InventoryQuantity {
    pub(super) name: String,
    pub(super) quantity: i32,
}

#[derive(QueryVariables)]
#[cynic(schema_module = "schema")]
pub(super) struct SkusVariables {
    pub(super) query: Option<String>,
    pub(super) after: Option<String>,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "QueryRoot",
    variables = "SkusVariables"
)]
pub(super) struct SkusQuery {
    #[arguments(first: 250, after: $after, query: $query)]
    pub(super) product_variants: ProductVariantConnection,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct ProductVariantConnection {
    pub(super) nodes: Vec<ProductVariant>,
    pub(super) page_info: PageInfo,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct ProductVariant {
    pub(super) sku: Option<String>,
    pub(super) requires_components: bool,
    pub(super) inventory_item: VariantItem,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "InventoryItem")]
pub(super) struct VariantItem {
    pub(super) id: Id,
    pub(super) tracked: bool,
}

#[derive(InputObject)]
#[cynic(schema = "shopify")]
pub(super) struct InventoryQuantityInput {
    pub(super) inventory_item_id: Id,
    pub(super) location_id: Id,
    pub(super) quantity: i32,
    /// Sent as null where nothing is to be compared: Shopify wants it said.
    pub(super) change_from_quantity: Option<i32>,
}

#[derive(InputObject)]
#[cynic(schema = "shopify")]
pub(super) struct InventorySetQuantitiesInput {
    pub(super) name: String,
    pub(super) reason: String,
    pub(super) reference_document_uri: Option<String>,
    pub(super) quantities: Vec<InventoryQuantityInput>,
}

#[derive(QueryVariables)]
#[cynic(schema_module = "schema")]
pub(super) struct SetQuantitiesVariables {
    pub(super) input: InventorySetQuantitiesInput,
    pub(super) key: String,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "Mutation",
    variables = "SetQuantitiesVariables"
)]
pub(super) struct SetQuantities {
    #[arguments(input: $input)]
    #[directives(idempotent(key: $key))]
    pub(super) inventory_set_quantities: Option<InventorySetQuantitiesPayload>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct InventorySetQuantitiesPayload {
    pub(super) user_errors: Vec<UserError>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "InventorySetQuantitiesUserError")]
pub(super) struct UserError {
    pub(super) code: Option<InventorySetQuantitiesUserErrorCode>,
    pub(super) field: Option<Vec<String>>,
    pub(super) message: String,
}
