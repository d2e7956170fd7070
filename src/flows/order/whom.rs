//! Which NetSuite customer the buyer is: by link, by external id, by e-mail, and in which subsidiaries.

use super::Target;
use super::company;
use super::customer::{Candidate, CustomerMatch, choose};
use super::plan::Wanted;
use super::read::buyer;
use crate::config::store::CrossSubsidiary;
use crate::event::Document;
use crate::flows::{Context, Error, Shop};
use crate::journal::Journal;
use crate::link::{self, InternalId, Link, Origin};
use crate::netsuite::look_up::Customer;
use crate::netsuite::subsidiaries::Members;
use crate::plan::Write;
use crate::problem::{Code, Problem};
use crate::remote;

/// Looks for the customer; a match is linked.
///
/// # Errors
///
/// `multi_subsidiary_off` where one is to be added to the store's subsidiary and the account cannot.
pub(super) async fn customer(
    context: &Context,
    shop: &Shop,
    wanted: Option<&Wanted>,
    journal: &Journal,
) -> Result<CustomerMatch, Error> {
    let Some(wanted) = wanted else {
        return Ok(CustomerMatch::Guest);
    };
    let document = buyer(&shop.store.name, wanted.kind, wanted.shopify_id);
    if let Some(link) = link::of_document(&context.pool, &document)
        .await?
        .into_iter()
        .next()
    {
        return Ok(CustomerMatch::Linked(link.netsuite_id));
    }
    let rows = context
        .netsuite
        .customers_by(journal, &wanted.external_id, wanted.email.as_deref())
        .await?;
    // A company's record carries the e-mail of its contact, who is somebody else when they buy for themselves.
    let mut candidates: Vec<Candidate> = rows
        .into_iter()
        .filter(|row| {
            let key = row.external_id.as_deref().unwrap_or_default();
            key == wanted.external_id.0 || !company::is_key(key)
        })
        .map(|row| Candidate {
            ours: row.external_id.as_ref() == Some(&wanted.external_id.0),
            inactive: row.inactive,
            usable: usable(&row, shop),
            id: row.id,
        })
        .collect();
    further(context, shop, &mut candidates, journal).await?;
    let found = choose(&candidates, &shop.store);
    if let CustomerMatch::Matched(id) = &found {
        link::write(&context.pool, &matched(shop, wanted, &document, id)).await?;
    }
    Ok(found)
}

/// Whether the order can be booked on this customer: in the store's subsidiary. Which currencies a
/// customer has besides its first is not in the row; NetSuite refuses the order when it lacks one.
fn usable(row: &Customer, shop: &Shop) -> bool {
    match (&shop.store.subsidiary, &row.subsidiary) {
        (Some(wanted), Some(has)) => wanted == has,
        (None, _) | (_, None) => true,
    }
}

/// Where all that was found is of other subsidiaries: who of them belongs to the store's as well.
async fn further(
    context: &Context,
    shop: &Shop,
    candidates: &mut [Candidate],
    journal: &Journal,
) -> Result<(), Error> {
    let serves = |it: &Candidate| it.ours || (it.usable && !it.inactive);
    let elsewhere: Vec<InternalId> = candidates
        .iter()
        .filter(|it| !it.inactive && !it.usable)
        .map(|it| it.id.clone())
        .collect();
    let Some(subsidiary) = &shop.store.subsidiary else {
        return Ok(());
    };
    if elsewhere.is_empty() || candidates.iter().any(serves) {
        return Ok(());
    }
    let netsuite = &context.netsuite;
    match netsuite.members(journal, subsidiary, &elsewhere).await? {
        Members::Are(members) => {
            for candidate in candidates {
                candidate.usable |= members.contains(&candidate.id);
            }
            Ok(())
        }
        Members::Unknown => match shop.store.customers.cross_subsidiary {
            CrossSubsidiary::Add => Err(off(shop, &elsewhere).into()),
            CrossSubsidiary::Hold | CrossSubsidiary::Create => Ok(()),
        },
    }
}

fn off(shop: &Shop, customers: &[InternalId]) -> Problem {
    let ids: Vec<&str> = customers.iter().map(|id| id.0.as_str()).collect();
    let what = format!(
        "NetSuite customer {} has the customer's e-mail and is to be added to the subsidiary of store {}, and NetSuite shows no subsidiaries of customers",
        ids.join(", "),
        shop.store.name
    );
    Problem::new(Code::MultiSubsidiaryOff, what).because(&shop.store.name)
}

/// Adds the planned customer to the store's subsidiary; that it belongs there already is as good. Repeatable.
pub(super) async fn add(target: &Target<'_>, write: &Write) -> Result<InternalId, Error> {
    let netsuite = &target.context.netsuite;
    let told = |part: &str| {
        write.body[part]["id"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let (customer, subsidiary) = (InternalId(told("entity")), told("subsidiary"));
    let added = netsuite
        .add_subsidiary(target.journal, &write.key, &write.body)
        .await;
    let refused = match added {
        Ok(()) => return Ok(customer),
        Err(error @ remote::Error::Refused { .. }) => error,
        Err(error) => return Err(error.into()),
    };
    let customers = [customer];
    let members = netsuite.members(target.journal, &subsidiary, &customers);
    match members.await? {
        Members::Are(members) if members.contains(&customers[0]) => {
            let [customer] = customers;
            Ok(customer)
        }
        Members::Are(_) => Err(refused.into()),
        Members::Unknown => Err(off(target.shop, &customers).into()),
    }
}

/// The link of a customer who was added to the store's subsidiary: the next order asks nothing.
pub(super) fn added(target: &Target<'_>, write: &Write, customer: &InternalId) -> Link {
    let store = &target.shop.store.name;
    let kind = link::Kind::Customer;
    let document = buyer(store, kind, &write.source);
    found(store, kind, &write.source, &document, customer)
}

/// A customer found once is known from then on: the next order needs no look-up.
fn matched(shop: &Shop, wanted: &Wanted, document: &Document, id: &InternalId) -> Link {
    let shopify_id = wanted.shopify_id.to_string();
    found(&shop.store.name, wanted.kind, &shopify_id, document, id)
}

fn found(
    store: &str,
    kind: link::Kind,
    shopify_id: &str,
    document: &Document,
    id: &InternalId,
) -> Link {
    Link {
        kind,
        store: store.to_owned(),
        shopify_id: shopify_id.to_owned(),
        netsuite_id: id.clone(),
        document: document.to_string(),
        record: "customer".to_owned(),
        external_id: None,
        origin: Origin::Matched,
        head_hash: None,
        lines_hash: None,
        total: None,
        shown: true,
    }
}
