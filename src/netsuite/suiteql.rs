//! SuiteQL: one query, all of its pages. Every value comes back as text.

use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Client;
use crate::exchange::Effect;
use crate::journal::Journal;
use crate::remote::{Call, Error, Outcome};

const PATH: &str = "/services/rest/query/v1/suiteql";

/// NetSuite's largest page; an offset must be a multiple of it.
const PAGE: usize = 1000;

/// NetSuite gives no more rows than this for one query.
const MOST_ROWS: usize = 100_000;

impl Client {
    /// All rows of a query; `about` names it in the record of calls.
    ///
    /// A row's keys are lower case and its values text; columns that are null are left out.
    /// Values go into `params` only, never into `query`.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] for a row that does not fit `T`, or more than 100,000 rows.
    pub async fn suiteql<T: DeserializeOwned>(
        &self,
        journal: &Journal,
        about: &str,
        query: &str,
        params: &[&str],
    ) -> Result<Vec<T>, Error> {
        let call = Call(format!("POST netsuite suiteql {about}"));
        let body = asked(query, params);
        let mut rows = Vec::new();
        for offset in (0..MOST_ROWS).step_by(PAGE) {
            if !self.rows(journal, &call, &body, offset, &mut rows).await? {
                return Ok(rows);
            }
        }
        Err(unreadable(&call, format!("more than {MOST_ROWS} rows")))
    }

    /// The first thousand rows of a query, and whether there are more: for queries that page by a key.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] for a row that does not fit `T`.
    pub(super) async fn suiteql_page<T: DeserializeOwned>(
        &self,
        journal: &Journal,
        about: &str,
        query: &str,
        params: &[&str],
    ) -> Result<(Vec<T>, bool), Error> {
        let call = Call(format!("POST netsuite suiteql {about}"));
        let mut rows = Vec::new();
        let more = self
            .rows(journal, &call, &asked(query, params), 0, &mut rows)
            .await?;
        Ok((rows, more))
    }

    /// Adds the page of rows at `offset`; says whether there are more.
    async fn rows<T: DeserializeOwned>(
        &self,
        journal: &Journal,
        call: &Call,
        body: &Value,
        offset: usize,
        rows: &mut Vec<T>,
    ) -> Result<bool, Error> {
        let answer = self
            .call(journal, call, Effect::Read, |exchange, base| {
                let url = format!("{base}{PATH}?limit={PAGE}&offset={offset}");
                exchange
                    .request(Method::POST, &url)
                    .header("Prefer", "transient")
                    .json(body)
            })
            .await?;
        page(&answer.body, rows).map_err(|reason| unreadable(call, reason))
    }
}

fn asked(query: &str, params: &[&str]) -> Value {
    if params.is_empty() {
        json!({"q": query})
    } else {
        json!({"q": query, "params": params})
    }
}

/// Adds the rows of one page; says whether there are more.
fn page<T: DeserializeOwned>(body: &[u8], rows: &mut Vec<T>) -> Result<bool, String> {
    let mut page: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let Some(Value::Array(items)) = page.get_mut("items").map(Value::take) else {
        return Err("a page of rows without items".to_owned());
    };
    for row in items {
        // serde's messages name the column and the expected type; values would be personal data.
        let row = serde_json::from_value(row).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => "a row lacks a column, or has another type there",
            serde_json::error::Category::Io
            | serde_json::error::Category::Syntax
            | serde_json::error::Category::Eof => "a row is not JSON",
        })?;
        rows.push(row);
    }
    Ok(page
        .get("hasMore")
        .and_then(Value::as_bool)
        .unwrap_or(false))
}

fn unreadable(call: &Call, reason: impl Into<String>) -> Error {
    Error::Unreadable {
        call: call.clone(),
        reason: reason.into(),
        outcome: Outcome::NotDone,
    }
}

/// `?, ?, ?` for as many values.
pub(super) fn marks(count: usize) -> String {
    vec!["?"; count].join(", ")
}

/// NetSuite's way to say yes.
pub(super) fn is_true(text: Option<&str>) -> bool {
    text == Some("T")
}
