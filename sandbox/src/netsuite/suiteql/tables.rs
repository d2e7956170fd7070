//! The tables and their columns.

use crate::netsuite::document::{self, Fields, ORDER_LINE};
use crate::netsuite::kind::{Class, Kind};
use crate::netsuite::settings::{Currency, Entry, Location, Subsidiary};
use crate::netsuite::state::{Record, State};
use crate::netsuite::stock::{Level, Place};

use super::cell::Cell;
use super::column;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Table {
    Item,
    Customer,
    Transaction,
    TransactionLine,
    LineLink,
    AggregateItemLocation,
    InventoryItemLocations,
    AddressBook,
    Address,
    TrackingNumber,
    TrackingNumberMap,
    List(List),
}

/// Tables that are a list of the set-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum List {
    Subsidiary,
    Location,
    Currency,
    Department,
    Classification,
    Term,
}

/// One row, not yet read.
#[derive(Debug, Clone)]
pub(crate) enum Row<'a> {
    Record(&'a Record),
    Line(column::Line<'a>),
    Link(Link),
    Stock(&'a Place, &'a Level),
    /// Customer and one address of it.
    Address(u64, &'a Fields),
    Tracking {
        id: u64,
        transaction: u64,
        number: String,
    },
    Listed(Vec<Cell>),
}

/// A line of one document that came from a line of another.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub(crate) previous: (u64, u64, Kind),
    pub(crate) next: (u64, u64, Kind),
}

pub(crate) const ITEM: &[&str] = &[
    "id",
    "itemid",
    "fullname",
    "displayname",
    "upccode",
    "externalid",
    "itemtype",
    "isinactive",
    "description",
    "createddate",
    "lastmodifieddate",
];
pub(crate) const CUSTOMER: &[&str] = &[
    "id",
    "entityid",
    "altname",
    "email",
    "phone",
    "companyname",
    "firstname",
    "lastname",
    "isperson",
    "isinactive",
    "subsidiary",
    "currency",
    "externalid",
    "terms",
    "searchstage",
    "datecreated",
    "lastmodifieddate",
];
/// There is no `subsidiary`, `location`, `createdfrom`, `total`, `trackingnumbers` or `shipstatus` here.
pub(crate) const TRANSACTION: &[&str] = &[
    "id",
    "tranid",
    "transactionnumber",
    "externalid",
    "type",
    "recordtype",
    "abbrevtype",
    "status",
    "trandate",
    "createddate",
    "lastmodifieddate",
    "entity",
    "currency",
    "exchangerate",
    "foreigntotal",
    "foreignamountunpaid",
    "otherrefnum",
    "memo",
    "email",
    "voided",
    "source",
    "shipdate",
    "duedate",
    "terms",
    "posting",
];
pub(crate) const TRANSACTION_LINE: &[&str] = &[
    "id",
    "transaction",
    "linesequencenumber",
    "uniquekey",
    "mainline",
    "taxline",
    "item",
    "itemtype",
    "quantity",
    "rate",
    "netamount",
    "foreignamount",
    "location",
    "subsidiary",
    "department",
    "class",
    "entity",
    "createdfrom",
    "isclosed",
    "quantityshiprecv",
    "quantitybilled",
    "quantitycommitted",
    "quantitybackordered",
    "memo",
];
pub(crate) const LINE_LINK: &[&str] = &[
    "previousdoc",
    "previousline",
    "previoustype",
    "nextdoc",
    "nextline",
    "nexttype",
    "linktype",
];
pub(crate) const AGGREGATE: &[&str] = &[
    "item",
    "location",
    "quantityavailable",
    "quantityonhand",
    "quantitycommitted",
];
pub(crate) const LOCATIONS: &[&str] = &[
    "item",
    "location",
    "quantityavailable",
    "quantityonhand",
    "quantitycommitted",
    "lastquantityavailablechange",
];
pub(crate) const ADDRESS_BOOK: &[&str] = &[
    "entity",
    "internalid",
    "label",
    "defaultbilling",
    "defaultshipping",
    "addressbookaddress",
];
pub(crate) const ADDRESS: &[&str] = &[
    "nkey",
    "recordowner",
    "addressee",
    "attention",
    "addr1",
    "addr2",
    "addr3",
    "city",
    "state",
    "zip",
    "country",
    "addrphone",
];
pub(crate) const TRACKING: &[&str] = &["id", "trackingnumber"];
pub(crate) const TRACKING_MAP: &[&str] = &["transaction", "trackingnumber"];

impl Table {
    pub(crate) fn named(name: &str) -> Option<Table> {
        let table = match name.to_lowercase().as_str() {
            "item" => Table::Item,
            "customer" => Table::Customer,
            "transaction" => Table::Transaction,
            "transactionline" => Table::TransactionLine,
            "previoustransactionlinelink" | "nexttransactionlinelink" => Table::LineLink,
            "aggregateitemlocation" => Table::AggregateItemLocation,
            "inventoryitemlocations" => Table::InventoryItemLocations,
            "customeraddressbook" => Table::AddressBook,
            "customeraddressbookentityaddress" => Table::Address,
            "trackingnumber" => Table::TrackingNumber,
            "trackingnumbermap" => Table::TrackingNumberMap,
            "subsidiary" => Table::List(List::Subsidiary),
            "location" => Table::List(List::Location),
            "currency" => Table::List(List::Currency),
            "department" => Table::List(List::Department),
            "classification" => Table::List(List::Classification),
            "term" => Table::List(List::Term),
            _ => return None,
        };
        Some(table)
    }

    pub(crate) fn columns(self) -> &'static [&'static str] {
        match self {
            Table::Item => ITEM,
            Table::Customer => CUSTOMER,
            Table::Transaction => TRANSACTION,
            Table::TransactionLine => TRANSACTION_LINE,
            Table::LineLink => LINE_LINK,
            Table::AggregateItemLocation => AGGREGATE,
            Table::InventoryItemLocations => LOCATIONS,
            Table::AddressBook => ADDRESS_BOOK,
            Table::Address => ADDRESS,
            Table::TrackingNumber => TRACKING,
            Table::TrackingNumberMap => TRACKING_MAP,
            Table::List(List::Subsidiary | List::Location) => &[
                "id",
                "name",
                "fullname",
                "isinactive",
                "subsidiary",
                "currency",
            ],
            Table::List(List::Currency) => &[
                "id",
                "name",
                "symbol",
                "exchangerate",
                "currencyprecision",
                "isinactive",
            ],
            Table::List(List::Department | List::Classification | List::Term) => {
                &["id", "name", "isinactive"]
            }
        }
    }

    /// True for a column of the table, custom fields of the account included.
    pub(crate) fn has(self, state: &State, column: &str) -> bool {
        let prefix = match self {
            Table::Item => "custitem",
            Table::Customer => "custentity",
            Table::Transaction => "custbody",
            Table::TransactionLine => "custcol",
            Table::LineLink
            | Table::AggregateItemLocation
            | Table::InventoryItemLocations
            | Table::AddressBook
            | Table::Address
            | Table::TrackingNumber
            | Table::TrackingNumberMap
            | Table::List(_) => "\0",
        };
        self.columns().contains(&column)
            || column.starts_with(prefix) && state.settings.custom_fields.contains(column)
    }

    pub(crate) fn rows(self, state: &State) -> Vec<Row<'_>> {
        match self {
            Table::Item => state.of_class(Class::Item).map(Row::Record).collect(),
            Table::Customer => state.of_kind(Kind::Customer).map(Row::Record).collect(),
            Table::Transaction => state
                .of_class(Class::Transaction)
                .map(Row::Record)
                .collect(),
            Table::TransactionLine => state
                .of_class(Class::Transaction)
                .flat_map(|record| column::lines(state, record))
                .map(Row::Line)
                .collect(),
            Table::LineLink => links(state).into_iter().map(Row::Link).collect(),
            Table::AggregateItemLocation | Table::InventoryItemLocations => state
                .stock
                .levels
                .iter()
                .map(|(place, level)| Row::Stock(place, level))
                .collect(),
            Table::AddressBook | Table::Address => {
                state.of_kind(Kind::Customer).flat_map(addresses).collect()
            }
            Table::TrackingNumber | Table::TrackingNumberMap => tracking(state),
            Table::List(list) => listed(state, list),
        }
    }
}

fn addresses(customer: &Record) -> Vec<Row<'_>> {
    let lines = document::lines(&customer.fields, "addressBook");
    lines
        .into_iter()
        .map(|line| Row::Address(customer.id, line))
        .collect()
}

/// Lines made from lines, and heads linked by money: line 0.
fn links(state: &State) -> Vec<Link> {
    let mut links = Vec::new();
    let head = |previous: &Record, next: &Record| Link {
        previous: (previous.id, 0, previous.kind),
        next: (next.id, 0, next.kind),
    };
    for record in state.of_class(Class::Transaction) {
        links.extend(line_links(state, record));
        let order = document::record_id(&record.fields, "salesOrder");
        if let Some(order) = order.and_then(|id| state.transaction(id)) {
            links.push(head(order, record));
        }
    }
    for (target, uses) in &state.applied {
        let pairs = uses
            .keys()
            .filter_map(|id| state.transaction(*target).zip(state.transaction(*id)));
        links.extend(pairs.map(|(target, user)| head(target, user)));
    }
    links
}

fn line_links(state: &State, record: &Record) -> Vec<Link> {
    let Some(from) = record.created_from().and_then(|id| state.transaction(id)) else {
        return Vec::new();
    };
    let link = |line: &Fields| {
        let previous = document::as_decimal(line.get(ORDER_LINE)?)?;
        Some(Link {
            previous: (from.id, u64::try_from(previous).ok()?, from.kind),
            next: (record.id, document::line_id(line)?, record.kind),
        })
    };
    document::lines(&record.fields, "item")
        .into_iter()
        .filter_map(link)
        .collect()
}

fn tracking(state: &State) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for made in state.of_kind(Kind::ItemFulfillment) {
        let lists = [
            ("package", "packageTrackingNumber"),
            ("packageUps", "packageTrackingNumberUps"),
            ("packageFedex", "packageTrackingNumberFedEx"),
            ("packageUsps", "packageTrackingNumberUsps"),
        ];
        let numbers = lists.iter().flat_map(|(list, column)| {
            document::lines(&made.fields, list)
                .into_iter()
                .filter_map(|line| document::text(line, column))
        });
        for (index, number) in numbers.enumerate() {
            let index = u64::try_from(index).unwrap_or_default();
            rows.push(Row::Tracking {
                id: made.id * 100 + index,
                transaction: made.id,
                number: number.into(),
            });
        }
    }
    rows
}

/// Rows in the order of [`Table::columns`].
fn listed(state: &State, list: List) -> Vec<Row<'_>> {
    let settings = &state.settings;
    match list {
        List::Subsidiary => {
            let row = |entry: &Subsidiary| {
                place(&entry.id, &entry.name, Cell::Null, id_cell(&entry.currency))
            };
            settings.subsidiaries.iter().map(row).collect()
        }
        List::Location => {
            let row = |entry: &Location| {
                place(
                    &entry.id,
                    &entry.name,
                    id_cell(&entry.subsidiary),
                    Cell::Null,
                )
            };
            settings.locations.iter().map(row).collect()
        }
        List::Currency => settings.currencies.iter().map(currency).collect(),
        List::Department => settings.departments.iter().map(entry).collect(),
        List::Classification => settings.classes.iter().map(entry).collect(),
        List::Term => settings.terms.iter().map(entry).collect(),
    }
}

fn place<'a>(id: &str, name: &str, subsidiary: Cell, currency: Cell) -> Row<'a> {
    let (id, name, active) = (id_cell(id), Cell::text(name), Cell::flag(false));
    Row::Listed(vec![id, name.clone(), name, active, subsidiary, currency])
}

fn currency<'a>(entry: &Currency) -> Row<'a> {
    let (id, code, rate) = (
        id_cell(&entry.id),
        Cell::text(&entry.code),
        Cell::Number(entry.rate),
    );
    let places = Cell::number(entry.exponent);
    Row::Listed(vec![
        id,
        code.clone(),
        code,
        rate,
        places,
        Cell::flag(false),
    ])
}

fn entry<'a>(entry: &Entry) -> Row<'a> {
    Row::Listed(vec![
        id_cell(&entry.id),
        Cell::text(&entry.name),
        Cell::flag(false),
    ])
}

pub(crate) fn id_cell(id: &str) -> Cell {
    id.parse().map_or_else(|_| Cell::text(id), Cell::Number)
}
