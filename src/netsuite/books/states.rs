//! Where many orders stand, cheaply: which of them NetSuite has shipped, billed or closed since.

use chrono::NaiveDateTime;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::super::Client;
use super::super::fulfillments::Version;
use super::super::suiteql::marks;
use super::rows::{MODIFIED, decimal};
use crate::journal::Journal;
use crate::link::{ExternalId, InternalId};
use crate::remote::Error;

/// How many orders one query carries.
const CHUNK: usize = 250;

/// An order as NetSuite shows it now, without its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderState {
    pub id: InternalId,
    pub external_id: Option<ExternalId>,
    /// The status letter: `B` pending fulfillment, `H` closed.
    pub status: Option<String>,
    /// When it was changed last; later is greater.
    pub modified: Option<String>,
    /// In its own currency, closed lines included.
    pub total: Decimal,
    /// Units shipped, of all lines.
    pub fulfilled: Decimal,
    /// Units billed, of all lines.
    pub billed: Decimal,
}

impl OrderState {
    /// All of it is closed, or it was cancelled before it was approved. One that is billed is neither.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        matches!(self.status.as_deref(), Some("C" | "H"))
    }
}

/// One page of orders that were closed or cancelled.
#[derive(Debug, Clone)]
pub struct Ended {
    pub orders: Vec<Version>,
    /// Behind which id the next page begins; absent on the last one.
    pub next: Option<u64>,
}

#[derive(Deserialize)]
struct Row {
    id: String,
    externalid: Option<String>,
    status: Option<String>,
    modified: Option<String>,
    foreigntotal: Option<String>,
    done: Option<String>,
    billed: Option<String>,
}

impl Client {
    /// Where these orders stand, 250 a query; one that is not there any more is left out.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a SuiteQL read.
    pub async fn order_states(
        &self,
        journal: &Journal,
        orders: &[InternalId],
    ) -> Result<Vec<OrderState>, Error> {
        let mut states = Vec::new();
        let ids: Vec<&str> = orders.iter().map(|id| id.0.as_str()).collect();
        for chunk in ids.chunks(CHUNK) {
            let query = format!(
                "SELECT t.id, t.externalid, t.status, MAX({MODIFIED}) AS modified, t.foreigntotal, \
                 SUM(ABS(tl.quantityshiprecv)) AS done, SUM(ABS(tl.quantitybilled)) AS billed \
                 FROM transaction t JOIN transactionline tl ON tl.transaction = t.id \
                 WHERE t.id IN ({}) \
                 GROUP BY t.id, t.externalid, t.status, t.foreigntotal ORDER BY t.id",
                marks(chunk.len())
            );
            let rows: Vec<Row> = self.suiteql(journal, "order states", &query, chunk).await?;
            for row in rows {
                states.push(OrderState::try_from(row)?);
            }
        }
        Ok(states)
    }

    /// The sales orders that changed at `since` or later and are closed or cancelled, by ascending id
    /// behind `after`; at most a thousand.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] for an id or a time that is none.
    pub async fn orders_ended(
        &self,
        journal: &Journal,
        since: NaiveDateTime,
        after: u64,
    ) -> Result<Ended, Error> {
        let about = "sales orders that ended";
        // A status is shown as a letter; whether it is compared with the letter or with its long form
        // is told differently by different sources.
        let query = format!(
            "SELECT t.id, t.id AS sale, {MODIFIED} AS modified FROM transaction t \
             WHERE t.type = 'SalesOrd' AND t.status IN ('C', 'H', 'SalesOrd:C', 'SalesOrd:H') \
             AND t.lastmodifieddate >= TO_DATE(?, 'YYYY-MM-DD HH24:MI:SS') \
             AND t.id > {after} ORDER BY t.id"
        );
        let since = since.format("%Y-%m-%d %H:%M:%S").to_string();
        let (orders, more) = self.versions(journal, about, &query, &since).await?;
        let last = orders.last().map(|last| last.id);
        Ok(Ended {
            orders,
            next: last.filter(|_| more),
        })
    }
}

impl TryFrom<Row> for OrderState {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: InternalId(row.id),
            external_id: row.externalid.map(ExternalId),
            status: row.status,
            modified: row.modified,
            total: decimal(row.foreigntotal.as_deref())?.abs(),
            fulfilled: decimal(row.done.as_deref())?,
            billed: decimal(row.billed.as_deref())?,
        })
    }
}
