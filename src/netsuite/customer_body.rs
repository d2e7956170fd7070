//! The body of a new customer.

use serde::Serialize;

use super::address::Address;
use super::reference::Reference;
use super::sale::Sublist;
use crate::link::ExternalId;

/// NetSuite's name of the record.
pub const RECORD: &str = "customer";

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Customer {
    pub external_id: ExternalId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subsidiary: Option<Reference>,
    pub currency: Reference,
    pub is_person: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_book: Option<Sublist<AddressBookLine>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AddressBookLine {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    pub default_billing: bool,
    pub default_shipping: bool,
    pub address_book_address: Address,
}
