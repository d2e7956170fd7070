//! What a pass would do: the writes, each money document with the proof that it equals its source.
//!
//! A plan is computed by a pure function from what was read, so the same state of both systems
//! gives the same plan and the same [`Plan::hash`]: an operator approves a hash, not a promise.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::money::{Currency, Error, Money};

/// The writes of one pass, in order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub writes: Vec<Write>,
    pub proofs: Vec<Proof>,
    /// What a reader must know besides: a day that was moved and why, an open dispute. The writes
    /// alone are what an operator approves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// One write: what is done to which record, and the body that would be sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Write {
    pub action: Action,
    /// The vendor's name of the record: `salesOrder`, `customerDeposit`, `customer`, `metafield`.
    pub record: String,
    /// Our name for the record inside the other system, or the other system's id.
    pub key: String,
    /// The source of this record: a Shopify order, transaction or customer id.
    pub source: String,
    pub body: Value,
    /// What is changed, or what the record is made from; none where the key says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<On>,
}

/// A record that is there already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct On {
    pub record: String,
    pub id: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Create,
    Update,
    /// Made from another record.
    Transform,
    /// Writes the exact tax of a record that this plan creates, on NetSuite's own references.
    OverrideTax,
}

/// The equation, in minor units, that shows a money document equal to its source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The document it is about: `so-us-5123`.
    pub document: String,
    pub currency: String,
    /// What the document will add up to, term by term.
    pub terms: Vec<Term>,
    /// What the source says it is.
    pub source: Term,
}

/// One named amount in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    pub name: String,
    pub minor: i64,
}

impl Plan {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// Whether `write` creates a record whose tax a later write sets right: before that it is not
    /// what it must be.
    #[must_use]
    pub fn is_unfinished_by(&self, write: &Write) -> bool {
        let sets_right = |other: &Write| {
            other.action == Action::OverrideTax
                && other.record == write.record
                && other.key == write.key
        };
        !sets_right(write) && self.writes.iter().any(sets_right)
    }

    /// Adds what a further look of the same pass plans.
    pub fn extend(&mut self, other: Self) {
        self.writes.extend(other.writes);
        self.proofs.extend(other.proofs);
        self.notes.extend(other.notes);
    }

    /// SHA-256 over the writes in order, in hex: the same writes give the same hash.
    #[must_use]
    pub fn hash(&self) -> String {
        hash(&serde_json::to_value(&self.writes).unwrap_or_default())
    }
}

/// SHA-256 of a JSON value in hex, whatever the order of its keys.
#[must_use]
pub fn hash(value: &Value) -> String {
    let mut hasher = Sha256::new();
    digest(value, &mut hasher);
    hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn digest(value: &Value, hasher: &mut Sha256) {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<_> = map.keys().collect();
            keys.sort();
            hasher.update(b"{");
            for key in keys {
                hasher.update(Value::from(key.as_str()).to_string());
                hasher.update(b":");
                digest(&map[key], hasher);
                hasher.update(b",");
            }
            hasher.update(b"}");
        }
        Value::Array(items) => {
            hasher.update(b"[");
            for item in items {
                digest(item, hasher);
                hasher.update(b",");
            }
            hasher.update(b"]");
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            hasher.update(value.to_string())
        }
    }
}

impl Proof {
    /// An equation about `document`, still without terms.
    #[must_use]
    pub fn new(document: impl Into<String>, source_name: &str, source: Money) -> Self {
        Self {
            document: document.into(),
            currency: source.currency.to_string(),
            terms: Vec::new(),
            source: Term {
                name: source_name.to_owned(),
                minor: source.minor,
            },
        }
    }

    pub fn term(&mut self, name: impl Into<String>, amount: Money) {
        self.terms.push(Term {
            name: name.into(),
            minor: amount.minor,
        });
    }

    /// What is left over: 0 means proved.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`] past 64 bits.
    pub fn remainder(&self) -> Result<i64, Error> {
        self.terms
            .iter()
            .try_fold(0_i64, |sum, term| sum.checked_add(term.minor))
            .and_then(|sum| sum.checked_sub(self.source.minor))
            .ok_or(Error::TooLarge)
    }

    /// The sum the document will show, if the currency is known.
    #[must_use]
    pub fn total(&self) -> Option<Money> {
        let currency: Currency = self.currency.parse().ok()?;
        Some(currency.money(self.terms.iter().map(|term| term.minor).sum()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_hash_ignores_the_order_of_keys_and_nothing_else() {
        assert_eq!(
            hash(&json!({"a": 1, "b": [1, 2]})),
            hash(&json!({"b": [1, 2], "a": 1}))
        );
        assert_ne!(hash(&json!({"a": [1, 2]})), hash(&json!({"a": [2, 1]})));
        assert_ne!(hash(&json!({"a": "1"})), hash(&json!({"a": 1})));
    }
}
