//! How request lines meet the lines a record has.
//!
//! A line that carries the key of an existing line updates it; every other line is added, so a line sent
//! twice without its key is there twice. `replace` also removes the lines that were not sent.

use serde_json::{Value, json};

use crate::netsuite::answer::Refusal;
use crate::netsuite::document::{self, Fields, as_decimal};
use crate::netsuite::state::{Record, State};

/// Names of the columns a request sent for a line; taken off again when the line is completed.
pub(crate) const SENT: &str = "#sent";

/// The key column of a sublist; `None` when lines cannot be addressed.
fn key(sublist: &str) -> Option<&'static str> {
    match sublist {
        "item" => Some("line"),
        "apply" | "credit" | "deposit" => Some("doc"),
        "addressBook" => Some("id"),
        _ => None,
    }
}

/// Merges a sublist of a request into the record.
///
/// # Errors
///
/// 400 when a line that is fulfilled, billed or closed would be removed.
pub(crate) fn merge(
    state: &mut State,
    record: &mut Record,
    sublist: &str,
    sent: &Value,
    replace: bool,
) -> Result<(), Refusal> {
    let had: Vec<Value> = record
        .fields
        .get(sublist)
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let Some(sent) = sent.as_array() else {
        return clear(record, sublist, &had);
    };
    let mut lines = had.clone();
    let mut touched = vec![false; lines.len()];
    for line in sent {
        let Some(columns) = line.as_object() else {
            continue;
        };
        let at = lines
            .iter()
            .position(|line| same_key(sublist, line, columns));
        if let Some(at) = at {
            update(&mut lines, at, columns);
            if let Some(touched) = touched.get_mut(at) {
                *touched = true;
            }
        } else {
            lines.push(added(state, record, sublist, columns));
            touched.push(true);
        }
    }
    if replace {
        let mut kept = touched.iter();
        for (line, _) in had.iter().zip(&touched).filter(|(_, touched)| !**touched) {
            refuse_removal(record, sublist, line)?;
        }
        lines.retain(|_| kept.next() == Some(&true));
    }
    record.fields.insert(sublist.into(), Value::Array(lines));
    Ok(())
}

fn clear(record: &mut Record, sublist: &str, had: &[Value]) -> Result<(), Refusal> {
    for line in had {
        refuse_removal(record, sublist, line)?;
    }
    record.fields.insert(sublist.into(), json!([]));
    Ok(())
}

fn refuse_removal(record: &Record, sublist: &str, line: &Value) -> Result<(), Refusal> {
    let Some(columns) = line.as_object().filter(|_| sublist == "item") else {
        return Ok(());
    };
    let done = |name| document::decimal(columns, name).is_some_and(|quantity| !quantity.is_zero());
    if done("quantityFulfilled")
        || done("quantityBilled")
        || document::flag(columns, "isClosed")
        || columns.contains_key("#picked")
    {
        let line = document::line_id(columns).unwrap_or_default();
        return Err(Refusal::user(format!(
            "You cannot delete line {line} of {}: it is linked to other transactions or closed.",
            record.name()
        )));
    }
    Ok(())
}

fn same_key(sublist: &str, line: &Value, sent: &Fields) -> bool {
    let Some(key) = key(sublist) else {
        return false;
    };
    let number = |value: &Value| as_decimal(value.get("id").unwrap_or(value));
    match (
        line.get(key).and_then(number),
        sent.get(key).and_then(number),
    ) {
        (Some(has), Some(wanted)) => has == wanted,
        (Some(_), None) | (None, Some(_) | None) => false,
    }
}

fn update(lines: &mut [Value], at: usize, columns: &Fields) {
    if let Some(line) = lines.get_mut(at).and_then(Value::as_object_mut) {
        line.extend(
            columns
                .iter()
                .map(|(name, value)| (name.clone(), value.clone())),
        );
        line.insert(SENT.into(), names(columns));
    }
}

fn added(state: &mut State, record: &mut Record, sublist: &str, columns: &Fields) -> Value {
    let mut line = columns.clone();
    line.insert(SENT.into(), names(columns));
    match sublist {
        "item" => {
            record.last_line += 1;
            line.insert("line".into(), json!(record.last_line));
            line.insert(
                "lineUniqueKey".into(),
                json!(state.next_line_key().to_string()),
            );
        }
        "addressBook" => {
            let id = state.next_id();
            line.insert("id".into(), json!(id));
            line.insert("internalId".into(), json!(id));
        }
        _ => {}
    }
    Value::Object(line)
}

fn names(columns: &Fields) -> Value {
    columns.keys().map(|name| json!(name)).collect()
}

/// True when the request sent this column of the line.
pub(crate) fn was_sent(line: &Fields, column: &str) -> bool {
    let names = line.get(SENT).and_then(Value::as_array);
    names.is_some_and(|names| names.iter().any(|name| name == column))
}
