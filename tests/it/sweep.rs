//! The order sweep against the Shopify twin: what it marks, what it costs, and how it goes on.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sandbox::shopify::{Fault, PlaceOrder, Settings, Shop as Twin, line};
use tokio_util::sync::CancellationToken;
use waybill::action::Actor;
use waybill::config::store::{CustomerDirection, Customers};
use waybill::config::{Secret, Store, Sweeps, Timing};
use waybill::operator::sweeps;
use waybill::shopify::Client;
use waybill::sweep::{self, Progress, Shop, Source, Step};

use crate::database::Database;

/// A twin, its client and a database.
struct Story {
    database: Database,
    twin: Twin,
    client: Client,
    settings: Sweeps,
    since: Option<DateTime<Utc>>,
}

impl Story {
    async fn start() -> Self {
        let settings = Settings {
            restore_rate: Some(5_000),
            ..Settings::default()
        };
        let twin = Twin::start(settings).await.unwrap();
        let client = Client::new(&store(&twin), &Timing::default()).unwrap();
        let database = Database::new().await;
        let settings = Sweeps {
            order: Duration::from_secs(3600),
            ..Sweeps::default()
        };
        Self {
            database,
            twin,
            client,
            settings,
            since: None,
        }
    }

    async fn step(&self) -> Step {
        let customers = Customers {
            direction: CustomerDirection::Off,
            ..Customers::default()
        };
        let shop = Shop {
            name: "us",
            client: &self.client,
            since: self.since,
            customers: &customers,
        };
        sweep::step(
            &self.database.pool,
            &self.settings,
            Source::Shops(&[shop]),
            &CancellationToken::new(),
        )
        .await
        .unwrap()
    }

    /// Sweeps until nothing is due.
    async fn sweep(&self) {
        loop {
            match self.step().await {
                Step::Page => {}
                Step::Idle => return,
                Step::Failed => panic!("the sweep failed"),
            }
        }
    }

    /// As [`Self::sweep`], an interval later.
    async fn sweep_again(&self) {
        self.run("update sweep set started_at = started_at - interval '2 hours'")
            .await;
        self.sweep().await;
    }

    async fn ask(&self, since: Option<DateTime<Utc>>) -> i64 {
        let actor = Actor::command_line();
        let kind = waybill::event::Kind::Order;
        sweeps::start(
            &self.database.pool,
            &self.settings,
            &actor,
            kind,
            "us",
            since,
        )
        .await
        .unwrap()
    }

    async fn progress(&self, id: i64) -> Progress {
        sweep::progress(&self.database.pool, id)
            .await
            .unwrap()
            .unwrap()
    }

    async fn run(&self, statement: &'static str) -> u64 {
        sqlx::query(statement)
            .execute(&self.database.pool)
            .await
            .unwrap()
            .rows_affected()
    }

    /// As passes leave their rows: settled, with the version that was read.
    async fn settle_all(&self) {
        self.run(
            "update outbox set state = 'settled', outcome = 'applied', due_at = null,
                seen_version = (select max(version) from event where event.document = outbox.document)",
        )
        .await;
    }

    async fn due(&self) -> i64 {
        self.database
            .number("select count(*) from outbox where state = 'due'")
            .await
    }

    async fn events(&self) -> i64 {
        self.database.number("select count(*) from event").await
    }

    fn orders(&self, count: usize, age: TimeDelta) {
        let now = self.now();
        for n in 0..count {
            // Spread over seconds, oldest first.
            let after = TimeDelta::seconds(i64::try_from(n).unwrap() % 60);
            self.twin.place_order(PlaceOrder {
                created_at: Some(now - age + after),
                ..PlaceOrder::of([line("MUG", 1)])
            });
        }
    }

    /// The twin's time, by what it writes.
    fn now(&self) -> DateTime<Utc> {
        self.twin.place_order([line("CLOCK", 1)]).created_at
    }

    fn reads(&self) -> usize {
        self.twin.calls_of("OrdersUpdatedQuery")
    }
}

fn store(twin: &Twin) -> Store {
    let text = "name = 'us'\ndomain = 'acme-us.myshopify.com'\ntime_zone = 'America/New_York'\n[tax]\nstrategy = 'tax_line'";
    let mut store: Store = toml::from_str(text).unwrap();
    store.url = Some(twin.url());
    store.client_id = Some(Secret::new("sandbox-client".to_owned()));
    store.client_secrets = vec![Secret::new("sandbox-secret".to_owned())];
    store
}

#[tokio::test]
async fn an_order_that_no_webhook_told_of_is_due_after_the_next_sweep() {
    let story = Story::start().await;
    let order = story.twin.place_order([line("MUG", 2)]);

    story.sweep().await;

    let told = story
        .database
        .texts("select concat_ws(' ', document, state, priority) from outbox")
        .await;
    assert_eq!(told, [format!("order/us/{} due 1", order.id)]);
    let events = story
        .database
        .texts("select concat_ws(' ', source, topic, store) from event")
        .await;
    assert_eq!(events, ["sweep sweep us"]);
}

#[tokio::test]
async fn an_order_seen_at_its_version_costs_nothing_until_it_changes() {
    let story = Story::start().await;
    let order = story.twin.place_order([line("MUG", 1)]);
    story.sweep().await;
    story.settle_all().await;

    story.sweep_again().await;
    assert_eq!((story.due().await, story.events().await), (0, 1));

    // As a change a second later would leave it.
    story
        .run("update outbox set seen_version = seen_version - interval '1 second'")
        .await;
    story.run("delete from event").await;
    story.sweep_again().await;
    assert_eq!(story.due().await, 1, "order {} changed", order.id);
}

#[tokio::test]
async fn unchanged_orders_are_at_most_one_read_a_hundred_and_no_mark() {
    let story = Story::start().await;
    story.orders(1_000, TimeDelta::minutes(4));
    story.sweep().await;
    story.settle_all().await;
    story.twin.reset_calls();

    story.sweep_again().await;

    let seen = story
        .database
        .number("select seen from sweep order by id desc limit 1")
        .await;
    assert!(seen >= 1_000, "{seen} orders were looked at");
    assert!(
        story.twin.calls().len() <= 10,
        "{} calls",
        story.twin.calls().len()
    );
    assert_eq!(story.due().await, 0);
}

#[tokio::test]
async fn a_sweep_that_died_goes_on_behind_its_last_page() {
    let story = Story::start().await;
    story.orders(600, TimeDelta::minutes(4));
    assert_eq!(story.step().await, Step::Page);
    assert_eq!(story.events().await, 250);
    story.twin.reset_calls();

    // Nothing is kept in memory between two steps: another process would do the same.
    story.sweep().await;

    assert_eq!(story.events().await, 601);
    assert_eq!(story.reads(), 2);
}

#[tokio::test]
async fn a_page_that_is_done_twice_marks_nothing_twice() {
    let story = Story::start().await;
    story.orders(10, TimeDelta::minutes(4));
    story.sweep().await;

    // The process died after the marks and before the row moved.
    story
        .run("update sweep set cursor = null, finished_at = null")
        .await;
    story.run("update outbox set state = 'held', due_at = null, problem = '{\"code\": \"unknown_sku\", \"cause\": \"x\"}'").await;
    story.sweep().await;

    assert_eq!(story.events().await, 11);
    assert_eq!(story.due().await, 0);
}

#[tokio::test]
async fn a_shop_that_does_not_answer_is_asked_again_later_and_the_row_says_why() {
    let story = Story::start().await;
    story.orders(1, TimeDelta::minutes(1));
    story.twin.fail("OrdersUpdatedQuery", Fault::Unavailable, 9);

    assert_eq!(story.step().await, Step::Failed);
    assert_eq!(story.step().await, Step::Idle, "it waits");
    let failures = story.database.texts("select failure from sweep").await;
    assert!(failures[0].contains("unavailable"), "{failures:?}");

    story.twin.clear_faults();
    story
        .run("update sweep set moved_at = moved_at - interval '1 minute'")
        .await;
    story.sweep().await;
    assert_eq!(story.due().await, 2);
    assert_eq!(
        story
            .database
            .number("select count(*) from sweep where failure is null")
            .await,
        1
    );
}

#[tokio::test]
async fn a_backfill_reaches_far_back_and_waits_behind_everything_of_today() {
    let story = Story::start().await;
    story.orders(300, TimeDelta::days(40));
    let now = story.now();

    let id = story.ask(Some(now - TimeDelta::days(60))).await;
    assert!(story.progress(id).await.backfill);
    // The regular sweep goes first.
    assert_eq!(story.step().await, Step::Page);
    assert_eq!(story.progress(id).await.seen, 0);
    story.sweep().await;

    let done = story.progress(id).await;
    assert!(done.finished_at.is_some());
    assert_eq!((done.seen, done.marked), (302, 300));
    let lanes = story
        .database
        .texts("select priority || ' ' || count(*) from outbox group by priority order by priority")
        .await;
    assert_eq!(lanes, ["1 2", "9 300"]);
}

#[tokio::test]
async fn the_first_sweep_begins_at_go_live_and_the_next_overlaps_it() {
    let mut story = Story::start().await;
    let now = story.now();
    story.since = Some(now - TimeDelta::days(3));
    story.orders(1, TimeDelta::days(2));
    story.orders(1, TimeDelta::days(4));

    story.sweep().await;
    let marked = story
        .database
        .texts("select priority::text from outbox order by 1")
        .await;
    assert_eq!(
        marked,
        ["1", "1", "1", "9"],
        "old changes wait behind live ones"
    );

    story.sweep_again().await;
    let gaps = story
        .database
        .texts("select (since = lag(until) over (order by id) - interval '5 minutes')::text from sweep order by id offset 1")
        .await;
    assert_eq!(gaps, ["true"]);
}

#[tokio::test]
async fn a_paused_store_is_not_swept_and_catches_up_afterwards() {
    let story = Story::start().await;
    story.orders(1, TimeDelta::minutes(1));
    story
        .run("insert into pause (owner, reason, \"by\") values ('us', 'move', 'anna')")
        .await;
    assert_eq!(story.step().await, Step::Idle);
    assert_eq!(story.twin.calls().len(), 0);

    story.run("update pause set lifted_at = now()").await;
    story.sweep().await;
    assert_eq!(story.due().await, 2);
}

#[tokio::test]
async fn who_asked_for_a_sweep_sees_it_move_to_its_end() {
    let story = Story::start().await;
    story.orders(300, TimeDelta::minutes(1));
    let ids = [story.ask(None).await];
    let mut seen = Vec::new();
    let followed = sweep::follow(&story.database.pool, &ids, |progress, dispatching| {
        assert!(!dispatching);
        seen.push(progress.seen);
    });

    let (ended, ()) = tokio::join!(followed, story.sweep());

    let ended = ended.unwrap();
    assert_eq!(ended[0].seen, 301);
    assert!(ended[0].finished_at.is_some());
    assert_eq!(seen.last(), Some(&301));
    let acts = story
        .database
        .texts("select concat_ws(' ', \"by\", action, subject) from operator_action")
        .await;
    assert_eq!(acts, ["command line sweep order/us"]);
}
