//! Which document a Shopify topic's body is about, and how new it is. Reads only that, and tolerates the rest.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::shopify::Signer;
use crate::event::{Document, Kind, Priority};

/// What a body is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) document: Document,
    pub(super) priority: Priority,
    /// The document's own `updated_at`. A refund's or shipment's time says nothing about its order's.
    pub(super) version: Option<DateTime<Utc>>,
}

/// The id of the one document of kind shop.
const SHOP: &str = "shop";

/// The document that a signed body of this topic names, or nothing when it is not understood.
///
/// Strings that are not needed are skipped unread: real bodies hold `\u0000` and lone surrogates. Ids are
/// 64-bit integers, often above 2^53.
pub(super) fn named(store: &Signer, topic: &str, body: &[u8]) -> Option<Named> {
    let kind = |kind, id| Some(plain(Document::new(kind, &store.name, id)));
    match topic {
        "orders/edited" => kind(Kind::Order, read::<Edited>(body)?.order_edit.order_id),
        "refunds/create" => Some(Named {
            priority: Priority::MoneyBack,
            ..plain(part_of_order(store, body)?)
        }),
        "orders/cancelled" => Some(Named {
            priority: Priority::MoneyBack,
            ..itself(store, Kind::Order, body)?
        }),
        "order_transactions/create" | "tender_transactions/create" => {
            Some(plain(part_of_order(store, body)?))
        }
        "customers/merge" => {
            let kept = read::<Merged>(body)?.admin_graphql_api_customer_kept_id;
            kind(Kind::Customer, number_of(&kept, "Customer")?)
        }
        "customers/data_request" | "customers/redact" | "shop/redact" => {
            Some(plain(privacy(store, topic, body)?))
        }
        "bulk_operations/finish" | "app/uninstalled" | "app/scopes_update" | "shop/update" => {
            // What it is about is the shop as a whole, which is read again; that it is an object is enough.
            read::<Object>(body)?;
            Some(plain(Document::new(Kind::Shop, &store.name, SHOP)))
        }
        _ => by_family(store, topic, body),
    }
}

/// The topics of which all of a family read alike.
fn by_family(store: &Signer, topic: &str, body: &[u8]) -> Option<Named> {
    let (family, _) = topic.split_once('/')?;
    match family {
        "orders" => itself(store, Kind::Order, body),
        "customers" => itself(store, Kind::Customer, body),
        "companies" => of_company(store, body),
        "company_locations" | "company_contacts" => {
            let company = read::<OfCompany>(body)?.company;
            let id = number_of(&company.admin_graphql_api_id, "Company")?;
            Some(plain(Document::company(&store.name, id)))
        }
        "products" => itself(store, Kind::Product, body),
        // A dispute without an order is for a person: it stays unreadable, and held.
        "fulfillments" | "fulfillment_events" | "disputes" => {
            Some(plain(part_of_order(store, body)?))
        }
        "returns" => Some(plain(of_return(store, body)?)),
        "inventory_levels" => {
            let item = read::<Level>(body)?.inventory_item_id;
            Some(plain(Document::new(Kind::Item, &store.name, item)))
        }
        _ => None,
    }
}

fn plain(document: Document) -> Named {
    Named {
        priority: Priority::of(document.kind),
        document,
        version: None,
    }
}

/// The body is the document.
fn itself(store: &Signer, kind: Kind, body: &[u8]) -> Option<Named> {
    let body = read::<Itself>(body)?;
    let version = |at: &Value| DateTime::parse_from_rfc3339(at.as_str()?).ok();
    let version = body.updated_at.as_ref().and_then(version);
    Some(Named {
        version: version.map(|version| version.to_utc()),
        ..plain(Document::new(kind, &store.name, body.id))
    })
}

/// A company's body has no number but in its global id.
fn of_company(store: &Signer, body: &[u8]) -> Option<Named> {
    let body = read::<Company>(body)?;
    let version = |at: &Value| DateTime::parse_from_rfc3339(at.as_str()?).ok();
    let version = body.updated_at.as_ref().and_then(version);
    let id = number_of(&body.admin_graphql_api_id, "Company")?;
    Some(Named {
        version: version.map(|version| version.to_utc()),
        ..plain(Document::company(&store.name, id))
    })
}

/// The body is a part of an order.
fn part_of_order(store: &Signer, body: &[u8]) -> Option<Document> {
    let order = read::<Part>(body)?.order_id;
    Some(Document::new(Kind::Order, &store.name, order))
}

/// A return is a part of its order; some of its topics do not say of which.
fn of_return(store: &Signer, body: &[u8]) -> Option<Document> {
    let body = read::<Return>(body)?;
    if let Some(order) = body.order.map(|order| order.id).or(body.order_id) {
        return Some(Document::new(Kind::Order, &store.name, order));
    }
    let by_gid = || number_of(body.admin_graphql_api_id.as_deref()?, "Return");
    let id = body.id.or_else(by_gid)?;
    Some(Document::new(Kind::Return, &store.name, id))
}

/// Destructive topics are believed only with the topic's own body, signed, for this very store.
fn privacy(store: &Signer, topic: &str, body: &[u8]) -> Option<Document> {
    let (domain, id) = match topic {
        "customers/data_request" => {
            let body = read::<DataRequest>(body)?;
            (
                body.shop_domain,
                format!("data_request-{}", body.data_request.id),
            )
        }
        "customers/redact" => {
            let body = read::<CustomerRedact>(body)?;
            (
                body.shop_domain,
                format!("customer_redact-{}", body.customer.id),
            )
        }
        _ => (
            read::<ShopRedact>(body)?.shop_domain,
            "shop_redact".to_owned(),
        ),
    };
    domain
        .eq_ignore_ascii_case(&store.domain)
        .then(|| Document::new(Kind::Privacy, &store.name, id))
}

/// The number in `gid://shopify/Customer/77`.
fn number_of(gid: &str, kind: &str) -> Option<u64> {
    let id = gid.strip_prefix("gid://shopify/")?.strip_prefix(kind)?;
    id.strip_prefix('/')?.parse().ok()
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    // serde would also read a struct from an array.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return None;
    }
    serde_json::from_slice(body).ok()
}

#[derive(Deserialize)]
struct Object {}

#[derive(Deserialize)]
struct Id {
    id: u64,
}

#[derive(Deserialize)]
struct Itself {
    id: u64,
    updated_at: Option<Value>,
}

#[derive(Deserialize)]
struct Part {
    order_id: u64,
}

#[derive(Deserialize)]
struct Edited {
    order_edit: Part,
}

#[derive(Deserialize)]
struct Merged {
    admin_graphql_api_customer_kept_id: String,
}

#[derive(Deserialize)]
struct Company {
    admin_graphql_api_id: String,
    updated_at: Option<Value>,
}

#[derive(Deserialize)]
struct OfCompany {
    company: Company,
}

#[derive(Deserialize)]
struct Level {
    inventory_item_id: u64,
}

#[derive(Deserialize)]
struct Return {
    id: Option<u64>,
    admin_graphql_api_id: Option<String>,
    order_id: Option<u64>,
    order: Option<Id>,
}

#[derive(Deserialize)]
struct DataRequest {
    shop_domain: String,
    data_request: Id,
}

/// What erases is believed in exactly its own shape: a field more, and a person decides.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CustomerRedact {
    #[serde(rename = "shop_id")]
    _shop_id: u64,
    shop_domain: String,
    customer: Id,
    #[serde(rename = "orders_to_redact")]
    _orders_to_redact: Vec<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ShopRedact {
    #[serde(rename = "shop_id")]
    _shop_id: u64,
    shop_domain: String,
}

#[cfg(test)]
mod tests;
