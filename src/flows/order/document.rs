//! The document itself: head, lines, tax and settings put together, and proved.

use chrono::NaiveDate;
use serde_json::Value;

use super::change;
use super::fields;
use super::head::Head;
use super::items::{self, Items};
use super::lines;
use super::payments::day;
use super::period::{Periods, posting_day};
use super::proof;
use super::sale::Sale;
use super::setting::required;
use super::shipping;
use super::tax::{Taxes, references};
use super::till::Till;
use crate::config::Store;
use crate::config::store::{Location, OrderStatus, TaxStrategy};
use crate::link::ExternalId;
use crate::money::Money;
use crate::netsuite::cash_sale::{self, CashSale};
use crate::netsuite::reference::Reference;
use crate::netsuite::sale::{self, Line, Sublist};
use crate::netsuite::sales_order::{self, SalesOrder};
use crate::plan::{Action, Plan, Write};
use crate::problem::Problem;
use crate::shopify::order::{self, Order};

/// What a document is made from.
pub(super) struct Draft<'a> {
    pub(super) order: &'a Order,
    pub(super) store: &'a Store,
    pub(super) items: &'a Items,
    pub(super) entity: &'a Reference,
    pub(super) currency: &'a Reference,
    pub(super) periods: &'a Periods,
}

/// Plans the sales order of a sale, with its proof. It does not post: its day stays what it is.
pub(super) fn sales_order(draft: &Draft<'_>, plan: &mut Plan) -> Result<ExternalId, Problem> {
    let (order, store) = (draft.order, draft.store);
    let sold = Sale::of(order, store)?;
    let external_id = ExternalId::sales_order(&store.name, order.id);
    let (body, computed) = sales_order_body(draft, &sold)?;
    let source = (sold.total_name, sold.total);
    plan.proofs
        .push(proof::of_sale(&external_id.0, &body, source, computed)?);
    plan.writes
        .extend(writes(sales_order::RECORD, &external_id, draft, body));
    Ok(external_id)
}

/// What the sales order of `sold` would be if it were written now, and the tax that NetSuite must compute
/// for it. A later pass writes the difference.
pub(super) fn sales_order_body(
    draft: &Draft<'_>,
    sold: &Sale<'_>,
) -> Result<(Value, Option<Money>), Problem> {
    let (order, store) = (draft.order, draft.store);
    let external_id = ExternalId::sales_order(&store.name, order.id);
    let wanted = day(order.processed_at, store);
    let drawn = body(draft, sold, &external_id, wanted, Vec::new())?;
    let body = SalesOrder {
        sale: drawn.sale,
        order_status: Reference::id(match store.orders.status {
            OrderStatus::PendingApproval => "A",
            OrderStatus::PendingFulfillment => "B",
        }),
        terms: terms(order, store)?,
        sales_channel: store.orders.sales_channel.as_ref().map(Reference::id),
    };
    let mut body = serde_json::to_value(body).unwrap_or_default();
    fields::apply(
        sales_order::RECORD,
        &mut body,
        order,
        store,
        Some(&drawn.sources),
    )?;
    Ok((body, drawn.computed))
}

/// Plans the cash sale of a sale, with its proof: it equals the payment that it takes itself.
///
/// # Errors
///
/// `source_contradicts` when the payments do not add up to the sale; `period_closed`.
pub(super) fn cash_sale(draft: &Draft<'_>, plan: &mut Plan) -> Result<(), Problem> {
    let (order, store) = (draft.order, draft.store);
    let sold = Sale::of(order, store)?;
    let external_id = ExternalId::cash_sale(&store.name, order.id);
    let till = Till::of(order, store, sold.total)?;
    let wanted = day(order.processed_at, store);
    let posted = posting_day(wanted, draft.periods, store.orders.closed_period)?;
    let drawn = body(draft, &sold, &external_id, posted.day, till.lines)?;
    let body = CashSale {
        sale: drawn.sale,
        tender: till.tender,
    };
    let mut body = serde_json::to_value(body).unwrap_or_default();
    fields::apply(
        cash_sale::RECORD,
        &mut body,
        order,
        store,
        Some(&drawn.sources),
    )?;
    let source = ("the payment", till.taken);
    let proof = proof::of_sale(&external_id.0, &body, source, drawn.computed)?;
    plan.notes.extend(posted.note(&external_id));
    plan.proofs.push(proof);
    plan.writes
        .extend(writes(cash_sale::RECORD, &external_id, draft, body));
    Ok(())
}

/// The fields an update of the head writes. Under SuiteTax a new address would make NetSuite compute
/// the tax again, unless the override is said once more; the exact rows stay as they are. They are not
/// sent: rows have no key, so they would be added to those that are there.
pub(super) fn update(order: &Order, store: &Store) -> Result<Value, Problem> {
    let mut body = change::head(order, store)?;
    if store.tax.strategy == TaxStrategy::SuitetaxOverride {
        body["taxDetailsOverride"] = Value::from(true);
    }
    Ok(body)
}

/// The record, and what can only be said once it is there.
fn writes(record: &str, key: &ExternalId, draft: &Draft<'_>, mut body: Value) -> Vec<Write> {
    let write = |action, body| Write {
        action,
        record: record.to_owned(),
        key: key.0.clone(),
        source: draft.order.id.to_string(),
        body,
        on: None,
    };
    let later = references::set_apart(&mut body, &draft.store.tax);
    let mut writes = vec![write(Action::Create, body)];
    writes.extend(later.map(|body| write(Action::OverrideTax, body)));
    writes
}

/// The common part of both records.
pub(super) struct Drawn<'a> {
    pub(super) sale: sale::Sale,
    /// The Shopify line behind each line.
    pub(super) sources: Vec<Option<&'a order::Line>>,
    /// The tax that NetSuite must compute.
    pub(super) computed: Option<Money>,
}

pub(super) fn body<'a>(
    draft: &Draft<'_>,
    sold: &Sale<'a>,
    external_id: &ExternalId,
    tran_date: NaiveDate,
    tenders: Vec<Line>,
) -> Result<Drawn<'a>, Problem> {
    let (order, store) = (draft.order, draft.store);
    let mut taxes = Taxes::new(store, order);
    let found = items::resolve(sold, draft.items)?;
    let cost = shipping::cost(sold, store, &mut taxes)?;
    let rows = lines::lines(sold, store, &found, &mut taxes, tenders)?;
    let (items, sources): (Vec<Line>, Vec<_>) = rows.into_iter().unzip();
    let head = Head::of(order);
    let tax = taxes.header();
    let computed = taxes.computed();
    let tax_details = taxes.details();
    let setting = |value: &Option<String>| value.as_ref().map(Reference::id);
    let sale = sale::Sale {
        external_id: external_id.clone(),
        custom_form: setting(&store.orders.form),
        entity: draft.entity.clone(),
        subsidiary: setting(&store.subsidiary),
        currency: draft.currency.clone(),
        tran_date,
        other_ref_num: head.other_ref_num,
        memo: head.memo,
        email: head.email,
        to_be_emailed: false,
        location: location(&items, store),
        department: setting(&store.orders.department),
        class: setting(&store.orders.class),
        billing_address: head.billing_address,
        shipping_address: head.shipping_address,
        ship_method: shipping::method(sold, store, cost)?,
        shipping_cost: cost.decimal(),
        shipping_tax_code: tax.shipping_tax_code,
        is_taxable: tax.is_taxable,
        tax_rate: tax.tax_rate,
        waybill_tax: tax.tax,
        waybill_shipping_tax: tax.shipping_tax,
        item: Sublist { items },
        tax_details_override: tax_details.is_some().then_some(true),
        tax_details,
    };
    Ok(Drawn {
        sale,
        sources,
        computed,
    })
}

/// The header's location: the fixed one, else the one all lines share.
fn location(items: &[Line], store: &Store) -> Option<Reference> {
    if let Location::Fixed(id) = &store.orders.location {
        return Some(Reference::id(id));
    }
    let mut locations = items.iter().filter_map(|line| line.location.as_ref());
    let first = locations.next()?;
    locations.all(|other| other == first).then(|| first.clone())
}

/// NetSuite's terms for the order's.
pub(super) fn terms(order: &Order, store: &Store) -> Result<Option<Reference>, Problem> {
    terms_of(order.payment_terms.as_deref(), "the order", store)
}

/// NetSuite's terms for Shopify's, of whoever has them.
pub(in crate::flows) fn terms_of(
    name: Option<&str>,
    whose: &str,
    store: &Store,
) -> Result<Option<Reference>, Problem> {
    let Some(name) = name else {
        return Ok(None);
    };
    required(
        store,
        &format!("orders.terms.\"{name}\""),
        store.orders.terms.get(name),
        &format!("{whose} has the payment terms `{name}`"),
    )
    .map(Some)
}
