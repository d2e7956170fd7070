//! What would make both sides of a customer equal: field by field, by who owns it. Pure.

use serde_json::{Map, Value, json};

use super::addresses::{self, Owed};
use super::links::{Hashes, Last};
use super::{names, text};
use crate::config::store::{Customers, FieldOwners, Owner};
use crate::flows::order::fit;
use crate::netsuite::customers::Customer as Record;
use crate::plan::hash;
use crate::shopify::customer::{Change, Customer};

/// NetSuite's lengths, in characters.
const EMAIL: usize = 254;
const PHONE: usize = 32;

/// A side of the pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Shopify,
    Netsuite,
}

/// What is to be written on each side, and what both hold then.
#[derive(Debug, Clone)]
pub(super) struct Merged {
    pub(super) to_netsuite: Map<String, Value>,
    pub(super) to_shopify: Change,
    pub(super) addresses: Vec<Owed>,
    /// As it will be but for `addresses`, whose ids Shopify gives.
    pub(super) customer: Customer,
    pub(super) record: Record,
}

impl Merged {
    pub(super) fn is_empty(&self) -> bool {
        self.to_netsuite.is_empty() && self.to_shopify.is_empty() && self.addresses.is_empty()
    }

    /// Stands for all that is to be written.
    pub(super) fn hash(&self) -> String {
        let owed = self.addresses.iter().map(|it| json!([it.line, it.hash]));
        let owed: Vec<Value> = owed.collect();
        hash(&json!([self.to_netsuite, self.to_shopify, owed]))
    }

    /// What is remembered once both sides are as this says.
    pub(super) fn remembered(&self, last: &Last) -> Last {
        Last {
            lines: addresses::known(&self.customer, &self.record, last),
            ..hashes(&self.customer, &self.record)
        }
    }
}

/// What the two sides hold now, as hashes.
pub(super) fn hashes(customer: &Customer, record: &Record) -> Last {
    let both = |shopify: Value, netsuite: Value| {
        Some(Hashes {
            shopify: hash(&shopify),
            netsuite: hash(&netsuite),
        })
    };
    let saved: Vec<Value> = customer
        .addresses
        .iter()
        .map(|it| json!([it.address, customer.default_address == Some(it.id)]))
        .collect();
    let lines: Vec<Value> = record
        .addresses
        .iter()
        .map(|it| json!([it.address, it.default_shipping]))
        .collect();
    Last {
        name: both(
            json!([customer.first_name, customer.last_name]),
            json!([record.first_name, record.last_name, record.company_name]),
        ),
        email: both(json!(customer.email), json!(record.email)),
        phone: both(json!(customer.phone), json!(record.phone)),
        addresses: both(json!(saved), json!(lines)),
        ..Last::default()
    }
}

/// What is remembered of a record that was just made of this customer: nobody has read it yet.
pub(super) fn as_created(customer: &Customer) -> Last {
    Last {
        lines: addresses::as_written(customer),
        ..hashes(customer, &nobody())
    }
}

/// Whether Shopify's side is as it was when both were last equal.
pub(super) fn is_as_it_was(customer: &Customer, last: &Last) -> bool {
    let now = hashes(customer, &nobody());
    let same = |now: &Option<Hashes>, last: &Option<Hashes>| {
        now.as_ref().map(|it| &it.shopify) == last.as_ref().map(|it| &it.shopify)
    };
    same(&now.name, &last.name)
        && same(&now.email, &last.email)
        && same(&now.phone, &last.phone)
        && same(&now.addresses, &last.addresses)
}

/// Whether NetSuite's side is as it was when both were last equal.
pub(super) fn is_record_as_it_was(record: &Record, last: &Last) -> bool {
    let now = hashes(&nothing(), record);
    let same = |now: &Option<Hashes>, last: &Option<Hashes>| {
        now.as_ref().map(|it| &it.netsuite) == last.as_ref().map(|it| &it.netsuite)
    };
    same(&now.name, &last.name)
        && same(&now.email, &last.email)
        && same(&now.phone, &last.phone)
        && same(&now.addresses, &last.addresses)
}

/// Compares both sides, and says what to write.
pub(super) fn merge(
    customer: &Customer,
    record: &Record,
    last: &Last,
    settings: &Customers,
) -> Merged {
    let now = hashes(customer, record);
    let newer = match record.modified {
        Some(modified) if modified > customer.updated_at => Side::Netsuite,
        Some(_) | None => Side::Shopify,
    };
    let referee = Referee { settings, newer };
    let mut merged = Merged {
        to_netsuite: Map::new(),
        to_shopify: Change::default(),
        addresses: Vec::new(),
        customer: customer.clone(),
        record: record.clone(),
    };
    let FieldOwners {
        name,
        email,
        phone,
        addresses,
    } = settings.fields;
    if let Some(side) = referee.wins(name, &now.name, &last.name) {
        merge_name(side, customer, record, &mut merged);
    }
    if let Some(side) = referee.wins(email, &now.email, &last.email) {
        merge_email(side, customer, record, &mut merged);
    }
    if let Some(side) = referee.wins(phone, &now.phone, &last.phone) {
        merge_phone(side, customer, record, &mut merged);
    }
    match referee.wins(addresses, &now.addresses, &last.addresses) {
        Some(Side::Shopify) => {
            let (lines, after) = addresses::to_netsuite(customer, record, last);
            if !lines.is_empty() {
                let book = json!({ "items": lines });
                merged.to_netsuite.insert("addressBook".to_owned(), book);
            }
            merged.record = after;
        }
        Some(Side::Netsuite) => merged.addresses = addresses::to_shopify(customer, record, last),
        None => {}
    }
    predict(&mut merged);
    merged
}

/// Who is right about a field.
struct Referee<'a> {
    settings: &'a Customers,
    newer: Side,
}

impl Referee<'_> {
    fn wins(
        &self,
        owner: Option<Owner>,
        now: &Option<Hashes>,
        last: &Option<Hashes>,
    ) -> Option<Side> {
        let (to_netsuite, to_shopify) = (self.settings.to_netsuite(), self.settings.to_shopify());
        let side = match (owner, to_netsuite, to_shopify) {
            (Some(Owner::Shopify), _, _) | (None, true, false) => Side::Shopify,
            (Some(Owner::Netsuite), _, _) | (None, false, _) => Side::Netsuite,
            (Some(Owner::Newest), _, _) | (None, true, true) => self.newest(now, last)?,
        };
        let may = match side {
            Side::Shopify => to_netsuite,
            Side::Netsuite => to_shopify,
        };
        may.then_some(side)
    }

    fn newest(&self, now: &Option<Hashes>, last: &Option<Hashes>) -> Option<Side> {
        let (Some(now), Some(last)) = (now, last) else {
            return Some(self.newer);
        };
        match (now.shopify != last.shopify, now.netsuite != last.netsuite) {
            (true, false) => Some(Side::Shopify),
            (false, true) => Some(Side::Netsuite),
            (true, true) => Some(self.newer),
            (false, false) => None,
        }
    }
}

fn merge_name(side: Side, customer: &Customer, record: &Record, merged: &mut Merged) {
    let wanted = names::on(customer, record);
    if wanted == names::of(record) {
        return;
    }
    match side {
        Side::Shopify if !names::has_one(customer) => {}
        Side::Shopify => {
            let parts = [
                ("firstName", wanted.first),
                ("lastName", wanted.last),
                ("companyName", wanted.company),
            ];
            for (field, part) in parts {
                if let Some(part) = part {
                    merged
                        .to_netsuite
                        .insert(field.to_owned(), Value::from(part));
                }
            }
        }
        Side::Netsuite => {
            let name = names::of(record);
            let (first, last) = match name.company {
                Some(company) => (Some(String::new()), Some(company)),
                None => (name.first, name.last),
            };
            if last.is_some() {
                let changed = |new: Option<String>, old: &Option<String>| {
                    new.filter(|new| old.as_deref().unwrap_or_default() != new)
                };
                merged.to_shopify.first_name = changed(first, &customer.first_name);
                merged.to_shopify.last_name = changed(last, &customer.last_name);
            }
        }
    }
}

fn merge_email(side: Side, customer: &Customer, record: &Record, merged: &mut Merged) {
    let lower = |email: &Option<String>| text(email.as_deref()).map(|it| it.to_lowercase());
    if lower(&customer.email) == lower(&record.email) {
        return;
    }
    match side {
        // A shortened e-mail is somebody else's; an absent one erases nothing.
        Side::Shopify => {
            if let Some(email) = text(customer.email.as_deref()).filter(|it| it.len() <= EMAIL) {
                merged
                    .to_netsuite
                    .insert("email".to_owned(), Value::from(email));
            }
        }
        Side::Netsuite => merged.to_shopify.email = text(record.email.as_deref()),
    }
}

fn merge_phone(side: Side, customer: &Customer, record: &Record, merged: &mut Merged) {
    let digits = |phone: &Option<String>| {
        let all = phone.iter().flat_map(|it| it.chars());
        let digits: String = all.filter(char::is_ascii_digit).collect();
        digits.trim_start_matches("00").to_owned()
    };
    if digits(&customer.phone) == digits(&record.phone) {
        return;
    }
    match side {
        Side::Shopify => {
            if let Some(phone) = text(customer.phone.as_deref()) {
                let phone = fit(&phone, PHONE);
                merged
                    .to_netsuite
                    .insert("phone".to_owned(), Value::from(phone));
            }
        }
        // Shopify takes international numbers only; which country a local one is of, nobody knows.
        Side::Netsuite => {
            let written = text(record.phone.as_deref());
            let international = written.filter(|it| it.starts_with('+') || it.starts_with("00"));
            merged.to_shopify.phone = international.map(|_| format!("+{}", digits(&record.phone)));
        }
    }
}

/// Both sides as they are once the fields are written.
fn predict(merged: &mut Merged) {
    let record = &mut merged.record;
    let fields = [
        ("firstName", &mut record.first_name),
        ("lastName", &mut record.last_name),
        ("companyName", &mut record.company_name),
        ("email", &mut record.email),
        ("phone", &mut record.phone),
    ];
    for (name, field) in fields {
        if let Some(value) = merged.to_netsuite.get(name).and_then(Value::as_str) {
            *field = Some(value.to_owned());
        }
    }
    let (change, customer) = (&merged.to_shopify, &mut merged.customer);
    let fields = [
        (&change.first_name, &mut customer.first_name),
        (&change.last_name, &mut customer.last_name),
        (&change.email, &mut customer.email),
        (&change.phone, &mut customer.phone),
    ];
    for (new, field) in fields {
        if let Some(new) = new {
            *field = Some(new.clone()).filter(|new| !new.is_empty());
        }
    }
}

fn nobody() -> Record {
    Record {
        id: crate::link::InternalId(String::new()),
        external_id: None,
        is_person: false,
        first_name: None,
        last_name: None,
        company_name: None,
        email: None,
        phone: None,
        inactive: false,
        subsidiary: None,
        modified: None,
        addresses: Vec::new(),
    }
}

fn nothing() -> Customer {
    Customer {
        id: 0,
        first_name: None,
        last_name: None,
        name: String::new(),
        email: None,
        phone: None,
        note: None,
        tax_exempt: false,
        updated_at: chrono::DateTime::UNIX_EPOCH,
        addresses: Vec::new(),
        default_address: None,
    }
}
