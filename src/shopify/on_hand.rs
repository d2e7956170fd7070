//! Setting what is on hand at Shopify: compared with what was read, and carried out once.

use std::time::Duration;

use cynic::MutationBuilder;
use uuid::Uuid;

use super::Client;
use super::inventory::BATCH;
use super::inventory_query::{
    InventoryQuantityInput, InventorySetQuantitiesInput, SetQuantities, SetQuantitiesVariables,
    UserError,
};
use super::schema::gid;
use super::transport::Ask;
use crate::journal::Journal;
use crate::remote::{Error, Meaning, Outcome, Refusal};

/// How often a write without an answer is sent with its key, and how long between.
const SENDINGS: u32 = 4;
const SEND_AGAIN: Duration = Duration::from_millis(500);

/// A quantity to be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnHand {
    pub item: u64,
    pub quantity: i64,
    /// What was read: it is set only while this still holds. `None` where nothing was ever stocked.
    pub from: Option<i64>,
}

/// Why one quantity was not set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotSet {
    /// Somebody changed it since it was read.
    Stale,
    /// There is no such inventory item any more.
    Gone,
    /// A bundle's stock follows from its components.
    Bundle,
    /// The shop has no such location.
    NoLocation,
    Refused(Refusal),
}

impl Client {
    /// Makes `on_hand` of each item at `location` the given quantity, where it is still what was read.
    ///
    /// The answers are in the order of `wanted`. Shopify takes all of a call or none: those it refuses
    /// are left out and the others sent again, under a new key. A call without an answer is sent again
    /// with its key, which Shopify carries out once.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a write; then some quantities may have been set.
    pub async fn set_on_hand(
        &self,
        journal: &Journal,
        location: u64,
        wanted: &[OnHand],
    ) -> Result<Vec<Result<(), NotSet>>, Error> {
        let mut results: Vec<Result<(), NotSet>> = wanted.iter().map(|_| Ok(())).collect();
        let indexes: Vec<usize> = (0..wanted.len()).collect();
        for batch in indexes.chunks(BATCH) {
            let mut waiting = batch.to_vec();
            while !waiting.is_empty() {
                let sent: Vec<&OnHand> = waiting.iter().filter_map(|at| wanted.get(*at)).collect();
                let refused = self.set_all_or_none(journal, location, &sent).await?;
                if refused.is_empty() {
                    break;
                }
                waiting = settle(&mut results, waiting, refused);
            }
        }
        Ok(results)
    }

    async fn set_all_or_none(
        &self,
        journal: &Journal,
        location: u64,
        wanted: &[&OnHand],
    ) -> Result<Vec<UserError>, Error> {
        let ask = Ask::write(format!(
            "write shopify on_hand of {} items at location {location}",
            wanted.len()
        ));
        let mut key = Uuid::new_v4();
        let mut sendings = 1;
        loop {
            let operation = SetQuantities::build(variables(location, wanted, key));
            let pause = match self.transport.run(journal, &ask, &operation).await {
                Ok(done) => {
                    let payload = done.inventory_set_quantities;
                    let payload =
                        payload.ok_or_else(|| ask.unreadable("a mutation without payload"))?;
                    match payload.user_errors.iter().find_map(UserError::of_key) {
                        None => return Ok(payload.user_errors),
                        Some(KeyTrouble::InProgress) => {}
                        Some(KeyTrouble::Failed) => key = Uuid::new_v4(),
                    }
                    ask.unreadable("the key stays in use")
                }
                Err(error) if error.outcome() == Outcome::Unknown => error,
                Err(error) => return Err(error),
            };
            if sendings == SENDINGS || journal.stop.is_cancelled() {
                return Err(pause);
            }
            tokio::time::sleep(SEND_AGAIN * sendings).await;
            sendings += 1;
        }
    }
}

/// What is wrong with an idempotency key.
enum KeyTrouble {
    /// The first call with it is still under way: the same again, later.
    InProgress,
    /// The first call with it failed: a new one.
    Failed,
}

fn variables(location: u64, wanted: &[&OnHand], key: Uuid) -> SetQuantitiesVariables {
    let quantities = wanted.iter().map(|entry| InventoryQuantityInput {
        inventory_item_id: gid("InventoryItem", entry.item),
        location_id: gid("Location", location),
        quantity: small(entry.quantity),
        change_from_quantity: entry.from.map(small),
    });
    SetQuantitiesVariables {
        input: InventorySetQuantitiesInput {
            name: "on_hand".to_owned(),
            reason: "correction".to_owned(),
            reference_document_uri: Some("gid://waybill/Stock/netsuite".to_owned()),
            quantities: quantities.collect(),
        },
        key: key.to_string(),
    }
}

/// GraphQL's integers have 32 bits; Shopify refuses more than 1,000,000,000 anyway.
fn small(quantity: i64) -> i32 {
    i32::try_from(quantity).unwrap_or(if quantity < 0 { i32::MIN } else { i32::MAX })
}

/// Writes the refusals down; gives what is to be sent again. A refusal of no single entry is one of them all.
fn settle(
    results: &mut [Result<(), NotSet>],
    sent: Vec<usize>,
    refused: Vec<UserError>,
) -> Vec<usize> {
    let of_all = refused.iter().find(|error| error.entry().is_none());
    let mut again = Vec::new();
    for (place, index) in sent.into_iter().enumerate() {
        let own = refused.iter().find(|error| error.entry() == Some(place));
        match own.or(of_all) {
            Some(error) => {
                if let Some(result) = results.get_mut(index) {
                    *result = Err(error.not_set());
                }
            }
            None => again.push(index),
        }
    }
    again
}

impl UserError {
    /// Which of those sent it is about: `["input", "quantities", "3", "quantity"]`.
    fn entry(&self) -> Option<usize> {
        let path = self.field.as_ref()?;
        let at = path.iter().position(|part| part == "quantities")?;
        path.get(at + 1)?.parse().ok()
    }

    fn code(&self) -> &str {
        self.code.as_ref().map_or("USER_ERROR", |code| &code.0)
    }

    fn of_key(&self) -> Option<KeyTrouble> {
        match self.code() {
            "IDEMPOTENCY_CONCURRENT_REQUEST" => Some(KeyTrouble::InProgress),
            "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED" => Some(KeyTrouble::Failed),
            _ => None,
        }
    }

    fn not_set(&self) -> NotSet {
        match self.code() {
            "CHANGE_FROM_QUANTITY_STALE" => NotSet::Stale,
            "INVALID_INVENTORY_ITEM" => NotSet::Gone,
            "NON_MUTABLE_INVENTORY_ITEM" => NotSet::Bundle,
            "INVALID_LOCATION" => NotSet::NoLocation,
            code => {
                let path = self.field.as_ref().map(|field| field.join("."));
                let refusal = Refusal::new(Meaning::Invalid, code, &self.message);
                NotSet::Refused(refusal.at(path))
            }
        }
    }
}

#[cfg(test)]
pub(super) fn operations() -> Vec<String> {
    let entry = OnHand {
        item: 1,
        quantity: 2,
        from: Some(3),
    };
    vec![SetQuantities::build(variables(1, &[&entry], Uuid::nil())).query]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(path: &[&str], code: &str) -> UserError {
        serde_json::from_value(serde_json::json!({
            "field": path, "code": code, "message": "told",
        }))
        .unwrap()
    }

    #[test]
    fn a_refused_entry_is_left_out_and_the_others_are_sent_again() {
        let mut results = vec![Ok(()), Ok(()), Ok(())];
        let path = ["input", "quantities", "1", "changeFromQuantity"];
        let again = settle(
            &mut results,
            vec![0, 1, 2],
            vec![error(&path, "CHANGE_FROM_QUANTITY_STALE")],
        );
        assert_eq!(again, [0, 2]);
        assert_eq!(results, [Ok(()), Err(NotSet::Stale), Ok(())]);
    }

    #[test]
    fn a_refusal_of_the_whole_call_is_one_of_each_entry() {
        let mut results = vec![Ok(()), Ok(())];
        let again = settle(
            &mut results,
            vec![0, 1],
            vec![error(&["input", "reason"], "INVALID_REASON")],
        );
        assert!(again.is_empty());
        assert!(results.iter().all(Result::is_err));
    }
}
