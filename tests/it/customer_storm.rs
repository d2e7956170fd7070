//! Customers changed on both sides at once: equal afterwards, with few calls, and then nobody says a word.

use sandbox::netsuite::Kind;

use crate::customer_sync::{
    BOTH, calm, id_of, record, saved, street, streets, sweep, text, with, writes,
};
use crate::world::World;

const CUSTOMERS: usize = 40;
const ROUNDS: usize = 3;

/// A customer on both sides.
struct Pair {
    shopify: u64,
    netsuite: u64,
}

async fn pairs(world: &World) -> Vec<Pair> {
    let made: Vec<u64> = (0..CUSTOMERS)
        .map(|n| {
            let made = world.shop.create_customer(|it| {
                it.first_name = text("Ada");
                it.last_name = Some(format!("Number {n}"));
                it.email = Some(format!("ada{n}@example.com"));
                it.add_address(street(&format!("{n} Engine Road")));
            });
            made.unwrap()
        })
        .collect();
    calm(world).await;
    let pair = |shopify| Pair {
        shopify,
        netsuite: id_of(&record(world, shopify)),
    };
    made.into_iter().map(pair).collect()
}

/// Each customer changes on both sides in every round, one side at a time and the other while the first
/// is still being carried: names and addresses here, names and phone numbers there.
fn storm(world: &World, pairs: &[Pair]) {
    for round in 0..ROUNDS {
        for n in 0..pairs.len() {
            let name = format!("Shop {n} {round}");
            let changed = world.shop.change_customer(pairs[n].shopify, |it| {
                it.last_name = Some(name.clone());
                it.addresses[0].1.address1 = Some(name);
            });
            changed.unwrap();
            let there = (n + CUSTOMERS / 2) % CUSTOMERS;
            let body = serde_json::json!({
                "lastName": format!("Office {n} {round}"),
                "phone": format!("+1555010{there:02}{round}0"),
            });
            let id = pairs[there].netsuite;
            let edited = world.netsuite.person_edits(Kind::Customer, id, &body, &[]);
            edited.unwrap();
        }
    }
}

fn shopify_calls(world: &World) -> usize {
    world.shop.calls().len()
}

#[tokio::test]
async fn a_storm_on_both_sides_ends_equal_with_two_calls_a_change_and_then_nobody_speaks() {
    let world = with(BOTH).await;
    let pairs = pairs(&world).await;
    // The script is silent about our own writes, as it is installed.
    world.script(false);
    world.netsuite.reset_calls();
    world.shop.reset_calls();
    storm(&world, &pairs);
    calm(&world).await;
    let changes = 2 * ROUNDS * pairs.len();
    let calls = world.netsuite_calls().len() + shopify_calls(&world);
    assert!(calls <= 2 * changes, "{calls} calls for {changes} changes");
    for pair in &pairs {
        let shopify = world.shop.customer(pair.shopify).unwrap();
        let netsuite = record(&world, pair.shopify);
        assert_eq!(shopify.last_name.as_deref(), netsuite["lastName"].as_str());
        assert_eq!(shopify.phone.as_deref(), netsuite["phone"].as_str());
        assert_eq!(saved(&shopify), streets(&netsuite));
        // Only the shop changed the address, only NetSuite the phone number.
        assert!(
            saved(&shopify)[0].starts_with("Shop "),
            "{:?}",
            saved(&shopify)
        );
        assert!(netsuite["phone"].is_string());
    }

    world.netsuite.reset_calls();
    world.shop.reset_calls();
    for delivery in world.shop.deliveries() {
        world.shop.deliver_again(&delivery.webhook_id);
    }
    for _ in 0..3 {
        for owner in ["us", "netsuite"] {
            sweep(&world, owner).await;
        }
        calm(&world).await;
    }
    assert_eq!(writes(&world), (0, 0));
}
