//! What a column of a row holds.
//!
//! Signs, as far as sources tell: a sale's lines are negative and its head is positive; credits the other
//! way round. `foreigntotal` positive for orders, invoices, cash sales, deposits and payments is an assumption.

use chrono::{DateTime, Utc};

use super::cell::Cell;
use super::line::of_line;
use super::tables::{Link, Row, Table, id_cell};
use crate::netsuite::document::{self, Fields};
use crate::netsuite::kind::{Class, Kind};
use crate::netsuite::record::status;
use crate::netsuite::state::{Record, State};

/// The value of a column that the table has.
pub(crate) fn cell(state: &State, table: Table, row: &Row<'_>, name: &str) -> Cell {
    match row {
        Row::Record(record) if name.starts_with("cust") => custom(&record.fields, name),
        Row::Record(record) => match record.kind.class() {
            Class::Item => item(state, record, name),
            Class::Entity | Class::Relationship => customer(state, record, name),
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
        Row::Member(kit, number, line) => match name {
            "parentitem" => Cell::number(*kit),
            "linenumber" => Cell::number(*number),
            "item" => reference(line, "item"),
            _ => amount(line, "quantity"),
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

pub(crate) fn text(fields: &Fields, name: &str) -> Cell {
    document::text(fields, name).map_or(Cell::Null, Cell::text)
}

pub(crate) fn reference(fields: &Fields, name: &str) -> Cell {
    document::id(fields, name).map_or(Cell::Null, id_cell)
}

pub(crate) fn amount(fields: &Fields, name: &str) -> Cell {
    document::decimal(fields, name).map_or(Cell::Null, Cell::Number)
}

pub(crate) fn custom(fields: &Fields, name: &str) -> Cell {
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

pub(crate) fn is_credit(kind: Kind) -> bool {
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
        "foreignpaymentamountunused" if record.kind.is_money_to_use() => {
            Cell::Number(status::open_amount(state, record))
        }
        "otherrefnum" => text(fields, "otherRefNum"),
        "memo" => text(fields, "memo"),
        "email" => text(fields, "email"),
        "voided" => Cell::flag(false),
        "source" => Cell::text(record.source),
        "terms" => reference(fields, "terms"),
        "shipmethod" => reference(fields, "shipMethod"),
        "posting" => Cell::flag(record.kind.posts()),
        _ => Cell::Null,
    }
}

fn of_link(link: &Link, name: &str) -> Cell {
    match name {
        "previousdoc" => Cell::number(link.previous.0),
        "previousline" => Cell::number(link.previous.1),
        "previoustype" => Cell::text(link.previous.2.type_code()),
        "nextdoc" => Cell::number(link.next.0),
        "nextline" => Cell::number(link.next.1),
        "nexttype" => Cell::text(link.next.2.type_code()),
        "foreignamount" => link.amount.map_or(Cell::Null, Cell::Number),
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
