//! The rows of `transactionline`: a head, the item lines, the header's discount, shipping and tax.
//!
//! A sale's lines are negative and its head is positive; credits the other way round.

use rust_decimal::Decimal;

use super::cell::Cell;
use super::column::{amount, custom, is_credit, reference, text};
use super::tables::id_cell;
use crate::netsuite::document::{self, Fields};
use crate::netsuite::kind::Kind;
use crate::netsuite::record::commitment;
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
    /// The discount in the header.
    Discount,
    Shipping,
    Tax,
}

/// Line ids of what is no line of the document.
const SHIPPING_LINE: u64 = 90_001;
const TAX_LINE: u64 = 90_002;
const DISCOUNT_LINE: u64 = 90_003;

pub(crate) fn lines<'a>(record: &'a Record) -> Vec<Line<'a>> {
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
    if some("discountTotal") {
        lines.push(part(Part::Discount));
    }
    if some("shippingCost") {
        lines.push(part(Part::Shipping));
    }
    if some("taxTotal") {
        lines.push(part(Part::Tax));
    }
    lines
}

/// The value of a column of `transactionline`.
pub(crate) fn of_line(state: &State, line: &Line<'_>, name: &str) -> Cell {
    let header = &line.record.fields;
    let own = |name| {
        line.fields
            .map_or(Cell::Null, |fields| reference(fields, name))
    };
    match name {
        "id" | "linesequencenumber" => Cell::number(match line.part {
            Part::Head => 0,
            Part::Item => line.fields.and_then(document::line_id).unwrap_or_default(),
            Part::Discount => DISCOUNT_LINE,
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
        "item" if line.part == Part::Discount => reference(header, "discountItem"),
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
        "kitmemberof" => amount(fields, "kitMemberOf"),
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
        Part::Discount => Cell::text("Discount"),
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
        Part::Discount => header("discountTotal").map(|discount| -discount * sign),
        Part::Shipping => header("shippingCost").map(|cost| -cost * sign),
        Part::Tax => header("taxTotal").map(|tax| -tax * sign),
    };
    value.map_or(Cell::Null, Cell::Number)
}

fn committed(state: &State, line: &Line<'_>, name: &str) -> Cell {
    if line.record.kind != Kind::SalesOrder {
        return Cell::Null;
    }
    let id = line.fields.and_then(document::line_id);
    let of_line = id.and_then(|id| commitment::of_order(state, line.record).remove(&id));
    let quantity = of_line.map(|it| {
        if name == "quantitycommitted" {
            it.committed
        } else {
            it.back_ordered
        }
    });
    quantity.map_or(Cell::Null, Cell::Number)
}
