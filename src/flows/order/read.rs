//! What both systems hold: the order, our links, NetSuite's items, customer and currency.

use chrono::TimeDelta;

use super::customer::CustomerMatch;
use super::items::{Item, Items};
use super::period::Periods;
use super::plan::{Known, Needs, Written, WrittenOrder, needs};
use super::{Hashes, Target, fields, gate, whom};
use crate::config::store::{ClosedPeriod, OrderRecord};
use crate::event::{Document, Kind};
use crate::flows::{Context, Error, Shop, fresh, states};
use crate::journal::Journal;
use crate::link::{self, ExternalId, InternalId, Link, Origin};
use crate::netsuite::books::Books;
use crate::netsuite::look_up::Adoptable;
use crate::netsuite::{cash_sale, sales_order};
use crate::problem::{Code, Problem};
use crate::shopify::order::Order;

/// An integration that was replaced may have run on for this long after go-live.
const OTHERS_OVERLAP: TimeDelta = TimeDelta::hours(24);

/// The order as Shopify shows it now.
pub(super) async fn source(
    shop: &Shop,
    document: &Document,
    journal: &Journal,
) -> Result<Order, Error> {
    let id: u64 = document
        .id
        .parse()
        .map_err(|_| Problem::new(Code::Unreadable, "the id of the order is no number"))?;
    let mut order = shop.client.order(journal, id).await?;
    let addresses = order.iter_mut();
    let addresses = addresses.flat_map(|it| [&mut it.billing_address, &mut it.shipping_address]);
    states::name_all(addresses.flatten(), &shop.store);
    order.ok_or_else(|| fresh::not_shown("the order"))
}

/// An order and its customer are never worked on by two passes.
pub(super) fn keys(store: &str, order: &Order) -> Vec<String> {
    let customer = order
        .customer
        .as_ref()
        .map(|customer| Document::new(Kind::Customer, store, customer.id).to_string());
    let location = order
        .company
        .as_ref()
        .map(|it| buyer(store, link::Kind::CompanyLocation, it.location).to_string());
    customer
        .into_iter()
        .chain(location)
        .chain([Document::new(Kind::Order, store, order.id).to_string()])
        .collect()
}

/// What the link of a buyer belongs to. A company and its locations have no documents of their own.
pub(super) fn buyer(store: &str, kind: link::Kind, id: impl std::fmt::Display) -> Document {
    let id = match kind {
        link::Kind::Company => format!("company-{id}"),
        link::Kind::CompanyLocation => format!("location-{id}"),
        link::Kind::Customer
        | link::Kind::Order
        | link::Kind::Deposit
        | link::Kind::Invoice
        | link::Kind::Application
        | link::Kind::Return
        | link::Kind::Receipt
        | link::Kind::Credit
        | link::Kind::Refund
        | link::Kind::Fulfillment
        | link::Kind::Item => id.to_string(),
    };
    Document::new(Kind::Customer, store, id)
}

/// What earlier passes wrote, by the links.
pub(super) fn written(links: &[Link]) -> Written {
    let order = links
        .iter()
        .find(|link| link.kind == link::Kind::Order)
        .map(|link| WrittenOrder {
            id: link.netsuite_id.clone(),
            hashes: link
                .head_hash
                .clone()
                .zip(link.lines_hash.clone())
                .map(|(head, lines)| Hashes { head, lines }),
        });
    let deposits = links
        .iter()
        .filter(|link| link.kind == link::Kind::Deposit)
        .filter_map(|link| link.shopify_id.parse().ok())
        .collect();
    Written { order, deposits }
}

/// The record that another integration made of this order before go-live, if there is one.
///
/// Looked for only where one can be: the setting asks for it, and the order is older than go-live
/// and a day. A later order is ours alone, and the look-up would cost each of them a call.
pub(super) async fn adopted(target: &Target<'_>) -> Result<Option<Link>, Error> {
    let Target {
        context,
        shop,
        document,
        order,
        journal,
    } = target;
    let orders = &shop.store.orders;
    let Some(adopt) = &orders.adopt else {
        return Ok(None);
    };
    if orders
        .since
        .is_some_and(|since| order.created_at >= since + OTHERS_OVERLAP)
        || order.test
    {
        return Ok(None);
    }
    let record = match gate::record(order, &shop.store) {
        OrderRecord::SalesOrder => sales_order::RECORD,
        OrderRecord::CashSale => cash_sale::RECORD,
    };
    let value = fields::text("orders.adopt", &adopt.value, order, &shop.store)?;
    let found = context
        .netsuite
        .orders_by_field(journal, record, &adopt.field, &[&value])
        .await?;
    let others: Vec<&Adoptable> = found
        .iter()
        .filter(|row| !is_ours(row, &shop.store.name, order))
        .collect();
    match others.as_slice() {
        [] => Ok(None),
        [row] => Ok(Some(adoption(target, row)?)),
        [first, second, ..] => {
            let what = format!(
                "NetSuite has several orders whose {} is that of {}: {} and {}",
                adopt.field, order.name, first.id, second.id
            );
            Err(Problem::new(Code::ManyOrders, what)
                .because(document)
                .into())
        }
    }
}

fn adoption(target: &Target<'_>, row: &Adoptable) -> Result<Link, Problem> {
    let now = Hashes::of(target.order, &target.shop.store)?;
    Ok(Link {
        kind: link::Kind::Order,
        store: target.shop.store.name.clone(),
        shopify_id: target.order.id.to_string(),
        netsuite_id: row.id.clone(),
        document: target.document.to_string(),
        record: row.record.clone(),
        external_id: None,
        origin: Origin::Adopted,
        head_hash: None,
        // What it was when it was found: a later change shows.
        lines_hash: Some(now.lines),
        total: None,
        shown: false,
    })
}

fn is_ours(row: &Adoptable, store: &str, order: &Order) -> bool {
    let ours = [
        ExternalId::sales_order(store, order.id),
        ExternalId::cash_sale(store, order.id),
    ];
    ours.iter()
        .any(|id| row.external_id.as_deref() == Some(id.0.as_str()))
}

/// What the plan needs besides the order; `None` when it needs nothing from NetSuite.
pub(super) async fn known(
    context: &Context,
    shop: &Shop,
    order: &Order,
    written: Written,
    journal: &Journal,
) -> Result<Known, Error> {
    let enters = matches!(
        gate::gate(order, &shop.store, written.order.is_some())?,
        gate::Gate::Enter
    );
    let needs = if enters {
        needs(order, &shop.store, &written)?
    } else {
        None
    };
    let Some(needs) = needs else {
        return Ok(Known {
            items: Items::default(),
            currency: None,
            customer: CustomerMatch::New,
            written,
            periods: Periods::default(),
        });
    };
    let currencies = context.netsuite.currencies(journal).await?;
    let currency = currencies
        .iter()
        .find(|currency| currency.symbol == needs.currency.code());
    let currency = currency.map(|currency| InternalId(currency.id.clone()));
    Ok(Known {
        items: items(context, shop, &needs, journal).await?,
        customer: whom::customer(context, shop, needs.customer.as_ref(), journal).await?,
        currency,
        written,
        periods: periods(context, shop, journal).await?,
    })
}

/// The periods, where the store minds into which one it posts.
async fn periods(context: &Context, shop: &Shop, journal: &Journal) -> Result<Periods, Error> {
    match shop.store.orders.closed_period {
        ClosedPeriod::Original => Ok(Periods::default()),
        ClosedPeriod::Hold | ClosedPeriod::FirstOpen => {
            Ok(Periods(context.netsuite.periods(journal).await?))
        }
    }
}

/// Everything NetSuite holds about the order.
///
/// # Errors
///
/// `missing_in_netsuite` when its own document is gone.
pub(super) async fn books(
    target: &Target<'_>,
    links: &[Link],
    order: &InternalId,
) -> Result<Books, Error> {
    // What NetSuite links to nothing of the order: deposits, refunds of them, memos of amounts alone.
    let is_money = |link: &&Link| {
        matches!(
            link.kind,
            link::Kind::Deposit | link::Kind::Refund | link::Kind::Credit
        )
    };
    let money: Vec<InternalId> = links
        .iter()
        .filter(is_money)
        .map(|link| link.netsuite_id.clone())
        .collect();
    let netsuite = &target.context.netsuite;
    let books = netsuite.books(target.journal, order, &money).await?;
    if books.order().is_none() {
        let what = format!(
            "{} was written as {order} and is not in NetSuite any more",
            target.order.name
        );
        return Err(Problem::new(Code::MissingInNetsuite, what)
            .because(target.document)
            .into());
    }
    Ok(books)
}

/// A line that is written keeps its item, whatever the SKU is called by now.
pub(super) fn items_of(books: &Books, order: &Order, items: &mut Items) {
    let written = books.order().into_iter().flat_map(|order| &order.lines);
    for line in written {
        let (Some(key), Some(id)) = (&line.key, &line.item) else {
            continue;
        };
        let sold = order.lines.iter().find(|sold| sold.id.to_string() == *key);
        if let Some(sku) = sold.and_then(|sold| sold.sku.clone()) {
            let item = Item {
                id: id.clone(),
                sku: sku.clone(),
                inactive: false,
            };
            items.insert(sku, vec![item]);
        }
    }
}

async fn items(
    context: &Context,
    shop: &Shop,
    needs: &Needs,
    journal: &Journal,
) -> Result<Items, Error> {
    if needs.skus.is_empty() {
        return Ok(Items::default());
    }
    let skus: Vec<&str> = needs.skus.iter().map(String::as_str).collect();
    let found = context
        .netsuite
        .items_by_sku(journal, &shop.store.orders.sku_field, &skus)
        .await?;
    let item = |item: crate::netsuite::items::Item| Item {
        id: item.id,
        sku: item.sku,
        inactive: item.inactive,
    };
    Ok(found
        .into_iter()
        .map(|(sku, items)| (sku, items.into_iter().map(item).collect()))
        .collect())
}
