//! Saved addresses and the lines of an address book: which is which, and what one side lacks of the other.
//!
//! A line without its key adds an address, so each is looked for first: by the line it was known as, by
//! what it says, by what was last written. Nothing is ever removed on either side.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::geography;
use super::links::{Known, Last};
use crate::flows::order::netsuite_address;
use crate::netsuite::address::Address;
use crate::netsuite::customers::{Customer as Record, Line};
use crate::plan::hash;
use crate::shopify::customer::{Customer, Saved};
use crate::shopify::order;

/// A saved address as NetSuite would hold it.
pub(super) fn as_line(saved: &Saved) -> Option<Address> {
    netsuite_address(&saved.address)
}

/// The line of the record that is this saved address.
pub(super) fn line_of<'a>(saved: &Saved, record: &'a Record, last: &Last) -> Option<&'a Line> {
    let wanted = as_line(saved)?;
    let known = last.lines.get(&saved.id);
    let by = |test: &dyn Fn(&Line) -> bool| record.addresses.iter().find(|line| test(line));
    by(&|line| known.is_some_and(|known| known.line.as_ref() == Some(&line.key)))
        .or_else(|| by(&|line| line.address == wanted))
        .or_else(|| by(&|line| known.is_some_and(|known| known.hash == hash_of(&line.address))))
}

pub(super) fn hash_of(address: &Address) -> String {
    hash(&serde_json::to_value(address).unwrap_or_default())
}

/// What the address book must be sent so that it holds every saved address, and the record as it is then.
pub(super) fn to_netsuite(
    customer: &Customer,
    record: &Record,
    last: &Last,
) -> (Vec<Value>, Record) {
    let mut after = record.clone();
    let mut lines = Vec::new();
    for saved in &customer.addresses {
        let Some(wanted) = as_line(saved) else {
            continue;
        };
        match line_of(saved, &after, last).map(|line| (line.key.clone(), line.address == wanted)) {
            Some((_, true)) => {}
            Some((key, false)) => {
                lines.push(json!({ "id": number(&key), "addressBookAddress": whole(&wanted) }));
                for line in after.addresses.iter_mut().filter(|line| line.key == key) {
                    line.address = wanted.clone();
                }
            }
            None => {
                let first = after.addresses.is_empty();
                lines.push(json!({
                    "label": label(saved), "defaultBilling": first, "defaultShipping": first,
                    "addressBookAddress": wanted,
                }));
                after.addresses.push(Line {
                    key: String::new(),
                    label: None,
                    default_billing: first,
                    default_shipping: first,
                    address: wanted,
                });
            }
        }
    }
    move_default(customer, &mut after, &mut lines, last);
    (lines, after)
}

/// The saved default is where goods go. Where bills go is touched only while nobody has said so.
fn move_default(customer: &Customer, after: &mut Record, lines: &mut Vec<Value>, last: &Last) {
    let default = customer.default_address;
    let saved = customer
        .addresses
        .iter()
        .find(|saved| Some(saved.id) == default);
    let Some(wanted) = saved.and_then(|saved| {
        line_of(saved, after, last)
            .map(|line| line.address.clone())
            .or_else(|| as_line(saved))
    }) else {
        return;
    };
    let is_it = |line: &Line| line.address == wanted;
    if after
        .addresses
        .iter()
        .any(|line| is_it(line) && line.default_shipping)
    {
        return;
    }
    let Some(at) = after.addresses.iter().position(is_it) else {
        return;
    };
    for (place, line) in after.addresses.iter_mut().enumerate() {
        let is_default = place == at;
        if line.default_shipping == is_default {
            continue;
        }
        line.default_shipping = is_default;
        set(lines, line, "defaultShipping", is_default);
    }
}

/// Sets a flag on what is sent for a line, or sends the line for the flag alone.
fn set(lines: &mut Vec<Value>, line: &Line, flag: &str, value: bool) {
    let same = |sent: &&mut Value| {
        if line.key.is_empty() {
            sent.get("id").is_none()
                && sent["addressBookAddress"]
                    == serde_json::to_value(&line.address).unwrap_or_default()
        } else {
            sent.get("id") == Some(&number(&line.key))
        }
    };
    match lines.iter_mut().find(same) {
        Some(sent) => sent[flag] = Value::from(value),
        None => lines.push(json!({ "id": number(&line.key), flag: value })),
    }
}

/// A line's key as NetSuite writes it: a number.
fn number(key: &str) -> Value {
    key.parse::<u64>()
        .map_or_else(|_| Value::from(key), Value::from)
}

/// Every part of an address: those that are absent are emptied.
fn whole(address: &Address) -> Value {
    let parts = [
        "attention",
        "addressee",
        "addr1",
        "addr2",
        "addr3",
        "city",
        "state",
        "zip",
        "country",
        "addrPhone",
    ];
    let mut body: Map<String, Value> = parts
        .iter()
        .map(|part| ((*part).to_owned(), Value::Null))
        .collect();
    if let Ok(Value::Object(filled)) = serde_json::to_value(address) {
        body.extend(filled);
    }
    // A country cannot be emptied.
    if body.get("country") == Some(&Value::Null) {
        body.remove("country");
    }
    Value::Object(body)
}

/// What people call the line by: the street and the city.
pub(super) fn label(saved: &Saved) -> String {
    let parts = [&saved.address.address1, &saved.address.city];
    let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    crate::flows::order::fit(&parts.join(", "), 83)
}

/// One address that Shopify lacks, or holds otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owed {
    /// The saved address to change; a new one if absent.
    pub(super) saved: Option<u64>,
    pub(super) line: String,
    pub(super) hash: String,
    pub(super) address: order::Address,
    pub(super) is_default: bool,
}

/// What Shopify must be told so that it holds every line.
pub(super) fn to_shopify(customer: &Customer, record: &Record, last: &Last) -> Vec<Owed> {
    let mut owed = Vec::new();
    for line in &record.addresses {
        let saved = customer
            .addresses
            .iter()
            .find(|saved| line_of(saved, record, last).is_some_and(|found| found.key == line.key));
        let hash = hash_of(&line.address);
        let is_equal = saved.is_some_and(|saved| as_line(saved).as_ref() == Some(&line.address));
        let was_carried = saved
            .and_then(|saved| last.lines.get(&saved.id))
            .is_some_and(|known| known.hash == hash);
        let moves = line.default_shipping
            && saved.is_none_or(|saved| customer.default_address != Some(saved.id));
        if (is_equal || was_carried) && !moves {
            continue;
        }
        let address = match saved {
            Some(saved) if is_equal || was_carried => saved.address.clone(),
            Some(_) | None => inverse(&line.address),
        };
        owed.push(Owed {
            saved: saved.map(|saved| saved.id),
            line: line.key.clone(),
            hash,
            address,
            is_default: line.default_shipping,
        });
    }
    owed
}

/// A NetSuite address as Shopify would hold it: with both, the addressee is a company.
fn inverse(address: &Address) -> order::Address {
    let (company, person) = match (&address.addressee, &address.attention) {
        (Some(company), Some(person)) => (Some(company.clone()), Some(person.as_str())),
        (Some(person), None) | (None, Some(person)) => (None, Some(person.as_str())),
        (None, None) => (None, None),
    };
    let (first, last) = match person.and_then(|person| person.split_once(' ')) {
        Some((first, last)) => (Some(first.to_owned()), Some(last.to_owned())),
        None => (None, person.map(str::to_owned)),
    };
    let country = address.country.as_deref().map(geography::country);
    let second = [&address.addr2, &address.addr3].into_iter().flatten();
    let second: Vec<&str> = second.map(String::as_str).collect();
    order::Address {
        first_name: first,
        last_name: last,
        company,
        address1: address.addr1.clone(),
        address2: (!second.is_empty()).then(|| second.join(", ")),
        city: address.city.clone(),
        province: None,
        province_code: address
            .state
            .as_deref()
            .map(|state| geography::province(country.as_deref().unwrap_or_default(), state)),
        zip: address.zip.clone(),
        country_code: country,
        phone: address.addr_phone.clone(),
    }
}

/// Which line each saved address is, now that both sides are as `customer` and `record` say.
pub(super) fn known(customer: &Customer, record: &Record, last: &Last) -> BTreeMap<u64, Known> {
    let known = |saved: &Saved| {
        let line = line_of(saved, record, last)?;
        let key = Some(line.key.clone()).filter(|key| !key.is_empty());
        let known = Known {
            line: key,
            hash: hash_of(&line.address),
        };
        Some((saved.id, known))
    };
    customer.addresses.iter().filter_map(known).collect()
}

/// The lines of a record that was just made of this customer; their keys are not known yet.
pub(super) fn as_written(customer: &Customer) -> BTreeMap<u64, Known> {
    let known = |saved: &Saved| {
        let hash = hash_of(&as_line(saved)?);
        Some((saved.id, Known { line: None, hash }))
    };
    customer.addresses.iter().filter_map(known).collect()
}
