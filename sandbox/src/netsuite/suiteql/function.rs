//! The functions queries may call.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a subset of SQL is evaluated; whatever else the parser knows is refused as unsupported"
)]

use chrono::{FixedOffset, NaiveDateTime, Offset, TimeZone};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments,
};

use super::cell::Cell;
use super::eval::{Env, Joined};
use super::{Fault, time_format};
use crate::netsuite::state::{State, now};

/// The name of a called function, upper case: `TO_CHAR`, `BUILTIN.DF`.
pub(crate) fn name(call: &Function) -> String {
    call.name.to_string().to_uppercase()
}

pub(crate) fn is_aggregate(expr: &Expr) -> bool {
    matches!(expr, Expr::Function(call) if matches!(name(call).as_str(), "COUNT" | "SUM" | "MAX" | "MIN" | "AVG"))
}

/// The arguments; `None` in place of `*`.
fn arguments(call: &Function) -> Result<Vec<Option<&Expr>>, Fault> {
    let FunctionArguments::List(list) = &call.args else {
        return if call.args == FunctionArguments::None {
            Ok(Vec::new())
        } else {
            Err(Fault::Unsupported)
        };
    };
    let argument = |argument| match argument {
        &FunctionArg::Unnamed(FunctionArgExpr::Expr(ref expr)) => Ok(Some(expr)),
        FunctionArg::Unnamed(FunctionArgExpr::Wildcard) => Ok(None),
        _ => Err(Fault::Unsupported),
    };
    list.args.iter().map(argument).collect()
}

pub(crate) fn local_now(state: &State) -> Cell {
    Cell::Time(now().with_timezone(&state.time_zone()).naive_local())
}

/// Calls a function for one row.
///
/// # Errors
///
/// Unknown functions and unfit arguments.
pub(crate) fn call<'a>(env: &Env<'a>, row: &Joined<'a>, call: &Function) -> Result<Cell, Fault> {
    let arguments: Vec<&Expr> = arguments(call)?
        .into_iter()
        .collect::<Option<_>>()
        .ok_or(Fault::Unsupported)?;
    let name = name(call);
    if name == "BUILTIN.DF" {
        return env.display(row, arguments.first().ok_or(Fault::Unsupported)?);
    }
    let values = arguments
        .iter()
        .map(|expr| env.value(row, expr))
        .collect::<Result<Vec<_>, _>>()?;
    scalar(env.state, &name, &values)
}

fn scalar(state: &State, name: &str, values: &[Cell]) -> Result<Cell, Fault> {
    let text = |cell: &Cell| cell.as_text();
    let mapped = |cell: &Cell, map: fn(&str) -> String| {
        text(cell).map_or(Cell::Null, |text| Cell::text(map(&text)))
    };
    match (name, values) {
        ("LOWER", [value]) => Ok(mapped(value, str::to_lowercase)),
        ("UPPER", [value]) => Ok(mapped(value, str::to_uppercase)),
        ("TRIM", [value]) => Ok(mapped(value, |text| text.trim().into())),
        ("LENGTH", [value]) => {
            Ok(text(value).map_or(Cell::Null, |text| Cell::number(text.chars().count())))
        }
        ("SUBSTR" | "SUBSTRING", [value, from]) => substring(value, from, None),
        ("SUBSTR" | "SUBSTRING", [value, from, count]) => substring(value, from, Some(count)),
        ("NVL" | "COALESCE", values) => Ok(values
            .iter()
            .find(|value| !value.is_null())
            .cloned()
            .unwrap_or(Cell::Null)),
        ("ABS", [value]) => Ok(value
            .as_number()?
            .map_or(Cell::Null, |number| Cell::Number(number.abs()))),
        ("ROUND", [value]) => Ok(value
            .as_number()?
            .map_or(Cell::Null, |number| Cell::Number(round(number, 0)))),
        ("ROUND", [value, places]) => {
            let places = places
                .as_number()?
                .and_then(|places| places.to_u32())
                .ok_or(Fault::Unsupported)?;
            Ok(value
                .as_number()?
                .map_or(Cell::Null, |number| Cell::Number(round(number, places))))
        }
        ("TO_NUMBER", [value]) => Ok(value.as_number()?.map_or(Cell::Null, Cell::Number)),
        ("TO_CHAR", [Cell::Time(time), format]) => {
            let format = text(format).ok_or(Fault::Unsupported)?;
            time_format::print(*time, offset(state, *time), &format).map(Cell::text)
        }
        ("TO_CHAR", [Cell::Null, _]) => Ok(Cell::Null),
        ("TO_CHAR", [value]) => Ok(text(value).map_or(Cell::Null, Cell::text)),
        ("TO_DATE", [value, format]) => to_time(state, value, format, false),
        ("TO_TIMESTAMP_TZ", [value, format]) => to_time(state, value, format, true),
        ("TRUNC", [value]) => Ok(value
            .as_time()?
            .map_or(Cell::Null, |time| Cell::day(Some(time.date())))),
        ("SYSDATE" | "CURRENT_DATE" | "CURRENT_TIMESTAMP", []) => Ok(local_now(state)),
        _ => Err(Fault::Unsupported),
    }
}

fn round(number: Decimal, places: u32) -> Decimal {
    crate::netsuite::record::totals::round(number, places)
}

/// Oracle counts from 1, and from the end when negative.
///
/// # Errors
///
/// Positions that are no numbers.
pub(crate) fn substring(value: &Cell, from: &Cell, count: Option<&Cell>) -> Result<Cell, Fault> {
    let Some(text) = value.as_text() else {
        return Ok(Cell::Null);
    };
    let letters: Vec<char> = text.chars().collect();
    let from = from
        .as_number()?
        .and_then(|from| from.to_i64())
        .ok_or(Fault::Unsupported)?;
    let length = i64::try_from(letters.len()).unwrap_or(i64::MAX);
    let start = if from < 0 {
        length + from
    } else {
        (from - 1).max(0)
    };
    let count = match count {
        Some(count) => count
            .as_number()?
            .and_then(|count| count.to_usize())
            .ok_or(Fault::Unsupported)?,
        None => letters.len(),
    };
    let start = usize::try_from(start).unwrap_or(usize::MAX);
    Ok(Cell::text(
        letters
            .into_iter()
            .skip(start)
            .take(count)
            .collect::<String>(),
    ))
}

/// The user's offset from UTC at a local time.
fn offset(state: &State, time: NaiveDateTime) -> FixedOffset {
    let zone = state.time_zone();
    let known = zone.offset_from_local_datetime(&time).earliest();
    known.map_or_else(
        || zone.offset_from_utc_datetime(&time).fix(),
        |offset| offset.fix(),
    )
}

fn to_time(state: &State, value: &Cell, format: &Cell, with_offset: bool) -> Result<Cell, Fault> {
    let Some(text) = value.as_text() else {
        return Ok(Cell::Null);
    };
    let format = format.as_text().ok_or(Fault::Unsupported)?;
    let (time, offset) = time_format::parse(&text, &format)?;
    match offset {
        None => Ok(Cell::Time(time)),
        Some(_) if !with_offset => Err(Fault::Unsupported),
        Some(offset) => {
            let instant = time_format::instant(time, offset).ok_or(Fault::Unsupported)?;
            Ok(Cell::Time(
                instant.with_timezone(&state.time_zone()).naive_local(),
            ))
        }
    }
}

/// An aggregate over the rows of a group.
///
/// # Errors
///
/// As [`call`].
pub(crate) fn aggregate<'a>(
    env: &Env<'a>,
    rows: &[Joined<'a>],
    call: &Function,
) -> Result<Cell, Fault> {
    let name = name(call);
    let arguments = arguments(call)?;
    let [argument] = arguments.as_slice() else {
        return Err(Fault::Unsupported);
    };
    let Some(expr) = argument else {
        return if name == "COUNT" {
            Ok(Cell::number(rows.len()))
        } else {
            Err(Fault::Unsupported)
        };
    };
    let mut values = rows
        .iter()
        .map(|row| env.value(row, expr))
        .collect::<Result<Vec<_>, _>>()?;
    values.retain(|value| !value.is_null());
    if let FunctionArguments::List(list) = &call.args
        && list.duplicate_treatment == Some(DuplicateTreatment::Distinct)
    {
        let mut seen = std::collections::BTreeSet::new();
        values.retain(|value| seen.insert(value.key()));
    }
    match name.as_str() {
        "COUNT" => Ok(Cell::number(values.len())),
        "SUM" | "AVG" => sum(&name, &values),
        "MAX" => extreme(values, std::cmp::Ordering::is_gt),
        "MIN" => extreme(values, std::cmp::Ordering::is_lt),
        _ => Err(Fault::Unsupported),
    }
}

fn sum(name: &str, values: &[Cell]) -> Result<Cell, Fault> {
    let mut sum = Decimal::ZERO;
    for value in values {
        sum += value.as_number()?.unwrap_or_default();
    }
    if values.is_empty() {
        return Ok(Cell::Null);
    }
    Ok(Cell::Number(if name == "AVG" {
        sum / Decimal::from(values.len())
    } else {
        sum
    }))
}

fn extreme(values: Vec<Cell>, better: fn(std::cmp::Ordering) -> bool) -> Result<Cell, Fault> {
    let mut best = Cell::Null;
    for value in values {
        if best.is_null() || value.compare(&best)?.is_some_and(better) {
            best = value;
        }
    }
    Ok(best)
}
