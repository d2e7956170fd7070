//! Mutations of customers and their addresses.

use std::borrow::Cow;
use std::sync::Arc;

use apollo_compiler::resolvers::{FieldError, ResolveInfo};
use apollo_compiler::response::{JsonMap, JsonValue};

use super::super::customer::{Address, Customer};
use super::super::lock;
use super::super::people::Refused;
use super::customer::{AddressNode, CustomerNode};
use super::mutation::{Mutation, input, objects_in};
use super::node::{
    Record, Resolved, flag, global, id_argument, number_of, object, refused, user_error,
    user_error_of,
};

/// The parts of a customer that an input names; absent ones stay.
struct Input(JsonMap);

impl Input {
    fn text(&self, key: &str) -> Option<Option<String>> {
        let value = self.0.get(key)?;
        let text = value
            .as_str()
            .map(str::trim)
            .filter(|text| !text.is_empty());
        Some(text.map(str::to_owned))
    }

    fn apply(&self, customer: &mut Customer) {
        let texts: [(&str, &mut Option<String>); 5] = [
            ("email", &mut customer.email),
            ("phone", &mut customer.phone),
            ("firstName", &mut customer.first_name),
            ("lastName", &mut customer.last_name),
            ("note", &mut customer.note),
        ];
        for (key, field) in texts {
            if let Some(text) = self.text(key) {
                *field = text;
            }
        }
        if let Some(exempt) = self.0.get("taxExempt").and_then(JsonValue::as_bool) {
            customer.tax_exempt = exempt;
        }
        if let Some(tags) = self.0.get("tags").and_then(JsonValue::as_array) {
            customer.tags = tags
                .iter()
                .filter_map(|tag| tag.as_str().map(str::to_owned))
                .collect();
        }
        if self.0.contains_key("addresses") {
            let sent = objects_in(&self.0, "addresses");
            customer.addresses = sent.iter().map(|it| (0, address(None, it))).collect();
        }
    }
}

/// An address with the parts that an input names; absent ones stay.
fn address(held: Option<&Address>, input: &JsonMap) -> Address {
    let mut address = held.cloned().unwrap_or_default();
    let texts: [(&str, &mut Option<String>); 10] = [
        ("firstName", &mut address.first_name),
        ("lastName", &mut address.last_name),
        ("company", &mut address.company),
        ("address1", &mut address.address1),
        ("address2", &mut address.address2),
        ("city", &mut address.city),
        ("provinceCode", &mut address.province_code),
        ("countryCode", &mut address.country_code),
        ("zip", &mut address.zip),
        ("phone", &mut address.phone),
    ];
    for (key, field) in texts {
        if let Some(value) = input.get(key) {
            let text = value.as_str().filter(|text| !text.is_empty());
            *field = text.map(str::to_owned);
        }
    }
    address.name_its_parts();
    address
}

impl<'a> Mutation<'a> {
    pub(super) fn customer_create(&self, info: &ResolveInfo<'_>) -> Resolved<'a> {
        let input = Input(input(info, "input"));
        let done = self.put(None, |customer| input.apply(customer));
        self.customer_payload("CustomerCreatePayload", "UserError", done)
    }

    pub(super) fn customer_update(&self, info: &ResolveInfo<'_>) -> Resolved<'a> {
        let input = Input(input(info, "input"));
        let id = input.text("id").flatten().unwrap_or_default();
        let id = number_of("Customer", &id)?.unwrap_or_default();
        let done = self.put(Some(id), |customer| input.apply(customer));
        self.customer_payload("CustomerUpdatePayload", "UserError", done)
    }

    /// Finds by id, e-mail or phone, else makes one. Lists that are sent replace.
    pub(super) fn customer_set(&self, info: &ResolveInfo<'_>) -> Resolved<'a> {
        let wanted = Input(self::input(info, "input"));
        let identifier = Input(self::input(info, "identifier"));
        let id = match identifier.text("id").flatten() {
            Some(gid) => number_of("Customer", &gid)?,
            None => {
                let (email, phone) = (
                    identifier.text("email").flatten(),
                    identifier.text("phone").flatten(),
                );
                let state = lock(&self.ctx.shop.state);
                let mut all = state.customers.values();
                all.find(|it| {
                    email.is_some() && it.email == email || phone.is_some() && it.phone == phone
                })
                .map(|it| it.id)
            }
        };
        let done = self.put(id, |customer| wanted.apply(customer));
        self.customer_payload("CustomerSetPayload", "CustomerSetUserError", done)
    }

    pub(super) fn address_create(&self, info: &ResolveInfo<'_>) -> Resolved<'a> {
        let wanted = address(None, &input(info, "address"));
        let is_default = flag(info, "setAsDefault");
        let mut position = 0;
        let id = customer_id(info)?;
        let done = self.put(Some(id), |customer| {
            customer.add_address(wanted);
            position = customer.addresses.len() - 1;
        });
        let address = |customer: &Customer| customer.addresses.get(position).map(|(id, _)| *id);
        self.address_payload("CustomerAddressCreatePayload", done, address, is_default)
    }

    pub(super) fn address_update(&self, info: &ResolveInfo<'_>) -> Resolved<'a> {
        let wanted = input(info, "address");
        let address_id = id_argument(info, "addressId", "MailingAddress")?;
        let id = customer_id(info)?;
        let done = self.put(Some(id), |customer| {
            for (id, held) in &mut customer.addresses {
                if Some(*id) == address_id {
                    *held = address(Some(held), &wanted);
                }
            }
        });
        let address = |customer: &Customer| {
            let mut all = customer.addresses.iter();
            all.find(|(id, _)| Some(*id) == address_id)
                .map(|(id, _)| *id)
        };
        let is_default = flag(info, "setAsDefault");
        self.address_payload("CustomerAddressUpdatePayload", done, address, is_default)
    }

    pub(super) fn address_delete(&self, info: &ResolveInfo<'_>) -> Resolved<'a> {
        let address_id = id_argument(info, "addressId", "MailingAddress")?;
        let done = self.put(Some(customer_id(info)?), |customer| {
            customer.addresses.retain(|(id, _)| Some(*id) != address_id);
        });
        let payload = Record::new("CustomerAddressDeletePayload");
        object(match done {
            Ok(_) => payload
                .leaf(
                    "deletedAddressId",
                    address_id.map(|id| global("MailingAddress", id)),
                )
                .records("userErrors", Vec::new()),
            Err(refused) => payload
                .leaf("deletedAddressId", JsonValue::Null)
                .records("userErrors", vec![error("UserError", &refused)]),
        })
    }

    pub(super) fn default_address(&self, info: &ResolveInfo<'_>) -> Resolved<'a> {
        let address_id = id_argument(info, "addressId", "MailingAddress")?;
        let done = self.put(Some(customer_id(info)?), |customer| {
            customer.default_address = address_id;
        });
        self.customer_payload("CustomerUpdateDefaultAddressPayload", "UserError", done)
    }

    fn put(
        &self,
        id: Option<u64>,
        change: impl FnOnce(&mut Customer),
    ) -> Result<Arc<Customer>, Refused> {
        let (customer, notices) = lock(&self.ctx.shop.state).put_customer(id, change)?;
        self.tell(&notices);
        Ok(customer)
    }

    fn customer_payload(
        &self,
        payload: &'a str,
        errors: &'a str,
        done: Result<Arc<Customer>, Refused>,
    ) -> Resolved<'a> {
        let payload = Record::new(payload);
        let ctx = self.ctx;
        object(match done {
            Ok(customer) => payload
                .object("customer", Some(CustomerNode { ctx, customer }))
                .records("userErrors", Vec::new()),
            Err(refused) => payload
                .leaf("customer", JsonValue::Null)
                .records("userErrors", vec![error(errors, &refused)]),
        })
    }

    fn address_payload(
        &self,
        payload: &'a str,
        done: Result<Arc<Customer>, Refused>,
        which: impl Fn(&Customer) -> Option<u64>,
        is_default: bool,
    ) -> Resolved<'a> {
        let payload = Record::new(payload);
        let changed = done.and_then(|customer| {
            let id = which(&customer).ok_or(Refused {
                field: "addressId",
                message: "Address does not exist",
            })?;
            if is_default {
                lock(&self.ctx.shop.state)
                    .put_customer(Some(customer.id), |it| it.default_address = Some(id))?;
            }
            let address = customer.addresses.iter().find(|(other, _)| *other == id);
            Ok((id, address.map(|(_, it)| it.clone()).unwrap_or_default()))
        });
        object(match changed {
            Ok((id, address)) => payload
                .object(
                    "address",
                    Some(AddressNode::of_customer(self.ctx, id, Cow::Owned(address))),
                )
                .records("userErrors", Vec::new()),
            Err(refused) => payload
                .leaf("address", JsonValue::Null)
                .records("userErrors", vec![error("UserError", &refused)]),
        })
    }
}

fn customer_id(info: &ResolveInfo<'_>) -> Result<u64, FieldError> {
    id_argument(info, "customerId", "Customer")?
        .ok_or_else(|| refused("the customer's id is missing"))
}

fn error<'a>(type_name: &'a str, refused: &Refused) -> Record<'a> {
    if type_name == "UserError" {
        return user_error(&[refused.field], refused.message);
    }
    let code = match refused.message {
        "Customer does not exist" => "NOT_FOUND",
        message if message.ends_with("taken") => "TAKEN",
        _ => "INVALID",
    };
    user_error_of(type_name, &["input", refused.field])
        .leaf("message", refused.message)
        .leaf("code", code)
}
