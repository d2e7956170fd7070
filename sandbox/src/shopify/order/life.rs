//! What happens to an order after it was placed. Each act recomputes the totals; none touches `updated_at`.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::super::money::{Bag, round};
use super::super::state::Ids;
use super::{
    Fulfillment, FulfillmentLine, Order, Payment, Refund, RefundLine, RefundShipping, Restock,
    Tender, Transaction, TransactionKind, TransactionStatus,
};

/// The gateway of payments that name none.
pub(super) const GATEWAY: &str = "shopify_payments";

/// Why an act is not possible, in words a merchant would read.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

impl Refusal {
    pub(crate) fn because(text: &str) -> Self {
        Self(text.into())
    }
}

/// A shipment to make.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fulfil {
    /// The first open one when absent.
    pub fulfillment_order: Option<u64>,
    /// Line items and quantities; empty ships all that remains.
    pub lines: Vec<(u64, u32)>,
    pub company: Option<String>,
    pub numbers: Vec<String>,
    pub urls: Vec<String>,
}

/// Units to take back and money to give back.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Refunding {
    /// Line items and quantities.
    pub lines: Vec<(u64, u32)>,
    pub restock: Restock,
    /// In shop currency; nothing of the shipping when absent.
    pub shipping: Option<Decimal>,
    pub note: Option<String>,
    /// Give the money back as well, by the transactions that brought it.
    pub money: bool,
}

impl Order {
    pub(super) fn pay(
        &mut self,
        payment: &Payment,
        gateway: Option<&str>,
        ids: &mut Ids,
        at: DateTime<Utc>,
    ) {
        let whole = |kind| Tender {
            kind,
            ..Tender::rest(gateway.unwrap_or(GATEWAY))
        };
        let tenders = match payment {
            Payment::Paid => vec![whole(TransactionKind::Sale)],
            Payment::Authorized => vec![whole(TransactionKind::Authorization)],
            Payment::Pending => Vec::new(),
            Payment::Tenders(tenders) => tenders.clone(),
        };
        let mut left = self.totals.price;
        for tender in tenders {
            let amount = match tender.amount {
                // The last cent of a tender is the order's, not the exchange rate's.
                Some(amount) if amount == left.shop => left,
                Some(amount) => self.currencies.convert(amount),
                None => left,
            };
            if amount.is_zero() {
                continue;
            }
            left = left - amount;
            self.transact(ids, at, tender.kind, &tender.gateway, amount, None);
            if let Some(made) = self.transactions.last_mut() {
                made.status = tender.status;
            }
        }
        self.recompute();
    }

    fn transact(
        &mut self,
        ids: &mut Ids,
        at: DateTime<Utc>,
        kind: TransactionKind,
        gateway: &str,
        amount: Bag,
        parent: Option<u64>,
    ) -> u64 {
        let id = ids.take();
        self.transactions.push(Transaction {
            id,
            kind,
            status: TransactionStatus::Success,
            gateway: gateway.to_owned(),
            amount,
            parent,
            at,
        });
        id
    }

    /// Takes what was authorized, or a part of it (in shop currency).
    pub(crate) fn capture(
        &mut self,
        amount: Option<Decimal>,
        ids: &mut Ids,
        at: DateTime<Utc>,
    ) -> Result<u64, Refusal> {
        let authorization = self
            .transactions
            .iter()
            .find(|t| {
                t.kind == TransactionKind::Authorization && t.status == TransactionStatus::Success
            })
            .cloned()
            .ok_or(Refusal::because("Order has no authorization to capture"))?;
        let captured: Bag = self
            .transactions
            .iter()
            .filter(|t| t.parent == Some(authorization.id) && t.brought_money())
            .map(|t| t.amount)
            .sum();
        let left = authorization.amount - captured;
        let amount = match amount {
            Some(amount) if amount != left.shop => self.currencies.convert(amount),
            Some(_) | None => left,
        };
        if amount.shop > left.shop || amount.shop <= Decimal::ZERO {
            return Err(Refusal::because("Amount exceeds what can be captured"));
        }
        let kind = TransactionKind::Capture;
        let parent = Some(authorization.id);
        let id = self.transact(ids, at, kind, &authorization.gateway, amount, parent);
        self.recompute();
        Ok(id)
    }

    /// Records a manual payment of all that is owed.
    pub(crate) fn mark_paid(&mut self, ids: &mut Ids, at: DateTime<Utc>) -> Result<u64, Refusal> {
        let owed = self.totals.outstanding;
        if owed.shop <= Decimal::ZERO || self.cancelled_at.is_some() {
            return Err(Refusal::because("Order cannot be marked as paid."));
        }
        let id = self.transact(ids, at, TransactionKind::Sale, "manual", owed, None);
        self.recompute();
        Ok(id)
    }

    /// Takes back every unit not shipped, gives back (or voids) the money, and marks the order cancelled.
    pub(crate) fn cancel(
        &mut self,
        reason: &str,
        ids: &mut Ids,
        at: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        if self.cancelled_at.is_some() {
            return Err(Refusal::because(
                "Cannot cancel an order that is already cancelled",
            ));
        }
        if self.lines.iter().any(|line| line.fulfilled > 0) {
            return Err(Refusal::because(
                "Cannot cancel an order that has been fulfilled",
            ));
        }
        if self.totals.received.is_zero() {
            let open = self
                .transactions
                .iter()
                .find(|t| t.kind == TransactionKind::Authorization)
                .cloned();
            if let Some(open) = open {
                let kind = TransactionKind::Void;
                self.transact(ids, at, kind, &open.gateway, open.amount, Some(open.id));
            }
        }
        let refunding = Refunding {
            lines: self
                .lines
                .iter()
                .map(|line| (line.id, line.current_quantity))
                .collect(),
            restock: Restock::Cancel,
            shipping: Some(self.totals.current_shipping.shop),
            note: None,
            money: !self.totals.received.is_zero(),
        };
        self.refund(&refunding, ids, at)?;
        for order in &mut self.fulfillment_orders {
            order.cancelled = true;
        }
        self.cancelled_at = Some(at);
        self.cancel_reason = Some(reason.to_owned());
        self.recompute();
        Ok(())
    }

    /// Ships units of one fulfillment order.
    pub(crate) fn fulfil(
        &mut self,
        fulfil: &Fulfil,
        ids: &mut Ids,
        at: DateTime<Utc>,
    ) -> Result<u64, Refusal> {
        let shipment = self.fulfillments.len() + 1;
        let wanted = |order: &&mut super::FulfillmentOrder| match fulfil.fulfillment_order {
            Some(id) => order.id == id,
            None => order.remaining() > 0,
        };
        let work = self
            .fulfillment_orders
            .iter_mut()
            .find(wanted)
            .filter(|order| order.remaining() > 0)
            .ok_or(Refusal::because("Fulfillment order is closed."))?;
        let mut shipped = Vec::new();
        for line in &mut work.lines {
            let asked = fulfil.lines.iter().find(|(id, _)| *id == line.line);
            let quantity = match asked {
                Some((_, quantity)) => *quantity,
                None if fulfil.lines.is_empty() => line.remaining,
                None => continue,
            };
            line.remaining = line
                .remaining
                .checked_sub(quantity)
                .ok_or(Refusal::because(
                    "Invalid fulfillment order line item quantity requested.",
                ))?;
            shipped.push(FulfillmentLine {
                id: ids.take(),
                line: line.line,
                quantity,
            });
        }
        work.updated_at = at;
        let (location, fulfillment_order) = (work.location, work.id);
        for line in &mut self.lines {
            let units = shipped.iter().filter(|shipped| shipped.line == line.id);
            line.fulfilled += units.map(|shipped| shipped.quantity).sum::<u32>();
        }
        let id = ids.take();
        self.fulfillments.push(Fulfillment {
            id,
            name: format!("{}.{shipment}", self.name),
            location,
            fulfillment_order,
            cancelled: false,
            company: fulfil.company.clone(),
            numbers: fulfil.numbers.clone(),
            urls: fulfil.urls.clone(),
            lines: shipped,
            at,
        });
        Ok(id)
    }

    /// Takes units out of the order at their discounted price, and gives the money back if asked.
    pub(crate) fn refund(
        &mut self,
        refunding: &Refunding,
        ids: &mut Ids,
        at: DateTime<Utc>,
    ) -> Result<u64, Refusal> {
        let mut refund = Refund {
            id: ids.take(),
            at,
            note: refunding.note.clone(),
            lines: Vec::new(),
            shipping: Vec::new(),
            transactions: Vec::new(),
        };
        for (line, quantity) in &refunding.lines {
            if *quantity > 0 {
                let taken = self.take_back(*line, *quantity, refunding.restock, ids)?;
                refund.lines.push(taken);
            }
        }
        refund.shipping = self.refunded_shipping(refunding.shipping, ids);
        if refunding.money {
            let amount = self.worth(&refund);
            refund.transactions = self.give_back(amount, ids, at);
        }
        let id = refund.id;
        self.refunds.push(refund);
        self.recompute();
        Ok(id)
    }

    fn take_back(
        &mut self,
        id: u64,
        quantity: u32,
        restock: Restock,
        ids: &mut Ids,
    ) -> Result<RefundLine, Refusal> {
        let currencies = self.currencies.clone();
        let location = self.fulfillment_orders.first().map(|order| order.location);
        let line = self
            .lines
            .iter_mut()
            .find(|line| line.id == id)
            .ok_or(Refusal::because("Line item does not belong to the order"))?;
        let too_many = Refusal::because("Quantity cannot refund more items than were purchased");
        let left = line
            .current_quantity
            .checked_sub(quantity)
            .ok_or(too_many)?;
        let from = line.quantity - line.current_quantity;
        let part = |whole: Bag| whole.share(from, from + quantity, line.quantity, &currencies);
        let taken = RefundLine {
            id: ids.take(),
            line: id,
            quantity,
            restock,
            location: location.filter(|_| restock != Restock::NoRestock),
            subtotal: part(line.original_total() - line.discount()),
            tax: part(line.tax()),
            discount: part(line.discount()),
        };
        line.current_quantity = left;
        let shipped_goods = restock == Restock::Return;
        if !shipped_goods {
            for work in self
                .fulfillment_orders
                .iter_mut()
                .flat_map(|order| &mut order.lines)
            {
                if work.line == id {
                    work.remaining = work.remaining.saturating_sub(quantity);
                }
            }
        }
        Ok(taken)
    }

    fn refunded_shipping(&self, amount: Option<Decimal>, ids: &mut Ids) -> Vec<RefundShipping> {
        let Some(line) = self.shipping_lines.first() else {
            return Vec::new();
        };
        let charged: Bag = self
            .shipping_lines
            .iter()
            .map(|line| line.discounted_price)
            .sum();
        let tax: Bag = self
            .shipping_lines
            .iter()
            .flat_map(|line| &line.tax_lines)
            .map(|tax| tax.price)
            .sum();
        let Some(amount) = amount.filter(|amount| !amount.is_zero()) else {
            return Vec::new();
        };
        let whole = amount == charged.shop;
        let fraction = |money: Decimal, currency: &str| {
            round(money * amount / charged.shop.max(amount), currency)
        };
        let subtotal = if whole {
            charged
        } else {
            self.currencies.convert(amount)
        };
        let tax = if whole {
            tax
        } else {
            Bag {
                shop: fraction(tax.shop, &self.currencies.shop),
                presentment: fraction(tax.presentment, &self.currencies.presentment),
            }
        };
        vec![RefundShipping {
            id: ids.take(),
            shipping_line: line.id,
            subtotal,
            tax,
        }]
    }

    /// Facts §2: money = Σ (subtotal + tax), the tax being inside the subtotal if taxes are included.
    fn worth(&self, refund: &Refund) -> Bag {
        let lines = refund.lines.iter().map(|line| (line.subtotal, line.tax));
        let shipping = refund.shipping.iter().map(|line| (line.subtotal, line.tax));
        lines
            .chain(shipping)
            .map(|(subtotal, tax)| {
                if self.taxes_included {
                    subtotal
                } else {
                    subtotal + tax
                }
            })
            .sum()
    }

    /// Newest payment first, each up to what it brought.
    fn give_back(&mut self, amount: Bag, ids: &mut Ids, at: DateTime<Utc>) -> Vec<u64> {
        let mut left = amount;
        let payments: Vec<_> = self
            .transactions
            .iter()
            .rev()
            .filter(|t| t.brought_money())
            .cloned()
            .collect();
        let mut made = Vec::new();
        for payment in payments {
            let returned: Bag = self
                .transactions
                .iter()
                .filter(|t| t.kind == TransactionKind::Refund && t.parent == Some(payment.id))
                .map(|t| t.amount)
                .sum();
            let available = payment.amount - returned;
            let part = if available.shop < left.shop {
                available
            } else {
                left
            };
            if part.shop <= Decimal::ZERO {
                continue;
            }
            left = left - part;
            let kind = TransactionKind::Refund;
            let parent = Some(payment.id);
            made.push(self.transact(ids, at, kind, &payment.gateway, part, parent));
        }
        made
    }
}
