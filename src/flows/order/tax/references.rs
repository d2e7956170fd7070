//! `tax.references = "read_back"`: the exact tax is written once NetSuite has given its references.
//!
//! The record is created with the tax that NetSuite computes; the lines are read for their own
//! `taxDetailsReference`; one change writes the override on them. A pass that dies in between leaves
//! no link, so the next one finds the record by its external id and writes the override again: it
//! replaces all rows, and twice is the same as once.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::config::store::{Tax, TaxReferences, TaxStrategy};
use crate::flows::Error;
use crate::journal::Journal;
use crate::link::InternalId;
use crate::netsuite::Client;
use crate::netsuite::record::Name;
use crate::plan::Write;
use crate::problem::{Code, Problem};

/// What our own reference of a line begins with; its key follows.
const OURS: &str = "LINE_";

/// Takes the exact tax out of a body that creates, where it has to wait; what to write afterwards.
pub(in crate::flows::order) fn set_apart(body: &mut Value, tax: &Tax) -> Option<Value> {
    let waits =
        (tax.strategy, tax.references) == (TaxStrategy::SuitetaxOverride, TaxReferences::ReadBack);
    if waits { apart(body) } else { None }
}

/// The same, whatever the setting: lines that a transform copies have references of NetSuite's.
pub(in crate::flows::order) fn apart(body: &mut Value) -> Option<Value> {
    let body = body.as_object_mut()?;
    body.remove("taxDetailsOverride");
    let rows = body.remove("taxDetails")?;
    let lines = body
        .get_mut("item")
        .and_then(|item| item["items"].as_array_mut());
    for line in lines.into_iter().flatten() {
        if let Some(line) = line.as_object_mut() {
            line.remove("taxDetailsReference");
        }
    }
    Some(json!({ "taxDetailsOverride": true, "taxDetails": rows }))
}

/// Writes the exact tax on a record that is there. Repeating it is harmless.
///
/// # Errors
///
/// `missing_in_netsuite` when the record or one of its lines is gone.
pub(in crate::flows::order) async fn write(
    netsuite: &Client,
    journal: &Journal,
    write: &Write,
    id: &InternalId,
) -> Result<(), Error> {
    let mut body = write.body.clone();
    if rows(&mut body).any(|row| ours(row).is_some()) {
        let record = netsuite
            .get(journal, &write.record, Name::Internal(id), true)
            .await?;
        let given = given(record.as_ref());
        for row in rows(&mut body) {
            let Some(key) = ours(row) else { continue };
            let reference = given.get(key).ok_or_else(|| lost(write, id))?;
            row["taxDetailsReference"] = Value::from(*reference);
        }
    }
    let all = Some("taxDetails");
    netsuite
        .update(journal, &write.record, id, &body, all)
        .await?;
    Ok(())
}

fn rows(body: &mut Value) -> impl Iterator<Item = &mut Value> {
    let rows = body.pointer_mut("/taxDetails/items");
    rows.and_then(Value::as_array_mut).into_iter().flatten()
}

/// The key of the line that a row is about; `None` for the shipping.
fn ours(row: &Value) -> Option<&str> {
    row["taxDetailsReference"].as_str()?.strip_prefix(OURS)
}

/// NetSuite's reference of each line, by our key of the line.
fn given(record: Option<&Value>) -> HashMap<&str, &str> {
    let lines = record.and_then(|record| record.pointer("/item/items"));
    let lines = lines.and_then(Value::as_array).into_iter().flatten();
    lines
        .filter_map(|line| {
            let key = line["custcol_waybill_line"].as_str()?;
            Some((key, line["taxDetailsReference"].as_str()?))
        })
        .collect()
}

fn lost(write: &Write, id: &InternalId) -> Problem {
    let what = format!(
        "{} {id} ({}) was created, and a taxed line of it is not in NetSuite any more",
        write.record, write.key
    );
    Problem::new(Code::MissingInNetsuite, what).because(&write.key)
}
