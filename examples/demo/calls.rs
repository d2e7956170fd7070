//! What an order costs in calls, counted by the twins.
//!
//! The same customers order twice: first as new ones, then as known ones, with known items.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::bail;
use rust_decimal::Decimal;
use sandbox::shopify::{PlaceOrder, line};

use crate::Twins;
use crate::service::Settings;

/// The orders' own calls: a flow of its own follows customers, and `customers` counts what that costs.
pub(crate) const SETTINGS: Settings = Settings {
    sweeps: "order = \"5s\"\nitem = \"5s\"",
    customers: "direction = \"off\"",
};

const PATIENCE: Duration = Duration::from_secs(300);

/// Lets `orders` orders of new customers be booked, then as many of the same customers; prints what
/// each cost.
pub(crate) async fn measure(twins: &Twins, orders: usize) -> anyhow::Result<()> {
    // Token, currencies and items are asked for once, and kept.
    trade(twins, 1, "warm-up").await?;
    for who in ["new", "known"] {
        twins.netsuite.reset_calls();
        twins.shop.reset_calls();
        let began = Instant::now();
        trade(twins, orders, "buyer").await?;
        tell(twins, orders, who, began.elapsed());
    }
    Ok(())
}

/// Places the orders, and waits until each is booked and its id shown in the shop.
async fn trade(twins: &Twins, orders: usize, who: &str) -> anyhow::Result<()> {
    let wanted = twins.netsuite.deposits().len() + orders;
    for number in 0..orders {
        // Each customer has a name of its own: a taken one would cost two calls more.
        let mut order = PlaceOrder {
            email: Some(format!("{who}-{number}@example.com")),
            ..PlaceOrder::of([line("MUG", 1)])
        };
        let addresses = [&mut order.billing_address, &mut order.shipping_address];
        for address in addresses.into_iter().flatten() {
            address.last_name = Some(format!("{who} {number}"));
        }
        twins.shop.place_order(order);
    }
    let began = Instant::now();
    while twins.netsuite.deposits().len() < wanted || twins.shop.metafields().len() < wanted {
        if began.elapsed() > PATIENCE {
            bail!("{} of {wanted} deposits", twins.netsuite.deposits().len());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    twins.shop.settle().await?;
    Ok(())
}

fn tell(twins: &Twins, orders: usize, who: &str, took: Duration) {
    let mut netsuite = BTreeMap::<String, usize>::new();
    for call in twins.netsuite.calls() {
        // The last part of the path is an id or a record.
        let path = call.path.trim_start_matches("/services/rest/");
        *netsuite
            .entry(format!("{} {path}", call.method))
            .or_default() += 1;
    }
    let all: usize = netsuite.values().sum();
    println!(
        "\n{orders} orders of {who} customers, all booked after {} ms",
        took.as_millis()
    );
    println!("  NetSuite: {} calls an order", per(all, orders));
    for (call, count) in netsuite {
        println!("    {:>8}  {call}", per(count, orders));
    }
    let mut shopify = BTreeMap::<String, usize>::new();
    for call in twins.shop.calls() {
        *shopify.entry(call.operation).or_default() += 1;
    }
    println!(
        "  Shopify: {} calls an order",
        per(shopify.values().sum(), orders)
    );
    for (call, count) in shopify {
        println!("    {:>8}  {call}", per(count, orders));
    }
}

fn per(count: usize, orders: usize) -> Decimal {
    (Decimal::from(count) / Decimal::from(orders)).round_dp(2)
}
