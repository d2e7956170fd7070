//! The shape of each record's body, read from the schema files, and the check of a request against it.
//!
//! A name is known when the schema lists it, or when it is a custom field of this account. What is
//! computed by NetSuite must not be sent. Values come out in one form: numbers as numbers, references
//! as `{"id"}`, `{"externalId"}` or `{"refName"}`, sublists as arrays (null clears).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::answer::Refusal;
use super::document::{Fields, as_decimal};
use super::kind::Kind;

/// What a field holds.
#[derive(Debug, Clone)]
enum Shape {
    Reference,
    Number,
    Integer,
    Text,
    Boolean,
    Date,
    DateTime,
    Country,
    Choice(Vec<String>),
    Object(Object),
    Sublist(Object),
    Links,
    /// Known by name only.
    Anything,
}

#[derive(Debug, Clone, Default)]
struct Object {
    /// By lower-case name: the name as documented, and its shape.
    fields: BTreeMap<String, (String, Shape)>,
    /// Computed by NetSuite, lower case.
    derived: BTreeSet<String>,
}

/// The body of one record type.
#[derive(Debug)]
pub(crate) struct Schema {
    body: Object,
}

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

const FILES: [(Kind, &str); 13] = [
    (
        Kind::SalesOrder,
        include_str!("../../schemas/netsuite/salesOrder.json"),
    ),
    (
        Kind::Customer,
        include_str!("../../schemas/netsuite/customer.json"),
    ),
    (
        Kind::CustomerDeposit,
        include_str!("../../schemas/netsuite/customerDeposit.json"),
    ),
    (
        Kind::Invoice,
        include_str!("../../schemas/netsuite/invoice.json"),
    ),
    (
        Kind::CashSale,
        include_str!("../../schemas/netsuite/cashSale.json"),
    ),
    (
        Kind::CreditMemo,
        include_str!("../../schemas/netsuite/creditMemo.json"),
    ),
    (
        Kind::CashRefund,
        include_str!("../../schemas/netsuite/cashRefund.json"),
    ),
    (
        Kind::CustomerRefund,
        include_str!("../../schemas/netsuite/customerRefund.json"),
    ),
    (
        Kind::CustomerPayment,
        include_str!("../../schemas/netsuite/customerPayment.json"),
    ),
    (
        Kind::ReturnAuthorization,
        include_str!("../../schemas/netsuite/returnAuthorization.json"),
    ),
    (
        Kind::ItemReceipt,
        include_str!("../../schemas/netsuite/itemReceipt.json"),
    ),
    (
        Kind::ItemFulfillment,
        include_str!("../../schemas/netsuite/itemFulfillment.json"),
    ),
    (
        Kind::InventoryItem,
        include_str!("../../schemas/netsuite/inventoryItem.json"),
    ),
];

/// Line columns that NetSuite fills.
const DERIVED_COLUMNS: &[&str] = &[
    "links",
    "quantityFulfilled",
    "quantityBilled",
    "quantityCommitted",
    "quantityBackOrdered",
    "quantityAvailable",
    "quantityOnHand",
    "quantityAllocated",
    "quantityPacked",
    "quantityPicked",
    "quantityReceived",
    "quantityDemandAllocated",
    "quantityRemaining",
    "lineUniqueKey",
    "itemType",
    "itemSubtype",
    "itemName",
    "itemUpc",
    "kitMemberOf",
    "linked",
    "isOpen",
    "itemIsFulfilled",
    "hasOrdBillLink",
    "due",
    "remaining",
    "refNum",
];

/// The schema of a record that can be written; `None` for the others.
pub(crate) fn of(kind: Kind) -> Option<&'static Schema> {
    static SCHEMAS: OnceLock<BTreeMap<Kind, Schema>> = OnceLock::new();
    SCHEMAS.get_or_init(load).get(&kind)
}

fn load() -> BTreeMap<Kind, Schema> {
    let parse = |(kind, text): &(Kind, &str)| {
        let file: Value = serde_json::from_str(text).unwrap_or_default();
        (
            *kind,
            Schema {
                body: body_of(*kind, &file),
            },
        )
    };
    let mut schemas: BTreeMap<Kind, Schema> = FILES.iter().map(parse).collect();
    schemas.insert(
        Kind::DepositApplication,
        Schema {
            body: deposit_application(&schemas),
        },
    );
    schemas
}

fn body_of(kind: Kind, file: &Value) -> Object {
    let mut body = object_of(file, file);
    body.derived = names(&file["x-ns-derived"])
        .map(|name| name.to_lowercase())
        .collect();
    // On a complete record the schema is the list; elsewhere SuiteScript names are known as well.
    if file["x-ns-coverage"] == "partial" {
        for name in names(&file["x-ns-suitescriptIds"]) {
            let entry = (name.to_owned(), Shape::Anything);
            body.fields.entry(name.to_lowercase()).or_insert(entry);
        }
    }
    // Oracle's help names these; the partial tables do not.
    match kind {
        Kind::CustomerDeposit
        | Kind::CustomerPayment
        | Kind::CustomerRefund
        | Kind::CashSale
        | Kind::CashRefund => {
            body.put("paymentMethod", Shape::Reference);
        }
        Kind::Customer => {
            let mut currency = Object::default();
            currency.put("currency", Shape::Reference);
            body.put("currencyList", Shape::Sublist(currency));
        }
        Kind::SalesOrder
        | Kind::Invoice
        | Kind::ItemFulfillment
        | Kind::ReturnAuthorization
        | Kind::ItemReceipt
        | Kind::CreditMemo
        | Kind::DepositApplication
        | Kind::InventoryItem
        | Kind::NonInventorySaleItem
        | Kind::ServiceSaleItem
        | Kind::OtherChargeSaleItem
        | Kind::DiscountItem
        | Kind::KitItem
        | Kind::GiftCertificateItem => {}
    }
    body
}

/// There is no table of `depositApplication`; these are the fields Oracle's help uses.
fn deposit_application(schemas: &BTreeMap<Kind, Schema>) -> Object {
    let mut body = Object::default();
    for (name, shape) in [
        ("externalId", Shape::Text),
        ("memo", Shape::Text),
        ("tranDate", Shape::Date),
        ("tranId", Shape::Text),
        ("postingPeriod", Shape::Reference),
    ] {
        body.put(name, shape);
    }
    let payment = schemas.get(&Kind::CustomerPayment);
    if let Some((_, apply)) = payment.and_then(|schema| schema.body.fields.get("apply")) {
        body.put("apply", apply.clone());
    }
    body
}

fn names(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

fn object_of(schema: &Value, file: &Value) -> Object {
    let mut object = Object::default();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        object.put(name, shape_of(property, file));
    }
    object
}

fn shape_of(property: &Value, file: &Value) -> Shape {
    if let Some(choices) = property["anyOf"][0]["enum"].as_array() {
        return Shape::Choice(
            choices
                .iter()
                .filter_map(Value::as_str)
                .map(Into::into)
                .collect(),
        );
    }
    let Some(name) = property["$ref"]
        .as_str()
        .and_then(|path| path.strip_prefix("#/$defs/"))
    else {
        return if property["items"]["$ref"] == "#/$defs/link" {
            Shape::Links
        } else {
            Shape::Anything
        };
    };
    let definition = &file["$defs"][name];
    match name {
        "ref" => Shape::Reference,
        "num" => Shape::Number,
        "int" => Shape::Integer,
        "str" => Shape::Text,
        "bool" => Shape::Boolean,
        "date" => Shape::Date,
        "datetime" => Shape::DateTime,
        "country" => Shape::Country,
        _ if name.ends_with("Collection") => {
            let element = definition["properties"]["items"]["items"]["$ref"]
                .as_str()
                .unwrap_or_default();
            let element = element.trim_start_matches("#/$defs/");
            let mut line = object_of(&file["$defs"][element], file);
            line.derived = DERIVED_COLUMNS
                .iter()
                .map(|name| name.to_lowercase())
                .collect();
            Shape::Sublist(line)
        }
        _ => Shape::Object(object_of(definition, file)),
    }
}

impl Object {
    fn put(&mut self, name: &str, shape: Shape) {
        self.fields
            .insert(name.to_lowercase(), (name.into(), shape));
    }

    fn intake(&self, body: &Fields, path: &str, check: &mut Intake<'_>) -> Result<Fields, Refusal> {
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

impl Schema {
    /// Checks a request body and brings it into one form.
    ///
    /// # Errors
    ///
    /// NetSuite's 400 for the first field that is unknown, read-only or malformed.
    pub(crate) fn intake(&self, body: &Fields, check: &mut Intake<'_>) -> Result<Fields, Refusal> {
        self.body.intake(body, "", check)
    }

    /// True for a documented field of the body.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.body.fields.contains_key(&name.to_lowercase())
    }

    /// Names of the sublists, as documented.
    pub(crate) fn sublists(&self) -> impl Iterator<Item = &str> {
        self.body
            .fields
            .values()
            .filter_map(|(name, shape)| matches!(shape, Shape::Sublist(_)).then_some(name.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_file_names_fields() {
        for (kind, _) in FILES {
            let schema = of(kind);
            assert!(
                schema.is_some_and(|schema| schema.body.fields.len() > 20),
                "{kind:?}"
            );
        }
    }

    #[test]
    fn a_sales_order_has_no_payment_method() {
        let schema = of(Kind::SalesOrder);
        assert!(schema.is_some_and(|schema| !schema.body.fields.contains_key("paymentmethod")));
    }
}
