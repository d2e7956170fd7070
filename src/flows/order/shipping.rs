//! Shipping: the header's cost, or lines of its own.

use super::lines::priced;
use super::sale::Sale;
use super::setting::{missing, required};
use super::tax::Taxes;
use crate::config::Store;
use crate::config::store::ShippingForm;
use crate::money::Money;
use crate::netsuite::reference::Reference;
use crate::netsuite::sale::Line;
use crate::problem::Problem;

/// What the store wants; a line where the document would have none, which NetSuite refuses.
fn form(sale: &Sale<'_>, store: &Store) -> ShippingForm {
    if sale.lines.is_empty() && sale.extras.is_empty() {
        ShippingForm::Line
    } else {
        store.shipping.form
    }
}

/// The shipping lines, where there are to be lines.
pub(super) fn lines(
    sale: &Sale<'_>,
    store: &Store,
    taxes: &mut Taxes<'_>,
) -> Result<Vec<Line>, Problem> {
    let mut lines = Vec::new();
    if form(sale, store) != ShippingForm::Line {
        return Ok(lines);
    }
    for sold in &sale.shipping {
        let item = required(
            store,
            "items.shipping",
            store.items.shipping.as_ref(),
            match store.shipping.form {
                ShippingForm::Line => "shipping is booked as a line",
                ShippingForm::Header => {
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
    if form(sale, store) != ShippingForm::Header {
        return Ok(cost);
    }
    for sold in &sale.shipping {
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
