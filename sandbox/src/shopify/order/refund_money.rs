//! The money of a refund: which payments it goes back to, and what it differs from what left the order.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::super::money::Bag;
use super::super::state::Ids;
use super::agreement::{Action, Standing, Subject};
use super::{Order, Refund, Refunding, Refusal, TransactionKind, TransactionStatus};

/// Money that goes back to one payment.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GiveBack {
    /// The payment's transaction; else one of the gateway.
    #[serde(default)]
    pub parent: Option<u64>,
    #[serde(default)]
    pub gateway: Option<String>,
    /// In shop currency.
    pub amount: Decimal,
    #[serde(default)]
    pub status: TransactionStatus,
    /// What the cash handed out differs from the amount by; in shop currency.
    #[serde(default)]
    pub rounding: Decimal,
}

impl GiveBack {
    pub fn to(gateway: &str, amount: Decimal) -> Self {
        Self {
            parent: None,
            gateway: Some(gateway.into()),
            amount,
            status: TransactionStatus::Success,
            rounding: Decimal::ZERO,
        }
    }
}

/// Why a refund gave more or less than its lines are worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Discrepancy {
    #[default]
    Refund,
    Customer,
    Damage,
    Restock,
    /// What was owed before this refund, or is not owed because it was never paid: it changes no total.
    Pending,
}

impl Discrepancy {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Refund => "REFUND_DISCREPANCY",
            Self::Customer => "CUSTOMER",
            Self::Damage => "DAMAGE",
            Self::Restock => "RESTOCK",
            Self::Pending => "PENDING_REFUND_DISCREPANCY",
        }
    }
}

/// The difference between what left an order and the money given back: above zero in the merchant's favour.
#[derive(Clone, Debug)]
pub struct Adjustment {
    pub id: u64,
    pub amount: Bag,
    pub reason: Discrepancy,
}

impl Order {
    /// Gives the money back, and notes what it differs by. `owed` is what the customer owed (or, below zero, was owed)
    /// before anything left the order.
    pub(super) fn pay_back(
        &mut self,
        refunding: &Refunding,
        refund: &mut Refund,
        owed: Bag,
        ids: &mut Ids,
        at: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let taken = self.agreements.last().into_iter();
        let worth: Bag = taken.flat_map(|it| &it.sales).map(|it| -it.total).sum();
        let unpaid = at_least_zero(owed);
        let least = at_least_zero(worth - unpaid);
        let most = least + at_least_zero(-owed);
        refund.transactions = self.money_back(refunding, (least, most), ids, at)?;
        let mut money = Bag::default();
        for made in self
            .transactions
            .iter_mut()
            .filter(|it| refund.transactions.contains(&it.id))
        {
            if refunding.pending {
                made.status = TransactionStatus::Pending;
            }
            if matches!(
                made.status,
                TransactionStatus::Success | TransactionStatus::Pending
            ) {
                money += made.amount;
            }
        }
        let differs = if money.shop > most.shop {
            most - money
        } else if money.shop < least.shop && !money.is_zero() {
            least - money
        } else {
            Bag::default()
        };
        if !differs.shop.is_zero() {
            self.adjust(refund, differs, refunding.reason, ids);
        }
        // The units of a return left the order with the return's own agreement.
        let listed = refund.lines.iter().filter(|_| refund.of_return.is_some());
        let listed = listed.map(|it| {
            if self.taxes_included {
                it.subtotal
            } else {
                it.subtotal + it.tax
            }
        });
        let pending = worth + listed.sum() - money - differs;
        if !pending.shop.is_zero() && !money.is_zero() {
            refund.adjustments.push(Adjustment {
                id: ids.take(),
                amount: pending,
                reason: Discrepancy::Pending,
            });
        }
        Ok(())
    }

    /// The transactions of a refund: those asked for, or those of the amount asked for, or what is due.
    fn money_back(
        &mut self,
        refunding: &Refunding,
        (least, most): (Bag, Bag),
        ids: &mut Ids,
        at: DateTime<Utc>,
    ) -> Result<Vec<u64>, Refusal> {
        Ok(if !refunding.transactions.is_empty() {
            self.give_back_as(&refunding.transactions, refunding.allow_over, ids, at)?
        } else if let Some(amount) = refunding.amount {
            let exact = [least, most].into_iter().find(|bag| bag.shop == amount);
            let amount = exact.unwrap_or_else(|| self.currencies.convert(amount));
            self.check_left(amount, refunding.allow_over)?;
            self.give_back(amount, ids, at)
        } else if refunding.money {
            let due = if refunding.owed_too { most } else { least };
            self.give_back(due, ids, at)
        } else {
            Vec::new()
        })
    }

    fn adjust(&mut self, refund: &mut Refund, amount: Bag, reason: Discrepancy, ids: &mut Ids) {
        let id = ids.take();
        refund.adjustments.push(Adjustment { id, amount, reason });
        let worth = Standing {
            gross: amount,
            ..Standing::default()
        };
        let subject = Subject::Adjustment(id);
        let sale = self.sale(Action::Return, subject, None, worth, ids);
        self.book(sale);
    }

    fn give_back_as(
        &mut self,
        wished: &[GiveBack],
        allow_over: bool,
        ids: &mut Ids,
        at: DateTime<Utc>,
    ) -> Result<Vec<u64>, Refusal> {
        let mut made = Vec::new();
        for give in wished {
            let brought = self.transactions.iter().filter(|it| it.brought_money());
            let payment = brought
                .clone()
                .find(|it| match (give.parent, &give.gateway) {
                    (Some(parent), _) => it.id == parent,
                    (None, Some(gateway)) => it.gateway == *gateway,
                    (None, None) => true,
                })
                .cloned();
            let gateway = give
                .gateway
                .clone()
                .or(payment.as_ref().map(|it| it.gateway.clone()));
            let gateway = gateway.ok_or(Refusal::because("Transactions parent does not exist"))?;
            let left = payment.as_ref().map(|it| self.left_of(it.id, it.amount));
            let amount = match left {
                Some(left) if left.shop == give.amount => left,
                Some(_) | None => self.currencies.convert(give.amount),
            };
            self.check_left(amount, allow_over)?;
            let parent = payment.map(|it| it.id);
            let id = self.transact(ids, at, TransactionKind::Refund, &gateway, amount, parent);
            let rounding = self.currencies.convert(give.rounding);
            if let Some(it) = self.transactions.last_mut() {
                it.status = give.status;
                it.rounding = rounding;
            }
            made.push(id);
        }
        Ok(made)
    }

    fn check_left(&self, amount: Bag, allow_over: bool) -> Result<(), Refusal> {
        let payments = self.transactions.iter().filter(|it| it.brought_money());
        let left: Bag = payments.map(|it| self.left_of(it.id, it.amount)).sum();
        // Money given back without a payment to give it back to counts as well.
        let loose: Bag = self
            .transactions
            .iter()
            .filter(|it| it.gives_back() && it.parent.is_none())
            .map(|it| it.amount)
            .sum();
        if allow_over || amount.shop <= (left - loose).shop {
            return Ok(());
        }
        Err(Refusal::because("Refund amount exceeds the amount paid"))
    }

    /// What of a payment has not been given back.
    fn left_of(&self, payment: u64, amount: Bag) -> Bag {
        let refunds = self.transactions.iter();
        let refunds = refunds.filter(|it| it.parent == Some(payment) && it.gives_back());
        amount - refunds.map(|it| it.amount).sum()
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
            let available = self.left_of(payment.id, payment.amount);
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

fn at_least_zero(amount: Bag) -> Bag {
    if amount.shop > Decimal::ZERO {
        amount
    } else {
        Bag::default()
    }
}
