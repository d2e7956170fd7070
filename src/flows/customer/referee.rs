//! Who is right about a part of a customer: its owner, or whoever changed it. Pure.

use super::links::Hashes;
use crate::config::store::{Customers, Owner};

/// A side of the pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Shopify,
    Netsuite,
}

/// Which side is not as it was when both were last equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Changed {
    pub(super) shopify: bool,
    pub(super) netsuite: bool,
}

impl Changed {
    /// Nobody has compared the two: either may have changed.
    pub(super) const UNKNOWN: Self = Self {
        shopify: true,
        netsuite: true,
    };

    pub(super) fn since(now: &Option<Hashes>, last: &Option<Hashes>) -> Self {
        let (Some(now), Some(last)) = (now, last) else {
            return Self::UNKNOWN;
        };
        Self {
            shopify: now.shopify != last.shopify,
            netsuite: now.netsuite != last.netsuite,
        }
    }

    pub(super) fn by(self, side: Side) -> bool {
        match side {
            Side::Shopify => self.shopify,
            Side::Netsuite => self.netsuite,
        }
    }
}

/// Who is right about a field.
pub(super) struct Referee<'a> {
    pub(super) settings: &'a Customers,
    /// The side that was changed last.
    pub(super) newer: Side,
}

impl Referee<'_> {
    /// The side whose value is to stand on both; none when nothing is to be written.
    pub(super) fn wins(&self, owner: Option<Owner>, changed: Changed) -> Option<Side> {
        let (to_netsuite, to_shopify) = (self.settings.to_netsuite(), self.settings.to_shopify());
        let side = match (owner, to_netsuite, to_shopify) {
            (Some(Owner::Shopify), _, _) | (None, true, false) => Side::Shopify,
            (Some(Owner::Netsuite), _, _) | (None, false, _) => Side::Netsuite,
            (Some(Owner::Newest), _, _) | (None, true, true) => self.newest(changed)?,
        };
        let may = match side {
            Side::Shopify => to_netsuite,
            Side::Netsuite => to_shopify,
        };
        may.then_some(side)
    }

    fn newest(&self, changed: Changed) -> Option<Side> {
        match (changed.shopify, changed.netsuite) {
            (true, false) => Some(Side::Shopify),
            (false, true) => Some(Side::Netsuite),
            (true, true) => Some(self.newer),
            (false, false) => None,
        }
    }
}
