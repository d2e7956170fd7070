//! The plan: what a pass writes on either side, in order. Pure.

use serde_json::{Value, json};

use super::addresses;
use super::links::Last;
use super::merge::{self, Merged};
use super::names;
use super::pair::{Found, New, NewInShopify, Pair};
use super::text;
use crate::event::Document;
use crate::flows::Shop;
use crate::flows::order::{customer_fields, fit};
use crate::link::{ExternalId, InternalId};
use crate::netsuite::customer_body::RECORD;
use crate::netsuite::customers::{Customer as Record, Line};
use crate::plan::{Action, Plan, Write};
use crate::problem::Problem;
use crate::shopify::customer::{Change, Customer};

/// What the pass comes to.
pub(super) enum Decision<'a> {
    Skip(String),
    /// Both sides say the same: only that is remembered.
    Equal(Box<Equal>),
    Write(Box<Planned<'a>>),
}

pub(super) struct Equal {
    pub(super) document: Document,
    pub(super) last: Last,
}

/// The plan, and what is needed to carry it out.
pub(super) struct Planned<'a> {
    pub(super) plan: Plan,
    pub(super) shop: &'a Shop,
    pub(super) act: Act,
}

pub(super) enum Act {
    Merge {
        document: Document,
        last: Box<Last>,
        merged: Box<Merged>,
    },
    Create {
        document: Document,
        key: ExternalId,
        customer: Box<Customer>,
        body: Value,
    },
    CreateInShopify {
        record: Box<Record>,
        change: Change,
    },
}

pub(super) fn plan(found: Found<'_>) -> Result<Decision<'_>, Problem> {
    match found {
        Found::Skip(reason) => Ok(Decision::Skip(reason)),
        Found::Pair(pair) => Ok(merged(*pair)),
        Found::New(new) => Ok(Decision::Write(Box::new(created(*new)?))),
        Found::NewInShopify(new) => Ok(created_in_shopify(*new)),
    }
}

fn merged(pair: Pair<'_>) -> Decision<'_> {
    let Pair {
        shop,
        document,
        customer,
        record,
        last,
        just_matched,
        ..
    } = pair;
    if just_matched {
        let last = merge::agreed(&customer, &record, &last);
        return Decision::Equal(Box::new(Equal { document, last }));
    }
    let merged = merge::merge(&customer, &record, &last, &shop.store.customers);
    if merged.is_empty() {
        let last = merged.remembered(&last);
        return Decision::Equal(Box::new(Equal { document, last }));
    }
    if last.wrote.as_ref() == Some(&merged.hash()) {
        let last = Last {
            wrote: last.wrote.clone(),
            ..merge::agreed(&customer, &record, &last)
        };
        return Decision::Equal(Box::new(Equal { document, last }));
    }
    let plan = Plan {
        writes: writes(&merged, &record.id, customer.id),
        ..Plan::default()
    };
    Decision::Write(Box::new(Planned {
        plan,
        shop,
        act: Act::Merge {
            document,
            last: Box::new(last),
            merged: Box::new(merged),
        },
    }))
}

fn writes(merged: &Merged, record: &InternalId, customer: u64) -> Vec<Write> {
    let mut writes = Vec::new();
    if !merged.to_netsuite.is_empty() {
        let body = Value::Object(merged.to_netsuite.clone());
        writes.push(update(
            RECORD,
            record.to_string(),
            customer.to_string(),
            body,
        ));
    }
    let (shopify, source) = (format!("{customer}"), record.to_string());
    if !merged.to_shopify.is_empty() {
        let body = serde_json::to_value(&merged.to_shopify).unwrap_or_default();
        writes.push(update(
            "shopify customer",
            shopify.clone(),
            source.clone(),
            body,
        ));
    }
    for saved in &merged.removed {
        let body = json!({ "removed": saved });
        writes.push(update(
            "shopify address",
            shopify.clone(),
            source.clone(),
            body,
        ));
    }
    for owed in &merged.addresses {
        let body = json!({ "address": owed.address, "default": owed.is_default });
        let write = update("shopify address", shopify.clone(), owed.line.clone(), body);
        writes.push(Write {
            action: owed.saved.map_or(Action::Create, |_| Action::Update),
            ..write
        });
    }
    writes
}

fn update(record: &str, key: String, source: String, body: Value) -> Write {
    Write {
        action: Action::Update,
        record: record.to_owned(),
        key,
        source,
        body,
        on: None,
    }
}

/// A new NetSuite customer: with all saved addresses, the default one for goods and bills.
fn created(new: New<'_>) -> Result<Planned<'_>, Problem> {
    let New {
        shop,
        document,
        customer,
        ..
    } = new;
    let key = ExternalId::customer(&shop.store.name, customer.id);
    let record = as_written(&customer);
    let mut body = json!({ "externalId": key, "isPerson": record.is_person });
    let texts = [
        ("firstName", record.first_name),
        ("lastName", record.last_name),
        ("companyName", record.company_name),
        ("email", record.email),
        ("phone", record.phone),
    ];
    for (field, value) in texts {
        if let Some(value) = value {
            body[field] = Value::from(value);
        }
    }
    if let Some(subsidiary) = &shop.store.subsidiary {
        body["subsidiary"] = json!({ "id": subsidiary });
    }
    let lines = book(&customer);
    if !lines.is_empty() {
        body["addressBook"] = json!({ "items": lines });
    }
    customer_fields(&mut body, &customer, &shop.store)?;
    let write = Write {
        action: Action::Create,
        ..update(RECORD, key.0.clone(), customer.id.to_string(), body.clone())
    };
    Ok(Planned {
        plan: Plan {
            writes: vec![write],
            ..Plan::default()
        },
        shop,
        act: Act::Create {
            document,
            key,
            customer: Box::new(customer),
            body,
        },
    })
}

fn book(customer: &Customer) -> Vec<Value> {
    let line = |line: &Line| {
        json!({
            "label": line.label, "defaultBilling": line.default_billing,
            "defaultShipping": line.default_shipping, "addressBookAddress": line.address,
        })
    };
    lines(customer).iter().map(line).collect()
}

/// The saved addresses, each once; the default one is for goods and bills.
fn lines(customer: &Customer) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for saved in &customer.addresses {
        let Some(address) = addresses::as_line(saved) else {
            continue;
        };
        if lines.iter().any(|line| line.address == address) {
            continue;
        }
        let is_default = customer.default_address == Some(saved.id);
        lines.push(Line {
            key: String::new(),
            label: Some(addresses::label(saved)),
            default_billing: is_default,
            default_shipping: is_default,
            address,
        });
    }
    lines
}

/// The record that [`plan`] makes of a customer NetSuite does not have.
pub(super) fn as_written(customer: &Customer) -> Record {
    let name = names::new(customer);
    Record {
        is_person: name.company.is_none(),
        first_name: name.first,
        last_name: name.last,
        company_name: name.company,
        email: email(customer),
        phone: phone(customer),
        addresses: lines(customer),
        ..merge::nobody()
    }
}

/// A shortened e-mail is somebody else's.
fn email(customer: &Customer) -> Option<String> {
    text(customer.email.as_deref()).filter(|it| it.chars().count() <= merge::EMAIL)
}

fn phone(customer: &Customer) -> Option<String> {
    text(customer.phone.as_deref()).map(|it| fit(&it, merge::PHONE))
}

fn created_in_shopify(new: NewInShopify<'_>) -> Decision<'_> {
    let NewInShopify { shop, record, .. } = new;
    let name = names::of(&record);
    let phone = text(record.phone.as_deref()).filter(|it| it.starts_with('+'));
    let change = Change {
        first_name: name.first,
        last_name: name.last.or(name.company),
        email: record.email.clone(),
        phone: phone.map(|it| {
            it.chars()
                .filter(|c| *c == '+' || c.is_ascii_digit())
                .collect()
        }),
    };
    if change.is_empty() {
        return Decision::Skip("it has neither a name nor an e-mail".to_owned());
    }
    let body = serde_json::to_value(&change).unwrap_or_default();
    let write = Write {
        action: Action::Create,
        ..update(
            "shopify customer",
            shop.store.name.clone(),
            record.id.to_string(),
            body,
        )
    };
    Decision::Write(Box::new(Planned {
        plan: Plan {
            writes: vec![write],
            ..Plan::default()
        },
        shop,
        act: Act::CreateInShopify {
            record: Box::new(record),
            change,
        },
    }))
}
