//! Further subsidiaries of a customer: whether a customer has one, and the record that adds it.
//!
//! **Unsure.** Oracle's help names the record `customerSubsidiaryRelationship`, its operations and the feature
//! it needs, Multi-Subsidiary Customer; that SuiteQL has a table of this name was seen in public code only. What
//! NetSuite answers to a pair that is there already, or where the feature is off, is documented nowhere: so no
//! sentence of it is read, the table is asked instead.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Client;
use super::suiteql::marks;
use crate::journal::Journal;
use crate::link::InternalId;
use crate::remote::{Error, Meaning};

/// NetSuite's name of the record.
pub const RECORD: &str = "customerSubsidiaryRelationship";

/// Which customers belong to a subsidiary, as far as the account says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Members {
    /// Those of the asked that do.
    Are(Vec<InternalId>),
    /// The account has no such table: the feature is off, or the role may not see it.
    Unknown,
}

#[derive(Deserialize)]
struct Row {
    entity: String,
}

/// A customer in a further subsidiary. It has no external id: NetSuite shares it with the customer's own.
#[must_use]
pub fn body(customer: &InternalId, subsidiary: &str) -> Value {
    json!({ "entity": { "id": customer }, "subsidiary": { "id": subsidiary } })
}

impl Client {
    /// Which of `customers` belong to `subsidiary`, be it their primary or a further one. One query.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a SuiteQL read but a refusal of the table.
    pub async fn members(
        &self,
        journal: &Journal,
        subsidiary: &str,
        customers: &[InternalId],
    ) -> Result<Members, Error> {
        let query = format!(
            "SELECT entity FROM CustomerSubsidiaryRelationship WHERE subsidiary = ? AND entity IN ({})",
            marks(customers.len())
        );
        let mut params = vec![subsidiary];
        params.extend(customers.iter().map(|id| id.0.as_str()));
        let about = "subsidiaries of customers";
        let rows: Result<Vec<Row>, Error> = self.suiteql(journal, about, &query, &params).await;
        match rows {
            Ok(rows) => Ok(Members::Are(
                rows.into_iter().map(|row| InternalId(row.entity)).collect(),
            )),
            Err(error) if is_about_table(&error) => Ok(Members::Unknown),
            Err(error) => Err(error),
        }
    }

    /// Adds the customer of [`body`] to a subsidiary. NetSuite takes each pair once.
    ///
    /// # Errors
    ///
    /// A refusal when the pair is there: ask [`Client::members`] after any refusal, and after an error of
    /// unknown outcome.
    pub async fn add_subsidiary(
        &self,
        journal: &Journal,
        key: &str,
        body: &Value,
    ) -> Result<(), Error> {
        self.relate(journal, RECORD, key, body).await
    }
}

/// SuiteQL does not know the table, or shows it to nobody of our role.
fn is_about_table(error: &Error) -> bool {
    matches!(
        error.meaning(),
        Some(Meaning::Invalid | Meaning::Forbidden | Meaning::Absent)
    )
}
