//! Bulk look-ups by SuiteQL: customers, transactions by our external ids, orders by another field.

use std::sync::Arc;

use rust_decimal::Decimal;
use serde::Deserialize;
use tokio::time::Instant;

use super::Client;
use super::items::plain;
use super::suiteql::{is_true, marks};
use crate::journal::Journal;
use crate::link::{ExternalId, InternalId};
use crate::remote::{Call, Error, Outcome};

/// How many values one query carries.
const CHUNK: usize = 250;

/// A customer that may be the one of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    pub id: InternalId,
    pub external_id: Option<String>,
    /// As NetSuite holds it; compare without regard to case.
    pub email: Option<String>,
    pub inactive: bool,
    /// The primary subsidiary's id; none in an account without subsidiaries.
    pub subsidiary: Option<String>,
    /// The primary currency's id.
    pub currency: Option<String>,
}

/// A transaction as NetSuite shows it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    pub id: InternalId,
    pub external_id: ExternalId,
    /// `salesorder`, `customerdeposit`, …: lower case.
    pub record: String,
    /// What people call it: `SO1042`.
    pub number: Option<String>,
    /// The total in its own currency, without a sign: NetSuite shows some kinds as negative.
    pub total: Option<Decimal>,
    /// The currency's id.
    pub currency: Option<String>,
    /// The status letter: `B` pending fulfillment, `H` closed.
    pub status: Option<String>,
}

/// An order found by a field other than its external id, and that field's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adoptable {
    pub id: InternalId,
    pub record: String,
    pub number: Option<String>,
    pub external_id: Option<String>,
    /// Exactly one of the values that were asked for.
    pub value: String,
}

/// A currency of the account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Currency {
    pub id: String,
    /// The ISO 4217 code.
    pub symbol: String,
}

#[derive(Deserialize)]
struct CustomerRow {
    id: String,
    externalid: Option<String>,
    email: Option<String>,
    isinactive: Option<String>,
    subsidiary: Option<String>,
    currency: Option<String>,
}

#[derive(Deserialize)]
struct TransactionRow {
    id: String,
    externalid: Option<String>,
    recordtype: Option<String>,
    tranid: Option<String>,
    foreigntotal: Option<String>,
    currency: Option<String>,
    status: Option<String>,
    value: Option<String>,
}

impl Client {
    /// Customers with this external id or this e-mail, active or not, oldest first. One query.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a SuiteQL read.
    pub async fn customers_by(
        &self,
        journal: &Journal,
        external_id: &ExternalId,
        email: Option<&str>,
    ) -> Result<Vec<Customer>, Error> {
        let email = email
            .map(str::to_lowercase)
            .filter(|email| !email.is_empty());
        let mut params = vec![external_id.0.as_str()];
        params.extend(email.as_deref());
        let or_email = email.as_ref().map(|_| " OR LOWER(email) = ?");
        let query = format!(
            "SELECT id, externalid, email, isinactive, subsidiary, currency FROM customer \
             WHERE externalid = ?{} ORDER BY id",
            or_email.unwrap_or_default()
        );
        let rows: Vec<CustomerRow> = self.suiteql(journal, "customers", &query, &params).await?;
        let mut customers: Vec<_> = rows.into_iter().map(Customer::from).collect();
        customers.sort_by_key(|customer| customer.id.0.parse::<u64>().unwrap_or(u64::MAX));
        Ok(customers)
    }

    /// The transactions with these external ids, whatever their kind; absent ones are left out.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] for a total that is no number.
    pub async fn transactions_by_external_id(
        &self,
        journal: &Journal,
        ids: &[ExternalId],
    ) -> Result<Vec<Transaction>, Error> {
        let ids: Vec<_> = ids.iter().map(|id| id.0.as_str()).collect();
        let mut found = Vec::new();
        for chunk in ids.chunks(CHUNK) {
            let query = format!(
                "SELECT id, externalid, recordtype, tranid, foreigntotal, currency, status \
                 FROM transaction WHERE externalid IN ({})",
                marks(chunk.len())
            );
            let about = "transactions";
            let rows: Vec<TransactionRow> = self.suiteql(journal, about, &query, chunk).await?;
            for row in rows {
                found.extend(transaction(row, chunk)?);
            }
        }
        Ok(found)
    }

    /// The orders (of `record`: `salesOrder` or `cashSale`) whose `field` (`otherRefNum`, `tranId`,
    /// `custbody_…`) is one of `values`: those that something else brought in.
    ///
    /// # Errors
    ///
    /// [`crate::remote::Meaning::Invalid`] when `field` is not a field's name.
    pub async fn orders_by_field(
        &self,
        journal: &Journal,
        record: &str,
        field: &str,
        values: &[&str],
    ) -> Result<Vec<Adoptable>, Error> {
        let (column, record) = (plain(field)?, record.to_lowercase());
        let mut found = Vec::new();
        for chunk in values.chunks(CHUNK) {
            let query = format!(
                "SELECT id, externalid, recordtype, tranid, {column} AS value \
                 FROM transaction WHERE recordtype = ? AND {column} IN ({})",
                marks(chunk.len())
            );
            let mut params = vec![record.as_str()];
            params.extend(chunk);
            let about = "orders to adopt";
            let rows: Vec<TransactionRow> = self.suiteql(journal, about, &query, &params).await?;
            found.extend(rows.into_iter().filter_map(|row| adoptable(row, chunk)));
        }
        Ok(found)
    }

    /// The account's currencies; kept as long as items are.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a SuiteQL read.
    pub async fn currencies(&self, journal: &Journal) -> Result<Arc<[Currency]>, Error> {
        let mut kept = self.currencies.lock().await;
        if let Some((asked, currencies)) = kept.as_ref()
            && asked.elapsed() < self.items.kept_for()
        {
            return Ok(Arc::clone(currencies));
        }
        let query = "SELECT id, symbol FROM currency";
        let rows: Vec<Currency> = self.suiteql(journal, "currencies", query, &[]).await?;
        let currencies: Arc<[Currency]> = rows.into();
        *kept = Some((Instant::now(), Arc::clone(&currencies)));
        Ok(currencies)
    }
}

impl From<CustomerRow> for Customer {
    fn from(row: CustomerRow) -> Self {
        Self {
            id: InternalId(row.id),
            external_id: row.externalid,
            email: row.email,
            inactive: is_true(row.isinactive.as_deref()),
            subsidiary: row.subsidiary,
            currency: row.currency,
        }
    }
}

/// `None` for a row of another external id: NetSuite may compare without regard to case.
fn transaction(row: TransactionRow, asked: &[&str]) -> Result<Option<Transaction>, Error> {
    let total = row.foreigntotal.as_deref().map(str::parse::<Decimal>);
    let total = total.transpose().map_err(|_| Error::Unreadable {
        call: Call("POST netsuite suiteql transactions".to_owned()),
        reason: format!("the total of transaction {} is no number", row.id),
        outcome: Outcome::NotDone,
    })?;
    let asked_for = |id: &String| asked.contains(&id.as_str());
    Ok(row.externalid.filter(asked_for).map(|id| Transaction {
        id: InternalId(row.id),
        external_id: ExternalId(id),
        record: row.recordtype.unwrap_or_default().to_lowercase(),
        number: row.tranid,
        total: total.map(|total| total.abs()),
        currency: row.currency,
        status: row.status,
    }))
}

fn adoptable(row: TransactionRow, asked: &[&str]) -> Option<Adoptable> {
    let value = row.value.filter(|value| asked.contains(&value.as_str()))?;
    Some(Adoptable {
        id: InternalId(row.id),
        record: row.recordtype.unwrap_or_default().to_lowercase(),
        number: row.tranid,
        external_id: row.externalid,
        value,
    })
}
