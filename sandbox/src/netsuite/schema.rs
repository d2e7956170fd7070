//! The shape of each record's body, read from the schema files.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde_json::Value;

use super::answer::Refusal;
use super::document::Fields;
use super::intake::Intake;
use super::kind::Kind;

/// What a field holds.
#[derive(Debug, Clone)]
pub(crate) enum Shape {
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
pub(crate) struct Object {
    /// By lower-case name: the name as documented, and its shape.
    pub(crate) fields: BTreeMap<String, (String, Shape)>,
    /// Computed by NetSuite, lower case.
    pub(crate) derived: BTreeSet<String>,
}

/// The body of one record type.
#[derive(Debug)]
pub(crate) struct Schema {
    body: Object,
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
        Kind::CustomerSubsidiaryRelationship,
        Schema {
            body: relationship(),
        },
    );
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
        Kind::CustomerSubsidiaryRelationship
        | Kind::SalesOrder
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

/// There is no table of `customerSubsidiaryRelationship` either. Oracle's help names what can be updated,
/// and its sample of the script sets the two references.
fn relationship() -> Object {
    let mut body = Object::default();
    body.put("entity", Shape::Reference);
    body.put("subsidiary", Shape::Reference);
    body.put("externalId", Shape::Text);
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
