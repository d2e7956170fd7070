//! Each way of booking tax against an account that really computes it: the same orders, equal to the cent or held.

use rust_decimal::Decimal;
use sandbox::netsuite::{Fault, Matcher, Settings, TaxMode};
use sandbox::shopify::{
    DiscountValue, NewDiscount, NewLine, NewShipping, NewTax, PlaceOrder, line_at,
};

use crate::world::{Change, World};

pub(crate) const EXACT: &str = "strategy = \"suitetax_override\"";

fn cents(amount: i64) -> Decimal {
    Decimal::new(amount, 2)
}

/// As `Change::default()`, with this `[store.tax]` and this account.
pub(crate) fn taxed(
    strategy: &'static [(&'static str, &'static str)],
    account: fn(&mut Settings),
) -> Change {
    Change {
        instead: strategy,
        account: Some(account),
        ..Change::default()
    }
}

/// An account that taxes everything by itself, and takes no reference but its own.
fn strict(account: &mut Settings) {
    account.native_tax_rate = Decimal::new(7, 0);
    account.own_tax_references = false;
}

/// Taxes at 8.25 %, as the shop does.
fn computes(account: &mut Settings) {
    account.native_tax_rate = Decimal::new(825, 2);
}

pub(crate) fn legacy(account: &mut Settings) {
    account.tax = TaxMode::Legacy;
    account.native_tax_rate = Decimal::new(7, 0);
}

fn line(sku: &str, quantity: u32, price: i64) -> NewLine {
    line_at(sku, quantity, cents(price))
}

fn ours(line: NewLine) -> NewLine {
    line.taxed("State tax", Decimal::new(825, 4))
}

/// Discounted lines, shipping that is taxed.
pub(crate) fn plain() -> PlaceOrder {
    let mut shipping = NewShipping::new("Standard", cents(495));
    shipping.taxes = vec![NewTax::new("State tax", Decimal::new(825, 4))];
    PlaceOrder::of([ours(line("MUG", 3, 1299)), ours(line("TEE", 7, 333))])
        .with_shipping(shipping)
        .with_discount(NewDiscount::new("ONE", DiscountValue::Fixed(cents(101))))
}

/// The same with prices that include the tax.
pub(crate) fn included() -> PlaceOrder {
    PlaceOrder {
        taxes_included: Some(true),
        ..plain()
    }
}

/// All that an order can hold at once.
pub(crate) fn rich() -> PlaceOrder {
    let shipping = |title, price| NewShipping {
        taxes: vec![NewTax::new("State tax", Decimal::new(4, 2))],
        ..NewShipping::new(title, cents(price))
    };
    let off = |code, percent| NewDiscount::new(code, DiscountValue::Percentage(percent));
    let two = |line: NewLine| {
        line.taxed("State tax", Decimal::new(4, 2))
            .taxed("City tax", Decimal::new(45, 3))
    };
    let custom = NewLine {
        sku: None,
        title: Some("Engraving".into()),
        price: cents(750),
        ..NewLine::default()
    };
    let gift_card = NewLine {
        gift_card: true,
        taxable: false,
        ..line("GIFT-25", 1, 2500)
    };
    PlaceOrder {
        tip: Some(cents(301)),
        ..PlaceOrder::of([
            two(line("MUG", 3, 1299)),
            two(line("TEE", 7, 333)),
            line("00420", 1, 1111),
            custom,
            gift_card,
        ])
        .with_shipping(shipping("Standard", 495))
        .with_shipping(shipping("Express", 1234))
        .with_discount(off("LINE", Decimal::new(333, 1)).on_lines(&[0]))
        .with_discount(off("CART", Decimal::new(15, 0)))
        .with_discount(off("SHIP", Decimal::new(50, 0)).on_shipping())
    }
}

fn rich_included() -> PlaceOrder {
    PlaceOrder {
        taxes_included: Some(true),
        ..rich()
    }
}

async fn booked_exactly(world: &World, orders: Vec<PlaceOrder>) {
    for order in orders {
        let order = world.shop.place_order(order);
        world.drain_well().await;
        world.holds_once(order.id, order.totals.price.shop);
    }
}

#[tokio::test]
async fn on_netsuites_own_references_every_form_is_equal_to_the_cent_for_two_calls_more() {
    let own = &[(
        EXACT,
        "strategy = \"suitetax_override\"\nreferences = \"read_back\"",
    )];
    let world = World::with(taxed(own, strict)).await;
    booked_exactly(&world, vec![plain(), included(), rich(), rich_included()]).await;

    world.netsuite.reset_calls();
    let order = world.shop.place_order(plain());
    world.quiet().await;
    let calls: Vec<String> = world.netsuite_calls();
    let record = "/services/rest/record/v1";
    let id = world.sales_order(order.id).id;
    assert_eq!(
        calls,
        [
            format!("POST {record}/salesOrder"),
            format!("GET {record}/salesOrder/{id}?expandSubResources=true"),
            format!("PATCH {record}/salesOrder/{id}?replace=taxDetails"),
            format!("POST {record}/customerDeposit"),
        ]
    );
    assert_eq!(world.sales_order(order.id).tax, order.totals.tax.shop);
}

#[tokio::test]
async fn a_pass_that_ends_before_the_override_is_finished_by_the_next_and_never_accepted_as_it_is()
{
    let own = &[(
        EXACT,
        "strategy = \"suitetax_override\"\nreferences = \"read_back\"",
    )];
    for fault in [
        Fault::ResetBefore,
        Fault::ReplyLost,
        Fault::ServerError { committed: true },
    ] {
        let world = World::with(taxed(own, strict)).await;
        let patch = Matcher {
            method: Some("PATCH".into()),
            ..Matcher::default()
        };
        world.netsuite.fail_when(patch, fault.clone());
        let order = world.shop.place_order(plain());
        world.drain_well().await;
        world.holds_once(order.id, order.totals.price.shop);
        let rows = world.sales_order(order.id).fields["taxDetails"].clone();
        assert_eq!(
            rows.as_array().map(Vec::len),
            Some(3),
            "{fault:?}: two lines, the shipping"
        );
        assert_eq!(world.netsuite.sales_orders().len(), 1);
    }
}

#[tokio::test]
async fn on_lines_of_its_own_every_form_is_equal_to_the_cent() {
    let lines = &[
        (EXACT, "strategy = \"tax_line\""),
        ("tip = \"902\"", "tip = \"902\"\ntax = \"905\""),
    ];
    let world = World::with(taxed(lines, |_| {})).await;
    world.service_item(905, "Tax");
    booked_exactly(&world, vec![plain(), included(), rich(), rich_included()]).await;
}

#[tokio::test]
async fn tax_that_netsuite_computes_is_taken_within_the_tolerance_and_held_beyond_it() {
    let native = &[(EXACT, "strategy = \"native\"\ntolerance = \"0.05\"")];
    let world = World::with(taxed(native, computes)).await;
    for order in [plain(), included()] {
        let order = world.shop.place_order(order);
        world.drain_well().await;
        let booked = world.sales_order(order.id);
        let off = booked.total - order.totals.price.shop;
        assert!(off.abs() <= cents(5), "{off}");
        assert_eq!(world.deposits(order.id)[0].total, order.totals.price.shop);
    }
    // NetSuite taxes at one rate, and this order has two.
    let order = world.shop.place_order(rich());
    world.drain().await;
    assert_eq!(world.ends().await[2], "total_differs");
    let (netsuite, shopify) = (world.sales_order(order.id).total, order.totals.price.shop);
    let told = world.explained().await;
    for number in [netsuite, shopify] {
        assert!(told[0].contains(&number.to_string()), "{number}: {told:?}");
    }
}

#[tokio::test]
async fn an_order_without_tax_stays_without_it_where_netsuite_computes() {
    let native = &[(EXACT, "strategy = \"native\"")];
    let world = World::with(taxed(native, computes)).await;
    let order = world
        .shop
        .place_order(PlaceOrder::of([line("MUG", 3, 1299), line("TEE", 1, 777)]));
    world.drain_well().await;
    world.holds_once(order.id, order.totals.price.shop);
}

#[tokio::test]
async fn legacy_rates_come_to_shopifys_tax_within_the_tolerance_and_carry_the_exact_amounts() {
    let rates = &[
        (EXACT, "strategy = \"legacy_rate\"\ntolerance = \"0.05\""),
        ("code = \"11\"\ntype = \"3\"", "code = \"9\""),
        ("code = \"9\"\ntype = \"1\"", "code = \"9\""),
    ];
    let world = World::with(taxed(rates, legacy)).await;
    for order in [plain(), included()] {
        let order = world.shop.place_order(order);
        world.drain_well().await;
        let booked = world.sales_order(order.id);
        let off = booked.total - order.totals.price.shop;
        assert!(off.abs() <= cents(5), "{off}");
        let tax = order.totals.tax.shop.to_string();
        assert_eq!(booked.fields["custbody_waybill_tax"], tax);
    }
}

#[tokio::test]
async fn legacy_rates_follow_each_line_its_discounts_and_the_shipping_whatever_the_mix() {
    let mixed = &[
        (EXACT, "strategy = \"legacy_rate\"\ntolerance = \"0.05\""),
        (
            "[[store.tax.map]]\ncountry = \"US\"\ncode = \"9\"\ntype = \"1\"\n",
            "",
        ),
        ("[[store.tax.map]]\ncode = \"11\"\ntype = \"3\"\n", ""),
        ("[store.shipping]", "[store.shipping]\nas = \"line\""),
    ];
    for orders in ["discounts = \"per_line\"", "discounts = \"per_order\""] {
        let world = World::with(Change {
            orders,
            ..taxed(mixed, legacy)
        })
        .await;
        for order in [rich(), rich_included()] {
            let order = world.shop.place_order(order);
            world.drain_well().await;
            let off = world.sales_order(order.id).total - order.totals.price.shop;
            assert!(off.abs() <= cents(5), "{orders}: {off}");
        }
    }
}

#[tokio::test]
async fn without_tolerance_a_cent_of_netsuites_own_rounding_is_held_with_both_numbers() {
    let rates = &[
        (EXACT, "strategy = \"legacy_rate\""),
        ("code = \"11\"\ntype = \"3\"", "code = \"9\""),
        ("code = \"9\"\ntype = \"1\"", "code = \"9\""),
    ];
    let world = World::with(taxed(rates, legacy)).await;
    // Shopify rounds the tax of each line, NetSuite the sum.
    let lines = (0..10).map(|_| ours(line("MUG", 1, 103)));
    let order = world.shop.place_order(PlaceOrder::of(lines));
    world.drain().await;
    assert_eq!(world.ends().await, ["total_differs"]);
    let booked = world.sales_order(order.id);
    assert_ne!(booked.total, order.totals.price.shop);
    let told = world.explained().await;
    assert!(told[0].contains(&booked.total.to_string()), "{told:?}");
    assert!(
        told[0].contains(&order.totals.price.shop.to_string()),
        "{told:?}"
    );
}
