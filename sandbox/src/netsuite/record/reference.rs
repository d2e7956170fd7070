//! Resolves references in a body: an id, external id or name becomes the id and name of what exists.

use serde_json::Value;

use crate::netsuite::answer::Refusal;
use crate::netsuite::document::{self, Fields};
use crate::netsuite::kind::{Class, Kind};
use crate::netsuite::settings::{Entry, Settings};
use crate::netsuite::state::State;

/// What a field points to.
enum Target {
    Record(Kind),
    AnyItem,
    AnyTransaction,
    List(Vec<(String, String)>),
}

/// Resolves every reference of a body, lines included.
///
/// # Errors
///
/// 400 for a reference to nothing, with the path of the field.
pub(crate) fn resolve_all(state: &State, fields: &mut Fields, path: &str) -> Result<(), Refusal> {
    for (name, value) in fields.iter_mut() {
        let here = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        if let Some(lines) = value.as_array_mut() {
            for (index, line) in lines.iter_mut().enumerate() {
                if let Some(line) = line.as_object_mut() {
                    resolve_all(state, line, &format!("{here}.items[{index}]"))?;
                }
            }
        } else if value.is_object()
            && let Some(target) = target(&state.settings, name)
        {
            *value = resolve(state, &target, name, value, &here)?;
        }
    }
    Ok(())
}

fn target(settings: &Settings, field: &str) -> Option<Target> {
    let entries = |list: &[Entry]| {
        Target::List(
            list.iter()
                .map(|entry| (entry.id.clone(), entry.name.clone()))
                .collect(),
        )
    };
    let target = match field {
        "entity" | "customer" | "parent" => Target::Record(Kind::Customer),
        "item" => Target::AnyItem,
        "salesOrder" => Target::Record(Kind::SalesOrder),
        "createdFrom" | "doc" => Target::AnyTransaction,
        "discountItem" => Target::Record(Kind::DiscountItem),
        "subsidiary" => list_of(&settings.subsidiaries, |entry| (&entry.id, &entry.name)),
        "currency" => list_of(&settings.currencies, |entry| (&entry.id, &entry.code)),
        "location" | "inventorylocation" | "inventoryLocation" => {
            list_of(&settings.locations, |entry| (&entry.id, &entry.name))
        }
        "taxCode" | "taxItem" | "shippingTaxCode" | "handlingTaxCode" => {
            list_of(&settings.tax_codes, |entry| (&entry.id, &entry.name))
        }
        "account" => list_of(&settings.accounts, |entry| (&entry.id, &entry.name)),
        "shipMethod" | "shippingItem" => {
            list_of(&settings.ship_methods, |entry| (&entry.id, &entry.name))
        }
        "taxType" => entries(&settings.tax_types),
        "paymentMethod" => entries(&settings.payment_methods),
        "paymentOption" => entries(&settings.payment_options),
        "terms" => entries(&settings.terms),
        "price" | "priceLevel" => entries(&settings.price_levels),
        "department" => entries(&settings.departments),
        "class" => entries(&settings.classes),
        "salesChannel" => entries(&settings.sales_channels),
        "customForm" => entries(&settings.custom_forms),
        _ => return None,
    };
    Some(target)
}

fn list_of<T>(list: &[T], entry: impl Fn(&T) -> (&String, &String)) -> Target {
    let pair = |item: &T| {
        let (id, name) = entry(item);
        (id.clone(), name.clone())
    };
    Target::List(list.iter().map(pair).collect())
}

fn resolve(
    state: &State,
    target: &Target,
    field: &str,
    value: &Value,
    path: &str,
) -> Result<Value, Refusal> {
    let wanted = |key: &str| value.get(key).and_then(Value::as_str);
    let found = match (wanted("id"), wanted("externalId"), wanted("refName")) {
        (Some(id), _, _) => by_id(state, target, id),
        (None, Some(external), _) => {
            return by_external_id(state, target, external).ok_or_else(|| Refusal::reference(path));
        }
        (None, None, Some(name)) => by_name(state, target, name),
        (None, None, None) => None,
    };
    let shown = wanted("id")
        .or_else(|| wanted("refName"))
        .unwrap_or_default();
    found.ok_or_else(|| Refusal::no_such_value(shown, field, path))
}

fn by_id(state: &State, target: &Target, id: &str) -> Option<Value> {
    let number: Option<u64> = id.parse().ok();
    let record = match target {
        Target::Record(kind) => state.get(*kind, number?),
        Target::AnyItem => state.item(number?),
        Target::AnyTransaction => state.transaction(number?),
        Target::List(list) => {
            let (id, name) = list.iter().find(|(known, _)| known == id)?;
            return Some(document::reference(id, name));
        }
    };
    record.map(|record| document::reference(&record.id.to_string(), &record.name()))
}

fn by_external_id(state: &State, target: &Target, external: &str) -> Option<Value> {
    let has = |class: Class| {
        state
            .of_class(class)
            .find(|record| record.external_id() == Some(external))
    };
    let record = match target {
        Target::Record(kind) => state.by_external_id(*kind, external),
        Target::AnyItem => has(Class::Item),
        Target::AnyTransaction => has(Class::Transaction),
        Target::List(_) => None,
    }?;
    Some(document::reference(&record.id.to_string(), &record.name()))
}

fn by_name(state: &State, target: &Target, name: &str) -> Option<Value> {
    let named = |class: Class| state.of_class(class).find(|record| record.name() == name);
    let record = match target {
        Target::Record(kind) => named(kind.class()).filter(|record| record.kind == *kind),
        Target::AnyItem => named(Class::Item),
        Target::AnyTransaction => named(Class::Transaction),
        Target::List(list) => {
            let (id, name) = list.iter().find(|(_, known)| known == name)?;
            return Some(document::reference(id, name));
        }
    }?;
    Some(document::reference(&record.id.to_string(), &record.name()))
}
