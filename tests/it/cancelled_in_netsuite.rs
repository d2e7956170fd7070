//! Sales orders that somebody closes or cancels in NetSuite, and what becomes of their Shopify orders.

use rust_decimal::Decimal;
use sandbox::netsuite::Kind as Record;
use sandbox::shopify::{
    Editing, Fault, Fulfil, Payment, PlaceOrder, Refunding, Restock, TransactionKind, When, line,
};
use serde_json::{Value, json};
use waybill::event::Kind;
use waybill::outbox::pause::{self, Scope};
use waybill::sweep;

use crate::process::{self, Process, free_address};
use crate::world::{Change, PATIENCE, World};

const KEEP: &str = "cancel_in_shopify = \"keep_payment\"";
const REFUND: &str = "cancel_in_shopify = \"refund\"";

fn dollars(amount: i64) -> Decimal {
    Decimal::new(amount * 100, 2)
}

/// Two mugs of 10 dollars taxed at 10 %, and a shirt of 10: 32.
fn order() -> PlaceOrder {
    let mug = line("MUG", 2).taxed("State tax", Decimal::new(1, 1));
    PlaceOrder::of([mug, line("TEE", 1)])
}

fn with(orders: &'static str) -> Change {
    Change {
        orders,
        ..Change::default()
    }
}

/// NetSuite's script calls, and one order is in both systems.
async fn sold(change: Change) -> (World, u64) {
    let world = World::with(change).await;
    world.script(false);
    let order = world.shop.place_order(order()).id;
    world.drain_well().await;
    (world, order)
}

impl World {
    /// A person closes every line of the sales order; its id.
    #[track_caller]
    fn closes(&self, order: u64) -> u64 {
        let sale = self.sales_order(order);
        let lines: Vec<Value> = sale
            .lines
            .iter()
            .map(|line| json!({ "line": line.line, "isClosed": true }))
            .collect();
        let body = json!({ "item": { "items": lines } });
        self.netsuite
            .person_edits(Record::SalesOrder, sale.id, &body, &[])
            .unwrap();
        assert_eq!(self.sales_order(order).status, "H");
        sale.id
    }

    /// How a sales order's document stands.
    async fn end_of_sale(&self, sale: u64) -> String {
        sqlx::query_scalar(
            "select case when state = 'held' then problem_code else coalesce(reason, outcome, state) end
             from outbox where document = $1",
        )
        .bind(format!("order/netsuite/{sale}"))
        .fetch_one(&self.database.pool)
        .await
        .unwrap()
    }

    fn is_cancelled(&self, order: u64) -> bool {
        self.shop.order(order).unwrap().cancelled_at.is_some()
    }

    /// Refunds of money that Shopify made of an order.
    fn given_back(&self, order: u64) -> usize {
        let order = self.shop.order(order).unwrap();
        let refunds = order.transactions.iter();
        refunds
            .filter(|it| it.kind == TransactionKind::Refund)
            .count()
    }

    /// Cancelled once and paid back once, on both sides.
    #[track_caller]
    fn ended_with_a_refund(&self, order: u64) {
        assert!(self.is_cancelled(order));
        assert_eq!(self.given_back(order), 1);
        let [refund] = self
            .netsuite
            .transactions(Record::CustomerRefund)
            .try_into()
            .unwrap();
        assert_eq!(refund.total, dollars(32));
        assert_eq!(self.deposits(order)[0].open, Decimal::ZERO);
    }
}

#[tokio::test]
async fn by_default_a_closed_sales_order_leaves_the_shopify_order_alone_and_costs_no_call() {
    let (world, order) = sold(Change::default()).await;
    world.netsuite.reset_calls();
    world.shop.reset_calls();
    let sale = world.closes(order);
    world.drain_well().await;
    assert!(!world.is_cancelled(order));
    assert_eq!(
        world.end_of_sale(sale).await,
        "[store.orders] cancel_in_shopify is off"
    );
    assert_eq!(world.netsuite_calls(), Vec::<String>::new());
    assert_eq!(world.shop.calls_of("order"), 0);
}

#[tokio::test]
async fn a_closed_sales_order_cancels_its_order_and_the_payment_is_kept_for_a_person() {
    let (world, order) = sold(with(KEEP)).await;
    let sale = world.closes(order);
    world.drain().await;
    assert!(world.is_cancelled(order));
    assert_eq!(world.end_of_sale(sale).await, "applied");
    assert_eq!(world.shop.calls_of("orderCancel"), 1);
    let cancelled = world.shop.order(order).unwrap();
    assert_eq!(cancelled.cancel_mails, 0);
    let note = cancelled.staff_note.clone().unwrap();
    assert_eq!(note, format!("closed in NetSuite ({sale})"));
    // No money went back, so none is booked; that it is kept is told.
    assert_eq!(world.given_back(order), 0);
    assert!(
        world
            .netsuite
            .transactions(Record::CustomerRefund)
            .is_empty()
    );
    assert_eq!(world.deposits(order)[0].open, dollars(32));
    assert_eq!(world.problems().await, ["payment_kept"]);
}

#[tokio::test]
async fn with_refund_the_money_goes_back_and_the_deposit_with_it() {
    let (world, order) = sold(with(REFUND)).await;
    let sale = world.closes(order);
    world.drain_well().await;
    world.ended_with_a_refund(order);
    assert_eq!(world.sales_order(order).status, "H");
    assert_eq!(world.end_of_sale(sale).await, "applied");
    // What follows of it in either system is no news.
    world.shop.announce(order, &["orders/updated"]);
    let memo = json!({ "memo": "closed for good" });
    world
        .netsuite
        .person_edits(Record::SalesOrder, sale, &memo, &[])
        .unwrap();
    world.drain_well().await;
    world.ended_with_a_refund(order);
    assert_eq!(
        world.end_of_sale(sale).await,
        "the Shopify order is cancelled"
    );
    assert_eq!(world.shop.calls_of("orderCancel"), 1);
}

#[tokio::test]
async fn a_sales_order_that_was_cancelled_before_its_approval_cancels_its_order() {
    let (world, order) = sold(with(REFUND)).await;
    let sale = world.sales_order(order).id;
    world.netsuite.person_cancels(sale).unwrap();
    world.drain_well().await;
    world.ended_with_a_refund(order);
    assert_eq!(world.sales_order(order).status, "C");
}

#[tokio::test]
async fn an_unpaid_order_is_cancelled_with_a_mail_if_the_setting_says_so() {
    let change =
        with("when = \"placed\"\ncancel_in_shopify = \"refund\"\ncancel_notifies_customer = true");
    let world = World::with(change).await;
    world.script(false);
    let order = order().with_payment(Payment::Pending);
    let order = world.shop.place_order(order).id;
    world.drain_well().await;
    world.closes(order);
    world.drain_well().await;
    assert!(world.is_cancelled(order));
    assert_eq!(world.shop.order(order).unwrap().cancel_mails, 1);
    assert!(
        world
            .netsuite
            .transactions(Record::CustomerRefund)
            .is_empty()
    );
}

#[tokio::test]
async fn a_sales_order_that_we_closed_for_shopify_cancels_nothing() {
    let (world, cancelled) = sold(with(REFUND)).await;
    world.netsuite.configure(|settings| {
        if let Some(callbacks) = &mut settings.callbacks {
            callbacks.own_writes = true;
        }
    });
    world.shop.cancel(cancelled, "customer").unwrap();
    let emptied = world.shop.place_order(order());
    world.drain_well().await;
    let all = Refunding {
        lines: emptied
            .lines
            .iter()
            .map(|it| (it.id, it.quantity))
            .collect(),
        restock: Restock::Cancel,
        money: true,
        ..Refunding::default()
    };
    world.shop.refund(emptied.id, &all).unwrap();
    world.drain_well().await;
    let ends = [
        (cancelled, "the Shopify order is cancelled"),
        (emptied.id, "nothing is left of the Shopify order"),
    ];
    for (order, end) in ends {
        let sale = world.sales_order(order);
        assert_eq!(sale.status, "H");
        assert_eq!(world.end_of_sale(sale.id).await, end);
    }
    assert!(!world.is_cancelled(emptied.id));
    assert_eq!(world.shop.calls_of("orderCancel"), 0);
}

#[tokio::test]
async fn what_is_shipped_is_held_with_both_sides_and_nothing_is_asked() {
    let (world, order) = sold(with(REFUND)).await;
    let sale = world.sales_order(order);
    let part = json!({
        "shipStatus": { "id": "C" },
        "item": { "items": [{ "orderLine": sale.lines[0].line, "quantity": 1, "itemReceive": true }] },
    });
    let made = Record::ItemFulfillment;
    world
        .netsuite
        .person_makes(Record::SalesOrder, sale.id, made, &part)
        .unwrap();
    let sale = world.closes(order);
    world.drain().await;
    assert_eq!(world.end_of_sale(sale).await, "closed_in_netsuite");
    let told = world.explained().await.concat();
    assert!(
        told.contains("closed in NetSuite") && told.contains("itemfulfillment"),
        "{told}"
    );
    assert!(!world.is_cancelled(order));
    assert_eq!(world.shop.calls_of("orderCancel"), 0);
}

#[tokio::test]
async fn a_sales_order_that_is_billed_or_was_only_edited_is_not_taken_for_closed() {
    let (world, order) = sold(with(REFUND)).await;
    let sale = world.sales_order(order).id;
    let memo = json!({ "memo": "call first" });
    world
        .netsuite
        .person_edits(Record::SalesOrder, sale, &memo, &[])
        .unwrap();
    world.drain_well().await;
    let end = world.end_of_sale(sale).await;
    assert!(end.ends_with("pending fulfillment"), "{end}");

    let shipped = json!({ "shipStatus": { "id": "C" } });
    for (kind, body) in [
        (Record::ItemFulfillment, shipped),
        (Record::Invoice, json!({})),
    ] {
        world
            .netsuite
            .person_makes(Record::SalesOrder, sale, kind, &body)
            .unwrap();
    }
    world.shop.fulfil(order, &Fulfil::default()).unwrap();
    world
        .netsuite
        .person_edits(Record::SalesOrder, sale, &memo, &[])
        .unwrap();
    world.drain_well().await;
    let end = world.end_of_sale(sale).await;
    assert!(end.ends_with("billed"), "{end}");
    assert!(!world.is_cancelled(order));
}

#[tokio::test]
async fn nothing_is_decided_before_shopifys_own_changes_are_in_netsuite() {
    let (world, id) = sold(with(REFUND)).await;
    world.shop.hold_deliveries();
    let mug = world.shop.order(id).unwrap().lines[0].id;
    world
        .shop
        .commit_edit(id, &Editing::set_quantity(mug, 1))
        .unwrap();
    world.closes(id);
    world
        .database
        .until("select count(*) from outbox where reason like '%not in NetSuite yet%'")
        .await;
    assert_eq!(world.shop.calls_of("orderCancel"), 0);
    world.shop.release_deliveries(false);
    world.drain().await;
    assert!(world.is_cancelled(id));
    assert_eq!(world.shop.calls_of("orderCancel"), 1);
}

#[tokio::test]
async fn a_lost_answer_is_found_again_and_nothing_is_asked_twice() {
    for fault in [
        Fault::ReplyLost,
        Fault::BadGatewayAfter,
        Fault::GatewayTimeoutAfter,
    ] {
        let (world, order) = sold(with(REFUND)).await;
        world.shop.fail("orderCancel", fault, 1);
        world.closes(order);
        world.drain_well().await;
        world.ended_with_a_refund(order);
        assert_eq!(world.shop.calls_of("orderCancel"), 1);
    }
}

#[tokio::test]
async fn what_did_not_arrive_is_asked_again_only_when_it_cannot_arrive_any_more() {
    let (world, order) = sold(with(REFUND)).await;
    world.shop.fail("orderCancel", Fault::ResetBefore, 1);
    world.closes(order);
    world.drain_well().await;
    world.ended_with_a_refund(order);
    let gap = world.database.number(
        "select (extract(epoch from max(sent_at) - min(sent_at)) * 1000)::int8 from attempt_call where call like 'cancel shopify order %'",
    );
    // Twice the deadline of a call.
    assert!(gap.await >= 10_000);
}

#[tokio::test]
async fn throttling_delays_a_cancellation_and_does_not_double_it() {
    let (world, order) = sold(with(REFUND)).await;
    world.shop.fail("orderCancel", Fault::Throttled, 1);
    world.closes(order);
    world.drain_well().await;
    world.ended_with_a_refund(order);
}

#[tokio::test]
async fn a_job_that_takes_its_time_is_followed_to_its_end() {
    let (world, order) = sold(with(REFUND)).await;
    world.shop.hold_jobs();
    let sale = world.closes(order);
    world.waits_for("Shopify is cancelling the order").await;
    assert!(!world.is_cancelled(order));
    world.shop.release_jobs();
    world.drain_well().await;
    world.ended_with_a_refund(order);
    assert_eq!(world.end_of_sale(sale).await, "applied");
    assert_eq!(world.shop.calls_of("orderCancel"), 1);
}

#[tokio::test]
async fn a_job_that_fails_because_the_order_was_shipped_meanwhile_cancels_nothing() {
    let (world, order) = sold(with(REFUND)).await;
    world.shop.hold_jobs();
    let sale = world.closes(order);
    world.waits_for("Shopify is cancelling the order").await;
    world.shop.fulfil(order, &Fulfil::default()).unwrap();
    world.shop.release_jobs();
    world.drain().await;
    // All of it is shipped meanwhile, so that nothing is left to cancel.
    let end = world.end_of_sale(sale).await;
    let told = world.explained().await.concat();
    assert!(
        end == "all that is left of the Shopify order is fulfilled"
            || told.contains("has been fulfilled"),
        "{end}: {told}"
    );
    assert!(!world.is_cancelled(order));
    assert_eq!(world.shop.calls_of("orderCancel"), 1);
}

#[tokio::test]
async fn what_shopify_refuses_is_held_in_its_words() {
    let (world, order) = sold(with(REFUND)).await;
    let words = vec!["The order has a pending payment".to_owned()];
    world.shop.fail("orderCancel", Fault::UserErrors(words), 1);
    let sale = world.closes(order);
    world.drain().await;
    assert_eq!(world.end_of_sale(sale).await, "closed_in_netsuite");
    let told = world.explained().await.concat();
    assert!(told.contains("pending payment"), "{told}");
    assert!(!world.is_cancelled(order));
}

async fn killed(when: When) {
    let world = World::without_service_with(with(REFUND)).await;
    let public = free_address();
    let process = Process::start(&world, public).await;
    world.subscribe(public);
    let order = world.shop.place_order(order()).id;
    world.drain_well().await;
    let sale = world.sales_order(order).id;
    let gate = world.shop.park("orderCancel", when);
    world.closes(order);
    let pool = &world.database.pool;
    let settings = waybill::config::Sweeps::default();
    sweep::request(pool, &settings, Kind::Order, "netsuite", None)
        .await
        .unwrap();
    assert!(gate.arrived(PATIENCE).await);
    process.kill();
    gate.release();
    let _process = Process::start(&world, public).await;
    world.drain_well().await;
    world.ended_with_a_refund(order);
    assert_eq!(world.end_of_sale(sale).await, "applied");
}

#[tokio::test]
async fn killed_before_the_wish_reached_shopify() {
    killed(When::BeforeExecution).await;
}

#[tokio::test]
async fn killed_after_the_wish_was_granted_and_before_its_answer() {
    killed(When::AfterExecution).await;
}

#[tokio::test]
async fn a_closed_sales_order_whose_call_never_came_is_found_by_the_sweep() {
    let mut change = with(REFUND);
    change.instead = &[("order = \"1h\"", "order = \"200ms\"")];
    let world = World::with(change).await;
    let order = world.shop.place_order(order()).id;
    world.drain_well().await;
    world.closes(order);
    world
        .until("the sweep finds it", || world.is_cancelled(order))
        .await;
    world.drain_well().await;
    world.ended_with_a_refund(order);
}

#[tokio::test]
async fn a_sweep_of_what_was_seen_costs_one_query() {
    let (world, order) = sold(with(REFUND)).await;
    world.closes(order);
    world.drain_well().await;
    // The order's own pass set the tax of the closed order right: that is seen once.
    let swept = async || {
        let pool = &world.database.pool;
        let settings = waybill::config::Sweeps::default();
        let asked = sweep::request(pool, &settings, Kind::Order, "netsuite", None);
        let ids = [asked.await.unwrap()];
        let ended = tokio::time::timeout(PATIENCE, sweep::follow(pool, &ids, |_, _| {}));
        let ended = ended.await.unwrap().unwrap();
        world.drain_well().await;
        ended[0].marked
    };
    swept().await;
    world.netsuite.reset_calls();
    assert_eq!(swept().await, 0);
    assert_eq!(world.netsuite_calls().len(), 1);
    assert_eq!(world.shop.calls_of("orderCancel"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plan_is_shown_before_it_is_carried_out() {
    let (world, order) = sold(with(REFUND)).await;
    let scope = Scope {
        kind: Some(Kind::Order),
        owner: Some("netsuite"),
    };
    let held = pause::start(&world.database.pool, scope, "a test looks", "test", None);
    let held = held.await.unwrap();
    let sale = world.closes(order);
    let document = format!("order/netsuite/{sale}");
    world
        .database
        .until("select count(*) from outbox where document like 'order/netsuite/%'")
        .await;
    let url = Some(world.database.url.as_str());
    let shown = || process::run(&world, &["replay", &document], url);
    let (status, said) = tokio::task::block_in_place(shown);
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains(&format!("order {order}")), "{said}");
    assert!(!world.is_cancelled(order));
    pause::lift(&world.database.pool, held, "test")
        .await
        .unwrap();
    world.drain_well().await;
    world.ended_with_a_refund(order);
}
