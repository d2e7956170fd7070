//! Accounting periods: what posts into a closed one, and how a client finds an open one.

use sandbox::netsuite::{ClosedPeriod, Kind, Settings};
use serde_json::{Value, json};

use crate::world::{World, settings};

fn closed_until_november(closed_period: ClosedPeriod) -> Settings {
    Settings {
        books_closed_before: Some("2026-11-01".parse().unwrap()),
        closed_period,
        ..settings()
    }
}

fn deposit(world: &World, day: &str) -> Value {
    json!({ "customer": world.customer, "payment": 1, "account": "123", "tranDate": day })
}

#[tokio::test]
async fn a_closed_period_refuses_what_posts() {
    let world = World::with(closed_until_november(ClosedPeriod::Refuse)).await;
    let mut order = world.order();
    order["tranDate"] = json!("2026-10-31");
    assert_eq!(
        world.post("salesOrder", &order).await.status,
        204,
        "an order does not post"
    );
    let reply = world
        .post("customerDeposit", &deposit(&world, "2026-10-31"))
        .await;
    assert!(
        reply.detail().contains("accounting period"),
        "{}",
        reply.body
    );
    let reply = world
        .post("customerDeposit", &deposit(&world, "2026-11-01"))
        .await;
    assert_eq!(reply.status, 204, "{}", reply.body);
}

#[tokio::test]
async fn by_preference_it_is_posted_to_the_first_open_period_and_keeps_its_date() {
    let world = World::with(closed_until_november(ClosedPeriod::FirstOpen)).await;
    let reply = world
        .post("customerDeposit", &deposit(&world, "2026-03-05"))
        .await;
    assert_eq!(reply.status, 204, "{}", reply.body);
    let made = &world.account.transactions(Kind::CustomerDeposit)[0];
    assert_eq!(made.date, "2026-03-05".parse().ok());
    assert_eq!(made.fields["postingPeriod"]["refName"], "Nov 2026");
}

#[tokio::test]
async fn open_periods_are_found_by_suiteql() {
    let world = World::with(closed_until_november(ClosedPeriod::Refuse)).await;
    let rows = world
        .rows(
            "SELECT periodname, TO_CHAR(startdate,'YYYY-MM-DD') AS first_day, \
             TO_CHAR(enddate,'YYYY-MM-DD') AS last_day, closed, arlocked, alllocked \
             FROM accountingperiod WHERE isquarter = 'F' AND isyear = 'F' AND isposting = 'T' \
             AND enddate >= TO_DATE(?,'YYYY-MM-DD') ORDER BY startdate FETCH FIRST 2 ROWS ONLY",
            &["2026-10-15"],
        )
        .await;
    assert_eq!(
        (&rows[0]["periodname"], &rows[0]["closed"]),
        (&json!("Oct 2026"), &json!("T"))
    );
    assert_eq!(rows[1]["closed"], "F");
    assert_eq!(rows[1]["first_day"], "2026-11-01");
    assert_eq!(rows[1]["last_day"], "2026-11-30");
}
