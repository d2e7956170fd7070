//! Orders with random lives: whatever the order of the shop's events, the books end the same, explained
//! to the cent.
//!
//! A life is a stream of acts that depends on its seed alone. NetSuite ships what the shop says was
//! shipped, and bills at moments that are fixed by the seed, too. The same life is lived in two worlds:
//! in one every event arrives at once, in the other they come in bundles, newest first, twice or not at
//! all, followed by a sweep.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use sandbox::netsuite::{Kind, Transaction};
use sandbox::shopify::{
    Handling, Life, Lived, PlaceOrder, TransactionKind, TransactionStatus, line_at,
};
use serde_json::json;

use crate::world::{Change, World};

/// Items for whatever a life can bring.
const ITEMS: &str = "tip = \"902\"\nrestocking = \"905\"\nadjustment = \"906\"\nduty = \"907\"\nfee = \"908\"\nrounding = \"909\"";

/// How the shop's events arrive.
#[derive(Clone, Copy, PartialEq)]
enum Arrival {
    AtOnce,
    Anyhow,
}

async fn world() -> World {
    let world = World::with(Change {
        orders: "when = \"placed\"",
        instead: &[("tip = \"902\"", ITEMS)],
        ..Change::default()
    })
    .await;
    for (id, name) in [
        (905, "Restocking fee"),
        (906, "Adjustment"),
        (907, "Duty"),
        (908, "Fee"),
        (909, "Rounding"),
    ] {
        world.service_item(id, name);
    }
    world.item("LIFE");
    world
        .netsuite
        .configure(|settings| settings.auto_apply_deposits = true);
    world
}

fn order() -> PlaceOrder {
    let dollars = |amount: i64| Decimal::new(amount * 100, 2);
    let mug = line_at("MUG", 3, Decimal::new(1299, 2)).taxed("State tax", Decimal::new(825, 4));
    PlaceOrder::of([mug, line_at("TEE", 2, dollars(7))])
}

/// One life in one world; what the books say at its end.
async fn lived(seed: u64, acts: usize, arrival: Arrival) -> Vec<String> {
    let world = world().await;
    let mut life = Life::new(seed);
    let id = world.shop.place_order(order()).id;
    world.drain().await;
    let mut done: Vec<Lived> = Vec::new();
    let mut shipped = BTreeMap::new();
    for number in 0..acts {
        if arrival == Arrival::Anyhow {
            world.shop.hold_deliveries();
        }
        // NetSuite's own acts are between bundles of the shop's, at the same places in both worlds.
        let before = done.len();
        while done.len() < before + 3 {
            let Some(act) = life.act(&world.shop, id) else {
                break;
            };
            done.push(act);
            if arrival == Arrival::AtOnce {
                world.settles(id, &mut shipped).await;
            }
            if act == Lived::Fulfilled {
                break;
            }
        }
        if arrival == Arrival::Anyhow {
            world.shop.handle_next(None, Handling::Lose, 1);
            world.shop.handle_next(None, Handling::Duplicate(2), 2);
            world.shop.release_deliveries(true);
            world.shop.announce(id, &["orders/updated"]);
            world.settles(id, &mut shipped).await;
        }
        if number % 2 == 1 {
            world.bills_if_it_can(id);
            world.touch(id).await;
        }
    }
    world.bills_if_it_can(id);
    world.touch(id).await;
    world.is_explained(id, seed, &done).await;
    world.books(id).await
}

impl World {
    /// All that is due happens, and NetSuite ships what the shop shipped.
    async fn settles(&self, order: u64, shipped: &mut BTreeMap<u64, u32>) {
        self.drain().await;
        let held = self.shop.order(order).unwrap();
        let mut wanted: BTreeMap<u64, u32> = BTreeMap::new();
        for line in held.fulfillments.iter().flat_map(|it| &it.lines) {
            *wanted.entry(line.line).or_default() += line.quantity;
        }
        let record = self.sales_order(order);
        let mut lines = Vec::new();
        for line in &record.lines {
            let key = line.fields["custcol_waybill_line"]
                .as_str()
                .unwrap_or_default();
            let id: u64 = key.parse().unwrap_or_default();
            let more = wanted.get(&id).copied().unwrap_or_default()
                - shipped
                    .get(&id)
                    .copied()
                    .unwrap_or_default()
                    .min(wanted.get(&id).copied().unwrap_or_default());
            let open = line.quantity - line.fulfilled;
            let now = Decimal::from(more).min(open);
            if id > 0 && !line.closed && line.item_type == "InvtPart" && open > Decimal::ZERO {
                let receive = now > Decimal::ZERO;
                let mut one = json!({ "orderLine": line.line, "itemReceive": receive });
                if receive {
                    one["quantity"] = json!(now.to_u32().unwrap());
                    *shipped.entry(id).or_default() += more;
                }
                lines.push(one);
            }
        }
        if lines.iter().any(|line| line["itemReceive"] == true) {
            let body = json!({ "shipStatus": { "id": "C" }, "item": { "items": lines } });
            let made = Kind::ItemFulfillment;
            self.netsuite
                .person_makes(Kind::SalesOrder, record.id, made, &body)
                .unwrap();
        }
    }

    /// NetSuite bills what is shipped, if anything is.
    fn bills_if_it_can(&self, order: u64) {
        let record = self.sales_order(order);
        // Refused when there is nothing to bill.
        let _nothing =
            self.netsuite
                .person_makes(Kind::SalesOrder, record.id, Kind::Invoice, &json!({}));
    }

    async fn touch(&self, order: u64) {
        self.shop.announce(order, &["orders/updated"]);
        self.drain().await;
    }

    /// Every document of the order, without ids, in an order of its own.
    async fn books(&self, order: u64) -> Vec<String> {
        let lines: BTreeMap<String, usize> = self
            .shop
            .order(order)
            .unwrap()
            .lines
            .iter()
            .zip(0..)
            .map(|(line, number)| (line.id.to_string(), number))
            .collect();
        let mut told = Vec::new();
        for kind in [
            Kind::SalesOrder,
            Kind::CustomerDeposit,
            Kind::Invoice,
            Kind::ReturnAuthorization,
            Kind::ItemReceipt,
            Kind::CreditMemo,
            Kind::CustomerRefund,
        ] {
            for document in self.netsuite.transactions(kind) {
                told.push(describe(&document, &lines));
            }
        }
        told.extend(self.problems().await);
        told.sort();
        told
    }

    /// Money in equals money out and money held; the books of sale and credit equal the shop's total.
    async fn is_explained(&self, order: u64, seed: u64, done: &[Lived]) {
        if !self.problems().await.is_empty() {
            return;
        }
        let shop = self.shop.order(order).unwrap();
        let sum = |kind: Kind| -> Decimal {
            let all = self.netsuite.transactions(kind);
            all.iter().map(|it| it.total).sum()
        };
        let moved = |wanted: &[TransactionKind]| -> Decimal {
            let moved = shop.transactions.iter();
            moved
                .filter(|it| it.status == TransactionStatus::Success && wanted.contains(&it.kind))
                .map(|it| it.amount.shop)
                .sum()
        };
        let told = || format!("seed {seed}, acts {done:?}");
        let received = moved(&[TransactionKind::Sale, TransactionKind::Capture]);
        assert_eq!(sum(Kind::CustomerDeposit), received, "{}", told());
        let returned = moved(&[TransactionKind::Refund]);
        assert!(sum(Kind::CustomerRefund) <= returned, "{}", told());
        let record = self.sales_order(order);
        let closed: Decimal = record
            .lines
            .iter()
            .filter(|line| line.closed)
            .map(|line| line.amount)
            .sum();
        let books = record.total - closed - sum(Kind::CreditMemo);
        let waits = self
            .database
            .number("select count(*) from outbox where state = 'due'")
            .await;
        if waits == 0 {
            assert_eq!(books, shop.totals.current_price.shop, "{}", told());
            assert_eq!(sum(Kind::CustomerRefund), returned, "{}", told());
        }
    }
}

fn describe(document: &Transaction, lines: &BTreeMap<String, usize>) -> String {
    // A closed line keeps what it was last, in the total too: the open ones are what the order holds.
    let open = document.lines.iter().filter(|line| !line.closed);
    let is_order = document.kind == Kind::SalesOrder;
    let total = if is_order {
        open.clone().map(|line| line.amount).sum()
    } else {
        document.total
    };
    let mut held: Vec<String> = open
        .map(|line| {
            let key = line.fields["custcol_waybill_line"].as_str().unwrap_or("-");
            let key = lines.get(key).map_or(key.to_owned(), usize::to_string);
            format!("{key}: {} for {}", line.quantity, line.amount)
        })
        .collect();
    held.sort();
    format!(
        "{:?} {} open {} [{}]",
        document.kind,
        total,
        if is_order { total } else { document.open },
        held.join(", ")
    )
}

#[tokio::test]
async fn any_order_of_the_shops_events_ends_in_the_same_books() {
    // 16: money that went back for a line that an edit of the same bundle replaces.
    for seed in [1, 2, 3, 16] {
        let at_once = lived(seed, 4, Arrival::AtOnce).await;
        let anyhow = lived(seed, 4, Arrival::Anyhow).await;
        assert_eq!(at_once, anyhow, "seed {seed}");
    }
}
