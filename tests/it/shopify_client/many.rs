//! Calls about many orders at once.

use chrono::TimeDelta;
use sandbox::shopify::line;
use waybill::link::InternalId;

use super::{reads, shop};

#[tokio::test]
async fn ids_are_written_back_25_a_call_and_a_refused_one_keeps_none_back() {
    let (shop, client) = shop().await;
    let mut ids: Vec<_> = (0..30)
        .map(|n| {
            (
                shop.place_order([line("MUG", 1)]).id,
                InternalId(format!("{}", 700 + n)),
            )
        })
        .collect();
    ids.push((1, InternalId("799".to_owned())));

    let results = client.set_metafields(&reads(), &ids).await.unwrap();

    let refused: Vec<_> = (0..31).filter(|n| results[*n].is_err()).collect();
    assert_eq!(refused, [30], "only the order that does not exist");
    assert_eq!(shop.metafields().len(), 30);
    assert_eq!(
        shop.calls_of("metafieldsSet"),
        3,
        "25, the rest, the rest without the refused one"
    );
    let order = client.order(&reads(), ids[0].0).await.unwrap().unwrap();
    assert_eq!(order.netsuite_id.as_deref(), Some("700"));
}

#[tokio::test]
async fn orders_that_changed_come_oldest_first_over_all_pages() {
    let (shop, client) = shop().await;
    let placed: Vec<_> = (0..260)
        .map(|_| shop.place_order([line("MUG", 1)]))
        .collect();
    let day = TimeDelta::days(1);
    let (from, to) = (placed[0].updated_at - day, placed[259].updated_at + day);

    let first = client
        .orders_updated(&reads(), from, to, None)
        .await
        .unwrap();
    let next = first.next.clone().unwrap();
    let second = client
        .orders_updated(&reads(), from, to, Some(&next))
        .await
        .unwrap();

    assert_eq!((first.orders.len(), second.orders.len()), (250, 10));
    assert_eq!(second.next, None);
    let ids: Vec<_> = first
        .orders
        .iter()
        .chain(&second.orders)
        .map(|order| order.id)
        .collect();
    assert_eq!(ids, placed.iter().map(|order| order.id).collect::<Vec<_>>());

    let later = client
        .orders_updated(&reads(), to, to + day, None)
        .await
        .unwrap();
    assert!(later.orders.is_empty());
}

#[tokio::test]
async fn versions_are_read_by_id_and_absent_orders_are_left_out() {
    let (shop, client) = shop().await;
    let placed = shop.place_order([line("MUG", 1)]);
    let versions = client
        .order_versions(&reads(), &[placed.id, 1])
        .await
        .unwrap();
    assert_eq!(versions.len(), 1);
    assert_eq!(versions[0].updated_at, placed.updated_at);
}
