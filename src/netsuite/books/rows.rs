//! The documents of a chain with their lines, in one query, and what its rows mean.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::super::Client;
use super::super::suiteql::{is_true, marks};
use super::chain::Chain;
use super::{BookDocument, BookLine, LineKind};
use crate::journal::Journal;
use crate::link::{ExternalId, InternalId};
use crate::remote::{Call, Error, Outcome};

/// How many documents one query carries.
const CHUNK: usize = 250;

/// Times as text that sorts; the same everywhere in these books.
pub(super) const MODIFIED: &str = "TO_CHAR(t.lastmodifieddate, 'YYYY-MM-DD\"T\"HH24:MI:SS')";

/// A line, with its document's own columns repeated.
#[derive(Deserialize)]
struct Row {
    id: String,
    recordtype: Option<String>,
    externalid: Option<String>,
    tranid: Option<String>,
    status: Option<String>,
    day: Option<String>,
    foreigntotal: Option<String>,
    unpaid: Option<String>,
    unused: Option<String>,
    modified: Option<String>,
    line: String,
    mainline: Option<String>,
    taxline: Option<String>,
    linekey: Option<String>,
    itemtype: Option<String>,
    item: Option<String>,
    quantity: Option<String>,
    done: Option<String>,
    billed: Option<String>,
    isclosed: Option<String>,
    amount: Option<String>,
    location: Option<String>,
    createdfrom: Option<String>,
}

impl Client {
    /// The documents of a chain, the order first.
    pub(super) async fn documents(
        &self,
        journal: &Journal,
        order: &InternalId,
        chain: &Chain,
    ) -> Result<Vec<BookDocument>, Error> {
        let ids: Vec<&str> = chain.ids.iter().map(String::as_str).collect();
        let mut documents = BTreeMap::new();
        for chunk in ids.chunks(CHUNK) {
            let query = format!(
                "SELECT t.id, t.recordtype, t.externalid, t.tranid, t.status, \
                 TO_CHAR(t.trandate, 'YYYY-MM-DD') AS day, t.foreigntotal, \
                 t.foreignamountunpaid AS unpaid, t.foreignpaymentamountunused AS unused, \
                 {MODIFIED} AS modified, \
                 tl.id AS line, tl.mainline, tl.taxline, tl.custcol_waybill_line AS linekey, \
                 tl.itemtype, tl.item, tl.quantity, tl.quantityshiprecv AS done, \
                 tl.quantitybilled AS billed, tl.isclosed, tl.foreignamount AS amount, \
                 tl.location, tl.createdfrom \
                 FROM transaction t JOIN transactionline tl ON tl.transaction = t.id \
                 WHERE t.id IN ({}) ORDER BY t.id, tl.id",
                marks(chunk.len())
            );
            let rows: Vec<Row> = self.suiteql(journal, "books", &query, chunk).await?;
            for row in rows {
                let key = (row.id != order.0, number(&row.id)?);
                let document = match documents.entry(key) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(new) => new.insert(document(&row, chain)?),
                };
                add(document, row, chain)?;
            }
        }
        Ok(documents.into_values().collect())
    }
}

fn document(row: &Row, chain: &Chain) -> Result<BookDocument, Error> {
    let sources = chain.sources.get(&row.id).into_iter().flatten();
    let record = row.recordtype.clone().unwrap_or_default().to_lowercase();
    let open = match &*record {
        "invoice" => decimal(row.unpaid.as_deref())?,
        "customerdeposit" | "customerpayment" | "creditmemo" => decimal(row.unused.as_deref())?,
        _ => Decimal::ZERO,
    };
    Ok(BookDocument {
        id: InternalId(row.id.clone()),
        record,
        external_id: row.externalid.clone().map(ExternalId),
        number: row.tranid.clone(),
        status: row.status.clone(),
        date: row.day.as_deref().map(day).transpose()?,
        total: decimal(row.foreigntotal.as_deref())?.abs(),
        open: open.abs(),
        created_from: sources.cloned().map(InternalId).collect(),
        lines: Vec::new(),
        modified: row.modified.clone(),
    })
}

/// Adds a row's line, and what it says its document was made from.
fn add(document: &mut BookDocument, row: Row, chain: &Chain) -> Result<(), Error> {
    let source = row.createdfrom.filter(|source| chain.ids.contains(source));
    if let Some(source) = source.map(InternalId)
        && !document.created_from.contains(&source)
    {
        document.created_from.push(source);
    }
    if is_true(row.mainline.as_deref()) {
        return Ok(());
    }
    let kind = match row.itemtype.as_deref() {
        _ if is_true(row.taxline.as_deref()) => LineKind::Tax,
        Some("TaxItem" | "TaxGroup") => LineKind::Tax,
        Some("ShipItem") => LineKind::Shipping,
        Some(_) | None => LineKind::Item,
    };
    let ships = matches!(
        row.itemtype.as_deref(),
        Some("InvtPart" | "Assembly" | "Kit" | "NonInvtPart")
    );
    document.lines.push(BookLine {
        line: number(&row.line)?,
        key: row.linekey,
        kind,
        ships,
        item: row.item.map(InternalId),
        quantity: decimal(row.quantity.as_deref())?.abs(),
        fulfilled: decimal(row.done.as_deref())?.abs(),
        billed: decimal(row.billed.as_deref())?.abs(),
        closed: is_true(row.isclosed.as_deref()),
        amount: decimal(row.amount.as_deref())? * sign(&document.record),
        location: row.location.map(InternalId),
    });
    Ok(())
}

/// What turns the ledger's sign of a line into ours: a sale credits income, a credit debits it.
fn sign(record: &str) -> Decimal {
    match record {
        "salesorder" | "invoice" | "cashsale" => Decimal::NEGATIVE_ONE,
        "returnauthorization" | "creditmemo" | "cashrefund" => Decimal::ONE,
        _ => Decimal::ZERO,
    }
}

/// Zero where the column is null.
pub(super) fn decimal(text: Option<&str>) -> Result<Decimal, Error> {
    text.map_or(Ok(Decimal::ZERO), |text| {
        text.parse().map_err(|_| unreadable("an amount"))
    })
}

fn number(text: &str) -> Result<u64, Error> {
    text.parse().map_err(|_| unreadable("an id"))
}

fn day(text: &str) -> Result<NaiveDate, Error> {
    text.parse().map_err(|_| unreadable("a date"))
}

fn unreadable(what: &str) -> Error {
    Error::Unreadable {
        call: Call("POST netsuite suiteql books".to_owned()),
        reason: format!("{what} is not in its form"),
        outcome: Outcome::NotDone,
    }
}
