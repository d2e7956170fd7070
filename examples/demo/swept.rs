//! What a sweep over many customers costs in calls, counted by the twins.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use sandbox::shopify::Customer;
use serde_json::json;
use sqlx::PgPool;

use crate::Twins;
use crate::customers::{tell, until_quiet};
use crate::service::{Service, Settings};

pub(crate) const SETTINGS: Settings = Settings {
    sweeps: "order = \"1h\"\nitem = \"1h\"\nfulfillment = \"1h\"\ncustomer = \"1h\"",
    customers: "create = \"at_once\"",
};

/// One in so many changed while nobody listened.
const CHANGED: usize = 500;

/// The first regular sweep is over by then.
const FIRST: Duration = Duration::from_secs(3);

/// Sweeps over `count` linked customers, of whom few changed; prints what it cost.
pub(crate) async fn measure(
    twins: &Twins,
    service: &Service,
    database: &str,
    count: usize,
) -> anyhow::Result<()> {
    tokio::time::sleep(FIRST).await;
    let changed = linked(twins, database, count).await?;
    twins.netsuite.reset_calls();
    twins.shop.reset_calls();
    let began = Instant::now();
    service.sweep("customer", Some("us")).await?;
    // Each changed customer is read, compared and written.
    while twins.shop.calls_of("CustomerQuery") < changed.len() {
        if began.elapsed() > Duration::from_secs(1800) {
            bail!("the sweep does not end:\n{}", service.last_words());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    until_quiet(twins, service).await?;
    println!(
        "\na sweep over {count} customers, {} of them changed, done after {} ms",
        changed.len(),
        began.elapsed().as_millis()
    );
    tell(twins, 0);
    Ok(())
}

async fn linked(twins: &Twins, database: &str, count: usize) -> anyhow::Result<Vec<u64>> {
    let mut changed = Vec::new();
    for number in 0..count {
        let email = format!("buyer-{number}@example.com");
        let id = twins.shop.add_customer(&email, None);
        if number % CHANGED == 0 {
            changed.push(id);
        }
    }
    let customers = twins.shop.customers();
    let record = |customer: &Customer| {
        if !changed.contains(&customer.id) {
            return Ok(format!("none-{}", customer.id));
        }
        let seed = json!({
            "isPerson": false, "companyName": format!("Buyer {}", customer.id), "email": "before@example.com",
            "externalId": format!("cust-us-{}", customer.id), "subsidiary": { "id": "2" },
        });
        let seeded = twins.netsuite.seed_customer(&seed);
        let id = seeded.map_err(|refusal| anyhow::anyhow!("{refusal:?}"))?;
        anyhow::Ok(id.to_string())
    };
    let records: Vec<String> = customers
        .iter()
        .map(|it| record(it))
        .collect::<anyhow::Result<_>>()?;
    let ids: Vec<String> = customers.iter().map(|it| it.id.to_string()).collect();
    let is_changed: Vec<bool> = customers
        .iter()
        .map(|it| changed.contains(&it.id))
        .collect();
    let versions: Vec<_> = customers.iter().map(|it| it.updated_at).collect();
    let pool = PgPool::connect(database).await.context("no database")?;
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
    .execute(&pool)
    .await?;
    Ok(changed)
}
