//! Random lives keep every rule of the ledger, and a seed tells the same life again.

use sandbox::shopify::{
    DiscountValue, Life, Lived, NewDiscount, NewShipping, NewTax, Payment, PlaceOrder, Presentment,
    Settings, Shop, line_at,
};

use crate::edits::assert_ledger;
use crate::world::{dec, shop};

fn cart(seed: u64) -> PlaceOrder {
    let mut cart = PlaceOrder::of([
        line_at("MUG", 3, dec("9.99")).taxed("State", dec("0.0625")),
        line_at("CUP", 2, dec("4.35"))
            .taxed("State", dec("0.0625"))
            .taxed("City", dec("0.01")),
    ])
    .with_shipping(NewShipping {
        taxes: vec![NewTax::new("State", dec("0.0625"))],
        ..NewShipping::new("Standard", dec("5.95"))
    })
    .with_discount(NewDiscount::new(
        "SEVENTH",
        DiscountValue::Percentage(dec("14.3")),
    ));
    cart.taxes_included = Some(seed % 2 == 1);
    cart.presentment = seed.is_multiple_of(3).then(|| Presentment {
        currency: "JPY".into(),
        rate: dec("149.37"),
    });
    cart.with_payment(match seed % 4 {
        0 => Payment::Pending,
        1 => Payment::Authorized,
        _ => Payment::Paid,
    })
}

fn live(shop: &Shop, seed: u64) -> (u64, Vec<Lived>) {
    let order = shop.place_order(cart(seed));
    let mut life = Life::new(seed);
    let acts = (0..15).map(|_| {
        let lived = life.act(shop, order.id).unwrap();
        assert_ledger(&shop.order(order.id).unwrap());
        lived
    });
    let acts = acts.collect();
    (order.id, acts)
}

#[tokio::test]
async fn whatever_happens_to_an_order_its_agreements_say_what_it_is_worth() {
    let (shop, _api) = shop().await;
    let mut kinds = Vec::new();
    for seed in 0..150 {
        let (order, acts) = live(&shop, seed);
        let order = shop.order(order).unwrap();
        for line in &order.lines {
            assert!(
                line.shipped() <= line.current_quantity,
                "seed {seed} {acts:?}"
            );
            let works = order.fulfillment_orders.iter().filter(|it| !it.cancelled);
            let open: u32 = works
                .flat_map(|it| &it.lines)
                .filter(|it| it.line == line.id)
                .map(|it| it.remaining)
                .sum();
            assert_eq!(open, line.unfulfilled(), "seed {seed} {acts:?}");
        }
        kinds.extend(acts);
    }
    // A life that never does something proves nothing about it.
    for kind in [
        Lived::Edited,
        Lived::Paid,
        Lived::Captured,
        Lived::Voided,
        Lived::Fulfilled,
        Lived::Tracked,
        Lived::Unfulfilled,
        Lived::Refunded,
        Lived::Settled,
        Lived::ReturnStarted,
        Lived::ReturnAnswered,
        Lived::ReturnProcessed,
        Lived::ReturnEnded,
        Lived::Cancelled,
    ] {
        assert!(kinds.contains(&kind), "{kind:?}");
    }
}

#[tokio::test]
async fn a_seed_is_one_life() {
    for seed in [3, 8] {
        let first = Shop::start(Settings::default()).await.unwrap();
        let second = Shop::start(Settings::default()).await.unwrap();
        let (one, acts) = live(&first, seed);
        let (other, again) = live(&second, seed);
        assert_eq!(acts, again);
        assert_eq!(
            first.order(one).unwrap().totals,
            second.order(other).unwrap().totals
        );
    }
}
