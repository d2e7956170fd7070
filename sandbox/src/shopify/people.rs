//! What changes a customer: rules of the shop, and what merchants and customers do.

use std::sync::Arc;

use serde_json::json;

use super::state::{Notice, State};
use super::time::now;
use super::{Acts, Address, Customer, Refusal, lock};

/// A refused change: at which input, and in Shopify's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) field: &'static str,
    pub(crate) message: &'static str,
}

impl State {
    /// Makes a customer of the given parts, or changes one; all or nothing.
    pub(crate) fn put_customer(
        &mut self,
        id: Option<u64>,
        change: impl FnOnce(&mut Customer),
    ) -> Result<(Arc<Customer>, Vec<Notice>), Refused> {
        let missing = Refused {
            field: "id",
            message: "Customer does not exist",
        };
        let at = now();
        let (old, topic) = match id {
            Some(id) => {
                let held = self.customers.get(&id).ok_or(missing)?;
                (Some(Arc::clone(held)), "customers/update")
            }
            None => (None, "customers/create"),
        };
        let mut customer = match &old {
            Some(held) => Customer::clone(held),
            None => Customer::nobody(self.ids.take(), at),
        };
        change(&mut customer);
        for (id, _) in &mut customer.addresses {
            if *id == 0 {
                *id = self.ids.take();
            }
        }
        if customer.default().is_none() {
            customer.default_address = customer.addresses.first().map(|(id, _)| *id);
        }
        self.check(&customer)?;
        if let Some(email) = old.as_ref().and_then(|old| old.email.as_ref()) {
            self.emails.remove(&email.to_lowercase());
        }
        customer.imported = None;
        let id = customer.id;
        self.keep_customer(customer);
        let notices = self.touch_customer(id, topic, at);
        let kept = self.customers.get(&id).cloned().ok_or(Refused {
            field: "id",
            message: "Customer does not exist",
        })?;
        Ok((kept, notices))
    }

    /// E-mail and phone are each one customer's; a phone number is international; nobody is nothing.
    fn check(&self, it: &Customer) -> Result<(), Refused> {
        let refused = |field, message| Err(Refused { field, message });
        let others = || self.customers.values().filter(|other| other.id != it.id);
        if let Some(email) = &it.email {
            let is_address = email.split_once('@').is_some_and(|(local, host)| {
                !local.is_empty() && host.contains('.') && !email.contains(char::is_whitespace)
            });
            if !is_address {
                return refused("email", "Email is invalid");
            }
            let same = |other: &&Arc<Customer>| {
                let theirs = other.email.as_deref().map(str::to_lowercase);
                theirs == Some(email.to_lowercase())
            };
            if others().any(|other| same(&other)) {
                return refused("email", "Email has already been taken");
            }
        }
        if let Some(phone) = &it.phone {
            if !is_international(phone) {
                return refused("phone", "Phone is invalid");
            }
            if others().any(|other| other.phone.as_ref() == Some(phone)) {
                return refused("phone", "Phone has already been taken");
            }
        }
        let has_name = it.first_name.is_some() || it.last_name.is_some();
        if it.email.is_none() && it.phone.is_none() && !has_name {
            return refused(
                "base",
                "Customer must have a name, phone number or email address",
            );
        }
        for (at, (_, address)) in it.addresses.iter().enumerate() {
            if !address.is_of_its_country() {
                return refused("address", "Province is not valid");
            }
            if it
                .addresses
                .iter()
                .take(at)
                .any(|(_, other)| other == address)
            {
                return refused("address", "Address already exists on customer");
            }
        }
        Ok(())
    }
}

impl Customer {
    fn nobody(id: u64, at: chrono::DateTime<chrono::Utc>) -> Self {
        Self {
            id,
            email: None,
            phone: None,
            first_name: None,
            last_name: None,
            note: None,
            tags: Vec::new(),
            tax_exempt: false,
            addresses: Vec::new(),
            default_address: None,
            created_at: at,
            updated_at: at,
            imported: None,
        }
    }

    /// Adds an address; its id is given when the customer is kept.
    pub fn add_address(&mut self, address: Address) {
        self.addresses.push((0, address));
    }
}

/// E.164: a plus sign and up to 15 digits.
fn is_international(phone: &str) -> bool {
    let digits = phone.strip_prefix('+').unwrap_or_default();
    (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// What customers and merchants do with customers. Each act is announced.
impl Acts {
    /// A new customer, as `fill` describes them; the id.
    ///
    /// # Errors
    ///
    /// In Shopify's words.
    pub fn create_customer(&self, fill: impl FnOnce(&mut Customer)) -> Result<u64, Refusal> {
        self.put(None, fill)
    }

    /// Changes a customer.
    ///
    /// # Errors
    ///
    /// In Shopify's words.
    pub fn change_customer(
        &self,
        id: u64,
        change: impl FnOnce(&mut Customer),
    ) -> Result<(), Refusal> {
        self.put(Some(id), change).map(drop)
    }

    fn put(&self, id: Option<u64>, change: impl FnOnce(&mut Customer)) -> Result<u64, Refusal> {
        let put = lock(&self.0.state).put_customer(id, change);
        let (customer, notices) = put.map_err(|refused| Refusal::because(refused.message))?;
        self.0.tell(&notices);
        Ok(customer.id)
    }

    pub fn customer(&self, id: u64) -> Option<Arc<Customer>> {
        lock(&self.0.state).customers.get(&id).cloned()
    }

    /// Merges one customer into another, who keeps their own name, e-mail and addresses and gets the orders.
    pub fn merge_customers(&self, kept: u64, deleted: u64) {
        let notices = lock(&self.0.state).merge(kept, deleted);
        self.0.tell(&notices);
    }

    pub fn delete_customer(&self, id: u64) {
        let notices = lock(&self.0.state).delete_customer(id);
        self.0.tell(&notices);
    }
}

impl State {
    fn merge(&mut self, kept: u64, deleted: u64) -> Vec<Notice> {
        for order in self.orders.values_mut() {
            if order.customer == Some(deleted) {
                Arc::make_mut(order).customer = Some(kept);
            }
        }
        self.remove(deleted);
        let customer = |id| format!("gid://shopify/Customer/{id}");
        let body = json!({
            "admin_graphql_api_customer_kept_id": customer(kept),
            "admin_graphql_api_customer_deleted_id": customer(deleted),
            "admin_graphql_api_job_id": null,
            "status": "completed",
            "errors": [],
        });
        let mut notices = self.touch_customer(kept, "customers/update", now());
        notices.push(Notice {
            topic: "customers/merge",
            body,
            order: None,
        });
        notices
    }

    fn delete_customer(&mut self, id: u64) -> Vec<Notice> {
        self.remove(id);
        let body = json!({
            "id": id,
            "tax_exemptions": [],
            "admin_graphql_api_id": format!("gid://shopify/Customer/{id}"),
        });
        vec![Notice {
            topic: "customers/delete",
            body,
            order: None,
        }]
    }

    fn remove(&mut self, id: u64) {
        if let Some(email) = self.customers.remove(&id).and_then(|it| it.email.clone()) {
            self.emails.remove(&email.to_lowercase());
        }
    }
}
