//! Customers as NetSuite holds them: one whole, or the versions of many.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::Client;
use super::address::Address;
use super::customer_body::RECORD;
use super::record::Name;
use crate::journal::Journal;
use crate::link::InternalId;
use crate::remote::{Call, Error, Outcome};

/// How SuiteQL is asked to show a time, and how that reads here.
const TIME: &str = "YYYY-MM-DD\"T\"HH24:MI:SS";
const READS: &str = "%Y-%m-%dT%H:%M:%S";

/// NetSuite's largest page.
const PAGE: usize = 1000;

/// A customer record as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    pub id: InternalId,
    pub external_id: Option<String>,
    /// A person has first and last name, else there is a company name.
    pub is_person: bool,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub company_name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub inactive: bool,
    pub subsidiary: Option<String>,
    pub modified: Option<DateTime<Utc>>,
    pub addresses: Vec<Line>,
}

/// A line of the address book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The line's key: without it a change adds the address once more.
    pub key: String,
    pub label: Option<String>,
    pub default_billing: bool,
    pub default_shipping: bool,
    pub address: Address,
}

/// One customer of a list: enough to see whether they moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    pub id: u64,
    /// By NetSuite's own clock, in the integration user's time zone.
    pub modified: NaiveDateTime,
}

/// One page of versions.
#[derive(Debug, Clone)]
pub struct Page {
    pub customers: Vec<Version>,
    /// Behind which id the next page begins; absent on the last one.
    pub next: Option<u64>,
}

#[derive(Deserialize)]
struct VersionRow {
    id: String,
    modified: String,
}

impl Client {
    /// The customer with their address book, in one call; `None` when there is none of this id.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a read.
    pub async fn customer(
        &self,
        journal: &Journal,
        id: &InternalId,
    ) -> Result<Option<Customer>, Error> {
        let found = self.get(journal, RECORD, Name::Internal(id), true).await?;
        Ok(found.map(|record| customer(id, &record)))
    }

    /// Whether orders, invoices, returns or deposits of the customer are open: while they are, it must stay
    /// active.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a SuiteQL read.
    pub async fn has_open(&self, journal: &Journal, id: &InternalId) -> Result<bool, Error> {
        #[derive(Deserialize)]
        struct Open {}
        let query = "SELECT id FROM transaction WHERE entity = ? AND (\
             (type IN ('SalesOrd', 'RtnAuth') AND status IN ('A', 'B', 'D', 'E', 'F')) \
             OR (type = 'CustInvc' AND status = 'A') OR (type = 'CustDep' AND status IN ('A', 'B')))";
        let about = "what is open of a customer";
        let rows: Vec<Open> = self.suiteql(journal, about, query, &[&id.0]).await?;
        Ok(!rows.is_empty())
    }

    /// The customers that changed at `since` or later, by ascending id behind `after`; at most a thousand.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] for an id or a time that is none.
    pub async fn customers_changed(
        &self,
        journal: &Journal,
        since: NaiveDateTime,
        after: u64,
    ) -> Result<Page, Error> {
        let about = "customers that changed";
        let query = format!(
            "SELECT id, TO_CHAR(lastmodifieddate, '{TIME}') AS modified FROM customer \
             WHERE lastmodifieddate >= TO_DATE(?, 'YYYY-MM-DD HH24:MI:SS') AND id > {after} ORDER BY id"
        );
        let since = since.format("%Y-%m-%d %H:%M:%S").to_string();
        let rows: Vec<VersionRow> = self
            .suiteql(journal, about, &query, &[since.as_str()])
            .await?;
        let version = |row: VersionRow| {
            Some(Version {
                id: row.id.parse().ok()?,
                modified: NaiveDateTime::parse_from_str(&row.modified, READS).ok()?,
            })
        };
        let customers: Option<Vec<Version>> = rows.into_iter().map(version).collect();
        let mut customers = customers.ok_or_else(|| Error::Unreadable {
            call: Call(format!("POST netsuite suiteql {about}")),
            reason: "an id or a time that is none".to_owned(),
            outcome: Outcome::NotDone,
        })?;
        customers.sort_by_key(|version| version.id);
        customers.truncate(PAGE);
        let full = customers.len() == PAGE;
        Ok(Page {
            next: customers.last().map(|last| last.id).filter(|_| full),
            customers,
        })
    }
}

fn customer(id: &InternalId, record: &Value) -> Customer {
    let lines = record.pointer("/addressBook/items");
    let lines = lines.and_then(Value::as_array).into_iter().flatten();
    let modified = text(record, "lastModifiedDate");
    let modified = modified.and_then(|at| DateTime::parse_from_rfc3339(&at).ok());
    Customer {
        id: id.clone(),
        external_id: text(record, "externalId"),
        is_person: flag(record, "isPerson"),
        first_name: text(record, "firstName"),
        last_name: text(record, "lastName"),
        company_name: text(record, "companyName"),
        email: text(record, "email"),
        phone: text(record, "phone"),
        inactive: flag(record, "isInactive"),
        subsidiary: text(record, "subsidiary"),
        modified: modified.map(|at| at.to_utc()),
        addresses: lines.filter_map(line).collect(),
    }
}

fn line(line: &Value) -> Option<Line> {
    let key = line.get("id").or_else(|| line.get("internalId"))?;
    let key = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
    let address = line.get("addressBookAddress")?;
    Some(Line {
        key,
        label: text(line, "label"),
        default_billing: flag(line, "defaultBilling"),
        default_shipping: flag(line, "defaultShipping"),
        address: Address {
            attention: text(address, "attention"),
            addressee: text(address, "addressee"),
            addr1: text(address, "addr1"),
            addr2: text(address, "addr2"),
            addr3: text(address, "addr3"),
            city: text(address, "city"),
            state: text(address, "state"),
            zip: text(address, "zip"),
            country: text(address, "country"),
            addr_phone: text(address, "addrPhone"),
        },
    })
}

/// A text, or the id of a reference; an empty one is none.
fn text(of: &Value, name: &str) -> Option<String> {
    let value = of.get(name)?;
    let value = value.get("id").unwrap_or(value);
    let text = value.as_str().map(str::trim)?;
    (!text.is_empty()).then(|| text.to_owned())
}

fn flag(of: &Value, name: &str) -> bool {
    of.get(name).and_then(Value::as_bool).unwrap_or(false)
}
