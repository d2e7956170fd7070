//! What a later pass does with an order that is written.

use super::holds::{mug, written};
use super::sample::{known, store};
use crate::flows::order::gate::Skip;
use crate::flows::order::plan::{Decision, Known, Planned, WrittenOrder, needs, plan};
use crate::link::InternalId;
use crate::plan::Action;
use crate::shopify::order::{Order, TransactionStatus};

/// What a later pass knows about an order that was written whole.
fn after(order: &Order, planned: &Planned) -> Known {
    let mut known = known(order);
    known.written.order = Some(WrittenOrder {
        id: InternalId("3551".to_owned()),
        hashes: Some(planned.hashes.clone()),
    });
    known.written.deposits = order.transactions.iter().map(|t| t.id).collect();
    known
}

#[test]
fn an_order_that_is_written_and_did_not_change_is_equal_and_needs_no_look_up() {
    let order = mug().paid();
    let known = after(&order, &written(&order, ""));
    let again = plan(&order, &store(""), &known).unwrap();
    assert_eq!(again, Decision::Skip(Skip::AlreadyEqual));
    assert_eq!(needs(&order, &store(""), &known.written).unwrap(), None);
    let other_tax_map =
        store("[tax]\nmap = [{ code = \"NEW\", type = \"T\" }]\n[items]\ndiscount = \"D2\"");
    let again = plan(&order, &other_tax_map, &known).unwrap();
    assert_eq!(again, Decision::Skip(Skip::AlreadyEqual));
}

#[test]
fn a_changed_address_is_an_update_of_the_head_and_of_nothing_else() {
    let mut order = mug().paid();
    let known = after(&order, &written(&order, ""));
    order.shipping_address.as_mut().unwrap().city = Some("Albany".to_owned());
    let Ok(Decision::Write(planned)) = plan(&order, &store(""), &known) else {
        panic!()
    };
    let [update] = planned.plan.writes.as_slice() else {
        panic!()
    };
    assert_eq!(update.action, Action::Update);
    assert_eq!(update.body["shippingAddress"]["city"], "Albany");
    for never in [
        "entity",
        "subsidiary",
        "currency",
        "externalId",
        "item",
        "orderStatus",
        "tranDate",
    ] {
        assert_eq!(update.body.get(never), None, "{never}");
    }
}

#[test]
fn a_change_of_lines_or_money_after_the_write_asks_for_netsuites_books() {
    let order = mug().paid();
    let known = after(&order, &written(&order, ""));
    let follows = |change: fn(&mut Order)| {
        let mut order = order.clone();
        change(&mut order);
        let decision = plan(&order, &store(""), &known).unwrap();
        matches!(decision, Decision::Follow(_))
    };
    assert!(follows(|o| o.lines[0].current_quantity = 1));
    assert!(follows(|o| o.totals.refunded = o.currency.money(1)));
    assert!(follows(|o| o.cancelled_at = Some(o.updated_at)));
    assert!(!follows(|o| o.fulfillment_status = "FULFILLED".to_owned()));
}

#[test]
fn a_later_capture_is_a_deposit_on_the_order_that_is_there() {
    let mut order = mug().sale("shopify_payments", "20.00").unpaid();
    order.transactions[0].status = TransactionStatus::Pending;
    let settings = "[orders]\nwhen = \"placed\"";
    let mut known = after(&order, &written(&order, settings));
    known.written.deposits.clear();
    order.transactions[0].status = TransactionStatus::Success;
    let Ok(Decision::Write(planned)) = plan(&order, &store(settings), &known) else {
        panic!()
    };
    let [deposit] = planned.plan.writes.as_slice() else {
        panic!()
    };
    assert_eq!(deposit.body["salesOrder"]["id"], "3551");
    assert_eq!(deposit.key, "dep-us-9001");
}

#[test]
fn an_adopted_order_is_left_as_it_is() {
    let order = mug().paid();
    let mut known = after(&order, &written(&order, ""));
    known.written.order.as_mut().unwrap().hashes = None;
    let again = plan(&order, &store(""), &known).unwrap();
    assert_eq!(again, Decision::Skip(Skip::Adopted));
}
