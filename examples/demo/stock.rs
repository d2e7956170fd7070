//! What a change of stock costs in calls, counted by the twins.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::bail;
use rust_decimal::Decimal;
use sandbox::netsuite::SeedItem;

use crate::Twins;
use crate::service::{Service, Settings};

/// Nothing is swept but what is asked for, so that every call counted is one of the change.
pub(crate) const SETTINGS: Settings = Settings {
    sweeps: "order = \"1h\"\nitem = \"1h\"\nfulfillment = \"1h\"",
    customers: "",
};

const PATIENCE: Duration = Duration::from_secs(300);

/// The shop's location.
const HERE: u64 = 72_345_678;

/// What changed less than two seconds before a sweep is left to the next.
const UNSETTLED: Duration = Duration::from_secs(3);

/// Changes the stock of `count` items twice: first of items that the shop's variants are yet to be found
/// for, then of known ones. Prints what each cost.
pub(crate) async fn measure(twins: &Twins, service: &Service, count: usize) -> anyhow::Result<()> {
    let mut items = Vec::new();
    for number in 0..count {
        let sku = format!("SKU-{number}");
        twins.shop.add_variant(&sku, Decimal::TEN);
        items.push((twins.netsuite.seed_item(SeedItem::new(&sku)), sku));
    }
    // The first sweeps of all are over, and tokens and kits are known.
    tokio::time::sleep(UNSETTLED).await;
    for (who, quantity) in [("new", 5), ("known", 7)] {
        for (item, _) in &items {
            twins
                .netsuite
                .set_on_hand(*item, "6", Decimal::from(quantity));
        }
        tokio::time::sleep(UNSETTLED).await;
        twins.netsuite.reset_calls();
        twins.shop.reset_calls();
        let began = Instant::now();
        service.sweep("item", None).await?;
        while !shown(twins, &items, quantity) {
            if began.elapsed() > PATIENCE {
                bail!("the shop does not show all of it");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        tell(twins, count, who, began.elapsed());
    }
    Ok(())
}

fn shown(twins: &Twins, items: &[(u64, String)], quantity: i64) -> bool {
    let variants = twins.shop.variants().into_iter();
    let levels: BTreeMap<String, i64> = variants
        .filter_map(|it| Some((it.sku, it.levels.get(&HERE)?.on_hand)))
        .collect();
    items
        .iter()
        .all(|(_, sku)| levels.get(sku) == Some(&quantity))
}

fn tell(twins: &Twins, count: usize, who: &str, took: Duration) {
    let netsuite = twins.netsuite.calls();
    let netsuite = netsuite.iter().filter(|call| !call.path.contains("oauth2"));
    let mut calls = BTreeMap::from([("NetSuite SuiteQL".to_owned(), netsuite.count())]);
    for call in twins.shop.calls() {
        *calls
            .entry(format!("Shopify {}", call.operation))
            .or_default() += 1;
    }
    let all: usize = calls.values().sum();
    println!(
        "\n{count} changed quantities of {who} items, all in the shop after {} ms: {all} calls",
        took.as_millis()
    );
    for (call, number) in calls {
        println!("    {number:>5}  {call}");
    }
}
