//! Where a transaction stands: the letters SuiteQL shows and the words the user interface shows.

use rust_decimal::Decimal;

use crate::netsuite::document::{self, Fields};
use crate::netsuite::kind::Kind;
use crate::netsuite::state::{Record, State};

/// The status letter.
pub(crate) fn letter(state: &State, record: &Record) -> &'static str {
    match record.kind {
        Kind::SalesOrder => sales_order(state, record),
        Kind::ReturnAuthorization => return_authorization(state, record),
        Kind::Invoice | Kind::CreditMemo => {
            if open_amount(state, record).is_zero() {
                "B"
            } else {
                "A"
            }
        }
        Kind::ItemFulfillment => match document::id(&record.fields, "shipStatus") {
            Some("A") => "A",
            Some("B") => "B",
            Some(_) | None => "C",
        },
        // The letters of a deposit are known, their words are not: C once nothing is left.
        Kind::CustomerDeposit => {
            let undeposited = document::flag(&record.fields, "undepFunds");
            match (open_amount(state, record).is_zero(), undeposited) {
                (true, _) => "C",
                (false, true) => "A",
                (false, false) => "B",
            }
        }
        Kind::CustomerRefund => "R",
        Kind::CashSale
        | Kind::CashRefund
        | Kind::CustomerPayment
        | Kind::DepositApplication
        | Kind::ItemReceipt => "B",
        Kind::Customer
        | Kind::CustomerSubsidiaryRelationship
        | Kind::InventoryItem
        | Kind::NonInventorySaleItem
        | Kind::ServiceSaleItem
        | Kind::OtherChargeSaleItem
        | Kind::DiscountItem
        | Kind::KitItem
        | Kind::GiftCertificateItem => "",
    }
}

/// The words for the letter; the letter itself where no source names them.
pub(crate) fn words(kind: Kind, letter: &'static str) -> &'static str {
    match (kind, letter) {
        (Kind::SalesOrder, "A") | (Kind::ReturnAuthorization, "A") => "Pending Approval",
        (Kind::SalesOrder, "B") => "Pending Fulfillment",
        (Kind::SalesOrder | Kind::ReturnAuthorization, "C") => "Cancelled",
        (Kind::SalesOrder, "D") => "Partially Fulfilled",
        (Kind::SalesOrder, "E") => "Pending Billing/Partially Fulfilled",
        (Kind::SalesOrder, "F") => "Pending Billing",
        (Kind::SalesOrder, "G") => "Billed",
        (Kind::SalesOrder | Kind::ReturnAuthorization, "H") => "Closed",
        (Kind::ReturnAuthorization, "B") => "Pending Receipt",
        (Kind::ReturnAuthorization, "D") => "Partially Received",
        (Kind::ReturnAuthorization, "E") => "Pending Refund/Partially Received",
        (Kind::ReturnAuthorization, "F") => "Pending Refund",
        (Kind::ReturnAuthorization, "G") => "Refunded",
        (Kind::Invoice | Kind::CreditMemo, "A") => "Open",
        (Kind::Invoice, "B") => "Paid In Full",
        (Kind::CreditMemo, "B") => "Fully Applied",
        (Kind::ItemFulfillment, "A") => "Picked",
        (Kind::ItemFulfillment, "B") => "Packed",
        (Kind::ItemFulfillment, "C") => "Shipped",
        _ => letter,
    }
}

/// What is left of a document's money: unpaid, unapplied or unrefunded.
pub(crate) fn open_amount(state: &State, record: &Record) -> Decimal {
    let own: Decimal = ["apply", "credit", "deposit"]
        .into_iter()
        .flat_map(|sublist| document::lines(&record.fields, sublist))
        .filter_map(|line| document::decimal(line, "amount"))
        .sum();
    let payment = document::decimal(&record.fields, "payment");
    let whole = payment.unwrap_or_else(|| record.total());
    whole - own - state.used(record.id)
}

fn quantity(line: &Fields, name: &str) -> Decimal {
    document::decimal(line, name).unwrap_or_default()
}

/// How far the open lines of an order are shipped (or received) and billed.
struct Progress {
    any_done: bool,
    all_done: bool,
    all_billed: bool,
    /// Something is shipped and not billed.
    to_bill: bool,
}

fn progress(state: &State, record: &Record, done: &str) -> Option<Progress> {
    let lines = document::lines(&record.fields, "item");
    let open: Vec<_> = lines
        .into_iter()
        .filter(|line| !document::flag(line, "isClosed"))
        .collect();
    if open.is_empty() {
        return None;
    }
    let mut progress = Progress {
        any_done: false,
        all_done: true,
        all_billed: true,
        to_bill: false,
    };
    for line in open {
        let item = document::record_id(line, "item").and_then(|id| state.item(id));
        let Some(item) = item.filter(|item| item.kind != Kind::DiscountItem) else {
            continue;
        };
        let (all, billed) = (quantity(line, "quantity"), quantity(line, "quantityBilled"));
        progress.all_billed &= billed >= all;
        if item.kind.is_shipped() {
            let done = quantity(line, done);
            progress.any_done |= !done.is_zero();
            progress.all_done &= done >= all;
            progress.to_bill |= done > billed;
        }
    }
    Some(progress)
}

fn sales_order(state: &State, record: &Record) -> &'static str {
    if document::flag(&record.fields, "#cancelled") {
        return "C";
    }
    order(state, record, "quantityFulfilled")
}

fn return_authorization(state: &State, record: &Record) -> &'static str {
    order(state, record, "quantityReceived")
}

/// The letters orders and return authorizations share; `done` counts what is shipped or received.
fn order(state: &State, record: &Record, done: &str) -> &'static str {
    let Some(progress) = progress(state, record, done) else {
        return "H";
    };
    if document::id(&record.fields, "orderStatus") == Some("A") {
        return "A";
    }
    match (progress.all_done, progress.any_done) {
        (true, _) if progress.all_billed => "G",
        (true, _) => "F",
        (false, true) if progress.to_bill => "E",
        (false, true) => "D",
        (false, false) => "B",
    }
}
