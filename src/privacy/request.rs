//! What a privacy topic's signed body asks for. Read by the topic's own shape, and only from events whose
//! shape the door has believed.

use serde::Deserialize;
use serde_json::Value;
use sqlx::PgPool;

use super::Person;
use crate::event::Document;

/// An act that a person or Shopify asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Give out what is held about them.
    Data {
        customer: Option<u64>,
        request: String,
    },
    /// Erase what is held about them.
    Customer(u64),
    /// Erase what is held about all people of the store.
    Shop,
}

const DATA: &str = "data_request-";
const CUSTOMER: &str = "customer_redact-";
const SHOP: &str = "shop_redact";

#[derive(Deserialize)]
struct Body {
    customer: Option<Customer>,
    #[serde(default)]
    orders_to_redact: Vec<u64>,
}

#[derive(Deserialize)]
struct Customer {
    id: u64,
    email: Option<Value>,
    phone: Option<Value>,
}

impl Request {
    /// What a document of kind privacy stands for, by its name; the body may have been erased since.
    #[must_use]
    pub fn of(document: &Document) -> Option<Self> {
        let id = document.id.as_str();
        if let Some(request) = id.strip_prefix(DATA) {
            return Some(Self::Data {
                customer: None,
                request: request.to_owned(),
            });
        }
        if let Some(customer) = id.strip_prefix(CUSTOMER) {
            return customer.parse().ok().map(Self::Customer);
        }
        (id == SHOP).then_some(Self::Shop)
    }
}

/// Whom the bodies of the document's events name, as far as they are still there.
///
/// # Errors
///
/// When the database does not answer.
pub async fn person(pool: &PgPool, document: &Document) -> sqlx::Result<Person> {
    let bodies = sqlx::query_scalar!(
        "select b.body from event e join event_body b on b.event = e.id where e.document = $1 and e.source = 'shopify'",
        document.to_string()
    )
    .fetch_all(pool)
    .await?;
    let mut person = Person {
        store: Some(document.owner.clone()),
        ..Person::default()
    };
    if let Some(Request::Customer(id)) = Request::of(document) {
        person.customers.push((document.owner.clone(), id));
    }
    for body in bodies {
        let Ok(body) = serde_json::from_slice::<Body>(&body) else {
            continue;
        };
        add(&mut person, &document.owner, body);
    }
    Ok(person)
}

fn add(person: &mut Person, store: &str, body: Body) {
    let own = |id| (store.to_owned(), id);
    person
        .orders
        .extend(body.orders_to_redact.into_iter().map(own));
    let Some(customer) = body.customer else {
        return;
    };
    if !person.customers.contains(&own(customer.id)) {
        person.customers.push(own(customer.id));
    }
    let texts = [customer.email, customer.phone].into_iter().flatten();
    let texts = texts.filter_map(|text| text.as_str().map(str::to_owned));
    person.names.extend(texts.filter(|text| !text.is_empty()));
}
