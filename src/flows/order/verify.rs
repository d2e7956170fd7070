//! The read-back: what was written is read in bulk and compared, and Shopify is shown the ids.

use std::collections::HashMap;

use rust_decimal::Decimal;

use crate::config::Store;
use crate::flows::{Context, Shop};
use crate::journal::Journal;
use crate::link::{self, ExternalId, InternalId, Link};
use crate::netsuite::look_up::Transaction;
use crate::outbox::claim::Claim;
use crate::outbox::end::Ending;
use crate::problem::{Code, Problem};
use crate::remote;

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
    show(context, shop, &links, journal).await?;
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

/// Writes the NetSuite ids on the Shopify orders that do not show them yet.
async fn show(
    context: &Context,
    shop: &Shop,
    links: &[Link],
    journal: &Journal,
) -> Result<(), crate::flows::Error> {
    let unseen: Vec<(u64, &Link)> = links
        .iter()
        .filter(|link| link.kind == link::Kind::Order && !link.shown)
        .filter_map(|link| Some((link.shopify_id.parse().ok()?, link)))
        .collect();
    if unseen.is_empty() {
        return Ok(());
    }
    let ids: Vec<(u64, InternalId)> = unseen
        .iter()
        .map(|(id, link)| (*id, link.netsuite_id.clone()))
        .collect();
    let answers = shop.client.set_metafields(journal, &ids).await?;
    // A refused one (the order was deleted, the scope is missing) is shown in the log and not
    // tried for ever: the books do not depend on it.
    for ((id, _), answer) in unseen.iter().zip(&answers) {
        if let Err(refusal) = answer {
            tracing::warn!(order = id, %refusal, "Shopify does not take the NetSuite id of an order");
        }
    }
    let shown: Vec<String> = unseen
        .iter()
        .map(|(_, link)| link.shopify_id.clone())
        .collect();
    link::shown(&context.pool, &shop.store.name, &shown).await?;
    Ok(())
}
