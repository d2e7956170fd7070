//! What both systems hold: our link, the sales order's status, the Shopify order, and what was made of it.

use chrono::{DateTime, Utc};

use super::Target;
use super::asked::{self, Asked};
use crate::config::store::CancelInShopify;
use crate::event::Document;
use crate::flows::{Context, Error, fulfillment, order};
use crate::journal::Journal;
use crate::link::{self, InternalId, Link};
use crate::netsuite::books::{Books, OrderState};
use crate::netsuite::sales_order;
use crate::problem::{Code, Problem};
use crate::shopify::order::Order;

/// What the document is.
pub(super) enum Found {
    /// Nothing for Shopify, and why.
    Skip(String),
    Ours(Box<Sale>),
}

/// A sales order of one of our orders.
pub(super) struct Sale {
    pub(super) store: String,
    /// The Shopify order.
    pub(super) order: u64,
    pub(super) link: Link,
}

/// What the plan needs to know.
pub(super) struct Known {
    /// `None` when SuiteQL does not show it (any more).
    pub(super) state: Option<OrderState>,
    /// Only of a sales order that is closed or cancelled.
    pub(super) order: Option<Order>,
    /// Whether the order's own pass has carried all of its changes to NetSuite.
    pub(super) settled: bool,
    /// Documents that were made of the sales order; empty where nothing depends on them.
    pub(super) made: Vec<String>,
    pub(super) asked: Option<Asked>,
}

impl Known {
    /// The record's version, by NetSuite's own clock written as if it were UTC: the sweep's clock, too.
    pub(super) fn version(&self) -> Option<DateTime<Utc>> {
        let modified = self.state.as_ref()?.modified.as_deref()?;
        let modified: chrono::NaiveDateTime = modified.parse().ok()?;
        Some(modified.and_utc())
    }
}

/// Finds the Shopify order. Asks nobody where no store carries cancellations.
pub(super) async fn found(
    context: &Context,
    document: &Document,
    journal: &Journal,
) -> Result<Found, Error> {
    let id: u64 = document
        .id
        .parse()
        .map_err(|_| Problem::new(Code::Unreadable, "the id of the sales order is no number"))?;
    let carries = |how| how != CancelInShopify::Off;
    let mut shops = context.shops.values();
    if !shops.any(|shop| carries(shop.store.orders.cancel_in_shopify)) {
        return Ok(Found::Skip(OFF.to_owned()));
    }
    let id = InternalId(id.to_string());
    let Some(link) = link::of_sale(&context.pool, &id).await? else {
        let states = context.netsuite.order_states(journal, &[id]).await?;
        let key = states.first().and_then(|state| state.external_id.as_ref());
        fulfillment::not_linked_yet(context, key.map(|key| key.0.as_str()))?;
        return Ok(Found::Skip("it is no order of a store".to_owned()));
    };
    if link.record != sales_order::RECORD {
        return Ok(Found::Skip("it is a cash sale".to_owned()));
    }
    let shop = context.shops.get(&link.store);
    if shop.is_some_and(|shop| !carries(shop.store.orders.cancel_in_shopify)) {
        return Ok(Found::Skip(OFF.to_owned()));
    }
    Ok(match link.shopify_id.parse() {
        Ok(order) => Found::Ours(Box::new(Sale {
            store: link.store.clone(),
            order,
            link,
        })),
        Err(_) => Found::Skip("its order has no number".to_owned()),
    })
}

/// Why nothing is done where the setting is off.
const OFF: &str = "[store.orders] cancel_in_shopify is off";

/// Reads both sides: of a sales order that is open, its status alone.
pub(super) async fn known(target: &Target<'_>) -> Result<Known, Error> {
    let Target {
        context,
        shop,
        document,
        sale,
        journal,
    } = target;
    let id = &sale.link.netsuite_id;
    let states = context
        .netsuite
        .order_states(journal, std::slice::from_ref(id));
    let state = states.await?.into_iter().next();
    let mut known = Known {
        state,
        order: None,
        settled: false,
        made: Vec::new(),
        asked: asked::of(&context.pool, document).await?,
    };
    if !known.state.as_ref().is_some_and(OrderState::has_ended) {
        return Ok(known);
    }
    let order = shop.client.order(journal, sale.order).await?;
    let order = order.ok_or_else(|| Error::NotYet {
        reason: "Shopify does not show the order".to_owned(),
        waits_for: None,
        then: Box::new(Problem::new(
            Code::SourceMissing,
            "Shopify does not show the order of a sales order that was closed",
        )),
    })?;
    known.settled = order::is_settled(&sale.link, &order, &shop.store)?;
    if order.cancelled_at.is_none() {
        let books = context.netsuite.books(journal, id, &[]).await?;
        known.made = made_of(&books);
    }
    known.order = Some(order);
    Ok(known)
}

/// What was shipped or billed, in words.
fn made_of(books: &Books) -> Vec<String> {
    let made = ["itemfulfillment", "invoice", "cashsale"];
    let documents = made.into_iter().flat_map(|record| books.of(record));
    documents
        .map(|made| {
            let number = made.number.as_ref().unwrap_or(&made.id.0);
            format!("{} {number}", made.record)
        })
        .collect()
}
