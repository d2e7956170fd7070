//! What of a company must be written: the parts that differ from what was last carried. Pure.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::links::{COMPANY, Carried, Known, LOCATION};
use super::read::Read;
use crate::config::Store;
use crate::flows::customer::{line_key, whole_address};
use crate::flows::order::{called, fit, netsuite_address, terms_of};
use crate::netsuite::address::Address;
use crate::netsuite::customer_body::RECORD;
use crate::netsuite::customers::{Customer as Record, Line};
use crate::plan::{Action, On, Plan, Write, hash};
use crate::problem::Problem;
use crate::shopify::companies::{Company, Location};

/// NetSuite's lengths, in characters.
const NAME: usize = 83;
const PHONE: usize = 32;
const ACCOUNT: usize = 83;

/// One record that must change, and what is remembered once it has.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) kind: &'static str,
    pub(super) shopify_id: u64,
    pub(super) write: Write,
    pub(super) carried: Carried,
}

/// The changes of a company, then of each of its locations, then of those that it lost.
///
/// # Errors
///
/// `missing_setting` for payment terms that NetSuite's are not set for.
pub(super) fn plan(read: &Read, store: &Store) -> Result<Vec<Step>, Problem> {
    let mut steps = Vec::new();
    steps.extend(own(&read.company, &read.own, store));
    for location in &read.company.locations {
        if let Some(known) = read.locations.get(&location.id) {
            let record = read.records.get(&location.id);
            steps.extend(of_location(&read.company, location, known, record, store)?);
        }
    }
    for (id, known) in &read.removed {
        let carried = Carried {
            removed: true,
            ..known.carried.clone()
        };
        let body = json!({ "isInactive": true });
        steps.push(step(LOCATION, *id, known, body, carried));
    }
    Ok(steps)
}

/// The same as a plan that people read.
pub(super) fn written(steps: &[Step]) -> Plan {
    Plan {
        writes: steps.iter().map(|step| step.write.clone()).collect(),
        ..Plan::default()
    }
}

/// Whether an address of the location differs from what was last carried: then its record is read.
pub(super) fn moved(location: &Location, carried: &Carried) -> bool {
    roles(location)
        .into_iter()
        .any(|(role, address)| address.is_some_and(|it| is_new(carried, role, &of(&it))))
}

/// Which part changed, and how it is said: what is remembered goes with it.
struct Changes<'a> {
    was: &'a Carried,
    carried: Carried,
    body: Map<String, Value>,
}

impl Changes<'_> {
    /// A part that Shopify has emptied is emptied, if it was ever carried.
    fn part(&mut self, part: &str, field: &str, value: Option<Value>) {
        let had = self.was.parts.contains_key(part);
        match value {
            Some(value) if is_new(self.was, part, &value) => {
                self.carried.parts.insert(part.to_owned(), hash(&value));
                self.body.insert(field.to_owned(), value);
            }
            None if had => {
                self.carried.parts.remove(part);
                self.body.insert(field.to_owned(), Value::Null);
            }
            Some(_) | None => {}
        }
    }

    fn step(self, kind: &'static str, id: u64, known: &Known) -> Option<Step> {
        let is_changed = !self.body.is_empty() || self.carried != *self.was;
        is_changed.then(|| step(kind, id, known, Value::Object(self.body), self.carried))
    }
}

fn changes(known: &Known) -> Changes<'_> {
    Changes {
        was: &known.carried,
        carried: Carried {
            // It is there again.
            removed: false,
            ..known.carried.clone()
        },
        body: Map::new(),
    }
}

fn own(company: &Company, known: &Known, store: &Store) -> Option<Step> {
    let mut changes = changes(known);
    let name = fit(&company.name, NAME);
    changes.part("name", "companyName", Some(name.into()));
    external(&mut changes, company.external_id.as_deref(), store);
    changes.step(COMPANY, company.id, known)
}

fn of_location(
    company: &Company,
    location: &Location,
    known: &Known,
    record: Option<&Record>,
    store: &Store,
) -> Result<Option<Step>, Problem> {
    let mut changes = changes(known);
    if known.carried.removed {
        changes.body.insert("isInactive".to_owned(), false.into());
    }
    let name = called(&company.name, &location.name, location.id);
    changes.part("name", "companyName", Some(fit(&name, NAME).into()));
    external(&mut changes, location.external_id.as_deref(), store);
    let phone = location.phone.as_deref().map(str::trim);
    let phone = phone.filter(|it| !it.is_empty());
    changes.part("phone", "phone", phone.map(|it| fit(it, PHONE).into()));
    // A store that maps no terms uses none of NetSuite's.
    if !store.orders.terms.is_empty() {
        let terms = terms_of(location.terms.as_deref(), "a location of a company", store)?;
        let terms = terms.map(|it| serde_json::to_value(it).unwrap_or_default());
        changes.part("terms", "terms", terms);
    }
    if let Some(record) = record {
        book(&mut changes, location, record);
    }
    Ok(changes.step(LOCATION, location.id, known))
}

fn external(changes: &mut Changes<'_>, id: Option<&str>, store: &Store) {
    let Some(field) = &store.customers.company_external_id else {
        return;
    };
    let id = id.map(str::trim).filter(|it| !it.is_empty());
    changes.part("external", field, id.map(|it| fit(it, ACCOUNT).into()));
}

/// What each address of a location is for.
fn roles(location: &Location) -> [(&'static str, Option<Address>); 2] {
    let address = |it: Option<&_>| it.and_then(netsuite_address);
    [
        ("billing", address(location.billing_address.as_ref())),
        ("shipping", address(location.shipping_address.as_ref())),
    ]
}

/// The address book: a line that says the same is taken, else the one that was written for this before
/// is changed, else one is added. None is ever removed.
fn book(changes: &mut Changes<'_>, location: &Location, record: &Record) {
    let roles = roles(location);
    let mut items: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for (role, address) in &roles {
        let Some(address) = address.as_ref() else {
            continue;
        };
        let value = of(address);
        if !is_new(changes.was, role, &value) {
            continue;
        }
        let hashed = hash(&value);
        changes
            .carried
            .parts
            .insert((*role).to_owned(), hashed.clone());
        let written = changes
            .carried
            .lines
            .insert((*role).to_owned(), hashed.clone());
        // A line that the other role still needs is not changed.
        let mut others = roles.iter().filter(|(other, _)| other != role);
        let shared = others.any(|(_, other)| {
            let other = other.as_ref().map(|it| hash(&of(it)));
            other.is_some() && other == written
        });
        let before = written.filter(|_| !shared);
        let (key, mut line) = line_for(address, &record.addresses, before.as_deref());
        let default = if *role == "billing" {
            "defaultBilling"
        } else {
            "defaultShipping"
        };
        line.insert(default.to_owned(), true.into());
        items.entry(key).or_default().extend(line);
    }
    if !items.is_empty() {
        let items: Vec<Value> = items.into_values().map(Value::Object).collect();
        changes
            .body
            .insert("addressBook".to_owned(), json!({ "items": items }));
    }
}

/// How the book is told of an address, and by which key: `before` stands for what was written for it.
fn line_for(
    address: &Address,
    lines: &[Line],
    before: Option<&str>,
) -> (String, Map<String, Value>) {
    if let Some(line) = lines.iter().find(|line| line.address == *address) {
        return (line.key.clone(), said(Some(line), None));
    }
    let was = lines
        .iter()
        .find(|line| before == Some(hash(&of(&line.address)).as_str()))
        .or_else(|| lines.iter().find(|line| is_there(&line.address, address)));
    match was {
        Some(line) => {
            let whole = whole_address(address);
            (line.key.clone(), said(Some(line), Some(whole)))
        }
        None => {
            let address = of(address);
            (format!("new {}", hash(&address)), said(None, Some(address)))
        }
    }
}

/// Whether both are the same place, whoever receives there: the first order may have named them otherwise.
fn is_there(one: &Address, other: &Address) -> bool {
    let place = |of: &Address| Address {
        attention: None,
        addressee: None,
        addr_phone: None,
        ..of.clone()
    };
    place(one) == place(other)
}

/// A line of the address book: by its key, if it is there, and with its address, if that is to be written.
fn said(line: Option<&Line>, address: Option<Value>) -> Map<String, Value> {
    let key = line.map(|line| ("id", line_key(&line.key)));
    let address = address.map(|it| ("addressBookAddress", it));
    let said = key.into_iter().chain(address);
    said.map(|(name, value)| (name.to_owned(), value)).collect()
}

fn of(address: &Address) -> Value {
    serde_json::to_value(address).unwrap_or_default()
}

fn is_new(carried: &Carried, part: &str, value: &Value) -> bool {
    carried.parts.get(part) != Some(&hash(value))
}

fn step(kind: &'static str, id: u64, known: &Known, body: Value, carried: Carried) -> Step {
    Step {
        kind,
        shopify_id: id,
        write: Write {
            action: Action::Update,
            record: RECORD.to_owned(),
            key: known.id.0.clone(),
            source: id.to_string(),
            body,
            on: Some(On {
                record: RECORD.to_owned(),
                id: known.id.0.clone(),
            }),
        },
        carried,
    }
}
