//! Writing NetSuite's ids back: the order metafield `waybill.netsuite_id`, 25 orders a call.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use cynic::{Id, InputObject, MutationBuilder, QueryFragment, QueryVariables};

use super::Client;
use super::schema::{self, MetafieldsSetUserErrorCode, gid, number};
use super::transport::Ask;
use crate::journal::Journal;
use crate::link::InternalId;
use crate::remote::{Error, Meaning, Refusal};

/// Shopify's most in one call.
pub const BATCH: usize = 25;

impl Client {
    /// Makes `waybill.netsuite_id` of each order the given id. Absolute, so repeating it is harmless.
    ///
    /// The answers are in the order of `ids`, each the version that the write gave the order, where
    /// Shopify tells it. Shopify takes all of a call or none: those it refuses are left out and the
    /// others sent again.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a write; then some of `ids` may have been written.
    pub async fn set_metafields(
        &self,
        journal: &Journal,
        ids: &[(u64, InternalId)],
    ) -> Result<Vec<Result<Option<DateTime<Utc>>, Refusal>>, Error> {
        let mut results: Vec<_> = ids.iter().map(|_| Ok(None)).collect();
        let indexes: Vec<_> = (0..ids.len()).collect();
        for batch in indexes.chunks(BATCH) {
            let mut waiting = batch.to_vec();
            while !waiting.is_empty() {
                let values = waiting.iter().filter_map(|index| ids.get(*index));
                let set = self.set_batch(journal, values).await?;
                if set.user_errors.is_empty() {
                    let versions = versions(set);
                    for index in waiting {
                        let order = ids.get(index).map(|(order, _)| order);
                        let version = order.and_then(|order| versions.get(order)).copied();
                        if let Some(result) = results.get_mut(index) {
                            *result = Ok(version);
                        }
                    }
                    break;
                }
                waiting = settle(&mut results, waiting, set.user_errors);
            }
        }
        Ok(results)
    }

    async fn set_batch(
        &self,
        journal: &Journal,
        values: impl Iterator<Item = &(u64, InternalId)>,
    ) -> Result<MetafieldsSetPayload, Error> {
        let metafields: Vec<_> = values.map(input).collect();
        let ask = Ask::write(format!(
            "write shopify metafields of {} orders",
            metafields.len()
        ));
        let operation = SetMetafields::build(SetMetafieldsVariables { metafields });
        let done = self.transport.run(journal, &ask, &operation).await?;
        match done.metafields_set {
            Some(payload) => Ok(payload),
            None => Err(ask.unreadable("a mutation without payload")),
        }
    }
}

/// The version of each order that was written on.
fn versions(set: MetafieldsSetPayload) -> BTreeMap<u64, DateTime<Utc>> {
    let metafields = set.metafields.into_iter().flatten();
    let version = |metafield: Metafield| match metafield.owner {
        Owner::Order(order) => Some((number(&order.id)?, order.updated_at)),
        Owner::Other => None,
    };
    metafields.filter_map(version).collect()
}

/// Writes the refusals down; gives what is to be sent again. A refusal of no single element is one of
/// them all.
fn settle(
    results: &mut [Result<Option<DateTime<Utc>>, Refusal>],
    sent: Vec<usize>,
    refused: Vec<UserError>,
) -> Vec<usize> {
    let mut again = Vec::new();
    let of_all = refused.iter().find(|error| error.element(&sent).is_none());
    for index in &sent {
        let own = refused
            .iter()
            .find(|error| error.element(&sent) == Some(*index));
        match own.or(of_all) {
            Some(error) => {
                if let Some(result) = results.get_mut(*index) {
                    *result = Err(error.refusal());
                }
            }
            None => again.push(*index),
        }
    }
    again
}

fn input((order, netsuite): &(u64, InternalId)) -> MetafieldsSetInput {
    MetafieldsSetInput {
        owner_id: gid("Order", *order),
        namespace: "waybill".to_owned(),
        key: "netsuite_id".to_owned(),
        value: netsuite.to_string(),
        kind: "single_line_text_field".to_owned(),
    }
}

#[derive(InputObject)]
#[cynic(schema = "shopify")]
struct MetafieldsSetInput {
    owner_id: Id,
    namespace: String,
    key: String,
    value: String,
    #[cynic(rename = "type")]
    kind: String,
}

#[derive(QueryVariables)]
#[cynic(schema_module = "schema")]
struct SetMetafieldsVariables {
    metafields: Vec<MetafieldsSetInput>,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "Mutation",
    variables = "SetMetafieldsVariables"
)]
struct SetMetafields {
    #[arguments(metafields: $metafields)]
    metafields_set: Option<MetafieldsSetPayload>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
struct MetafieldsSetPayload {
    metafields: Option<Vec<Metafield>>,
    user_errors: Vec<UserError>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
struct Metafield {
    owner: Owner,
}

#[derive(cynic::InlineFragments)]
#[cynic(schema = "shopify", graphql_type = "HasMetafields")]
enum Owner {
    Order(Owned),
    #[cynic(fallback)]
    Other,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "Order")]
struct Owned {
    id: Id,
    updated_at: DateTime<Utc>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "MetafieldsSetUserError")]
struct UserError {
    code: Option<MetafieldsSetUserErrorCode>,
    element_index: Option<i32>,
    field: Option<Vec<String>>,
    message: String,
}

impl UserError {
    /// Which of those sent it is about.
    fn element(&self, sent: &[usize]) -> Option<usize> {
        let element = usize::try_from(self.element_index?).ok()?;
        sent.get(element).copied()
    }

    fn refusal(&self) -> Refusal {
        let code = self.code.as_ref().map_or("USER_ERROR", |code| &code.0);
        let meaning = match code {
            "STALE_OBJECT" | "INVALID_COMPARE_DIGEST" => Meaning::Changed,
            "APP_NOT_AUTHORIZED" => Meaning::Forbidden,
            _ => Meaning::Invalid,
        };
        let path = self.field.as_ref().map(|field| field.join("."));
        Refusal::new(meaning, code, &self.message).at(path)
    }
}

#[cfg(test)]
pub(super) fn operations() -> Vec<String> {
    let metafields = vec![input(&(1, InternalId("2".to_owned())))];
    vec![SetMetafields::build(SetMetafieldsVariables { metafields }).query]
}
