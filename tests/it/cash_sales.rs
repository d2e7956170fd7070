//! Orders of a channel that is booked as cash sales: paid at once, by one tender or several.

use rust_decimal::Decimal;
use sandbox::netsuite::{Kind, Transaction};
use sandbox::shopify::{DiscountValue, NewDiscount, Payment, PlaceOrder, Tender, line_at};

use crate::world::{Change, World};

const GIFT_CARD_TENDER: u64 = 906;
const CASH_TENDER: u64 = 907;

fn cents(amount: i64) -> Decimal {
    Decimal::new(amount, 2)
}

async fn world() -> World {
    let world = World::with(Change {
        orders: "channel.pos = { record = \"cash_sale\" }",
        instead: &[(
            "tip = \"902\"",
            "tip = \"902\"\ntender = { gift_card = \"906\", cash = \"907\" }",
        )],
        ..Change::default()
    })
    .await;
    world.service_item(GIFT_CARD_TENDER, "Paid by gift card");
    world.service_item(CASH_TENDER, "Paid in cash");
    world
}

fn at_the_till(payment: Payment) -> PlaceOrder {
    PlaceOrder {
        source_name: Some("pos".into()),
        ..PlaceOrder::of([line_at("MUG", 3, cents(1299)).taxed("State tax", Decimal::new(825, 4))])
            .with_payment(payment)
    }
}

fn cash_sale(world: &World, order: u64) -> Transaction {
    let mut sales = world.netsuite.transactions(Kind::CashSale);
    sales.retain(|sale| sale.external_id == Some(format!("cs-us-{order}")));
    assert_eq!(sales.len(), 1);
    sales.remove(0)
}

#[tokio::test]
async fn a_sale_at_the_till_is_one_cash_sale_without_sales_order_or_deposit() {
    let world = world().await;
    let unpaid = world.shop.place_order(at_the_till(Payment::Pending));
    let order = world.shop.place_order(at_the_till(Payment::Paid));
    let split = world.shop.place_order(at_the_till(Payment::Tenders(vec![
        Tender::sale("gift_card", cents(1500)),
        Tender::rest("shopify_payments"),
    ])));
    world.drain_well().await;
    assert_eq!(world.ends().await[0], "not paid", "{}", unpaid.name);
    let total = order.totals.price.shop;
    let sale = cash_sale(&world, order.id);
    assert_eq!((sale.total, sale.tax), (total, order.totals.tax.shop));
    assert_eq!(world.shown(order.id), Some(sale.id.to_string()));

    let sale = cash_sale(&world, split.id);
    assert_eq!(
        sale.total,
        total - cents(1500),
        "what the largest tender paid"
    );
    let tender = sale.lines.iter().find(|line| line.item == GIFT_CARD_TENDER);
    assert_eq!(tender.unwrap().amount, -cents(1500));
    assert!(world.netsuite.sales_orders().is_empty());
    assert!(world.netsuite.deposits().is_empty());
}

#[tokio::test]
async fn a_discounted_sale_with_a_tip_and_tax_in_the_prices_is_equal_to_the_cent_by_any_tenders() {
    let world = world().await;
    let off = NewDiscount::new("TEN", DiscountValue::Percentage(Decimal::TEN));
    let order = world.shop.place_order(PlaceOrder {
        taxes_included: Some(true),
        tip: Some(cents(150)),
        ..at_the_till(Payment::Tenders(vec![
            Tender::sale("gift_card", cents(1000)),
            Tender::sale("cash", cents(500)),
            Tender::sale("cash", cents(100)),
            Tender::rest("shopify_payments"),
        ]))
        .with_discount(off)
    });
    world.drain_well().await;
    let sale = cash_sale(&world, order.id);
    let total = order.totals.price.shop;
    assert_eq!(sale.total, total - cents(1600), "what the card paid");
    let tender = |item| sale.lines.iter().find(|line| line.item == item);
    assert_eq!(tender(GIFT_CARD_TENDER).unwrap().amount, -cents(1000));
    assert_eq!(tender(CASH_TENDER).unwrap().amount, -cents(600));
    assert_eq!(sale.tax, order.totals.tax.shop);
}

#[tokio::test]
async fn a_changed_address_is_written_on_a_cash_sale_and_a_cancellation_refunds_it() {
    let world = world().await;
    let order = world.shop.place_order(at_the_till(Payment::Paid)).id;
    world.drain_well().await;
    let edited = world.shop.edit(order, |order| {
        if let Some(address) = &mut order.billing_address {
            address.city = Some("Louisville".into());
        }
    });
    let before = cash_sale(&world, order).total;
    edited.unwrap();
    world.drain_well().await;
    let sale = cash_sale(&world, order);
    assert_eq!(sale.fields["billingAddress"]["city"], "Louisville");
    assert_eq!(sale.total, before);

    world.shop.cancel(order, "customer").unwrap();
    world.drain_well().await;
    assert_eq!(cash_sale(&world, order).total, before);
    let refunds = world.netsuite.transactions(Kind::CashRefund);
    assert_eq!(refunds.len(), 1);
    assert_eq!(refunds[0].total, before);
}
