//! The governor against an account that takes only so many calls at once.

use std::sync::Arc;
use std::time::Duration;

use sandbox::netsuite::{Fault, Matcher, Settings};
use tokio::task::JoinSet;
use waybill::config::Timing;
use waybill::remote::{Error, Outcome};

use super::{World, live, settings, so, timing};

#[tokio::test]
async fn calls_stay_within_what_the_account_takes_and_none_fails() {
    let world = World::with(
        Settings {
            concurrency: 2,
            ..settings()
        },
        timing(),
    )
    .await;
    world.client.currencies(&live()).await.unwrap();
    world.account.reset_calls();
    world
        .account
        .fail_times(24, Matcher::create("salesOrder"), Fault::Slow { ms: 10 });

    let world = Arc::new(world);
    let mut calls = JoinSet::new();
    for order in 0..24 {
        let world = Arc::clone(&world);
        calls.spawn(async move { world.create(&so(order)).await });
    }
    let created = calls.join_all().await;

    assert!(created.iter().all(Result::is_ok));
    assert_eq!(world.account.sales_orders().len(), 24);
    assert!(world.account.peak() <= 2);
    let refused = world.account.too_many_requests();
    assert_eq!(world.client.governor().refused_total, refused);
    assert!(
        (1..24).contains(&refused),
        "{refused} of 24 calls were refused"
    );
}

#[tokio::test]
async fn throttling_past_the_deadline_was_not_done() {
    let timing = Timing {
        netsuite_deadline: Duration::from_secs(4),
        ..timing()
    };
    let world = World::with(settings(), timing).await;
    world
        .account
        .fail_always(Matcher::create("salesOrder"), Fault::TooManyRequests);
    let error = world.create(&so(1)).await.unwrap_err();
    assert!(matches!(error, Error::Throttled { .. }), "{error}");
    assert_eq!(error.outcome(), Outcome::NotDone);
}
