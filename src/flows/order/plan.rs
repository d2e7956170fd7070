//! The order mapping: what NetSuite should hold for an order. Pure: no call, no clock.
//!
//! Bodies name what is not written yet by external id, so the whole plan is static JSON whose hash
//! an operator can approve.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::change::Hashes;
use super::customer::{self, CustomerMatch};
use super::document::{self, Draft};
use super::gate::{Gate, Skip, gate, record};
use super::items::Items;
use super::payments::{self, Belongs};
use super::period::Periods;
use super::sale::Sale;
use crate::config::Store;
use crate::config::store::{BilledBy, OrderRecord};
use crate::link::{self, ExternalId, InternalId};
use crate::money::{Currency, Money};
use crate::netsuite::reference::Reference;
use crate::netsuite::{cash_sale, sales_order};
use crate::plan::{Action, Plan, Write};
use crate::problem::{Code, Problem};
use crate::shopify::order::Order;

/// What the pass knows besides the order.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub items: Items,
    /// NetSuite's id of the order's currency; `None` when it has none.
    pub currency: Option<InternalId>,
    pub customer: CustomerMatch,
    pub written: Written,
    /// Into which days NetSuite posts.
    pub periods: Periods,
}

/// What earlier passes wrote, by the links.
#[derive(Debug, Clone, Default)]
pub(super) struct Written {
    /// The sales order or cash sale.
    pub order: Option<WrittenOrder>,
    /// Shopify transactions that have a deposit.
    pub deposits: HashSet<u64>,
}

#[derive(Debug, Clone)]
pub(super) struct WrittenOrder {
    pub id: InternalId,
    /// `None` for a document that another integration brought in: it is never changed.
    pub hashes: Option<Hashes>,
}

/// What the read step must look up before [`plan`] can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Needs {
    /// Empty for an order that is written already.
    pub skus: BTreeSet<String>,
    pub currency: Currency,
    pub customer: Option<Wanted>,
}

/// The customer to find: by link, external id, e-mail, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    /// A customer, or a company's location.
    pub kind: link::Kind,
    pub shopify_id: u64,
    pub external_id: ExternalId,
    pub email: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Decision {
    Skip(Skip),
    Write(Planned),
    /// What follows the first write depends on NetSuite's books of the order.
    Follow(Follow),
}

/// The writes, and what to keep in the order's link once they are done.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Planned {
    pub plan: Plan,
    pub hashes: Hashes,
    /// What a document will show as its total, where its proof does not say it.
    pub totals: BTreeMap<String, Money>,
}

/// The order's document, what it was written from and what the order is now.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Follow {
    pub id: InternalId,
    pub was: Hashes,
    pub now: Hashes,
}

/// The lines hash of a document that something must still follow.
const UNFINISHED: &str = "unfinished";

/// Computes the writes for `order`.
///
/// # Errors
///
/// The problem that holds the order; then nothing of it may be written.
pub(super) fn plan(order: &Order, store: &Store, known: &Known) -> Result<Decision, Problem> {
    match gate(order, store, known.written.order.is_some())? {
        Gate::Skip(skip) => return Ok(Decision::Skip(skip)),
        Gate::AdoptOnly => return Ok(Decision::Skip(Skip::BeforeGoLive)),
        Gate::Enter => {}
    }
    match &known.written.order {
        None => first(order, store, known).map(Decision::Write),
        Some(written) => again(order, store, known, written),
    }
}

/// What [`plan`] will need, `None` when it needs nothing. Called after the gate, before any NetSuite
/// call.
///
/// # Errors
///
/// The problem of an order whose own numbers hold it, whatever NetSuite has.
pub(super) fn needs(
    order: &Order,
    store: &Store,
    written: &Written,
) -> Result<Option<Needs>, Problem> {
    let skus = match &written.order {
        None => Sale::of(order, store)?.skus().map(str::to_owned).collect(),
        Some(WrittenOrder {
            hashes: Some(was), ..
        }) if follows(order, store, was, &Hashes::of(order, store)?) => {
            let skus = order.lines.iter().filter_map(|line| line.sku.clone());
            skus.filter(|sku| !sku.trim().is_empty()).collect()
        }
        Some(_) if payments::is_missing(order, store, &written.deposits)? => BTreeSet::new(),
        Some(_) => return Ok(None),
    };
    Ok(Some(Needs {
        skus,
        currency: order.currency,
        customer: wanted(order, store),
    }))
}

/// Whom the order is billed to: a company's location, else its customer.
fn wanted(order: &Order, store: &Store) -> Option<Wanted> {
    if let Some(company) = &order.company {
        return Some(Wanted {
            kind: link::Kind::CompanyLocation,
            shopify_id: company.location,
            external_id: ExternalId::company_location(&store.name, company.location),
            // An e-mail is its contact's, who may buy for others or for themselves.
            email: None,
        });
    }
    order.customer.as_ref().map(|customer| Wanted {
        kind: link::Kind::Customer,
        shopify_id: customer.id,
        external_id: ExternalId::customer(&store.name, customer.id),
        email: customer.email.clone().or_else(|| order.email.clone()),
    })
}

fn first(order: &Order, store: &Store, known: &Known) -> Result<Planned, Problem> {
    let mut hashes = Hashes::of(order, store)?;
    if !order.agreements.is_empty() {
        UNFINISHED.clone_into(&mut hashes.lines);
    }
    let currency = currency(order, known)?;
    let entity = customer::entity(order, store, &known.customer, &currency)?;
    let mut plan = Plan::default();
    plan.writes.extend(entity.create);
    let draft = Draft {
        order,
        store,
        items: &known.items,
        entity: &entity.reference,
        currency: &currency,
        periods: &known.periods,
    };
    match record(order, store) {
        OrderRecord::SalesOrder => {
            let sales_order = (&document::sales_order(&draft, &mut plan)?).into();
            let belongs = Belongs {
                customer: &entity.reference,
                sales_order: &sales_order,
                currency: &currency,
                periods: &known.periods,
            };
            payments::deposits(order, store, &belongs, &known.written.deposits, &mut plan)?;
        }
        OrderRecord::CashSale => document::cash_sale(&draft, &mut plan)?,
    }
    Ok(Planned {
        plan,
        hashes,
        totals: BTreeMap::new(),
    })
}

/// Whether more than the head may have to be written.
fn follows(order: &Order, store: &Store, was: &Hashes, now: &Hashes) -> bool {
    let shipped = order.fulfillment_status != "UNFULFILLED";
    let bills = store.billing.by == BilledBy::Waybill && shipped;
    was.lines != now.lines || (bills && record(order, store) == OrderRecord::SalesOrder)
}

/// An order that is in NetSuite: only the difference is written.
fn again(
    order: &Order,
    store: &Store,
    known: &Known,
    written: &WrittenOrder,
) -> Result<Decision, Problem> {
    let Some(was) = &written.hashes else {
        return Ok(Decision::Skip(Skip::Adopted));
    };
    let hashes = Hashes::of(order, store)?;
    let mut plan = Plan::default();
    let record = record(order, store);
    if hashes.head != was.head {
        plan.writes.push(update(order, store, record)?);
    }
    if payments::is_missing(order, store, &known.written.deposits)? {
        let currency = currency(order, known)?;
        let entity = customer::entity(order, store, &known.customer, &currency)?;
        plan.writes.extend(entity.create);
        let sales_order = Reference::from(&written.id);
        let belongs = Belongs {
            customer: &entity.reference,
            sales_order: &sales_order,
            currency: &currency,
            periods: &known.periods,
        };
        payments::deposits(order, store, &belongs, &known.written.deposits, &mut plan)?;
    }
    if !plan.is_empty() {
        // The lines are as they were written until what follows is written, too.
        let hashes = Hashes {
            head: hashes.head,
            lines: was.lines.clone(),
        };
        return Ok(Decision::Write(Planned {
            plan,
            hashes,
            totals: BTreeMap::new(),
        }));
    }
    Ok(if follows(order, store, was, &hashes) {
        Decision::Follow(Follow {
            id: written.id.clone(),
            was: was.clone(),
            now: hashes,
        })
    } else {
        Decision::Skip(Skip::AlreadyEqual)
    })
}

fn update(order: &Order, store: &Store, record: OrderRecord) -> Result<Write, Problem> {
    let (record, key) = match record {
        OrderRecord::SalesOrder => (
            sales_order::RECORD,
            ExternalId::sales_order(&store.name, order.id),
        ),
        OrderRecord::CashSale => (
            cash_sale::RECORD,
            ExternalId::cash_sale(&store.name, order.id),
        ),
    };
    Ok(Write {
        action: Action::Update,
        record: record.to_owned(),
        key: key.0,
        source: order.id.to_string(),
        body: document::update(order, store)?,
        on: None,
    })
}

pub(super) fn currency(order: &Order, known: &Known) -> Result<Reference, Problem> {
    known.currency.as_ref().map(Reference::from).ok_or_else(|| {
        Problem::new(
            Code::UnknownCurrency,
            format!("NetSuite has no currency {}", order.currency),
        )
        .because(order.currency)
    })
}
