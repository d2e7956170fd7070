//! What a saved record does to others: quantities done on its source, stock, applied amounts.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::netsuite::document::{self, Fields, ORDER_LINE};
use crate::netsuite::kind::Kind;
use crate::netsuite::state::{Record, State, now};
use crate::netsuite::stock::Place;

/// Saves a record that passed every rule, and carries its effects through.
pub(crate) fn commit(state: &mut State, record: Record) {
    if let Some(old) = state.get(record.kind, record.id).cloned() {
        move_stock(state, &old, -Decimal::ONE);
        for (target, _) in uses(&old) {
            if let Some(users) = state.applied.get_mut(&target) {
                users.remove(&old.id);
            }
        }
    }
    move_stock(state, &record, Decimal::ONE);
    apply(state, &record);
    let (id, kind, parent) = (record.id, record.kind, record.created_from());
    state.put(record);
    follow(state, kind, id, parent);
}

/// Takes a deleted record's effects back.
pub(crate) fn undo(state: &mut State, record: &Record) {
    move_stock(state, record, -Decimal::ONE);
    state.remove(record.kind, record.id);
    state.stock.set_demand(record.id, &BTreeMap::new());
    follow(state, record.kind, record.id, record.created_from());
}

fn follow(state: &mut State, kind: Kind, id: u64, parent: Option<u64>) {
    if kind == Kind::SalesOrder {
        recommit(state, id);
    }
    if let Some(parent) = parent {
        recount(state, parent);
        recommit(state, parent);
    }
}

/// The quantity the children of one kind took from a line.
pub(crate) fn taken(state: &State, parent: u64, line: u64, kinds: &[Kind]) -> Decimal {
    let children = kinds.iter().flat_map(|kind| state.made_from(parent, *kind));
    children.map(|child| taken_by(child, line)).sum()
}

/// The quantity one document took from a line of its source.
pub(crate) fn taken_by(child: &Record, line: u64) -> Decimal {
    let lines = document::lines(&child.fields, "item");
    let from = lines
        .into_iter()
        .filter(|own| own.get(ORDER_LINE).and_then(document::as_decimal) == Some(line.into()));
    // A line without quantity (a discount) is taken whole.
    from.map(|own| document::decimal(own, "quantity").unwrap_or(Decimal::ONE))
        .sum()
}

/// What the children of these kinds took from each line of their source.
fn taken_by_line<'a>(children: impl Iterator<Item = &'a Record>) -> BTreeMap<u64, Decimal> {
    let mut taken: BTreeMap<u64, Decimal> = BTreeMap::new();
    for own in children.flat_map(|child| document::lines(&child.fields, "item")) {
        let line = own.get(ORDER_LINE).and_then(document::as_decimal);
        if let Some(line) = line.and_then(|line| u64::try_from(line).ok()) {
            // As in `taken_by`.
            let quantity = document::decimal(own, "quantity").unwrap_or(Decimal::ONE);
            *taken.entry(line).or_default() += quantity;
        }
    }
    taken
}

/// The columns of a source's lines that count what was made of them, with the counts.
fn counts(state: &State, parent: &Record) -> Vec<(&'static str, BTreeMap<u64, Decimal>)> {
    let made = |kinds: &'static [Kind]| {
        let made = kinds.iter();
        made.flat_map(|kind| state.made_from(parent.id, *kind))
    };
    let shipped = |made: &&Record| document::id(&made.fields, "shipStatus") == Some("C");
    let count = |name, kinds| (name, taken_by_line(made(kinds)));
    let fulfillments = made(&[Kind::ItemFulfillment]);
    if parent.kind == Kind::SalesOrder {
        let fulfilled = taken_by_line(fulfillments.filter(shipped));
        vec![
            ("quantityFulfilled", fulfilled),
            count("#picked", &[Kind::ItemFulfillment]),
            count("quantityBilled", &[Kind::Invoice, Kind::CashSale]),
        ]
    } else if parent.kind == Kind::ReturnAuthorization {
        vec![
            count("quantityReceived", &[Kind::ItemReceipt]),
            count("quantityBilled", &[Kind::CreditMemo, Kind::CashRefund]),
        ]
    } else {
        Vec::new()
    }
}

fn recount(state: &mut State, parent: u64) {
    let Some(mut record) = state.transaction(parent).cloned() else {
        return;
    };
    let counts = counts(state, &record);
    for line in document::lines_mut(&mut record.fields, "item") {
        let Some(id) = document::line_id(line) else {
            continue;
        };
        for (name, taken) in &counts {
            match taken.get(&id).filter(|count| !count.is_zero()) {
                Some(count) => document::set_decimal(line, name, *count),
                None => {
                    line.remove(*name);
                }
            }
        }
    }
    record.modified = now();
    state.put(record);
}

/// The location of a line: its own, else the transaction's.
pub(crate) fn location<'a>(fields: &'a Fields, line: &'a Fields) -> Option<&'a str> {
    document::id(line, "location").or_else(|| document::id(fields, "location"))
}

/// What an order still wants of each item at each place. Only approved, open lines commit stock.
fn recommit(state: &mut State, order: u64) {
    let Some(record) = state.get(Kind::SalesOrder, order) else {
        return;
    };
    let mut wanted: BTreeMap<Place, Decimal> = BTreeMap::new();
    let approved = document::id(&record.fields, "orderStatus") == Some("B")
        && !document::flag(&record.fields, "#cancelled");
    for line in document::lines(&record.fields, "item")
        .into_iter()
        .filter(|_| approved)
    {
        if document::flag(line, "isClosed") || document::id(line, "commitInventory") == Some("3") {
            continue;
        }
        let open = document::decimal(line, "quantity").unwrap_or_default()
            - document::decimal(line, "quantityFulfilled").unwrap_or_default();
        for (place, quantity) in pieces(state, &record.fields, line, open) {
            *wanted.entry(place).or_default() += quantity;
        }
    }
    state.stock.set_demand(order, &wanted);
}

/// The stocked pieces of a quantity of a line: the item itself, or a kit's components.
fn pieces(
    state: &State,
    fields: &Fields,
    line: &Fields,
    quantity: Decimal,
) -> Vec<(Place, Decimal)> {
    let Some(item) = document::record_id(line, "item").and_then(|id| state.item(id)) else {
        return Vec::new();
    };
    let Some(location) = location(fields, line) else {
        return Vec::new();
    };
    let pieces = pieces_of(state, item.id, location).into_iter();
    pieces
        .map(|(place, each)| (place, quantity * each))
        .collect()
}

/// The stocked pieces of one unit of an item at a location.
pub(crate) fn pieces_of(state: &State, item: u64, location: &str) -> Vec<(Place, Decimal)> {
    let Some(item) = state.item(item) else {
        return Vec::new();
    };
    if item.kind == Kind::InventoryItem {
        return vec![((item.id, location.into()), Decimal::ONE)];
    }
    let members = document::lines(&item.fields, "member");
    let piece = |member: &Fields| {
        let id = document::record_id(member, "item")?;
        let each = document::decimal(member, "quantity").unwrap_or(Decimal::ONE);
        Some(((id, location.to_owned()), each))
    };
    members.into_iter().filter_map(piece).collect()
}

/// What a record does to the stock of its lines: +1, −1 or nothing.
///
/// A shipped fulfillment lowers it, and so does an invoice or cash sale without an order; a receipt with
/// restock raises it.
fn direction(state: &State, record: &Record) -> Option<Decimal> {
    let shipped = document::id(&record.fields, "shipStatus") == Some("C");
    let source = record.created_from().and_then(|id| state.transaction(id));
    let source = source.map(|source| source.kind);
    match (record.kind, source) {
        (Kind::ItemFulfillment, _) if shipped => Some(-Decimal::ONE),
        (Kind::ItemReceipt, _) => Some(Decimal::ONE),
        (Kind::Invoice | Kind::CashSale, None) => Some(-Decimal::ONE),
        (Kind::CreditMemo | Kind::CashRefund, Some(Kind::Invoice | Kind::CashSale))
            if state.settings.direct_credits_restock =>
        {
            Some(Decimal::ONE)
        }
        (_, _) => None,
    }
}

fn move_stock(state: &mut State, record: &Record, sign: Decimal) {
    let Some(direction) = direction(state, record) else {
        return;
    };
    let mut moves = Vec::new();
    for line in document::lines(&record.fields, "item") {
        let restocked = record.kind != Kind::ItemReceipt
            || line.get("restock") != Some(&serde_json::json!(false));
        // The components of a kit are lines of their own, for reading only.
        if restocked && !line.contains_key("kitMemberOf") {
            let quantity = document::decimal(line, "quantity").unwrap_or_default();
            moves.extend(pieces(state, &record.fields, line, quantity));
        }
    }
    for (place, quantity) in moves {
        state.stock.add(&place, quantity * direction * sign);
    }
}

/// Notes what this record uses of others.
fn apply(state: &mut State, record: &Record) {
    for (target, amount) in uses(record) {
        *state
            .applied
            .entry(target)
            .or_default()
            .entry(record.id)
            .or_default() += amount;
    }
}

/// What a record uses of others: the documents of its apply lists, an application's deposit.
pub(crate) fn uses(record: &Record) -> Vec<(u64, Decimal)> {
    let lists = ["apply", "credit", "deposit"].into_iter();
    let lines = lists.flat_map(|sublist| document::lines(&record.fields, sublist));
    let mut uses: Vec<(u64, Decimal)> = lines
        .filter_map(|line| {
            Some((
                document::record_id(line, "doc")?,
                document::decimal(line, "amount")?,
            ))
        })
        .collect();
    if record.kind == Kind::DepositApplication
        && let Some(deposit) = record.created_from()
    {
        uses.push((deposit, record.total()));
    }
    uses
}
