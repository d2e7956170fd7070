//! The sweep over many customers: a page for 250, and work for the changed ones only.

use sandbox::shopify::Customer;
use serde_json::json;

use crate::customer_sync::{record, sweep, writes};
use crate::world::{Change, World};

const ALL: usize = 2000;
const CHANGED: usize = 20;

/// Customers that are linked, and of which every hundredth changed while nobody listened.
async fn linked(world: &World) -> Vec<u64> {
    let mut changed = Vec::new();
    for n in 0..ALL {
        let id = world
            .shop
            .add_customer(&format!("buyer{n}@example.com"), None);
        if n % (ALL / CHANGED) == 0 {
            changed.push(id);
        }
    }
    let customers = world.shop.customers();
    assert_eq!(customers.len(), ALL);
    let netsuite = |customer: &Customer| {
        if !changed.contains(&customer.id) {
            return format!("none-{}", customer.id);
        }
        let seed = json!({
            "isPerson": false, "companyName": format!("Buyer {}", customer.id), "email": "before@example.com",
            "externalId": format!("cust-us-{}", customer.id), "subsidiary": { "id": "2" },
        });
        world.netsuite.seed_customer(&seed).unwrap().to_string()
    };
    let records: Vec<String> = customers.iter().map(|it| netsuite(it)).collect();
    let ids: Vec<String> = customers.iter().map(|it| it.id.to_string()).collect();
    let is_changed: Vec<bool> = customers
        .iter()
        .map(|it| changed.contains(&it.id))
        .collect();
    let versions: Vec<_> = customers.iter().map(|it| it.updated_at).collect();
    sqlx::query(
        "with these as (select * from unnest($1::text[], $2::text[], $3::bool[], $4::timestamptz[]) as it (id, record, changed, version)),
         linked as (insert into link (kind, store, shopify_id, netsuite_id, document, record, origin)
             select 'customer', 'us', id, record, 'customer/us/' || id, 'customer', 'written' from these)
         insert into outbox (document, kind, owner, priority, state, outcome, claims, ended, seen_version)
             select 'customer/us/' || id, 'customer', 'us', 3, 'settled', 'applied', 1, 1,
                 version - case when changed then interval '1 minute' else interval '0' end from these",
    )
    .bind(&ids)
    .bind(&records)
    .bind(&is_changed)
    .bind(&versions)
    .execute(&world.database.pool)
    .await
    .unwrap();
    changed
}

#[tokio::test]
async fn a_sweep_reads_a_page_for_250_customers_and_works_on_the_changed_ones_only() {
    let world = World::with(Change {
        customers: "create = \"at_once\"",
        ..Change::default()
    })
    .await;
    // The first regular sweep has nothing to find.
    let first = "select (count(*) = 1)::int::int8 from sweep where kind = 'customer' and store = 'us' and finished_at is not null";
    world.database.until(first).await;
    let changed = linked(&world).await;
    world.shop.reset_calls();
    world.netsuite.reset_calls();
    sweep(&world, "us").await;
    world.drain_well().await;
    assert_eq!(world.shop.calls_of("CustomersQuery"), ALL / 250);
    assert_eq!(world.shop.calls_of("CustomerQuery"), CHANGED);
    assert_eq!(world.netsuite_calls().len(), 2 * CHANGED);
    assert_eq!(writes(&world), (CHANGED, 0));
    for customer in changed {
        let email = world.shop.customer(customer).unwrap().email.clone();
        assert_eq!(record(&world, customer)["email"].as_str(), email.as_deref());
    }
}
