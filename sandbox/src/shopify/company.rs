//! Companies that buy, their locations and their contacts, and what merchants do with them.
//!
//! Bodies of webhooks are those of Shopify's samples: none has a number of its own, only global ids.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::customer::Address;
use super::order::Company;
use super::state::{Notice, State};
use super::time::now;
use super::{Acts, lock};

/// A business that buys.
#[derive(Clone, Debug)]
pub struct Firm {
    pub id: u64,
    pub name: String,
    pub external_id: Option<String>,
    pub note: Option<String>,
    /// Oldest first. One with the id 0 is new.
    pub locations: Vec<Branch>,
    /// Oldest first. One with the id 0 is new.
    pub contacts: Vec<Contact>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A location of a company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    pub id: u64,
    pub name: String,
    pub external_id: Option<String>,
    pub phone: Option<String>,
    pub billing_address: Option<Address>,
    pub shipping_address: Option<Address>,
    /// The name of the payment terms: `Net 30`.
    pub terms: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A customer who may buy for a company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    pub id: u64,
    pub customer: u64,
    pub title: Option<String>,
    /// Of one contact of a company at most.
    pub is_main: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Branch {
    /// A location without an address, payment at once.
    pub fn new(name: &str) -> Self {
        let at = now();
        Self {
            id: 0,
            name: name.to_owned(),
            external_id: None,
            phone: None,
            billing_address: None,
            shipping_address: None,
            terms: None,
            created_at: at,
            updated_at: at,
        }
    }
}

impl Contact {
    pub fn new(customer: u64) -> Self {
        let at = now();
        Self {
            id: 0,
            customer,
            title: None,
            is_main: false,
            created_at: at,
            updated_at: at,
        }
    }
}

impl Firm {
    /// How an order names this company and the location that buys.
    pub fn buyer(&self, location: u64) -> Option<Company> {
        let branch = self.locations.iter().find(|it| it.id == location)?;
        Some(Company {
            id: self.id,
            name: self.name.clone(),
            location,
            location_name: branch.name.clone(),
        })
    }

    fn is_as(&self, other: &Self) -> bool {
        let main = |it: &Self| it.contacts.iter().find(|it| it.is_main).map(|it| it.id);
        self.name == other.name
            && self.external_id == other.external_id
            && self.note == other.note
            && main(self) == main(other)
    }

    fn body(&self, time: impl Fn(DateTime<Utc>) -> String) -> Value {
        let main = self.contacts.iter().find(|it| it.is_main);
        json!({
            "name": self.name,
            "note": self.note,
            "external_id": self.external_id,
            "main_contact_admin_graphql_api_id": main.map(|it| gid("CompanyContact", it.id)),
            "created_at": time(self.created_at),
            "updated_at": time(self.updated_at),
            "customer_since": time(self.created_at),
            "admin_graphql_api_id": gid("Company", self.id),
        })
    }
}

fn gid(kind: &str, id: u64) -> String {
    format!("gid://shopify/{kind}/{id}")
}

/// Which webhook tells of what became of a part.
struct Told {
    create: &'static str,
    update: &'static str,
    delete: &'static str,
}

const LOCATIONS: Told = Told {
    create: "company_locations/create",
    update: "company_locations/update",
    delete: "company_locations/delete",
};
const CONTACTS: Told = Told {
    create: "company_contacts/create",
    update: "company_contacts/update",
    delete: "company_contacts/delete",
};

impl State {
    /// Makes a company, or changes one: whatever differs afterwards is announced by its own topic.
    fn put_company(
        &mut self,
        id: Option<u64>,
        change: impl FnOnce(&mut Firm),
    ) -> (u64, Vec<Notice>) {
        let at = now();
        let old = id.and_then(|id| self.companies.get(&id)).cloned();
        let mut firm = match &old {
            Some(old) => Firm::clone(old),
            None => Firm {
                id: self.ids.take(),
                name: String::new(),
                external_id: None,
                note: None,
                locations: Vec::new(),
                contacts: Vec::new(),
                created_at: at,
                updated_at: at,
            },
        };
        change(&mut firm);
        for branch in firm.locations.iter_mut().filter(|it| it.id == 0) {
            branch.id = self.ids.take();
        }
        for contact in firm.contacts.iter_mut().filter(|it| it.id == 0) {
            contact.id = self.ids.take();
        }
        let notices = self.differences(old.as_deref(), &mut firm, at);
        let id = firm.id;
        self.companies.insert(id, Arc::new(firm));
        (id, notices)
    }

    fn differences(&self, old: Option<&Firm>, firm: &mut Firm, at: DateTime<Utc>) -> Vec<Notice> {
        let mut notices = Vec::new();
        let mut own = None;
        match old {
            None => own = Some("companies/create"),
            Some(old) if !old.is_as(firm) => own = Some("companies/update"),
            Some(_) => {}
        }
        if own.is_some() {
            firm.updated_at = at;
        }
        let before = |id| old.and_then(|old| old.locations.iter().find(|it| it.id == id));
        let mut told = Vec::new();
        for branch in &mut firm.locations {
            match before(branch.id) {
                None => told.push((LOCATIONS.create, branch.id)),
                Some(was) if was != branch => told.push((LOCATIONS.update, branch.id)),
                Some(_) => continue,
            }
            branch.updated_at = at;
        }
        let mut people = Vec::new();
        let before = |id| old.and_then(|old| old.contacts.iter().find(|it| it.id == id));
        for contact in &mut firm.contacts {
            match before(contact.id) {
                None => people.push((CONTACTS.create, contact.id)),
                Some(was) if was != contact => people.push((CONTACTS.update, contact.id)),
                Some(_) => continue,
            }
            contact.updated_at = at;
        }
        let firm = &*firm;
        notices.extend(own.map(|topic| self.notice(topic, firm.body(|at| self.time.text(at)))));
        for (topic, id) in told {
            notices.extend(self.of_location(topic, firm, firm, id));
        }
        for (topic, id) in people {
            notices.extend(self.of_contact(topic, firm, firm, id));
        }
        if let Some(old) = old {
            let gone = |id| firm.locations.iter().all(|it| it.id != id);
            for branch in old.locations.iter().filter(|it| gone(it.id)) {
                notices.extend(self.of_location(LOCATIONS.delete, firm, old, branch.id));
            }
            let gone = |id| firm.contacts.iter().all(|it| it.id != id);
            for contact in old.contacts.iter().filter(|it| gone(it.id)) {
                notices.extend(self.of_contact(CONTACTS.delete, firm, old, contact.id));
            }
        }
        notices
    }

    fn notice(&self, topic: &'static str, body: Value) -> Notice {
        Notice {
            topic,
            body,
            order: None,
        }
    }

    fn of_location(
        &self,
        topic: &'static str,
        firm: &Firm,
        held: &Firm,
        id: u64,
    ) -> Option<Notice> {
        let branch = held.locations.iter().find(|it| it.id == id)?;
        let time = |at| self.time.text(at);
        let address = |it: &Option<Address>| it.as_ref().map(Address::body);
        let body = json!({
            "name": branch.name,
            "external_id": branch.external_id,
            "phone": branch.phone,
            "locale": "en",
            "created_at": time(branch.created_at),
            "updated_at": time(branch.updated_at),
            "note": null,
            "buyer_experience_configuration": null,
            "admin_graphql_api_id": gid("CompanyLocation", branch.id),
            "tax_exemptions": [],
            "company": firm.body(time),
            "billing_address": address(&branch.billing_address),
            "shipping_address": address(&branch.shipping_address),
        });
        Some(self.notice(topic, body))
    }

    fn of_contact(&self, topic: &'static str, firm: &Firm, held: &Firm, id: u64) -> Option<Notice> {
        let contact = held.contacts.iter().find(|it| it.id == id)?;
        let time = |at| self.time.text(at);
        let body = json!({
            "customer_admin_graphql_api_id": gid("Customer", contact.customer),
            "title": contact.title,
            "locale": "en",
            "created_at": time(contact.created_at),
            "updated_at": time(contact.updated_at),
            "admin_graphql_api_id": gid("CompanyContact", contact.id),
            "company": firm.body(time),
        });
        Some(self.notice(topic, body))
    }

    fn delete_company(&mut self, id: u64) -> Vec<Notice> {
        let gone = self.companies.remove(&id);
        let body = gone.map(|firm| firm.body(|at| self.time.text(at)));
        body.map(|body| self.notice("companies/delete", body))
            .into_iter()
            .collect()
    }
}

/// What merchants do with companies. Each act is announced.
impl Acts {
    /// A new company, as `fill` describes it; the id.
    pub fn create_company(&self, fill: impl FnOnce(&mut Firm)) -> u64 {
        let (id, notices) = lock(&self.0.state).put_company(None, fill);
        self.0.tell(&notices);
        id
    }

    /// Changes a company, its locations or its contacts.
    pub fn change_company(&self, id: u64, change: impl FnOnce(&mut Firm)) {
        let (_, notices) = lock(&self.0.state).put_company(Some(id), change);
        self.0.tell(&notices);
    }

    pub fn company(&self, id: u64) -> Option<Arc<Firm>> {
        lock(&self.0.state).companies.get(&id).cloned()
    }

    pub fn delete_company(&self, id: u64) {
        let notices = lock(&self.0.state).delete_company(id);
        self.0.tell(&notices);
    }
}
