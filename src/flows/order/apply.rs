//! Writes the plan. Every record is created under an external id made from Shopify's id, so a
//! record that exists already is ours, from a pass whose answer was lost: it is linked, not made again.

use std::collections::HashMap;

use super::plan::Planned;
use super::tax::references;
use super::{Hashes, Target, company, customer, on_account, period, proof, read, sale, whom};
use crate::config::Timing;
use crate::flows::Error;
use crate::link::{self, ExternalId, InternalId, Link, Origin};
use crate::netsuite::sales_order_change::TAX_DETAILS;
use crate::netsuite::{
    cash_refund, credit_memo, customer_body, customer_deposit, customer_refund,
    deposit_application, invoice, item_receipt, return_authorization, subsidiaries,
};
use crate::outbox::claim::Claim;
use crate::plan::{Action, On, Plan, Proof, Write};
use crate::problem::{Code, Problem};
use crate::remote::{self, Meaning};

/// Whether an earlier pass may have written something it did not record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    None,
    Before,
}

impl Trouble {
    pub(super) fn of(claim: &Claim) -> Self {
        if claim.after_trouble() {
            Self::Before
        } else {
            Self::None
        }
    }
}

/// Applies the plan in order. After trouble it first looks which of its records are there.
pub(super) async fn apply(
    target: &Target<'_>,
    planned: &Planned,
    trouble: Trouble,
) -> Result<(), Error> {
    let plan = &planned.plan;
    let there = match trouble {
        Trouble::None => HashMap::new(),
        Trouble::Before => there(target, plan).await?,
    };
    let mut made = there.clone();
    for write in &plan.writes {
        let id = match (write.action, there.get(&write.key)) {
            (Action::Create | Action::Transform, Some(id)) => id.clone(),
            (Action::Create | Action::Transform, None) => create(target, write).await?,
            (Action::OverrideTax, _) => override_tax(target, write, &made).await?,
            (Action::Update, _) => update(target, write).await?,
        };
        made.insert(write.key.clone(), id.clone());
        // Not linked before it is whole: a pass that dies in between must do it again.
        if plan.is_unfinished_by(write) {
            continue;
        }
        if let Some(link) = link(target, planned, write, id) {
            link::write(&target.context.pool, &link).await?;
        }
    }
    Ok(())
}

/// Whether the plan adds lines to a record: done twice, they are there twice.
pub(super) fn adds_lines(plan: &Plan) -> bool {
    let updates = plan
        .writes
        .iter()
        .filter(|write| write.action == Action::Update);
    let mut lines = updates.flat_map(|write| proof::items(&write.body, "/item/items"));
    lines.any(|line| line.get("line").is_none())
}

/// After a change of unknown outcome lines are added only when NetSuite cannot add them any more itself.
///
/// # Errors
///
/// [`Error::Waits`] until then.
pub(super) fn late_enough(claim: &Claim, timing: &Timing) -> Result<(), Error> {
    if claim
        .waiting
        .is_some_and(|waited| waited >= timing.verify_after)
    {
        return Ok(());
    }
    let what = "an earlier change may still be on its way in NetSuite, so no line is added yet";
    Err(Error::NotYet {
        reason: what.to_owned(),
        waits_for: Some(claim.document.clone()),
        then: Box::new(Problem::new(Code::Refused, what).because(&claim.document)),
    })
}

/// Which of the transactions that the plan creates exist already.
async fn there(target: &Target<'_>, plan: &Plan) -> Result<HashMap<String, InternalId>, Error> {
    let creates = plan
        .writes
        .iter()
        .filter(|write| matches!(write.action, Action::Create | Action::Transform));
    let wanted: Vec<ExternalId> = creates
        .filter(|write| !is_about_buyer(write))
        .map(|write| ExternalId(write.key.clone()))
        .collect();
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let found = target
        .context
        .netsuite
        .transactions_by_external_id(target.journal, &wanted)
        .await?;
    Ok(found
        .into_iter()
        .map(|found| (found.external_id.0, found.id))
        .collect())
}

async fn create(target: &Target<'_>, write: &Write) -> Result<InternalId, Error> {
    if write.record == subsidiaries::RECORD {
        return whom::add(target, write).await;
    }
    let netsuite = &target.context.netsuite;
    let key = ExternalId(write.key.clone());
    let (journal, body) = (target.journal, &write.body);
    let made = match &write.on {
        None => netsuite.create(journal, &write.record, &key, body).await,
        Some(On { record, id }) => {
            let from = InternalId(id.clone());
            netsuite
                .transform(journal, record, &from, &write.record, &key, body)
                .await
        }
    };
    let refused = match made {
        Ok(id) => return Ok(id),
        Err(error) => error,
    };
    match refused.meaning() {
        Some(Meaning::Exists) => match netsuite.find(target.journal, &write.record, &key).await? {
            Some(id) => Ok(id),
            None if write.record == customer_body::RECORD => rename(target, write, &key).await,
            None => Err(refused.into()),
        },
        Some(Meaning::ReferenceGone) => Err(gone(target, write, refused).await?),
        Some(Meaning::PeriodClosed) => Err(period::closed_since(target, refused).await),
        Some(Meaning::Invalid)
            if on_account::is_of_a_closed_order(target, write, &refused).await? =>
        {
            on_account::write(target, write).await
        }
        Some(
            Meaning::Absent
            | Meaning::FieldMissing
            | Meaning::Changed
            | Meaning::Locked
            | Meaning::Unauthorized
            | Meaning::Forbidden
            | Meaning::Closed
            | Meaning::Invalid,
        )
        | None => Err(told(target, refused)),
    }
}

/// The exact tax of a record that this plan created, or that is there.
async fn override_tax(
    target: &Target<'_>,
    write: &Write,
    made: &HashMap<String, InternalId>,
) -> Result<InternalId, Error> {
    let there = write.on.as_ref().map(|on| InternalId(on.id.clone()));
    let Some(id) = made.get(&write.key).or(there.as_ref()) else {
        let what = format!(
            "the tax of {} is to be written, and it was not created",
            write.key
        );
        return Err(Problem::new(Code::MissingInNetsuite, what)
            .because(target.document)
            .into());
    };
    let netsuite = &target.context.netsuite;
    references::write(netsuite, target.journal, write, id).await?;
    Ok(id.clone())
}

/// A refusal of an address says so; any other stays in NetSuite's words.
fn told(target: &Target<'_>, refused: remote::Error) -> Error {
    let remote::Error::Refused { refusal, .. } = &refused else {
        return refused.into();
    };
    let path = refusal.path.as_deref().unwrap_or_default();
    if refusal.meaning != Meaning::Invalid || !path.contains("Address") {
        return refused.into();
    }
    let order = target.order;
    let what = format!("NetSuite refuses an address of {}: {path}", order.name);
    Problem::new(Code::AddressRefused, what)
        .because(order.id)
        .into()
}

/// What the document refers to was deleted, merged or deactivated since it was looked up: the next
/// try looks it up anew.
async fn gone(target: &Target<'_>, write: &Write, refused: remote::Error) -> Result<Error, Error> {
    let sale = sale::Sale::of(target.order, &target.shop.store)?;
    let skus: Vec<&str> = sale.skus().collect();
    target.context.netsuite.forget_items(&skus);
    let remote::Error::Refused { refusal, .. } = &refused else {
        return Ok(refused.into());
    };
    let said = refusal.path.as_deref().unwrap_or(&refusal.detail);
    let said = said.trim_end_matches(".id");
    let is_customer = said.ends_with("entity") || said.ends_with("customer");
    if (is_customer || refusal.detail.contains("he customer "))
        && let Some(customer) = &target.order.customer
    {
        let (pool, store) = (&target.context.pool, &target.shop.store.name);
        link::forget(pool, link::Kind::Customer, store, &customer.id.to_string()).await?;
    }
    // The account has the currency, or the plan would not name it.
    match write.body["entity"]["id"].as_str() {
        Some(id) if said.ends_with("currency") => Ok(lacks_currency(target, id).into()),
        Some(_) | None => Ok(refused.into()),
    }
}

fn lacks_currency(target: &Target<'_>, customer: &str) -> Problem {
    let currency = target.order.currency;
    let what = format!("NetSuite customer {customer} does not have the currency {currency}");
    Problem::new(Code::CustomerElsewhere, what).because(customer)
}

/// NetSuite has another entity of this name: once more, under the configured name.
async fn rename(target: &Target<'_>, write: &Write, key: &ExternalId) -> Result<InternalId, Error> {
    let renamed = customer::renamed(write, target.order, &target.shop.store)?;
    let created = target
        .context
        .netsuite
        .create(target.journal, &write.record, key, &renamed.body)
        .await;
    match created {
        Err(error) if error.meaning() == Some(Meaning::Exists) => {
            let what =
                format!("NetSuite refuses the configured name of the customer {key} as taken, too");
            Err(Problem::new(Code::CustomerName, what).because(key).into())
        }
        created => Ok(created?),
    }
}

async fn update(target: &Target<'_>, write: &Write) -> Result<InternalId, Error> {
    if let Some(On { record, id }) = &write.on {
        let (id, netsuite) = (InternalId(id.clone()), &target.context.netsuite);
        // Tax rows have no key: sent without this they would be added.
        let rows = write.body.get(TAX_DETAILS).map(|_| TAX_DETAILS);
        netsuite
            .update(target.journal, record, &id, &write.body, rows)
            .await?;
        return Ok(id);
    }
    let links = link::of_document(&target.context.pool, target.document).await?;
    let written = links
        .into_iter()
        .find(|link| link.kind == link::Kind::Order);
    let Some(Link {
        netsuite_id: id, ..
    }) = written
    else {
        let what = format!(
            "{} {} is to be changed and is not linked",
            write.record, write.key
        );
        return Err(Problem::new(Code::MissingInNetsuite, what)
            .because(target.document)
            .into());
    };
    let netsuite = &target.context.netsuite;
    let updated = netsuite.update(target.journal, &write.record, &id, &write.body, None);
    match updated.await {
        Ok(()) => Ok(id),
        Err(refused) => Err(told(target, refused)),
    }
}

/// What is remembered of a write; a change of a document that follows the order, or that something else
/// brought in, changes no link.
fn link(target: &Target<'_>, planned: &Planned, write: &Write, id: InternalId) -> Option<Link> {
    let store = &target.shop.store.name;
    if write.record == subsidiaries::RECORD {
        return Some(whom::added(target, write, &id));
    }
    let is_buyer = write.record == customer_body::RECORD;
    let kind = if is_buyer {
        company::kind(write)
    } else {
        kind(&write.record)
    };
    if write.action == Action::Update && (kind != link::Kind::Order || write.source.is_empty()) {
        return None;
    }
    let document = if is_buyer {
        read::buyer(store, kind, &write.source)
    } else {
        target.document.clone()
    };
    let hashes = (kind == link::Kind::Order).then(|| planned.hashes.clone());
    let (head_hash, lines_hash) = hashes.map(|Hashes { head, lines }| (head, lines)).unzip();
    let mut proofs = planned.plan.proofs.iter();
    let proof = proofs.find(|proof| proof.document == write.key);
    let total = planned.totals.get(&write.key).copied();
    Some(Link {
        kind,
        store: store.clone(),
        shopify_id: write.source.clone(),
        netsuite_id: id,
        document: document.to_string(),
        record: write.record.clone(),
        external_id: Some(ExternalId(write.key.clone())),
        origin: Origin::Written,
        head_hash,
        lines_hash,
        total: total.or_else(|| proof.and_then(Proof::total)),
        shown: false,
    })
}

/// A customer, or what makes one usable: no transaction.
fn is_about_buyer(write: &Write) -> bool {
    [customer_body::RECORD, subsidiaries::RECORD].contains(&write.record.as_str())
}

fn kind(record: &str) -> link::Kind {
    match record {
        customer_body::RECORD => link::Kind::Customer,
        customer_deposit::RECORD => link::Kind::Deposit,
        invoice::RECORD => link::Kind::Invoice,
        deposit_application::RECORD => link::Kind::Application,
        return_authorization::RECORD => link::Kind::Return,
        item_receipt::RECORD => link::Kind::Receipt,
        credit_memo::RECORD | cash_refund::RECORD => link::Kind::Credit,
        customer_refund::RECORD => link::Kind::Refund,
        _ => link::Kind::Order,
    }
}
