//! What would make both sides of a customer equal: field by field, by who owns it. Pure.

use serde_json::{Map, Value, json};

use super::book::{self, Owed};
use super::links::{Hashes, Last};
use super::referee::{Changed, Referee, Side};
use super::{addresses, names, plan, text};
use crate::config::store::{Customers, FieldOwners};
use crate::flows::order::fit;
use crate::netsuite::customers::Customer as Record;
use crate::plan::hash;
use crate::shopify::customer::{Change, Customer};

/// NetSuite's lengths, in characters.
pub(super) const EMAIL: usize = 254;
pub(super) const PHONE: usize = 32;

/// What is to be written on each side, and what both hold then.
#[derive(Debug, Clone)]
pub(super) struct Merged {
    pub(super) to_netsuite: Map<String, Value>,
    /// Whether the lines of the address book that are not sent are to go.
    pub(super) replaces_book: bool,
    pub(super) to_shopify: Change,
    pub(super) addresses: Vec<Owed>,
    /// The saved addresses to remove.
    pub(super) removed: Vec<u64>,
    /// As it will be but for `addresses`, whose ids Shopify gives.
    pub(super) customer: Customer,
    pub(super) record: Record,
}

impl Merged {
    pub(super) fn is_empty(&self) -> bool {
        self.to_netsuite.is_empty()
            && self.to_shopify.is_empty()
            && self.addresses.is_empty()
            && self.removed.is_empty()
    }

    /// Stands for all that is to be written.
    pub(super) fn hash(&self) -> String {
        let owed = self.addresses.iter().map(|it| json!([it.line, it.hash]));
        let owed: Vec<Value> = owed.collect();
        hash(&json!([
            self.to_netsuite,
            self.to_shopify,
            owed,
            self.removed
        ]))
    }

    /// What is remembered once both sides are as this says.
    pub(super) fn remembered(&self, last: &Last) -> Last {
        agreed(&self.customer, &self.record, last)
    }
}

/// What is remembered when both sides stay as they are.
pub(super) fn agreed(customer: &Customer, record: &Record, last: &Last) -> Last {
    let (lines, alone) = addresses::known(customer, record, last);
    Last {
        lines,
        alone,
        ..hashes(customer, record)
    }
}

/// What the two sides hold now, as hashes.
fn hashes(customer: &Customer, record: &Record) -> Last {
    let both = |shopify: Value, netsuite: Value| {
        Some(Hashes {
            shopify: hash(&shopify),
            netsuite: hash(&netsuite),
        })
    };
    let saved: Vec<Value> = customer
        .addresses
        .iter()
        .map(|it| {
            json!([
                addresses::plain(&it.address),
                customer.default_address == Some(it.id)
            ])
        })
        .collect();
    let lines: Vec<Value> = record
        .addresses
        .iter()
        .map(|it| json!([it.address, it.default_shipping]))
        .collect();
    let default = record.addresses.iter().find(|it| it.default_shipping);
    Last {
        name: both(
            json!([customer.first_name, customer.last_name]),
            json!([record.first_name, record.last_name, record.company_name]),
        ),
        email: both(json!(customer.email), json!(record.email)),
        phone: both(json!(customer.phone), json!(record.phone)),
        addresses: both(json!(saved), json!(lines)),
        default: both(
            json!(customer.default_address),
            json!(default.map(|it| &it.address)),
        ),
        ..Last::default()
    }
}

/// What is remembered of a record that was just made of this customer: as it was written, its lines'
/// keys not known yet.
pub(super) fn as_created(customer: &Customer) -> Last {
    agreed(customer, &plan::as_written(customer), &Last::default())
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
        replaces_book: false,
        to_shopify: Change::default(),
        addresses: Vec::new(),
        removed: Vec::new(),
        customer: customer.clone(),
        record: record.clone(),
    };
    let FieldOwners {
        name, email, phone, ..
    } = settings.fields;
    let changed = Changed::since(&now.name, &last.name);
    if let Some(side) = referee.wins(name, changed) {
        merge_name(side, customer, record, &mut merged);
    }
    let changed = Changed::since(&now.email, &last.email);
    if let Some(side) = referee.wins(email, changed) {
        let emptied = last.email.is_some() && changed.by(side);
        merge_email(side, emptied, customer, record, &mut merged);
    }
    let changed = Changed::since(&now.phone, &last.phone);
    if let Some(side) = referee.wins(phone, changed) {
        let emptied = last.phone.is_some() && changed.by(side);
        merge_phone(side, emptied, customer, record, &mut merged);
    }
    let changed = Changed::since(&now.default, &last.default);
    merge_books(customer, record, last, &referee, changed, &mut merged);
    predict(&mut merged);
    merged
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

fn merge_books(
    customer: &Customer,
    record: &Record,
    last: &Last,
    referee: &Referee<'_>,
    default_changed: Changed,
    merged: &mut Merged,
) {
    let book = book::merge(customer, record, last, referee, default_changed);
    if !book.lines.is_empty() || book.replaces {
        let lines = json!({ "items": book.lines });
        merged.to_netsuite.insert("addressBook".to_owned(), lines);
    }
    merged.replaces_book = book.replaces;
    merged.record = book.after;
    merged.addresses = book.owed;
    let is_gone = |id: &u64| book.removed.contains(id);
    merged.customer.addresses.retain(|it| !is_gone(&it.id));
    merged.removed = book.removed;
}

/// `emptied`: the side that is right held one when both were last equal.
fn merge_email(
    side: Side,
    emptied: bool,
    customer: &Customer,
    record: &Record,
    merged: &mut Merged,
) {
    let lower = |email: &Option<String>| text(email.as_deref()).map(|it| it.to_lowercase());
    if lower(&customer.email) == lower(&record.email) {
        return;
    }
    match side {
        Side::Shopify => {
            let email = text(customer.email.as_deref());
            // A shortened e-mail is somebody else's.
            let is_long = email.as_ref().is_some_and(|it| it.chars().count() > EMAIL);
            if (email.is_some() || emptied) && !is_long {
                let email = email.map_or(Value::Null, Value::from);
                merged.to_netsuite.insert("email".to_owned(), email);
            }
        }
        Side::Netsuite => {
            // Shopify has nobody without a name, an e-mail and a phone number.
            let may = emptied && (names::has_one(customer) || customer.phone.is_some());
            let email = text(record.email.as_deref());
            merged.to_shopify.email = email.or_else(|| may.then(String::new));
        }
    }
}

/// As [`merge_email`].
fn merge_phone(
    side: Side,
    emptied: bool,
    customer: &Customer,
    record: &Record,
    merged: &mut Merged,
) {
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
            let phone = text(customer.phone.as_deref());
            if phone.is_some() || emptied {
                let phone = phone.map_or(Value::Null, |it| Value::from(fit(&it, PHONE)));
                merged.to_netsuite.insert("phone".to_owned(), phone);
            }
        }
        // Shopify takes international numbers only; which country a local one is of, nobody knows.
        Side::Netsuite => {
            let written = text(record.phone.as_deref());
            let keeps = names::has_one(customer) || customer.email.is_some();
            let may = emptied && written.is_none() && keeps;
            let international = written.filter(|it| it.starts_with('+') || it.starts_with("00"));
            merged.to_shopify.phone = international
                .map(|_| format!("+{}", digits(&record.phone)))
                .or_else(|| may.then(String::new));
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
        if let Some(value) = merged.to_netsuite.get(name) {
            *field = value.as_str().map(str::to_owned);
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

pub(super) fn nobody() -> Record {
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
