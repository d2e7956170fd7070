//! A paid Shopify order becomes a sales order and a deposit: what both twins hold in the end.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sandbox::netsuite::Transaction;
use sandbox::shopify::{
    Address, DiscountValue, Handling, NewDiscount, NewLine, NewShipping, Payment, PlaceOrder,
    Tender, line, line_at,
};

use crate::world::{Change, World};

fn cents(amount: i64) -> Decimal {
    Decimal::new(amount, 2)
}

/// What was booked on an item.
fn amounts(sales_order: &Transaction, item: u64) -> Vec<Decimal> {
    let lines = sales_order.lines.iter();
    lines
        .filter(|line| line.item == item)
        .map(|line| line.amount)
        .collect()
}

const DISCOUNT: u64 = 900;
const SHIPPING: u64 = 901;
const TIP: u64 = 902;
const TAX: u64 = 905;

#[tokio::test]
async fn a_paid_order_becomes_one_sales_order_and_one_deposit_equal_to_the_cent() {
    let world = World::start().await;
    let order = world.shop.place_order(PlaceOrder {
        shipping: vec![NewShipping::new("Standard", cents(495))],
        ..PlaceOrder::of([
            line_at("MUG", 3, cents(1299)).taxed("State tax", Decimal::new(825, 4)),
            line("TEE", 1),
        ])
    });
    world.drain_well().await;

    world.holds_once(order.id, order.totals.price.shop);
    let sales_order = world.sales_order(order.id);
    assert_eq!(
        sales_order.other_ref_num.as_deref(),
        Some(order.name.as_str())
    );
    assert_eq!(sales_order.shipping, cents(495));
    let shown = world.shown(order.id);
    assert_eq!(shown, Some(sales_order.id.to_string()));
}

#[tokio::test]
async fn twenty_copies_of_one_webhook_make_one_sales_order() {
    let world = World::start().await;
    world.shop.handle_next(None, Handling::Duplicate(20), 3);
    let order = world.shop.place_order([line("MUG", 1)]);
    world.drain_well().await;
    world.holds_once(order.id, cents(1000));
    assert_eq!(world.netsuite.sales_orders().len(), 1);
}

#[tokio::test]
async fn discounts_tips_tenders_and_free_orders_are_booked_to_the_cent() {
    let world = World::start().await;
    let half = DiscountValue::Percentage(Decimal::new(3333, 2));
    let taxed = || line_at("MUG", 3, cents(1299)).taxed("State tax", Decimal::new(825, 4));
    let stacked = world.shop.place_order(PlaceOrder {
        tip: Some(cents(301)),
        shipping: vec![NewShipping::new("Standard", cents(999))],
        ..PlaceOrder::of([taxed(), line_at("TEE", 2, cents(1005))])
            .with_discount(NewDiscount::new("THIRD", half).on_lines(&[0]))
            .with_discount(NewDiscount::new("FIVE", DiscountValue::Fixed(cents(500))))
            .with_discount(
                NewDiscount::new("SHIP", DiscountValue::Percentage(Decimal::new(50, 0)))
                    .on_shipping(),
            )
    });
    let tenders =
        world.shop.place_order(
            PlaceOrder::of([taxed()]).with_payment(Payment::Tenders(vec![
                Tender::sale("gift_card", cents(1500)),
                Tender::rest("shopify_payments"),
            ])),
        );
    let all = DiscountValue::Percentage(Decimal::ONE_HUNDRED);
    let free = world
        .shop
        .place_order(PlaceOrder::of([taxed()]).with_discount(NewDiscount::new("GIFT", all)));
    world.drain_well().await;

    world.holds_once(stacked.id, stacked.totals.price.shop);
    let booked = world.sales_order(stacked.id);
    assert_eq!(amounts(&booked, TIP), [cents(301)]);
    let lowered: Decimal = amounts(&booked, DISCOUNT).iter().sum();
    let on_lines: Decimal = stacked.lines.iter().map(|l| l.discount().shop).sum();
    assert_eq!(lowered, -on_lines);
    assert_eq!(booked.tax, stacked.totals.tax.shop);
    assert_eq!(booked.shipping, cents(499));

    let paid: Vec<Decimal> = world.deposits(tenders.id).iter().map(|d| d.total).collect();
    let total = tenders.totals.price.shop;
    assert_eq!(paid, [cents(1500), total - cents(1500)]);
    assert_eq!(world.sales_order(tenders.id).total, total);

    assert_eq!(free.totals.price.shop, cents(0));
    assert_eq!(world.sales_order(free.id).total, cents(0));
    assert!(world.deposits(free.id).is_empty());
}

#[tokio::test]
async fn one_discount_per_order_shipping_as_a_line_and_tax_as_a_line_give_the_same_total() {
    let world = World::with(Change {
        orders: "discounts = \"per_order\"",
        instead: &[
            (
                "strategy = \"suitetax_override\"",
                "strategy = \"tax_line\"",
            ),
            ("tip = \"902\"", "tip = \"902\"\ntax = \"905\""),
            ("[store.shipping]", "[store.shipping]\nas = \"line\""),
        ],
        ..Change::default()
    })
    .await;
    world.service_item(TAX, "Tax");
    let taxed =
        |sku, cents_each| line_at(sku, 3, cents(cents_each)).taxed("VAT", Decimal::new(19, 2));
    let place = |included| PlaceOrder {
        taxes_included: Some(included),
        shipping: vec![NewShipping::new("Standard", cents(499))],
        ..PlaceOrder::of([taxed("MUG", 1299), taxed("TEE", 777)]).with_discount(NewDiscount::new(
            "TEN",
            DiscountValue::Percentage(Decimal::TEN),
        ))
    };
    for included in [false, true] {
        let order = world.shop.place_order(place(included));
        world.drain_well().await;
        world.holds_once(order.id, order.totals.price.shop);
        let booked = world.sales_order(order.id);
        assert_eq!(amounts(&booked, DISCOUNT).len(), 1, "{included}");
        assert_eq!(amounts(&booked, SHIPPING), [cents(499)]);
        assert_eq!(amounts(&booked, TAX), [order.totals.tax.shop]);
        assert_eq!(booked.shipping, cents(0));
        assert_eq!(booked.tax, cents(0));
    }
}

#[tokio::test]
async fn tax_that_a_marketplace_remits_is_booked_on_its_own_item_and_never_as_ours() {
    let world = World::with(Change {
        instead: &[("tip = \"902\"", "tip = \"902\"\nchannel_tax = \"905\"")],
        ..Change::default()
    })
    .await;
    world.service_item(TAX, "Marketplace tax");
    let mut line = line_at("MUG", 3, cents(1299)).taxed("State tax", Decimal::new(825, 4));
    line.taxes[0].channel_liable = true;
    let order = world.shop.place_order([line]);
    world.drain_well().await;
    world.holds_once(order.id, order.totals.price.shop);
    let booked = world.sales_order(order.id);
    assert_eq!(amounts(&booked, TAX), [order.totals.tax.shop]);
    assert_eq!(booked.tax, cents(0));
}

#[tokio::test]
async fn prices_that_include_tax_are_booked_net_with_the_exact_tax_beside() {
    let world = World::start().await;
    let order = world.shop.place_order(PlaceOrder {
        taxes_included: Some(true),
        ..PlaceOrder::of([
            line_at("MUG", 3, cents(1999)).taxed("State tax", Decimal::new(825, 4)),
            line_at("TEE", 7, cents(333)).taxed("State tax", Decimal::new(825, 4)),
        ])
        .with_discount(NewDiscount::new("ONE", DiscountValue::Fixed(cents(101))))
    });
    world.drain_well().await;
    world.holds_once(order.id, order.totals.price.shop);
    assert_eq!(world.sales_order(order.id).tax, order.totals.tax.shop);
}

#[tokio::test]
async fn six_hundred_lines_are_one_sales_order_and_fit_the_bucket() {
    let world = World::start().await;
    let lines = (1..=600).map(|cents_each| {
        line_at("MUG", 1, cents(cents_each)).taxed("State tax", Decimal::new(825, 4))
    });
    let order = world.shop.place_order(PlaceOrder::of(lines));
    world.drain_well().await;
    world.holds_once(order.id, order.totals.price.shop);
    assert_eq!(world.sales_order(order.id).lines.len(), 600);
    let dearest = world.shop.calls().iter().map(|c| c.requested_cost).max();
    assert!(dearest <= Some(1000), "{dearest:?}");
}

#[tokio::test]
async fn long_texts_are_cut_by_character_kept_in_the_memo_and_the_day_is_the_stores() {
    let world = World::with(Change {
        more: "[[store.field]]\nrecord = \"salesOrder\"\nfield = \"custbody_gift_note\"\nvalue = \"order.note\"",
        ..Change::default()
    })
    .await;
    let street = "Ærøskøbing 🎁 ".repeat(20);
    let address = Address {
        address1: Some(street.clone()),
        last_name: Some("👩‍👩‍👧‍👦".repeat(20)),
        ..Address::sample()
    };
    let at: DateTime<Utc> = "2026-11-24T03:30:00Z".parse().unwrap();
    let order = world.shop.place_order(PlaceOrder {
        shipping_address: Some(address),
        note: Some("Für Oma 🎂".into()),
        created_at: Some(at),
        processed_at: Some(at),
        ..PlaceOrder::of([line("MUG", 1)])
    });
    world.drain_well().await;
    world.holds_once(order.id, cents(1000));
    let booked = world.sales_order(order.id);
    assert_eq!(booked.fields["custbody_gift_note"], "Für Oma 🎂");
    assert_eq!(booked.date, NaiveDate::from_ymd_opt(2026, 11, 23));
    assert_eq!(booked.other_ref_num.as_deref(), Some(order.name.as_str()));
    let written = booked.fields["shippingAddress"]["addr1"].as_str().unwrap();
    assert!(written.chars().count() <= 150 && street.starts_with(written));
    assert!(booked.memo.unwrap().contains(street.trim()));
}

#[tokio::test]
async fn a_line_without_a_sku_and_a_sold_gift_card_have_items_of_their_own() {
    let world = World::start().await;
    let order = world.shop.place_order([
        NewLine {
            sku: None,
            title: Some("Engraving".into()),
            price: cents(750),
            ..NewLine::default()
        },
        NewLine {
            gift_card: true,
            taxable: false,
            ..line_at("GIFT-25", 1, cents(2500))
        },
    ]);
    world.drain_well().await;
    world.holds_once(order.id, cents(3250));
    let booked = world.sales_order(order.id);
    assert_eq!(amounts(&booked, 903), [cents(750)]);
    assert_eq!(amounts(&booked, 904), [cents(2500)]);
}

#[tokio::test]
async fn locations_ship_methods_and_classifications_are_those_of_the_settings() {
    let world = World::with(Change {
        orders: "form = \"101\"\ndepartment = \"1\"\nclass = \"2\"\nsales_channel = \"2\"",
        more: "[store.locations]\n\"72345678\" = [\"7\", \"6\"]",
        instead: &[
            ("location = \"6\"", "location = \"assigned\""),
            ("[store.shipping]", "[store.shipping]\nExpress = \"32\""),
        ],
        ..Change::default()
    })
    .await;
    let mut orders = Vec::new();
    for way in ["Express", "Carrier pigeon"] {
        let order = PlaceOrder::of([line("MUG", 1)]);
        let shipping = NewShipping::new(way, cents(500));
        orders.push(world.shop.place_order(order.with_shipping(shipping)).id);
    }
    world.drain_well().await;
    for (order, method) in orders.into_iter().zip(["32", "31"]) {
        world.holds_once(order, cents(1500));
        let booked = world.sales_order(order);
        assert_eq!(booked.lines[0].location.as_deref(), Some("7"));
        for (field, id) in [
            ("shipMethod", method),
            ("customForm", "101"),
            ("department", "1"),
            ("class", "2"),
            ("salesChannel", "2"),
        ] {
            assert_eq!(booked.fields[field]["id"], id, "{field}");
        }
    }
}
