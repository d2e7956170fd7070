//! What a life costs in NetSuite calls, counted by the twin.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rust_decimal::Decimal;
use sandbox::netsuite::{Call, Transaction};

use super::books::Books;
use crate::world::World;

/// The calls of each life, by its kind; and those that served several, as read-backs do.
#[derive(Default)]
pub(super) struct Costs {
    lives: BTreeMap<&'static str, Vec<u64>>,
    shared: u64,
}

impl Costs {
    /// Adds what these lives have cost since the last reset.
    pub(super) fn count(
        &mut self,
        world: &World,
        lives: &[(u64, &'static str)],
        all: &[Transaction],
    ) {
        let mut owners: BTreeMap<String, usize> = BTreeMap::new();
        for (index, (id, _)) in lives.iter().enumerate() {
            let order = world.shop.order(*id).unwrap();
            owners.insert(order.id.to_string(), index);
            owners.extend(
                order
                    .transactions
                    .iter()
                    .map(|it| (it.id.to_string(), index)),
            );
            owners.extend(order.refunds.iter().map(|it| (it.id.to_string(), index)));
            owners.extend(order.returns.iter().map(|it| (it.id.to_string(), index)));
            owners.extend(order.email.iter().map(|it| (it.clone(), index)));
            owners.extend(order.customer.map(|it| (it.to_string(), index)));
            for document in Books::of(&order, all).documents {
                owners.insert(document.id.to_string(), index);
            }
        }
        let mut counts = vec![0; lives.len()];
        for call in world.netsuite.calls() {
            let mut of: BTreeSet<usize> = words(&call)
                .filter_map(|it| owners.get(&it).copied())
                .collect();
            match (of.pop_first(), of.is_empty()) {
                (Some(one), true) => counts[one] += 1,
                _ if call.path.contains("oauth2") => {}
                _ => self.shared += 1,
            }
        }
        for ((_, kind), count) in lives.iter().zip(counts) {
            self.lives.entry(kind).or_default().push(count);
        }
    }
}

/// The ids and addresses that a call names.
fn words(call: &Call) -> impl Iterator<Item = String> {
    let params = call.body["params"].as_array().cloned().unwrap_or_default();
    let values = params.into_iter().chain([call.body["externalId"].clone()]);
    let texts: Vec<String> = values
        .map(|value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        })
        .chain([call.path.clone()])
        .collect();
    texts.into_iter().flat_map(|text| {
        let parts = text.split(['/', '-', ':', '_']).map(str::to_owned);
        parts.chain([text.clone()]).collect::<Vec<_>>()
    })
}

impl fmt::Display for Costs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "NetSuite calls of a life         lives    mean     p50     p99    most"
        )?;
        let all: Vec<u64> = self.lives.values().flatten().copied().collect();
        let kinds = self.lives.iter().map(|(kind, counts)| (*kind, counts));
        for (kind, counts) in kinds.chain([("all", &all)]) {
            let mut sorted = counts.clone();
            sorted.sort_unstable();
            let at = |percent: usize| sorted[(sorted.len() - 1) * percent / 100];
            writeln!(
                f,
                "{kind:30} {:>7} {:>7} {:>7} {:>7} {:>7}",
                sorted.len(),
                mean(sorted.iter().sum(), sorted.len()),
                at(50),
                at(99),
                at(100)
            )?;
        }
        write!(
            f,
            "and {} a life in calls for several at once, such as reading back",
            mean(self.shared, all.len())
        )
    }
}

fn mean(sum: u64, of: usize) -> Decimal {
    (Decimal::from(sum) / Decimal::from(of.max(1))).round_dp(2)
}
