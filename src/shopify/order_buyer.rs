//! Who buys, from Shopify's answer: a customer, or a company's location, with their addresses.

use super::order::{Address, Company, Customer};
use super::order_query as wire;
use super::order_reading::id;

/// The company's location that buys; none when a customer buys for themselves.
pub(super) fn company(buyer: wire::PurchasingEntity) -> Result<Option<Company>, String> {
    match buyer {
        wire::PurchasingEntity::Customer => Ok(None),
        wire::PurchasingEntity::PurchasingCompany(wire::PurchasingCompany {
            company,
            location,
        }) => Ok(Some(Company {
            id: id(&company.id)?,
            name: company.name,
            location: id(&location.id)?,
            location_name: location.name,
        })),
    }
}

pub(super) fn customer(customer: wire::Customer) -> Result<Customer, String> {
    Ok(Customer {
        id: id(&customer.id)?,
        first_name: customer.first_name,
        last_name: customer.last_name,
        name: customer.display_name,
        email: customer
            .default_email_address
            .map(|email| email.email_address),
        phone: customer
            .default_phone_number
            .map(|phone| phone.phone_number),
        note: customer.note,
        tax_exempt: customer.tax_exempt,
    })
}

pub(super) fn address(address: wire::Address) -> Address {
    Address {
        first_name: address.first_name,
        last_name: address.last_name,
        company: address.company,
        address1: address.address1,
        address2: address.address2,
        city: address.city,
        province: address.province,
        province_code: address.province_code,
        netsuite_state: None,
        zip: address.zip,
        country_code: address.country_code_v2.map(|code| code.0),
        phone: address.phone,
    }
}
