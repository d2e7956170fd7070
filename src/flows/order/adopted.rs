//! Orders that something else brought in. Their documents were mapped by other rules, so what happens to
//! them later is not mapped on them line by line.
//!
//! What is sure is carried: an order of which nothing is left closes a sales order that nobody has
//! shipped or billed anything of. Anything else is compared with what NetSuite holds: where the two
//! say the same, whoever wrote it, the change is settled; where they do not, it is held with both.

use rust_decimal::Decimal;
use serde_json::json;

use super::change::Hashes;
use super::gate::Skip;
use super::ledger::roundings;
use super::plan::Planned;
use super::{End, Prepared, Target, disputes, read};
use crate::flows::Error;
use crate::link::{self, Link, Origin};
use crate::money::{Currency, Money};
use crate::netsuite::books::{BookDocument, Books, LineKind};
use crate::netsuite::sales_order;
use crate::plan::{Action, On, Plan, Write};
use crate::problem::{Code, Problem};
use crate::shopify::order::Order;

/// The link of an order that something else brought in.
pub(super) fn link(links: &[Link]) -> Option<&Link> {
    let mut links = links.iter();
    links.find(|link| link.kind == link::Kind::Order && link.origin == Origin::Adopted)
}

/// What is to be done about it.
///
/// # Errors
///
/// `changed_after_import` when it changed in Shopify and NetSuite holds something else.
pub(super) async fn look(
    target: &Target<'_>,
    links: &[Link],
    link: &Link,
) -> Result<Prepared, Error> {
    let order = target.order;
    let now = Hashes::of(order, &target.shop.store)?;
    if link.lines_hash.as_ref() == Some(&now.lines) {
        return Ok(Prepared::End(End::Skip(Skip::Adopted)));
    }
    let books = read::books(target, links, &link.netsuite_id).await?;
    if let Some(mut plan) = close(order, link, &books) {
        plan.notes.extend(disputes::mark(order));
        return Ok(Prepared::Write(Planned {
            plan,
            hashes: now,
            totals: std::collections::BTreeMap::new(),
        }));
    }
    compare(order, &books)?;
    // Only of the lines: with a hash of the head, too, it would be one that we wrote.
    Ok(Prepared::End(End::Settle(Box::new(Link {
        lines_hash: Some(now.lines),
        ..link.clone()
    }))))
}

/// Closes every open line, where nothing of the order is left and nothing was made of it.
fn close(order: &Order, link: &Link, books: &Books) -> Option<Plan> {
    let nothing_left = order.lines.iter().all(|line| line.current_quantity <= 0);
    let sale = books
        .order()
        .filter(|sale| sale.record == "salesorder" && nothing_left)?;
    // Anything but pending approval or fulfillment was carried on, or has ended.
    if !matches!(sale.status.as_deref(), Some("A" | "B")) {
        return None;
    }
    let made = ["itemfulfillment", "invoice", "cashsale"];
    if made.iter().any(|record| books.of(record).next().is_some()) {
        return None;
    }
    let open = sale
        .lines
        .iter()
        .filter(|line| line.kind == LineKind::Item && !line.closed);
    let lines: Vec<_> = open
        .map(|line| json!({ "line": line.line, "isClosed": true }))
        .collect();
    let mut plan = Plan::default();
    plan.writes.push(Write {
        action: Action::Update,
        record: sales_order::RECORD.to_owned(),
        key: link.netsuite_id.0.clone(),
        // It is another's document: the change makes no link of ours.
        source: String::new(),
        body: json!({ "item": { "items": lines } }),
        on: Some(On {
            record: sales_order::RECORD.to_owned(),
            id: link.netsuite_id.0.clone(),
        }),
    });
    (!lines.is_empty()).then_some(plan)
}

/// What each side says the order is worth now, and how much of its money went back.
fn compare(order: &Order, books: &Books) -> Result<(), Problem> {
    let totals = &order.totals;
    let currency = order.currency;
    let worth = in_currency(worth(books), currency)?;
    let paid = in_currency(paid_back(books), currency)?;
    let rounded = roundings(order)?.into_iter();
    let worths = rounded.map(|(_, by)| totals.current_total.plus(by));
    let worths: Vec<Money> = worths.collect::<Result<_, _>>()?;
    let given = roundings(order)?[2].1.times(-1)?;
    let refunded = [totals.refunded, totals.refunded.plus(given)?];
    if worths.contains(&worth) && refunded.contains(&paid) {
        return Ok(());
    }
    let sale = books
        .order()
        .map_or("", |sale| sale.number.as_deref().unwrap_or(&sale.id.0));
    let shopify = format!("{}, {} refunded", totals.current_total, totals.refunded);
    let netsuite = format!("{worth}, {paid} refunded");
    let what = format!(
        "{} was brought in by something else and was changed in Shopify since: Shopify has it at {shopify}; NetSuite ({sale}) at {netsuite}",
        order.name
    );
    Err(Problem::new(Code::ChangedAfterImport, what)
        .because(order.id)
        .field("total, refunded", Some(shopify), Some(netsuite)))
}

/// The sale as far as it is open, less what was credited.
fn worth(books: &Books) -> Decimal {
    let credits = ["creditmemo", "cashrefund"];
    let credits = credits.into_iter().flat_map(|record| books.of(record));
    let credited: Decimal = credits.map(|credit| credit.total).sum();
    books.order().map(open).unwrap_or_default() - credited
}

/// NetSuite keeps the amount of closed lines in the total.
fn open(sale: &BookDocument) -> Decimal {
    let of_items = || sale.lines.iter().filter(|it| it.kind == LineKind::Item);
    if of_items().all(|line| !line.closed) {
        return sale.total;
    }
    if of_items().all(|line| line.closed) {
        return Decimal::ZERO;
    }
    let open = sale.lines.iter().filter(|line| !line.closed);
    open.map(|line| line.amount).sum()
}

fn paid_back(books: &Books) -> Decimal {
    let refunds = ["customerrefund", "cashrefund"];
    let refunds = refunds.into_iter().flat_map(|record| books.of(record));
    refunds.map(|refund| refund.total).sum()
}

fn in_currency(amount: Decimal, currency: Currency) -> Result<Money, Problem> {
    Ok(currency.exact(amount)?)
}
