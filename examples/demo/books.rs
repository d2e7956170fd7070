//! Both sides, order by order.

use std::fmt;

use rust_decimal::Decimal;

use crate::Twins;
use crate::day::{End, Expected};

/// What the shop says and what NetSuite holds.
pub(crate) struct Books {
    rows: Vec<Row>,
    /// Sales orders of no order of the day.
    strangers: usize,
}

struct Row {
    name: String,
    story: &'static str,
    end: End,
    shopify: Decimal,
    received: Decimal,
    sales_orders: Vec<Decimal>,
    deposits: Decimal,
    /// Whether the shop shows the NetSuite id.
    shown: bool,
}

impl Books {
    pub(crate) fn of(twins: &Twins, expected: &[Expected]) -> Self {
        let sales_orders = twins.netsuite.sales_orders();
        let deposits = twins.netsuite.deposits();
        let rows: Vec<Row> = expected
            .iter()
            .filter_map(|expected| {
                let order = twins.shop.order(expected.order)?;
                let external_id = format!("so-us-{}", order.id);
                let ours: Vec<_> = sales_orders
                    .iter()
                    .filter(|found| found.external_id.as_ref() == Some(&external_id))
                    .collect();
                let ids: Vec<u64> = ours.iter().map(|found| found.id).collect();
                let paid = deposits
                    .iter()
                    .filter(|deposit| deposit.sales_order.is_some_and(|id| ids.contains(&id)));
                let owner = format!("gid://shopify/Order/{}", order.id);
                Some(Row {
                    name: order.name.clone(),
                    story: expected.story,
                    end: expected.end,
                    shopify: order.totals.price.shop,
                    received: order.totals.received.shop,
                    sales_orders: ours.iter().map(|found| found.total).collect(),
                    deposits: paid.map(|deposit| deposit.total).sum(),
                    shown: twins
                        .shop
                        .metafield(&owner, "waybill", "netsuite_id")
                        .is_some(),
                })
            })
            .collect();
        let known: usize = rows.iter().map(|row| row.sales_orders.len()).sum();
        Self {
            strangers: sales_orders.len().saturating_sub(known),
            rows,
        }
    }

    /// Whether every order is as it should be, once, and nothing else is there.
    pub(crate) fn agree(&self) -> bool {
        self.strangers == 0 && self.rows.iter().all(Row::agrees)
    }
}

impl Row {
    fn agrees(&self) -> bool {
        match self.end {
            End::Booked => {
                self.sales_orders == [self.shopify] && self.deposits == self.received && self.shown
            }
            End::Absent(_) => self.sales_orders.is_empty() && self.deposits.is_zero(),
        }
    }
}

impl fmt::Display for Books {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<7} {:>10} {:>12} {:>10}       ",
            "order", "Shopify", "sales order", "deposits"
        )?;
        for row in &self.rows {
            let sales_order = match row.sales_orders.as_slice() {
                [] => "–".to_owned(),
                [one] => one.to_string(),
                several => format!("{} times!", several.len()),
            };
            let verdict = match (row.agrees(), row.end) {
                (true, End::Booked) => "equal   ".to_owned(),
                (true, End::Absent(why)) => format!("not booked: {why}"),
                (false, _) => "DIFFERS ".to_owned(),
            };
            writeln!(
                f,
                "{:<7} {:>10} {sales_order:>12} {:>10}  {verdict}  {}",
                row.name, row.shopify, row.deposits, row.story
            )?;
        }
        let booked = || self.rows.iter().filter(|row| row.end == End::Booked);
        let shopify: Decimal = booked().map(|row| row.shopify).sum();
        let netsuite: Decimal = self.rows.iter().flat_map(|row| &row.sales_orders).sum();
        let received: Decimal = booked().map(|row| row.received).sum();
        let deposits: Decimal = self.rows.iter().map(|row| row.deposits).sum();
        writeln!(
            f,
            "{:<7} {shopify:>10} {netsuite:>12} {deposits:>10}",
            "total"
        )?;
        let agree = if self.agree() {
            "both sides agree"
        } else {
            "BOTH SIDES DO NOT AGREE"
        };
        write!(
            f,
            "received in Shopify {received}, deposited in NetSuite {deposits}: {agree}"
        )?;
        if self.strangers > 0 {
            write!(f, "; {} sales orders belong to no order", self.strangers)?;
        }
        Ok(())
    }
}
