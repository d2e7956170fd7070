//! The read-back: what was written is read in bulk and compared, and Shopify is shown the ids.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::echo::{self, Before, Echo};
use crate::config::Store;
use crate::flows::{Context, Shop};
use crate::journal::Journal;
use crate::link::{self, ExternalId, InternalId, Link, Origin};
use crate::netsuite::look_up::Transaction;
use crate::outbox::claim::Claim;
use crate::outbox::end::Ending;
use crate::problem::{Code, Problem};
use crate::remote;
use crate::shopify::metafields;

/// Reads back the orders of `claims` and gives each its ending.
pub async fn verify(
    context: &Context,
    shop: &Shop,
    claims: Vec<Claim>,
    journal: &Journal,
) -> Vec<(Claim, Ending)> {
    match try_verify(context, shop, &claims, journal).await {
        Ok(problems) => claims
            .into_iter()
            .map(|claim| {
                let ending = match problems.get(&claim.document.to_string()) {
                    Some(problem) => Ending::Held(problem.clone()),
                    None => Ending::Verified,
                };
                (claim, ending)
            })
            .collect(),
        Err(error) => {
            let after = context.config.timing.read_back_after;
            claims
                .into_iter()
                .map(|claim| {
                    (
                        claim,
                        Ending::VerifyLater {
                            after,
                            error: error.to_string(),
                        },
                    )
                })
                .collect()
        }
    }
}

async fn try_verify(
    context: &Context,
    shop: &Shop,
    claims: &[Claim],
    journal: &Journal,
) -> Result<HashMap<String, Problem>, crate::flows::Error> {
    let documents: Vec<String> = claims
        .iter()
        .map(|claim| claim.document.to_string())
        .collect();
    let links = link::of_documents(&context.pool, &documents).await?;
    let problems = compare(context, shop, &links, journal).await?;
    let show = Show {
        context,
        shop,
        claims,
        problems: &problems,
        journal,
    };
    show.ids(&links).await?;
    Ok(problems)
}

/// The documents whose records are gone or do not total what was written.
async fn compare(
    context: &Context,
    shop: &Shop,
    links: &[Link],
    journal: &Journal,
) -> Result<HashMap<String, Problem>, remote::Error> {
    let ours: Vec<&Link> = links
        .iter()
        .filter(|link| link.external_id.is_some() && link.total.is_some())
        .collect();
    let wanted: Vec<ExternalId> = ours
        .iter()
        .filter_map(|link| link.external_id.clone())
        .collect();
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let found = context
        .netsuite
        .transactions_by_external_id(journal, &wanted)
        .await?;
    let found: HashMap<&InternalId, &Transaction> =
        found.iter().map(|found| (&found.id, found)).collect();
    Ok(ours
        .into_iter()
        .filter_map(|link| {
            Some((
                link.document.clone(),
                difference(link, found.get(&link.netsuite_id).copied(), &shop.store)?,
            ))
        })
        .collect())
}

/// What is wrong with a record, compared with what was written.
fn difference(link: &Link, found: Option<&Transaction>, store: &Store) -> Option<Problem> {
    let wanted = link.total?;
    let name = format!("{} {}", link.record, link.netsuite_id);
    let Some(found) = found else {
        let what = format!("{name} was written for {wanted} and is not in NetSuite any more");
        return Some(Problem::new(Code::MissingInNetsuite, what).because(&link.document));
    };
    let total = found.total.unwrap_or_default();
    if (total - wanted.decimal().abs()).abs() <= allowed(link, store) {
        return None;
    }
    let what = format!(
        "{name} was written for {wanted}, and NetSuite shows {total} {}",
        wanted.currency
    );
    let problem = Problem::new(Code::TotalDiffers, what).because(&link.document);
    Some(problem.field(
        "total",
        Some(wanted.decimal().to_string()),
        Some(total.to_string()),
    ))
}

/// How far the total may be off: money itself is exact.
fn allowed(link: &Link, store: &Store) -> Decimal {
    match link.kind {
        link::Kind::Deposit | link::Kind::Refund | link::Kind::Application => Decimal::ZERO,
        link::Kind::Order
        | link::Kind::Customer
        | link::Kind::Invoice
        | link::Kind::Return
        | link::Kind::Receipt
        | link::Kind::Credit
        | link::Kind::Fulfillment
        | link::Kind::Item
        | link::Kind::Company
        | link::Kind::CompanyLocation => store.tax.allowed(),
    }
}

/// Shows the NetSuite ids in Shopify.
struct Show<'a> {
    context: &'a Context,
    shop: &'a Shop,
    claims: &'a [Claim],
    problems: &'a HashMap<String, Problem>,
    journal: &'a Journal,
}

impl Show<'_> {
    /// Writes the NetSuite ids on the Shopify orders that do not show them yet.
    async fn ids(&self, links: &[Link]) -> Result<(), crate::flows::Error> {
        let unseen: Vec<(u64, &Link)> = links
            .iter()
            .filter(|link| link.kind == link::Kind::Order && !link.shown)
            .filter_map(|link| Some((link.shopify_id.parse().ok()?, link)))
            .collect();
        for batch in unseen.chunks(metafields::BATCH) {
            self.batch(batch).await?;
        }
        Ok(())
    }

    async fn batch(&self, unseen: &[(u64, &Link)]) -> Result<(), crate::flows::Error> {
        let Self {
            context,
            shop,
            journal,
            ..
        } = self;
        let orders: Vec<u64> = unseen.iter().map(|(id, _)| *id).collect();
        let ids: Vec<(u64, InternalId)> = unseen
            .iter()
            .map(|(id, link)| (*id, link.netsuite_id.clone()))
            .collect();
        let before = Before::look(shop, journal, &orders).await?;
        let answers = shop.client.set_metafields(journal, &ids).await?;
        let mut echoes = Vec::new();
        for ((id, link), answer) in unseen.iter().zip(&answers) {
            match answer {
                Ok(after) => echoes.extend(self.echo(&before, *id, link, *after)),
                // A refused one (the order was deleted, the scope is missing) is shown in the log and
                // not tried for ever: the books do not depend on it.
                Err(refusal) => {
                    tracing::warn!(order = id, %refusal, "Shopify does not take the NetSuite id of an order");
                }
            }
        }
        let store = &shop.store.name;
        echo::expect(&context.pool, store, &echoes).await?;
        let shown: Vec<String> = orders.iter().map(ToString::to_string).collect();
        link::shown(&context.pool, store, &shown).await?;
        Ok(())
    }

    /// The echo to expect of an order that is as it should be.
    fn echo(
        &self,
        before: &Before,
        order: u64,
        link: &Link,
        after: Option<DateTime<Utc>>,
    ) -> Option<Echo> {
        let is_of = |claim: &&Claim| claim.document.to_string() == link.document;
        let claim = self.claims.iter().find(is_of)?;
        if link.origin != Origin::Written || self.problems.contains_key(&link.document) {
            return None;
        }
        before.echo(order, after?, claim.marks)
    }
}
