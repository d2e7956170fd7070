//! What happens beside the shop's own acts: NetSuite ships what the shop says was shipped, and bills it.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use sandbox::netsuite::{Kind, Transaction};
use sandbox::shopify::Order;
use serde_json::json;
use waybill::config::Sweeps;
use waybill::sweep;

use crate::world::{Change, PATIENCE, World};

/// Items for whatever a life can bring.
const ITEMS: &str = "tip = \"902\"\nrestocking = \"905\"\nadjustment = \"906\"\nduty = \"907\"\nfee = \"908\"\nrounding = \"909\"";

/// The liability account of gift cards: nothing leaves a bank when money goes back on one.
macro_rules! gifts {
    () => {
        "[store.payments.gift_card]\npayment_option = \"9\"\naccount = \"217\"\n"
    };
}

/// Nothing but the shop's events and the sweeps that a life asks for.
const SWEEPS: &str = "order = \"12h\"\nfulfillment = \"12h\"";

/// Units that NetSuite has shipped, by the shop's line.
pub(super) type Shipped = BTreeMap<u64, u32>;

/// Where lives are lived: NetSuite bills, or waybill does.
pub(super) async fn world(waybill_bills: bool) -> World {
    let world = World::with(Change {
        orders: "when = \"placed\"",
        instead: &[
            ("tip = \"902\"", ITEMS),
            ("order = \"1h\"", SWEEPS),
            // A busy machine is no trouble of NetSuite's, and no reason to hand over.
            ("lease = \"2s\"", "lease = \"60s\""),
            ("netsuite_deadline = \"5s\"", "netsuite_deadline = \"60s\""),
            ("shopify_deadline = \"5s\"", "shopify_deadline = \"60s\""),
        ],
        more: if waybill_bills {
            concat!(gifts!(), "[store.billing]\nby = \"waybill\"")
        } else {
            gifts!()
        },
        ..Change::default()
    })
    .await;
    for (id, name) in [
        (905, "Restocking fee"),
        (906, "Adjustment"),
        (907, "Duty"),
        (908, "Fee"),
        (909, "Rounding"),
    ] {
        world.service_item(id, name);
    }
    world.item("LIFE");
    world
        .netsuite
        .configure(|settings| settings.auto_apply_deposits = !waybill_bills);
    world
}

impl World {
    /// NetSuite ships what the shop shipped since.
    pub(super) fn ships_as_told(&self, order: &Order, record: &Transaction, shipped: &mut Shipped) {
        let mut wanted: BTreeMap<u64, u32> = BTreeMap::new();
        for line in order.fulfillments.iter().flat_map(|it| &it.lines) {
            *wanted.entry(line.line).or_default() += line.quantity;
        }
        let mut lines = Vec::new();
        for line in &record.lines {
            let key = line.fields["custcol_waybill_line"].as_str();
            let id: u64 = key.and_then(|key| key.parse().ok()).unwrap_or_default();
            let wanted = wanted.get(&id).copied().unwrap_or_default();
            let more = wanted.saturating_sub(shipped.get(&id).copied().unwrap_or_default());
            let open = line.quantity - line.fulfilled;
            let now = Decimal::from(more).min(open);
            if id == 0 || line.closed || line.item_type != "InvtPart" || open <= Decimal::ZERO {
                continue;
            }
            let receive = now > Decimal::ZERO;
            let mut one = json!({ "orderLine": line.line, "itemReceive": receive });
            if receive {
                one["quantity"] = json!(now.to_u32().unwrap());
                *shipped.entry(id).or_default() += more;
            }
            lines.push(one);
        }
        if lines.iter().any(|line| line["itemReceive"] == true) {
            let body = json!({ "shipStatus": { "id": "C" }, "item": { "items": lines } });
            let made = Kind::ItemFulfillment;
            self.netsuite
                .person_makes(Kind::SalesOrder, record.id, made, &body)
                .unwrap();
        }
    }

    /// NetSuite bills what is shipped, if anything is.
    pub(super) fn bills_if_it_can(&self, record: u64) {
        // Refused when there is nothing to bill.
        let _nothing =
            self.netsuite
                .person_makes(Kind::SalesOrder, record, Kind::Invoice, &json!({}));
    }

    /// One sweep of the shop's orders, to its end.
    pub(super) async fn sweep(&self) {
        let pool = &self.database.pool;
        let kind = waybill::event::Kind::Order;
        let settings = Sweeps::default();
        let id = sweep::request(pool, &settings, kind, "us", None);
        let id = id.await.unwrap();
        let until = tokio::time::Instant::now() + PATIENCE;
        loop {
            let progress = sweep::progress(pool, id).await.unwrap().unwrap();
            if progress.finished_at.is_some() {
                return;
            }
            let told = progress.failure;
            assert!(tokio::time::Instant::now() < until, "no sweep: {told:?}");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    /// Waits until the shop's next second: what it changes then has a new time.
    pub(super) async fn next_second(&self, order: u64) {
        let last = self.shop.order(order).unwrap().updated_at;
        let until = tokio::time::Instant::now() + PATIENCE;
        let moved = "select now() >= $1 + interval '1 second'";
        while !sqlx::query_scalar::<_, bool>(moved)
            .bind(last)
            .fetch_one(&self.database.pool)
            .await
            .unwrap()
        {
            assert!(
                tokio::time::Instant::now() < until,
                "the clock stands still"
            );
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }
}
