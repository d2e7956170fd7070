//! The day: ordinary orders, awkward ones, and things that go wrong on the way.

use anyhow::Context;
use rust_decimal::Decimal;
use sandbox::netsuite::{Fault, Kind, Matcher, SeedItem};
use sandbox::shopify::{
    DiscountValue, Handling, NewDiscount, NewLine, NewShipping, Payment, PlaceOrder, Tender,
    line_at,
};

use crate::Twins;
use crate::service::Service;

/// An order of the day, and what it must end in.
pub(crate) struct Expected {
    pub(crate) order: u64,
    pub(crate) story: &'static str,
    pub(crate) end: End,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// A sales order and its deposits, equal to the cent.
    Booked,
    /// Nothing in NetSuite, and why.
    Absent(&'static str),
}

const SKUS: [(&str, i64); 4] = [
    ("MUG", 1299),
    ("TEE-M", 2450),
    ("00420", 999),
    ("Poster A2", 1875),
];

/// The NetSuite items that the shop's SKUs and the settings name.
pub(crate) fn stock(twins: &Twins) {
    for (sku, _) in SKUS {
        let item = twins.netsuite.seed_item(SeedItem::new(sku));
        twins
            .netsuite
            .set_on_hand(item, "6", Decimal::from(100_000));
    }
    for (id, name, kind) in [
        (900, "Discount", Kind::DiscountItem),
        (902, "Tip", Kind::OtherChargeSaleItem),
    ] {
        twins.netsuite.seed_item(SeedItem {
            id: Some(id),
            ..SeedItem::of(kind, name)
        });
    }
}

/// Plays it, telling each step.
pub(crate) async fn play(twins: &Twins, service: &Service) -> anyhow::Result<Vec<Expected>> {
    let mut day = Day {
        twins,
        expected: Vec::new(),
    };
    println!("\nmorning: ordinary trade");
    for number in 0..8 {
        day.order("a plain order", ordinary(number));
    }
    day.settle().await?;
    println!("noon: discounts, tips, split payments, taxes of all kinds");
    day.discounted();
    day.awkward();
    day.settle().await?;
    println!("afternoon: the network and NetSuite misbehave");
    day.trouble().await?;
    println!("evening: what must not be booked, and what a person must mend");
    day.refused();
    day.mended(service).await?;
    day.settle().await?;
    println!(
        "{} orders placed; waiting until both sides agree …",
        day.expected.len()
    );
    Ok(day.expected)
}

struct Day<'a> {
    twins: &'a Twins,
    expected: Vec<Expected>,
}

impl Day<'_> {
    fn place(&mut self, story: &'static str, end: End, order: PlaceOrder) -> u64 {
        let placed = self.twins.shop.place_order(order);
        println!(
            "  {}  {:>10} {}  {story}",
            placed.name, placed.totals.price.shop, placed.currencies.shop
        );
        self.expected.push(Expected {
            order: placed.id,
            story,
            end,
        });
        placed.id
    }

    fn order(&mut self, story: &'static str, order: PlaceOrder) {
        self.place(story, End::Booked, order);
    }

    async fn settle(&self) -> anyhow::Result<()> {
        self.twins
            .shop
            .settle()
            .await
            .context("webhooks are still under way")
    }

    fn discounted(&mut self) {
        let tenth = || DiscountValue::Percentage(Decimal::TEN);
        self.order(
            "10 % off the cart",
            PlaceOrder {
                discounts: vec![NewDiscount::new("TENTH", tenth())],
                ..ordinary(1)
            },
        );
        self.order(
            "a line discount and a cart discount, stacked",
            PlaceOrder {
                discounts: vec![
                    NewDiscount::new("MUG5", DiscountValue::Fixed(Decimal::from(5))).on_lines(&[0]),
                    NewDiscount::new("TENTH", tenth()),
                ],
                ..ordinary(2)
            },
        );
        self.order(
            "free shipping by a code",
            PlaceOrder {
                discounts: vec![
                    NewDiscount::new("SHIPFREE", DiscountValue::Percentage(Decimal::ONE_HUNDRED))
                        .on_shipping(),
                ],
                ..ordinary(3)
            },
        );
    }

    fn awkward(&mut self) {
        self.order(
            "a tip",
            PlaceOrder {
                tip: Some(cents(350)),
                ..ordinary(1)
            },
        );
        self.order(
            "100 % off: nothing to pay, no deposit",
            PlaceOrder {
                shipping: Vec::new(),
                discounts: vec![NewDiscount::new(
                    "GIFT",
                    DiscountValue::Percentage(Decimal::ONE_HUNDRED),
                )],
                ..ordinary(0)
            },
        );
        self.order(
            "paid by gift card and card: two deposits",
            PlaceOrder {
                payment: Payment::Tenders(vec![
                    Tender::sale("gift_card", cents(500)),
                    Tender::rest("shopify_payments"),
                ]),
                ..ordinary(2)
            },
        );
        self.order(
            "prices that include the tax",
            PlaceOrder {
                taxes_included: Some(true),
                ..ordinary(5)
            },
        );
        self.order(
            "a SKU with leading zeros",
            PlaceOrder::of([taxed("00420", 3, 999)]),
        );
    }

    async fn trouble(&mut self) -> anyhow::Result<()> {
        let netsuite = &self.twins.netsuite;
        netsuite.fail_when(Matcher::create("salesOrder"), Fault::ReplyLost);
        self.order("NetSuite's answer is lost after it booked", ordinary(0));
        self.settle().await?;
        netsuite.fail_when(
            Matcher::create("customerDeposit"),
            Fault::ServerError { committed: true },
        );
        self.order("500 after the deposit was booked", ordinary(1));
        self.settle().await?;
        netsuite.fail_times(3, Matcher::any(), Fault::TooManyRequests);
        self.order("NetSuite: too many requests", ordinary(2));
        netsuite.fail_when(Matcher::create("salesOrder"), Fault::Maintenance);
        self.order("NetSuite: down for maintenance, an HTML page", ordinary(3));
        self.settle().await?;
        netsuite.revoke_tokens();
        self.order("every NetSuite token revoked", ordinary(4));
        self.twins
            .shop
            .handle_next(None, Handling::Duplicate(20), 3);
        self.order("each webhook twenty times", ordinary(5));
        self.twins.shop.handle_next(None, Handling::Lose, 3);
        self.order("no webhook at all: the sweep finds it", ordinary(6));
        self.settle().await
    }

    fn refused(&mut self) {
        let unpaid = PlaceOrder {
            payment: Payment::Pending,
            ..ordinary(0)
        };
        self.place("not paid yet", End::Absent("not paid"), unpaid);
        self.place(
            "a test order",
            End::Absent("test order"),
            PlaceOrder {
                test: true,
                ..ordinary(0)
            },
        );
    }

    /// An unknown SKU holds the order; a person makes the item and replays all that it held.
    async fn mended(&mut self, service: &Service) -> anyhow::Result<()> {
        self.order(
            "a SKU that NetSuite does not know, until somebody makes the item",
            PlaceOrder::of([taxed("NEW-1", 1, 4200)]),
        );
        self.settle().await?;
        let held = async {
            while service.held().await? == 0 {
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
            anyhow::Ok(())
        };
        let held = tokio::time::timeout(std::time::Duration::from_secs(180), held).await;
        held.context("the order with the unknown SKU was not held")??;
        println!(
            "          held: unknown_sku; the item is made in NetSuite, the plan shown and applied"
        );
        self.twins.netsuite.seed_item(SeedItem::new("NEW-1"));
        service.replay("unknown_sku").await
    }
}

fn cents(amount: i64) -> Decimal {
    Decimal::new(amount, 2)
}

fn taxed(sku: &str, quantity: u32, price: i64) -> NewLine {
    line_at(sku, quantity, cents(price))
        .taxed("State tax", Decimal::new(725, 4))
        .taxed("City tax", Decimal::new(15, 3))
}

/// One to three lines, taxed twice, with shipping.
fn ordinary(number: usize) -> PlaceOrder {
    let lines = SKUS
        .iter()
        .cycle()
        .skip(number)
        .take(1 + number % 3)
        .zip(1..);
    PlaceOrder {
        shipping: vec![NewShipping::new("Standard", cents(495))],
        ..PlaceOrder::of(lines.map(|((sku, price), quantity)| taxed(sku, quantity, *price)))
    }
}
