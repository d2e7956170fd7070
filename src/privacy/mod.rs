//! What is held about a person, wherever it stands: found, given out, and erased.
//!
//! waybill keeps no table of people. What it holds of them are traces: the bytes of events, the plans of
//! passes, the words of problems, and links. A [`Person`] is known by ids and an e-mail; [`traces`] finds
//! every place that names them, [`export`] gives it out, [`erase`] takes it away and keeps what idempotency
//! needs: delivery ids, marks, and the ids of the two systems' documents.

pub mod answers;
pub mod erase;
pub mod export;
pub mod request;
pub mod retention;
pub mod traces;

use std::fmt;
use std::str::FromStr;

/// Somebody whose data is asked for. Never printed whole: an e-mail is personal data.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// The store's name; all stores if absent.
    pub store: Option<String>,
    /// Shopify's ids of them, with the store each is of.
    pub customers: Vec<(String, u64)>,
    /// E-mails, phone numbers: texts that name nobody else.
    pub names: Vec<String>,
    /// Shopify orders that are theirs by Shopify's own word, with their stores.
    pub orders: Vec<(String, u64)>,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person")
            .field("customers", &self.customers)
            .field("names", &self.names.len())
            .finish_non_exhaustive()
    }
}

/// A text that names no person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("name a person by STORE/CUSTOMER-ID, for example us/77, or by an e-mail address")]
pub struct NobodyNamed;

impl FromStr for Person {
    type Err = NobodyNamed;

    fn from_str(text: &str) -> Result<Self, NobodyNamed> {
        let text = text.trim();
        if let Some((store, id)) = text.rsplit_once('/')
            && let Ok(id) = id.parse()
        {
            let store = store.strip_prefix("customer/").unwrap_or(store);
            return Ok(Self {
                customers: vec![(store.to_owned(), id)],
                ..Self::default()
            });
        }
        match text.split_once('@') {
            Some((local, host)) if !local.is_empty() && !host.is_empty() => Ok(Self {
                names: vec![text.to_owned()],
                ..Self::default()
            }),
            Some(_) | None => Err(NobodyNamed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_named_by_store_and_id_or_by_an_address() {
        let by_id = Ok(vec![("us".to_owned(), 77)]);
        for text in ["us/77", "customer/us/77", " us/77 "] {
            assert_eq!(
                text.parse::<Person>().map(|it| it.customers),
                by_id,
                "{text}"
            );
        }
        let by_email = "a@example.com".parse::<Person>().map(|it| it.names);
        assert_eq!(by_email, Ok(vec!["a@example.com".to_owned()]));
        for text in ["", "us/", "@", "a@", "Ada Lovelace"] {
            assert!(text.parse::<Person>().is_err(), "{text}");
        }
        let told = format!("{:?}", "a@example.com".parse::<Person>());
        assert!(!told.contains("example"), "{told}");
    }
}
