//! How resolvers answer: small objects that hold their fields, and one way to say that the twin holds no such field.

use std::str::FromStr as _;

use apollo_compiler::resolvers::{FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::response::JsonValue;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::super::time::utc;

pub(super) type Resolved<'a> = Result<ResolvedValue<'a>, FieldError>;

pub(super) fn refused(message: impl Into<String>) -> FieldError {
    FieldError {
        message: message.into(),
    }
}

pub(super) fn leaf<'a>(value: impl Into<JsonValue>) -> Resolved<'a> {
    Ok(ResolvedValue::Leaf(value.into()))
}

pub(super) fn null<'a>() -> Resolved<'a> {
    Ok(ResolvedValue::null())
}

pub(super) fn text<'a>(value: Option<&str>) -> Resolved<'a> {
    leaf(value)
}

pub(super) fn time<'a>(at: Option<DateTime<Utc>>) -> Resolved<'a> {
    leaf(at.map(utc))
}

pub(super) fn int<'a>(value: impl TryInto<i64>) -> Resolved<'a> {
    match value.try_into() {
        Ok(value) => leaf(value),
        Err(_) => Err(refused("the number is too large for the twin")),
    }
}

pub(super) fn float(value: Decimal) -> JsonValue {
    // A Float without a point would be an Int to the executor.
    let short = super::super::money::graphql(value);
    let number = serde_json::Number::from_str(&short);
    number.map_or(JsonValue::Null, JsonValue::Number)
}

pub(super) fn texts<'a>(values: impl IntoIterator<Item = impl Into<String>>) -> Resolved<'a> {
    let values: Vec<_> = values
        .into_iter()
        .map(|value| Ok(ResolvedValue::Leaf(value.into().into())))
        .collect();
    Ok(ResolvedValue::List(Box::new(values.into_iter())))
}

pub(super) fn gid<'a>(kind: &str, id: u64) -> Resolved<'a> {
    leaf(global(kind, id))
}

/// Shopify's global id.
pub(super) fn global(kind: &str, id: u64) -> String {
    format!("gid://shopify/{kind}/{id}")
}

/// The number in a global id of this kind. An id of another kind names nothing; a malformed one is an error.
pub(super) fn number_of(kind: &str, gid: &str) -> Result<Option<u64>, FieldError> {
    let invalid = || refused(format!("Invalid global id '{gid}'"));
    let rest = gid.strip_prefix("gid://shopify/").ok_or_else(invalid)?;
    let (found, id) = rest.split_once('/').ok_or_else(invalid)?;
    let id = id.split_once('?').map_or(id, |(id, _)| id);
    let id = id.parse().map_err(|_| invalid())?;
    Ok((found == kind).then_some(id))
}

/// An argument of type ID, as the number of an object of this kind.
pub(super) fn id_argument(
    info: &ResolveInfo<'_>,
    name: &str,
    kind: &str,
) -> Result<Option<u64>, FieldError> {
    match argument(info, name) {
        Some(gid) => number_of(kind, gid),
        None => Ok(None),
    }
}

pub(super) fn argument<'a>(info: &'a ResolveInfo<'_>, name: &str) -> Option<&'a str> {
    info.arguments().get(name)?.as_str()
}

pub(super) fn flag(info: &ResolveInfo<'_>, name: &str) -> bool {
    let value = info.arguments().get(name);
    value.and_then(JsonValue::as_bool).unwrap_or(false)
}

pub(super) fn count(info: &ResolveInfo<'_>, name: &str) -> Option<usize> {
    let value = info.arguments().get(name)?.as_u64()?;
    usize::try_from(value).ok()
}

pub(super) fn object<'a>(object: impl ObjectValue + 'a) -> Resolved<'a> {
    Ok(ResolvedValue::Object(Box::new(object)))
}

pub(super) fn optional<'a>(it: Option<impl ObjectValue + 'a>) -> Resolved<'a> {
    it.map_or_else(null, object)
}

pub(super) fn list<'a, T: ObjectValue + 'a>(items: impl Iterator<Item = T> + 'a) -> Resolved<'a> {
    Ok(ResolvedValue::List(Box::new(items.map(object))))
}

pub(super) fn nothing<'a>() -> Resolved<'a> {
    Ok(ResolvedValue::List(Box::new(std::iter::empty())))
}

/// What the twin does not hold: null where the schema allows it, an empty list where it wants one, else a plain error.
pub(super) fn absent<'a>(info: &ResolveInfo<'_>, of: &str) -> Resolved<'a> {
    let ty = &info.field_definition().ty;
    if ty.is_list() {
        return nothing();
    }
    if !ty.is_non_null() {
        return null();
    }
    if ty.inner_named_type().ends_with("Connection") {
        return super::connection::empty(info);
    }
    let field = info.field_name();
    Err(refused(format!(
        "the sandbox holds no {of}.{field}; see what it does not imitate"
    )))
}

/// A small object that holds its fields.
pub(super) struct Record<'a> {
    type_name: &'a str,
    fields: Vec<(&'a str, Held<'a>)>,
}

enum Held<'a> {
    Leaf(JsonValue),
    Leaves(Vec<String>),
    Record(Record<'a>),
    Records(Vec<Record<'a>>),
    Object(Box<dyn ObjectValue + 'a>),
    Objects(Vec<Box<dyn ObjectValue + 'a>>),
}

impl<'a> Record<'a> {
    pub(super) fn new(type_name: &'a str) -> Self {
        Self {
            type_name,
            fields: Vec::new(),
        }
    }

    fn held(mut self, name: &'a str, held: Held<'a>) -> Self {
        self.fields.push((name, held));
        self
    }

    pub(super) fn leaf(self, name: &'a str, value: impl Into<JsonValue>) -> Self {
        self.held(name, Held::Leaf(value.into()))
    }

    pub(super) fn leaves(self, name: &'a str, values: Vec<String>) -> Self {
        self.held(name, Held::Leaves(values))
    }

    pub(super) fn record(self, name: &'a str, record: Record<'a>) -> Self {
        self.held(name, Held::Record(record))
    }

    pub(super) fn records(self, name: &'a str, records: Vec<Record<'a>>) -> Self {
        self.held(name, Held::Records(records))
    }

    pub(super) fn object(self, name: &'a str, object: Option<impl ObjectValue + 'a>) -> Self {
        match object {
            Some(object) => self.held(name, Held::Object(Box::new(object))),
            None => self.leaf(name, JsonValue::Null),
        }
    }

    pub(super) fn objects(self, name: &'a str, objects: Vec<Box<dyn ObjectValue + 'a>>) -> Self {
        self.held(name, Held::Objects(objects))
    }
}

impl<'a> Record<'a> {
    /// Answers one field by value, for a record made only to be asked for it.
    pub(super) fn resolve_owned(self, info: &ResolveInfo<'_>) -> Resolved<'a> {
        let wanted = info.field_name();
        let type_name = self.type_name;
        let mut fields = self.fields.into_iter();
        let Some((_, held)) = fields.find(|(name, _)| *name == wanted) else {
            return absent(info, type_name);
        };
        match held {
            Held::Leaf(value) => leaf(value),
            Held::Leaves(values) => texts(values),
            Held::Record(record) => object(record),
            Held::Records(records) => list(records.into_iter()),
            Held::Object(it) => Ok(ResolvedValue::Object(it)),
            Held::Objects(objects) => {
                let objects = objects.into_iter();
                let resolved = objects.map(|it| Ok(ResolvedValue::Object(it)));
                Ok(ResolvedValue::List(Box::new(resolved)))
            }
        }
    }
}

impl ObjectValue for Record<'_> {
    fn type_name(&self) -> &str {
        self.type_name
    }

    fn resolve_field<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Resolved<'b> {
        let wanted = info.field_name();
        let Some((_, held)) = self.fields.iter().find(|(name, _)| *name == wanted) else {
            return absent(info, self.type_name);
        };
        match held {
            Held::Leaf(value) => leaf(value.clone()),
            Held::Leaves(values) => texts(values.iter().map(String::as_str)),
            Held::Record(record) => object(Borrowed(record)),
            Held::Records(records) => list(records.iter().map(|record| Borrowed(record))),
            Held::Object(it) => object(Borrowed(it.as_ref())),
            Held::Objects(objects) => list(objects.iter().map(|it| Borrowed(it.as_ref()))),
        }
    }
}

/// An object that somebody else keeps.
pub(super) struct Borrowed<'a>(pub(super) &'a dyn ObjectValue);

impl ObjectValue for Borrowed<'_> {
    fn type_name(&self) -> &str {
        self.0.type_name()
    }

    fn resolve_field<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Resolved<'b> {
        self.0.resolve_field(info)
    }
}

/// A user error without a code.
pub(super) fn user_error<'a>(field: &[&str], message: &str) -> Record<'a> {
    user_error_of("UserError", field).leaf("message", message)
}

/// A user error of a type that has more than a message; the caller adds it.
pub(super) fn user_error_of<'a>(type_name: &'a str, field: &[&str]) -> Record<'a> {
    let record = Record::new(type_name);
    if field.is_empty() {
        record.leaf("field", JsonValue::Null)
    } else {
        record.leaves("field", field.iter().map(ToString::to_string).collect())
    }
}
