//! One reading of an order: all of its pages are of the version that its head has, or it ends.

use chrono::{DateTime, Utc};
use cynic::Operation;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Client;
use super::order_query::PageInfo;
use super::order_reading::Basis;
use super::transport::Ask;
use crate::journal::Journal;
use crate::remote::Error;

/// What all pages of one reading have in common.
pub(super) struct Reading<'a> {
    pub(super) client: &'a Client,
    pub(super) journal: &'a Journal,
    pub(super) ask: &'a Ask,
    pub(super) basis: Basis,
    /// The head's `updatedAt`.
    pub(super) version: DateTime<Utc>,
}

/// Why a reading ended before it was whole.
pub(super) enum Stopped {
    /// The order changed between two pages.
    Moved,
    Failed(Error),
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Reading<'_> {
    pub(super) async fn run<Q, V>(&self, operation: &Operation<Q, V>) -> Result<Q, Stopped>
    where
        Q: DeserializeOwned,
        V: Serialize,
    {
        let transport = &self.client.transport;
        Ok(transport.run(self.journal, self.ask, operation).await?)
    }

    /// The page, if it is there and of the head's version.
    pub(super) fn same<T>(
        &self,
        page: Option<T>,
        version: impl Fn(&T) -> DateTime<Utc>,
    ) -> Result<T, Stopped> {
        page.filter(|page| version(page) == self.version)
            .ok_or(Stopped::Moved)
    }

    pub(super) fn readable<T>(&self, read: Result<T, String>) -> Result<T, Stopped> {
        read.map_err(|reason| self.unreadable(reason))
    }

    pub(super) fn unreadable(&self, reason: impl Into<String>) -> Stopped {
        Stopped::Failed(self.ask.unreadable(reason))
    }
}

/// How far a connection is read.
#[derive(Debug, Clone)]
pub(super) struct Place {
    after: Option<String>,
    more: bool,
}

impl Place {
    pub(super) fn start() -> Self {
        Self {
            after: None,
            more: true,
        }
    }

    /// Behind the last entry that was read, so that a connection that is at its end, asked for again
    /// beside another that is not, gives nothing twice.
    pub(super) fn after(&self) -> Option<String> {
        self.after.clone()
    }

    pub(super) fn more(&self) -> bool {
        self.more
    }

    /// Goes to the end of a page that was read.
    pub(super) fn pass(&mut self, page: &PageInfo) -> Result<(), String> {
        self.more = page.has_next_page;
        let stands = page.end_cursor.is_none() || page.end_cursor == self.after;
        if self.more && stands {
            return Err(
                "a page that is not the last one and does not say where it ends".to_owned(),
            );
        }
        if page.end_cursor.is_some() {
            self.after.clone_from(&page.end_cursor);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(has_next_page: bool, end: Option<&str>) -> PageInfo {
        PageInfo {
            has_next_page,
            end_cursor: end.map(str::to_owned),
        }
    }

    #[test]
    fn a_connection_at_its_end_stays_there() {
        let mut place = Place::start();
        assert_eq!(place.pass(&page(true, Some("a"))), Ok(()));
        assert_eq!((place.after().as_deref(), place.more()), (Some("a"), true));
        assert_eq!(place.pass(&page(false, Some("b"))), Ok(()));
        assert_eq!(place.pass(&page(false, None)), Ok(()));
        assert_eq!((place.after().as_deref(), place.more()), (Some("b"), false));
    }

    #[test]
    fn a_page_that_leads_nowhere_is_no_endless_loop() {
        let mut place = Place::start();
        assert!(place.pass(&page(true, None)).is_err());
        assert_eq!(place.pass(&page(true, Some("a"))), Ok(()));
        assert!(place.pass(&page(true, Some("a"))).is_err());
    }
}
