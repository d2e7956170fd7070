//! Reading orders: one whole, or the versions of many.

use chrono::{DateTime, SecondsFormat, Utc};
use cynic::{Id, QueryBuilder, QueryFragment, QueryVariables};

use super::Client;
use super::order::Order;
use super::order_query::{
    OrderLinesQuery, OrderPartsQuery, OrderQuery, OrderVariables, PageInfo, PageVariables,
};
use super::order_reading::{self, Parts};
use super::schema::{self, gid, number};
use super::transport::Ask;
use crate::journal::Journal;
use crate::remote::Error;

/// How often an order is read again because it changed between two of its pages.
const READINGS: usize = 3;

/// As many transactions as the first query asks for: there may be more.
const FIRST_TRANSACTIONS: usize = 10;

/// The longest list that Shopify takes.
const IDS: usize = 250;

/// One order of a list: enough to see whether it moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    pub id: u64,
    pub name: String,
    pub updated_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    pub test: bool,
}

/// One page of versions.
#[derive(Debug, Clone)]
pub struct Page {
    pub orders: Vec<Version>,
    /// Where the next page begins; absent on the last one.
    pub next: Option<String>,
}

/// What one reading of a large order gave.
enum Reading {
    Whole(Box<Order>),
    Absent,
    /// It changed between two pages.
    Moved,
}

impl Client {
    /// The order as it is now, with all of its lines; `None` when Shopify does not show it.
    ///
    /// One call for an order of ordinary size; one more for each 30 lines past 20, for many
    /// transactions, and for an order that is fulfilled from several locations. Customer data that
    /// the app may not see is absent.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] when an amount is not exact in its currency, or when the order changed
    /// at each of three readings.
    pub async fn order(&self, journal: &Journal, id: u64) -> Result<Option<Order>, Error> {
        let ask = Ask {
            bearable: is_protected,
            ..Ask::read(format!("read shopify order {id}"))
        };
        for _ in 0..READINGS {
            match self.reading(journal, &ask, id).await? {
                Reading::Whole(order) => return Ok(Some(*order)),
                Reading::Absent => return Ok(None),
                Reading::Moved => {}
            }
        }
        Err(ask.unreadable("it changed while its pages were read, each time"))
    }

    async fn reading(&self, journal: &Journal, ask: &Ask, id: u64) -> Result<Reading, Error> {
        let gid = gid("Order", id);
        let first = OrderQuery::build(OrderVariables { id: gid.clone() });
        let first = self.transport.run(journal, ask, &first).await?.order;
        let Some(mut head) = first else {
            return Ok(Reading::Absent);
        };
        let mut after = next(&head.line_items.page_info);
        while after.is_some() {
            let page = OrderLinesQuery::build(PageVariables {
                id: gid.clone(),
                after,
            });
            let page = self.transport.run(journal, ask, &page).await?.order;
            let Some(page) = page.filter(|page| page.updated_at == head.updated_at) else {
                return Ok(Reading::Moved);
            };
            after = next(&page.line_items.page_info);
            head.line_items.nodes.extend(page.line_items.nodes);
        }
        let mut parts = Parts::of(&mut head);
        if parts.has_more || parts.transactions.len() >= FIRST_TRANSACTIONS {
            let rest = OrderPartsQuery::build(OrderVariables { id: gid.clone() });
            let rest = self.transport.run(journal, ask, &rest).await?.order;
            let Some(rest) = rest.filter(|rest| rest.updated_at == head.updated_at) else {
                return Ok(Reading::Moved);
            };
            parts = Parts::from(rest);
            if parts.has_more {
                return Err(ask.unreadable("more shipping lines or discounts than can be read"));
            }
        }
        let locations = self.locations(journal, ask, &head).await?;
        let order = order_reading::order(head, parts, &locations, self.basis);
        let order = order.map_err(|reason| ask.unreadable(reason))?;
        Ok(Reading::Whole(Box::new(order)))
    }

    /// The orders that changed from `from` to `to`, both included, oldest change first; a page of
    /// 250. An order that changes meanwhile leaves the window: the next sweep sees it.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a read.
    pub async fn orders_updated(
        &self,
        journal: &Journal,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        after: Option<&str>,
    ) -> Result<Page, Error> {
        let ask = Ask::read(format!("read shopify orders updated since {}", text(from)));
        let query = format!(
            "updated_at:>='{}' AND updated_at:<='{}'",
            text(from),
            text(to)
        );
        let operation = OrdersUpdatedQuery::build(OrdersUpdatedVariables {
            query: Some(query),
            after: after.map(str::to_owned),
        });
        let page = self.transport.run(journal, &ask, &operation).await?.orders;
        Ok(Page {
            next: next(&page.page_info),
            orders: page
                .nodes
                .into_iter()
                .filter_map(OrderVersion::read)
                .collect(),
        })
    }

    /// The orders that people call by this name, `#1001` or `1001`; mostly one.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a read.
    pub async fn orders_named(&self, journal: &Journal, name: &str) -> Result<Vec<Version>, Error> {
        let bare = |text: &str| text.trim().trim_start_matches('#').to_lowercase();
        // A quote would end the value; no order has one in its name.
        let sought: String = bare(name)
            .chars()
            .filter(|c| !"'\"\\".contains(*c))
            .collect();
        let operation = OrdersUpdatedQuery::build(OrdersUpdatedVariables {
            query: Some(format!("name:'{sought}'")),
            after: None,
        });
        let ask = Ask::read("read shopify order by its name".to_owned());
        let page = self.transport.run(journal, &ask, &operation).await?.orders;
        let orders = page.nodes.into_iter().filter_map(OrderVersion::read);
        // Shopify's search may find more than was asked for.
        Ok(orders
            .filter(|order| bare(&order.name) == bare(name))
            .collect())
    }

    /// The versions of these orders; those that Shopify does not show are left out. 250 a call.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a read.
    pub async fn order_versions(
        &self,
        journal: &Journal,
        ids: &[u64],
    ) -> Result<Vec<Version>, Error> {
        let mut versions = Vec::new();
        for chunk in ids.chunks(IDS) {
            let ask = Ask::read(format!("read shopify versions of {} orders", chunk.len()));
            let operation = OrderVersionsQuery::build(OrderVersionsVariables {
                ids: chunk.iter().map(|id| gid("Order", *id)).collect(),
            });
            let nodes = self.transport.run(journal, &ask, &operation).await?.nodes;
            for node in nodes.into_iter().flatten() {
                match node {
                    Node::Order(order) => versions.extend(order.read()),
                    Node::Other => {}
                }
            }
        }
        Ok(versions)
    }
}

/// Customer data that an app may not be allowed to see; then it is null, which an order can be.
fn is_protected(field: &str) -> bool {
    [
        "customer",
        "email",
        "phone",
        "billingAddress",
        "shippingAddress",
        "defaultEmailAddress",
        "defaultPhoneNumber",
        "firstName",
        "lastName",
        "address1",
        "address2",
        "city",
        "zip",
        "province",
        "provinceCode",
        "company",
        "note",
    ]
    .contains(&field)
}

fn next(page: &PageInfo) -> Option<String> {
    page.end_cursor.clone().filter(|_| page.has_next_page)
}

fn text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[derive(QueryVariables)]
#[cynic(schema_module = "schema")]
struct OrdersUpdatedVariables {
    query: Option<String>,
    after: Option<String>,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "QueryRoot",
    variables = "OrdersUpdatedVariables"
)]
struct OrdersUpdatedQuery {
    #[arguments(first: 250, after: $after, query: $query, sortKey: UPDATED_AT)]
    orders: OrderConnection,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
struct OrderConnection {
    nodes: Vec<OrderVersion>,
    page_info: PageInfo,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "Order")]
struct OrderVersion {
    id: Id,
    name: String,
    updated_at: DateTime<Utc>,
    created_at: DateTime<Utc>,
    test: bool,
}

#[derive(QueryVariables)]
#[cynic(schema_module = "schema")]
struct OrderVersionsVariables {
    ids: Vec<Id>,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "QueryRoot",
    variables = "OrderVersionsVariables"
)]
struct OrderVersionsQuery {
    #[arguments(ids: $ids)]
    nodes: Vec<Option<Node>>,
}

#[derive(cynic::InlineFragments)]
#[cynic(schema = "shopify")]
enum Node {
    Order(OrderVersion),
    #[cynic(fallback)]
    Other,
}

impl OrderVersion {
    fn read(self) -> Option<Version> {
        Some(Version {
            id: number(&self.id)?,
            name: self.name,
            updated_at: self.updated_at,
            created_at: self.created_at,
            test: self.test,
        })
    }
}

#[cfg(test)]
pub(super) fn operations() -> Vec<String> {
    let id = gid("Order", 1);
    let after = || Some("cursor".to_owned());
    vec![
        OrderQuery::build(OrderVariables { id: id.clone() }).query,
        OrderPartsQuery::build(OrderVariables { id: id.clone() }).query,
        OrderLinesQuery::build(PageVariables {
            id: id.clone(),
            after: after(),
        })
        .query,
        OrdersUpdatedQuery::build(OrdersUpdatedVariables {
            query: after(),
            after: after(),
        })
        .query,
        OrderVersionsQuery::build(OrderVersionsVariables { ids: vec![id] }).query,
    ]
}
