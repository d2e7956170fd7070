//! Which money paid for what was taken back from a cash sale, whose cash refunds pay out what they credit.
//!
//! A refund's money is for the refund; that of a return is for its steps, oldest first, however many of them
//! one payment settles. What was refunded without saying for what pays what is still unpaid. A step is
//! covered whole or not at all, and one that is booked keeps its money.

use std::collections::{HashMap, VecDeque};

use super::Scene;
use crate::flows::order::ledger::TakenBy;
use crate::flows::order::standing::{Credit, State};
use crate::flows::order::till;
use crate::money::Money;
use crate::netsuite::customer_refund::Payout;
use crate::netsuite::sale::Line;
use crate::problem::{Code, Problem};
use crate::shopify::order::{Refund, TransactionStatus};

/// How a cash refund is paid out.
pub(super) struct PaidBack {
    pub(super) payout: Payout,
    /// What the document pays out itself.
    pub(super) amount: Money,
    /// Further tenders, as lines.
    pub(super) further: Vec<Line>,
}

/// The money of each taking that is covered whole, by the taking's name: what went back by each gateway.
pub(super) type Paid = HashMap<String, Vec<ByGateway>>;

/// Money, and the gateway by which it went back.
type ByGateway = (Option<String>, Money);

/// What was taken back together, and is paid together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Group {
    Refund(u64),
    Return(u64),
    /// Money that says nothing of what it is for.
    Any,
}

/// Money in the order in which it went back.
#[derive(Debug, Default)]
struct Queue<'a> {
    money: VecDeque<(Option<&'a str>, Money)>,
    /// Something before the rest has not gone through yet.
    pending: bool,
}

impl Scene<'_> {
    /// Shares the money of all refunds out among `credits`.
    ///
    /// # Errors
    ///
    /// `source_contradicts` when more went back than was taken back.
    pub(super) fn paid_back(&self, credits: &[Credit]) -> Result<Paid, Problem> {
        let order = self.draft.order;
        let mut queues = self.queues(credits);
        let mut paid = Paid::new();
        let booked = credits.iter().filter(|it| it.state == State::Written);
        let others = credits.iter().filter(|it| it.state != State::Written);
        for credit in booked.chain(others) {
            let group = self.group_of(credit.source);
            let total = credit.parts.total(order.currency)?;
            if let Some(money) = cover(&mut queues, group, total)? {
                paid.insert(credit.source.name(), money);
            }
        }
        let unclaimed = queues.values().flat_map(|queue| &queue.money);
        let left = order.currency.sum(unclaimed.map(|(_, amount)| *amount))?;
        let pending = queues.values().any(|queue| queue.pending);
        if left.is_zero() || pending || paid.len() < credits.len() {
            return Ok(paid);
        }
        let what = format!(
            "{}: {left} more went back than its refunds and returns took back",
            order.name
        );
        Err(Problem::new(Code::SourceContradicts, what).because(order.id))
    }

    fn queues(&self, credits: &[Credit]) -> HashMap<Group, Queue<'_>> {
        let groups: Vec<Group> = credits.iter().map(|it| self.group_of(it.source)).collect();
        let mut queues: HashMap<Group, Queue<'_>> = HashMap::new();
        for transaction in self.refunds() {
            let mut refunds = self.draft.order.refunds.iter();
            let refund = refunds.find(|refund| refund.transactions.contains(&transaction.id));
            let group = refund.map_or(Group::Any, of_refund);
            let known = groups.contains(&group);
            let queue = queues.entry(if known { group } else { Group::Any });
            let queue = queue.or_default();
            queue.pending |= transaction.status != TransactionStatus::Success;
            if !queue.pending {
                let money = (transaction.gateway.as_deref(), transaction.amount);
                queue.money.push_back(money);
            }
        }
        queues
    }

    fn group_of(&self, source: TakenBy) -> Group {
        match source {
            TakenBy::Return { id, .. } => Group::Return(id),
            TakenBy::Refund(id) => {
                let mut refunds = self.draft.order.refunds.iter();
                let refund = refunds.find(|refund| refund.id == id);
                refund.map_or(Group::Refund(id), of_refund)
            }
        }
    }

    /// How a cash refund of `credit` is paid out; `None` while its money has not gone back, whole.
    ///
    /// # Errors
    ///
    /// `missing_setting` for a tender that is not set up.
    pub(super) fn payouts(
        &self,
        credit: &Credit,
        paid: &Paid,
    ) -> Result<Option<PaidBack>, Problem> {
        let Some(money) = paid.get(&credit.source.name()) else {
            return Ok(None);
        };
        let mut gateways = money.clone();
        // The earlier of two equal ones, so that the same refund always gives the same document.
        gateways.sort_by_key(|(_, sum)| -sum.minor);
        let mut gateways = gateways.iter();
        let Some((gateway, amount)) = gateways.next() else {
            return Ok(None);
        };
        let store = self.draft.store;
        Ok(Some(PaidBack {
            payout: self.payout(gateway.as_deref())?,
            amount: *amount,
            further: gateways
                .map(|(gateway, sum)| {
                    till::line(gateway.as_deref().unwrap_or("default"), *sum, store)
                })
                .collect::<Result<_, _>>()?,
        }))
    }
}

fn of_refund(refund: &Refund) -> Group {
    let of_return = refund.return_id.map(Group::Return);
    of_return.unwrap_or(Group::Refund(refund.id))
}

/// Takes `total` out of the group's money, then out of what is for anything; nothing where that is less.
fn cover(
    queues: &mut HashMap<Group, Queue<'_>>,
    group: Group,
    total: Money,
) -> Result<Option<Vec<ByGateway>>, Problem> {
    let mut there = total.currency.money(0);
    for queue in [group, Group::Any].iter().filter_map(|it| queues.get(it)) {
        let sum = total.currency.sum(queue.money.iter().map(|(_, it)| *it))?;
        there = there.plus(sum)?;
    }
    if total.is_negative() || there.minor < total.minor {
        return Ok(None);
    }
    let mut taken: Vec<ByGateway> = Vec::new();
    let mut left = total;
    for group in [group, Group::Any] {
        let Some(queue) = queues.get_mut(&group) else {
            continue;
        };
        while let Some((gateway, amount)) = queue.money.pop_front() {
            let part = if amount.minor < left.minor {
                amount
            } else {
                left
            };
            if part.minor < amount.minor {
                queue.money.push_front((gateway, amount.minus(part)?));
            }
            left = left.minus(part)?;
            let mut known = taken.iter_mut();
            match known.find(|(known, _)| known.as_deref() == gateway) {
                _ if part.is_zero() => {}
                Some((_, sum)) => *sum = sum.plus(part)?,
                None => taken.push((gateway.map(str::to_owned), part)),
            }
            if left.is_zero() {
                break;
            }
        }
    }
    Ok(Some(taken))
}
