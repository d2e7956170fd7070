//! Writing customers and their addresses. Absolute values, so repeating a write is harmless; only a
//! creation is looked for first.

use cynic::{Id, InputObject, MutationBuilder, QueryFragment, QueryVariables};

use super::Client;
use super::customer::Change;
use super::order::Address;
use super::schema::{self, CountryCode, gid, number};
use super::transport::Ask;
use crate::journal::Journal;
use crate::remote::{Error, Meaning, Refusal};

impl Client {
    /// Makes a customer; their id. Not repeatable: look for their e-mail first.
    ///
    /// # Errors
    ///
    /// [`Meaning::Exists`] when somebody has the e-mail or phone number.
    pub async fn create_customer(&self, journal: &Journal, change: &Change) -> Result<u64, Error> {
        let ask = Ask::write("write shopify customer, a new one".to_owned());
        let input = input(None, change);
        let done = self
            .transport
            .run(
                journal,
                &ask,
                &CustomerCreate::build(CustomerInputVariables { input }),
            )
            .await?;
        let Some(payload) = done.customer_create else {
            return Err(ask.unreadable("a mutation without payload"));
        };
        refused(&ask, payload.user_errors)?;
        payload
            .customer
            .and_then(|it| number(&it.id))
            .ok_or_else(|| ask.unreadable("a created customer without id"))
    }

    /// Sets the given parts of a customer.
    ///
    /// # Errors
    ///
    /// [`Meaning::Exists`] when somebody else has the e-mail or phone number.
    pub async fn update_customer(
        &self,
        journal: &Journal,
        id: u64,
        change: &Change,
    ) -> Result<(), Error> {
        let ask = Ask::write(format!("write shopify customer {id}"));
        let input = input(Some(id), change);
        let done = self
            .transport
            .run(
                journal,
                &ask,
                &CustomerUpdate::build(CustomerInputVariables { input }),
            )
            .await?;
        match done.customer_update {
            Some(payload) => refused(&ask, payload.user_errors),
            None => Err(ask.unreadable("a mutation without payload")),
        }
    }

    /// Adds an address, or replaces the one with the id `saved`; the id. Shopify refuses an address that
    /// the customer has already.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a write.
    pub async fn write_address(
        &self,
        journal: &Journal,
        customer: u64,
        saved: Option<u64>,
        address: &Address,
        is_default: bool,
    ) -> Result<Option<u64>, Error> {
        let ask = Ask::write(format!("write shopify address of customer {customer}"));
        let variables = AddressVariables {
            customer: gid("Customer", customer),
            saved: gid("MailingAddress", saved.unwrap_or_default()),
            address: mailing(address),
            default: is_default.then_some(true),
        };
        let payload = if saved.is_some() {
            let operation = AddressUpdate::build(variables);
            let done = self.transport.run(journal, &ask, &operation).await?;
            let payload = done.customer_address_update;
            payload.map(|it| (it.address, it.user_errors))
        } else {
            let operation = AddressCreate::build(AddressCreateVariables {
                customer: variables.customer,
                address: variables.address,
                default: variables.default,
            });
            let done = self.transport.run(journal, &ask, &operation).await?;
            let payload = done.customer_address_create;
            payload.map(|it| (it.address, it.user_errors))
        };
        let Some((address, errors)) = payload else {
            return Err(ask.unreadable("a mutation without payload"));
        };
        refused(&ask, errors)?;
        Ok(address.and_then(|it| number(&it.id)))
    }

    /// Removes a saved address. One that is gone already is no error.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a write.
    pub async fn remove_address(
        &self,
        journal: &Journal,
        customer: u64,
        saved: u64,
    ) -> Result<(), Error> {
        let ask = Ask::write(format!("remove shopify address of customer {customer}"));
        let operation = AddressDelete::build(AddressDeleteVariables {
            customer: gid("Customer", customer),
            saved: gid("MailingAddress", saved),
        });
        let done = self.transport.run(journal, &ask, &operation).await?;
        let Some(payload) = done.customer_address_delete else {
            return Err(ask.unreadable("a mutation without payload"));
        };
        match refused(&ask, payload.user_errors) {
            Err(error) if error.meaning() == Some(Meaning::Absent) => Ok(()),
            done => done,
        }
    }
}

/// The first of a mutation's errors, if it has any.
pub(super) fn refused(ask: &Ask, errors: Vec<UserError>) -> Result<(), Error> {
    let Some(error) = errors.into_iter().next() else {
        return Ok(());
    };
    let meaning = if error.message.contains("already been taken") {
        Meaning::Exists
    } else if error.message.contains("does not exist") {
        Meaning::Absent
    } else {
        Meaning::Invalid
    };
    let path = error.field.map(|field| field.join("."));
    Err(Error::Refused {
        call: ask.call.clone(),
        refusal: Refusal::new(meaning, "USER_ERROR", &error.message).at(path),
    })
}

fn input(id: Option<u64>, change: &Change) -> CustomerInput {
    CustomerInput {
        id: id.map(|id| gid("Customer", id)),
        first_name: change.first_name.clone(),
        last_name: change.last_name.clone(),
        email: change.email.clone(),
        phone: change.phone.clone(),
    }
}

/// All parts are sent: one that is absent is emptied.
fn mailing(address: &Address) -> MailingAddressInput {
    let text = |text: &Option<String>| Some(text.clone().unwrap_or_default());
    MailingAddressInput {
        first_name: text(&address.first_name),
        last_name: text(&address.last_name),
        company: text(&address.company),
        address1: text(&address.address1),
        address2: text(&address.address2),
        city: text(&address.city),
        province_code: address.province_code.clone(),
        zip: text(&address.zip),
        country_code: address.country_code.clone().map(CountryCode),
        phone: text(&address.phone),
    }
}

#[derive(InputObject)]
#[cynic(schema = "shopify")]
struct CustomerInput {
    #[cynic(skip_serializing_if = "Option::is_none")]
    id: Option<Id>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    first_name: Option<String>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    last_name: Option<String>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
}

#[derive(InputObject)]
#[cynic(schema = "shopify", schema_module = "schema::admin")]
struct MailingAddressInput {
    first_name: Option<String>,
    last_name: Option<String>,
    company: Option<String>,
    address1: Option<String>,
    address2: Option<String>,
    city: Option<String>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    province_code: Option<String>,
    zip: Option<String>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    country_code: Option<CountryCode>,
    phone: Option<String>,
}

#[derive(QueryVariables)]
#[cynic(schema_module = "schema")]
struct CustomerInputVariables {
    input: CustomerInput,
}

#[derive(QueryVariables)]
#[cynic(schema_module = "schema")]
struct AddressCreateVariables {
    customer: Id,
    address: MailingAddressInput,
    default: Option<bool>,
}

#[derive(QueryVariables)]
#[cynic(schema_module = "schema")]
struct AddressVariables {
    customer: Id,
    saved: Id,
    address: MailingAddressInput,
    default: Option<bool>,
}

#[derive(QueryVariables)]
#[cynic(schema_module = "schema")]
struct AddressDeleteVariables {
    customer: Id,
    saved: Id,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "Mutation",
    variables = "AddressDeleteVariables"
)]
struct AddressDelete {
    #[arguments(customerId: $customer, addressId: $saved)]
    customer_address_delete: Option<CustomerAddressDeletePayload>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
struct CustomerAddressDeletePayload {
    user_errors: Vec<UserError>,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "Mutation",
    variables = "CustomerInputVariables"
)]
struct CustomerCreate {
    #[arguments(input: $input)]
    customer_create: Option<CustomerCreatePayload>,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "Mutation",
    variables = "CustomerInputVariables"
)]
struct CustomerUpdate {
    #[arguments(input: $input)]
    customer_update: Option<CustomerUpdatePayload>,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "Mutation",
    variables = "AddressCreateVariables"
)]
struct AddressCreate {
    #[arguments(customerId: $customer, address: $address, setAsDefault: $default)]
    customer_address_create: Option<CustomerAddressCreatePayload>,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "Mutation",
    variables = "AddressVariables"
)]
struct AddressUpdate {
    #[arguments(customerId: $customer, addressId: $saved, address: $address, setAsDefault: $default)]
    customer_address_update: Option<CustomerAddressUpdatePayload>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
struct CustomerCreatePayload {
    customer: Option<CustomerId>,
    user_errors: Vec<UserError>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
struct CustomerUpdatePayload {
    user_errors: Vec<UserError>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
struct CustomerAddressCreatePayload {
    address: Option<AddressId>,
    user_errors: Vec<UserError>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
struct CustomerAddressUpdatePayload {
    address: Option<AddressId>,
    user_errors: Vec<UserError>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "Customer")]
struct CustomerId {
    id: Id,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "MailingAddress")]
struct AddressId {
    id: Id,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct UserError {
    field: Option<Vec<String>>,
    message: String,
}

#[cfg(test)]
pub(super) fn operations() -> Vec<String> {
    let input = || CustomerInputVariables {
        input: input(None, &Change::default()),
    };
    let address = || {
        mailing(&Address {
            country_code: Some("US".to_owned()),
            ..Address::default()
        })
    };
    vec![
        CustomerCreate::build(input()).query,
        CustomerUpdate::build(input()).query,
        AddressCreate::build(AddressCreateVariables {
            customer: gid("Customer", 1),
            address: address(),
            default: None,
        })
        .query,
        AddressUpdate::build(AddressVariables {
            customer: gid("Customer", 1),
            saved: gid("MailingAddress", 2),
            address: address(),
            default: Some(true),
        })
        .query,
        AddressDelete::build(AddressDeleteVariables {
            customer: gid("Customer", 1),
            saved: gid("MailingAddress", 2),
        })
        .query,
    ]
}
