//! Customers and the addresses on customers and orders.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::order::{NewCustomer, PlaceOrder};
use super::state::{Notice, State};
use super::time::now;

/// Someone who buys.
#[derive(Clone, Debug)]
pub struct Customer {
    pub id: u64,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub note: Option<String>,
    pub tags: Vec<String>,
    pub tax_exempt: bool,
    /// Oldest first, each with its id.
    pub addresses: Vec<(u64, Address)>,
    /// The id of one of them; the first one given becomes it.
    pub default_address: Option<u64>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// The body this customer was loaded from; its values win.
    pub(super) imported: Option<Value>,
}

impl Customer {
    /// The customer as webhook bodies print it since API 2025-01: no tags, no consent, no order count.
    pub(super) fn body(&self, currency: &str, time: impl Fn(DateTime<Utc>) -> String) -> Value {
        if let Some(body) = &self.imported {
            return body.clone();
        }
        json!({
            "id": self.id,
            "admin_graphql_api_id": format!("gid://shopify/Customer/{}", self.id),
            "created_at": time(self.created_at),
            "updated_at": time(self.updated_at),
            "first_name": self.first_name,
            "last_name": self.last_name,
            "state": "disabled",
            "note": self.note,
            "verified_email": true,
            "multipass_identifier": null,
            "tax_exempt": self.tax_exempt,
            "tax_exemptions": [],
            "email": self.email,
            "phone": self.phone,
            "currency": currency,
            "addresses": self.addresses.iter().map(|address| self.address_body(address)).collect::<Vec<_>>(),
            "default_address": self.default().map(|address| self.address_body(address)),
        })
    }

    /// The address that orders start from.
    pub fn default(&self) -> Option<&(u64, Address)> {
        self.addresses
            .iter()
            .find(|(id, _)| Some(*id) == self.default_address)
    }

    fn address_body(&self, (id, address): &(u64, Address)) -> Value {
        let mut body = address.body();
        if let Some(fields) = body.as_object_mut() {
            fields.remove("latitude");
            fields.remove("longitude");
            fields.insert("id".into(), json!(id));
            fields.insert("customer_id".into(), json!(self.id));
            fields.insert("country_name".into(), json!(address.country));
            fields.insert("default".into(), json!(self.default_address == Some(*id)));
        }
        body
    }
}

const US: &str = "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA PR RI SC SD TN TX UT VT VI VA WA WV WI WY AA AE AP AS FM GU MH MP PW";
const CA: &str = "AB BC MB NB NL NS NT NU ON PE QC SK YT";
const AU: &str = "ACT NSW NT QLD SA TAS VIC WA";

/// The names of some countries; of others the code stands.
fn country_name(code: &str) -> Option<&'static str> {
    Some(match code {
        "US" => "United States",
        "CA" => "Canada",
        "AU" => "Australia",
        "DE" => "Germany",
        "FR" => "France",
        "GB" => "United Kingdom",
        "JP" => "Japan",
        _ => return None,
    })
}

/// A postal address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Address {
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub company: Option<String>,
    pub address1: Option<String>,
    pub address2: Option<String>,
    pub city: Option<String>,
    pub province: Option<String>,
    pub province_code: Option<String>,
    pub country: Option<String>,
    pub country_code: Option<String>,
    pub zip: Option<String>,
    pub phone: Option<String>,
}

impl Address {
    /// An address in Kentucky.
    pub fn sample() -> Self {
        let text = |text: &str| Some(text.to_owned());
        Self {
            first_name: text("Steve"),
            last_name: text("Shipper"),
            company: text("Shipping Company"),
            address1: text("123 Shipping Street"),
            address2: None,
            city: text("Shippington"),
            province: text("Kentucky"),
            province_code: text("KY"),
            country: text("United States"),
            country_code: text("US"),
            zip: text("40003"),
            phone: text("+15555550123"),
        }
    }

    /// Fills in the names of country and province from their codes.
    pub(super) fn name_its_parts(&mut self) {
        let country = self.country_code.as_deref().and_then(country_name);
        self.country = country
            .map(str::to_owned)
            .or_else(|| self.country_code.clone());
        self.province.clone_from(&self.province_code);
    }

    /// Whether its province is one of its country's, where the shop keeps a list.
    pub(super) fn is_of_its_country(&self) -> bool {
        let Some(province) = self.province_code.as_deref() else {
            return true;
        };
        let provinces = match self.country_code.as_deref() {
            Some("US") => US,
            Some("CA") => CA,
            Some("AU") => AU,
            Some("JP") => return province.strip_prefix("JP-").is_some_and(|it| it.len() == 2),
            Some("DE" | "FR" | "AT" | "NL" | "SE") => return false,
            Some(_) | None => return true,
        };
        provinces.split(' ').any(|code| code == province)
    }

    pub(super) fn name(&self) -> Option<String> {
        let parts: Vec<_> = [&self.first_name, &self.last_name]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    }

    pub(super) fn body(&self) -> Value {
        json!({
            "first_name": self.first_name,
            "address1": self.address1,
            "phone": self.phone,
            "city": self.city,
            "zip": self.zip,
            "province": self.province,
            "country": self.country,
            "last_name": self.last_name,
            "address2": self.address2,
            "company": self.company,
            "latitude": null,
            "longitude": null,
            "name": self.name(),
            "country_code": self.country_code,
            "province_code": self.province_code,
        })
    }

    pub(super) fn from_body(body: &Map<String, Value>) -> Self {
        let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
        Self {
            first_name: text("first_name"),
            last_name: text("last_name"),
            company: text("company"),
            address1: text("address1"),
            address2: text("address2"),
            city: text("city"),
            province: text("province"),
            province_code: text("province_code"),
            country: text("country"),
            country_code: text("country_code"),
            zip: text("zip"),
            phone: text("phone"),
        }
    }
}

impl State {
    pub(crate) fn add_customer(&mut self, email: Option<&str>, address: Option<Address>) -> u64 {
        let (id, address_id) = (self.ids.take(), self.ids.take());
        let now = now();
        let default_address = address.as_ref().map(|_| address_id);
        let name = |of: fn(&Address) -> Option<String>| address.as_ref().and_then(of);
        let customer = Customer {
            id,
            email: email.map(str::to_owned),
            phone: None,
            first_name: name(|address| address.first_name.clone()),
            last_name: name(|address| address.last_name.clone()),
            note: None,
            tags: Vec::new(),
            tax_exempt: false,
            addresses: address.map(|it| (address_id, it)).into_iter().collect(),
            default_address,
            created_at: now,
            updated_at: now,
            imported: None,
        };
        self.keep_customer(customer);
        id
    }

    pub(super) fn keep_customer(&mut self, customer: Customer) {
        if let Some(email) = &customer.email {
            self.emails.insert(email.to_lowercase(), customer.id);
        }
        self.customers.insert(customer.id, Arc::new(customer));
    }

    pub(super) fn customer_for(
        &mut self,
        input: &PlaceOrder,
        now: DateTime<Utc>,
    ) -> (Option<u64>, Vec<Notice>) {
        let email = match (&input.customer, &input.email) {
            (NewCustomer::Guest, _) | (NewCustomer::ByEmail, None) => return (None, Vec::new()),
            (NewCustomer::Existing(id), _) => return (Some(*id), Vec::new()),
            (NewCustomer::ByEmail, Some(email)) => email.clone(),
        };
        let known = self.emails.get(&email.to_lowercase()).copied();
        let (id, topic) = match known {
            Some(id) => (id, "customers/update"),
            None => {
                let address = input
                    .billing_address
                    .clone()
                    .or(input.shipping_address.clone());
                (self.add_customer(Some(&email), address), "customers/create")
            }
        };
        (Some(id), self.touch_customer(id, topic, now))
    }

    /// Bumps a customer's `updated_at` and announces it.
    pub(crate) fn touch_customer(
        &mut self,
        id: u64,
        topic: &'static str,
        now: DateTime<Utc>,
    ) -> Vec<Notice> {
        let Some(customer) = self.customers.get_mut(&id) else {
            return Vec::new();
        };
        Arc::make_mut(customer).updated_at = now;
        let time = self.time;
        let body = customer.body(&self.settings.currency, |at| time.text(at));
        vec![Notice {
            topic,
            body,
            order: None,
        }]
    }
}

pub(super) fn imported_customer(id: u64, body: &Value, at: DateTime<Utc>) -> Customer {
    let text = |key: &str| body[key].as_str().map(str::to_owned);
    let time = |key: &str| {
        let text = body[key].as_str()?;
        Some(DateTime::parse_from_rfc3339(text).ok()?.to_utc())
    };
    let address = &body["default_address"];
    let default_address = address["id"].as_u64();
    let addresses = address.as_object().map(Address::from_body);
    Customer {
        id,
        email: text("email"),
        phone: text("phone"),
        first_name: text("first_name"),
        last_name: text("last_name"),
        note: text("note"),
        tags: Vec::new(),
        tax_exempt: body["tax_exempt"].as_bool().unwrap_or(false),
        addresses: default_address.zip(addresses).into_iter().collect(),
        default_address,
        created_at: time("created_at").unwrap_or(at),
        updated_at: time("updated_at").unwrap_or(at),
        imported: Some(body.clone()),
    }
}
