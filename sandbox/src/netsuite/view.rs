//! Plain views of what the account holds, for tests and the demo.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;

use super::document::{self, Fields};
use super::kind::Kind;
use super::record::{read, status};
use super::state::{Record, State};

/// A transaction of any type. Money is in the transaction's currency.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Transaction {
    pub id: u64,
    pub kind: Kind,
    pub external_id: Option<String>,
    pub number: String,
    /// The letter SuiteQL shows.
    pub status: String,
    pub customer: Option<u64>,
    /// ISO 4217.
    pub currency: String,
    pub date: Option<NaiveDate>,
    pub created: DateTime<Utc>,
    pub modified: DateTime<Utc>,
    pub other_ref_num: Option<String>,
    pub memo: Option<String>,
    /// The transaction it was made from.
    pub created_from: Option<u64>,
    /// The order a deposit is for.
    pub sales_order: Option<u64>,
    pub location: Option<String>,
    pub lines: Vec<Line>,
    pub tax_rows: Vec<TaxRow>,
    pub subtotal: Decimal,
    pub discount: Decimal,
    pub shipping: Decimal,
    pub tax: Decimal,
    pub total: Decimal,
    /// What is unpaid, unapplied or unrefunded.
    pub open: Decimal,
    /// Document → amount, of the apply and deposit lists.
    pub applied: Vec<(u64, Decimal)>,
    /// Every field under its REST name, sublists as arrays.
    pub fields: Value,
}

/// An item line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    pub line: u64,
    pub item: u64,
    /// The item's name: the SKU.
    pub item_id: String,
    /// `InvtPart`, `Discount`, …
    pub item_type: String,
    /// 0 on a discount line.
    pub quantity: Decimal,
    pub rate: Decimal,
    pub amount: Decimal,
    pub location: Option<String>,
    pub closed: bool,
    pub fulfilled: Decimal,
    pub billed: Decimal,
    pub committed: Decimal,
    pub tax_reference: Option<String>,
    pub fields: Value,
}

/// A row of the tax details.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaxRow {
    pub reference: String,
    pub code: Option<String>,
    pub basis: Decimal,
    pub rate: Decimal,
    pub amount: Decimal,
}

/// A customer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Customer {
    pub id: u64,
    pub external_id: Option<String>,
    /// The name, unique in the account.
    pub entity_id: String,
    pub email: Option<String>,
    pub is_person: bool,
    pub inactive: bool,
    pub subsidiary: Option<String>,
    pub currency: String,
    pub addresses: usize,
    pub fields: Value,
}

/// Stock of one item at one location.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stock {
    pub item: u64,
    pub location: String,
    pub on_hand: Decimal,
    pub committed: Decimal,
    pub available: Decimal,
}

fn money(fields: &Fields, name: &str) -> Decimal {
    document::decimal(fields, name).unwrap_or_default()
}

fn owned(fields: &Fields, name: &str) -> Option<String> {
    document::text(fields, name).map(Into::into)
}

#[expect(clippy::too_many_lines, reason = "one line a field")]
pub(crate) fn transaction(state: &State, record: &Record) -> Transaction {
    let fields = read::complete(state, record);
    let lists = ["apply", "credit", "deposit"];
    let applied = lists
        .iter()
        .flat_map(|list| document::lines(&record.fields, list));
    let applied = applied.filter_map(|line| {
        Some((
            document::record_id(line, "doc")?,
            document::decimal(line, "amount")?,
        ))
    });
    let own_total = if fields.contains_key("total") {
        "total"
    } else {
        "payment"
    };
    Transaction {
        id: record.id,
        kind: record.kind,
        external_id: record.external_id().map(Into::into),
        number: record.name(),
        status: status::letter(state, record).into(),
        customer: record.customer(),
        currency: state
            .currency(record.currency())
            .map(|currency| currency.code.clone())
            .unwrap_or_default(),
        date: document::date(&fields, "tranDate"),
        created: record.created,
        modified: record.modified,
        other_ref_num: owned(&fields, "otherRefNum"),
        memo: owned(&fields, "memo"),
        created_from: record.created_from(),
        sales_order: document::record_id(&fields, "salesOrder"),
        location: document::id(&fields, "location").map(Into::into),
        lines: document::lines(&fields, "item")
            .into_iter()
            .map(|line| of_line(state, line))
            .collect(),
        tax_rows: document::lines(&fields, "taxDetails")
            .into_iter()
            .map(tax_row)
            .collect(),
        subtotal: money(&fields, "subtotal"),
        discount: money(&fields, "discountTotal"),
        shipping: money(&fields, "shippingCost"),
        tax: money(&fields, "taxTotal"),
        total: money(&fields, own_total),
        open: status::open_amount(state, record),
        applied: applied.collect(),
        fields: Value::Object(fields),
    }
}

fn of_line(state: &State, line: &Fields) -> Line {
    let item = document::record_id(line, "item").unwrap_or_default();
    let record = state.item(item);
    Line {
        line: document::line_id(line).unwrap_or_default(),
        item,
        item_id: record.map(Record::name).unwrap_or_default(),
        item_type: record
            .map(|record| record.kind.type_code().to_owned())
            .unwrap_or_default(),
        quantity: money(line, "quantity"),
        rate: money(line, "rate"),
        amount: money(line, "amount"),
        location: document::id(line, "location").map(Into::into),
        closed: document::flag(line, "isClosed"),
        fulfilled: money(line, "quantityFulfilled"),
        billed: money(line, "quantityBilled"),
        committed: money(line, "quantityCommitted"),
        tax_reference: owned(line, "taxDetailsReference"),
        fields: Value::Object(line.clone()),
    }
}

fn tax_row(row: &Fields) -> TaxRow {
    TaxRow {
        reference: owned(row, "taxDetailsReference").unwrap_or_default(),
        code: document::id(row, "taxCode").map(Into::into),
        basis: money(row, "taxBasis"),
        rate: money(row, "taxRate"),
        amount: money(row, "taxAmount"),
    }
}

pub(crate) fn customer(state: &State, record: &Record) -> Customer {
    let fields = &record.fields;
    Customer {
        id: record.id,
        external_id: record.external_id().map(Into::into),
        entity_id: record.name(),
        email: owned(fields, "email"),
        is_person: document::flag(fields, "isPerson"),
        inactive: document::flag(fields, "isInactive"),
        subsidiary: document::id(fields, "subsidiary").map(Into::into),
        currency: state
            .currency(record.currency())
            .map(|currency| currency.code.clone())
            .unwrap_or_default(),
        addresses: document::lines(fields, "addressBook").len(),
        fields: Value::Object(read::complete(state, record)),
    }
}

pub(crate) fn stock(state: &State) -> Vec<Stock> {
    let level = |(place, level): (&super::stock::Place, &super::stock::Level)| Stock {
        item: place.0,
        location: place.1.clone(),
        on_hand: level.on_hand,
        committed: level.committed,
        available: level.available(),
    };
    state.stock.levels.iter().map(level).collect()
}
