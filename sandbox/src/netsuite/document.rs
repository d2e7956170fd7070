//! Reading and writing single fields of a record kept as JSON.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::{Map, Number, Value, json};

/// The fields of a record or of a sublist line, under their REST names.
pub(crate) type Fields = Map<String, Value>;

/// The source line a line was made from; names with `#` are never shown.
pub(crate) const ORDER_LINE: &str = "#orderLine";

/// A decimal field; `None` when absent, null or not a number.
pub(crate) fn decimal(fields: &Fields, name: &str) -> Option<Decimal> {
    fields.get(name).and_then(as_decimal)
}

pub(crate) fn as_decimal(value: &Value) -> Option<Decimal> {
    let text = match (value.as_number(), value.as_str()) {
        (Some(number), _) => number.to_string(),
        (None, Some(text)) => text.to_owned(),
        (None, None) => return None,
    };
    text.parse()
        .or_else(|_| Decimal::from_scientific(&text))
        .ok()
}

/// A number as NetSuite prints amounts: always with a decimal point.
pub(crate) fn number(value: Decimal) -> Value {
    let mut value = value.normalize();
    if value.scale() == 0 {
        value.rescale(1);
    }
    value
        .to_string()
        .parse::<Number>()
        .map_or(Value::Null, Value::Number)
}

pub(crate) fn set_decimal(fields: &mut Fields, name: &str, value: Decimal) {
    fields.insert(name.into(), number(value));
}

/// The id of a reference or of an enumeration.
pub(crate) fn id<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    fields.get(name)?.get("id")?.as_str()
}

/// The id of a reference to a record.
pub(crate) fn record_id(fields: &Fields, name: &str) -> Option<u64> {
    id(fields, name)?.parse().ok()
}

pub(crate) fn reference(id: &str, name: &str) -> Value {
    json!({ "id": id, "refName": name })
}

pub(crate) fn text<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    fields.get(name)?.as_str()
}

/// True only when the field is true.
pub(crate) fn flag(fields: &Fields, name: &str) -> bool {
    fields.get(name).and_then(Value::as_bool) == Some(true)
}

pub(crate) fn date(fields: &Fields, name: &str) -> Option<NaiveDate> {
    text(fields, name)?.parse().ok()
}

/// The lines of a sublist.
pub(crate) fn lines<'a>(fields: &'a Fields, sublist: &str) -> Vec<&'a Fields> {
    let lines = fields.get(sublist).and_then(Value::as_array);
    lines
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .collect()
}

pub(crate) fn lines_mut<'a>(fields: &'a mut Fields, sublist: &str) -> Vec<&'a mut Fields> {
    let lines = fields.get_mut(sublist).and_then(Value::as_array_mut);
    lines
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
        .collect()
}

/// The stable line id.
pub(crate) fn line_id(fields: &Fields) -> Option<u64> {
    fields
        .get("line")
        .and_then(as_decimal)
        .and_then(|line| u64::try_from(line).ok())
}
