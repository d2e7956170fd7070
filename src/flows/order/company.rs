//! Business buyers: a company is a customer, each of its locations a sub-customer, and the order is billed
//! to the location.

use serde_json::{Value, json};

use super::address::filled;
use super::customer::{COMPANY, ENTITY_ID, PHONE, address_book};
use super::document::terms;
use super::fields;
use super::text::fit;
use crate::config::Store;
use crate::link::{self, ExternalId};
use crate::netsuite::customer_body::RECORD;
use crate::netsuite::reference::Reference;
use crate::plan::{Action, Write};
use crate::problem::Problem;
use crate::shopify::order::{Company, Order};

/// The company and its location. Of a company that is there already the external id is refused, and it is
/// taken as it is.
pub(super) fn create(
    order: &Order,
    company: &Company,
    store: &Store,
    currency: &Reference,
) -> Result<Vec<Write>, Problem> {
    let parent = ExternalId::company(&store.name, company.id);
    let mut head = body(&parent, &company.name, store, currency);
    fields::apply(RECORD, &mut head, order, store, None)?;
    let key = ExternalId::company_location(&store.name, company.location);
    let mut location = body(
        &key,
        &called(&company.name, &company.location_name, company.location),
        store,
        currency,
    );
    location["parent"] = json!({ "externalId": parent });
    let buyer = order.customer.as_ref();
    let email = buyer
        .and_then(|it| it.email.as_deref())
        .or(order.email.as_deref());
    let phone = buyer
        .and_then(|it| it.phone.as_deref())
        .or(order.phone.as_deref());
    if let Some(email) = filled(email).filter(|it| it.len() <= 254) {
        location["email"] = email.into();
    }
    if let Some(phone) = filled(phone) {
        location["phone"] = fit(phone, PHONE).into();
    }
    if let Some(terms) = terms(order, store)? {
        location["terms"] = serde_json::to_value(terms).unwrap_or_default();
    }
    if let Some(book) = address_book(order) {
        location["addressBook"] = serde_json::to_value(book).unwrap_or_default();
    }
    fields::apply(RECORD, &mut location, order, store, None)?;
    Ok(vec![
        write(parent, company.id, head),
        write(key, company.location, location),
    ])
}

/// A location that has its company's name is called by both: NetSuite's names are unique.
pub(in crate::flows) fn called(company: &str, location: &str, id: u64) -> String {
    if location == company {
        format!("{company} {id}")
    } else {
        location.to_owned()
    }
}

fn body(key: &ExternalId, name: &str, store: &Store, currency: &Reference) -> Value {
    let mut body = json!({
        "externalId": key, "isPerson": false, "companyName": fit(name, COMPANY), "currency": currency,
    });
    if let Some(subsidiary) = &store.subsidiary {
        body["subsidiary"] = json!({ "id": subsidiary });
    }
    body
}

fn write(key: ExternalId, source: u64, body: Value) -> Write {
    Write {
        action: Action::Create,
        record: RECORD.to_owned(),
        key: key.0,
        source: source.to_string(),
        body,
        on: None,
    }
}

/// What a written customer record stands for.
pub(super) fn kind(write: &Write) -> link::Kind {
    if write.key.starts_with("comp-") {
        link::Kind::Company
    } else if write.key.starts_with("loc-") {
        link::Kind::CompanyLocation
    } else {
        link::Kind::Customer
    }
}

/// Whether an external id is a company's or a location's.
pub(super) fn is_key(external_id: &str) -> bool {
    external_id.starts_with("comp-") || external_id.starts_with("loc-")
}

/// A company whose name NetSuite has already is called by its name and its Shopify id; none for a person.
pub(super) fn renamed(write: &Write) -> Option<Write> {
    if kind(write) == link::Kind::Customer {
        return None;
    }
    let mut write = write.clone();
    let name = write.body["companyName"].as_str().unwrap_or_default();
    write.body["entityId"] = fit(&format!("{name} {}", write.source), ENTITY_ID).into();
    write.body["autoName"] = false.into();
    Some(write)
}
