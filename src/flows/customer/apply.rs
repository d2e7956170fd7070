//! Applying the plan: NetSuite first, then Shopify; what both hold then is remembered as hashes.

use std::collections::BTreeMap;

use serde_json::Value;

use super::addresses;
use super::links::{self, Known, Last};
use super::merge::{self, Merged};
use super::pair::Target;
use super::plan::{Act, Equal, Planned};
use crate::config::store::{Customers, FieldOwners, Owner};
use crate::event::{Document, Kind};
use crate::flows::order::entity_id;
use crate::flows::{Context, Error, Shop, states};
use crate::link::{self, ExternalId, InternalId, Link, Origin};
use crate::netsuite::customer_body::RECORD;
use crate::netsuite::customers::Customer as Record;
use crate::problem::{Code, Problem};
use crate::remote::{self, Meaning};
use crate::shopify::customer::{Change, Customer, Saved};

/// Remembers that both sides are equal.
pub(super) async fn remember(target: &Target<'_>, equal: &Equal) -> Result<(), Error> {
    links::remember(&target.context.pool, &equal.document, &equal.last).await?;
    Ok(())
}

/// Carries the plan out. A second run after a failure reads both sides again and writes what is missing.
pub(super) async fn apply(target: &Target<'_>, planned: &Planned<'_>) -> Result<(), Error> {
    match &planned.act {
        Act::Merge {
            document,
            last,
            merged,
        } => write(target, planned.shop, document, last, merged).await,
        Act::Create {
            document,
            key,
            customer,
            body,
        } => create(target, planned.shop, document, key, customer, body).await,
        Act::CreateInShopify { record, change } => {
            create_in_shopify(target, planned.shop, record, change).await
        }
    }
}

async fn write(
    target: &Target<'_>,
    shop: &Shop,
    document: &Document,
    last: &Last,
    merged: &Merged,
) -> Result<(), Error> {
    let (context, journal) = (target.context, target.journal);
    if !merged.to_netsuite.is_empty() {
        let body = Value::Object(merged.to_netsuite.clone());
        let id = &merged.record.id;
        let replace = merged.replaces_book.then_some("addressBook");
        let updated = context.netsuite.update(journal, RECORD, id, &body, replace);
        updated.await.map_err(|error| told(document, error))?;
    }
    let id = merged.customer.id;
    if !merged.to_shopify.is_empty() {
        let updated = shop.client.update_customer(journal, id, &merged.to_shopify);
        updated.await.map_err(|error| told(document, error))?;
    }
    let mut after = merged.clone();
    let mut added = BTreeMap::new();
    for owed in &merged.addresses {
        let address = states::back(&owed.address, &shop.store);
        let written = shop
            .client
            .write_address(journal, id, owed.saved, &address, owed.is_default);
        let written = written.await.map_err(|error| told(document, error))?;
        let Some(saved) = written.or(owed.saved) else {
            continue;
        };
        after.customer.addresses.retain(|it| it.id != saved);
        let hash = addresses::saved_hash(&address);
        let kept = Saved { id: saved, address };
        after.customer.addresses.push(kept);
        if owed.is_default {
            after.customer.default_address = Some(saved);
        }
        let known = Known {
            line: Some(owed.line.clone()),
            hash: owed.hash.clone(),
            saved: Some(hash),
        };
        added.insert(saved, known);
    }
    for saved in &merged.removed {
        let removed = shop.client.remove_address(journal, id, *saved);
        removed.await.map_err(|error| told(document, error))?;
    }
    after.customer.addresses.sort_by_key(|saved| saved.id);
    let mut now = after.remembered(last);
    now.lines.extend(added);
    now.wrote = Some(merged.hash());
    links::remember(&context.pool, document, &now).await?;
    Ok(())
}

async fn create(
    target: &Target<'_>,
    shop: &Shop,
    document: &Document,
    key: &ExternalId,
    customer: &Customer,
    body: &Value,
) -> Result<(), Error> {
    let (netsuite, journal) = (&target.context.netsuite, target.journal);
    let created = match netsuite.create(journal, RECORD, key, body).await {
        Err(error) if error.meaning() == Some(Meaning::Exists) => {
            match netsuite.find(journal, RECORD, key).await? {
                Some(id) => id,
                None => renamed(target, shop, key, customer, body).await?,
            }
        }
        created => created.map_err(|error| told(document, error))?,
    };
    link(target.context, document, &created, Origin::Written).await?;
    let last = merge::as_created(customer);
    links::remember(&target.context.pool, document, &last).await?;
    Ok(())
}

/// NetSuite has another entity of this name: once more, under the configured name.
async fn renamed(
    target: &Target<'_>,
    shop: &Shop,
    key: &ExternalId,
    customer: &Customer,
    body: &Value,
) -> Result<InternalId, Error> {
    let mut body = body.clone();
    body["entityId"] = Value::from(entity_id(customer, &shop.store)?);
    // Else NetSuite numbers the customer itself and ignores the name.
    body["autoName"] = Value::from(false);
    let created = target
        .context
        .netsuite
        .create(target.journal, RECORD, key, &body);
    match created.await {
        Err(error) if error.meaning() == Some(Meaning::Exists) => {
            let what =
                format!("NetSuite refuses the configured name of the customer {key} as taken, too");
            Err(Problem::new(Code::CustomerName, what).because(key).into())
        }
        created => Ok(created?),
    }
}

async fn create_in_shopify(
    target: &Target<'_>,
    shop: &Shop,
    record: &Record,
    change: &Change,
) -> Result<(), Error> {
    let created = shop.client.create_customer(target.journal, change).await;
    let id = created.map_err(|error| told(target.document, error))?;
    let document = Document::new(Kind::Customer, shop.store.name.as_str(), id);
    link(target.context, &document, &record.id, Origin::Written).await?;
    // Read as it was made: the addresses follow like any other difference.
    let Some(mut customer) = shop.client.customer(target.journal, id).await? else {
        return Ok(());
    };
    states::name_all(customer.saved(), &shop.store);
    let last = Last::default();
    // The customer is new: whatever NetSuite has is right.
    let settings = Customers {
        fields: FieldOwners {
            name: Some(Owner::Netsuite),
            email: Some(Owner::Netsuite),
            phone: Some(Owner::Netsuite),
            addresses: Some(Owner::Netsuite),
        },
        ..shop.store.customers.clone()
    };
    let merged = merge::merge(&customer, record, &last, &settings);
    if merged.is_empty() {
        links::remember(&target.context.pool, &document, &merged.remembered(&last)).await?;
        return Ok(());
    }
    write(target, shop, &document, &last, &merged).await
}

/// What a refusal means for a customer, where it means more than its words.
fn told(document: &Document, error: remote::Error) -> Error {
    let remote::Error::Refused { refusal, .. } = &error else {
        return error.into();
    };
    let path = refusal.path.as_deref().unwrap_or_default();
    match refusal.meaning {
        Meaning::Exists if error.call().0.contains("shopify") => {
            let what = format!(
                "another Shopify customer has the {path} that NetSuite's customer of {document} has"
            );
            Problem::new(Code::ContactTaken, what)
                .because(document)
                .into()
        }
        Meaning::Invalid if path.contains("ddress") => {
            let what = format!("an address of {document} is refused: {path}");
            Problem::new(Code::AddressRefused, what)
                .because(document)
                .into()
        }
        Meaning::Exists
        | Meaning::Invalid
        | Meaning::Absent
        | Meaning::ReferenceGone
        | Meaning::FieldMissing
        | Meaning::Changed
        | Meaning::Locked
        | Meaning::PeriodClosed
        | Meaning::Unauthorized
        | Meaning::Forbidden
        | Meaning::Closed => error.into(),
    }
}

/// Links the two, before anything else can fail.
pub(super) async fn link(
    context: &Context,
    document: &Document,
    record: &InternalId,
    origin: Origin,
) -> Result<(), Error> {
    let external_id = match (origin, document.id.parse()) {
        (Origin::Written, Ok(id)) => Some(ExternalId::customer(&document.owner, id)),
        (Origin::Written | Origin::Adopted | Origin::Matched, _) => None,
    };
    let link = Link {
        kind: link::Kind::Customer,
        store: document.owner.clone(),
        shopify_id: document.id.clone(),
        netsuite_id: record.clone(),
        document: document.to_string(),
        record: RECORD.to_owned(),
        external_id,
        origin,
        head_hash: None,
        lines_hash: None,
        total: None,
        shown: true,
    };
    link::write(&context.pool, &link).await?;
    Ok(())
}
