//! How a record looks when it is read: links, collapsed or expanded sublists, computed fields.

use serde_json::{Value, json};

use super::{commitment, status};
use crate::netsuite::answer::Refusal;
use crate::netsuite::document::{self, Fields};
use crate::netsuite::kind::{Class, Kind};
use crate::netsuite::state::{Record, State};

/// How a reader wants the record.
pub(crate) struct View<'a> {
    /// `https://host/services/rest/record/v1`.
    pub(crate) base: &'a str,
    /// Sublists and subrecords inline.
    pub(crate) expand: bool,
    /// Only these fields; empty for all.
    pub(crate) only: Vec<String>,
}

/// The record as `GET` answers it.
pub(crate) fn record(state: &State, record: &Record, view: &View<'_>) -> Value {
    let href = format!("{}/{}/{}", view.base, record.kind.rest_name(), record.id);
    let mut body = Fields::new();
    body.insert("links".into(), links(&href));
    for (name, value) in &complete(state, record) {
        let wanted =
            view.only.is_empty() || view.only.iter().any(|only| only.eq_ignore_ascii_case(name));
        if wanted && !name.starts_with('#') {
            body.insert(
                name.clone(),
                field(name, value, &format!("{href}/{name}"), view),
            );
        }
    }
    Value::Object(body)
}

/// One sublist or subrecord by its own address.
///
/// # Errors
///
/// 404 when the record has nothing of that name.
pub(crate) fn part(
    state: &State,
    record: &Record,
    name: &str,
    view: &View<'_>,
) -> Result<Value, Refusal> {
    let fields = complete(state, record);
    let found = fields.iter().find(|(known, value)| {
        known.eq_ignore_ascii_case(name) && (value.is_array() || value.is_object())
    });
    let (name, value) = found.ok_or_else(Refusal::no_record)?;
    let href = format!(
        "{}/{}/{}/{name}",
        view.base,
        record.kind.rest_name(),
        record.id
    );
    let expanded = View {
        base: view.base,
        expand: true,
        only: Vec::new(),
    };
    Ok(field(name, value, &href, &expanded))
}

fn links(href: &str) -> Value {
    json!([{ "rel": "self", "href": href }])
}

fn field(name: &str, value: &Value, href: &str, view: &View<'_>) -> Value {
    if let Some(lines) = value.as_array() {
        if !view.expand {
            return json!({ "links": links(href) });
        }
        let line = |line: &Value| {
            line.as_object()
                .map_or(Value::Null, |line| line_of(line, href, view))
        };
        let items: Vec<Value> = lines.iter().map(line).collect();
        let count = items.len();
        return json!({ "links": links(href), "items": items, "totalResults": count });
    }
    if name.ends_with("Address") && value.is_object() {
        if !view.expand {
            return json!({ "links": links(href) });
        }
        let mut address = value.clone();
        address["links"] = links(href);
        return address;
    }
    with_link(name, value, view)
}

fn line_of(line: &Fields, href: &str, view: &View<'_>) -> Value {
    let key = line
        .get("line")
        .or_else(|| line.get("id"))
        .map(Value::to_string)
        .unwrap_or_default();
    let mut body = Fields::new();
    body.insert("links".into(), links(&format!("{href}/{key}")));
    for (name, value) in line.iter().filter(|(name, _)| !name.starts_with('#')) {
        body.insert(
            name.clone(),
            field(name, value, &format!("{href}/{key}/{name}"), view),
        );
    }
    Value::Object(body)
}

/// References carry a link to what they name.
fn with_link(name: &str, value: &Value, view: &View<'_>) -> Value {
    let linked = match name {
        "entity" | "customer" => Some("customer"),
        "salesOrder" => Some("salesOrder"),
        "currency" | "subsidiary" | "location" | "department" => Some(name),
        _ => None,
    };
    match (linked, value.get("id").and_then(Value::as_str)) {
        (Some(kind), Some(id)) => {
            let href = format!("{}/{kind}/{id}", view.base);
            json!({ "links": links(&href), "id": id, "refName": value["refName"] })
        }
        (_, _) => value.clone(),
    }
}

/// The fields with those that are computed when read.
pub(crate) fn complete(state: &State, record: &Record) -> Fields {
    let mut fields = record.fields.clone();
    fields.insert("id".into(), json!(record.id.to_string()));
    let instant =
        |time: chrono::DateTime<chrono::Utc>| json!(time.format("%Y-%m-%dT%H:%M:%SZ").to_string());
    let created = if record.kind.class() == Class::Entity {
        "dateCreated"
    } else {
        "createdDate"
    };
    fields.insert(created.into(), instant(record.created));
    fields.insert("lastModifiedDate".into(), instant(record.modified));
    if record.kind.class() != Class::Transaction {
        return fields;
    }
    let letter = status::letter(state, record);
    let words = status::words(record.kind, letter);
    // The trap of live accounts: `status` has the words as its id, `orderStatus` the letter.
    fields.insert("status".into(), document::reference(words, words));
    if fields.contains_key("orderStatus") {
        fields.insert("orderStatus".into(), document::reference(letter, letter));
    }
    if record.kind == Kind::Invoice {
        let open = status::open_amount(state, record);
        document::set_decimal(&mut fields, "amountRemaining", open);
        document::set_decimal(&mut fields, "amountPaid", record.total() - open);
    }
    if matches!(record.kind, Kind::CreditMemo | Kind::CustomerPayment) {
        document::set_decimal(&mut fields, "unapplied", status::open_amount(state, record));
    }
    // Reading a refund shows no deposits, though it has them.
    if record.kind == Kind::CustomerRefund && fields.contains_key("deposit") {
        fields.insert("deposit".into(), json!([]));
    }
    if record.kind == Kind::SalesOrder {
        commitment(state, record, &mut fields);
    }
    if let Some(source) = Some(record.source).filter(|source| !source.is_empty()) {
        fields.insert("source".into(), document::reference(source, source));
    }
    fields
}

fn commitment(state: &State, record: &Record, fields: &mut Fields) {
    let all = commitment::of_order(state, record);
    for line in document::lines_mut(fields, "item") {
        let of_line = document::line_id(line).and_then(|id| all.get(&id));
        if let Some(of_line) = of_line {
            document::set_decimal(line, "quantityCommitted", of_line.committed);
            document::set_decimal(line, "quantityBackOrdered", of_line.back_ordered);
        }
    }
}
