//! Everything the shop holds, and the acts that change it. An act returns the notices its webhooks carry.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::CancelJob;
use super::catalog::{Location, Variant};
use super::company::Firm;
use super::customer::{Customer, imported_customer};
use super::metafield::Metafield;
use super::order::{
    Change, Editing, FinancialStatus, Making, Order, PlaceOrder, ProcessUnits, Processing, Refusal,
    ReturnStatus, Returning, Terms, Transaction, TransactionStatus,
};
use super::settings::{CustomerData, Removal, Settings};
use super::time::{ShopTime, now};
use super::webhook::Subscription;

/// The next free id.
#[derive(Debug)]
pub(crate) struct Ids(u64);

impl Ids {
    pub(crate) fn take(&mut self) -> u64 {
        let id = self.0;
        self.0 += 1;
        id
    }
}

/// Something happened that subscribers to `topic` are told.
#[derive(Clone, Debug)]
pub(crate) struct Notice {
    pub(crate) topic: &'static str,
    pub(crate) body: Value,
    pub(crate) order: Option<(u64, bool)>,
}

/// What a lagging read of an order shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lag {
    /// The version before the last change (nothing, if there was none).
    Earlier,
    /// No order at all.
    Missing,
}

pub(crate) struct State {
    pub(crate) settings: Settings,
    pub(crate) time: ShopTime,
    pub(crate) ids: Ids,
    pub(crate) orders: BTreeMap<u64, Arc<Order>>,
    pub(crate) customers: BTreeMap<u64, Arc<Customer>>,
    pub(crate) companies: BTreeMap<u64, Arc<Firm>>,
    /// Customers by e-mail in lower case: one address is one customer.
    pub(crate) emails: BTreeMap<String, u64>,
    pub(crate) variants: BTreeMap<u64, Variant>,
    pub(crate) locations: Vec<Location>,
    pub(crate) metafields: BTreeMap<(String, String, String), Metafield>,
    pub(crate) subscriptions: BTreeMap<u64, Subscription>,
    /// Keys of idempotent mutations, with what they were used for.
    pub(crate) idempotency: BTreeMap<String, String>,
    /// Cancellations that the API took, by their job.
    pub(crate) jobs: BTreeMap<u64, CancelJob>,
    /// Jobs wait until they are let go.
    pub(crate) hold_jobs: bool,
    pub(crate) opened_at: DateTime<Utc>,
    earlier: BTreeMap<u64, Arc<Order>>,
    lags: BTreeMap<u64, (Lag, u32)>,
    next_number: u32,
}

/// What an act did: the order as it is now, the act's own answer, and whom to tell.
pub(crate) type Done<T> = (Arc<Order>, T, Vec<Notice>);

impl State {
    pub(crate) fn new(settings: Settings, time: ShopTime) -> Self {
        let locations = settings
            .locations
            .iter()
            .map(|location| Location {
                id: location.id,
                name: location.name.clone(),
                country: location.country.clone(),
                active: true,
            })
            .collect();
        let mut state = Self {
            time,
            ids: Ids(settings.first_id),
            orders: BTreeMap::new(),
            customers: BTreeMap::new(),
            companies: BTreeMap::new(),
            emails: BTreeMap::new(),
            variants: BTreeMap::new(),
            locations,
            metafields: BTreeMap::new(),
            subscriptions: BTreeMap::new(),
            idempotency: BTreeMap::new(),
            jobs: BTreeMap::new(),
            hold_jobs: false,
            opened_at: now(),
            earlier: BTreeMap::new(),
            lags: BTreeMap::new(),
            next_number: settings.first_order_number,
            settings,
        };
        if let Some(target) = state.settings.webhook_target.clone() {
            for topic in state.settings.webhook_topics.clone() {
                state.subscribe(&topic, &target);
            }
        }
        state
    }

    pub(crate) fn subscribe(&mut self, topic: &str, uri: &str) -> u64 {
        let id = self.ids.take();
        let subscription = Subscription::new(id, topic, uri, now());
        self.subscriptions.insert(id, subscription);
        id
    }

    /// Places an order. A paid one is created, updated and paid in one act.
    pub(crate) fn place(&mut self, input: &PlaceOrder) -> Done<()> {
        let now = now();
        let (customer, mut notices) = self.customer_for(input, now);
        let variants = input
            .lines
            .iter()
            .map(|line| self.variant_for(line))
            .collect();
        let location = self.locations.first().map_or(0, |location| location.id);
        let order = Order::make(
            input,
            Making {
                ids: &mut self.ids,
                now,
                number: self.next_number,
                currency: &self.settings.currency,
                taxes_included: self.settings.taxes_included,
                customer,
                variants,
                location,
            },
        );
        self.next_number += 1;
        let stock = self.commit_stock(&order);
        let order = self.keep(order);
        notices.extend(self.notices(&order, &["orders/create", "orders/updated"]));
        if order.financial_status == FinancialStatus::Paid {
            notices.extend(self.notices(&order, &["orders/paid"]));
        }
        notices.extend(self.transaction_notices(&order, &[]));
        notices.extend(stock);
        (order, (), notices)
    }

    /// Takes in an order as a webhook body describes it. Nothing is announced.
    pub(crate) fn import(&mut self, body: &Value) -> Result<Arc<Order>, super::Unreadable> {
        let mut order = Order::import(body, &mut self.ids)?;
        if let Some(id) = order.customer {
            let customer = imported_customer(id, &body["customer"], order.created_at);
            self.keep_customer(customer);
        }
        for line in &order.lines {
            if let (Some(id), Some(product)) = (line.variant, line.product) {
                let sku = line.sku.clone().unwrap_or_default();
                let inventory_item = self.ids.take();
                self.variants.entry(id).or_insert_with(|| Variant {
                    id,
                    product,
                    inventory_item,
                    sku,
                    barcode: None,
                    title: line.title.clone(),
                    price: line.price.shop,
                    requires_shipping: line.requires_shipping,
                    tracked: true,
                    bundle: false,
                    levels: BTreeMap::new(),
                });
            }
        }
        let location = self.locations.first().map_or(0, |location| location.id);
        if order.cancelled_at.is_none() {
            order.plan_fulfillment(&[], location, &mut self.ids);
        }
        Ok(self.keep(order))
    }

    /// Changes an order by `act`, bumps its `updated_at` and announces it under `topics` and `orders/updated`.
    pub(crate) fn change<T>(
        &mut self,
        id: u64,
        topics: &[&'static str],
        act: impl FnOnce(&mut Order, &mut Ids, DateTime<Utc>) -> Result<T, Refusal>,
    ) -> Result<Done<T>, Refusal> {
        let held = self
            .orders
            .get(&id)
            .cloned()
            .ok_or(Refusal::because("Order does not exist"))?;
        let mut order = Order::clone(&held);
        let now = now();
        let answer = act(&mut order, &mut self.ids, now)?;
        order.updated_at = now.max(order.updated_at);
        let newly_paid = order.financial_status == FinancialStatus::Paid
            && held.financial_status != FinancialStatus::Paid;
        let order = self.keep(order);
        let mut notices = self.notices(&order, topics);
        notices.extend(self.notices(&order, &["orders/updated"]));
        if newly_paid {
            notices.extend(self.notices(&order, &["orders/paid"]));
        }
        notices.extend(self.transaction_notices(&order, &held.transactions));
        notices.extend(self.parts_notices(&held, &order));
        notices.extend(self.move_stock(&held, &order));
        Ok((order, answer, notices))
    }

    /// Commits an edit; variants are made of SKUs the shop does not know.
    pub(crate) fn commit(&mut self, id: u64, editing: &Editing) -> Result<Done<u64>, Refusal> {
        let mut variants = Vec::new();
        for change in &editing.changes {
            if let Change::AddLine { line, .. } = change {
                variants.push(self.variant_for(line));
            }
        }
        let location = self.locations.first().map_or(0, |location| location.id);
        let terms = Terms {
            variants,
            location,
            refund: self.settings.removal == Removal::LeavesRefund,
        };
        self.change(id, &[], |order, ids, at| {
            order.commit(editing, terms, ids, at)
        })
    }

    /// Starts a return; variants are made of exchanged SKUs the shop does not know.
    pub(crate) fn start_return(
        &mut self,
        id: u64,
        returning: &Returning,
        status: ReturnStatus,
    ) -> Result<Done<u64>, Refusal> {
        let lines = returning.exchanges.iter();
        let variants = lines.map(|line| self.variant_for(line)).collect();
        self.change(id, &[], |order, ids, at| {
            order.start_return(returning, status, variants, ids, at)
        })
    }

    pub(crate) fn process_return(
        &mut self,
        id: u64,
        of: u64,
        processing: &Processing,
    ) -> Result<Done<Option<u64>>, Refusal> {
        let location = self.locations.first().map_or(0, |location| location.id);
        self.change(id, &[], |order, ids, at| {
            order.process_return(of, processing, location, ids, at)
        })
    }

    pub(crate) fn dispose(
        &mut self,
        id: u64,
        of: u64,
        units: &ProcessUnits,
    ) -> Result<Done<()>, Refusal> {
        let location = self.locations.first().map_or(0, |location| location.id);
        self.change(id, &[], |order, ids, at| {
            order.dispose(of, units, location, ids, at)
        })
    }

    pub(crate) fn delete(&mut self, id: u64) -> Result<Vec<Notice>, Refusal> {
        let order = self
            .orders
            .remove(&id)
            .ok_or(Refusal::because("Order does not exist"))?;
        self.earlier.insert(id, order);
        Ok(vec![Notice {
            topic: "orders/delete",
            body: json!({ "id": id }),
            order: None,
        }])
    }

    fn keep(&mut self, order: Order) -> Arc<Order> {
        let order = Arc::new(order);
        if let Some(earlier) = self.orders.insert(order.id, order.clone()) {
            self.earlier.insert(order.id, earlier);
        }
        order
    }

    /// Notices of the topics somebody subscribed to: bodies are large, and most shops of tests have no subscriber.
    pub(crate) fn notices(&self, order: &Order, topics: &[&'static str]) -> Vec<Notice> {
        let wanted =
            |topic: &&&'static str| self.subscriptions.values().any(|it| it.topic == **topic);
        let mut topics = topics.iter().filter(wanted).peekable();
        if topics.peek().is_none() {
            return Vec::new();
        }
        let body = self.order_body(order);
        let notice = |topic: &&'static str| Notice {
            topic,
            body: body.clone(),
            order: Some((order.id, order.test)),
        };
        topics.map(notice).collect()
    }

    pub(crate) fn order_body(&self, order: &Order) -> Value {
        let customer = order.customer.and_then(|id| self.customers.get(&id));
        let mut body = order.body(customer.map(AsRef::as_ref), &self.time);
        if self.settings.customer_data == CustomerData::Withheld {
            withhold(&mut body);
        }
        body
    }

    /// New transactions that are not pending, and those that no longer are.
    fn transaction_notices(&self, order: &Order, before: &[Transaction]) -> Vec<Notice> {
        let known = |made: &Transaction| {
            let mut before = before.iter();
            before.any(|old| old.id == made.id && old.status == made.status)
        };
        let made = order
            .transactions
            .iter()
            .filter(|made| made.status != TransactionStatus::Pending && !known(made));
        made.map(|transaction| Notice {
            topic: "order_transactions/create",
            body: order.transaction_body(transaction, &self.time),
            order: Some((order.id, order.test)),
        })
        .collect()
    }

    /// New shipments and refunds have topics of their own.
    fn parts_notices(&self, before: &Order, after: &Order) -> Vec<Notice> {
        let about = |topic, body| Notice {
            topic,
            body,
            order: Some((after.id, after.test)),
        };
        let shipments = after.fulfillments.iter().skip(before.fulfillments.len());
        let corrected = before
            .fulfillments
            .iter()
            .zip(&after.fulfillments)
            .filter(|(old, new)| {
                old.updated_at != new.updated_at
                    || old.cancelled != new.cancelled
                    || old.numbers != new.numbers
            });
        let corrected = corrected.map(|(_, new)| {
            about(
                "fulfillments/update",
                after.fulfillment_body(new, &self.time),
            )
        });
        let refunds = after.refunds.iter().skip(before.refunds.len());
        let shipments = shipments.map(|made| {
            about(
                "fulfillments/create",
                after.fulfillment_body(made, &self.time),
            )
        });
        let refunds =
            refunds.map(|made| about("refunds/create", after.refund_body(made, &self.time)));
        let edits = after.edits.iter().skip(before.edits.len());
        let edits = edits.map(|made| about("orders/edited", after.edit_body(made, &self.time)));
        let disputes = after.disputes.iter().enumerate();
        let disputes = disputes.filter_map(|(index, it)| {
            let topic = match before.disputes.get(index) {
                None => "disputes/create",
                Some(old) if old.status != it.status => "disputes/update",
                Some(_) => return None,
            };
            Some(about(topic, after.dispute_body(it, &self.time)))
        });
        let returns = after.return_news(before).into_iter();
        let returns = returns.map(|(topic, body)| about(topic, body));
        let parts = corrected.chain(shipments).chain(returns);
        let parts = parts.chain(refunds).chain(disputes);
        parts.chain(edits).collect()
    }

    /// The next `reads` API requests that read this order see it as `lag` says.
    pub(crate) fn lag(&mut self, order: u64, lag: Lag, reads: u32) {
        self.lags.insert(order, (lag, reads));
    }

    /// Takes one read off an order's lag.
    pub(crate) fn lag_once(&mut self, order: u64) -> Option<Lag> {
        let (lag, left) = self.lags.get_mut(&order).filter(|(_, left)| *left > 0)?;
        *left -= 1;
        Some(*lag)
    }

    /// The order as a reader sees it while it may lag.
    pub(crate) fn shown(&self, order: &Arc<Order>) -> Option<Arc<Order>> {
        match self.lags.get(&order.id).filter(|(_, left)| *left > 0) {
            Some((lag, _)) => self.lagging(order.id, *lag),
            None => Some(order.clone()),
        }
    }

    pub(crate) fn lagging(&self, order: u64, lag: Lag) -> Option<Arc<Order>> {
        match lag {
            Lag::Missing => None,
            Lag::Earlier => self.earlier.get(&order).cloned(),
        }
    }
}

/// What an app sees of an order's people without access to protected customer data.
fn withhold(body: &mut Value) {
    let withheld = [
        "/email",
        "/contact_email",
        "/phone",
        "/billing_address",
        "/shipping_address",
        "/customer/email",
        "/customer/phone",
        "/customer/first_name",
        "/customer/last_name",
        "/customer/default_address",
    ];
    for at in withheld {
        if let Some(value) = body.pointer_mut(at) {
            *value = Value::Null;
        }
    }
}
