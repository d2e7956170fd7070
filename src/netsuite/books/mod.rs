//! The books of an order: every document NetSuite holds about it, whoever made it, in two to four queries.

mod chain;
mod rows;
mod states;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::Client;
use crate::journal::Journal;
use crate::link::{ExternalId, InternalId};
use crate::remote::Error;
pub use states::{Ended, OrderState};

/// Everything NetSuite holds about one order as it is now: the sales order (or cash sale) first, then
/// every document made from it, directly or over another (invoice, item fulfillment, return
/// authorization, item receipt, credit memo, cash refund), and the money documents of its deposits
/// (customer deposit, deposit application, customer refund).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Books {
    /// The order first, the others by id: older ones before what was made from them.
    pub documents: Vec<BookDocument>,
}

/// One transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookDocument {
    pub id: InternalId,
    /// `salesorder`, `invoice`, `customerdeposit`, …: lower case.
    pub record: String,
    pub external_id: Option<ExternalId>,
    /// What people call it: `SO1042`.
    pub number: Option<String>,
    /// SuiteQL's status letter.
    pub status: Option<String>,
    pub date: Option<NaiveDate>,
    /// In the transaction's currency, without a sign. An item fulfillment or receipt has none: zero.
    pub total: Decimal,
    /// An invoice's unpaid amount; what is left of a customer deposit, customer payment or credit memo
    /// after applications and refunds; else zero. In the transaction's currency, without a sign.
    ///
    /// Read from `foreignamountunpaid` and `foreignpaymentamountunused`: the second is in public code
    /// that runs against real accounts, and in no page of Oracle's that we have.
    pub open: Decimal,
    /// What it was made from, is for, or is applied to: a deposit's sales order, a deposit
    /// application's deposit and invoices, a refund's credit memos and deposits. Only documents of
    /// these books.
    pub created_from: Vec<InternalId>,
    /// Without lines: money documents.
    pub lines: Vec<BookLine>,
    /// When it was changed last; later is greater. In the time zone of our NetSuite user.
    pub modified: Option<String>,
}

/// What a line of a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    Item,
    Shipping,
    Tax,
}

/// One line of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookLine {
    /// The transaction line id: `line` in a change, `orderLine` in a transform.
    pub line: u64,
    /// Our key of the line (`custcol_waybill_line`); none on a line that a person entered.
    pub key: Option<String>,
    pub kind: LineKind,
    /// Whether it is billed by what was shipped; charges, services and discounts are billed at any time.
    pub ships: bool,
    /// The item; on a shipping line the ship item.
    pub item: Option<InternalId>,
    /// Without a sign; zero on a line that has none (discount, shipping, tax).
    pub quantity: Decimal,
    /// Units shipped (of an order) or received (of a return authorization).
    pub fulfilled: Decimal,
    /// Units billed (of an order) or credited (of a return authorization).
    pub billed: Decimal,
    pub closed: bool,
    /// In the transaction's currency: positive for what is sold or credited, negative for a discount.
    /// Zero on the lines of an item fulfillment or receipt.
    pub amount: Decimal,
    pub location: Option<InternalId>,
}

impl Books {
    /// The order itself; none when NetSuite does not hold it (any more).
    #[must_use]
    pub fn order(&self) -> Option<&BookDocument> {
        let is_order =
            |document: &&BookDocument| matches!(&*document.record, "salesorder" | "cashsale");
        self.documents.first().filter(is_order)
    }

    /// The documents of one record type (`invoice`), oldest first.
    pub fn of<'a>(&'a self, record: &'a str) -> impl Iterator<Item = &'a BookDocument> {
        let is_of = move |document: &&BookDocument| document.record == record;
        self.documents.iter().filter(is_of)
    }

    /// The document that carries our external id.
    #[must_use]
    pub fn by_external_id(&self, key: &ExternalId) -> Option<&BookDocument> {
        let is_it = |document: &&BookDocument| document.external_id.as_ref() == Some(key);
        self.documents.iter().find(is_it)
    }
}

impl Client {
    /// The books of `order` as they are now. `money` are deposits and refunds that our links know:
    /// they are in the books even where NetSuite links them to nothing of the order.
    ///
    /// Two queries where nothing was returned, three or four after returns; each thousand lines costs
    /// one more.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a SuiteQL read.
    pub async fn books(
        &self,
        journal: &Journal,
        order: &InternalId,
        money: &[InternalId],
    ) -> Result<Books, Error> {
        let chain = self.chain(journal, order, money).await?;
        let documents = self.documents(journal, order, &chain).await?;
        Ok(Books { documents })
    }
}
