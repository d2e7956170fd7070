//! The rows of each table.

use super::cell::Cell;
use super::line;
use super::tables::{Link, List, Row, Table, id_cell};
use crate::netsuite::calendar::{self, Period, Span};
use crate::netsuite::document::{self, Fields, ORDER_LINE};
use crate::netsuite::kind::{Class, Kind};
use crate::netsuite::settings::{Currency, Entry, Location, Subsidiary};
use crate::netsuite::state::{Record, State};

impl Table {
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
            Table::TrackingNumber | Table::TrackingNumberMap => tracking(state),
            Table::AccountingPeriod => {
                let periods = calendar::periods(&state.settings);
                periods.iter().map(period).collect()
            }
            Table::List(list) => listed(state, list),
        }
    }
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
    let mut links = Vec::new();
    let head = |previous: &Record, next: &Record, amount| Link {
        previous: (previous.id, 0, previous.kind),
        next: (next.id, 0, next.kind),
        amount,
    };
    for record in state.of_class(Class::Transaction) {
        links.extend(line_links(state, record));
        let order = document::record_id(&record.fields, "salesOrder");
        if let Some(order) = order.and_then(|id| state.transaction(id)) {
            links.push(head(order, record, None));
        }
    }
    for (target, uses) in &state.applied {
        let target = state.transaction(*target);
        let pairs = uses
            .iter()
            .filter_map(|(id, amount)| Some((target?, state.transaction(*id)?, *amount)));
        links.extend(pairs.map(|(target, user, amount)| head(target, user, Some(amount))));
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
            amount: None,
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
