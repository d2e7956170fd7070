//! What both sides hold: the company as it is, what was last carried, and the records whose addresses change.

use std::collections::BTreeMap;

use super::links::{self, COMPANY, Known, LOCATION};
use super::{Target, plan};
use crate::event::{Document, Kind};
use crate::flows::Error;
use crate::flows::keys::Held;
use crate::flows::{fresh, states};
use crate::netsuite::customers::Customer as Record;
use crate::shopify::companies::Company;

/// A company that NetSuite knows, with those of its locations that NetSuite knows.
pub(super) struct Read {
    pub(super) company: Company,
    pub(super) own: Known,
    /// By Shopify's id.
    pub(super) locations: BTreeMap<u64, Known>,
    /// Known locations that Shopify has removed and of which nothing is open in NetSuite.
    pub(super) removed: BTreeMap<u64, Known>,
    /// The records of the locations whose addresses changed.
    pub(super) records: BTreeMap<u64, Record>,
    pub(super) _held: Held,
}

pub(super) enum Found {
    Skip(&'static str),
    Company(Box<Read>),
}

/// Reads both sides, as far as needed.
pub(super) async fn find(target: &Target<'_>, company: u64) -> Result<Found, Error> {
    let Target {
        context,
        shop,
        document,
        journal,
        ..
    } = target;
    let (pool, store) = (&context.pool, shop.store.name.as_str());
    if !shop.store.customers.to_netsuite() {
        return Ok(Found::Skip(
            "[store.customers] direction leads to Shopify only",
        ));
    }
    let mut own = links::known(pool, COMPANY, store, &[company]).await?;
    let Some(own) = own.remove(&company) else {
        return Ok(Found::Skip(
            "not in NetSuite: brought in with its first order",
        ));
    };
    let Some(mut read) = shop.client.company(journal, company).await? else {
        return gone(target).await;
    };
    let addresses = read.locations.iter_mut();
    let addresses = addresses.flat_map(|it| [&mut it.billing_address, &mut it.shipping_address]);
    states::name_all(addresses.flatten(), &shop.store);
    fresh::enough(read.updated_at, target.wanted)?;
    let ids: Vec<u64> = read.locations.iter().map(|it| it.id).collect();
    let keys = ids
        .iter()
        .map(|id| Document::new(Kind::Customer, store, format!("location-{id}")).to_string());
    let keys = keys.chain([document.to_string()]).collect();
    let (held, _) = context.keys.take(keys).await;
    let locations = links::known(pool, LOCATION, store, &ids).await?;
    let removed = removed(target, &ids).await?;
    let records = records(target, &read, &locations).await?;
    Ok(Found::Company(Box::new(Read {
        company: read,
        own,
        locations,
        removed,
        records,
        _held: held,
    })))
}

/// The known locations that the company lost, and of which nothing is open.
async fn removed(target: &Target<'_>, held: &[u64]) -> Result<BTreeMap<u64, Known>, Error> {
    let (pool, store) = (&target.context.pool, &target.shop.store.name);
    let mut gone = links::removed(pool, &target.document.to_string()).await?;
    gone.retain(|id| !held.contains(id));
    let mut removed = links::known(pool, LOCATION, store, &gone).await?;
    removed.retain(|_, known| !known.carried.removed);
    let mut done = BTreeMap::new();
    for (id, known) in removed {
        let netsuite = &target.context.netsuite;
        if !netsuite.has_open(target.journal, &known.id).await? {
            done.insert(id, known);
        }
    }
    Ok(done)
}

/// The records of the known locations whose addresses changed.
async fn records(
    target: &Target<'_>,
    company: &Company,
    known: &BTreeMap<u64, Known>,
) -> Result<BTreeMap<u64, Record>, Error> {
    let mut records = BTreeMap::new();
    for location in &company.locations {
        let Some(known) = known.get(&location.id) else {
            continue;
        };
        let netsuite = &target.context.netsuite;
        if plan::moved(location, &known.carried)
            && let Some(record) = netsuite.customer(target.journal, &known.id).await?
        {
            records.insert(location.id, record);
        }
    }
    Ok(records)
}

async fn gone(target: &Target<'_>) -> Result<Found, Error> {
    if links::is_deleted(&target.context.pool, &target.document.to_string()).await? {
        return Ok(Found::Skip(
            "deleted in Shopify: NetSuite keeps its customers",
        ));
    }
    Err(fresh::not_shown("the company"))
}
