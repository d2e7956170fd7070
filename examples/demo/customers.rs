//! What changes of customers on both sides cost in calls, counted by the twins.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rust_decimal::Decimal;
use sandbox::netsuite::{Callbacks, Kind};
use sandbox::shopify::Address;
use serde_json::{Value, json};

use crate::Twins;
use crate::service::{CALLBACK_SECRET, Service, Settings};

/// Customers travel both ways; what is swept here is asked for.
pub(crate) const SETTINGS: Settings = Settings {
    sweeps: "order = \"1h\"\nitem = \"1h\"\nfulfillment = \"1h\"\ncustomer = \"1h\"",
    customers: "direction = \"both\"\ncreate = \"at_once\"",
};

const PATIENCE: Duration = Duration::from_secs(900);
const LOOK: Duration = Duration::from_millis(100);

/// How many changes a customer sees on each side.
const ROUNDS: usize = 2;

/// Lets `count` changes happen on each side, overlapping, and waits until both sides are equal; then sweeps
/// both. Prints what each cost.
pub(crate) async fn measure(twins: &Twins, service: &Service, count: usize) -> anyhow::Result<()> {
    listen(twins, service);
    let pairs = bring_in(twins, service, count.div_ceil(ROUNDS)).await?;
    twins.netsuite.reset_calls();
    twins.shop.reset_calls();
    let began = Instant::now();
    storm(twins, &pairs, count)?;
    until_quiet(twins, service).await?;
    let equal = pairs.iter().filter(|pair| is_equal(twins, pair)).count();
    println!(
        "\n{count} changes on each side of {} customers, {equal} of them equal and all quiet after {} ms",
        pairs.len(),
        began.elapsed().as_millis()
    );
    tell(twins, 2 * count);
    if equal < pairs.len() {
        bail!("both sides differ:\n{}", service.last_words());
    }
    twins.netsuite.reset_calls();
    twins.shop.reset_calls();
    for owner in ["us", "netsuite"] {
        service.sweep("customer", Some(owner)).await?;
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    until_quiet(twins, service).await?;
    println!("\nsweeps over both sides, nothing having changed");
    tell(twins, 0);
    Ok(())
}

fn listen(twins: &Twins, service: &Service) {
    let door = service.door();
    for topic in ["customers/create", "customers/update"] {
        twins.shop.subscribe(topic, &door);
    }
    let url = service.callbacks();
    twins.netsuite.configure(|settings| {
        settings.callbacks = Some(Callbacks {
            url,
            secret: CALLBACK_SECRET.to_owned(),
            slow_ms: 30_000,
            ..Callbacks::default()
        });
    });
}

/// A customer on both sides.
struct Pair {
    shopify: u64,
    netsuite: u64,
}

async fn bring_in(twins: &Twins, service: &Service, count: usize) -> anyhow::Result<Vec<Pair>> {
    let mut made = Vec::new();
    for number in 0..count {
        let customer = twins.shop.create_customer(|it| {
            it.first_name = Some("Customer".to_owned());
            it.last_name = Some(format!("Number {number}"));
            it.email = Some(format!("customer-{number}@example.com"));
            it.add_address(Address {
                address1: Some(format!("{number} Engine Road")),
                ..Address::sample()
            });
        });
        made.push(customer.map_err(|refusal| anyhow::anyhow!("{refusal:?}"))?);
    }
    until_quiet(twins, service).await?;
    let mut records = BTreeMap::new();
    for record in twins.netsuite.customers() {
        records.insert(record.external_id.unwrap_or_default(), record.id);
    }
    let pair = |shopify: u64| {
        let netsuite = records.get(&format!("cust-us-{shopify}")).copied();
        let netsuite = netsuite.context("a customer was not brought in")?;
        Ok(Pair { shopify, netsuite })
    };
    made.into_iter().map(pair).collect()
}

/// Both sides in turn, one after the other: some are told of both changes at once, some of one after the other.
fn storm(twins: &Twins, pairs: &[Pair], count: usize) -> anyhow::Result<()> {
    for number in 0..count {
        let round = number / pairs.len();
        let here = &pairs[number % pairs.len()];
        twins
            .shop
            .change_customer(here.shopify, |it| {
                let name = format!("Shop {number} {round}");
                it.last_name = Some(name.clone());
                for (_, address) in &mut it.addresses {
                    address.address1 = Some(name.clone());
                }
            })
            .map_err(|refusal| anyhow::anyhow!("{refusal:?}"))?;
        let there = &pairs[(number + pairs.len() / 2) % pairs.len()];
        let phone = format!("+1555{:07}", number);
        let body = json!({ "lastName": format!("Office {number} {round}"), "phone": phone });
        twins
            .netsuite
            .person_edits(Kind::Customer, there.netsuite, &body, &[])
            .map_err(|refusal| anyhow::anyhow!("{refusal:?}"))?;
    }
    Ok(())
}

pub(crate) async fn until_quiet(twins: &Twins, service: &Service) -> anyhow::Result<()> {
    let began = Instant::now();
    let mut quiet = 0;
    while quiet < 5 {
        if began.elapsed() > PATIENCE {
            bail!("not quiet:\n{}", service.last_words());
        }
        twins.shop.settle().await?;
        let told = twins.netsuite.callbacks();
        let posted = told
            .iter()
            .all(|it| it.outcome != sandbox::netsuite::Outcome::Underway);
        quiet = if posted && service.is_idle().await? {
            quiet + 1
        } else {
            0
        };
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}

fn is_equal(twins: &Twins, pair: &Pair) -> bool {
    let records = twins.netsuite.customers();
    let record = records.iter().find(|it| it.id == pair.netsuite);
    let (Some(record), Some(customer)) = (record, twins.shop.customer(pair.shopify)) else {
        return false;
    };
    let text = |name: &str| record.fields.get(name).and_then(Value::as_str);
    let street = record.fields.get("addressBook").and_then(|book| {
        let line = book.as_array()?.first()?;
        line["addressBookAddress"]["addr1"].as_str()
    });
    let saved = customer.addresses.first().map(|(_, it)| it);
    customer.last_name.as_deref() == text("lastName")
        && customer.phone.as_deref() == text("phone")
        && saved.and_then(|it| it.address1.as_deref()) == street
}

/// The calls by what they do, for each of `changes` or all.
pub(crate) fn tell(twins: &Twins, changes: usize) {
    let mut calls = BTreeMap::<String, usize>::new();
    for call in twins.netsuite.calls() {
        if call.path.contains("oauth2") {
            continue;
        }
        let path = call.path.trim_start_matches("/services/rest/");
        let (path, _) = path.split_once('?').unwrap_or((path, ""));
        let path = path.trim_end_matches(|it: char| it.is_ascii_digit());
        let called = format!("NetSuite {} {path}", call.method);
        *calls.entry(called).or_default() += 1;
    }
    for call in twins.shop.calls() {
        let called = format!("Shopify {}", call.operation);
        *calls.entry(called).or_default() += 1;
    }
    let all: usize = calls.values().sum();
    if changes == 0 {
        println!("  {all} calls");
    } else {
        println!("  {all} calls, {} a change", per(all, changes));
    }
    for (call, number) in calls {
        println!("    {number:>6}  {call}");
    }
}

fn per(count: usize, changes: usize) -> Decimal {
    (Decimal::from(count) / Decimal::from(changes)).round_dp(2)
}
