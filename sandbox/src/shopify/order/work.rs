//! The warehouse's side: fulfillment orders, and the shipments that close them.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::super::state::Ids;
use super::{Order, Refusal};

/// A shipment to make.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fulfil {
    /// The first open one when absent.
    pub fulfillment_order: Option<u64>,
    /// Line items and quantities; empty ships all that remains.
    pub lines: Vec<(u64, u32)>,
    pub company: Option<String>,
    pub numbers: Vec<String>,
    pub urls: Vec<String>,
}

/// Work for one location.
#[derive(Clone, Debug)]
pub struct FulfillmentOrder {
    pub id: u64,
    pub location: u64,
    pub cancelled: bool,
    pub ships: bool,
    pub lines: Vec<FulfillmentOrderLine>,
    pub updated_at: DateTime<Utc>,
}

impl FulfillmentOrder {
    pub(crate) fn remaining(&self) -> u32 {
        self.lines.iter().map(|line| line.remaining).sum()
    }

    /// Takes units off what remains; all of it when nothing is named.
    fn ship(
        &mut self,
        asked: &[(u64, u32)],
        ids: &mut Ids,
    ) -> Result<Vec<FulfillmentLine>, Refusal> {
        let too_many =
            || Refusal::because("Invalid fulfillment order line item quantity requested.");
        let mut shipped = Vec::new();
        for line in &mut self.lines {
            let quantity = match asked.iter().find(|(id, _)| *id == line.line) {
                Some((_, quantity)) => *quantity,
                None if asked.is_empty() => line.remaining,
                None => continue,
            };
            line.remaining = line.remaining.checked_sub(quantity).ok_or_else(too_many)?;
            if quantity > 0 {
                shipped.push(FulfillmentLine {
                    id: ids.take(),
                    line: line.line,
                    quantity,
                });
            }
        }
        Ok(shipped)
    }

    /// As GraphQL names it.
    pub(crate) fn status(&self) -> &'static str {
        let total: u32 = self.lines.iter().map(|line| line.total).sum();
        match self.remaining() {
            0 => "CLOSED",
            remaining if remaining < total => "IN_PROGRESS",
            _ => "OPEN",
        }
    }
}

#[derive(Clone, Debug)]
pub struct FulfillmentOrderLine {
    pub id: u64,
    pub line: u64,
    pub total: u32,
    pub remaining: u32,
}

/// A shipment.
#[derive(Clone, Debug)]
pub struct Fulfillment {
    pub id: u64,
    pub name: String,
    pub location: u64,
    pub fulfillment_order: u64,
    pub cancelled: bool,
    pub company: Option<String>,
    pub numbers: Vec<String>,
    pub urls: Vec<String>,
    pub lines: Vec<FulfillmentLine>,
    pub at: DateTime<Utc>,
}

#[derive(Clone, Debug)]
pub struct FulfillmentLine {
    pub id: u64,
    pub line: u64,
    pub quantity: u32,
}

impl Order {
    /// Ships units of one fulfillment order.
    pub(crate) fn fulfil(
        &mut self,
        fulfil: &Fulfil,
        ids: &mut Ids,
        at: DateTime<Utc>,
    ) -> Result<u64, Refusal> {
        let wanted = |order: &&mut FulfillmentOrder| match fulfil.fulfillment_order {
            Some(id) => order.id == id,
            None => order.remaining() > 0,
        };
        let work = self
            .fulfillment_orders
            .iter_mut()
            .find(wanted)
            .filter(|order| order.remaining() > 0)
            .ok_or(Refusal::because("Fulfillment order is closed."))?;
        let shipped = work.ship(&fulfil.lines, ids)?;
        work.updated_at = at;
        let (location, fulfillment_order) = (work.location, work.id);
        for line in &mut self.lines {
            let units = shipped.iter().filter(|shipped| shipped.line == line.id);
            line.fulfilled += units.map(|shipped| shipped.quantity).sum::<u32>();
        }
        let id = ids.take();
        self.fulfillments.push(Fulfillment {
            id,
            name: format!("{}.{}", self.name, self.fulfillments.len() + 1),
            location,
            fulfillment_order,
            cancelled: false,
            company: fulfil.company.clone(),
            numbers: fulfil.numbers.clone(),
            urls: fulfil.urls.clone(),
            lines: shipped,
            at,
        });
        Ok(id)
    }

    /// One fulfillment order for each location and kind of delivery. Tips and gift cards are no work for anybody.
    pub(crate) fn plan_fulfillment(
        &mut self,
        wished: &[Option<u64>],
        location: u64,
        ids: &mut Ids,
    ) {
        let mut orders: Vec<FulfillmentOrder> = Vec::new();
        for (index, line) in self.lines.iter().enumerate() {
            let open = line.current_quantity.saturating_sub(line.fulfilled);
            if line.tip.is_some() || line.gift_card || open == 0 {
                continue;
            }
            let at = wished.get(index).copied().flatten().unwrap_or(location);
            let work = FulfillmentOrderLine {
                id: ids.take(),
                line: line.id,
                total: open,
                remaining: open,
            };
            let same = |order: &&mut FulfillmentOrder| {
                order.location == at && order.ships == line.requires_shipping
            };
            match orders.iter_mut().find(same) {
                Some(order) => order.lines.push(work),
                None => orders.push(FulfillmentOrder {
                    id: ids.take(),
                    location: at,
                    cancelled: false,
                    ships: line.requires_shipping,
                    lines: vec![work],
                    updated_at: self.created_at,
                }),
            }
        }
        self.fulfillment_orders = orders;
    }
}
