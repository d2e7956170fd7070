//! The check of a request body against its schema.
//!
//! A name is known when the schema lists it, or when it is a custom field of this account. What is
//! computed by NetSuite must not be sent. Values come out in one form: numbers as numbers, references
//! as `{"id"}`, `{"externalId"}` or `{"refName"}`, sublists as arrays (null clears).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::answer::Refusal;
use super::document::{Fields, as_decimal};
use super::schema::{Object, Shape};

/// What `X-NetSuite-PropertyNameValidation` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnknownNames {
    Error,
    Warning,
    Ignore,
}

/// What a body is checked with, beside its schema.
pub(crate) struct Intake<'a> {
    pub(crate) unknown: UnknownNames,
    pub(crate) custom_fields: &'a BTreeSet<String>,
    /// Characters a text field holds, by field name.
    pub(crate) limit: &'a dyn Fn(&str) -> Option<usize>,
    /// Names that do not exist in this account, though the schema has them.
    pub(crate) absent: &'a [&'a str],
    /// Names left out, for the warning header.
    pub(crate) warnings: Vec<String>,
}

impl Object {
    pub(crate) fn intake(
        &self,
        body: &Fields,
        path: &str,
        check: &mut Intake<'_>,
    ) -> Result<Fields, Refusal> {
        let mut fields = Fields::new();
        for (name, value) in body {
            let lower = name.to_lowercase();
            let here = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}.{name}")
            };
            let known = self
                .fields
                .get(&lower)
                .filter(|(name, _)| !check.absent.contains(&name.as_str()));
            if let Some((canonical, shape)) = known {
                if self.derived.contains(&lower) {
                    return Err(Refusal::content(
                        format!("The field {canonical} is read-only"),
                        here,
                    ));
                }
                fields.insert(
                    canonical.clone(),
                    shape.value(canonical, value, &here, check)?,
                );
            } else if check.custom_fields.contains(&lower) {
                fields.insert(lower, custom_value(value, &here)?);
            } else {
                check.refuse_name(name, &here)?;
            }
        }
        Ok(fields)
    }
}

impl Intake<'_> {
    fn refuse_name(&mut self, name: &str, path: &str) -> Result<(), Refusal> {
        match self.unknown {
            UnknownNames::Error => return Err(Refusal::unknown_field(name, path)),
            UnknownNames::Warning => self.warnings.push(path.into()),
            UnknownNames::Ignore => {}
        }
        Ok(())
    }
}

fn custom_value(value: &Value, path: &str) -> Result<Value, Refusal> {
    let scalar = !value.is_object() && !value.is_array();
    if scalar || value.get("id").is_some() || value.get("items").is_some() {
        return Ok(value.clone());
    }
    Err(Refusal::no_such_value(&value.to_string(), path, path))
}

impl Shape {
    fn value(
        &self,
        name: &str,
        value: &Value,
        path: &str,
        check: &mut Intake<'_>,
    ) -> Result<Value, Refusal> {
        if value.is_null() {
            return Ok(Value::Null);
        }
        let wrong = || Refusal::no_such_value(&value.to_string(), name, path);
        match self {
            Shape::Text => {
                let text = value.as_str().ok_or_else(wrong)?;
                too_long(name, text, path, check)?;
                Ok(json!(text))
            }
            Shape::Object(object) => {
                let fields = value.as_object().ok_or_else(wrong)?;
                Ok(Value::Object(object.intake(fields, path, check)?))
            }
            Shape::Sublist(line) => sublist(line, value, path, check),
            Shape::Links => Err(Refusal::content(
                format!("The field {name} is read-only"),
                path,
            )),
            Shape::Anything => Ok(value.clone()),
            Shape::Reference => reference(value).ok_or_else(wrong),
            Shape::Number => numeric(name, value).ok_or_else(wrong),
            Shape::Integer => integer(value).ok_or_else(wrong),
            Shape::Boolean => value.is_boolean().then(|| value.clone()).ok_or_else(wrong),
            Shape::Date => date(value).ok_or_else(wrong),
            Shape::DateTime => instant(value).ok_or_else(wrong),
            Shape::Country => {
                let two = |code: &str| {
                    code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase())
                };
                choice(value, two).ok_or_else(wrong)
            }
            Shape::Choice(choices) => {
                let known = |choice: &str| choices.iter().any(|known| known == choice);
                choice(value, known).ok_or_else(wrong)
            }
        }
    }
}

fn integer(value: &Value) -> Option<Value> {
    let number = as_decimal(value).filter(rust_decimal::Decimal::is_integer)?;
    number.trunc().to_string().parse().ok().map(Value::Number)
}

fn date(value: &Value) -> Option<Value> {
    let day = value.as_str().filter(|day| day.len() == 10)?;
    let day: chrono::NaiveDate = day.parse().ok()?;
    Some(json!(day.to_string()))
}

fn instant(value: &Value) -> Option<Value> {
    let text = value.as_str().filter(|text| text.ends_with('Z'))?;
    chrono::DateTime::parse_from_rfc3339(text).ok()?;
    Some(value.clone())
}

/// An enumeration: bare or `{"id"}`.
fn choice(value: &Value, known: impl Fn(&str) -> bool) -> Option<Value> {
    let choice = value.as_str().or_else(|| value["id"].as_str())?;
    known(choice).then(|| json!({ "id": choice, "refName": choice }))
}

fn sublist(
    line: &Object,
    value: &Value,
    path: &str,
    check: &mut Intake<'_>,
) -> Result<Value, Refusal> {
    let wrong = || {
        Refusal::content(
            format!("The sublist {path} must be an object with the array \"items\""),
            path,
        )
    };
    let object = value.as_object().ok_or_else(wrong)?;
    if object.keys().any(|key| key != "items") {
        return Err(wrong());
    }
    let items = object.get("items").ok_or_else(wrong)?;
    if items.is_null() {
        return Ok(Value::Null);
    }
    let mut lines = Vec::new();
    for (index, item) in items.as_array().ok_or_else(wrong)?.iter().enumerate() {
        let here = format!("{path}.items[{index}]");
        let fields = item.as_object().ok_or_else(wrong)?;
        lines.push(Value::Object(line.intake(fields, &here, check)?));
    }
    Ok(Value::Array(lines))
}

/// `{"id"}`, `{"externalId"}`, `{"refName"}` or a bare id. Ids become strings.
fn reference(value: &Value) -> Option<Value> {
    let bare = |value: &Value| match (value.as_str(), value.as_i64()) {
        (Some(text), _) => Some(json!({ "id": text })),
        (None, Some(number)) => Some(json!({ "id": number.to_string() })),
        (None, None) => None,
    };
    let Some(object) = value.as_object() else {
        return bare(value);
    };
    let known = ["id", "externalId", "refName", "links"];
    if object.keys().any(|key| !known.contains(&key.as_str())) {
        return None;
    }
    if let Some(id) = object.get("id") {
        return bare(id);
    }
    let by = |key: &str| object.get(key)?.as_str().map(|text| json!({ key: text }));
    by("externalId").or_else(|| by("refName"))
}

fn numeric(name: &str, value: &Value) -> Option<Value> {
    // A rate may be a percentage of the line before it.
    let percent = value.as_str().and_then(|text| text.strip_suffix('%'));
    if let Some(percent) = percent {
        let takes_percent = matches!(name, "rate" | "discountRate");
        let number = percent.trim().parse::<rust_decimal::Decimal>().ok();
        return number.filter(|_| takes_percent).map(|_| value.clone());
    }
    Some(super::document::number(as_decimal(value)?))
}

fn too_long(name: &str, text: &str, path: &str, check: &Intake<'_>) -> Result<(), Refusal> {
    match (check.limit)(name) {
        Some(limit) if text.chars().count() > limit => Err(Refusal::content(
            format!(
                "The field {name} contained more than the maximum number ( {limit} ) of characters allowed."
            ),
            path,
        )),
        Some(_) | None => Ok(()),
    }
}
