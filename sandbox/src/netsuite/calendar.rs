//! The accounting periods: calendar months, with the quarters and years they are in.
//!
//! A month is closed when it ended before [`Settings::books_closed_before`].

use chrono::{Datelike, Months, NaiveDate};

use super::settings::Settings;

/// The years that have periods.
const YEARS: std::ops::RangeInclusive<i32> = 2015..=2040;

/// A month, quarter or year of the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Period {
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) first: NaiveDate,
    /// Inclusive.
    pub(crate) last: NaiveDate,
    pub(crate) span: Span,
    pub(crate) closed: bool,
}

/// Only months are posted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Span {
    Month,
    Quarter,
    Year,
}

/// Every period, by first day; a year before its quarters, a quarter before its months.
pub(crate) fn periods(settings: &Settings) -> Vec<Period> {
    let mut all = Vec::new();
    for year in YEARS {
        all.extend(period(settings, year, 1, Span::Year));
        for quarter in 0..4 {
            all.extend(period(settings, year, quarter * 3 + 1, Span::Quarter));
            for month in 1..=3 {
                all.extend(period(settings, year, quarter * 3 + month, Span::Month));
            }
        }
    }
    for (id, period) in (1..).zip(&mut all) {
        period.id = id;
    }
    all
}

/// The month a day is posted to; `None` for a day of no period.
pub(crate) fn month_of(settings: &Settings, day: NaiveDate) -> Option<Period> {
    months(settings).find(|period| period.first <= day && day <= period.last)
}

/// The first open month from the one of this day on.
pub(crate) fn first_open(settings: &Settings, day: NaiveDate) -> Option<Period> {
    months(settings).find(|period| period.last >= day && !period.closed)
}

/// The month of this id.
pub(crate) fn month(settings: &Settings, id: &str) -> Option<Period> {
    months(settings).find(|period| period.id.to_string() == id)
}

fn months(settings: &Settings) -> impl Iterator<Item = Period> {
    let all = periods(settings).into_iter();
    all.filter(|period| period.span == Span::Month)
}

fn period(settings: &Settings, year: i32, month: u32, span: Span) -> Option<Period> {
    let first = NaiveDate::from_ymd_opt(year, month, 1)?;
    let (months, name) = match span {
        Span::Month => (1, first.format("%b %Y").to_string()),
        Span::Quarter => (3, format!("Q{} {year}", first.month0() / 3 + 1)),
        Span::Year => (12, format!("FY {year}")),
    };
    let last = first.checked_add_months(Months::new(months))?.pred_opt()?;
    Some(Period {
        id: 0,
        name,
        first,
        last,
        span,
        closed: settings.books_closed_before.is_some_and(|open| last < open),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_closed_once_it_ended_before_the_books_open() {
        let settings = Settings {
            books_closed_before: "2026-11-15".parse().ok(),
            ..Settings::default()
        };
        let day = |text: &str| text.parse().unwrap();
        assert!(month_of(&settings, day("2026-10-31")).unwrap().closed);
        let open = first_open(&settings, day("2026-03-01")).unwrap();
        assert_eq!((&*open.name, open.closed), ("Nov 2026", false));
        assert_eq!(month(&settings, &open.id.to_string()), Some(open));
    }
}
