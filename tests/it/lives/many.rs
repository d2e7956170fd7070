//! Many lives in one shop at once: at their end no document is missing, doubled or without its order, and
//! every deposit is explained. Prints what a life costs in NetSuite calls; `script/bench lives` runs
//! it with as many as asked for.
//!
//! A life, its order and the moments at which it is billed depend on its seed alone. Of odd seeds
//! waybill bills, of even ones NetSuite does.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rust_decimal::Decimal;
use sandbox::netsuite::Transaction;
use sandbox::shopify::{
    DiscountValue, Life, Lived, NewDiscount, NewLine, NewShipping, Order, Payment, PlaceOrder,
    Tender, line_at,
};

use super::books::{self, Books};
use super::costs::Costs;
use super::trade::{Shipped, world};
use crate::world::World;

/// So many lives one shop and one account hold; more are lived in further ones.
const TOGETHER: u64 = 250;

/// So many bundles of acts a life has at most.
const BUNDLES: u64 = 4;

/// How long all of a world's documents may take to come to rest.
const REST: Duration = Duration::from_secs(300);

/// Problems that a life may end in, and what they say: what NetSuite cannot take any more, money that the
/// merchant keeps, and a return whose fees are more than its goods are worth.
const HELD: [(&str, &str); 3] = [
    ("changed_after_import", ""),
    ("payment_kept", ""),
    ("source_contradicts", "takes back less than nothing"),
];

/// One order and what is to come of it.
struct One {
    seed: u64,
    order: u64,
    life: Life,
    bundles: u64,
    done: Vec<Lived>,
    shipped: Shipped,
}

impl One {
    fn placed(seed: u64, world: &World) -> Self {
        let mut life = Life::new(seed);
        let order = world.shop.place_order(order(&mut life, seed)).id;
        let bundles = life.below(BUNDLES + 1);
        Self {
            seed,
            order,
            life,
            bundles,
            done: Vec::new(),
            shipped: Shipped::new(),
        }
    }

    fn acts(&mut self, world: &World) {
        for _ in 0..1 + self.life.below(3) {
            let Some(act) = self.life.act(&world.shop, self.order) else {
                return;
            };
            self.done.push(act);
            if act == Lived::Fulfilled {
                return;
            }
        }
    }

    /// What the life was, by the dearest thing in it.
    fn kind(&self, order: &Order) -> &'static str {
        let did = |act| self.done.contains(&act);
        let exchanged = order.returns.iter().flat_map(|it| &it.exchanges);
        if exchanged.into_iter().any(|it| it.processed > 0) {
            "exchanged"
        } else if did(Lived::ReturnProcessed) {
            "returned"
        } else if did(Lived::Refunded) {
            "refunded"
        } else if order.cancelled_at.is_some() {
            "cancelled"
        } else if did(Lived::Edited) {
            "edited"
        } else if did(Lived::Fulfilled) {
            "shipped"
        } else {
            "placed, perhaps paid"
        }
    }
}

/// An order of one to three lines, taxed or not, discounted or not, shipped for money or not, paid in
/// one of four ways.
fn order(life: &mut Life, seed: u64) -> PlaceOrder {
    let tax = |line: NewLine, at: u64| match at {
        0 => line,
        1 => line.taxed("State tax", Decimal::new(825, 4)),
        _ => line
            .taxed("State tax", Decimal::new(625, 4))
            .taxed("County tax", Decimal::new(1375, 5)),
    };
    let taxed = life.below(3);
    let mut prices = Decimal::ZERO;
    let lines: Vec<NewLine> = ["MUG", "TEE", "00420"]
        .iter()
        .take(usize::try_from(1 + life.below(3)).unwrap())
        .map(|sku| {
            let units = u32::try_from(1 + life.below(4)).unwrap();
            let price = cents(life, 5_000);
            prices += price;
            tax(line_at(sku, units, price), taxed)
        })
        .collect();
    let mut placed = PlaceOrder::of(lines);
    placed.email = Some(format!("life-{seed}@example.com"));
    let addresses = [&mut placed.billing_address, &mut placed.shipping_address];
    for address in addresses.into_iter().flatten() {
        address.last_name = Some(format!("Life {seed}"));
    }
    if life.below(3) == 0 {
        let percent = Decimal::from(1 + life.below(40));
        let off = DiscountValue::Percentage(percent);
        placed.discounts.push(NewDiscount::new("LIFE", off));
    }
    if life.below(2) == 0 {
        let shipping = NewShipping::new("Standard", cents(life, 1_500));
        placed.shipping.push(shipping);
    }
    placed.taxes_included = Some(life.below(4) == 0);
    placed.payment = payment(life, prices);
    placed
}

/// How an order whose lines have these prices is paid.
fn payment(life: &mut Life, prices: Decimal) -> Payment {
    match life.below(8) {
        0 => Payment::Authorized,
        1 | 2 => Payment::Pending,
        3 => Payment::Tenders(vec![
            // No more than there is to pay, with the highest discount.
            Tender::sale(
                "gift_card",
                cents(life, 100).min((prices / Decimal::TWO).trunc_with_scale(2)),
            ),
            Tender::rest("shopify_payments"),
        ]),
        _ => Payment::Paid,
    }
}

fn cents(life: &mut Life, most: u64) -> Decimal {
    let cents = i64::try_from(1 + life.below(most)).unwrap();
    Decimal::new(cents, 2)
}

/// What came of all lives.
#[derive(Default)]
struct Outcome {
    costs: Costs,
    /// How many ended held or waiting, by the code.
    unfinished: BTreeMap<String, u64>,
    broken: Vec<String>,
}

/// Lives these seeds in one world.
async fn live(seeds: &[u64], waybill_bills: bool, outcome: &mut Outcome) {
    let world = world(waybill_bills).await;
    world.warm_up().await;
    let mut lives: Vec<One> = seeds
        .iter()
        .map(|seed| One::placed(*seed, &world))
        .collect();
    world.rests().await;
    for bundle in 0..BUNDLES {
        for one in lives.iter_mut().filter(|one| one.bundles > bundle) {
            one.acts(&world);
        }
        world.rests().await;
        world.ships_and_bills(&mut lives, bundle % 2 == 1 && !waybill_bills);
        world.rests().await;
    }
    world.ships_and_bills(&mut lives, !waybill_bills);
    world.rests().await;
    let all = books::all(&world.netsuite);
    outcome.costs.count(
        &world,
        &lives
            .iter()
            .map(|one| (one.order, one.kind(&world.shop.order(one.order).unwrap())))
            .collect::<Vec<_>>(),
        &all,
    );
    world.judge(&lives, &all, outcome).await;
}

impl World {
    /// An order that has the token, the currencies and the items asked for, which are kept.
    async fn warm_up(&self) {
        let lines = ["MUG", "TEE", "00420", "LIFE"].map(|sku| line_at(sku, 1, Decimal::ONE));
        let order = self.shop.place_order(PlaceOrder::of(lines));
        self.rests().await;
        assert_eq!(self.problems().await, Vec::<String>::new());
        self.shop.delete(order.id).unwrap();
        self.netsuite.reset_calls();
    }

    async fn rests(&self) {
        self.drain_within(REST).await;
    }

    /// NetSuite ships what was shipped, and bills it if it is to; whoever billed, Shopify's next event
    /// brings the order back.
    fn ships_and_bills(&self, lives: &mut [One], bills: bool) {
        let records = self.netsuite.sales_orders();
        let keys = records
            .iter()
            .map(|it| (it.external_id.clone().unwrap_or_default(), it));
        let records: BTreeMap<String, &Transaction> = keys.collect();
        for one in lives {
            let order = self.shop.order(one.order).unwrap();
            if let Some(record) = records.get(&format!("so-us-{}", one.order)) {
                self.ships_as_told(&order, record, &mut one.shipped);
                if bills {
                    self.bills_if_it_can(record.id);
                }
                self.shop.announce(one.order, &["orders/updated"]);
            }
        }
    }

    /// Why the documents that are not settled are not.
    async fn unfinished(&self) -> BTreeMap<String, String> {
        let rows = self
            .database
            .texts(
                "select document || ' ' || case when state = 'held' then problem_code || ' ' || (problem ->> 'what') else 'waits ' || coalesce(reason, '') end
                 from outbox where kind = 'order' and state <> 'settled'",
            )
            .await
            .into_iter();
        rows.filter_map(|row| {
            let (document, why) = row.split_once(' ')?;
            Some((document.to_owned(), why.to_owned()))
        })
        .collect()
    }

    /// What is wrong about the lives, now that nothing is under way.
    async fn judge(&self, lives: &[One], all: &[Transaction], outcome: &mut Outcome) {
        let unfinished = self.unfinished().await;
        let mut owners: BTreeMap<u64, u64> = BTreeMap::new();
        for one in lives {
            let order = self.shop.order(one.order).unwrap();
            let books = Books::of(&order, all);
            let why = unfinished.get(&format!("order/us/{}", one.order));
            let mut wrong = match why {
                None => books.unexplained(&order),
                Some(_) => books.excess(&order),
            };
            if let Some(why) = why {
                let (code, said) = why.split_once(' ').unwrap_or((why, ""));
                *outcome.unfinished.entry(code.to_owned()).or_default() += 1;
                let held = |(known, words): &(&str, &str)| code == *known && said.contains(words);
                if code != "waits" && !HELD.iter().any(held) {
                    wrong.push(format!("held for {code}: {said}"));
                }
            }
            for document in &books.documents {
                *owners.entry(document.id).or_default() += 1;
            }
            if !wrong.is_empty() {
                wrong.extend(self.planned(one.order).await);
                let (seed, acts) = (one.seed, &one.done);
                let told = wrong.join("; ");
                outcome
                    .broken
                    .push(format!("seed {seed}, acts {acts:?}: {told}"));
            }
        }
        let (from, to) = (lives[0].seed, lives[lives.len() - 1].seed);
        for document in all {
            let owners = owners.get(&document.id).copied().unwrap_or_default();
            let ours = document.external_id.as_deref().unwrap_or_default();
            if owners != 1 && !self.is_of_warm_up(document, all) {
                let kind = document.kind;
                outcome.broken.push(format!(
                    "seeds {from} to {to}: {kind:?} {ours} has {owners} orders"
                ));
            }
        }
    }

    /// What the last pass over an order wanted to write, for whoever looks for the fault.
    async fn planned(&self, order: u64) -> Option<String> {
        let all = "select document || ' ' || outcome || coalesce(': ' || reason, '') || coalesce(', planned ' || (plan -> 'writes')::text, '') from attempt order by id";
        let document = format!("order/us/{order} ");
        let plans = self.database.texts(all).await;
        let of_it: Vec<&str> = plans
            .iter()
            .filter_map(|plan| plan.strip_prefix(&document))
            .collect();
        Some(of_it.join("\n    "))
    }

    /// The documents of the order that only warmed up: the shop does not have it any more.
    fn is_of_warm_up(&self, document: &Transaction, all: &[Transaction]) -> bool {
        let first = all
            .iter()
            .filter(|it| it.kind == sandbox::netsuite::Kind::SalesOrder)
            .map(|it| it.id)
            .min();
        Some(document.id) == first || document.sales_order == first
    }
}

/// How many lives and the first seed: `WAYBILL_MANY_LIVES="1000 1"`; else few enough for every day.
#[expect(
    clippy::disallowed_methods,
    reason = "a test has no configuration of its own"
)]
fn asked() -> (u64, u64) {
    let asked = std::env::var("WAYBILL_MANY_LIVES").unwrap_or_else(|_| "30 1".to_owned());
    let mut numbers = asked
        .split_whitespace()
        .map(|number| number.parse().unwrap());
    (numbers.next().unwrap(), numbers.next().unwrap_or(1))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "the figures are what a run is for")]
async fn many_lives_in_one_shop_end_explained_to_the_cent() {
    let (count, first) = asked();
    let mut outcome = Outcome::default();
    let (began, mut told) = (Instant::now(), 0);
    for waybill_bills in [false, true] {
        let seeds: Vec<u64> = (first..first + count)
            .filter(|seed| (seed % 2 == 1) == waybill_bills)
            .collect();
        for (number, seeds) in seeds.chunks(usize::try_from(TOGETHER).unwrap()).enumerate() {
            live(seeds, waybill_bills, &mut outcome).await;
            let (lives, took) = (seeds.len(), began.elapsed().as_secs());
            println!("world {}: {lives} lives, after {took} s", number + 1);
            for broken in &outcome.broken[told..] {
                println!("broken: {broken}");
            }
            told = outcome.broken.len();
        }
    }
    println!("{}", outcome.costs);
    for (why, lives) in &outcome.unfinished {
        println!("{lives} lives end as `{why}`");
    }
    println!("{count} lives in {} s", began.elapsed().as_secs());
    let broken = outcome.broken;
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
