//! The sweeps of NetSuite: what takes more than one page, and what is left of it when the process died between two.

use std::time::Duration;

use rust_decimal::Decimal;
use sandbox::netsuite::{Kind as Record, SeedItem};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use waybill::config::Sweeps;
use waybill::netsuite::Client;
use waybill::sweep::{self, Ledger, Source, Step};

use crate::world::World;

/// More than NetSuite gives in one answer.
const MANY: usize = 1_010;

/// An account, a database, and nobody but the test who sweeps.
struct Story {
    world: World,
    client: Client,
    locations: Vec<String>,
}

impl Story {
    /// Shops show the stock of these locations.
    async fn of(locations: &[&str]) -> Self {
        let world = World::without_service().await;
        let client = client(&world);
        Self {
            world,
            client,
            locations: locations.iter().map(ToString::to_string).collect(),
        }
    }

    async fn step(&self) -> Step {
        let ledger = Ledger {
            client: &self.client,
            since: None,
            customers: false,
            new_customers: false,
            cancels: false,
            locations: &self.locations,
        };
        let settings = Sweeps {
            item: Duration::from_secs(3600),
            ..Sweeps::default()
        };
        let (pool, stop) = (&self.world.database.pool, CancellationToken::new());
        sweep::step(pool, &settings, Source::Netsuite(ledger), &stop)
            .await
            .unwrap()
    }

    /// Sweeps until as many documents are due.
    async fn sweep_until(&self, due: i64) {
        while self.due().await < due {
            assert_eq!(self.step().await, Step::Page);
        }
    }

    /// Another process takes over: nothing is left but what stands in the database. Sweeps to the end.
    async fn dies(&mut self) {
        self.client = client(&self.world);
        self.world.netsuite.reset_calls();
        while self.step().await == Step::Page {}
    }

    async fn due(&self) -> i64 {
        let due = "select count(*) from outbox where state = 'due'";
        self.world.database.number(due).await
    }

    /// Queries with these words since the process died.
    fn asked(&self, words: &str) -> Vec<String> {
        let calls = self.world.netsuite.calls().into_iter();
        let calls = calls.map(|call| call.body.to_string());
        calls.filter(|body| body.contains(words)).collect()
    }

    fn stocked(&self, count: usize) {
        for number in 0..count {
            let item = self
                .world
                .netsuite
                .seed_item(SeedItem::new(&format!("SKU-{number}")));
            self.world.netsuite.set_on_hand(item, "6", Decimal::TEN);
        }
    }
}

fn client(world: &World) -> Client {
    let config = waybill::config::load(Some(&world.settings("127.0.0.1:0"))).unwrap();
    Client::new(&config.netsuite, &config.timing).unwrap()
}

#[tokio::test]
async fn more_changed_items_than_a_page_holds_are_all_marked_though_the_process_died_between_two() {
    let mut story = Story::of(&["6"]).await;
    story.stocked(MANY);
    // The full compare was made already; what changed in the last two seconds is left to the next
    // sweep, so this one looks from later on.
    sqlx::raw_sql(
        "insert into sweep (kind, store, since, until, backfill, finished_at)
         values ('item', 'netsuite', 'epoch', now(), true, now());
         insert into sweep (kind, store, since, until, backfill)
         values ('item', 'netsuite', now() - interval '1 hour', now() + interval '1 minute', false)",
    )
    .execute(&story.world.database.pool)
    .await
    .unwrap();
    story.sweep_until(1_000).await;
    story.dies().await;

    // MUG, TEE and 00420 have stock, too.
    assert_eq!(story.due().await, i64::try_from(MANY).unwrap() + 3);
    let pages = story.asked("lastquantityavailablechange >=");
    assert_eq!(pages.len(), 1, "{pages:?}");
}

#[tokio::test]
async fn the_full_compare_goes_on_behind_its_last_page() {
    let mut story = Story::of(&["6"]).await;
    story.stocked(MANY);
    story.sweep_until(1_000).await;
    story.dies().await;

    assert_eq!(story.due().await, i64::try_from(MANY).unwrap() + 3);
    let pages = story.asked("FROM inventoryitemlocations");
    let first = pages.iter().filter(|page| page.contains("[\"0\""));
    assert_eq!(first.count(), 0, "{pages:?}");
    let waits = "select count(*) from outbox where kind = 'item' and priority = (select max(priority) from outbox)";
    assert!(
        story.world.database.number(waits).await >= 1_000,
        "it waits behind all that changed today"
    );
}

#[tokio::test]
async fn more_shipments_than_a_page_holds_are_all_marked_though_the_process_died_between_two() {
    let mut story = Story::of(&[]).await;
    let customer = json!({ "companyName": "Wholesale", "subsidiary": { "id": "2" } });
    let customer = story.world.netsuite.seed_customer(&customer).unwrap();
    let item = story.world.item("WHOLESALE");
    let mut sales = Vec::new();
    for _ in 0..MANY / UNITS {
        let sale = sale_of(&story.world, customer, item);
        for _ in 0..UNITS {
            ships_one(&story.world, sale);
        }
        sales.push(sale.to_string());
    }
    sqlx::query(
        "insert into link (kind, store, shopify_id, netsuite_id, document, record, origin)
         select 'order', 'us', sale, sale, 'order/us/' || sale, 'salesOrder', 'adopted' from unnest($1::text[]) as sale",
    )
    .bind(&sales)
    .execute(&story.world.database.pool)
    .await
    .unwrap();
    story.sweep_until(1_000).await;
    assert_eq!(story.due().await, 1_000);
    story.dies().await;

    assert_eq!(story.due().await, i64::try_from(MANY).unwrap());
    let pages = story.asked("'ItemShip'");
    assert_eq!(pages.len(), 1, "{pages:?}");
}

/// Units of a sales order, each shipped by itself.
const UNITS: usize = 10;

/// A sales order of as many units of one item.
fn sale_of(world: &World, customer: u64, item: u64) -> u64 {
    let sale = json!({
        "entity": { "id": customer.to_string() },
        "orderStatus": { "id": "B" },
        "location": { "id": "6" },
        "item": { "items": [{ "item": { "id": item.to_string() }, "quantity": UNITS, "rate": 1.0 }] },
    });
    world
        .netsuite
        .person_creates(Record::SalesOrder, &sale)
        .unwrap()
}

fn ships_one(world: &World, sale: u64) {
    let one =
        json!({ "item": { "items": [{ "orderLine": 1, "quantity": 1, "itemReceive": true }] } });
    world
        .netsuite
        .person_makes(Record::SalesOrder, sale, Record::ItemFulfillment, &one)
        .unwrap();
}
