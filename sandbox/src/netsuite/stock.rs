//! Stock by item and location: available = on hand − committed; orders commit in the order they came.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::state::now;

/// One item at one location.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Level {
    pub(crate) on_hand: Decimal,
    pub(crate) committed: Decimal,
    /// When `available` last changed.
    pub(crate) changed: DateTime<Utc>,
}

impl Level {
    pub(crate) fn available(&self) -> Decimal {
        self.on_hand - self.committed
    }
}

/// Item id and location id.
pub(crate) type Place = (u64, String);

#[derive(Debug, Default)]
pub(crate) struct Stock {
    pub(crate) levels: BTreeMap<Place, Level>,
    /// Open quantity per sales order.
    demand: BTreeMap<Place, BTreeMap<u64, Decimal>>,
}

impl Stock {
    /// Makes the quantity on hand exactly this.
    pub(crate) fn set_on_hand(&mut self, place: &Place, on_hand: Decimal) {
        self.change(place, |level| level.on_hand = on_hand);
    }

    /// Adds to the quantity on hand (receipt) or takes from it (shipment).
    pub(crate) fn add(&mut self, place: &Place, quantity: Decimal) {
        self.change(place, |level| level.on_hand += quantity);
    }

    pub(crate) fn on_hand(&self, place: &Place) -> Decimal {
        self.levels
            .get(place)
            .map_or(Decimal::ZERO, |level| level.on_hand)
    }

    /// Makes the open quantity of an order exactly this, at each place.
    pub(crate) fn set_demand(&mut self, order: u64, wanted: &BTreeMap<Place, Decimal>) {
        let had = self
            .demand
            .iter()
            .filter(|(_, orders)| orders.contains_key(&order));
        let mut places: Vec<Place> = had.map(|(place, _)| place.clone()).collect();
        places.extend(wanted.keys().cloned());
        for place in places {
            let orders = self.demand.entry(place.clone()).or_default();
            match wanted.get(&place) {
                Some(quantity) if !quantity.is_zero() => orders.insert(order, *quantity),
                Some(_) | None => orders.remove(&order),
            };
            self.change(&place, |_| {});
        }
    }

    /// What is committed to one order at a place, orders served by age.
    pub(crate) fn committed_to(&self, order: u64, place: &Place) -> Decimal {
        let Some(orders) = self.demand.get(place) else {
            return Decimal::ZERO;
        };
        let earlier: Decimal = orders.range(..order).map(|(_, quantity)| quantity).sum();
        let left = (self.on_hand(place) - earlier).max(Decimal::ZERO);
        orders
            .get(&order)
            .map_or(Decimal::ZERO, |quantity| left.min(*quantity))
    }

    fn change(&mut self, place: &Place, change: impl FnOnce(&mut Level)) {
        let demand: Decimal = self
            .demand
            .get(place)
            .into_iter()
            .flat_map(BTreeMap::values)
            .sum();
        let level = self.levels.entry(place.clone()).or_insert(Level {
            on_hand: Decimal::ZERO,
            committed: Decimal::ZERO,
            changed: now(),
        });
        let before = level.available();
        change(level);
        level.committed = demand.min(level.on_hand.max(Decimal::ZERO));
        if level.available() != before {
            level.changed = now();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_older_order_is_served_first_and_no_more_is_committed_than_is_there() {
        let mut stock = Stock::default();
        let place: Place = (1, "6".into());
        stock.set_on_hand(&place, 5.into());
        for (order, quantity) in [(11, 4), (10, 3)] {
            stock.set_demand(order, &[(place.clone(), Decimal::from(quantity))].into());
        }
        assert_eq!(stock.committed_to(10, &place), Decimal::from(3));
        assert_eq!(stock.committed_to(11, &place), Decimal::from(2));
        assert_eq!(stock.levels[&place].available(), Decimal::ZERO);
        stock.set_demand(10, &BTreeMap::new());
        assert_eq!(stock.committed_to(11, &place), Decimal::from(4));
        assert_eq!(stock.levels[&place].available(), Decimal::from(1));
    }
}
