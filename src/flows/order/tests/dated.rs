//! The days of an order's documents when an accounting period is closed.

use super::sample::{known, order, store};
use crate::flows::order::period::Periods;
use crate::flows::order::plan::{Decision, plan};
use crate::netsuite::period::{Period, State};
use crate::problem::Code;

#[test]
fn what_posts_into_a_closed_period_moves_to_the_first_open_one_and_the_plan_says_why() {
    let order = order("USD").line("MUG", 1, "10.00").paid();
    let mut known = known(&order);
    known.periods = Periods(
        [
            ("Nov", "2026-11-01", "2026-11-30", State::Closed),
            ("Dec", "2026-12-01", "2026-12-31", State::Open),
        ]
        .map(|(name, first, last, state)| Period {
            name: name.to_owned(),
            first: first.parse().unwrap(),
            last: last.parse().unwrap(),
            state,
        })
        .into(),
    );
    let plan = |settings| plan(&order, &store(settings), &known);
    let days = |settings| {
        let Ok(Decision::Write(planned)) = plan(settings) else {
            panic!("not planned: {settings}")
        };
        let days = planned.plan.writes.iter();
        let days: Vec<String> = days
            .map(|write| write.body["tranDate"].as_str().unwrap().to_owned())
            .collect();
        (days.join(" "), planned.plan.notes)
    };
    let (moved, notes) = days("[orders]\nclosed_period = \"first_open\"");
    assert_eq!(moved, "2026-11-23 2026-12-01");
    assert!(
        notes[0].contains("dep-us-9001") && notes[0].contains("2026-11-23"),
        "{notes:?}"
    );
    let settings = "[orders]\nrecord = \"cash_sale\"\nclosed_period = \"first_open\"";
    assert_eq!(days(settings).0, "2026-12-01");
    let kept = days("[orders]\nclosed_period = \"original\"");
    assert_eq!(kept, ("2026-11-23 2026-11-23".to_owned(), Vec::new()));
    let held = plan("").unwrap_err();
    assert_eq!(held.code, Code::PeriodClosed);
}
