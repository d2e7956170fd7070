//! Each event is accounted for, whatever the order of marks, claims and ends.

use std::collections::BTreeMap;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use sqlx::PgPool;
use uuid::Uuid;
use waybill::event::{Document, Event, Kind, Priority, Source};
use waybill::outbox::claim::{self, Claim, Lane};
use waybill::outbox::coverage::{self, Balance, Outcome};
use waybill::outbox::end::{self, Counted, Ended, Ending, Record};
use waybill::outbox::lease::Lease;
use waybill::outbox::writer::store;
use waybill::problem::{Code, Problem};

use crate::database::Database;

const ORDERS: u32 = 3;
const STEPS: usize = 60;
const LONG: Duration = Duration::from_secs(3600);

/// The rule, kept apart from the SQL: the events of one document in order of their marks.
#[derive(Default)]
struct Told {
    events: Vec<(String, Outcome)>,
}

impl Told {
    /// An attempt covers all events up to `marks` that are still open.
    fn cover(&mut self, marks: i64, outcome: Outcome) {
        let marks = usize::try_from(marks).unwrap();
        let open: Vec<_> = self
            .events
            .iter_mut()
            .take(marks)
            .filter(|(_, was)| *was == Outcome::Due)
            .collect();
        let last = open.len().wrapping_sub(1);
        for (place, (_, was)) in open.into_iter().enumerate() {
            *was = if place == last {
                outcome
            } else {
                Outcome::Superseded
            };
        }
    }
}

/// One history: marks, claims and ends in random order.
struct History {
    pool: PgPool,
    random: StdRng,
    lease: Lease,
    told: BTreeMap<String, Told>,
    /// Claims that have not ended, also those that were overtaken.
    claims: Vec<Claim>,
    deliveries: u32,
    stale: u32,
}

impl History {
    async fn start(database: &Database, seed: u64) -> Self {
        let lease = Lease::take(&database.pool, Uuid::new_v4(), LONG)
            .await
            .unwrap()
            .unwrap();
        Self {
            pool: database.pool.clone(),
            random: StdRng::seed_from_u64(seed),
            lease,
            told: BTreeMap::new(),
            claims: Vec::new(),
            deliveries: 0,
            stale: 0,
        }
    }

    async fn step(&mut self) {
        match self.random.random_range(0..10) {
            0..4 => self.mark().await,
            4..6 => self.claim(false).await,
            // As after a crash: what is running is claimed again, and the first claim is overtaken.
            6 => self.claim(true).await,
            _ => self.end().await,
        }
    }

    async fn mark(&mut self) {
        let count = self.random.random_range(1..4);
        let mut batch = Vec::new();
        for _ in 0..count {
            self.deliveries += 1;
            let order = self.random.random_range(0..ORDERS);
            batch.push(event(self.deliveries, order));
        }
        store(&self.pool, &batch).await.unwrap();
        for event in batch {
            let told = self.told.entry(event.document.to_string()).or_default();
            told.events.push((event.delivery_id, Outcome::Due));
        }
    }

    async fn claim(&mut self, again: bool) {
        let lanes = [Lane {
            kind: Kind::Order,
            owner: "us".to_owned(),
            priority: Priority::Order,
        }];
        let running: Vec<String> = self
            .claims
            .iter()
            .map(|claim| claim.document.to_string())
            .collect();
        let running = if again { &[][..] } else { &running[..] };
        let limit = self.random.random_range(1..3);
        self.claims.extend(
            claim::due(&self.pool, &self.lease, &lanes, running, limit)
                .await
                .unwrap(),
        );
    }

    async fn end(&mut self) {
        if self.claims.is_empty() {
            return;
        }
        let place = self.random.random_range(0..self.claims.len());
        let claim = self.claims.swap_remove(place);
        let ending = self.ending();
        let ended = end::record(&self.pool, &claim, &ending, &Record::default())
            .await
            .unwrap();
        let told = self.told.get_mut(&claim.document.to_string()).unwrap();
        match (&ending, ended) {
            (Ending::Applied { .. }, Ended::Recorded) => told.cover(claim.marks, Outcome::Applied),
            (Ending::Skipped { .. }, Ended::Recorded) => told.cover(claim.marks, Outcome::Skipped),
            (_, Ended::Stale) => self.stale += 1,
            (_, Ended::Recorded) => {}
        }
    }

    fn ending(&mut self) -> Ending {
        let problem = Problem::new(Code::UnknownSku, "no such item");
        match self.random.random_range(0..7) {
            0 | 1 => Ending::Applied { verify_after: None },
            2 => Ending::Skipped {
                reason: "not paid".to_owned(),
            },
            3 => Ending::Held(problem),
            4 => Ending::Retry {
                after: Duration::ZERO,
                error: "503".to_owned(),
                counted: Counted::Yes {
                    give_up_after: Duration::ZERO,
                    then: problem,
                },
            },
            5 => Ending::NotYet {
                after: Duration::ZERO,
                reason: "stale".to_owned(),
                waits_for: None,
            },
            _ => Ending::Abandoned,
        }
    }

    /// The product's account of every event is the rule's.
    async fn compare(&self, seed: u64) -> [i64; 6] {
        let mut all = [0; 6];
        let mut balances = Vec::new();
        let mut after = String::new();
        loop {
            let page = coverage::balance(&self.pool, &after, 1).await.unwrap();
            assert!(page.holds(), "seed {seed}: {page:?}");
            let Some(last) = page.last.clone() else { break };
            after = last;
            balances.push(page);
        }
        assert_eq!(
            balances.len(),
            self.told.len(),
            "seed {seed}: a page for each document"
        );
        for ((name, told), balance) in self.told.iter().zip(balances) {
            let held = self.is_held(name).await;
            let document: Document = name.parse().unwrap();
            let mut found = coverage::of_document(&self.pool, &document, 1000)
                .await
                .unwrap();
            found.reverse();
            let found: Vec<_> = found
                .into_iter()
                .map(|event| (event.delivery_id, event.outcome))
                .collect();
            let standing = |outcome| {
                if outcome == Outcome::Due && held {
                    Outcome::Held
                } else {
                    outcome
                }
            };
            let expected: Vec<_> = told
                .events
                .iter()
                .map(|(id, outcome)| (id.clone(), standing(*outcome)))
                .collect();
            assert_eq!(found, expected, "seed {seed}: {name}");
            let tally = tally(&expected);
            assert_eq!(count(&balance), tally, "seed {seed}: {name}");
            for (sum, part) in all.iter_mut().zip(tally) {
                *sum += part;
            }
        }
        all
    }

    async fn is_held(&self, name: &str) -> bool {
        let query = "select state = 'held' from outbox where document = $1";
        sqlx::query_scalar(query)
            .bind(name)
            .fetch_one(&self.pool)
            .await
            .unwrap()
    }
}

fn count(balance: &Balance) -> [i64; 6] {
    let Balance {
        accepted,
        due,
        applied,
        skipped,
        superseded,
        held,
        ..
    } = *balance;
    [accepted, due, applied, skipped, superseded, held]
}

fn tally(events: &[(String, Outcome)]) -> [i64; 6] {
    let of = |wanted| {
        i64::try_from(
            events
                .iter()
                .filter(|(_, outcome)| *outcome == wanted)
                .count(),
        )
        .unwrap()
    };
    let all = i64::try_from(events.len()).unwrap();
    [
        all,
        of(Outcome::Due),
        of(Outcome::Applied),
        of(Outcome::Skipped),
        of(Outcome::Superseded),
        of(Outcome::Held),
    ]
}

fn event(delivery: u32, order: u32) -> Event {
    Event {
        source: Source::Shopify,
        store: "us".to_owned(),
        topic: "orders/updated".to_owned(),
        delivery_id: delivery.to_string(),
        document: Document::new(Kind::Order, "us", order),
        priority: Priority::Order,
        version: None,
        body: Vec::new(),
    }
}

#[tokio::test]
async fn every_event_has_exactly_one_outcome_after_any_history() {
    let mut all = [0; 6];
    let mut stale = 0;
    for seed in 0..8 {
        let database = Database::new().await;
        let mut history = History::start(&database, seed).await;
        for _ in 0..STEPS {
            history.step().await;
        }
        for (sum, part) in all.iter_mut().zip(history.compare(seed).await) {
            *sum += part;
        }
        stale += history.stale;
    }
    // Or the histories would prove little.
    assert!(
        all.iter().all(|events| *events > 0) && stale > 0,
        "{all:?}, {stale} stale"
    );
}

#[tokio::test]
async fn an_event_of_a_row_that_was_settled_by_hand_is_lost_and_the_balance_says_so() {
    let database = Database::new().await;
    store(&database.pool, &[event(1, 1)]).await.unwrap();
    assert!(
        coverage::balance(&database.pool, "", 10)
            .await
            .unwrap()
            .holds()
    );

    sqlx::query("update outbox set state = 'settled', outcome = 'applied', due_at = null")
        .execute(&database.pool)
        .await
        .unwrap();

    assert!(
        !coverage::balance(&database.pool, "", 10)
            .await
            .unwrap()
            .holds()
    );
    let told = coverage::of_document(&database.pool, &Document::new(Kind::Order, "us", 1), 10)
        .await
        .unwrap();
    assert_eq!(told[0].outcome, Outcome::Lost);
}
