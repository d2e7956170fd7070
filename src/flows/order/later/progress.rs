//! How far NetSuite has carried an order, read off its books.

use std::collections::HashMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::Scene;
use crate::flows::order::standing::{Carried, Progress};
use crate::netsuite::books::{BookDocument, BookLine, LineKind};

/// The documents that take money back.
pub(super) const CREDITS: [&str; 2] = ["creditmemo", "cashrefund"];

impl Scene<'_> {
    pub(super) fn progress(&self) -> Progress {
        let mut progress = Progress {
            at_once: self.is_cash_sale(),
            any_billed: self.invoices().next().is_some(),
            ..Progress::default()
        };
        let order = self.books.order();
        for line in order.into_iter().flat_map(|order| &order.lines) {
            if let Some(key) = sold_line(line) {
                let carried = Carried {
                    done: units(line.fulfilled)
                        .max(self.picked(key))
                        .max(units(line.billed)),
                    billed: units(line.billed),
                };
                progress.lines.insert(key.to_owned(), carried);
            }
        }
        for credit in CREDITS.iter().flat_map(|record| self.books.of(record)) {
            let to = match self.taking_of(credit) {
                Some(name) => progress.credited.entry(name).or_default(),
                None => &mut progress.by_hand,
            };
            add_units(to, credit);
        }
        for authorized in self.books.of("returnauthorization") {
            let is_credited = CREDITS
                .iter()
                .flat_map(|record| self.books.of(record))
                .any(|credit| credit.created_from.contains(&authorized.id));
            if !is_credited && self.taking_of(authorized).is_none() {
                add_units(&mut progress.by_hand, authorized);
            }
        }
        progress
    }

    /// Units of a line on item fulfillments, shipped or not yet.
    fn picked(&self, key: &str) -> i64 {
        self.books
            .of("itemfulfillment")
            .map(|fulfillment| units_of(fulfillment, key))
            .sum()
    }

    /// The refund or return that a document of ours is about, without the number of its part.
    pub(super) fn taking_of(&self, document: &BookDocument) -> Option<String> {
        let id = &document.external_id.as_ref()?.0;
        let store = &self.draft.store.name;
        ["rma", "cm", "cr"].iter().find_map(|kind| {
            let name = id.strip_prefix(&format!("{kind}-{store}-"))?;
            Some(name.split("_part").next().unwrap_or(name).to_owned())
        })
    }
}

fn add_units(to: &mut HashMap<String, i64>, document: &BookDocument) {
    for line in &document.lines {
        if let Some(key) = sold_line(line) {
            *to.entry(key.to_owned()).or_default() += units(line.quantity);
        }
    }
}

/// The units of a Shopify line on a document.
pub(super) fn units_of(document: &BookDocument, key: &str) -> i64 {
    let lines = document.lines.iter();
    lines
        .filter(|line| sold_line(line) == Some(key))
        .map(|line| units(line.quantity))
        .sum()
}

/// The key of a line that is a Shopify line: digits.
fn sold_line(line: &BookLine) -> Option<&str> {
    let key = line
        .key
        .as_deref()
        .filter(|_| line.kind == LineKind::Item)?;
    let digits = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit());
    digits.then_some(key)
}

pub(super) fn units(quantity: Decimal) -> i64 {
    quantity.to_i64().unwrap_or_default()
}
