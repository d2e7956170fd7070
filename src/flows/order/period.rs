//! The day of a posting document: its own, or the first of an open period, by `closed_period`.
//!
//! A sales order does not post and keeps its day. Everything else we date asks here: deposits, cash
//! sales, invoices, credits, refunds.

use std::sync::Arc;

use chrono::NaiveDate;

use super::Target;
use crate::config::store::ClosedPeriod;
use crate::flows::Error;
use crate::link::ExternalId;
use crate::netsuite::period::{Period, State};
use crate::problem::{Code, Problem};
use crate::remote;

/// The account's periods by their first day. Empty where the store does not ask for them: then
/// every day is as good as open, and NetSuite decides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Periods(pub(super) Arc<[Period]>);

/// The day that a document gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Posted {
    pub(super) day: NaiveDate,
    /// Why it is not the day that was wanted.
    pub(super) moved: Option<String>,
}

impl Posted {
    /// What the plan's notes say of a document whose day was moved.
    pub(super) fn note(&self, document: &ExternalId) -> Option<String> {
        self.moved.as_ref().map(|why| format!("{document}: {why}"))
    }
}

/// The day on which what happened on `wanted` is posted.
///
/// # Errors
///
/// `period_closed` when `setting` holds what falls into a closed period, or when no later one is open.
pub(super) fn posting_day(
    wanted: NaiveDate,
    periods: &Periods,
    setting: ClosedPeriod,
) -> Result<Posted, Problem> {
    let as_wanted = Posted {
        day: wanted,
        moved: None,
    };
    let has = |period: &&Period| period.first <= wanted && wanted <= period.last;
    let closed = periods.0.iter().find(has);
    let Some(closed) = closed.filter(|period| period.state == State::Closed) else {
        return Ok(as_wanted);
    };
    let held = |why: &str| {
        let what = format!(
            "{wanted} is in the accounting period {}, which is closed{why}",
            closed.name
        );
        Problem::new(Code::PeriodClosed, what).because(&closed.name)
    };
    match setting {
        ClosedPeriod::Original => Ok(as_wanted),
        ClosedPeriod::Hold => Err(held("")),
        ClosedPeriod::FirstOpen => {
            let open = |period: &&Period| period.first > closed.last && period.state == State::Open;
            let open = periods.0.iter().find(open);
            let open = open.ok_or_else(|| held(", and none after it is open"))?;
            Ok(Posted {
                day: open.first,
                moved: Some(format!(
                    "dated {}, the first day of {}: {wanted} is in {}, which is closed",
                    open.first, open.name, closed.name
                )),
            })
        }
    }
}

/// What becomes of a document whose day NetSuite refuses: the period was closed after its periods
/// were asked for, so they are asked for anew; where the day may move, at the next try.
pub(super) async fn closed_since(target: &Target<'_>, refused: remote::Error) -> Error {
    target.context.netsuite.forget_periods().await;
    let setting = target.shop.store.orders.closed_period;
    let remote::Error::Refused { call, refusal } = &refused else {
        return refused.into();
    };
    if setting != ClosedPeriod::FirstOpen {
        return refused.into();
    }
    let what = format!("{call}: {}", refusal.detail);
    Error::NotYet {
        reason: "NetSuite closed the accounting period meanwhile".to_owned(),
        waits_for: None,
        then: Box::new(Problem::new(Code::PeriodClosed, what)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn periods(states: [State; 3]) -> Periods {
        let months = ["2026-09", "2026-10", "2026-11"];
        let lasts = [30, 31, 30];
        let period = |((month, last), state): ((&str, i32), State)| Period {
            name: month.to_owned(),
            first: day(&format!("{month}-01")),
            last: day(&format!("{month}-{last}")),
            state,
        };
        Periods(
            months
                .into_iter()
                .zip(lasts)
                .zip(states)
                .map(period)
                .collect(),
        )
    }

    const LAST_IS_OPEN: [State; 3] = [State::Closed, State::Closed, State::Open];

    #[test]
    fn an_open_day_and_one_that_no_period_has_are_kept_whatever_the_setting() {
        let periods = periods(LAST_IS_OPEN);
        for setting in [
            ClosedPeriod::Hold,
            ClosedPeriod::FirstOpen,
            ClosedPeriod::Original,
        ] {
            for wanted in ["2026-11-01", "2026-11-30", "2027-02-01"] {
                let posted = posting_day(day(wanted), &periods, setting).unwrap();
                assert_eq!((posted.day, posted.moved), (day(wanted), None));
            }
        }
    }

    #[test]
    fn a_closed_day_is_held_moved_or_kept_by_the_setting() {
        let periods = periods(LAST_IS_OPEN);
        let wanted = day("2026-09-30");
        let held = posting_day(wanted, &periods, ClosedPeriod::Hold).unwrap_err();
        assert_eq!(held.cause, "period_closed:2026-09");
        let moved = posting_day(wanted, &periods, ClosedPeriod::FirstOpen).unwrap();
        assert_eq!(moved.day, day("2026-11-01"));
        let note = moved.note(&ExternalId("dep-us-1".to_owned())).unwrap();
        assert!(note.starts_with("dep-us-1: dated 2026-11-01"), "{note}");
        let kept = posting_day(wanted, &periods, ClosedPeriod::Original).unwrap();
        assert_eq!(kept.day, wanted);
    }

    #[test]
    fn with_no_open_period_after_it_a_closed_day_is_held() {
        let held = posting_day(
            day("2026-10-05"),
            &periods([State::Open, State::Closed, State::Closed]),
            ClosedPeriod::FirstOpen,
        );
        assert!(held.unwrap_err().what.contains("none after it is open"));
    }
}
