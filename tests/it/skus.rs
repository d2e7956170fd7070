//! Which item a line is: exactly the SKU, or the whole order is held and nothing of it is written.

use rust_decimal::Decimal;
use sandbox::netsuite::{Kind, SeedItem};
use sandbox::shopify::{PlaceOrder, line};

use crate::world::World;

fn of(sku: &str) -> PlaceOrder {
    PlaceOrder::of([line("MUG", 1), line(sku, 1)])
}

#[tokio::test]
async fn case_blanks_and_leading_zeros_matter_and_a_miss_writes_not_even_the_customer() {
    let world = World::start().await;
    for near in ["cup", "CUP "] {
        world.item(near);
    }
    world.netsuite.seed_item(SeedItem {
        inactive: true,
        ..SeedItem::new("IDLE")
    });
    world.item("TWICE");
    world.item("TWICE");
    for sku in ["CUP", "420", "IDLE", "TWICE"] {
        world.shop.place_order(of(sku));
    }
    world.drain().await;
    assert_eq!(
        world.ends().await,
        [
            "unknown_sku",
            "unknown_sku",
            "inactive_item",
            "ambiguous_sku"
        ]
    );
    let told = world.explained().await;
    for (told, sku) in told.iter().zip(["`CUP`", "`420`", "`IDLE`", "`TWICE`"]) {
        assert!(told.contains(sku) && !told.contains("MUG"), "{told}");
    }
    world.holds_nothing();

    let order = world.shop.orders()[0].id;
    let cup = world.item("CUP");
    world.shop.announce(order, &["orders/updated"]);
    world.drain().await;
    let items: Vec<u64> = world
        .sales_order(order)
        .lines
        .iter()
        .map(|l| l.item)
        .collect();
    assert!(items.contains(&cup), "{items:?}");
    world.holds_once(order, Decimal::new(2000, 2));
}

#[tokio::test]
async fn an_item_deactivated_after_it_was_looked_up_is_found_out_by_the_write() {
    let world = World::start().await;
    let item = world.item("FADING");
    world.shop.place_order(of("FADING"));
    world.drain_well().await;
    world
        .netsuite
        .person_deactivates(Kind::InventoryItem, item)
        .unwrap();
    let second = world.shop.place_order(of("FADING")).id;
    world.drain().await;
    assert_eq!(world.problems().await, ["inactive_item"]);
    let external = format!("so-us-{second}");
    let written = world.netsuite.sales_orders_with_external_id(&external);
    assert!(written.is_empty());

    world.item("FADING");
    world.shop.announce(second, &["orders/updated"]);
    world.drain_well().await;
    world.holds_once(second, Decimal::new(2000, 2));
}
