//! The versions of orders: which of many moved.

use chrono::{DateTime, SecondsFormat, Utc};
use cynic::{Id, QueryBuilder, QueryFragment, QueryVariables};

use super::Client;
use super::order_query::PageInfo;
use super::schema::{self, gid, number};
use super::transport::Ask;
use crate::journal::Journal;
use crate::remote::Error;

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

impl Client {
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
    let text = || Some("cursor".to_owned());
    vec![
        OrdersUpdatedQuery::build(OrdersUpdatedVariables {
            query: text(),
            after: text(),
        })
        .query,
        OrderVersionsQuery::build(OrderVersionsVariables {
            ids: vec![gid("Order", 1)],
        })
        .query,
    ]
}
