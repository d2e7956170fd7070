//! Shipping: the header's cost, or lines of its own.

use super::lines::priced;
use super::sale::{Place, Sale, SoldShipping};
use super::setting::{missing, required};
use super::tax::Taxes;
use crate::config::Store;
use crate::config::store::ShippingForm;
use crate::money::Money;
use crate::netsuite::reference::Reference;
use crate::netsuite::sale::Line;
use crate::problem::Problem;

/// Whether a shipping line is a line of the document: as the store wants it, where the document would have
/// no line, which NetSuite refuses, and where the header's shipping is billed.
fn is_line(sale: &Sale<'_>, sold: &SoldShipping<'_>, store: &Store) -> bool {
    store.shipping.form == ShippingForm::Line
        || (sale.lines.is_empty() && sale.extras.is_empty())
        || sold.place == Place::Line
}

/// The shipping lines, where there are to be lines.
pub(super) fn lines(
    sale: &Sale<'_>,
    store: &Store,
    taxes: &mut Taxes<'_>,
) -> Result<Vec<Line>, Problem> {
    let mut lines = Vec::new();
    let own = |sold: &&SoldShipping<'_>| is_line(sale, sold, store);
    for sold in sale.shipping.iter().filter(own) {
        let item = required(
            store,
            "items.shipping",
            store.items.shipping.as_ref(),
            match (store.shipping.form, sold.place) {
                (ShippingForm::Line, _) => "shipping is booked as a line",
                (ShippingForm::Header, Place::Line) => "shipping was added after the bill",
                (ShippingForm::Header, Place::AsSet) => {
                    "shipping alone is taken back, and NetSuite takes no document without a line"
                }
            },
        )?;
        let key = format!("shipping-{}", sold.number);
        let mut line = priced(item, key, 1, sold.net);
        line.description = Some(sold.source.title.clone());
        taxes.line(&mut line, sold.net, sold.taxes.iter())?;
        lines.push(line);
    }
    Ok(lines)
}

/// The header's shipping cost: all shipping lines together, net of their discounts. Zero where there are
/// lines.
pub(super) fn cost(
    sale: &Sale<'_>,
    store: &Store,
    taxes: &mut Taxes<'_>,
) -> Result<Money, Problem> {
    let mut cost = sale.total.currency.money(0);
    let in_header = |sold: &&SoldShipping<'_>| !is_line(sale, sold, store);
    for sold in sale.shipping.iter().filter(in_header) {
        cost = cost.plus(sold.net)?;
        taxes.shipping(sold.net, sold.taxes.iter())?;
    }
    Ok(cost)
}

/// NetSuite's ship item: by code, then by title, then the default.
///
/// # Errors
///
/// `missing_setting` when the header has a cost and no ship item to hold it.
pub(super) fn method(
    sale: &Sale<'_>,
    store: &Store,
    cost: Money,
) -> Result<Option<Reference>, Problem> {
    let methods = &store.shipping.methods;
    let mapped = sale.shipping.iter().find_map(|sold| {
        let code = sold.source.code.as_ref().and_then(|code| methods.get(code));
        code.or_else(|| methods.get(&sold.source.title))
    });
    let default = store.shipping.default.as_ref();
    let method = mapped.or(default.filter(|_| !sale.shipping.is_empty()));
    if method.is_none() && !cost.is_zero() {
        return Err(missing(
            store,
            "shipping.default",
            "the order has a shipping cost and none of its shipping lines is in [store.shipping]",
        ));
    }
    Ok(method.map(Reference::id))
}
