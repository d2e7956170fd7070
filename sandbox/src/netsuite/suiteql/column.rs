//! What a column of a row holds.
//!
//! Signs, as far as sources tell: a sale's lines are negative and its head is positive; credits the other
//! way round. `foreigntotal` positive for orders, invoices, cash sales, deposits and payments is an assumption.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::cell::Cell;
use super::tables::{Link, Row, Table, id_cell};
use crate::netsuite::document::{self, Fields};
use crate::netsuite::kind::{Class, Kind};
use crate::netsuite::record::{read, status};
use crate::netsuite::state::{Record, State};

/// A line of a transaction: its head, an item line, shipping, or tax.
#[derive(Debug, Clone)]
pub(crate) struct Line<'a> {
    record: &'a Record,
    fields: Option<&'a Fields>,
    part: Part,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Head,
    Item,
    Shipping,
    Tax,
}

/// Line ids of what is no line of the document.
const SHIPPING_LINE: u64 = 90_001;
const TAX_LINE: u64 = 90_002;

pub(crate) fn lines<'a>(_state: &State, record: &'a Record) -> Vec<Line<'a>> {
    let part = |part| Line {
        record,
        fields: None,
        part,
    };
    let mut lines = vec![part(Part::Head)];
    lines.extend(
        document::lines(&record.fields, "item")
            .into_iter()
            .map(|fields| Line {
                record,
                fields: Some(fields),
                part: Part::Item,
            }),
    );
    let some =
        |name| document::decimal(&record.fields, name).is_some_and(|amount| !amount.is_zero());
    if some("shippingCost") {
        lines.push(part(Part::Shipping));
    }
    if some("taxTotal") {
        lines.push(part(Part::Tax));
    }
    lines
}

/// The value of a column that the table has.
pub(crate) fn cell(state: &State, table: Table, row: &Row<'_>, name: &str) -> Cell {
    match row {
        Row::Record(record) if name.starts_with("cust") => custom(&record.fields, name),
        Row::Record(record) => match record.kind.class() {
            Class::Item => item(state, record, name),
            Class::Entity => customer(state, record, name),
            Class::Transaction => transaction(state, record, name),
        },
        Row::Line(line) => of_line(state, line, name),
        Row::Link(link) => of_link(link, name),
        Row::Stock((item, location), level) => match name {
            "item" => Cell::number(*item),
            "location" => id_cell(location),
            "quantityavailable" => Cell::Number(level.available()),
            "quantityonhand" => Cell::Number(level.on_hand),
            "quantitycommitted" => Cell::Number(level.committed),
            _ => time(state, level.changed),
        },
        Row::Address(customer, line) => of_address(*customer, line, name),
        Row::Tracking {
            id,
            transaction,
            number,
        } => match (table, name) {
            (Table::TrackingNumberMap, "transaction") => Cell::number(*transaction),
            (Table::TrackingNumber, "trackingnumber") => Cell::text(number),
            (_, _) => Cell::number(*id),
        },
        Row::Listed(cells) => {
            let at = table.columns().iter().position(|column| *column == name);
            at.and_then(|at| cells.get(at))
                .cloned()
                .unwrap_or(Cell::Null)
        }
    }
}

fn time(state: &State, time: DateTime<Utc>) -> Cell {
    Cell::Time(time.with_timezone(&state.time_zone()).naive_local())
}

fn text(fields: &Fields, name: &str) -> Cell {
    document::text(fields, name).map_or(Cell::Null, Cell::text)
}

fn reference(fields: &Fields, name: &str) -> Cell {
    document::id(fields, name).map_or(Cell::Null, id_cell)
}

fn amount(fields: &Fields, name: &str) -> Cell {
    document::decimal(fields, name).map_or(Cell::Null, Cell::Number)
}

fn custom(fields: &Fields, name: &str) -> Cell {
    let Some(value) = fields.get(name) else {
        return Cell::Null;
    };
    match (value.as_str(), value.as_bool(), document::as_decimal(value)) {
        (Some(text), _, _) => Cell::text(text),
        (None, Some(flag), _) => Cell::flag(flag),
        (None, None, Some(number)) => Cell::Number(number),
        (None, None, None) => reference(fields, name),
    }
}

fn item(state: &State, record: &Record, name: &str) -> Cell {
    match name {
        "id" => Cell::number(record.id),
        "itemid" | "fullname" => text(&record.fields, "itemId"),
        "displayname" => text(&record.fields, "displayName"),
        "upccode" => text(&record.fields, "upcCode"),
        "externalid" => text(&record.fields, "externalId"),
        "itemtype" => Cell::text(record.kind.type_code()),
        "isinactive" => Cell::flag(document::flag(&record.fields, "isInactive")),
        "description" => text(&record.fields, "salesDescription"),
        "createddate" => time(state, record.created),
        "lastmodifieddate" => time(state, record.modified),
        _ => Cell::Null,
    }
}

fn customer(state: &State, record: &Record, name: &str) -> Cell {
    let fields = &record.fields;
    match name {
        "id" => Cell::number(record.id),
        "entityid" => text(fields, "entityId"),
        "altname" if document::flag(fields, "isPerson") => {
            let part = |name| document::text(fields, name).unwrap_or_default();
            Cell::text(format!("{} {}", part("firstName"), part("lastName")).trim())
        }
        "altname" | "companyname" => text(fields, "companyName"),
        "email" => text(fields, "email"),
        "phone" => text(fields, "phone"),
        "firstname" => text(fields, "firstName"),
        "lastname" => text(fields, "lastName"),
        "isperson" => Cell::flag(document::flag(fields, "isPerson")),
        "isinactive" => Cell::flag(document::flag(fields, "isInactive")),
        "subsidiary" => reference(fields, "subsidiary"),
        "currency" => reference(fields, "currency"),
        "externalid" => text(fields, "externalId"),
        "terms" => reference(fields, "terms"),
        "searchstage" => Cell::text("Customer"),
        "datecreated" => time(state, record.created),
        "lastmodifieddate" => time(state, record.modified),
        _ => Cell::Null,
    }
}

fn is_credit(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::CreditMemo | Kind::CashRefund | Kind::ReturnAuthorization | Kind::CustomerRefund
    )
}

fn transaction(state: &State, record: &Record, name: &str) -> Cell {
    let fields = &record.fields;
    match name {
        "id" => Cell::number(record.id),
        "tranid" | "transactionnumber" => text(fields, "tranId"),
        "externalid" => text(fields, "externalId"),
        "type" => Cell::text(record.kind.type_code()),
        "recordtype" => Cell::text(record.kind.rest_name().to_lowercase()),
        "abbrevtype" => Cell::text(record.kind.number_prefix()),
        "status" => Cell::text(status::letter(state, record)),
        "trandate" => Cell::day(document::date(fields, "tranDate")),
        "shipdate" => Cell::day(document::date(fields, "shipDate")),
        "duedate" => Cell::day(document::date(fields, "dueDate")),
        "createddate" => time(state, record.created),
        "lastmodifieddate" => time(state, record.modified),
        "entity" => record.customer().map_or(Cell::Null, Cell::number),
        "currency" => id_cell(record.currency()),
        "exchangerate" => amount(fields, "exchangeRate"),
        "foreigntotal" if is_credit(record.kind) => Cell::Number(-record.total()),
        "foreigntotal" if fields.contains_key("total") => Cell::Number(record.total()),
        "foreignamountunpaid" if record.kind == Kind::Invoice => {
            Cell::Number(status::open_amount(state, record))
        }
        "otherrefnum" => text(fields, "otherRefNum"),
        "memo" => text(fields, "memo"),
        "email" => text(fields, "email"),
        "voided" => Cell::flag(false),
        "source" => Cell::text(record.source),
        "terms" => reference(fields, "terms"),
        "posting" => Cell::flag(record.kind.posts()),
        _ => Cell::Null,
    }
}

fn of_line(state: &State, line: &Line<'_>, name: &str) -> Cell {
    let header = &line.record.fields;
    let own = |name| {
        line.fields
            .map_or(Cell::Null, |fields| reference(fields, name))
    };
    match name {
        "id" | "linesequencenumber" => Cell::number(match line.part {
            Part::Head => 0,
            Part::Item => line.fields.and_then(document::line_id).unwrap_or_default(),
            Part::Shipping => SHIPPING_LINE,
            Part::Tax => TAX_LINE,
        }),
        "transaction" => Cell::number(line.record.id),
        "mainline" => Cell::flag(line.part == Part::Head),
        "taxline" => Cell::flag(line.part == Part::Tax),
        "subsidiary" => reference(header, "subsidiary"),
        "entity" => line.record.customer().map_or(Cell::Null, Cell::number),
        "createdfrom" => reference(header, "createdFrom"),
        "location" if own("location").is_null() => reference(header, "location"),
        "location" | "department" | "class" => own(name),
        "item" if line.part == Part::Shipping => reference(header, "shipMethod"),
        "item" => own("item"),
        "itemtype" => line_type(state, line),
        "memo" if line.part == Part::Head => text(header, "memo"),
        "memo" => line
            .fields
            .map_or(Cell::Null, |fields| text(fields, "description")),
        "isclosed" => Cell::flag(
            line.fields
                .is_some_and(|fields| document::flag(fields, "isClosed")),
        ),
        "netamount" | "foreignamount" => line_amount(line),
        "quantitycommitted" | "quantitybackordered" => committed(state, line, name),
        _ => line
            .fields
            .map_or(Cell::Null, |fields| of_columns(line, fields, name)),
    }
}

fn of_columns(line: &Line<'_>, fields: &Fields, name: &str) -> Cell {
    // What a sale gives away is negative.
    let sign = if is_credit(line.record.kind) || line.record.kind == Kind::ItemReceipt {
        Decimal::ONE
    } else {
        -Decimal::ONE
    };
    let done = |name| Cell::Number(document::decimal(fields, name).unwrap_or_default());
    match name {
        "uniquekey" => document::text(fields, "lineUniqueKey").map_or(Cell::Null, id_cell),
        "quantity" => document::decimal(fields, "quantity")
            .map_or(Cell::Null, |quantity| Cell::Number(quantity * sign)),
        "rate" => amount(fields, "rate"),
        "quantityshiprecv" if line.record.kind == Kind::ReturnAuthorization => {
            done("quantityReceived")
        }
        "quantityshiprecv" => done("quantityFulfilled"),
        "quantitybilled" => done("quantityBilled"),
        _ => custom(fields, name),
    }
}

fn line_type(state: &State, line: &Line<'_>) -> Cell {
    match line.part {
        Part::Head => Cell::Null,
        Part::Shipping => Cell::text("ShipItem"),
        Part::Tax => Cell::text("TaxItem"),
        Part::Item => {
            let item = line
                .fields
                .and_then(|fields| document::record_id(fields, "item"))
                .and_then(|id| state.item(id));
            item.map_or(Cell::Null, |item| Cell::text(item.kind.type_code()))
        }
    }
}

fn line_amount(line: &Line<'_>) -> Cell {
    let sign = if is_credit(line.record.kind) {
        -Decimal::ONE
    } else {
        Decimal::ONE
    };
    let header = |name| document::decimal(&line.record.fields, name);
    let value = match line.part {
        Part::Head => header("total").map(|total| total * sign),
        Part::Item => line
            .fields
            .and_then(|fields| document::decimal(fields, "amount"))
            .map(|amount| -amount * sign),
        Part::Shipping => header("shippingCost").map(|cost| -cost * sign),
        Part::Tax => header("taxTotal").map(|tax| -tax * sign),
    };
    value.map_or(Cell::Null, Cell::Number)
}

fn committed(state: &State, line: &Line<'_>, name: &str) -> Cell {
    if line.record.kind != Kind::SalesOrder {
        return Cell::Null;
    }
    let column = if name == "quantitycommitted" {
        "quantityCommitted"
    } else {
        "quantityBackOrdered"
    };
    let complete = read::complete(state, line.record);
    let wanted = line.fields.and_then(document::line_id);
    let found = document::lines(&complete, "item")
        .into_iter()
        .find(|fields| document::line_id(fields) == wanted);
    found
        .filter(|_| wanted.is_some())
        .map_or(Cell::Null, |fields| amount(fields, column))
}

fn of_link(link: &Link, name: &str) -> Cell {
    match name {
        "previousdoc" => Cell::number(link.previous.0),
        "previousline" => Cell::number(link.previous.1),
        "previoustype" => Cell::text(link.previous.2.type_code()),
        "nextdoc" => Cell::number(link.next.0),
        "nextline" => Cell::number(link.next.1),
        "nexttype" => Cell::text(link.next.2.type_code()),
        _ => Cell::text(link_type(link)),
    }
}

fn link_type(link: &Link) -> &'static str {
    let (_, line, kind) = link.next;
    match kind.type_code() {
        "ItemShip" | "ItemRcpt" => "ShipRcpt",
        "CustInvc" | "CashSale" => "OrdBill",
        "CustDep" => "OrdDep",
        "DepAppl" => "DepAppl",
        _ if line == 0 => "Payment",
        _ => "SaleRet",
    }
}

fn of_address(customer: u64, line: &Fields, name: &str) -> Cell {
    let id = line
        .get("id")
        .and_then(document::as_decimal)
        .map_or(Cell::Null, Cell::Number);
    let address = line
        .get("addressBookAddress")
        .and_then(serde_json::Value::as_object);
    let part = |name| address.map_or(Cell::Null, |address| text(address, name));
    match name {
        "entity" | "recordowner" => Cell::number(customer),
        "internalid" | "addressbookaddress" | "nkey" => id,
        "label" => text(line, "label"),
        "defaultbilling" => Cell::flag(document::flag(line, "defaultBilling")),
        "defaultshipping" => Cell::flag(document::flag(line, "defaultShipping")),
        "country" => address
            .and_then(|address| document::id(address, "country"))
            .map_or(Cell::Null, Cell::text),
        "addrphone" => part("addrPhone"),
        other => part(other),
    }
}

/// What `BUILTIN.DF` shows for a column.
pub(crate) fn display(state: &State, table: Table, row: &Row<'_>, name: &str) -> Cell {
    if let (Row::Record(record), "status") = (row, name) {
        let words = status::words(record.kind, status::letter(state, record));
        return Cell::text(format!("{} : {words}", spaced(record.kind.rest_name())));
    }
    let value = cell(state, table, row, name);
    let id = value.key();
    let settings = &state.settings;
    let record = |class| {
        id.parse()
            .ok()
            .and_then(|id| state.records.get(&(class, id)))
            .map(Record::name)
    };
    let found = match name {
        "entity" | "customer" => record(Class::Entity),
        "item" => record(Class::Item),
        "transaction" | "createdfrom" | "previousdoc" | "nextdoc" => record(Class::Transaction),
        "currency" => state.currency(&id).map(|entry| entry.code.clone()),
        "location" => settings
            .locations
            .iter()
            .find(|entry| entry.id == id)
            .map(|entry| entry.name.clone()),
        "subsidiary" => settings
            .subsidiaries
            .iter()
            .find(|entry| entry.id == id)
            .map(|entry| entry.name.clone()),
        _ => None,
    };
    found.map_or(value, Cell::text)
}

/// `salesOrder` as `Sales Order`.
fn spaced(name: &str) -> String {
    let mut words = String::new();
    for (index, letter) in name.chars().enumerate() {
        if index == 0 {
            words.extend(letter.to_uppercase());
        } else {
            if letter.is_uppercase() {
                words.push(' ');
            }
            words.push(letter);
        }
    }
    words
}
