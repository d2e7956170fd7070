//! Which documents belong to an order: what was made from it, from that, and so on.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::super::Client;
use super::super::suiteql::marks;
use crate::journal::Journal;
use crate::link::InternalId;
use crate::remote::Error;

/// How many ids one query carries.
const CHUNK: usize = 250;

/// Kinds that nothing is made from, so that nobody need ask on.
const ENDS: [&str; 4] = ["ItemShip", "ItemRcpt", "DepAppl", "CustRfnd"];

/// The ids of an order's documents, and what each was made from.
#[derive(Debug, Default)]
pub(super) struct Chain {
    pub(super) ids: BTreeSet<String>,
    pub(super) sources: BTreeMap<String, BTreeSet<String>>,
}

/// A document, one made from it, and one made from that.
#[derive(Deserialize)]
struct Row {
    previous: String,
    near: String,
    far: Option<String>,
    fartype: Option<String>,
}

impl Client {
    /// Follows the links of lines and of money from the order and from `money`, two steps a query.
    ///
    /// The links are one for each line, hence `DISTINCT`.
    pub(super) async fn chain(
        &self,
        journal: &Journal,
        order: &InternalId,
        money: &[InternalId],
    ) -> Result<Chain, Error> {
        let mut chain = Chain::default();
        let mut frontier: BTreeSet<String> = [order].into_iter().chain(money).map(id).collect();
        chain.ids.extend(frontier.iter().cloned());
        while !frontier.is_empty() {
            let asked: Vec<&str> = frontier.iter().map(String::as_str).collect();
            let mut next = BTreeSet::new();
            for chunk in asked.chunks(CHUNK) {
                let query = format!(
                    "SELECT DISTINCT one.previousdoc AS previous, one.nextdoc AS near, \
                     two.nextdoc AS far, two.nexttype AS fartype \
                     FROM nexttransactionlinelink one \
                     LEFT JOIN nexttransactionlinelink two ON two.previousdoc = one.nextdoc \
                     WHERE one.previousdoc IN ({})",
                    marks(chunk.len())
                );
                let rows: Vec<Row> = self.suiteql(journal, "links", &query, chunk).await?;
                for row in rows {
                    next.extend(chain.take(row));
                }
            }
            frontier = next;
        }
        Ok(chain)
    }
}

fn id(id: &InternalId) -> String {
    id.0.clone()
}

impl Chain {
    /// Notes a row; answers the document to ask on from, if it was not known.
    fn take(&mut self, row: Row) -> Option<String> {
        // What is near was followed by the row itself; what is far was not.
        self.link(&row.previous, &row.near);
        let far = row.far?;
        let fresh = self.link(&row.near, &far);
        let ends = row.fartype.is_some_and(|kind| ENDS.contains(&&*kind));
        (fresh && !ends).then_some(far)
    }

    /// Whether `next` was not known before.
    fn link(&mut self, previous: &str, next: &str) -> bool {
        let sources = self.sources.entry(next.to_owned()).or_default();
        sources.insert(previous.to_owned());
        self.ids.insert(next.to_owned())
    }
}
