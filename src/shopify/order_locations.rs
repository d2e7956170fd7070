//! Which location each line of an order is to be fulfilled from.

use std::collections::BTreeMap;

use cynic::{Id, QueryBuilder, QueryFragment, QueryVariables};

use super::Client;
use super::order_query::{Assigned, AssignedLocation, Order, PageInfo};
use super::schema::{self, FulfillmentOrderStatus, number};
use super::transport::Ask;
use crate::journal::Journal;
use crate::remote::Error;

/// The location of each line, or of all lines.
pub(super) enum Locations {
    All(Option<u64>),
    ByLine(BTreeMap<u64, u64>),
}

impl Locations {
    pub(super) fn of_line(&self, line: u64) -> Option<u64> {
        match self {
            Self::All(location) => *location,
            Self::ByLine(locations) => locations.get(&line).copied(),
        }
    }
}

impl Client {
    /// What the head tells is enough while all fulfillment orders are at one location.
    pub(super) async fn locations(
        &self,
        journal: &Journal,
        ask: &Ask,
        head: &Order,
    ) -> Result<Locations, Error> {
        let assigned = &head.fulfillment_orders;
        let mut places: Vec<_> = assigned.nodes.iter().map(Assigned::location).collect();
        places.dedup();
        if places.len() < 2 && !assigned.page_info.has_next_page {
            return Ok(Locations::All(places.pop().flatten()));
        }
        let orders = self.fulfillment_orders(journal, ask, &head.id).await?;
        let mut by_line = BTreeMap::new();
        // A line that moved is in an old fulfillment order, too: those in force come last and stay.
        let (old, open): (Vec<_>, Vec<_>) = orders.into_iter().partition(is_over);
        for order in old.iter().chain(&open) {
            let Some(location) = order.assigned_location.number() else {
                continue;
            };
            for line in &order.line_items.nodes {
                by_line.extend(number(&line.line_item.id).map(|line| (line, location)));
            }
        }
        Ok(Locations::ByLine(by_line))
    }

    /// All fulfillment orders with all of their lines.
    async fn fulfillment_orders(
        &self,
        journal: &Journal,
        ask: &Ask,
        order: &Id,
    ) -> Result<Vec<FulfillmentOrder>, Error> {
        let mut orders = Vec::new();
        let mut more = Some(None);
        while let Some(after) = more {
            let page = FulfillmentOrdersQuery::build(SliceVariables {
                id: order.clone(),
                after,
            });
            let page = self.transport.run(journal, ask, &page).await?.order;
            let Some(page) = page.map(|order| order.fulfillment_orders) else {
                break;
            };
            more = page.page_info.next();
            orders.extend(page.nodes);
        }
        for order in &mut orders {
            let mut more = order.line_items.page_info.next();
            while let Some(after) = more {
                let page = FulfillmentOrderLinesQuery::build(SliceVariables {
                    id: order.id.clone(),
                    after,
                });
                let page = self.transport.run(journal, ask, &page).await?;
                let Some(page) = page.fulfillment_order.map(|order| order.line_items) else {
                    break;
                };
                more = page.page_info.next();
                order.line_items.nodes.extend(page.nodes);
            }
        }
        Ok(orders)
    }
}

impl PageInfo {
    /// The `after` of the next page, if there is one.
    pub(super) fn next(&self) -> Option<Option<String>> {
        (self.has_next_page && self.end_cursor.is_some()).then(|| self.end_cursor.clone())
    }
}

impl Assigned {
    fn location(&self) -> Option<u64> {
        self.assigned_location.number()
    }
}

impl AssignedLocation {
    pub(super) fn number(&self) -> Option<u64> {
        number(&self.location.as_ref()?.id)
    }
}

fn is_over(order: &FulfillmentOrder) -> bool {
    ["CLOSED", "CANCELLED", "INCOMPLETE"].contains(&order.status.0.as_str())
}

#[derive(QueryVariables)]
#[cynic(schema_module = "schema")]
struct SliceVariables {
    id: Id,
    after: Option<String>,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "QueryRoot",
    variables = "SliceVariables"
)]
struct FulfillmentOrdersQuery {
    #[arguments(id: $id)]
    order: Option<FulfillmentOrders>,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "Order",
    variables = "SliceVariables"
)]
struct FulfillmentOrders {
    #[arguments(first: 10, after: $after, displayable: true)]
    fulfillment_orders: FulfillmentOrderConnection,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
struct FulfillmentOrderConnection {
    nodes: Vec<FulfillmentOrder>,
    page_info: PageInfo,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
struct FulfillmentOrder {
    id: Id,
    status: FulfillmentOrderStatus,
    assigned_location: AssignedLocation,
    #[arguments(first: 40)]
    line_items: FulfillmentOrderLineItemConnection,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "QueryRoot",
    variables = "SliceVariables"
)]
struct FulfillmentOrderLinesQuery {
    #[arguments(id: $id)]
    fulfillment_order: Option<FulfillmentOrderLines>,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "FulfillmentOrder",
    variables = "SliceVariables"
)]
struct FulfillmentOrderLines {
    #[arguments(first: 250, after: $after)]
    line_items: FulfillmentOrderLineItemConnection,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
struct FulfillmentOrderLineItemConnection {
    nodes: Vec<FulfillmentOrderLineItem>,
    page_info: PageInfo,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
struct FulfillmentOrderLineItem {
    line_item: LineItemId,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "LineItem")]
struct LineItemId {
    id: Id,
}

#[cfg(test)]
pub(super) fn operations() -> Vec<String> {
    let variables = || SliceVariables {
        id: Id::new("gid://shopify/Order/1"),
        after: Some("cursor".to_owned()),
    };
    vec![
        FulfillmentOrdersQuery::build(variables()).query,
        FulfillmentOrderLinesQuery::build(variables()).query,
    ]
}
