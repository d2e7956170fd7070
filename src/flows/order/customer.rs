//! Who the documents are booked on: the customer found, a new one, or the guest.

use serde_json::Value;

use super::address::{address, filled};
use super::company;
use super::fields;
use super::setting::required;
use super::text::fit;
use crate::config::Store;
use crate::config::store::{CrossSubsidiary, ManyMatches};
use crate::link::{ExternalId, InternalId};
use crate::netsuite::customer_body::{AddressBookLine, Customer, RECORD};
use crate::netsuite::reference::Reference;
use crate::netsuite::sale::Sublist;
use crate::netsuite::subsidiaries;
use crate::plan::{Action, Write};
use crate::problem::{Code, Problem};
use crate::shopify::order::{self, Order};

/// NetSuite's lengths, in characters.
const NAME: usize = 32;
pub(super) const COMPANY: usize = 83;
const EMAIL: usize = 254;
pub(super) const PHONE: usize = 32;
pub(super) const ENTITY_ID: usize = 83;

/// What NetSuite has for the order's customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::flows) enum CustomerMatch {
    /// Known from an earlier pass.
    Linked(InternalId),
    /// Found by external id or e-mail.
    Matched(InternalId),
    /// The order has no customer.
    Guest,
    /// Nobody: to be created.
    New,
    /// Several have the e-mail.
    Many(usize),
    /// Found, but in another subsidiary.
    Elsewhere(InternalId),
    /// The same, and to be added to the store's.
    ToAdd(InternalId),
}

/// A NetSuite customer with the external id or the e-mail of the order's customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub id: InternalId,
    /// Whether its external id is the one we would give.
    pub ours: bool,
    pub inactive: bool,
    /// Whether it can be booked on: in the store's subsidiary, by its primary or a further one.
    pub usable: bool,
}

/// Chooses among what the look-up by external id and e-mail found. `found` is ordered by id, which
/// is by age.
#[must_use]
pub(super) fn choose(found: &[Candidate], store: &Store) -> CustomerMatch {
    if let Some(ours) = found.iter().find(|candidate| candidate.ours) {
        return CustomerMatch::Matched(ours.id.clone());
    }
    let active = || found.iter().filter(|candidate| !candidate.inactive);
    let usable: Vec<&Candidate> = active().filter(|candidate| candidate.usable).collect();
    match (usable.as_slice(), store.customers.many_matches) {
        ([], many) => match (active().next(), store.customers.cross_subsidiary) {
            (None, _) | (Some(_), CrossSubsidiary::Create) => CustomerMatch::New,
            (Some(one), CrossSubsidiary::Hold) => CustomerMatch::Elsewhere(one.id.clone()),
            (Some(_), CrossSubsidiary::Add) => {
                let active: Vec<&Candidate> = active().collect();
                one_of(&active, many, CustomerMatch::ToAdd)
            }
        },
        (usable, many) => one_of(usable, many, CustomerMatch::Matched),
    }
}

fn one_of(
    found: &[&Candidate],
    many: ManyMatches,
    is: impl Fn(InternalId) -> CustomerMatch,
) -> CustomerMatch {
    match (found, many) {
        ([one], _) | ([one, ..], ManyMatches::Oldest) | ([.., one], ManyMatches::Newest) => {
            is(one.id.clone())
        }
        (several, _) => CustomerMatch::Many(several.len()),
    }
}

/// How the documents name their customer, and the customer to write before them.
pub(super) struct Entity {
    pub(super) reference: Reference,
    pub(super) create: Vec<Write>,
}

pub(super) fn entity(
    order: &Order,
    store: &Store,
    found: &CustomerMatch,
    currency: &Reference,
) -> Result<Entity, Problem> {
    let existing = |reference| Entity {
        reference,
        create: Vec::new(),
    };
    if let (CustomerMatch::New, Some(company)) = (found, &order.company) {
        let create = company::create(order, company, store, currency)?;
        let key = ExternalId::company_location(&store.name, company.location);
        return Ok(Entity {
            reference: (&key).into(),
            create,
        });
    }
    match (found, &order.customer) {
        (CustomerMatch::Linked(id) | CustomerMatch::Matched(id), _) => Ok(existing(id.into())),
        (CustomerMatch::New, Some(customer)) => {
            let external_id = ExternalId::customer(&store.name, customer.id);
            Ok(Entity {
                reference: (&external_id).into(),
                create: vec![create(order, customer, store, external_id, currency)?],
            })
        }
        (CustomerMatch::Guest | CustomerMatch::New, _) => guest(store).map(existing),
        (CustomerMatch::Many(count), _) => Err(Problem::new(
            Code::ManyCustomers,
            format!("{count} active NetSuite customers have the customer's e-mail"),
        )
        .because(customer_key(order, store))),
        (CustomerMatch::Elsewhere(id), _) => Err(elsewhere(id, order, store)),
        (CustomerMatch::ToAdd(id), customer) => Ok(Entity {
            reference: id.into(),
            create: customer
                .iter()
                .filter_map(|it| addition(id, it, store))
                .collect(),
        }),
    }
}

/// The same customer under the name of `[store.customers] entity_id`: for the one retry after
/// NetSuite refused the name as taken.
///
/// # Errors
///
/// `customer_name` when no pattern is set, `field_expression` when it fails on this order.
pub(super) fn renamed(write: &Write, order: &Order, store: &Store) -> Result<Write, Problem> {
    if let Some(renamed) = company::renamed(write) {
        return Ok(renamed);
    }
    let pattern = second_name(store)?;
    let name = fields::text("customers.entity_id", pattern, order, store)?;
    let mut write = write.clone();
    if let Value::Object(body) = &mut write.body {
        body.insert("entityId".to_owned(), Value::from(fit(&name, ENTITY_ID)));
        // Else NetSuite numbers the customer itself and ignores the name.
        body.insert("autoName".to_owned(), Value::from(false));
    }
    Ok(write)
}

/// The pattern of the name a customer gets when NetSuite has theirs already.
///
/// # Errors
///
/// `customer_name` when none is set.
pub(super) fn second_name(store: &Store) -> Result<&str, Problem> {
    store.customers.entity_id.as_deref().ok_or_else(|| {
        Problem::new(
            Code::CustomerName,
            "NetSuite has another entity of the customer's name, and no pattern for a second name is set",
        )
        .because(&store.name)
    })
}

/// The record that adds the store's subsidiary to a customer of another one.
fn addition(id: &InternalId, customer: &order::Customer, store: &Store) -> Option<Write> {
    let subsidiary = store.subsidiary.as_ref()?;
    Some(Write {
        action: Action::Create,
        record: subsidiaries::RECORD.to_owned(),
        key: format!("{id}-in-{subsidiary}"),
        source: customer.id.to_string(),
        body: subsidiaries::body(id, subsidiary),
        on: None,
    })
}

fn elsewhere(id: &InternalId, order: &Order, store: &Store) -> Problem {
    let what = format!(
        "NetSuite customer {id} has the customer's e-mail, and is not in the subsidiary of store {} or lacks the currency {}",
        store.name, order.currency
    );
    Problem::new(Code::CustomerElsewhere, what).because(id)
}

fn guest(store: &Store) -> Result<Reference, Problem> {
    let guest = store.customers.guest.as_ref();
    required(store, "customers.guest", guest, "the order has no customer").map_err(|missing| {
        Problem {
            code: Code::NoCustomer,
            cause: format!("{}:{}", Code::NoCustomer.as_str(), store.name),
            ..missing
        }
    })
}

fn customer_key(order: &Order, store: &Store) -> String {
    order
        .customer
        .as_ref()
        .map_or_else(String::new, |customer| {
            format!("{}/{}", store.name, customer.id)
        })
}

fn create(
    order: &Order,
    customer: &order::Customer,
    store: &Store,
    external_id: ExternalId,
    currency: &Reference,
) -> Result<Write, Problem> {
    let name = name(order, customer);
    let email = filled(customer.email.as_deref()).or(filled(order.email.as_deref()));
    let phone = filled(customer.phone.as_deref()).or(filled(order.phone.as_deref()));
    let body = Customer {
        external_id: external_id.clone(),
        subsidiary: store.subsidiary.as_ref().map(Reference::id),
        currency: currency.clone(),
        is_person: name.company.is_none(),
        first_name: name.first.map(|text| fit(&text, NAME)),
        last_name: name.last.map(|text| fit(&text, NAME)),
        company_name: name.company.map(|text| fit(&text, COMPANY)),
        // A shortened e-mail is somebody else's.
        email: email.filter(|text| text.len() <= EMAIL).map(str::to_owned),
        phone: phone.map(|text| fit(text, PHONE)),
        address_book: address_book(order),
    };
    let mut body = serde_json::to_value(body).unwrap_or_default();
    fields::apply(RECORD, &mut body, order, store, None)?;
    Ok(Write {
        action: Action::Create,
        record: RECORD.to_owned(),
        key: external_id.0,
        source: customer.id.to_string(),
        body,
        on: None,
    })
}

#[derive(Default)]
struct Name {
    first: Option<String>,
    last: Option<String>,
    company: Option<String>,
}

/// A person needs both names, a company one. So whoever has only one name, or none, is written as a
/// company: of that name, of the address's company, or of what Shopify calls them, which may be
/// their e-mail or their phone number.
fn name(order: &Order, customer: &order::Customer) -> Name {
    let owned = |text: Option<&str>| filled(text).map(str::to_owned);
    let first = owned(customer.first_name.as_deref());
    let last = owned(customer.last_name.as_deref());
    if first.is_some() && last.is_some() {
        return Name {
            first,
            last,
            company: None,
        };
    }
    let addresses = [&order.billing_address, &order.shipping_address];
    let company = || {
        addresses
            .into_iter()
            .flatten()
            .find_map(|address| owned(address.company.as_deref()))
    };
    let called = [
        Some(customer.name.as_str()),
        customer.email.as_deref(),
        customer.phone.as_deref(),
    ];
    Name {
        company: first
            .or(last)
            .or_else(company)
            .or_else(|| called.into_iter().find_map(owned))
            .or_else(|| Some(format!("Shopify customer {}", customer.id))),
        ..Name::default()
    }
}

pub(super) fn address_book(order: &Order) -> Option<Sublist<AddressBookLine>> {
    let billing = address(order.billing_address.as_ref(), "billing").address;
    let shipping = address(order.shipping_address.as_ref(), "shipping").address;
    let line = |address, default_billing, default_shipping| AddressBookLine {
        label: None,
        default_billing,
        default_shipping,
        address_book_address: address,
    };
    let items = match (billing, shipping) {
        (None, None) => return None,
        (Some(one), None) | (None, Some(one)) => vec![line(one, true, true)],
        (Some(billing), Some(shipping)) if billing == shipping => vec![line(billing, true, true)],
        (Some(billing), Some(shipping)) => {
            vec![line(billing, true, false), line(shipping, false, true)]
        }
    };
    Some(Sublist { items })
}
