//! Item fulfillments, read by SuiteQL: what changed since a time.

use chrono::NaiveDateTime;
use serde::Deserialize;

use super::Client;
use crate::journal::Journal;
use crate::link::InternalId;
use crate::remote::{Call, Error, Outcome};

/// How SuiteQL is asked to show a time: without a zone, since it names none.
const TIME: &str = "YYYY-MM-DD\"T\"HH24:MI:SS";

/// How that reads here.
const READS: &str = "%Y-%m-%dT%H:%M:%S";

/// An item fulfillment of a list: enough to see whether it is ours, and whether it moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    pub id: u64,
    /// The order it was made from.
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
        let (rows, more): (Vec<VersionRow>, bool) =
            self.suiteql_page(journal, about, &query, &[&since]).await?;
        let fulfillments = rows
            .into_iter()
            .map(|row| version(row).ok_or_else(|| unreadable(about)))
            .collect::<Result<Vec<_>, _>>()?;
        let last = fulfillments.last().map(|last| last.id);
        Ok(Page {
            fulfillments,
            next: last.filter(|_| more),
        })
    }
}

fn version(row: VersionRow) -> Option<Version> {
    Some(Version {
        id: row.id.parse().ok()?,
        order: row.sale.map(InternalId),
        modified: NaiveDateTime::parse_from_str(&row.modified, READS).ok()?,
    })
}

fn unreadable(about: &str) -> Error {
    Error::Unreadable {
        call: Call(format!("POST netsuite suiteql {about}")),
        reason: "an id or a time that is none".to_owned(),
        outcome: Outcome::NotDone,
    }
}
