//! Provinces by NetSuite's own short names, where a store's settings say that they differ from Shopify's codes.
//!
//! NetSuite refuses a state that is not in its list of the country, and administrators can edit the lists. No
//! source says where its short names differ from ISO 3166 and from Shopify, so nothing is guessed: what the
//! settings do not name passes as it is.

use crate::config::Store;
use crate::shopify::order::Address;

/// Says what NetSuite calls the province of an address that was read from Shopify.
pub(super) fn name(address: &mut Address, store: &Store) {
    let code = address.province_code.as_deref().map(str::trim);
    let (Some(country), Some(code)) = (address.country_code.as_deref(), code) else {
        return;
    };
    let named = store.states.get(&key(country, code));
    address.netsuite_state = named.map(|state| state.trim().to_owned());
}

/// The same for every address of an order or a customer.
pub(super) fn name_all<'a>(addresses: impl IntoIterator<Item = &'a mut Address>, store: &Store) {
    for address in addresses {
        name(address, store);
    }
}

/// An address of NetSuite's, with the province as Shopify codes it.
pub(super) fn back(address: &Address, store: &Store) -> Address {
    let mut back = address.clone();
    let code = address.province_code.as_deref();
    let (Some(country), Some(state)) = (address.country_code.as_deref(), code) else {
        return back;
    };
    let prefix = key(country, "");
    let mut of_country = store
        .states
        .iter()
        .filter_map(|(key, state)| Some((key.strip_prefix(&prefix)?, state)));
    if let Some((code, _)) = of_country.find(|(_, named)| named.trim() == state) {
        back.province_code = Some(code.to_owned());
        back.netsuite_state = Some(state.to_owned());
    }
    back
}

/// `MX-Q ROO`, as the settings write it; Shopify's codes of Japan begin with their country.
fn key(country: &str, code: &str) -> String {
    let prefix = format!("{country}-");
    format!("{prefix}{}", code.strip_prefix(&prefix).unwrap_or(code))
}
