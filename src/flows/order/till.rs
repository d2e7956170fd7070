//! The payment inside a cash sale: one tender to its account, further tenders as negative lines.

use super::lines::priced;
use super::payments::{receipts, tender};
use super::setting::required;
use crate::config::Store;
use crate::money::Money;
use crate::netsuite::customer_deposit::Tender;
use crate::netsuite::sale::Line;
use crate::problem::{Code, Problem};
use crate::shopify::order::Order;

/// How a cash sale is paid.
pub(super) struct Till {
    /// The tender that the document books itself.
    pub(super) tender: Tender,
    /// What that tender pays: the document's total.
    pub(super) taken: Money,
    /// The other tenders.
    pub(super) lines: Vec<Line>,
}

impl Till {
    /// The largest gateway is the document's own tender.
    ///
    /// # Errors
    ///
    /// `source_contradicts` when the payments do not add up to `total`.
    pub(super) fn of(order: &Order, store: &Store, total: Money) -> Result<Self, Problem> {
        let mut gateways: Vec<(Option<&str>, Money)> = Vec::new();
        for receipt in receipts(order)? {
            let gateway = receipt.source.gateway.as_deref();
            match gateways.iter_mut().find(|(known, _)| *known == gateway) {
                Some((_, sum)) => *sum = sum.plus(receipt.amount)?,
                None => gateways.push((gateway, receipt.amount)),
            }
        }
        let paid = order.currency.sum(gateways.iter().map(|(_, sum)| *sum))?;
        if paid != total {
            return Err(Problem::new(
                Code::SourceContradicts,
                format!(
                    "{} is booked as a cash sale of {total}, and its payments add up to {paid}",
                    order.name
                ),
            )
            .because(order.id));
        }
        // The earlier of two equal ones, so that the same order always gives the same document.
        gateways.sort_by_key(|(_, sum)| -sum.minor);
        let mut gateways = gateways.into_iter();
        let Some((gateway, taken)) = gateways.next() else {
            return Ok(Self {
                tender: Tender {
                    undep_funds: true,
                    ..Tender::default()
                },
                taken: total,
                lines: Vec::new(),
            });
        };
        Ok(Self {
            tender: tender(gateway, order.currency, store)?,
            taken,
            lines: gateways
                .map(|(gateway, sum)| line(gateway.unwrap_or("default"), sum, store))
                .collect::<Result<_, _>>()?,
        })
    }
}

pub(super) fn line(gateway: &str, sum: Money, store: &Store) -> Result<Line, Problem> {
    let item = required(
        store,
        &format!("items.tender.{gateway}"),
        store.items.tender.get(gateway),
        &format!("a cash sale is paid in part by `{gateway}`"),
    )?;
    let mut line = priced(item, format!("tender-{gateway}"), 1, sum.times(-1)?);
    line.description = Some(format!("Paid by {gateway}"));
    Ok(line)
}
