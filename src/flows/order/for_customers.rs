//! What the customer flow shares with the order flow: how a customer is found, named and addressed.

use serde_json::Value;

use super::customer::{CustomerMatch, ENTITY_ID};
use super::plan::Wanted;
use super::{address, fields, text, whom};
use crate::config::Store;
use crate::flows::{Context, Error, Shop};
use crate::journal::Journal;
use crate::link::{self, ExternalId};
use crate::netsuite::address::Address;
use crate::netsuite::customer_body::RECORD;
use crate::problem::Problem;
use crate::shopify::customer::Customer;
use crate::shopify::order;

/// `text` cut to `limit`, without breaking a character.
pub(in crate::flows) fn fit(whole: &str, limit: usize) -> String {
    text::fit(whole, limit)
}

/// A Shopify address within NetSuite's lengths; none when nothing is in it.
pub(in crate::flows) fn netsuite_address(source: &order::Address) -> Option<Address> {
    address::address(Some(source), "saved").address
}

/// Who the Shopify customer is in NetSuite, by link, external id, e-mail; a match is linked.
pub(in crate::flows) async fn find_customer(
    context: &Context,
    shop: &Shop,
    customer: u64,
    email: Option<&str>,
    journal: &Journal,
) -> Result<CustomerMatch, Error> {
    let wanted = Wanted {
        kind: link::Kind::Customer,
        shopify_id: customer,
        external_id: ExternalId::customer(&shop.store.name, customer),
        email: email.map(str::to_owned),
    };
    whom::customer(context, shop, Some(&wanted), journal).await
}

/// Sets the configured fields of a customer record.
pub(in crate::flows) fn customer_fields(
    body: &mut Value,
    customer: &Customer,
    store: &Store,
) -> Result<(), Problem> {
    fields::apply_to_customer(RECORD, body, customer, store)
}

/// The second name of `[store.customers] entity_id`, for when NetSuite has the first.
pub(in crate::flows) fn entity_id(customer: &Customer, store: &Store) -> Result<String, Problem> {
    let pattern = super::customer::second_name(store)?;
    let name = fields::text_of_customer("customers.entity_id", pattern, customer, store)?;
    Ok(text::fit(&name, ENTITY_ID))
}
