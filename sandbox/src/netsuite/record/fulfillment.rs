//! Rules of the item fulfillment: one location, enough stock, and tracking that fits the carrier.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::effects::location;
use crate::netsuite::answer::Refusal;
use crate::netsuite::document;
use crate::netsuite::kind::Kind;
use crate::netsuite::state::{Record, State};

/// Checks a fulfillment and fills what NetSuite fills.
///
/// # Errors
///
/// 400 for lines of several locations, too little stock, or a package without weight.
pub(crate) fn complete(
    state: &State,
    record: &mut Record,
    old: Option<&Record>,
) -> Result<(), Refusal> {
    let status = record
        .fields
        .entry("shipStatus")
        .or_insert_with(|| document::reference("C", "Shipped"));
    let shipped = status["id"] == "C";
    let was_shipped = old.is_some_and(|old| document::id(&old.fields, "shipStatus") == Some("C"));
    if was_shipped && !shipped {
        return Err(Refusal::no_such_value(
            "shipStatus",
            "shipStatus",
            "shipStatus",
        ));
    }
    let lines = document::lines(&record.fields, "item");
    let locations: BTreeSet<_> = lines
        .iter()
        .filter_map(|line| location(&record.fields, line))
        .collect();
    if locations.len() > 1 {
        return Err(Refusal::user(
            "An item fulfillment can have items from one location only.",
        ));
    }
    if shipped && !was_shipped {
        for line in &lines {
            enough(state, record, line)?;
        }
    }
    packages(state, record)?;
    describe(state, record);
    Ok(())
}

/// Names the items, and adds a kit's components as lines of their own, for reading.
fn describe(state: &State, record: &mut Record) {
    let mut components = Vec::new();
    for line in document::lines_mut(&mut record.fields, "item") {
        let item = document::record_id(line, "item").and_then(|id| state.item(id));
        let Some(item) = item.filter(|_| !line.contains_key("itemName")) else {
            continue;
        };
        line.insert("itemName".into(), json!(item.name()));
        if let Some(upc) = item.fields.get("upcCode") {
            line.insert("itemUpc".into(), upc.clone());
        }
        let quantity = document::decimal(line, "quantity").unwrap_or_default();
        for member in document::lines(&item.fields, "member") {
            let each = document::decimal(member, "quantity").unwrap_or(Decimal::ONE);
            components.push(json!({
                "item": member.get("item"),
                "itemReceive": true,
                "kitMemberOf": line.get("line"),
                "quantity": document::number(each * quantity),
            }));
        }
    }
    if let Some(lines) = record.fields.get_mut("item").and_then(Value::as_array_mut) {
        for mut component in components {
            record.last_line += 1;
            component["line"] = json!(record.last_line);
            lines.push(component);
        }
    }
}

fn enough(state: &State, record: &Record, line: &document::Fields) -> Result<(), Refusal> {
    let item = document::record_id(line, "item").and_then(|id| state.item(id));
    let Some(item) = item.filter(|item| item.kind == Kind::InventoryItem) else {
        return Ok(());
    };
    let place = location(&record.fields, line).ok_or_else(|| Refusal::missing("Location"))?;
    let quantity = document::decimal(line, "quantity").unwrap_or_default();
    if state.stock.on_hand(&(item.id, place.into())) < quantity {
        return Err(Refusal::user(format!(
            "Insufficient inventory of item {} to fulfill {quantity}.",
            item.name()
        )));
    }
    Ok(())
}

/// Tracking sits in the package list of the ship method's carrier.
fn packages(state: &State, record: &mut Record) -> Result<(), Refusal> {
    let method = document::id(&record.fields, "shipMethod");
    let known = state
        .settings
        .ship_methods
        .iter()
        .find(|known| Some(known.id.as_str()) == method);
    let carrier = known.map_or("nonups", |known| known.carrier.as_str());
    let own = match carrier {
        "ups" => "packageUps",
        "fedex" => "packageFedex",
        "usps" => "packageUsps",
        _ => "package",
    };
    for sublist in ["package", "packageUps", "packageFedex", "packageUsps"] {
        if sublist != own && !document::lines(&record.fields, sublist).is_empty() {
            return Err(Refusal::content(
                format!("The ship method has no sublist {sublist}"),
                sublist,
            ));
        }
    }
    for line in document::lines_mut(&mut record.fields, own) {
        line.remove(super::sublist::SENT);
        let weight = document::decimal(line, "packageWeight").unwrap_or_default();
        if own == "package" && weight <= Decimal::ZERO {
            return Err(Refusal::missing("Package Weight"));
        }
    }
    record
        .fields
        .entry("shippedDate")
        .or_insert_with(|| json!(state.today().to_string()));
    Ok(())
}
