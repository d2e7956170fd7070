//! What customers, merchants and tests do with a shop, and what it holds afterwards.

use std::sync::Arc;
use std::time::Duration;

use rust_decimal::Decimal;
use serde_json::Value;

use super::state::{Done, State};
use super::{
    Address, Call, Cancelling, Customer, Delivery, DisputeStatus, Editing, Fault, Fulfil, Gate,
    Handling, Inner, Lag, Level, Metafield, NewDispute, Order, PlaceOrder, Refunding, Refusal,
    StockWrite, Subscription, Tender, TransactionStatus, Unreadable, Unsettled, Variant, When,
    lock,
};

/// How long [`Acts::settle`] waits.
const SETTLE: Duration = Duration::from_secs(10);

/// What customers, merchants and tests do with a shop. Clones act on the same shop.
#[derive(Clone)]
pub struct Acts(pub(super) Arc<Inner>);

impl Acts {
    pub fn domain(&self) -> String {
        self.state(|state| state.settings.domain.clone())
    }

    fn state<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut lock(&self.0.state))
    }

    pub(super) fn told<T>(
        &self,
        act: impl FnOnce(&mut State) -> Result<Done<T>, Refusal>,
    ) -> Result<(Arc<Order>, T), Refusal> {
        let (order, answer, notices) = self.state(act)?;
        self.0.tell(&notices);
        Ok((order, answer))
    }
}

/// What customers and merchants do. Each act is announced to the subscribers of its topics.
impl Acts {
    pub fn place_order(&self, order: impl Into<PlaceOrder>) -> Arc<Order> {
        let (order, (), notices) = self.state(|state| state.place(&order.into()));
        self.0.tell(&notices);
        order
    }

    /// Takes in an order as a webhook body describes it, without announcing it.
    ///
    /// # Errors
    ///
    /// When the body lacks what every order has.
    pub fn import_body(&self, body: &Value) -> Result<Arc<Order>, Unreadable> {
        self.state(|state| state.import(body))
    }

    /// Announces an order as it is now under these topics, as one event. For imported orders, mostly.
    pub fn announce(&self, order: u64, topics: &[&'static str]) {
        let notices = self.state(|state| {
            let order = state.orders.get(&order).cloned();
            order
                .map(|order| state.notices(&order, topics))
                .unwrap_or_default()
        });
        self.0.tell(&notices);
    }

    /// Records a manual payment of what is owed.
    ///
    /// # Errors
    ///
    /// When nothing is owed or there is no such order; so for all acts below, in Shopify's words.
    pub fn mark_paid(&self, order: u64) -> Result<Arc<Order>, Refusal> {
        let done = self.told(|state| state.change(order, &[], Order::mark_paid))?;
        Ok(done.0)
    }

    /// Captures what was authorized, or a part of it in shop currency.
    ///
    /// # Errors
    ///
    /// See [`Acts::mark_paid`].
    pub fn capture(&self, order: u64, amount: Option<Decimal>) -> Result<Arc<Order>, Refusal> {
        let done = self.told(|state| {
            state.change(order, &[], |order, ids, at| order.capture(amount, ids, at))
        })?;
        Ok(done.0)
    }

    /// Cancels, takes all units back and gives the money back.
    ///
    /// # Errors
    ///
    /// See [`Acts::mark_paid`].
    pub fn cancel(&self, order: u64, reason: &str) -> Result<Arc<Order>, Refusal> {
        let cancelling = Cancelling {
            reason: reason.to_owned(),
            ..Cancelling::default()
        };
        self.cancel_as(order, &cancelling)
    }

    /// Cancels, with or without giving the money back and restocking.
    ///
    /// # Errors
    ///
    /// See [`Acts::mark_paid`].
    pub fn cancel_as(&self, order: u64, how: &Cancelling) -> Result<Arc<Order>, Refusal> {
        let done = self.told(|state| {
            state.change(order, &["orders/cancelled"], |order, ids, at| {
                order.cancel(how, ids, at)
            })
        })?;
        Ok(done.0)
    }

    /// Keeps what the API does later as a job, such as a cancellation, waiting from now on.
    pub fn hold_jobs(&self) {
        self.state(|state| state.hold_jobs = true);
    }

    /// Carries out what waits, oldest first; from now on jobs run at once again.
    pub fn release_jobs(&self) {
        let notices = self.state(State::run_jobs);
        self.0.tell(&notices);
    }

    /// Takes a further payment; one without amount pays what is owed.
    ///
    /// # Errors
    ///
    /// See [`Acts::mark_paid`].
    pub fn pay(&self, order: u64, tender: &Tender) -> Result<Arc<Order>, Refusal> {
        let done = self.told(|state| {
            state.change(order, &[], |order, ids, at| order.pay_more(tender, ids, at))
        })?;
        Ok(done.0)
    }

    /// Lets go of what is authorized and not captured.
    ///
    /// # Errors
    ///
    /// See [`Acts::mark_paid`].
    pub fn void(&self, order: u64) -> Result<Arc<Order>, Refusal> {
        let done = self.told(|state| state.change(order, &[], Order::void))?;
        Ok(done.0)
    }

    /// Says how a pending payment or refund ended.
    ///
    /// # Errors
    ///
    /// See [`Acts::mark_paid`].
    pub fn settle_transaction(
        &self,
        order: u64,
        transaction: u64,
        status: TransactionStatus,
    ) -> Result<Arc<Order>, Refusal> {
        let done = self.told(|state| {
            state.change(order, &[], |order, _, _| {
                order.settle_transaction(transaction, status)
            })
        })?;
        Ok(done.0)
    }

    /// A bank disputes a payment; answers the order and the dispute's id.
    ///
    /// # Errors
    ///
    /// See [`Acts::mark_paid`].
    pub fn dispute(&self, order: u64, new: &NewDispute) -> Result<(Arc<Order>, u64), Refusal> {
        self.told(|state| state.change(order, &[], |order, ids, at| order.dispute(new, ids, at)))
    }

    /// The dispute goes on, or ends.
    ///
    /// # Errors
    ///
    /// See [`Acts::mark_paid`].
    pub fn decide_dispute(
        &self,
        order: u64,
        dispute: u64,
        status: DisputeStatus,
    ) -> Result<Arc<Order>, Refusal> {
        let done = self.told(|state| {
            state.change(order, &[], |order, _, at| {
                order.decide_dispute(dispute, status, at)
            })
        })?;
        Ok(done.0)
    }

    /// Ships; answers the order and the fulfillment's id.
    ///
    /// # Errors
    ///
    /// See [`Acts::mark_paid`].
    pub fn fulfil(&self, order: u64, fulfil: &Fulfil) -> Result<(Arc<Order>, u64), Refusal> {
        self.told(|state| {
            let done = state.change(order, &[], |order, ids, at| order.fulfil(fulfil, ids, at));
            done.map(|(order, id, mut notices)| {
                let topic = match order.fulfillment_status() {
                    Some("fulfilled") => "orders/fulfilled",
                    Some(_) | None => "orders/partially_fulfilled",
                };
                notices.extend(state.notices(&order, &[topic]));
                (order, id, notices)
            })
        })
    }

    /// Replaces the tracking of a shipment, by the tracking and `notify` of `fulfil`.
    ///
    /// # Errors
    ///
    /// See [`Acts::mark_paid`].
    pub fn track(
        &self,
        order: u64,
        fulfillment: u64,
        fulfil: &Fulfil,
    ) -> Result<Arc<Order>, Refusal> {
        let done = self.told(|state| {
            state.change(order, &[], |order, _, at| {
                order.track(fulfillment, fulfil.tracking(), fulfil.notify, at)
            })
        })?;
        Ok(done.0)
    }

    /// Takes a shipment back.
    ///
    /// # Errors
    ///
    /// See [`Acts::mark_paid`].
    pub fn cancel_fulfillment(&self, order: u64, fulfillment: u64) -> Result<Arc<Order>, Refusal> {
        let done = self.told(|state| {
            state.change(order, &[], |order, ids, at| {
                order.cancel_fulfillment(fulfillment, ids, at)
            })
        })?;
        Ok(done.0)
    }

    /// Takes units back, gives money back, or both; answers the order and the refund's id.
    ///
    /// # Errors
    ///
    /// See [`Acts::mark_paid`].
    pub fn refund(&self, order: u64, refunding: &Refunding) -> Result<(Arc<Order>, u64), Refusal> {
        self.told(|state| {
            state.change(order, &[], |order, ids, at| {
                order.refund(refunding, ids, at)
            })
        })
    }

    /// Commits an order edit; answers the order and the edit's id.
    ///
    /// # Errors
    ///
    /// See [`Acts::mark_paid`].
    pub fn commit_edit(&self, order: u64, editing: &Editing) -> Result<(Arc<Order>, u64), Refusal> {
        self.told(|state| state.commit(order, editing))
    }

    /// Changes what a merchant can write on an order: note, tags, attributes, addresses, e-mail.
    ///
    /// # Errors
    ///
    /// See [`Acts::mark_paid`].
    pub fn edit(&self, order: u64, edit: impl FnOnce(&mut Order)) -> Result<Arc<Order>, Refusal> {
        let done = self.told(|state| {
            state.change(order, &[], |order, _, _| {
                edit(order);
                Ok(())
            })
        })?;
        Ok(done.0)
    }

    /// # Errors
    ///
    /// See [`Acts::mark_paid`].
    pub fn delete(&self, order: u64) -> Result<(), Refusal> {
        let notices = self.state(|state| state.delete(order))?;
        self.0.tell(&notices);
        Ok(())
    }

    /// A customer without orders; the id.
    pub fn add_customer(&self, email: &str, address: Option<Address>) -> u64 {
        self.state(|state| state.add_customer(Some(email), address))
    }

    /// A variant of a new product; the id.
    pub fn add_variant(&self, sku: &str, price: Decimal) -> u64 {
        self.state(|state| state.add_variant(sku, price))
    }

    /// Stock of a SKU at a location; of the first variant, if several share the SKU.
    pub fn level(&self, sku: &str, location: u64) -> Option<Level> {
        self.state(|state| {
            let variant = state.variants.values().find(|variant| variant.sku == sku)?;
            variant.levels.get(&location).copied()
        })
    }

    pub fn variants(&self) -> Vec<Variant> {
        self.state(|state| state.variants.values().cloned().collect())
    }

    /// The shop stops counting the variants with this SKU.
    pub fn untrack(&self, sku: &str) {
        self.of_sku(sku, |variant| variant.tracked = false);
    }

    /// The variants with this SKU are sold as bundles from now on.
    pub fn make_bundle(&self, sku: &str) {
        self.of_sku(sku, |variant| variant.bundle = true);
    }

    /// Deletes the variants with this SKU, as a merchant does who makes the product anew.
    pub fn delete_variant(&self, sku: &str) {
        self.state(|state| state.variants.retain(|_, variant| variant.sku != sku));
    }

    fn of_sku(&self, sku: &str, change: impl Fn(&mut Variant)) {
        self.state(|state| {
            let variants = state.variants.values_mut();
            variants.filter(|it| it.sku == sku).for_each(change);
        });
    }

    /// `witness` sees each quantity that a client sets from now on, at the moment it is set. It must not ask the
    /// shop, which stands still meanwhile.
    pub fn watch_stock(&self, witness: impl Fn(&StockWrite) + Send + 'static) {
        *lock(&self.0.witness) = Some(Box::new(witness));
    }

    /// Sets what is on hand of every variant with this SKU at a location.
    pub fn set_on_hand(&self, sku: &str, location: u64, on_hand: i64) {
        self.state(|state| {
            for variant in state
                .variants
                .values_mut()
                .filter(|variant| variant.sku == sku)
            {
                variant.levels.entry(location).or_default().on_hand = on_hand;
            }
        });
    }
}

/// What the shop holds.
impl Acts {
    /// Oldest first.
    pub fn orders(&self) -> Vec<Arc<Order>> {
        self.state(|state| state.orders.values().cloned().collect())
    }

    pub fn order(&self, id: u64) -> Option<Arc<Order>> {
        self.state(|state| state.orders.get(&id).cloned())
    }

    pub fn customers(&self) -> Vec<Arc<Customer>> {
        self.state(|state| state.customers.values().cloned().collect())
    }

    pub fn metafield(&self, owner: &str, namespace: &str, key: &str) -> Option<Metafield> {
        let at = (owner.to_owned(), namespace.to_owned(), key.to_owned());
        self.state(|state| state.metafields.get(&at).cloned())
    }

    pub fn metafields(&self) -> Vec<Metafield> {
        self.state(|state| state.metafields.values().cloned().collect())
    }

    pub fn subscriptions(&self) -> Vec<Subscription> {
        self.state(|state| state.subscriptions.values().cloned().collect())
    }

    /// The body that `orders/*` webhooks would carry now.
    pub fn body(&self, order: u64) -> Option<Value> {
        self.state(|state| {
            let order = state.orders.get(&order)?;
            Some(state.order_body(order))
        })
    }

    pub fn calls(&self) -> Vec<Call> {
        self.0.journal.calls()
    }

    /// Calls of one operation, root field or `token`.
    pub fn calls_of(&self, name: &str) -> usize {
        let ours =
            |call: &&Call| call.operation == name || call.root_fields.iter().any(|it| it == name);
        self.calls().iter().filter(ours).count()
    }

    pub fn reset_calls(&self) {
        self.0.journal.reset();
    }

    /// Points left in the cost bucket.
    pub fn points(&self) -> u32 {
        lock(&self.0.bucket).available()
    }
}

/// What goes wrong with API calls.
impl Acts {
    /// Hits the next GraphQL call.
    pub fn fail_next(&self, fault: Fault) {
        self.0.faults.arm(None, fault, 1);
    }

    /// Hits the next `times` calls of an operation name, a root field, or `token`.
    pub fn fail(&self, name: &str, fault: Fault, times: u32) {
        self.0.faults.arm(Some(name), fault, times);
    }

    /// Holds the next call of an operation name, a root field, or `token` until the gate is released.
    pub fn park(&self, name: &str, when: When) -> Gate {
        self.0.faults.park(Some(name), when)
    }

    /// Disarms everything that has not hit yet.
    pub fn clear_faults(&self) {
        self.0.faults.clear();
    }

    /// The next `reads` requests that read this order see it as `lag` says.
    pub fn lag(&self, order: u64, lag: Lag, reads: u32) {
        self.state(|state| state.lag(order, lag, reads));
    }

    /// Every token given out so far answers 401 from now on.
    pub fn revoke_tokens(&self) {
        self.0.tokens.revoke_all();
    }

    /// The life of tokens given out from now on.
    pub fn set_token_life(&self, life: Duration) {
        self.0.tokens.set_life(life);
    }

    /// The token endpoint takes the new secret at once and old ones still; webhooks go on being signed with the old
    /// one until [`Acts::finish_rotation`].
    pub fn rotate_secret(&self, secret: &str) {
        self.0.tokens.rotate(secret);
    }

    /// Only the newest secret counts from now on, and webhooks are signed with `secret`.
    pub fn finish_rotation(&self, secret: &str) {
        self.0.tokens.forget_old_secrets();
        secret.clone_into(&mut lock(&self.0.sender.secret));
    }

    /// Leaves no points in the bucket; they come back at the restore rate.
    pub fn empty_bucket(&self) {
        lock(&self.0.bucket).empty();
    }
}

/// What happens to webhooks on their way.
impl Acts {
    pub fn subscribe(&self, topic: &str, uri: &str) -> u64 {
        self.state(|state| state.subscribe(topic, uri))
    }

    /// Removes a subscription, as Shopify does after eight failed deliveries; whether there was one.
    pub fn unsubscribe(&self, id: u64) -> bool {
        self.state(|state| state.subscriptions.remove(&id).is_some())
    }

    /// Changes a subscription, as somebody else might have made it.
    pub fn change_subscription(&self, id: u64, change: impl FnOnce(&mut Subscription)) {
        self.state(|state| state.subscriptions.get_mut(&id).map(change));
    }

    /// From now on the app has these scopes.
    pub fn grant(&self, scopes: &[&str]) {
        self.state(|state| {
            state.settings.scopes = scopes.iter().map(ToString::to_string).collect();
        });
    }

    /// Subscribes `uri` to every topic of the settings.
    pub fn subscribe_all(&self, uri: &str) {
        self.state(|state| {
            for topic in state.settings.webhook_topics.clone() {
                state.subscribe(&topic, uri);
            }
        });
    }

    /// The next `times` deliveries, of a topic or of any, are handled like this.
    pub fn handle_next(&self, topic: Option<&str>, handling: Handling, times: u32) {
        self.0.courier.wish(topic, handling, times);
    }

    /// Keeps every delivery back from now on.
    pub fn hold_deliveries(&self) {
        self.0.courier.hold();
    }

    /// Lets go what is held, one after the other's answer; newest first if asked.
    pub fn release_deliveries(&self, newest_first: bool) {
        self.0.courier.release(&self.0.sender, newest_first);
    }

    /// Sends a past delivery again with the same id and bytes. `false` when there is none.
    pub fn deliver_again(&self, webhook_id: &str) -> bool {
        self.0.courier.again(&self.0.sender, webhook_id)
    }

    /// Posts raw bytes with these headers and nothing else; the status, if there was an answer within five seconds.
    pub async fn send_raw(
        &self,
        target: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Option<u16> {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let timeout = Duration::from_secs(5);
        self.0
            .courier
            .post(target, headers.collect(), body, timeout)
            .await
    }

    /// In the order of their acts.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.0.courier.deliveries()
    }

    /// Waits until no delivery is under way; held ones do not count.
    ///
    /// # Errors
    ///
    /// After ten seconds, with how many still are.
    pub async fn settle(&self) -> Result<(), Unsettled> {
        self.0.courier.settle(SETTLE).await
    }
}
