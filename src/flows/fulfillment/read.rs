//! What both systems hold: the item fulfillment, our links, and the Shopify order's shipments.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::Target;
use super::fingerprint;
use crate::event::{Document, Kind};
use crate::flows::{Context, Error};
use crate::journal::{self, Journal};
use crate::link::{self, ExternalId, InternalId, Link, Origin};
use crate::netsuite::fulfillments::{Fulfillment, RECORD};
use crate::netsuite::record::Name;
use crate::problem::{Code, Problem};
use crate::shopify::fulfillments::Shipments;

/// What the document is.
pub(super) enum Found {
    /// Nothing for Shopify, and why.
    Skip {
        reason: String,
        version: Option<DateTime<Utc>>,
    },
    Ours(Box<Subject>),
}

/// A fulfillment of one of our orders.
pub(super) struct Subject {
    pub(super) store: String,
    pub(super) order: u64,
    /// `None` when the record is gone.
    pub(super) source: Option<Fulfillment>,
}

/// What the plan needs to know.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) source: Option<Fulfillment>,
    /// Whether another integration brought the order in, so that its lines lack our keys.
    pub(super) adopted: bool,
    pub(super) shipments: Shipments,
    /// The links of this document: Shopify fulfillments that are ours.
    pub(super) ours: Vec<Ours>,
    /// Shopify fulfillments of other item fulfillments.
    pub(super) others: BTreeSet<u64>,
    /// Fingerprints of what was sent for this document, arrived or not.
    pub(super) sent: BTreeSet<String>,
    /// Whether it is written anew in place of what was just taken back.
    pub(super) corrected: bool,
}

/// A Shopify fulfillment that is ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ours {
    pub(super) id: u64,
    /// Of the tracking that was last written.
    pub(super) tracking_hash: Option<String>,
}

impl Found {
    /// Two fulfillments of one order never run together, and neither runs with the order.
    pub(super) fn key(&self) -> Option<String> {
        match self {
            Self::Skip { .. } => None,
            Self::Ours(subject) => {
                let order = Document::new(Kind::Order, subject.store.as_str(), subject.order);
                Some(order.to_string())
            }
        }
    }

    /// The record's version, by NetSuite's own clock written as if it were UTC: the sweep's clock, too.
    pub(super) fn version(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Skip { version, .. } => *version,
            Self::Ours(subject) => subject.source.as_ref().map(version),
        }
    }
}

fn version(source: &Fulfillment) -> DateTime<Utc> {
    source.modified.and_utc()
}

/// Reads the item fulfillment, and finds its order.
pub(super) async fn found(
    context: &Context,
    document: &Document,
    journal: &Journal,
) -> Result<Found, Error> {
    let id: u64 = document
        .id
        .parse()
        .map_err(|_| Problem::new(Code::Unreadable, "the id of the fulfillment is no number"))?;
    let links = link::of_document(&context.pool, document).await?;
    let Some(source) = context.netsuite.fulfillment(journal, id).await? else {
        return gone(context, &links, id, journal).await;
    };
    let skip = |reason: String| Found::Skip {
        reason,
        version: Some(version(&source)),
    };
    let Some(sale) = &source.source else {
        return Ok(skip("it was made from no order".to_owned()));
    };
    let Some(order) = link::of_sale(&context.pool, &sale.id).await? else {
        not_linked_yet(context, sale.external_id.as_deref())?;
        let record = sale.record.as_deref().unwrap_or("a record");
        return Ok(skip(format!(
            "it was made from {record} {}, which is no order of a store",
            sale.id
        )));
    };
    let Ok(number) = order.shopify_id.parse() else {
        return Ok(skip("its order has no number".to_owned()));
    };
    Ok(Found::Ours(Box::new(Subject {
        store: order.store,
        order: number,
        source: Some(source),
    })))
}

/// An order that is ours by its external id and has no link: its own pass is about to write it.
pub(in crate::flows) fn not_linked_yet(
    context: &Context,
    external_id: Option<&str>,
) -> Result<(), Error> {
    let Some(external_id) = external_id else {
        return Ok(());
    };
    for store in context.shops.keys() {
        let ids = [
            ExternalId::sales_order(store, 0),
            ExternalId::cash_sale(store, 0),
        ];
        let number = ids.iter().find_map(|id| {
            let prefix = id.0.strip_suffix('0')?;
            external_id.strip_prefix(prefix)?.parse::<u64>().ok()
        });
        if let Some(number) = number {
            let order = Document::new(Kind::Order, store, number);
            let what =
                format!("its order {order} is in NetSuite and not linked: replay that first");
            return Err(Error::NotYet {
                reason: "its order is being written".to_owned(),
                waits_for: Some(order.clone()),
                then: Box::new(Problem::new(Code::SourceMissing, what).because(order)),
            });
        }
    }
    Ok(())
}

/// SuiteQL does not show the record. Before anything is withdrawn the record service must say so, too:
/// a role that may not see a record any more looks the same in SuiteQL.
async fn gone(
    context: &Context,
    links: &[Link],
    id: u64,
    journal: &Journal,
) -> Result<Found, Error> {
    let Some((link, fulfillment)) = links
        .iter()
        .find_map(|link| Some((link, link.shopify_id.parse::<u64>().ok()?)))
    else {
        return Ok(Found::Skip {
            reason: "NetSuite does not show it, and nothing was written of it".to_owned(),
            version: None,
        });
    };
    let name = InternalId(id.to_string());
    let record = context
        .netsuite
        .get(journal, RECORD, Name::Internal(&name), false)
        .await?;
    if record.is_some() {
        return Err(Error::NotYet {
            reason: "SuiteQL does not show the record, and the record service does".to_owned(),
            waits_for: None,
            then: Box::new(Problem::new(
                Code::Permission,
                "the role can read the item fulfillment and cannot find it by SuiteQL",
            )),
        });
    }
    let shop = context.shops.get(&link.store);
    let standing = match shop {
        Some(shop) => shop.client.fulfillment(journal, fulfillment).await?,
        None => None,
    };
    let Some(standing) = standing else {
        return Ok(Found::Skip {
            reason: "it is neither in NetSuite nor in Shopify any more".to_owned(),
            version: None,
        });
    };
    Ok(Found::Ours(Box::new(Subject {
        store: link.store.clone(),
        order: standing.order,
        source: None,
    })))
}

/// Reads the order's shipments, once its keys are held, and what we know of them.
pub(super) async fn known(target: &Target<'_>) -> Result<Known, Error> {
    let (pool, store) = (&target.context.pool, &target.shop.store.name);
    let links = link::of_document(pool, target.document).await?;
    let shipments = target
        .shop
        .client
        .shipments(target.journal, target.order)
        .await?;
    let shipments = shipments.ok_or_else(|| Error::NotYet {
        reason: "Shopify does not show the order".to_owned(),
        waits_for: None,
        then: Box::new(Problem::new(
            Code::SourceMissing,
            "Shopify does not show the order that was shipped",
        )),
    })?;
    let ids: Vec<String> = shipments
        .fulfillments
        .iter()
        .map(|fulfillment| fulfillment.id.to_string())
        .collect();
    let name = target.document.to_string();
    let others = link::of_fulfillments(pool, store, &ids).await?;
    let others = others
        .into_iter()
        .filter(|(_, document)| *document != name)
        .filter_map(|(id, _)| id.parse().ok());
    let ours = links
        .iter()
        .filter(|link| link.kind == link::Kind::Fulfillment);
    let ours = ours.filter_map(|link| {
        Some(Ours {
            id: link.shopify_id.parse().ok()?,
            tracking_hash: link.head_hash.clone(),
        })
    });
    Ok(Known {
        source: target.source.cloned(),
        adopted: adopted(target).await?,
        ours: ours.collect(),
        others: others.collect(),
        sent: journal::shipments_sent(pool, &fingerprint::call(target.document, "")).await?,
        shipments,
        corrected: false,
    })
}

async fn adopted(target: &Target<'_>) -> Result<bool, Error> {
    let sale = target.source.and_then(|source| source.source.as_ref());
    let Some(sale) = sale else { return Ok(false) };
    let link = link::of_sale(&target.context.pool, &sale.id).await?;
    Ok(link.is_some_and(|link| link.origin == Origin::Adopted))
}
