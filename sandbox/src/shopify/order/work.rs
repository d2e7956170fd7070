//! The warehouse's side: fulfillment orders, and the shipments that close them.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::super::state::Ids;
use super::assign::Blocked;
use super::{Line, Order, Refusal};

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
    /// Mails the customer.
    pub notify: bool,
}

impl Fulfil {
    pub(crate) fn tracking(&self) -> Tracking {
        Tracking {
            company: self.company.clone(),
            numbers: self.numbers.clone(),
            urls: self.urls.clone(),
        }
    }
}

/// What one shipment takes, by fulfillment order and its own line ids; no lines means all that remains.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shipping {
    pub(crate) parts: Vec<(u64, Vec<(u64, u32)>)>,
    pub(crate) tracking: Tracking,
    /// Whether the customer gets a mail.
    pub(crate) notify: bool,
}

/// How a shipment can be followed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tracking {
    pub(crate) company: Option<String>,
    pub(crate) numbers: Vec<String>,
    pub(crate) urls: Vec<String>,
}

/// Work for one location.
#[derive(Clone, Debug)]
pub struct FulfillmentOrder {
    pub id: u64,
    pub location: u64,
    pub cancelled: bool,
    /// Why nothing can ship now, if so.
    pub blocked: Option<Blocked>,
    pub ships: bool,
    pub lines: Vec<FulfillmentOrderLine>,
    pub updated_at: DateTime<Utc>,
}

impl FulfillmentOrder {
    pub(crate) fn remaining(&self) -> u32 {
        self.lines.iter().map(|line| line.remaining).sum()
    }

    /// Takes units off what remains; all of it when no line is named.
    fn ship(
        &mut self,
        asked: &[(u64, u32)],
        ids: &mut Ids,
    ) -> Result<Vec<FulfillmentLine>, Refusal> {
        let too_many =
            || Refusal::because("Invalid fulfillment order line item quantity requested.");
        if asked
            .iter()
            .any(|(id, quantity)| *quantity == 0 || self.lines.iter().all(|line| line.id != *id))
        {
            return Err(too_many());
        }
        let mut shipped = Vec::new();
        for line in &mut self.lines {
            let quantity = match asked.iter().find(|(id, _)| *id == line.id) {
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

    /// A new one for the units of this one that come back.
    fn again(&self, back: &impl Fn(u64) -> u32, ids: &mut Ids, at: DateTime<Utc>) -> Self {
        let lines = self.lines.iter().map(|line| (line.line, back(line.line)));
        let lines = lines.filter(|(_, units)| *units > 0);
        Self {
            id: ids.take(),
            lines: lines
                .map(|(line, units)| FulfillmentOrderLine::of(line, units, ids))
                .collect(),
            updated_at: at,
            ..self.clone()
        }
    }

    /// As GraphQL names it.
    pub(crate) fn status(&self) -> &'static str {
        if self.cancelled {
            return "CLOSED";
        }
        let total: u32 = self.lines.iter().map(|line| line.total).sum();
        match self.remaining() {
            0 => "CLOSED",
            _ if self.blocked == Some(Blocked::OnHold) => "ON_HOLD",
            _ if self.blocked == Some(Blocked::Scheduled) => "SCHEDULED",
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

impl FulfillmentOrderLine {
    fn of(line: u64, units: u32, ids: &mut Ids) -> Self {
        Self {
            id: ids.take(),
            line,
            total: units,
            remaining: units,
        }
    }
}

/// A shipment.
#[derive(Clone, Debug)]
pub struct Fulfillment {
    pub id: u64,
    pub name: String,
    pub location: u64,
    pub fulfillment_orders: Vec<u64>,
    pub cancelled: bool,
    pub company: Option<String>,
    pub numbers: Vec<String>,
    pub urls: Vec<String>,
    pub lines: Vec<FulfillmentLine>,
    /// How many mails the customer got about it.
    pub mails: u32,
    pub at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Clone, Debug)]
pub struct FulfillmentLine {
    pub id: u64,
    pub line: u64,
    pub quantity: u32,
}

/// Units of this shipment are no longer in the order.
fn came_back(lines: &[Line], shipped: &FulfillmentLine) -> bool {
    let mut lines = lines.iter();
    let line = lines.find(|line| line.id == shipped.line);
    line.is_some_and(|line| line.shipped() < shipped.quantity)
}

impl Order {
    /// Ships units of one fulfillment order, named by the order's own lines.
    pub(crate) fn fulfil(
        &mut self,
        fulfil: &Fulfil,
        ids: &mut Ids,
        at: DateTime<Utc>,
    ) -> Result<u64, Refusal> {
        let wanted = |order: &&FulfillmentOrder| match fulfil.fulfillment_order {
            Some(id) => order.id == id,
            None => order.remaining() > 0,
        };
        let work = self.fulfillment_orders.iter().find(wanted);
        let work = work.ok_or(Refusal::because("Fulfillment order is closed."))?;
        let line = |(id, quantity): &(u64, u32)| {
            let line = work.lines.iter().find(|line| line.line == *id);
            (line.map_or(0, |line| line.id), *quantity)
        };
        let shipping = Shipping {
            parts: vec![(work.id, fulfil.lines.iter().map(line).collect())],
            tracking: fulfil.tracking(),
            notify: fulfil.notify,
        };
        self.ship(&shipping, ids, at)
    }

    /// Ships from one location, out of one or more fulfillment orders.
    pub(crate) fn ship(
        &mut self,
        shipping: &Shipping,
        ids: &mut Ids,
        at: DateTime<Utc>,
    ) -> Result<u64, Refusal> {
        let mut lines = Vec::new();
        let mut locations = BTreeSet::new();
        for (id, asked) in &shipping.parts {
            let open = |order: &&mut FulfillmentOrder| {
                order.id == *id && order.remaining() > 0 && !order.cancelled
            };
            let work = self.fulfillment_orders.iter_mut().find(open);
            let work = work.ok_or(Refusal::because("Fulfillment order is closed."))?;
            if work.blocked.is_some() {
                return Err(Refusal::because("Fulfillment order is not open."));
            }
            lines.extend(work.ship(asked, ids)?);
            work.updated_at = at;
            locations.insert(work.location);
        }
        let location = match (locations.pop_first(), locations.len()) {
            (Some(location), 0) => location,
            (Some(_), _) => {
                return Err(Refusal::because(
                    "All fulfillment orders must be assigned to the same location.",
                ));
            }
            (None, _) => return Err(Refusal::because("Fulfillment order does not exist.")),
        };
        for line in &mut self.lines {
            let units = lines.iter().filter(|shipped| shipped.line == line.id);
            line.fulfilled += units.map(|shipped| shipped.quantity).sum::<u32>();
        }
        let id = ids.take();
        let tracking = shipping.tracking.clone();
        self.fulfillments.push(Fulfillment {
            id,
            name: format!("{}.{}", self.name, self.fulfillments.len() + 1),
            location,
            fulfillment_orders: shipping.parts.iter().map(|(id, _)| *id).collect(),
            cancelled: false,
            company: tracking.company,
            numbers: tracking.numbers,
            urls: tracking.urls,
            lines,
            mails: u32::from(shipping.notify),
            at,
            updated_at: at,
        });
        Ok(id)
    }

    /// Replaces the tracking of a shipment.
    pub(crate) fn track(
        &mut self,
        fulfillment: u64,
        tracking: Tracking,
        notify: bool,
        at: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let it = self.fulfillments.iter_mut().find(|it| it.id == fulfillment);
        let it = it.ok_or(Refusal::because("Fulfillment does not exist."))?;
        it.company = tracking.company;
        it.numbers = tracking.numbers;
        it.urls = tracking.urls;
        it.mails += u32::from(notify);
        it.updated_at = at;
        Ok(())
    }

    /// Takes a shipment back: a fulfillment order that is still open gets its units again, a closed one is replaced.
    pub(crate) fn cancel_fulfillment(
        &mut self,
        fulfillment: u64,
        ids: &mut Ids,
        at: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let it = self.fulfillments.iter_mut().find(|it| it.id == fulfillment);
        let it = it.ok_or(Refusal::because("Fulfillment does not exist."))?;
        if it.cancelled {
            return Err(Refusal::because("Fulfillment is already cancelled."));
        }
        if it
            .lines
            .iter()
            .any(|shipped| came_back(&self.lines, shipped))
        {
            return Err(Refusal::because("Returned units cannot be unfulfilled."));
        }
        it.cancelled = true;
        it.updated_at = at;
        for line in &mut self.lines {
            let units = it.lines.iter().filter(|shipped| shipped.line == line.id);
            line.fulfilled -= units.map(|shipped| shipped.quantity).sum::<u32>();
        }
        let back = |line: u64| -> u32 {
            let units = it.lines.iter().filter(|shipped| shipped.line == line);
            units.map(|shipped| shipped.quantity).sum()
        };
        let mut replacements = Vec::new();
        for work in self
            .fulfillment_orders
            .iter_mut()
            .filter(|work| it.fulfillment_orders.contains(&work.id))
        {
            if work.remaining() > 0 {
                work.lines
                    .iter_mut()
                    .for_each(|line| line.remaining += back(line.line));
                continue;
            }
            replacements.push(work.again(&back, ids, at));
        }
        self.fulfillment_orders.extend(replacements);
        Ok(())
    }

    /// One fulfillment order for each location and kind of delivery.
    pub(crate) fn plan_fulfillment(
        &mut self,
        wished: &[Option<u64>],
        location: u64,
        ids: &mut Ids,
    ) {
        let lines: Vec<_> = self
            .lines
            .iter()
            .map(|line| (line.id, line.unfulfilled()))
            .collect();
        for (index, (id, open)) in lines.into_iter().enumerate() {
            let at = wished.get(index).copied().flatten().unwrap_or(location);
            self.add_work(id, open, at, ids, self.created_at);
        }
    }

    /// Units to ship, in an untouched fulfillment order of the location or a new one. Tips and gift cards are no work
    /// for anybody.
    pub(super) fn add_work(
        &mut self,
        id: u64,
        units: u32,
        location: u64,
        ids: &mut Ids,
        at: DateTime<Utc>,
    ) {
        let Some(line) = self.line(id) else { return };
        if line.tip.is_some() || line.gift_card || units == 0 {
            return;
        }
        let ships = line.requires_shipping;
        let open = |work: &&mut FulfillmentOrder| {
            work.location == location && work.ships == ships && work.status() == "OPEN"
        };
        let Some(work) = self.fulfillment_orders.iter_mut().find(open) else {
            let line = FulfillmentOrderLine::of(id, units, ids);
            self.fulfillment_orders.push(FulfillmentOrder {
                id: ids.take(),
                location,
                cancelled: false,
                blocked: None,
                ships,
                lines: vec![line],
                updated_at: at,
            });
            return;
        };
        work.updated_at = at;
        match work.lines.iter_mut().find(|line| line.line == id) {
            Some(line) => {
                line.total += units;
                line.remaining += units;
            }
            None => work.lines.push(FulfillmentOrderLine::of(id, units, ids)),
        }
    }
}
