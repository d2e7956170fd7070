//! The comparison as a table of cases, and what holds for every split of units.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::plan::{Decision, plan};
use super::read::{Known, Ours};
use super::step::{Planned, Step};
use super::{fingerprint, tracking};
use crate::config::Store;
use crate::event::{Document, Kind, NETSUITE};
use crate::link::InternalId;
use crate::netsuite::fulfillments::{Fulfillment as Source, Line};
use crate::problem::{Code, Problem};
use crate::shopify::fulfillments::{Fulfillment, Shipments, Tracking, Work, WorkLine};

const MAIN: u64 = 1;
const ANNEX: u64 = 2;

fn store(more: &str) -> Store {
    let text = format!(
        "name = 'us'\ndomain = 'acme-us.myshopify.com'\ntime_zone = 'America/New_York'\n\
         [tax]\nstrategy = 'tax_line'\n[locations]\n1 = ['WAREHOUSE']\n2 = ['ATTIC']\n[fulfillments]\n{more}"
    );
    toml::from_str(&text).unwrap()
}

fn document() -> Document {
    Document::new(Kind::Fulfillment, NETSUITE, 881)
}

/// NetSuite's side: lines as key, units and place.
fn source(lines: &[(&str, i64, &str)], numbers: &[&str]) -> Source {
    let line = |(key, units, location): &(&str, i64, &str)| Line {
        key: Some((*key).to_owned()),
        item: format!("item-{key}"),
        sku: Some(format!("SKU-{key}")),
        quantity: Decimal::from(*units),
        location: Some((*location).to_owned()),
    };
    Source {
        id: 881,
        number: None,
        status: Some("C".to_owned()),
        modified: chrono::DateTime::UNIX_EPOCH.naive_utc(),
        ship_method: Some("33".to_owned()),
        source: Some(crate::netsuite::fulfillments::Source {
            id: InternalId("7".to_owned()),
            record: Some("salesorder".to_owned()),
            external_id: None,
        }),
        lines: lines.iter().map(line).collect(),
        items: BTreeSet::new(),
        tracking: numbers.iter().map(ToString::to_string).collect(),
    }
}

/// What is left at a location: lines and units.
fn work(id: u64, location: u64, lines: &[(u64, u32)]) -> Work {
    let line = |(line, remaining): &(u64, u32)| WorkLine {
        id: id * 1000 + line,
        line: *line,
        sku: Some(format!("SKU-{line}")),
        remaining: *remaining,
    };
    Work {
        id,
        status: "OPEN".to_owned(),
        location: Some(location),
        actions: ["CREATE_FULFILLMENT", "MOVE"].map(str::to_owned).into(),
        lines: lines.iter().map(line).collect(),
    }
}

fn shown(id: u64, units: &[(u64, u32)], numbers: &[&str]) -> Fulfillment {
    Fulfillment {
        id,
        stands: true,
        tracking: Tracking {
            numbers: numbers.iter().map(ToString::to_string).collect(),
            ..Tracking::default()
        },
        units: units.iter().copied().collect(),
    }
}

fn known(source: Source, work: Vec<Work>, fulfillments: Vec<Fulfillment>) -> Known {
    Known {
        source: Some(source),
        adopted: false,
        shipments: Shipments {
            order: 5,
            cancelled: false,
            work,
            fulfillments,
        },
        ours: Vec::new(),
        others: BTreeSet::new(),
        sent: BTreeSet::new(),
        corrected: false,
    }
}

fn ours(id: u64, numbers: &[&str]) -> Ours {
    let numbers = numbers.iter().map(ToString::to_string).collect();
    let written = Tracking {
        numbers,
        ..Tracking::default()
    };
    Ours {
        id,
        tracking_hash: Some(tracking::hash(&written)),
    }
}

fn decided(known: &Known, more: &str) -> Result<Planned, Problem> {
    plan(&document(), &store(more), known).map(|decision| match decision {
        Decision::Write(planned) => planned,
        Decision::Skip(_) => Planned::default(),
    })
}

fn steps(known: &Known) -> Vec<Step> {
    decided(known, "").unwrap().steps
}

/// Units and mail of each create.
fn creates(steps: &[Step]) -> Vec<(BTreeMap<u64, u32>, bool)> {
    steps
        .iter()
        .filter_map(|step| match step {
            Step::Create { units, notify, .. } => Some((units.clone(), *notify)),
            Step::Adopt { .. } | Step::Track { .. } | Step::Cancel { .. } | Step::Move { .. } => {
                None
            }
        })
        .collect()
}

#[test]
fn what_is_shipped_is_made_once_and_then_equal() {
    let mut known = known(
        source(&[("101", 2, "WAREHOUSE")], &["1Z1"]),
        vec![work(9, MAIN, &[(101, 3)])],
        Vec::new(),
    );
    assert_eq!(creates(&steps(&known)), [([(101, 2)].into(), true)]);

    known.shipments.fulfillments = vec![shown(50, &[(101, 2)], &["1Z1"])];
    known.ours = vec![ours(50, &["1Z1"])];
    assert_eq!(steps(&known), []);
}

#[test]
fn of_two_places_only_the_missing_one_is_made() {
    let lines = [("101", 1, "WAREHOUSE"), ("102", 2, "ATTIC")];
    let mut known = known(
        source(&lines, &["1Z1"]),
        vec![work(9, MAIN, &[(101, 0)]), work(10, ANNEX, &[(102, 2)])],
        vec![shown(50, &[(101, 1)], &["1Z1"])],
    );
    known.ours = vec![ours(50, &["1Z1"])];
    assert_eq!(creates(&steps(&known)), [([(102, 2)].into(), true)]);
}

#[test]
fn a_fulfillment_without_a_link_is_ours_by_units_and_numbers_but_not_that_of_another() {
    let source = source(&[("101", 2, "WAREHOUSE")], &["1Z1"]);
    let mut known = known(
        source,
        vec![work(9, MAIN, &[(101, 2)])],
        vec![shown(50, &[(101, 2)], &["1Z1"])],
    );
    let adopted = Step::Adopt {
        fulfillment: 50,
        units: [(101, 2)].into(),
    };
    assert_eq!(steps(&known), [adopted]);

    known.others = [50].into();
    assert_eq!(creates(&steps(&known)).len(), 1);
}

#[test]
fn what_was_sent_is_ours_though_its_number_was_corrected_since() {
    let sent = shown(50, &[(101, 2)], &["1Z-WRONG"]);
    let mut known = known(
        source(&[("101", 2, "WAREHOUSE")], &["1Z-RIGHT"]),
        vec![work(9, MAIN, &[(101, 2)])],
        vec![sent.clone()],
    );
    assert_eq!(creates(&steps(&known)).len(), 1, "unknown so far");

    known.sent = [fingerprint::of(&sent.units, &sent.tracking)].into();
    let steps = steps(&known);
    assert!(
        matches!(
            steps.as_slice(),
            [
                Step::Adopt {
                    fulfillment: 50,
                    ..
                },
                Step::Track { notify: false, .. }
            ]
        ),
        "{steps:?}"
    );
}

#[test]
fn a_shipment_corrected_to_less_is_taken_back_and_made_again_without_a_mail() {
    let mut known = known(
        source(&[("101", 1, "WAREHOUSE")], &["1Z1"]),
        vec![work(9, MAIN, &[(101, 0)])],
        vec![shown(50, &[(101, 2)], &["1Z1"])],
    );
    known.ours = vec![ours(50, &["1Z1"])];
    let steps = steps(&known);
    assert_eq!(steps[0], Step::Cancel { fulfillment: 50 });
    assert_eq!(creates(&steps), [([(101, 1)].into(), false)]);
}

#[test]
fn a_fulfillment_order_in_progress_cannot_be_moved_and_is_counted_where_it_is() {
    let mut at_annex = work(9, ANNEX, &[(101, 2)]);
    let wanted = source(&[("101", 2, "WAREHOUSE")], &[]);
    let moved = decided(
        &known(wanted.clone(), vec![at_annex.clone()], Vec::new()),
        "",
    )
    .unwrap();
    assert!(matches!(
        moved.steps[0],
        Step::Move {
            work: 9,
            location: MAIN,
            ..
        }
    ));

    at_annex.actions.remove("MOVE");
    let stays = decided(&known(wanted, vec![at_annex], Vec::new()), "").unwrap();
    assert!(matches!(stays.steps.as_slice(), [Step::Create { .. }]));
    assert_eq!(stays.plan.notes.len(), 1);
}

#[test]
fn lines_are_told_apart_by_our_key_and_by_sku_only_in_orders_of_others() {
    let mut wanted = source(&[("101", 2, "WAREHOUSE")], &[]);
    wanted.lines[0].key = None;
    let mut unkeyed = known(wanted, vec![work(9, MAIN, &[(101, 2)])], Vec::new());
    let code = |known: &Known| decided(known, "").err().map(|problem| problem.code);
    assert_eq!(code(&unkeyed), Some(Code::UnknownLine));

    unkeyed.adopted = true;
    assert_eq!(creates(&steps(&unkeyed)), [([(101, 2)].into(), true)]);

    let twice = &mut unkeyed.shipments.work[0].lines;
    twice.push(WorkLine {
        id: 1,
        line: 102,
        ..twice[0].clone()
    });
    assert_eq!(
        code(&unkeyed),
        Some(Code::UnknownLine),
        "two lines have the SKU"
    );
}

#[test]
fn half_a_unit_is_no_unit() {
    let mut wanted = source(&[("101", 1, "WAREHOUSE")], &[]);
    wanted.lines[0].quantity = Decimal::new(15, 1);
    let known = known(wanted, vec![work(9, MAIN, &[(101, 2)])], Vec::new());
    assert_eq!(decided(&known, "").unwrap_err().code, Code::UnknownLine);
}

#[test]
fn a_gift_that_was_added_in_netsuite_is_noted_and_the_rest_ships() {
    let mut wanted = source(&[("101", 1, "WAREHOUSE"), ("102", 1, "WAREHOUSE")], &[]);
    wanted.lines[1].key = None;
    let known = known(wanted, vec![work(9, MAIN, &[(101, 1)])], Vec::new());
    let planned = decided(&known, "").unwrap();
    assert_eq!(creates(&planned.steps), [([(101, 1)].into(), true)]);
    assert_eq!(planned.plan.notes.len(), 1);
}

proptest! {
    /// Whatever the places and fulfillment orders: either all missing units are made, none twice and
    /// never more than is left, or nothing is.
    #[test]
    fn every_unit_ships_once_or_the_shipment_is_held(
        shipped in prop::collection::vec((101_u64..104, 1_i64..4, prop::bool::ANY), 1..5),
        left in prop::collection::vec((prop::bool::ANY, 101_u64..104, 0_u32..6), 0..6),
    ) {
        let lines: Vec<(String, i64, &str)> = shipped
            .iter()
            .map(|(line, units, main)| (line.to_string(), *units, if *main { "WAREHOUSE" } else { "ATTIC" }))
            .collect();
        let lines: Vec<(&str, i64, &str)> =
            lines.iter().map(|(line, units, place)| (line.as_str(), *units, *place)).collect();
        let works: Vec<Work> = left
            .iter()
            .zip(1..)
            .map(|((main, line, units), id)| work(id, if *main { MAIN } else { ANNEX }, &[(*line, *units)]))
            .collect();
        let known = known(source(&lines, &["1Z1"]), works.clone(), Vec::new());
        let mut wanted: BTreeMap<u64, u32> = BTreeMap::new();
        for (line, units, _) in &shipped {
            *wanted.entry(*line).or_default() += u32::try_from(*units).unwrap();
        }
        let enough = wanted.iter().all(|(line, units)| {
            works.iter().map(|work| work.remaining(*line)).sum::<u32>() >= *units
        });
        match decided(&known, "elsewhere = 'as_assigned'") {
            Err(problem) => {
                prop_assert!(!enough);
                prop_assert_eq!(problem.code, Code::FulfilledElsewhere);
            }
            Ok(planned) => {
                let mut made: BTreeMap<u64, u32> = BTreeMap::new();
                let mut taken: BTreeMap<u64, u32> = BTreeMap::new();
                for step in &planned.steps {
                    let Step::Create { parts, units, .. } = step else { panic!("{step:?}") };
                    for (line, units) in units {
                        *made.entry(*line).or_default() += units;
                    }
                    for (part, units) in parts.values().flatten() {
                        *taken.entry(*part).or_default() += units;
                    }
                }
                prop_assert_eq!(made, wanted);
                for part in works.iter().flat_map(|work| &work.lines) {
                    prop_assert!(taken.get(&part.id).copied().unwrap_or(0) <= part.remaining);
                }
            }
        }
    }
}
