//! The bodies of what follows an order: each is taken by the account and does what it says.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sandbox::netsuite::{Kind, SeedItem, Transaction};
use serde::Serialize;
use waybill::link::{ExternalId, InternalId};
use waybill::netsuite::application::Application;
use waybill::netsuite::cash_refund::CashRefund;
use waybill::netsuite::credit_memo::{Apply, CreditMemo};
use waybill::netsuite::customer_refund::{CustomerRefund, Payout};
use waybill::netsuite::deposit_application::DepositApplication;
use waybill::netsuite::invoice::Invoice;
use waybill::netsuite::item_receipt::{ItemReceipt, ReceiptLine};
use waybill::netsuite::made::{Made, MadeLine, TakenLine};
use waybill::netsuite::reference::Reference;
use waybill::netsuite::return_authorization::ReturnAuthorization;
use waybill::netsuite::sale::{Line, Sublist, TaxDetail};
use waybill::netsuite::sales_order_change::{
    ChangedLine, LineChange, SalesOrderChange, TAX_DETAILS,
};
use waybill::netsuite::{
    cash_refund, credit_memo, customer_refund, deposit_application, invoice, item_receipt,
    return_authorization, sales_order,
};
use waybill::remote::{Error, Meaning};

use super::books::{deposit, order, world};
use super::{World, live};

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn day() -> NaiveDate {
    "2026-11-24".parse().unwrap()
}

fn key(key: &str) -> ExternalId {
    ExternalId(key.to_owned())
}

fn made(name: &str) -> Made {
    Made {
        external_id: key(name),
        tran_date: day(),
        memo: None,
        to_be_emailed: false,
        location: None,
        shipping_cost: None,
        item: None,
        tax_details_override: None,
        tax_details: None,
    }
}

fn payout() -> Payout {
    Payout {
        payment_option: Some(Reference::id("8")),
        payment_method: None,
        account: Reference::id("123"),
    }
}

fn tax(reference: &str, basis: &str, amount: &str) -> TaxDetail {
    TaxDetail {
        tax_details_reference: reference.to_owned(),
        tax_type: Some(Reference::id("1")),
        tax_code: Reference::id("9"),
        tax_basis: dec(basis),
        tax_rate: dec("10"),
        tax_amount: dec(amount),
    }
}

async fn transform(
    world: &World,
    from: (&str, u64),
    to: &str,
    name: &str,
    body: &impl Serialize,
) -> Result<u64, Error> {
    let id = InternalId(from.1.to_string());
    let body = serde_json::to_value(body).unwrap();
    let made = world
        .client
        .transform(&live(), from.0, &id, to, &key(name), &body)
        .await;
    made.map(|id| id.0.parse().unwrap())
}

async fn update(
    world: &World,
    record: &str,
    id: u64,
    body: &impl Serialize,
    replace: Option<&str>,
) {
    let id = InternalId(id.to_string());
    let body = serde_json::to_value(body).unwrap();
    let changed = world
        .client
        .update(&live(), record, &id, &body, replace)
        .await;
    changed.unwrap();
}

fn only(world: &World, kind: Kind) -> Transaction {
    let mut all = world.account.transactions(kind);
    assert_eq!(all.len(), 1, "{kind:?}");
    all.remove(0)
}

/// An order of two mugs, shipped, and billed by us.
async fn billed(world: &World) -> (u64, u64) {
    let order = order(world).await;
    world
        .account
        .person_makes(
            Kind::SalesOrder,
            order,
            Kind::ItemFulfillment,
            &serde_json::json!({}),
        )
        .unwrap();
    let body = Invoice {
        made: made("inv-us-1"),
    };
    let from = (sales_order::RECORD, order);
    let invoice = transform(world, from, invoice::RECORD, "inv-us-1", &body).await;
    (order, invoice.unwrap())
}

#[tokio::test]
async fn an_invoice_takes_what_is_shipped_and_a_deposit_pays_it() {
    let world = world().await;
    let (order, invoice) = billed(&world).await;
    assert_eq!(only(&world, Kind::Invoice).total, dec("26.40"));
    let again = Invoice {
        made: made("inv-us-1"),
    };
    let from = (sales_order::RECORD, order);
    let error = transform(&world, from, invoice::RECORD, "inv-us-1", &again).await;
    let meaning = error.unwrap_err().meaning();
    assert_eq!(meaning, Some(Meaning::ReferenceGone), "nothing is left");
    let first = key("inv-us-1");
    let found = world.client.find(&live(), invoice::RECORD, &first).await;
    assert_eq!(found.unwrap(), Some(InternalId(invoice.to_string())));

    let paid = deposit(&world, order, 30);
    let to = Reference::id(invoice.to_string());
    let pays = DepositApplication {
        external_id: key("da-us-1"),
        tran_date: day(),
        apply: Sublist {
            items: vec![Application::to_invoice(to, dec("26.40"))],
        },
    };
    let from = ("customerDeposit", paid);
    let record = deposit_application::RECORD;
    transform(&world, from, record, "da-us-1", &pays)
        .await
        .unwrap();
    assert_eq!(only(&world, Kind::Invoice).open, Decimal::ZERO);
    assert_eq!(only(&world, Kind::CustomerDeposit).open, dec("3.60"));
}

/// One mug of an invoice, without discount and shipping, at its exact tax, less a fee.
fn one_mug(name: &str, fee: u64) -> Made {
    let mug = TakenLine {
        line: 1,
        quantity: Some(1),
        tax_details_reference: Some("11".to_owned()),
        ..TakenLine::default()
    };
    let fee = Line {
        item: Reference::id(fee.to_string()),
        quantity: Some(1),
        price: Some(Reference::id("-1")),
        rate: dec("-2.00"),
        amount: None,
        description: None,
        location: None,
        commit_inventory: None,
        is_taxable: None,
        tax_code: None,
        legacy: None,
        tax_details_reference: None,
        key: "fee".to_owned(),
    };
    Made {
        shipping_cost: Some(Decimal::ZERO),
        item: Some(Sublist {
            items: vec![
                MadeLine::Taken(mug),
                MadeLine::Taken(TakenLine::left_out(2)),
                MadeLine::Added(fee),
            ],
        }),
        tax_details_override: Some(true),
        tax_details: Some(Sublist {
            items: vec![tax("11", "12.50", "1.25")],
        }),
        ..made(name)
    }
}

/// A memo of one mug whose tax is said again.
fn memo_with_its_tax() -> CreditMemo {
    CreditMemo {
        made: Made {
            tax_details_override: Some(true),
            tax_details: Some(Sublist {
                items: vec![tax("11", "12.50", "1.25")],
            }),
            item: Some(Sublist {
                items: vec![MadeLine::Taken(TakenLine {
                    line: 1,
                    tax_details_reference: Some("11".to_owned()),
                    ..TakenLine::default()
                })],
            }),
            ..made("cm-us-1")
        },
        auto_apply: false,
        apply: Sublist { items: Vec::new() },
    }
}

#[tokio::test]
async fn a_return_is_authorised_received_credited_and_refunded_to_the_cent() {
    let world = world().await;
    let fee = SeedItem::of(Kind::OtherChargeSaleItem, "Restocking");
    let fee = world.account.seed_item(fee.not_taxable());
    let (_, invoice) = billed(&world).await;
    let rma = ReturnAuthorization {
        made: one_mug("rma-us-1", fee),
        order_status: Reference::id("B"),
    };
    let from = (invoice::RECORD, invoice);
    let rma = transform(&world, from, return_authorization::RECORD, "rma-us-1", &rma).await;
    let rma = (return_authorization::RECORD, rma.unwrap());
    assert_eq!(only(&world, Kind::ReturnAuthorization).total, dec("11.75"));

    let receipt = ItemReceipt {
        external_id: key("ir-us-1"),
        tran_date: day(),
        item: Sublist {
            items: vec![ReceiptLine::received(1, 1, Reference::id("7"), true)],
        },
    };
    let record = item_receipt::RECORD;
    transform(&world, rma, record, "ir-us-1", &receipt)
        .await
        .unwrap();
    let stock = world.account.stock();
    let at = stock.iter().find(|level| level.location == "7").unwrap();
    assert_eq!(at.on_hand, dec("1"), "received where it came back");

    let memo = memo_with_its_tax();
    let memo = transform(&world, rma, credit_memo::RECORD, "cm-us-1", &memo).await;
    let memo = memo.unwrap();
    let credited = only(&world, Kind::CreditMemo);
    assert_eq!(
        (credited.total, credited.open),
        (dec("11.75"), dec("11.75"))
    );

    refund(&world, Some((memo, "11.75")), None, "crf-us-1")
        .await
        .unwrap();
    assert_eq!(only(&world, Kind::CreditMemo).open, Decimal::ZERO);
    assert_eq!(only(&world, Kind::CustomerRefund).total, dec("11.75"));
}

async fn refund(
    world: &World,
    memo: Option<(u64, &str)>,
    deposit: Option<(u64, &str)>,
    name: &str,
) -> Result<InternalId, Error> {
    let row = |of: fn(Reference, Decimal) -> Application| {
        move |(doc, amount): (u64, &str)| Sublist {
            items: vec![of(Reference::id(doc.to_string()), dec(amount))],
        }
    };
    let body = CustomerRefund {
        external_id: key(name),
        customer: Reference::id(world.customer.to_string()),
        subsidiary: Some(Reference::id("2")),
        currency: Reference::id("1"),
        tran_date: day(),
        memo: "#1001".to_owned(),
        payout: payout(),
        apply: memo.map(row(Application::of_credit_memo)),
        deposit: deposit.map(row(Application::of_deposit)),
    };
    let body = serde_json::to_value(&body).unwrap();
    let record = customer_refund::RECORD;
    world
        .client
        .create(&live(), record, &key(name), &body)
        .await
}

#[tokio::test]
async fn a_deposit_is_refunded_but_not_more_than_it_has_left() {
    let world = world().await;
    let order = order(&world).await;
    let paid = deposit(&world, order, 30);
    let too_much = refund(&world, None, Some((paid, "30.01")), "crf-us-1").await;
    assert!(too_much.is_err());
    refund(&world, None, Some((paid, "30.00")), "crf-us-1")
        .await
        .unwrap();
    assert_eq!(only(&world, Kind::CustomerDeposit).open, Decimal::ZERO);
}

#[tokio::test]
async fn what_a_credit_memo_pays_can_be_changed_later() {
    let world = world().await;
    let (_, invoice) = billed(&world).await;
    let memo = CreditMemo {
        made: made("cm-us-1"),
        auto_apply: false,
        apply: Sublist { items: Vec::new() },
    };
    let from = (invoice::RECORD, invoice);
    let memo = transform(&world, from, credit_memo::RECORD, "cm-us-1", &memo).await;
    let memo = memo.unwrap();
    assert_eq!(only(&world, Kind::CreditMemo).open, dec("26.40"));
    let to = Reference::id(invoice.to_string());
    let pays = Apply {
        apply: Sublist {
            items: vec![Application::to_invoice(to, dec("6.40"))],
        },
    };
    update(&world, credit_memo::RECORD, memo, &pays, None).await;
    assert_eq!(only(&world, Kind::CreditMemo).open, dec("20"));
    assert_eq!(only(&world, Kind::Invoice).open, dec("20"));
}

#[tokio::test]
async fn a_cash_refund_is_the_credit_and_the_money() {
    let world = world().await;
    let mut sale = world.order(&key("cs-us-1"));
    sale.as_object_mut().unwrap().remove("orderStatus");
    let sale = world.account.person_creates(Kind::CashSale, &sale).unwrap();
    let body = CashRefund {
        made: Made {
            item: Some(Sublist {
                items: vec![MadeLine::Taken(TakenLine {
                    line: 1,
                    quantity: Some(1),
                    ..TakenLine::default()
                })],
            }),
            ..made("cr-us-1")
        },
        payout: payout(),
    };
    let from = ("cashSale", sale);
    transform(&world, from, cash_refund::RECORD, "cr-us-1", &body)
        .await
        .unwrap();
    assert_eq!(only(&world, Kind::CashRefund).total, dec("12.50"));
}

#[tokio::test]
async fn an_order_is_changed_line_by_line_with_its_whole_tax() {
    let world = world().await;
    let order = order(&world).await;
    let change = SalesOrderChange {
        item: Some(Sublist {
            items: vec![
                LineChange::Changed(ChangedLine {
                    line: 1,
                    quantity: Some(1),
                    ..ChangedLine::default()
                }),
                LineChange::Changed(ChangedLine {
                    line: 2,
                    rate: Some(dec("-2.50")),
                    ..ChangedLine::default()
                }),
            ],
        }),
        shipping_cost: Some(Decimal::ZERO),
        tax_details_override: Some(true),
        tax_details: Some(Sublist {
            items: vec![tax("11", "10", "1.00")],
        }),
    };
    let record = sales_order::RECORD;
    update(&world, record, order, &change, Some(TAX_DETAILS)).await;
    let changed = only(&world, Kind::SalesOrder);
    assert_eq!((changed.total, changed.tax), (dec("11.00"), dec("1.00")));

    let close = SalesOrderChange {
        item: Some(Sublist {
            items: vec![
                LineChange::Changed(ChangedLine::closed(1)),
                LineChange::Changed(ChangedLine::closed(2)),
            ],
        }),
        ..SalesOrderChange::default()
    };
    update(&world, record, order, &close, None).await;
    let closed = only(&world, Kind::SalesOrder);
    assert_eq!((&*closed.status, closed.total), ("H", dec("11.00")));
}
