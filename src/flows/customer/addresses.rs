//! Saved addresses and the lines of an address book: which is which, and how one is said as the other.
//!
//! A line without its key adds an address, so each is looked for first: by the line it was known as, by
//! what it says, by what was last written, and among lines just written by their order.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::geography;
use super::links::{Alone, Known, Last};
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

pub(super) fn hash_of(address: &Address) -> String {
    hash(&serde_json::to_value(address).unwrap_or_default())
}

/// Stands for a saved address: Shopify adds the name to a province's code.
pub(super) fn saved_hash(address: &order::Address) -> String {
    hash(&plain(address))
}

/// A saved address without what Shopify adds to it.
pub(super) fn plain(address: &order::Address) -> Value {
    let named = address.province.clone();
    let plain = order::Address {
        province: named.filter(|_| address.province_code.is_none()),
        ..address.clone()
    };
    serde_json::to_value(plain).unwrap_or_default()
}

/// Which saved address is which line, and what has no counterpart.
pub(super) struct Pairs<'a> {
    pub(super) both: Vec<(&'a Saved, &'a Line)>,
    pub(super) saved: Vec<&'a Saved>,
    pub(super) lines: Vec<&'a Line>,
}

/// Pairs the addresses of both sides, each with one at most.
pub(super) fn pair<'a>(customer: &'a Customer, record: &'a Record, last: &Last) -> Pairs<'a> {
    let mut pairs = Pairs {
        both: Vec::new(),
        saved: customer.addresses.iter().collect(),
        lines: record.addresses.iter().collect(),
    };
    let known = |saved: &Saved| last.lines.get(&saved.id);
    pairs.by(|saved, line| {
        let key = known(saved).and_then(|known| known.line.as_ref());
        key == Some(&line.key)
    });
    pairs.by(|saved, line| as_line(saved).as_ref() == Some(&line.address));
    pairs.by(|saved, line| known(saved).is_some_and(|it| it.hash == hash_of(&line.address)));
    // Written in this order, and not read since.
    let keys: Vec<&String> = last
        .lines
        .values()
        .filter_map(|it| it.line.as_ref())
        .collect();
    pairs.by(|saved, line| {
        let unread = known(saved).is_some_and(|known| known.line.is_none());
        unread && !keys.contains(&&line.key)
    });
    pairs
}

impl Pairs<'_> {
    fn by(&mut self, is_it: impl Fn(&Saved, &Line) -> bool) {
        let mut alone = Vec::new();
        for saved in std::mem::take(&mut self.saved) {
            match self.lines.iter().position(|line| is_it(saved, line)) {
                Some(at) => self.both.push((saved, self.lines.remove(at))),
                None => alone.push(saved),
            }
        }
        self.saved = alone;
    }
}

/// Sets a flag on what is sent for a line, or sends the line for the flag alone.
pub(super) fn set(lines: &mut Vec<Value>, line: &Line, flag: &str, value: bool) {
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
pub(in crate::flows) fn number(key: &str) -> Value {
    key.parse::<u64>()
        .map_or_else(|_| Value::from(key), Value::from)
}

/// Every part of an address: those that are absent are emptied.
pub(in crate::flows) fn whole(address: &Address) -> Value {
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

/// A NetSuite address as Shopify would hold it: with both, the addressee is a company.
pub(super) fn inverse(address: &Address) -> order::Address {
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
        netsuite_state: None,
        zip: address.zip.clone(),
        country_code: country,
        phone: address.addr_phone.clone(),
    }
}

/// Which line each saved address is, now that both sides are as `customer` and `record` say.
pub(super) fn known(
    customer: &Customer,
    record: &Record,
    last: &Last,
) -> (BTreeMap<u64, Known>, Alone) {
    let pairs = pair(customer, record, last);
    let both = |(saved, line): &(&Saved, &Line)| (saved.id, of(saved, line));
    let saved = |it: &&Saved| (it.id, saved_hash(&it.address));
    let line = |it: &&Line| (it.key.clone(), hash_of(&it.address));
    let alone = Alone {
        saved: pairs.saved.iter().map(saved).collect(),
        lines: pairs.lines.iter().map(line).collect(),
    };
    (pairs.both.iter().map(both).collect(), alone)
}

fn of(saved: &Saved, line: &Line) -> Known {
    Known {
        line: Some(line.key.clone()).filter(|key| !key.is_empty()),
        hash: hash_of(&line.address),
        saved: Some(saved_hash(&saved.address)),
    }
}
