//! The rows of each table.

use std::collections::BTreeSet;

use super::cell::Cell;
use super::line;
use super::tables::{Link, List, Row, Table, id_cell};
use crate::netsuite::calendar::{self, Period, Span};
use crate::netsuite::document::{self, Fields, ORDER_LINE};
use crate::netsuite::kind::{Class, Kind};
use crate::netsuite::record::effects::uses;
use crate::netsuite::record::relationship;
use crate::netsuite::settings::{Currency, Entry, Location, Subsidiary};
use crate::netsuite::state::{Record, State};

impl Table {
    pub(crate) fn rows(self, state: &State) -> Vec<Row<'_>> {
        match self {
            Table::Item => state.of_class(Class::Item).map(Row::Record).collect(),
            Table::Customer => state.of_kind(Kind::Customer).map(Row::Record).collect(),
            Table::CustomerSubsidiaryRelationship => {
                let customers = state.of_kind(Kind::Customer);
                customers.flat_map(|it| relationships(state, it)).collect()
            }
            Table::Transaction => state
                .of_class(Class::Transaction)
                .map(Row::Record)
                .collect(),
            Table::TransactionLine => state
                .of_class(Class::Transaction)
                .flat_map(line::lines)
                .map(Row::Line)
                .collect(),
            Table::LineLink => links(state).into_iter().map(Row::Link).collect(),
            Table::AggregateItemLocation | Table::InventoryItemLocations => state
                .stock
                .levels
                .iter()
                .map(|(place, level)| Row::Stock(place, level))
                .collect(),
            Table::KitItemMember => state.of_kind(Kind::KitItem).flat_map(members).collect(),
            Table::AddressBook | Table::Address => {
                state.of_kind(Kind::Customer).flat_map(addresses).collect()
            }
            Table::TrackingNumber | Table::TrackingNumberMap => state
                .of_kind(Kind::ItemFulfillment)
                .flat_map(tracking)
                .collect(),
            Table::AccountingPeriod => {
                let periods = calendar::periods(&state.settings);
                periods.iter().map(period).collect()
            }
            Table::List(list) => listed(state, list),
        }
    }

    /// A column by which rows are found without looking at all of them.
    pub(crate) fn is_key(self, column: &str) -> bool {
        match self {
            Table::Transaction => matches!(column, "id" | "externalid"),
            Table::Item | Table::Customer => column == "id",
            Table::TransactionLine => matches!(column, "transaction" | "createdfrom"),
            Table::LineLink => matches!(column, "previousdoc" | "nextdoc"),
            Table::AddressBook | Table::CustomerSubsidiaryRelationship => column == "entity",
            Table::Address => column == "recordowner",
            Table::TrackingNumber => column == "id",
            Table::TrackingNumberMap => column == "transaction",
            Table::AggregateItemLocation
            | Table::InventoryItemLocations
            | Table::KitItemMember
            | Table::AccountingPeriod
            | Table::List(_) => false,
        }
    }

    /// The rows with this value in a key column; `None` for another column.
    pub(crate) fn rows_of<'a>(
        self,
        state: &'a State,
        column: &str,
        value: &Cell,
    ) -> Option<Vec<Row<'a>>> {
        if !self.is_key(column) {
            return None;
        }
        let text = value.as_text().unwrap_or_default();
        if (self, column) == (Table::Transaction, "externalid") {
            let held = state.with_external_id(&text);
            return Some(held.map(Row::Record).collect());
        }
        let number = value.as_number().ok().flatten();
        let Some(id) = number.and_then(|number| u64::try_from(number).ok()) else {
            return Some(Vec::new());
        };
        let transaction = state.transaction(id).into_iter();
        Some(match (self, column) {
            (Table::Item, _) => state.item(id).into_iter().map(Row::Record).collect(),
            (Table::Customer, _) => customer(state, id).map(Row::Record).collect(),
            (Table::CustomerSubsidiaryRelationship, _) => customer(state, id)
                .flat_map(|it| relationships(state, it))
                .collect(),
            (Table::AddressBook | Table::Address, _) => {
                customer(state, id).flat_map(addresses).collect()
            }
            (Table::TransactionLine, "createdfrom") => {
                let made = state.children.get(&id).into_iter().flatten();
                let made = made.filter_map(|id| state.transaction(*id));
                made.flat_map(line::lines).map(Row::Line).collect()
            }
            (Table::TransactionLine, _) => {
                transaction.flat_map(line::lines).map(Row::Line).collect()
            }
            (Table::LineLink, "previousdoc") => {
                links_from(state, id).into_iter().map(Row::Link).collect()
            }
            (Table::LineLink, _) => transaction
                .flat_map(|record| links_to(state, record))
                .map(Row::Link)
                .collect(),
            (Table::TrackingNumberMap, _) => shipped(state, id).flat_map(tracking).collect(),
            (Table::TrackingNumber, _) => {
                let rows = shipped(state, id / NUMBERS).flat_map(tracking);
                rows.filter(|row| matches!(row, Row::Tracking { id: own, .. } if *own == id))
                    .collect()
            }
            (_, _) => transaction.map(Row::Record).collect(),
        })
    }
}

fn customer(state: &State, id: u64) -> impl Iterator<Item = &Record> {
    state.get(Kind::Customer, id).into_iter()
}

/// In the order of [`super::tables::RELATIONSHIP`]: the primary subsidiary's first. That the table lists it,
/// too, and under an id of its own, is an assumption.
fn relationships<'a>(state: &State, customer: &Record) -> Vec<Row<'a>> {
    let row = |id: u64, subsidiary: &str, primary| {
        Row::Listed(vec![
            Cell::number(id),
            Cell::number(customer.id),
            id_cell(subsidiary),
            Cell::flag(primary),
        ])
    };
    let primary = document::id(&customer.fields, "subsidiary");
    let primary = primary.map(|id| row(PRIMARY + customer.id, id, true));
    let further = relationship::of(state, customer.id);
    let further = further.map(|(record, subsidiary)| row(record.id, subsidiary, false));
    primary.into_iter().chain(further).collect()
}

/// The ids of the primary relationships begin here.
const PRIMARY: u64 = 1_000_000;

fn shipped(state: &State, id: u64) -> impl Iterator<Item = &Record> {
    state.get(Kind::ItemFulfillment, id).into_iter()
}

/// In the order of [`super::tables::PERIOD`]. A closed period is locked as well.
fn period<'a>(period: &Period) -> Row<'a> {
    let is = |span| Cell::flag(period.span == span);
    let closed = || Cell::flag(period.closed);
    Row::Listed(vec![
        Cell::number(period.id),
        Cell::text(&period.name),
        Cell::day(Some(period.first)),
        Cell::day(Some(period.last)),
        closed(),
        closed(),
        closed(),
        closed(),
        is(Span::Quarter),
        is(Span::Year),
        Cell::flag(false),
        is(Span::Month),
        Cell::flag(false),
    ])
}

fn members(kit: &Record) -> Vec<Row<'_>> {
    let lines = document::lines(&kit.fields, "member").into_iter();
    lines
        .enumerate()
        .map(|(index, line)| Row::Member(kit.id, index + 1, line))
        .collect()
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
    let all = state.of_class(Class::Transaction);
    all.flat_map(|record| links_to(state, record)).collect()
}

/// The links whose next document is this one.
fn links_to(state: &State, record: &Record) -> Vec<Link> {
    let head = |previous: &Record, amount| Link {
        previous: (previous.id, 0, previous.kind),
        next: (record.id, 0, record.kind),
        amount,
    };
    let mut links = line_links(state, record);
    let order = document::record_id(&record.fields, "salesOrder");
    if let Some(order) = order.and_then(|id| state.transaction(id)) {
        links.push(head(order, None));
    }
    for (target, amount) in uses(record) {
        let target = state.transaction(target);
        links.extend(target.map(|target| head(target, Some(amount))));
    }
    links
}

/// The links whose previous document is this one.
fn links_from(state: &State, previous: u64) -> Vec<Link> {
    let mut next: BTreeSet<u64> = BTreeSet::new();
    next.extend(state.children.get(&previous).into_iter().flatten());
    next.extend(state.of_order.get(&previous).into_iter().flatten());
    let users = state.applied.get(&previous).into_iter();
    next.extend(users.flat_map(|users| users.keys()));
    let records = next.into_iter().filter_map(|id| state.transaction(id));
    let mut links: Vec<Link> = records.flat_map(|record| links_to(state, record)).collect();
    links.retain(|link| link.previous.0 == previous);
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
            amount: None,
        })
    };
    document::lines(&record.fields, "item")
        .into_iter()
        .filter_map(link)
        .collect()
}

fn tracking(made: &Record) -> Vec<Row<'_>> {
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
    let row = |(index, number): (u64, &str)| Row::Tracking {
        id: made.id * NUMBERS + index,
        transaction: made.id,
        number: number.into(),
    };
    (0..).zip(numbers).map(row).collect()
}

/// The ids of tracking numbers are their fulfillment's times this, and on from there.
const NUMBERS: u64 = 100;

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
