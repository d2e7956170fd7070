//! Sets the quantities, 250 a call. What a shop refuses is explained by itself; what moved is read again.

use std::collections::{BTreeMap, BTreeSet};

use super::known::BUNDLE;
use super::{Failed, Planned, Set};
use crate::flows::{Context, Shop};
use crate::journal::Journal;
use crate::link;
use crate::problem::{Code, Problem};
use crate::shopify::on_hand::NotSet;

/// Writes what is planned; what was not set is taken out of the plans. Gives the items to be read again.
pub(super) async fn apply(
    context: &Context,
    journal: &Journal,
    planned: &mut BTreeMap<String, Planned>,
) -> BTreeSet<String> {
    let mut by_place: BTreeMap<(String, u64), Vec<(String, Set)>> = BTreeMap::new();
    for (item, planned) in planned.iter_mut() {
        for set in std::mem::take(&mut planned.sets) {
            let place = (set.store.clone(), set.location);
            by_place.entry(place).or_default().push((item.clone(), set));
        }
    }
    let mut again = BTreeSet::new();
    for ((store, location), sets) in by_place {
        let Some(shop) = context.shops.get(&store) else {
            continue;
        };
        let wanted: Vec<_> = sets.iter().map(|(_, set)| set.on_hand.clone()).collect();
        let results = match shop.client.set_on_hand(journal, location, &wanted).await {
            Ok(results) => results,
            Err(error) => {
                let failed = Failed::of(&store, error);
                for (item, _) in sets {
                    if let Some(planned) = planned.get_mut(&item) {
                        planned.fail(&failed);
                    }
                }
                continue;
            }
        };
        for ((item, set), result) in sets.into_iter().zip(results) {
            let Some(planned) = planned.get_mut(&item) else {
                continue;
            };
            match result {
                Ok(()) => {
                    let shelf = (store.clone(), location, set.on_hand.item);
                    context.echoes.expect(shelf, set.available);
                    planned.sets.push(set);
                }
                Err(why) => {
                    if not_set(context, shop, planned, &item, &set, why).await {
                        again.insert(item);
                    }
                }
            }
        }
    }
    again
}

/// Notes why a quantity was not set; whether the item is to be read again.
async fn not_set(
    context: &Context,
    shop: &Shop,
    planned: &mut Planned,
    item: &str,
    set: &Set,
    why: NotSet,
) -> bool {
    let store = &shop.store.name;
    let problem = match why {
        NotSet::Stale => return true,
        NotSet::Gone | NotSet::Bundle => {
            let id = set.on_hand.item.to_string();
            if let Err(error) = link::forget(&context.pool, link::Kind::Item, store, &id).await {
                planned.fail(&error.into());
                return false;
            }
            if why == NotSet::Gone {
                return true;
            }
            let kept_for = context.config.timing.item_cache;
            let key = (store.clone(), item.to_owned());
            context.absent.put(key, BUNDLE.to_owned(), kept_for);
            planned.reasons.insert(BUNDLE.to_owned());
            return false;
        }
        NotSet::NoLocation => {
            let location = set.location;
            let what = format!(
                "the shop {store} has no location {location}, which [store.locations] names"
            );
            Problem::new(Code::MissingSetting, what).because(format!("locations.{location}"))
        }
        NotSet::Refused(refusal) => {
            let what = format!(
                "the shop {store} refuses the stock of item {item}: {}",
                refusal.detail
            );
            Problem::new(Code::Refused, what).because(&refusal.code)
        }
    };
    // What other places took stays taken.
    planned.failed = Some(Failed::of_flow(problem.into()));
    false
}
