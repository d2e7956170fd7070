//! The account's accounting periods: into which days it still posts.

use std::sync::Arc;

use chrono::NaiveDate;
use serde::Deserialize;
use tokio::time::Instant;

use super::Client;
use super::suiteql::is_true;
use crate::journal::Journal;
use crate::remote::{Call, Error, Outcome};

/// A month of the books, or whatever the account's smallest period is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    pub name: String,
    pub first: NaiveDate,
    /// Inclusive.
    pub last: NaiveDate,
    pub state: State,
}

/// Whether sales and their money can still be posted into a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Open,
    /// Closed, or locked for receivables or for all.
    Closed,
}

#[derive(Deserialize)]
struct Row {
    periodname: Option<String>,
    first_day: String,
    last_day: String,
    closed: Option<String>,
    arlocked: Option<String>,
    alllocked: Option<String>,
}

impl Client {
    /// The account's periods by their first day, without quarters, years and adjustments; kept as
    /// long as items are.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a SuiteQL read; [`Error::Unreadable`] for a period without days.
    pub async fn periods(&self, journal: &Journal) -> Result<Arc<[Period]>, Error> {
        let mut kept = self.periods.lock().await;
        if let Some((asked, periods)) = kept.as_ref()
            && asked.elapsed() < self.items.kept_for()
        {
            return Ok(Arc::clone(periods));
        }
        let query = "SELECT periodname, TO_CHAR(startdate, 'YYYY-MM-DD') AS first_day, \
             TO_CHAR(enddate, 'YYYY-MM-DD') AS last_day, closed, arlocked, alllocked \
             FROM accountingperiod WHERE isquarter = 'F' AND isyear = 'F' AND isadjust = 'F' \
             ORDER BY startdate";
        let rows: Vec<Row> = self
            .suiteql(journal, "accounting periods", query, &[])
            .await?;
        let mut periods = rows
            .into_iter()
            .map(period)
            .collect::<Result<Vec<_>, _>>()?;
        periods.sort_by_key(|period| period.first);
        let periods: Arc<[Period]> = periods.into();
        *kept = Some((Instant::now(), Arc::clone(&periods)));
        Ok(periods)
    }

    /// Asks anew the next time: NetSuite refused a day that the kept periods call open.
    pub async fn forget_periods(&self) {
        *self.periods.lock().await = None;
    }
}

fn period(row: Row) -> Result<Period, Error> {
    let day = |text: &str| {
        NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| Error::Unreadable {
            call: Call("POST netsuite suiteql accounting periods".to_owned()),
            reason: "the day of an accounting period is no date".to_owned(),
            outcome: Outcome::NotDone,
        })
    };
    let shut = [&row.closed, &row.arlocked, &row.alllocked];
    let state = if shut.into_iter().any(|flag| is_true(flag.as_deref())) {
        State::Closed
    } else {
        State::Open
    };
    Ok(Period {
        name: row.periodname.unwrap_or_default(),
        first: day(&row.first_day)?,
        last: day(&row.last_day)?,
        state,
    })
}
