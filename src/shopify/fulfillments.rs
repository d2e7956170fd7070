//! Shipments, read: what is left to ship of an order, and what was shipped.

use std::collections::{BTreeMap, BTreeSet};

use cynic::QueryBuilder;

use super::Client;
use super::fulfillment_query as wire;
use super::fulfillment_query::{
    FulfillmentQuery, IdsVariables, OneVariables, PageVariables, ShipmentWorkLinesQuery,
    ShipmentWorkQuery, ShipmentsQuery, ShippedByIdsQuery, ShippedIdsQuery, ShippedLinesQuery,
    ShippedNode, ShippedQuery,
};
use super::schema::{gid, number};
use super::transport::Ask;
use crate::journal::Journal;
use crate::remote::Error;

/// As many fulfillments as the first query asks for: there may be more.
const FIRST: usize = 8;

/// As many as one query reads with their lines.
const BATCH: usize = 20;

/// As many as Shopify lists of one order.
const MOST: usize = 250;

/// What is left to ship of an order, and what was shipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shipments {
    pub order: u64,
    pub cancelled: bool,
    pub work: Vec<Work>,
    pub fulfillments: Vec<Fulfillment>,
}

/// A fulfillment order: work for one location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    pub id: u64,
    /// `OPEN`, `IN_PROGRESS`, `ON_HOLD`, `SCHEDULED`, …
    pub status: String,
    pub location: Option<u64>,
    /// What Shopify lets us do with it now: `CREATE_FULFILLMENT`, `MOVE`, …
    pub actions: BTreeSet<String>,
    pub lines: Vec<WorkLine>,
}

/// Units of one line of the order that are part of a [`Work`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkLine {
    pub id: u64,
    /// The order's line.
    pub line: u64,
    pub sku: Option<String>,
    pub remaining: u32,
}

/// A shipment that Shopify knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fulfillment {
    pub id: u64,
    /// Whether it still stands: not cancelled, not failed.
    pub stands: bool,
    pub tracking: Tracking,
    /// Units by line of the order.
    pub units: BTreeMap<u64, u32>,
}

/// How a shipment can be followed. The addresses belong to the numbers, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tracking {
    pub company: Option<String>,
    pub numbers: Vec<String>,
    pub urls: Vec<String>,
}

/// Which order a fulfillment is of, and whether it still stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub order: u64,
    pub stands: bool,
}

impl Work {
    #[must_use]
    pub fn allows(&self, action: &str) -> bool {
        self.actions.contains(action)
    }

    /// Units of an order's line that are left to ship here.
    #[must_use]
    pub fn remaining(&self, line: u64) -> u32 {
        let lines = self.lines.iter().filter(|work| work.line == line);
        lines.map(|work| work.remaining).sum()
    }
}

impl Client {
    /// What is left to ship of the order and what was shipped; `None` when Shopify does not show it.
    /// One call for an order of ordinary size.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] for an order of 250 fulfillments or more.
    pub async fn shipments(
        &self,
        journal: &Journal,
        order: u64,
    ) -> Result<Option<Shipments>, Error> {
        let ask = Ask::read(format!("read shopify shipments of order {order}"));
        let id = gid("Order", order);
        let first = ShipmentsQuery::build(OneVariables { id: id.clone() });
        let Some(head) = self.transport.run(journal, &ask, &first).await?.order else {
            return Ok(None);
        };
        let mut fulfillments = head.fulfillments;
        if fulfillments.len() >= FIRST {
            let all = ShippedQuery::build(OneVariables { id: id.clone() });
            let all = self.transport.run(journal, &ask, &all).await?.order;
            fulfillments = all.map(|order| order.fulfillments).unwrap_or_default();
        }
        if fulfillments.len() >= BATCH {
            self.rest_of_all(journal, &ask, &id, &mut fulfillments)
                .await?;
        }
        for fulfillment in &mut fulfillments {
            self.rest_of_shipped(journal, &ask, fulfillment).await?;
        }
        let mut work = head.fulfillment_orders.nodes;
        let mut page = head.fulfillment_orders.page_info;
        while let Some(after) = page.next() {
            let id = id.clone();
            let next = ShipmentWorkQuery::build(PageVariables { id, after });
            let Some(next) = self.transport.run(journal, &ask, &next).await?.order else {
                break;
            };
            page = next.fulfillment_orders.page_info;
            work.extend(next.fulfillment_orders.nodes);
        }
        for work in &mut work {
            self.rest_of_work(journal, &ask, work).await?;
        }
        Ok(Some(Shipments {
            order,
            cancelled: head.cancelled_at.is_some(),
            work: work.into_iter().filter_map(Work::read).collect(),
            fulfillments: fulfillments
                .into_iter()
                .filter_map(Fulfillment::read)
                .collect(),
        }))
    }

    /// Reads the fulfillments beyond those that are known, by their ids.
    async fn rest_of_all(
        &self,
        journal: &Journal,
        ask: &Ask,
        order: &cynic::Id,
        known: &mut Vec<wire::Fulfillment>,
    ) -> Result<(), Error> {
        let ids = ShippedIdsQuery::build(OneVariables { id: order.clone() });
        let all = self.transport.run(journal, ask, &ids).await?.order;
        let all = all.map(|order| order.fulfillments).unwrap_or_default();
        if all.len() >= MOST {
            return Err(ask.unreadable("more fulfillments than can be read"));
        }
        let is_known = |id: &cynic::Id| known.iter().any(|known| known.id == *id);
        let ids = all.into_iter().map(|it| it.id);
        let missing: Vec<cynic::Id> = ids.filter(|id| !is_known(id)).collect();
        for chunk in missing.chunks(BATCH) {
            let ids = chunk.to_vec();
            let next = ShippedByIdsQuery::build(IdsVariables { ids });
            let nodes = self.transport.run(journal, ask, &next).await?.nodes;
            for node in nodes.into_iter().flatten() {
                match node {
                    ShippedNode::Fulfillment(fulfillment) => known.push(fulfillment),
                    ShippedNode::Other => {}
                }
            }
        }
        Ok(())
    }

    async fn rest_of_shipped(
        &self,
        journal: &Journal,
        ask: &Ask,
        fulfillment: &mut wire::Fulfillment,
    ) -> Result<(), Error> {
        let mut page = fulfillment.fulfillment_line_items.page_info.next();
        while let Some(after) = page {
            let id = fulfillment.id.clone();
            let next = ShippedLinesQuery::build(PageVariables { id, after });
            let next = self.transport.run(journal, ask, &next).await?.fulfillment;
            let Some(next) = next.map(|next| next.fulfillment_line_items) else {
                break;
            };
            page = next.page_info.next();
            fulfillment.fulfillment_line_items.nodes.extend(next.nodes);
        }
        Ok(())
    }

    async fn rest_of_work(
        &self,
        journal: &Journal,
        ask: &Ask,
        work: &mut wire::Work,
    ) -> Result<(), Error> {
        let mut page = work.line_items.page_info.next();
        while let Some(after) = page {
            let id = work.id.clone();
            let next = ShipmentWorkLinesQuery::build(PageVariables { id, after });
            let next = self.transport.run(journal, ask, &next).await?;
            let Some(next) = next.fulfillment_order.map(|next| next.line_items) else {
                break;
            };
            page = next.page_info.next();
            work.line_items.nodes.extend(next.nodes);
        }
        Ok(())
    }

    /// Which order a fulfillment is of, and whether it still stands; `None` when it is not there.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a read.
    pub async fn fulfillment(&self, journal: &Journal, id: u64) -> Result<Option<Standing>, Error> {
        let ask = Ask::read(format!("read shopify fulfillment {id}"));
        let operation = FulfillmentQuery::build(OneVariables {
            id: gid("Fulfillment", id),
        });
        let found = self.transport.run(journal, &ask, &operation).await?;
        Ok(found.fulfillment.and_then(|found| {
            Some(Standing {
                order: number(&found.order.id)?,
                stands: stands(&found.status.0),
            })
        }))
    }
}

fn stands(status: &str) -> bool {
    !["CANCELLED", "ERROR", "FAILURE"].contains(&status)
}

impl Work {
    fn read(work: wire::Work) -> Option<Self> {
        let line = |line: wire::WorkLine| {
            Some(WorkLine {
                id: number(&line.id)?,
                line: number(&line.line_item.id)?,
                sku: line.line_item.sku,
                remaining: u32::try_from(line.remaining_quantity).unwrap_or(0),
            })
        };
        let actions = work.supported_actions.into_iter();
        Some(Self {
            id: number(&work.id)?,
            status: work.status.0,
            location: work.assigned_location.number(),
            actions: actions.map(|supported| supported.action.0).collect(),
            lines: work.line_items.nodes.into_iter().filter_map(line).collect(),
        })
    }
}

impl Fulfillment {
    fn read(fulfillment: wire::Fulfillment) -> Option<Self> {
        let mut units: BTreeMap<u64, u32> = BTreeMap::new();
        for shipped in fulfillment.fulfillment_line_items.nodes {
            let quantity = shipped.quantity.and_then(|units| u32::try_from(units).ok());
            *units.entry(number(&shipped.line_item.id)?).or_default() += quantity.unwrap_or(0);
        }
        let info = fulfillment.tracking_info;
        Some(Self {
            id: number(&fulfillment.id)?,
            stands: stands(&fulfillment.status.0),
            tracking: Tracking {
                company: info.iter().find_map(|info| info.company.clone()),
                urls: info
                    .iter()
                    .filter_map(|info| info.url.as_ref().map(|url| url.0.clone()))
                    .collect(),
                numbers: info.into_iter().filter_map(|info| info.number).collect(),
            },
            units,
        })
    }
}

#[cfg(test)]
pub(super) fn operations() -> Vec<String> {
    let id = cynic::Id::new("gid://shopify/Order/1");
    let one = || OneVariables { id: id.clone() };
    let page = || PageVariables {
        id: id.clone(),
        after: Some("cursor".to_owned()),
    };
    vec![
        ShipmentsQuery::build(one()).query,
        ShippedQuery::build(one()).query,
        ShippedIdsQuery::build(one()).query,
        ShippedByIdsQuery::build(IdsVariables {
            ids: vec![id.clone()],
        })
        .query,
        FulfillmentQuery::build(one()).query,
        ShipmentWorkQuery::build(page()).query,
        ShipmentWorkLinesQuery::build(page()).query,
        ShippedLinesQuery::build(page()).query,
    ]
}
