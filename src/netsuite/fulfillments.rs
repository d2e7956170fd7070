//! Item fulfillments, read by SuiteQL: one whole, what changed since a time, which are still there.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDateTime;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::Client;
use super::suiteql::marks;
use crate::journal::Journal;
use crate::link::InternalId;
use crate::remote::{Call, Error, Outcome};

/// How SuiteQL is asked to show a time: without a zone, since it names none.
const TIME: &str = "YYYY-MM-DD\"T\"HH24:MI:SS";

/// How that reads here.
const READS: &str = "%Y-%m-%dT%H:%M:%S";

/// The record's name in REST.
pub const RECORD: &str = "itemFulfillment";

/// How many ids one query carries: Oracle takes no longer list.
const CHUNK: usize = 1000;

/// An item fulfillment as NetSuite shows it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fulfillment {
    pub id: u64,
    /// What people call it: `IF77`.
    pub number: Option<String>,
    /// `A` picked, `B` packed, `C` shipped.
    pub status: Option<String>,
    /// By NetSuite's own clock, in the integration user's time zone.
    pub modified: NaiveDateTime,
    /// The ship item.
    pub ship_method: Option<String>,
    pub source: Option<Source>,
    /// Those made from a line of the order. A kit is one line; its components are not here.
    pub lines: Vec<Line>,
    /// Every item that it takes from stock, a kit's components included.
    pub items: BTreeSet<String>,
    pub tracking: BTreeSet<String>,
}

/// The record a fulfillment was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub id: InternalId,
    /// `salesorder`, `transferorder`, `vendorreturnauthorization`: lower case.
    pub record: Option<String>,
    pub external_id: Option<String>,
}

/// A line of a fulfillment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Our key of the order's line, on this line or on the order's.
    pub key: Option<String>,
    pub item: String,
    /// The item's name in NetSuite.
    pub sku: Option<String>,
    pub quantity: Decimal,
    pub location: Option<String>,
}

#[derive(Deserialize)]
struct Row {
    id: String,
    tranid: Option<String>,
    status: Option<String>,
    modified: String,
    shipmethod: Option<String>,
    sale: Option<String>,
    salerecord: Option<String>,
    saleid: Option<String>,
    orderline: Option<String>,
    linekey: Option<String>,
    item: Option<String>,
    sku: Option<String>,
    quantity: Option<String>,
    location: Option<String>,
    kitmemberof: Option<String>,
    trackingnumber: Option<String>,
}

/// A record of a list, an item fulfillment mostly: enough to see whether it is ours, and whether it moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    pub id: u64,
    /// The order it was made from, or is.
    pub order: Option<InternalId>,
    /// By NetSuite's own clock, in the integration user's time zone.
    pub modified: NaiveDateTime,
}

/// One page of versions.
#[derive(Debug, Clone)]
pub struct Page {
    pub fulfillments: Vec<Version>,
    /// Behind which id the next page begins; absent on the last one.
    pub next: Option<u64>,
}

#[derive(Deserialize)]
struct VersionRow {
    id: String,
    sale: Option<String>,
    modified: String,
}

impl Client {
    /// The item fulfillment with its lines and tracking numbers, in one query; `None` when SuiteQL does
    /// not show it.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] for a quantity or a time that is none.
    pub async fn fulfillment(
        &self,
        journal: &Journal,
        id: u64,
    ) -> Result<Option<Fulfillment>, Error> {
        let about = format!("item fulfillment {id}");
        // The line link says which line of the order each line was made from, so that what NetSuite
        // adds for its own books (cost of goods, a kit's components) is told apart.
        let query = format!(
            "SELECT t.id, t.tranid, t.status, t.shipmethod, TO_CHAR(t.lastmodifieddate, '{TIME}') AS modified, \
             h.createdfrom AS sale, o.recordtype AS salerecord, o.externalid AS saleid, \
             p.previousline AS orderline, NVL(l.custcol_waybill_line, ol.custcol_waybill_line) AS linekey, \
             l.item, i.itemid AS sku, l.quantity, l.location, l.kitmemberof, n.trackingnumber \
             FROM transaction t \
             JOIN transactionline h ON h.transaction = t.id AND h.mainline = 'T' \
             LEFT JOIN transaction o ON o.id = h.createdfrom \
             LEFT JOIN transactionline l ON l.transaction = t.id AND l.mainline = 'F' AND l.taxline = 'F' \
             LEFT JOIN previoustransactionlinelink p ON p.nextdoc = t.id AND p.nextline = l.id \
             LEFT JOIN transactionline ol ON ol.transaction = p.previousdoc AND ol.id = p.previousline \
             LEFT JOIN item i ON i.id = l.item \
             LEFT JOIN trackingnumbermap m ON m.transaction = t.id \
             LEFT JOIN trackingnumber n ON n.id = m.trackingnumber \
             WHERE t.id = {id} AND t.type = 'ItemShip' ORDER BY l.id"
        );
        let rows: Vec<Row> = self.suiteql(journal, &about, &query, &[]).await?;
        fulfillment(rows).ok_or_else(|| unreadable(&about))
    }

    /// Those of these item fulfillments that SuiteQL still shows.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a SuiteQL read.
    pub async fn fulfillments_there(
        &self,
        journal: &Journal,
        ids: &[String],
    ) -> Result<BTreeSet<String>, Error> {
        #[derive(Deserialize)]
        struct There {
            id: String,
        }
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let mut there = BTreeSet::new();
        for chunk in ids.chunks(CHUNK) {
            let query = format!(
                "SELECT id FROM transaction WHERE type = 'ItemShip' AND id IN ({})",
                marks(chunk.len())
            );
            let about = "item fulfillments that are there";
            let rows: Vec<There> = self.suiteql(journal, about, &query, chunk).await?;
            there.extend(rows.into_iter().map(|row| row.id));
        }
        Ok(there)
    }

    /// The item fulfillments that changed at `since` or later, by ascending id behind `after`; at
    /// most a thousand. The id never changes, so none is skipped between two pages.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] for an id or a time that is none.
    pub async fn fulfillments_changed(
        &self,
        journal: &Journal,
        since: NaiveDateTime,
        after: u64,
    ) -> Result<Page, Error> {
        let about = "item fulfillments that changed";
        let query = format!(
            "SELECT t.id, l.createdfrom AS sale, TO_CHAR(t.lastmodifieddate, '{TIME}') AS modified \
             FROM transaction t JOIN transactionline l ON l.transaction = t.id AND l.mainline = 'T' \
             WHERE t.type = 'ItemShip' AND t.lastmodifieddate >= TO_DATE(?, 'YYYY-MM-DD HH24:MI:SS') \
             AND t.id > {after} ORDER BY t.id"
        );
        let since = since.format("%Y-%m-%d %H:%M:%S").to_string();
        let (fulfillments, more) = self.versions(journal, about, &query, &since).await?;
        let last = fulfillments.last().map(|last| last.id);
        Ok(Page {
            fulfillments,
            next: last.filter(|_| more),
        })
    }

    /// A page of `query`, whose columns are those of a version, and whether there are more.
    pub(super) async fn versions(
        &self,
        journal: &Journal,
        about: &str,
        query: &str,
        since: &str,
    ) -> Result<(Vec<Version>, bool), Error> {
        let (rows, more): (Vec<VersionRow>, bool) =
            self.suiteql_page(journal, about, query, &[since]).await?;
        let versions = rows
            .into_iter()
            .map(|row| version(row).ok_or_else(|| unreadable(about)))
            .collect::<Result<Vec<_>, _>>()?;
        Ok((versions, more))
    }
}

/// Outer `None`: a value is none of its kind.
fn fulfillment(rows: Vec<Row>) -> Option<Option<Fulfillment>> {
    let Some(head) = rows.first() else {
        return Some(None);
    };
    let mut fulfillment = Fulfillment {
        id: head.id.parse().ok()?,
        number: head.tranid.clone(),
        status: head.status.clone(),
        modified: time(&head.modified)?,
        ship_method: head.shipmethod.clone(),
        source: head.sale.clone().map(|id| Source {
            id: InternalId(id),
            record: head.salerecord.as_deref().map(str::to_lowercase),
            external_id: head.saleid.clone(),
        }),
        lines: Vec::new(),
        items: BTreeSet::new(),
        tracking: BTreeSet::new(),
    };
    // Rows are lines times tracking numbers. A line of the order can come twice, too: its goods and
    // their cost are two lines of the books.
    let mut lines: BTreeMap<String, Line> = BTreeMap::new();
    for row in rows {
        fulfillment.tracking.extend(row.trackingnumber);
        let Some(item) = row.item else { continue };
        fulfillment.items.insert(item.clone());
        let (Some(place), None) = (row.orderline, row.kitmemberof) else {
            continue;
        };
        let quantity = row.quantity.as_deref().unwrap_or("0");
        let quantity = quantity.parse::<Decimal>().ok()?.abs();
        let line = lines.entry(place).or_insert(Line {
            key: row.linekey,
            item,
            sku: row.sku,
            quantity,
            location: row.location,
        });
        line.quantity = line.quantity.max(quantity);
    }
    fulfillment.lines = lines.into_values().collect();
    Some(Some(fulfillment))
}

fn version(row: VersionRow) -> Option<Version> {
    Some(Version {
        id: row.id.parse().ok()?,
        order: row.sale.map(InternalId),
        modified: time(&row.modified)?,
    })
}

fn time(text: &str) -> Option<NaiveDateTime> {
    NaiveDateTime::parse_from_str(text, READS).ok()
}

fn unreadable(about: &str) -> Error {
    Error::Unreadable {
        call: Call(format!("POST netsuite suiteql {about}")),
        reason: "an id, a quantity or a time that is none".to_owned(),
        outcome: Outcome::NotDone,
    }
}
