//! An order that is in both systems, and a warehouse that ships it in NetSuite.

use std::sync::Arc;

use sandbox::netsuite::Kind as Record;
use sandbox::shopify::{Fulfillment, NewLine, Order, PlaceOrder};
use serde_json::{Value, json};
use waybill::event::{Document, Event, Kind, Priority, Source};
use waybill::outbox::writer::store;

use crate::world::{Change, World};

/// The shop's first location, and its second where a test has one.
pub(crate) const MAIN: u64 = 72_345_678;
pub(crate) const ANNEX: u64 = 80_000_001;

/// The settings of a store whose one NetSuite location is its first; UPS Ground is UPS.
pub(crate) const SHIPS: &str = r#"
[store.locations]
"72345678" = ["6"]
[store.fulfillments]
carriers = { "33" = "UPS" }
"#;

/// As [`SHIPS`].
pub(crate) fn ships() -> Change {
    Change {
        more: SHIPS,
        ..Change::default()
    }
}

/// A UPS package for each number.
pub(crate) fn packages(numbers: &[&str]) -> Value {
    let rows: Vec<Value> = numbers
        .iter()
        .map(|number| json!({ "packageTrackingNumberUps": number }))
        .collect();
    json!({ "shipMethod": { "id": "33" }, "packageUps": { "items": rows } })
}

impl World {
    /// An order of these lines, written to NetSuite; its Shopify id.
    pub(crate) async fn sold(&self, lines: impl Into<PlaceOrder>) -> u64 {
        let order = self.shop.place_order(lines).id;
        self.drain_well().await;
        order
    }

    /// A person ships the order in NetSuite; the item fulfillment's id. Nobody is told.
    #[track_caller]
    pub(crate) fn ships(&self, order: u64, body: &Value) -> u64 {
        let sale = self.sales_order(order).id;
        self.netsuite
            .person_makes(Record::SalesOrder, sale, Record::ItemFulfillment, body)
            .unwrap()
    }

    /// NetSuite's script calls, as it does after each save; `call` tells apart what is the same call.
    pub(crate) async fn called(&self, fulfillment: u64, call: &str) {
        let event = Event {
            source: Source::Netsuite,
            store: "netsuite".to_owned(),
            topic: "itemFulfillment/update".to_owned(),
            delivery_id: format!("{fulfillment}-{call}"),
            document: Document::new(Kind::Fulfillment, "netsuite", fulfillment),
            priority: Priority::Fulfillment,
            version: None,
            body: Vec::new(),
        };
        store(&self.database.pool, &[event]).await.unwrap();
    }

    /// Ships, and lets it arrive well.
    pub(crate) async fn shipped(&self, order: u64, body: &Value) -> u64 {
        let fulfillment = self.ships(order, body);
        self.called(fulfillment, "create").await;
        self.drain_well().await;
        fulfillment
    }

    pub(crate) fn order(&self, id: u64) -> Arc<Order> {
        self.shop.order(id).unwrap()
    }

    /// What the shop has of the order's shipments, cancelled ones left out.
    pub(crate) fn standing(&self, order: u64) -> Vec<Fulfillment> {
        let order = self.order(order);
        let standing = order.fulfillments.iter().filter(|it| !it.cancelled);
        standing.cloned().collect()
    }

    /// Units by SKU of a shipment.
    pub(crate) fn units(&self, order: u64, shipment: &Fulfillment) -> Vec<(String, u32)> {
        let order = self.order(order);
        let sku = |line: u64| {
            let line = order.lines.iter().find(|sold| sold.id == line).unwrap();
            line.sku.clone().unwrap_or_default()
        };
        let mut units: Vec<_> = shipment
            .lines
            .iter()
            .map(|line| (sku(line.line), line.quantity))
            .collect();
        units.sort();
        units
    }

    /// Mails about the order's shipments, whatever became of them.
    pub(crate) fn mails(&self, order: u64) -> u32 {
        let order = self.order(order);
        order.fulfillments.iter().map(|it| it.mails).sum()
    }

    /// Exactly one shipment with exactly one mail, whatever happened on the way.
    #[track_caller]
    pub(crate) fn arrived_once(&self, order: u64) {
        assert_eq!(self.order(order).fulfillments.len(), 1, "shipments");
        assert_eq!(self.mails(order), 1, "mails");
    }

    /// How a fulfillment's document stands: its problem's code, why it was skipped, or `applied`.
    pub(crate) async fn end_of(&self, fulfillment: u64) -> String {
        sqlx::query_scalar(
            "select case when state = 'held' then problem_code else coalesce(reason, outcome, state) end
             from outbox where document = $1",
        )
        .bind(format!("fulfillment/netsuite/{fulfillment}"))
        .fetch_one(&self.database.pool)
        .await
        .unwrap()
    }

    /// Shopify calls about shipments since the last reset.
    pub(crate) fn shipment_calls(&self) -> Vec<(&'static str, usize)> {
        [
            "ShipmentsQuery",
            "CreateFulfillment",
            "TrackFulfillment",
            "CancelFulfillment",
            "MoveFulfillmentOrder",
        ]
        .into_iter()
        .map(|name| (name, self.shop.calls_of(name)))
        .filter(|(_, count)| *count > 0)
        .collect()
    }
}

/// A line that ships from the annex.
pub(crate) fn from_annex(line: NewLine) -> NewLine {
    NewLine {
        location: Some(ANNEX),
        ..line
    }
}
