//! One value of a query: compared as Oracle compares, printed as NetSuite prints.

use std::cmp::Ordering;

use chrono::{NaiveDate, NaiveDateTime};
use rust_decimal::Decimal;

use super::Fault;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Null,
    Number(Decimal),
    Text(String),
    /// Local time of the API user.
    Time(NaiveDateTime),
}

impl Cell {
    pub(crate) fn number(value: impl Into<Decimal>) -> Self {
        Cell::Number(value.into())
    }

    /// Text; as in Oracle the empty text is NULL.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() {
            Cell::Null
        } else {
            Cell::Text(text)
        }
    }

    pub(crate) fn flag(value: bool) -> Self {
        Cell::Text(if value { "T" } else { "F" }.into())
    }

    pub(crate) fn day(day: Option<NaiveDate>) -> Self {
        day.and_then(|day| day.and_hms_opt(0, 0, 0))
            .map_or(Cell::Null, Cell::Time)
    }

    pub(crate) fn is_null(&self) -> bool {
        *self == Cell::Null
    }

    /// As a row shows it; `None` for NULL, whose column is absent. Dates are in the user's format.
    pub(crate) fn printed(&self) -> Option<String> {
        match self {
            Cell::Null => None,
            Cell::Number(number) => Some(number.normalize().to_string()),
            Cell::Text(text) => Some(text.clone()),
            Cell::Time(time) => Some(time.format("%-m/%-d/%Y").to_string()),
        }
    }

    /// A key that is equal for cells that compare equal.
    pub(crate) fn key(&self) -> String {
        match self {
            Cell::Time(time) => time.to_string(),
            Cell::Null | Cell::Number(_) | Cell::Text(_) => self.printed().unwrap_or_default(),
        }
    }

    /// As a number; Oracle converts text when it must.
    ///
    /// # Errors
    ///
    /// Text that is no number.
    pub(crate) fn as_number(&self) -> Result<Option<Decimal>, Fault> {
        match self {
            Cell::Null => Ok(None),
            Cell::Number(number) => Ok(Some(*number)),
            Cell::Text(text) => text
                .trim()
                .parse()
                .map(Some)
                .map_err(|_| Fault::Unsupported),
            Cell::Time(_) => Err(Fault::Unsupported),
        }
    }

    pub(crate) fn as_text(&self) -> Option<String> {
        self.printed()
    }

    /// As a time; bare text must be in the user's date format.
    ///
    /// # Errors
    ///
    /// Text that is no such date.
    pub(crate) fn as_time(&self) -> Result<Option<NaiveDateTime>, Fault> {
        match self {
            Cell::Null => Ok(None),
            Cell::Time(time) => Ok(Some(*time)),
            Cell::Text(text) => {
                let day =
                    NaiveDate::parse_from_str(text, "%m/%d/%Y").map_err(|_| Fault::Unsupported)?;
                Ok(day.and_hms_opt(0, 0, 0))
            }
            Cell::Number(_) => Err(Fault::Unsupported),
        }
    }

    /// Compares; `None` when either is NULL.
    ///
    /// # Errors
    ///
    /// Values that cannot be compared.
    pub(crate) fn compare(&self, other: &Cell) -> Result<Option<Ordering>, Fault> {
        let ordering = match (self, other) {
            (Cell::Null, _) | (_, Cell::Null) => None,
            (Cell::Time(_), _) | (_, Cell::Time(_)) => self
                .as_time()?
                .zip(other.as_time()?)
                .map(|(one, two)| one.cmp(&two)),
            (Cell::Number(_), _) | (_, Cell::Number(_)) => self
                .as_number()?
                .zip(other.as_number()?)
                .map(|(one, two)| one.cmp(&two)),
            (Cell::Text(one), Cell::Text(two)) => Some(one.cmp(two)),
        };
        Ok(ordering)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_text_is_null_and_equals_nothing() {
        assert!(Cell::text("").is_null());
        assert_eq!(Cell::text("").compare(&Cell::text("")), Ok(None));
    }

    #[test]
    fn a_number_compares_with_text_that_is_one_and_with_no_other() {
        let seven = Cell::number(7_u32);
        assert_eq!(seven.compare(&Cell::text("007")), Ok(Some(Ordering::Equal)));
        assert_eq!(seven.compare(&Cell::text("MUG")), Err(Fault::Unsupported));
    }

    #[test]
    fn a_date_is_printed_without_zeros_in_front() {
        let day = Cell::day(NaiveDate::from_ymd_opt(2025, 8, 5));
        assert_eq!(day.printed(), Some("8/5/2025".into()));
        assert_eq!(
            day.compare(&Cell::text("8/5/2025")),
            Ok(Some(Ordering::Equal))
        );
    }
}
