//! The root of queries.

use std::sync::Arc;

use apollo_compiler::resolvers::{FieldError, ObjectValue, ResolveInfo};
use apollo_compiler::response::JsonValue;

use super::super::catalog::Variant;
use super::super::customer::Customer;
use super::super::order::{Dispute, Order};
use super::super::search::{Search, Term};
use super::Ctx;
use super::catalog::{ItemNode, LevelNode, LocationNode, ProductNode, VariantNode};
use super::charge::DisputeNode;
use super::company::{self, BranchNode, FirmNode};
use super::connection::page;
use super::customer::CustomerNode;
use super::fulfillment::{FulfillmentNode, FulfillmentOrderNode};
use super::node::{
    Record, Resolved, absent, argument, flag, id_argument, null, number_of, object, optional,
    refused,
};
use super::order::OrderNode;
use super::refund::RefundNode;
use super::returns::ReturnNode;
use super::{shop, subscriptions};

pub(super) struct Query<'a> {
    pub(super) ctx: &'a Ctx,
}

impl ObjectValue for Query<'_> {
    fn type_name(&self) -> &'static str {
        "QueryRoot"
    }

    #[expect(clippy::too_many_lines, reason = "a table: one line for each field")]
    fn resolve_field<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Resolved<'b> {
        let ctx = self.ctx;
        ctx.allow("QueryRoot", info.field_name())?;
        let id = |kind: &str| id_argument(info, "id", kind);
        match info.field_name() {
            "shop" => object(ctx.state(shop::shop)),
            "currentAppInstallation" => object(ctx.state(shop::installation)),
            "order" => optional(id("Order")?.and_then(|id| OrderNode::find(ctx, id))),
            "orders" => orders(ctx, info),
            "ordersCount" => {
                let found = found_orders(ctx, info)?.len();
                object(
                    Record::new("Count")
                        .leaf("count", i64::try_from(found).ok())
                        .leaf("precision", "EXACT"),
                )
            }
            "customer" => optional(id("Customer")?.and_then(|id| CustomerNode::find(ctx, id))),
            "customers" => customers(ctx, info),
            "company" => optional(id("Company")?.and_then(|id| FirmNode::find(ctx, id))),
            "companies" => company::companies(ctx, info),
            "companyLocation" => {
                optional(id("CompanyLocation")?.and_then(|id| BranchNode::find(ctx, id)))
            }
            "companyLocations" => company::locations(ctx, info),
            "location" => match id("Location")? {
                Some(id) => optional(LocationNode::find(ctx, id)),
                None => optional(
                    ctx.state(|state| state.locations.first().cloned())
                        .map(|location| LocationNode { ctx, location }),
                ),
            },
            "locations" => locations(ctx, info),
            "productVariant" => {
                optional(id("ProductVariant")?.and_then(|id| VariantNode::find(ctx, id)))
            }
            "productVariants" => variants(ctx, info),
            "product" => optional(id("Product")?.and_then(|id| ProductNode::find(ctx, id))),
            "inventoryItem" => {
                let found = id("InventoryItem")?.and_then(|id| VariantNode::of_item(ctx, id));
                optional(found.map(|node| ItemNode {
                    ctx,
                    variant: node.variant,
                }))
            }
            "inventoryLevel" => {
                let gid = argument(info, "id").unwrap_or_default();
                let item = gid.rsplit_once('=').and_then(|(_, item)| item.parse().ok());
                let location = id("InventoryLevel")?;
                optional(
                    location
                        .zip(item)
                        .and_then(|(location, item)| LevelNode::find(ctx, item, location)),
                )
            }
            "fulfillmentOrder" => {
                optional(id("FulfillmentOrder")?.and_then(|id| FulfillmentOrderNode::find(ctx, id)))
            }
            "fulfillment" => {
                optional(id("Fulfillment")?.and_then(|id| FulfillmentNode::find(ctx, id)))
            }
            "refund" => optional(id("Refund")?.and_then(|id| RefundNode::find(ctx, id))),
            "webhookSubscriptions" => subscriptions::list(ctx, info),
            "webhookSubscription" => {
                let id = id("WebhookSubscription")?;
                optional(id.and_then(|id| {
                    ctx.state(|state| state.subscriptions.get(&id).map(subscriptions::node))
                }))
            }
            "node" => node(ctx, argument(info, "id").unwrap_or_default()),
            "nodes" => {
                let ids = info
                    .arguments()
                    .get("ids")
                    .and_then(JsonValue::as_array)
                    .into_iter()
                    .flatten();
                let nodes: Vec<_> = ids
                    .filter_map(JsonValue::as_str)
                    .map(|gid| node(ctx, gid))
                    .collect();
                Ok(apollo_compiler::resolvers::ResolvedValue::List(Box::new(
                    nodes.into_iter(),
                )))
            }
            "disputes" => disputes(ctx, info),
            "return" => optional(id("Return")?.and_then(|id| ReturnNode::find(ctx, id))),
            "returnableFulfillments" => {
                let order = id_argument(info, "orderId", "Order")?;
                super::returns::returnable(ctx, order, info)
            }
            "tenderTransactions" => super::connection::empty(info),
            _ => absent(info, "QueryRoot"),
        }
    }
}

/// A node of any kind the twin holds, by its global id.
pub(super) fn node<'a>(ctx: &'a Ctx, gid: &str) -> Resolved<'a> {
    let of = |kind: &str| number_of(kind, gid);
    if let Some(id) = of("Order")? {
        return optional(OrderNode::find(ctx, id));
    }
    if let Some(id) = of("OrderCancelJobResult")? {
        return optional(super::cancel::job_result(ctx, id));
    }
    if let Some(id) = of("Return")? {
        return optional(ReturnNode::find(ctx, id));
    }
    if let Some(id) = of("Refund")? {
        return optional(RefundNode::find(ctx, id));
    }
    if let Some(id) = of("Customer")? {
        return optional(CustomerNode::find(ctx, id));
    }
    if let Some(id) = of("ProductVariant")? {
        return optional(VariantNode::find(ctx, id));
    }
    if let Some(id) = of("InventoryItem")? {
        let found = VariantNode::of_item(ctx, id);
        return optional(found.map(|node| ItemNode {
            ctx,
            variant: node.variant,
        }));
    }
    if let Some(id) = of("Fulfillment")? {
        return optional(FulfillmentNode::find(ctx, id));
    }
    if let Some(id) = of("Location")? {
        return optional(LocationNode::find(ctx, id));
    }
    null()
}

pub(super) fn search(info: &ResolveInfo<'_>) -> Result<Search, FieldError> {
    let text = argument(info, "query").unwrap_or_default();
    Search::parse(text).map_err(|reason| refused(format!("Invalid search query: {reason}")))
}

/// Lists are as far behind as single reads, but reading a list does not bring an order nearer to the present.
fn found_orders(ctx: &Ctx, info: &ResolveInfo<'_>) -> Result<Vec<Arc<Order>>, FieldError> {
    let search = search(info)?;
    let found = ctx.state(|state| {
        let shown = state.orders.values().filter_map(|order| state.shown(order));
        shown
            .filter(|order| search.holds(&|term| order_matches(order, term)))
            .collect()
    });
    Ok(found)
}

fn order_matches(order: &Order, term: &Term) -> bool {
    match term.field.as_deref() {
        Some("id") => term.id(order.id),
        Some("name") => term.text(&order.name) || term.text(order.name.trim_start_matches('#')),
        Some("created_at") => term.time(order.created_at),
        Some("processed_at") => term.time(order.processed_at),
        Some("updated_at") => term.time(order.updated_at),
        Some("financial_status") => term.text(order.financial_status.as_str()),
        Some("fulfillment_status") => {
            term.text(order.fulfillment_status().unwrap_or("unfulfilled"))
        }
        Some("return_status") => term.text(order.return_status()),
        Some("tag") => order.tags.iter().any(|tag| term.text(tag)),
        Some("email") => order.email.as_ref().is_some_and(|email| term.text(email)),
        Some("test") => term.text(if order.test { "true" } else { "false" }),
        Some("status") => match term.value.as_str() {
            "open" => order.cancelled_at.is_none() && order.closed_at.is_none(),
            "closed" => order.closed_at.is_some(),
            "cancelled" => order.cancelled_at.is_some(),
            "not_closed" => order.closed_at.is_none(),
            _ => true,
        },
        None => {
            let email = order.email.as_ref().is_some_and(|email| term.text(email));
            term.text(&order.name) || term.text(order.name.trim_start_matches('#')) || email
        }
        // Shopify ignores a field it does not know; the twin would rather be asked to imitate it.
        Some(_) => false,
    }
}

fn orders<'a>(ctx: &'a Ctx, info: &ResolveInfo<'_>) -> Resolved<'a> {
    let mut found = found_orders(ctx, info)?;
    match argument(info, "sortKey").unwrap_or("PROCESSED_AT") {
        "CREATED_AT" => found.sort_by_key(|order| (order.created_at, order.id)),
        "UPDATED_AT" => found.sort_by_key(|order| (order.updated_at, order.id)),
        "ID" => found.sort_by_key(|order| order.id),
        "ORDER_NUMBER" => found.sort_by_key(|order| order.number),
        "TOTAL_PRICE" => found.sort_by_key(|order| (order.totals.price.shop, order.id)),
        "PROCESSED_AT" => found.sort_by_key(|order| (order.processed_at, order.id)),
        other => {
            return Err(refused(format!(
                "the sandbox does not sort orders by {other}"
            )));
        }
    }
    page(
        info,
        found,
        |order| order.id.to_string(),
        move |order| OrderNode { ctx, order },
    )
}

fn disputes<'a>(ctx: &'a Ctx, info: &ResolveInfo<'_>) -> Resolved<'a> {
    let search = search(info)?;
    let matches = |it: &Dispute, term: &Term| match term.field.as_deref() {
        Some("id") => term.id(it.id),
        Some("status") => term.text(it.status.as_str()),
        Some("initiated_at") => term.time(it.at),
        Some(_) | None => false,
    };
    let found = ctx.state(|state| {
        let mut found = Vec::new();
        for order in state.orders.values() {
            let disputes = order.disputes.iter();
            let wanted = disputes.filter(|it| search.holds(&|term| matches(it, term)));
            let currency = &order.currencies.shop;
            found.extend(wanted.map(|it| (order.id, currency.clone(), it.clone())));
        }
        found
    });
    page(
        info,
        found,
        |(_, _, it)| it.id.to_string(),
        move |(order, currency, it)| DisputeNode {
            ctx,
            order,
            currency,
            it,
        },
    )
}

fn customers<'a>(ctx: &'a Ctx, info: &ResolveInfo<'_>) -> Resolved<'a> {
    let search = search(info)?;
    let matches = |customer: &Customer, term: &Term| match term.field.as_deref() {
        Some("id") => term.id(customer.id),
        Some("updated_at" | "customer_date") => term.time(customer.updated_at),
        Some("created_at") => term.time(customer.created_at),
        Some("email") | None => customer
            .email
            .as_ref()
            .is_some_and(|email| term.text(email)),
        Some("tag") => customer.tags.iter().any(|tag| term.text(tag)),
        Some(_) => false,
    };
    let mut found: Vec<Arc<Customer>> = ctx.state(|state| {
        let all = state.customers.values();
        all.filter(|customer| search.holds(&|term| matches(customer, term)))
            .cloned()
            .collect()
    });
    match argument(info, "sortKey").unwrap_or("ID") {
        "UPDATED_AT" => found.sort_by_key(|customer| (customer.updated_at, customer.id)),
        "CREATED_AT" => found.sort_by_key(|customer| (customer.created_at, customer.id)),
        "ID" => found.sort_by_key(|customer| customer.id),
        other => {
            return Err(refused(format!(
                "the sandbox does not sort customers by {other}"
            )));
        }
    }
    page(
        info,
        found,
        |customer| customer.id.to_string(),
        move |customer| CustomerNode { ctx, customer },
    )
}

fn locations<'a>(ctx: &'a Ctx, info: &ResolveInfo<'_>) -> Resolved<'a> {
    let inactive = flag(info, "includeInactive");
    let mut all = ctx.state(|state| state.locations.clone());
    all.retain(|location| inactive || location.active);
    all.sort_by(|a, b| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
    page(
        info,
        all,
        |location| location.id.to_string(),
        move |location| LocationNode { ctx, location },
    )
}

/// A SKU is found by its words, as a search index does: `sku:AB` finds `AB` and `ab`, and `sku:'AB-1'` also `AB 1`.
fn variants<'a>(ctx: &'a Ctx, info: &ResolveInfo<'_>) -> Resolved<'a> {
    let search = search(info)?;
    let matches = |variant: &Variant, term: &Term| match term.field.as_deref() {
        Some("id") => term.id(variant.id),
        Some("product_id") => term.id(variant.product),
        Some("sku") => term.text(&variant.sku) || words(&variant.sku) == words(&term.value),
        Some("barcode") => variant
            .barcode
            .as_ref()
            .is_some_and(|barcode| term.text(barcode)),
        None => term.text(&variant.title) || words(&variant.sku) == words(&term.value),
        Some(_) => false,
    };
    let found: Vec<Variant> = ctx.state(|state| {
        let all = state.variants.values();
        all.filter(|variant| search.holds(&|term| matches(variant, term)))
            .cloned()
            .collect()
    });
    page(
        info,
        found,
        |variant| variant.id.to_string(),
        move |variant| VariantNode { ctx, variant },
    )
}

fn words(text: &str) -> Vec<String> {
    let parts = text.split(|sign: char| !sign.is_alphanumeric());
    parts
        .filter(|part| !part.is_empty())
        .map(str::to_lowercase)
        .collect()
}
