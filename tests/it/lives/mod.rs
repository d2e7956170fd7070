//! Orders with random lives: whatever the order of the shop's events, the books end the same, explained
//! to the cent.
//!
//! A life is a stream of acts that depends on its seed alone. NetSuite ships what the shop says was
//! shipped, and bills at moments that are fixed by the seed, too. The same life is lived in two worlds:
//! in one every event arrives at once, in the other they come in bundles, newest first, twice, or not
//! at all. Then one sweep is all that tells of them.

mod books;
mod costs;
mod many;
mod trade;

use rust_decimal::Decimal;
use sandbox::shopify::{DeliveryState, Handling, Life, Lived, PlaceOrder, line_at};

use crate::world::World;
use books::Books;
use trade::{Shipped, world};

/// How the shop's events arrive.
#[derive(Clone, Copy, PartialEq)]
enum Arrival {
    AtOnce,
    Anyhow,
}

/// What happens to a bundle of events in the second world.
#[derive(Clone, Copy)]
enum Spoilt {
    /// None of them arrives.
    Lost,
    /// The newest comes first, one of them twice.
    Reordered,
    /// The first does not arrive, the next two come twice at once.
    Doubled,
}

const SPOILT: [Spoilt; 3] = [Spoilt::Lost, Spoilt::Reordered, Spoilt::Doubled];

/// More events than a bundle has.
const MANY: u32 = 60;

fn order() -> PlaceOrder {
    let dollars = |amount: i64| Decimal::new(amount * 100, 2);
    let mug = line_at("MUG", 3, Decimal::new(1299, 2)).taxed("State tax", Decimal::new(825, 4));
    PlaceOrder::of([mug, line_at("TEE", 2, dollars(7))])
}

/// One life in one world; what the books say at its end.
async fn lived(seed: u64, acts: usize, arrival: Arrival) -> Vec<String> {
    let world = world(false).await;
    let mut life = Life::new(seed);
    let id = world.shop.place_order(order()).id;
    world.drain().await;
    let mut done: Vec<Lived> = Vec::new();
    let mut shipped = Shipped::new();
    for number in 0..acts {
        let spoilt = SPOILT[(number + usize::try_from(seed).unwrap()) % SPOILT.len()];
        let lost = world.lost();
        if arrival == Arrival::Anyhow {
            world.next_second(id).await;
            world.spoil(spoilt);
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
            world.deliver(id, spoilt, lost);
            world.sweep().await;
            world.settles(id, &mut shipped).await;
        }
        if number % 2 == 1 {
            world.bills_and_is_told(id).await;
        }
    }
    world.bills_and_is_told(id).await;
    world.end(id, seed, &done).await
}

impl World {
    /// All that is due happens, and NetSuite ships what the shop shipped.
    async fn settles(&self, order: u64, shipped: &mut Shipped) {
        self.drain().await;
        let (held, record) = (self.shop.order(order).unwrap(), self.sales_order(order));
        self.ships_as_told(&held, &record, shipped);
    }

    /// What happens to the next bundle of events.
    fn spoil(&self, spoilt: Spoilt) {
        match spoilt {
            Spoilt::Lost => self.shop.handle_next(None, Handling::Lose, MANY),
            Spoilt::Reordered => self.shop.hold_deliveries(),
            Spoilt::Doubled => {
                self.shop.handle_next(None, Handling::Lose, 1);
                self.shop.handle_next(None, Handling::Duplicate(2), 2);
            }
        }
    }

    /// The bundle is over; `lost` deliveries were lost before it.
    fn deliver(&self, order: u64, spoilt: Spoilt, lost: usize) {
        match spoilt {
            // The loss that the bundle did not use up takes announcements of nothing new.
            Spoilt::Lost => {
                let lost = self.lost() - lost;
                (lost..usize::try_from(MANY).unwrap())
                    .for_each(|_| self.shop.announce(order, &["orders/updated"]));
            }
            Spoilt::Reordered => {
                let mut deliveries = self.shop.deliveries().into_iter();
                let held = deliveries.find(|it| it.state == DeliveryState::Held);
                self.shop.release_deliveries(true);
                held.map(|it| self.shop.deliver_again(&it.webhook_id));
            }
            Spoilt::Doubled => {}
        }
    }

    fn lost(&self) -> usize {
        let deliveries = self.shop.deliveries().into_iter();
        deliveries
            .filter(|it| it.state == DeliveryState::Lost)
            .count()
    }

    async fn bills_and_is_told(&self, order: u64) {
        self.bills_if_it_can(self.sales_order(order).id);
        self.shop.announce(order, &["orders/updated"]);
        self.drain().await;
    }

    /// The books, which Shopify must explain unless something is held or waits.
    async fn end(&self, order: u64, seed: u64, done: &[Lived]) -> Vec<String> {
        let all = books::all(&self.netsuite);
        let held = self.shop.order(order).unwrap();
        let books = Books::of(&held, &all);
        let problems = self.problems().await;
        let waits = "select count(*) from outbox where state = 'due'";
        let wrong = if problems.is_empty() && self.database.number(waits).await == 0 {
            books.unexplained(&held)
        } else {
            books.excess(&held)
        };
        assert!(wrong.is_empty(), "seed {seed}, acts {done:?}: {wrong:?}");
        assert_eq!(books.documents.len(), all.len(), "seed {seed}: an orphan");
        let mut told = books.told(&held);
        told.extend(problems);
        told
    }
}

/// The seeds to live; `WAYBILL_LIVES=7` lives that one, `7..20` those.
#[expect(
    clippy::disallowed_methods,
    reason = "a test has no configuration of its own"
)]
fn seeds() -> Vec<u64> {
    let Ok(asked) = std::env::var("WAYBILL_LIVES") else {
        // 16: money that went back for a line that an edit of the same bundle replaces.
        return vec![1, 2, 3, 16];
    };
    match asked.split_once("..") {
        Some((from, to)) => (from.parse().unwrap()..to.parse().unwrap()).collect(),
        None => vec![asked.parse().unwrap()],
    }
}

#[tokio::test]
async fn any_order_of_the_shops_events_ends_in_the_same_books() {
    for seed in seeds() {
        let (at_once, anyhow) = tokio::join!(
            lived(seed, 4, Arrival::AtOnce),
            lived(seed, 4, Arrival::Anyhow)
        );
        assert_eq!(at_once, anyhow, "seed {seed}");
    }
}
