//! What a system told us: an [`Event`], and the [`Document`] it is about.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};

/// Who told us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Shopify,
    Netsuite,
    /// A sweep found it.
    Sweep,
    /// A person asked for it.
    Operator,
    /// A pass of ours changed something that it lives on.
    Waybill,
}

impl Source {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shopify => "shopify",
            Self::Netsuite => "netsuite",
            Self::Sweep => "sweep",
            Self::Operator => "operator",
            Self::Waybill => "waybill",
        }
    }
}

/// The kinds of document. Refund, return and cancel are parts of an order, not kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Order,
    Fulfillment,
    Customer,
    Item,
    Product,
    /// A return whose event does not name its order.
    Return,
    Receipt,
    Shop,
    /// A data request or an erasure: an act, not a state.
    Privacy,
    /// Signed, but not understood.
    Unreadable,
}

impl Kind {
    pub const ALL: [Self; 10] = [
        Self::Order,
        Self::Fulfillment,
        Self::Customer,
        Self::Item,
        Self::Product,
        Self::Return,
        Self::Receipt,
        Self::Shop,
        Self::Privacy,
        Self::Unreadable,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Fulfillment => "fulfillment",
            Self::Customer => "customer",
            Self::Item => "item",
            Self::Product => "product",
            Self::Return => "return",
            Self::Receipt => "receipt",
            Self::Shop => "shop",
            Self::Privacy => "privacy",
            Self::Unreadable => "unreadable",
        }
    }
}

/// Which document is done first when several are due. Lower is sooner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Priority {
    /// Money going back: refunds and cancellations of an order.
    MoneyBack,
    Order,
    Fulfillment,
    Customer,
    Item,
    Backfill,
}

impl Priority {
    pub const ALL: [Self; 6] = [
        Self::MoneyBack,
        Self::Order,
        Self::Fulfillment,
        Self::Customer,
        Self::Item,
        Self::Backfill,
    ];

    #[must_use]
    pub fn as_i16(self) -> i16 {
        match self {
            Self::MoneyBack => 0,
            Self::Order => 1,
            Self::Fulfillment => 2,
            Self::Customer => 3,
            Self::Item => 4,
            Self::Backfill => 9,
        }
    }

    #[must_use]
    pub fn of(kind: Kind) -> Self {
        match kind {
            Kind::Order | Kind::Return | Kind::Privacy | Kind::Unreadable | Kind::Shop => {
                Self::Order
            }
            Kind::Fulfillment | Kind::Receipt => Self::Fulfillment,
            Kind::Customer => Self::Customer,
            Kind::Item | Kind::Product => Self::Item,
        }
    }
}

/// The business thing an event is about, written `kind/owner/id`: `order/us/5123`, `fulfillment/netsuite/881`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Document {
    pub kind: Kind,
    /// The store's name, or `netsuite`.
    pub owner: String,
    pub id: String,
}

/// The owner of documents that live in NetSuite.
pub const NETSUITE: &str = "netsuite";

impl Document {
    #[must_use]
    pub fn new(kind: Kind, owner: impl Into<String>, id: impl fmt::Display) -> Self {
        Self {
            kind,
            owner: owner.into(),
            id: id.to_string(),
        }
    }
}

/// What the id of a company's document begins with: its records are customers.
const COMPANY: &str = "company-";

impl Document {
    /// A Shopify company with all of its locations: one document among the customers.
    #[must_use]
    pub fn company(store: &str, company: u64) -> Self {
        Self::new(Kind::Customer, store, format!("{COMPANY}{company}"))
    }

    /// The company that it stands for, if it is a company's.
    #[must_use]
    pub fn as_company(&self) -> Option<u64> {
        let id = self.id.strip_prefix(COMPANY)?;
        id.parse().ok().filter(|_| self.kind == Kind::Customer)
    }
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.kind.as_str(), self.owner, self.id)
    }
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A text that names no document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a document: write kind/owner/id, for example order/us/5123")]
pub struct NotADocument(String);

impl FromStr for Document {
    type Err = NotADocument;

    fn from_str(text: &str) -> Result<Self, NotADocument> {
        let unread = || NotADocument(text.chars().take(80).collect());
        let mut parts = text.splitn(3, '/');
        let (Some(kind), Some(owner), Some(id)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(unread());
        };
        let kind = Kind::ALL
            .into_iter()
            .find(|k| k.as_str() == kind)
            .ok_or_else(unread)?;
        if owner.is_empty() || id.is_empty() {
            return Err(unread());
        }
        Ok(Self::new(kind, owner, id))
    }
}

/// What a system told us. Never changes once stored; its body's bytes may be erased.
#[derive(Debug, Clone)]
pub struct Event {
    pub source: Source,
    /// The store's name, or `netsuite`.
    pub store: String,
    pub topic: String,
    /// Unique per store: the same id again is the same event.
    pub delivery_id: String,
    pub document: Document,
    pub priority: Priority,
    /// The document's `updated_at` as the event gives it; a read older than this is too early.
    pub version: Option<DateTime<Utc>>,
    /// The bytes as they came. Empty for sweeps and operators.
    pub body: Vec<u8>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_reads_back_as_it_is_written() {
        for text in [
            "order/us/5123",
            "fulfillment/netsuite/881",
            "unreadable/us/a/b",
        ] {
            assert_eq!(
                text.parse::<Document>().map(|d| d.to_string()).as_deref(),
                Ok(text)
            );
        }
        for text in ["order/us", "order//1", "orders/us/1", "order/us/"] {
            assert!(text.parse::<Document>().is_err(), "{text}");
        }
    }
}
