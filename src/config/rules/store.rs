//! What must hold within one store.

use std::collections::BTreeMap;

use super::{Broken, broken_at, not_a_url};
use crate::config::store::{Fulfillments, Store, TaxReferences, TaxStrategy, is_known};
use crate::event::{Kind, NETSUITE};

/// The rules within one store; keys are relative to it.
pub(super) fn broken(store: &Store) -> Vec<Broken> {
    let mut broken = Vec::new();
    identity(store, &mut broken);
    access(store, &mut broken);
    tax(store, &mut broken);
    payments(store, &mut broken);
    locations(&store.locations, &mut broken);
    fulfillments(&store.fulfillments, &mut broken);
    expressions(store, &mut broken);
    broken
}

fn identity(store: &Store, broken: &mut Vec<Broken>) {
    let lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if store.name.is_empty() || !store.name.chars().all(lower) {
        broken.push(broken_at(
            "name",
            "expected lower-case letters, digits and `-`: it goes into external ids",
        ));
    }
    if Kind::ALL.iter().any(|kind| kind.as_str() == store.name) {
        broken.push(broken_at(
            "name",
            "is the name of a kind of document; `waybill pause` could not tell them apart",
        ));
    }
    if store.name == NETSUITE {
        broken.push(broken_at(
            "name",
            "`netsuite` is the owner of NetSuite's documents",
        ));
    }
    let shop = store.domain.strip_suffix(".myshopify.com");
    if !shop.is_some_and(|shop| !shop.is_empty() && shop.chars().all(lower)) {
        broken.push(broken_at(
            "domain",
            "expected the shop's permanent domain, in lower case: acme-us.myshopify.com",
        ));
    }
    broken.extend(store.url.as_deref().and_then(|url| not_a_url("url", url)));
}

fn access(store: &Store, broken: &mut Vec<Broken>) {
    if store.client_secrets.is_empty() {
        broken.push(broken_at(
            "client_secrets",
            "at least one is needed: webhooks are verified with it",
        ));
    }
    match (&store.client_id, &store.access_token) {
        (None, None) => broken.push(broken_at(
            "client_id",
            "needed, with client_secrets; or access_token for a legacy custom app",
        )),
        (Some(_), Some(_)) => broken.push(broken_at(
            "access_token",
            "give either this or client_id, not both",
        )),
        (Some(_), None) | (None, Some(_)) => {}
    }
}

fn tax(store: &Store, broken: &mut Vec<Broken>) {
    let tax = &store.tax;
    let computed_by_netsuite = match tax.strategy {
        TaxStrategy::Native | TaxStrategy::LegacyRate => true,
        TaxStrategy::SuitetaxOverride | TaxStrategy::TaxLine => false,
    };
    if !tax.tolerance.is_zero() && !computed_by_netsuite {
        broken.push(broken_at(
            "tax.tolerance",
            "is for the strategies native and legacy_rate; this one is exact",
        ));
    }
    if tax.tolerance.is_sign_negative() && !tax.tolerance.is_zero() {
        broken.push(broken_at("tax.tolerance", "must not be negative"));
    }
    if tax.references == TaxReferences::ReadBack && tax.strategy != TaxStrategy::SuitetaxOverride {
        broken.push(broken_at(
            "tax.references",
            "is for the strategy suitetax_override; no other one has references",
        ));
    }
    for (index, rule) in tax.map.iter().enumerate() {
        if rule.kind.is_none() && tax.strategy == TaxStrategy::SuitetaxOverride {
            broken.push(broken_at(
                format!("tax.map[{index}].type"),
                "needed by the tax strategy suitetax_override: the tax type of the code",
            ));
        }
    }
    if tax.strategy == TaxStrategy::TaxLine && store.items.tax.is_none() {
        broken.push(broken_at(
            "items.tax",
            "needed by the tax strategy tax_line: the NetSuite item that carries the tax",
        ));
    }
}

fn payments(store: &Store, broken: &mut Vec<Broken>) {
    for (gateway, payment) in &store.payments {
        if payment.undeposited && (payment.account.is_some() || !payment.accounts.is_empty()) {
            broken.push(broken_at(
                format!("payments.{gateway}.undeposited"),
                "give either this or an account, not both",
            ));
        }
        if payment.payment_option.is_some() && payment.payment_method.is_some() {
            broken.push(broken_at(
                format!("payments.{gateway}.payment_method"),
                "give either this or payment_option, not both",
            ));
        }
        for currency in payment.accounts.keys() {
            if iso_currency::Currency::from_code(currency).is_none() {
                broken.push(broken_at(
                    format!("payments.{gateway}.accounts.{currency}"),
                    "expected a currency's three letters: EUR",
                ));
            }
        }
    }
}

fn locations(locations: &BTreeMap<String, Vec<String>>, broken: &mut Vec<Broken>) {
    let mut shown_by = BTreeMap::new();
    for (shopify, netsuite) in locations {
        let key = format!("locations.{shopify}");
        if shopify.is_empty() || !shopify.bytes().all(|byte| byte.is_ascii_digit()) {
            broken.push(broken_at(
                &key,
                "expected Shopify's location id, only digits",
            ));
        }
        if netsuite.is_empty() {
            broken.push(broken_at(&key, "at least one NetSuite location is needed"));
        }
        for location in netsuite {
            if let Some(other) = shown_by.insert(location, shopify) {
                broken.push(broken_at(
                    &key,
                    format!("NetSuite location {location} is already shown by Shopify location {other}: the same unit would be sold twice"),
                ));
            }
        }
    }
}

fn fulfillments(fulfillments: &Fulfillments, broken: &mut Vec<Broken>) {
    for (method, carrier) in &fulfillments.carriers {
        if !is_known(carrier) && !fulfillments.tracking_urls.contains_key(carrier) {
            broken.push(broken_at(
                format!("fulfillments.carriers.{method}"),
                format!("Shopify knows no carrier `{carrier}` and cannot tell where its numbers lead: correct the spelling, or give it an entry in tracking_urls"),
            ));
        }
    }
    for (carrier, url) in &fulfillments.tracking_urls {
        let filled = reqwest::Url::parse(&url.replace("{number}", "1"));
        let usable = filled.is_ok_and(|url| ["http", "https"].contains(&url.scheme()));
        if !usable || !url.contains("{number}") {
            broken.push(broken_at(
                format!("fulfillments.tracking_urls.{carrier}"),
                "expected an address in which {number} stands for the tracking number",
            ));
        }
    }
}

fn expressions(store: &Store, broken: &mut Vec<Broken>) {
    let adopt = store.orders.adopt.iter();
    let adopt = adopt.map(|adopt| ("orders.adopt.value".to_owned(), &adopt.value));
    let name = store.customers.entity_id.iter();
    let name = name.map(|pattern| ("customers.entity_id".to_owned(), pattern));
    let fields = store.fields.iter().enumerate();
    let fields = fields.map(|(index, field)| (format!("field[{index}].value"), &field.value));
    let jinja = minijinja::Environment::new();
    for (key, expression) in adopt.chain(name).chain(fields) {
        if let Err(error) = jinja.compile_expression(expression) {
            let reason = error.detail().unwrap_or("it cannot be read");
            broken.push(broken_at(key, format!("not a Jinja expression: {reason}")));
        }
    }
}
