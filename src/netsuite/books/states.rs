//! Where many orders stand, cheaply: which of them NetSuite has shipped, billed or closed since.

use rust_decimal::Decimal;
use serde::Deserialize;

use super::super::Client;
use super::super::suiteql::marks;
use super::rows::{MODIFIED, decimal};
use crate::journal::Journal;
use crate::link::InternalId;
use crate::remote::Error;

/// How many orders one query carries.
const CHUNK: usize = 250;

/// An order as NetSuite shows it now, without its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderState {
    pub id: InternalId,
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

#[derive(Deserialize)]
struct Row {
    id: String,
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
                "SELECT t.id, t.status, MAX({MODIFIED}) AS modified, t.foreigntotal, \
                 SUM(ABS(tl.quantityshiprecv)) AS done, SUM(ABS(tl.quantitybilled)) AS billed \
                 FROM transaction t JOIN transactionline tl ON tl.transaction = t.id \
                 WHERE t.id IN ({}) \
                 GROUP BY t.id, t.status, t.foreigntotal ORDER BY t.id",
                marks(chunk.len())
            );
            let rows: Vec<Row> = self.suiteql(journal, "order states", &query, chunk).await?;
            for row in rows {
                states.push(OrderState::try_from(row)?);
            }
        }
        Ok(states)
    }
}

impl TryFrom<Row> for OrderState {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: InternalId(row.id),
            status: row.status,
            modified: row.modified,
            total: decimal(row.foreigntotal.as_deref())?.abs(),
            fulfilled: decimal(row.done.as_deref())?,
            billed: decimal(row.billed.as_deref())?,
        })
    }
}
