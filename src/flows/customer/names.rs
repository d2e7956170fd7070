//! One name on both sides: Shopify has a first and a last name, NetSuite a person with both or a company.

use super::text;
use crate::flows::order::fit;
use crate::netsuite::customers as netsuite;
use crate::shopify::customer as shopify;

/// NetSuite's lengths, in characters.
pub(super) const NAME: usize = 32;
pub(super) const COMPANY: usize = 83;

/// A name as a NetSuite customer carries it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) first: Option<String>,
    pub(super) last: Option<String>,
    pub(super) company: Option<String>,
}

/// The name of a new record: a person needs both names, so whoever has one only, or none, is a company: of
/// that name, of an address's company, or of what Shopify calls them.
pub(super) fn new(customer: &shopify::Customer) -> Name {
    let first = text(customer.first_name.as_deref());
    let last = text(customer.last_name.as_deref());
    if first.is_some() && last.is_some() {
        return Name {
            first: first.map(|it| fit(&it, NAME)),
            last: last.map(|it| fit(&it, NAME)),
            company: None,
        };
    }
    let of_address = || {
        let mut all = customer.addresses.iter();
        all.find_map(|saved| text(saved.address.company.as_deref()))
    };
    let called = [
        Some(customer.name.as_str()),
        customer.email.as_deref(),
        customer.phone.as_deref(),
    ];
    let company = first
        .or(last)
        .or_else(of_address)
        .or_else(|| called.into_iter().find_map(text))
        .unwrap_or_else(|| format!("Shopify customer {}", customer.id));
    Name {
        company: Some(fit(&company, COMPANY)),
        ..Name::default()
    }
}

/// The same name on a record that is there: what it is, a person or a company, never changes.
pub(super) fn on(customer: &shopify::Customer, record: &netsuite::Customer) -> Name {
    let name = new(customer);
    match (record.is_person, name) {
        (
            true,
            Name {
                company: Some(company),
                ..
            },
        ) => Name {
            first: record.first_name.clone(),
            last: Some(fit(&company, NAME)),
            company: None,
        },
        (
            false,
            Name {
                first: Some(first),
                last: Some(last),
                ..
            },
        ) => Name {
            company: Some(fit(&format!("{first} {last}"), COMPANY)),
            ..Name::default()
        },
        (_, name) => name,
    }
}

/// The name that the record carries now.
pub(super) fn of(record: &netsuite::Customer) -> Name {
    if record.is_person {
        Name {
            first: record.first_name.clone(),
            last: record.last_name.clone(),
            company: None,
        }
    } else {
        Name {
            company: record.company_name.clone(),
            ..Name::default()
        }
    }
}

/// Whether Shopify knows a name at all, and not only an address to call them by.
pub(super) fn has_one(customer: &shopify::Customer) -> bool {
    text(customer.first_name.as_deref())
        .or(text(customer.last_name.as_deref()))
        .is_some()
}
