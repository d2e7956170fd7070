//! What NetSuite holds about one order, and whether Shopify explains all of it.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use sandbox::netsuite::{Account, Kind, Transaction};
use sandbox::shopify::{Order, TransactionKind, TransactionStatus};

/// The kinds of document that follow an order, without the shipments.
pub(super) const KINDS: [Kind; 9] = [
    Kind::SalesOrder,
    Kind::CustomerDeposit,
    Kind::Invoice,
    Kind::DepositApplication,
    Kind::ReturnAuthorization,
    Kind::ItemReceipt,
    Kind::CreditMemo,
    Kind::CashRefund,
    Kind::CustomerRefund,
];

/// All documents of an account, as they are now.
pub(super) fn all(account: &Account) -> Vec<Transaction> {
    let kinds = KINDS.iter();
    kinds.flat_map(|kind| account.transactions(*kind)).collect()
}

/// The documents of one order.
pub(super) struct Books<'a> {
    pub(super) documents: Vec<&'a Transaction>,
}

impl<'a> Books<'a> {
    /// Those that name the order, its payments, its refunds or its returns, and those linked to them.
    pub(super) fn of(order: &Order, all: &'a [Transaction]) -> Self {
        let names = names(order);
        let named = |document: &&Transaction| {
            let id = document.external_id.as_deref().unwrap_or_default();
            names.contains(id.split("_part").next().unwrap_or_default())
        };
        let mut documents: Vec<&Transaction> = all.iter().filter(named).collect();
        let mut ids: BTreeSet<u64> = documents.iter().map(|it| it.id).collect();
        loop {
            let linked = |it: &&Transaction| {
                let near = it.created_from.iter().chain(&it.sales_order);
                let near = near.chain(it.applied.iter().map(|(id, _)| id));
                !ids.contains(&it.id) && near.into_iter().any(|id| ids.contains(id))
            };
            let more: Vec<&Transaction> = all.iter().filter(linked).collect();
            if more.is_empty() {
                return Self { documents };
            }
            ids.extend(more.iter().map(|it| it.id));
            documents.extend(more);
        }
    }

    pub(super) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &'a Transaction> {
        let all = self.documents.iter().copied();
        all.filter(move |it| it.kind == kind)
    }

    fn sum(&self, kind: Kind) -> Decimal {
        self.of_kind(kind).map(|it| it.total).sum()
    }

    fn open(&self, kind: Kind) -> Decimal {
        self.of_kind(kind).map(|it| it.open).sum()
    }

    /// What contradicts Shopify whatever is still to come.
    pub(super) fn excess(&self, order: &Order) -> Vec<String> {
        let mut wrong = Vec::new();
        let orders = self.of_kind(Kind::SalesOrder).count();
        if orders != 1 {
            wrong.push(format!("{orders} sales orders"));
        }
        let received = moved(order, &[TransactionKind::Sale, TransactionKind::Capture]);
        let deposited = self.sum(Kind::CustomerDeposit);
        if deposited > received {
            wrong.push(format!("{deposited} deposited, {received} received"));
        }
        let returned = moved(order, &[TransactionKind::Refund]);
        let refunded = self.sum(Kind::CustomerRefund);
        if refunded > returned {
            wrong.push(format!("{refunded} refunded, {returned} went back"));
        }
        for deposit in self.of_kind(Kind::CustomerDeposit) {
            let used = self.used(deposit.id);
            if used + deposit.open != deposit.total {
                let (total, open) = (deposit.total, deposit.open);
                wrong.push(format!(
                    "a deposit of {total} has {used} used and {open} open"
                ));
            }
        }
        wrong
    }

    /// What contradicts Shopify once nothing is to come: the sale less its credits is the order's total,
    /// money in is money kept and money gone, and what deposits and credits hold open is what is not billed.
    pub(super) fn unexplained(&self, order: &Order) -> Vec<String> {
        let mut wrong = self.excess(order);
        let mut equal = |what: &str, here: Decimal, there: Decimal| {
            if here != there {
                wrong.push(format!("{what}: {here} here, {there} in Shopify"));
            }
        };
        let received = moved(order, &[TransactionKind::Sale, TransactionKind::Capture]);
        let returned = moved(order, &[TransactionKind::Refund]);
        let current = order.totals.current_price.shop;
        equal("deposits", self.sum(Kind::CustomerDeposit), received);
        equal("refunds", self.sum(Kind::CustomerRefund), returned);
        let records: Vec<&Transaction> = self.of_kind(Kind::SalesOrder).collect();
        let sold: Decimal = records.iter().map(|record| open_total(record)).sum();
        let credited = self.sum(Kind::CreditMemo);
        equal("sale less credits", sold - credited, current);
        let kept = self.open(Kind::CustomerDeposit) + self.open(Kind::CreditMemo)
            - self.open(Kind::Invoice);
        let billed = self.sum(Kind::Invoice);
        equal(
            "money kept",
            kept,
            received - returned - (billed - credited),
        );
        wrong
    }

    /// What of a deposit is applied or refunded.
    fn used(&self, deposit: u64) -> Decimal {
        let applications = self.of_kind(Kind::DepositApplication);
        let applied = applications.filter(|it| it.created_from == Some(deposit));
        let applied: Decimal = applied.map(|it| it.total).sum();
        let refunds = self.of_kind(Kind::CustomerRefund);
        let rows = refunds.flat_map(|it| it.applied.iter());
        let refunded: Decimal = rows
            .filter(|(id, _)| *id == deposit)
            .map(|(_, amount)| amount)
            .sum();
        applied + refunded
    }

    /// Every document, without ids, in an order of its own.
    pub(super) fn told(&self, order: &Order) -> Vec<String> {
        let numbers = order.lines.iter().map(|line| line.id.to_string()).zip(0..);
        let lines: BTreeMap<String, usize> = numbers.collect();
        let shown = self.documents.iter();
        let mut told: Vec<String> = shown
            .filter(|it| it.kind != Kind::DepositApplication)
            .map(|document| describe(document, &lines))
            .collect();
        told.sort();
        told
    }
}

/// What our external ids of an order's documents begin with.
fn names(order: &Order) -> BTreeSet<String> {
    let mut names = BTreeSet::from([
        format!("so-us-{}", order.id),
        format!("cs-us-{}", order.id),
        format!("inv-us-order-{}", order.id),
    ]);
    for transaction in &order.transactions {
        names.insert(format!("cd-us-{}", transaction.id));
        names.insert(format!("dep-us-{}", transaction.id));
        names.insert(format!("crf-us-{}", transaction.id));
    }
    let refunds = order.refunds.iter().map(|refund| refund.id.to_string());
    let returns = order.returns.iter().map(|it| format!("return-{}", it.id));
    for taken in refunds.chain(returns) {
        for kind in ["rma", "rcpt", "cm", "cr"] {
            names.insert(format!("{kind}-us-{taken}"));
        }
    }
    names
}

/// Successful money of these kinds.
fn moved(order: &Order, kinds: &[TransactionKind]) -> Decimal {
    let moved = order.transactions.iter();
    moved
        .filter(|it| it.status == TransactionStatus::Success && kinds.contains(&it.kind))
        .map(|it| it.amount.shop)
        .sum()
}

/// A closed line keeps what it was last, in the total too: the open ones are what the order holds.
fn open_total(record: &Transaction) -> Decimal {
    let closed = record.lines.iter().filter(|line| line.closed);
    record.total - closed.map(|line| line.amount).sum::<Decimal>()
}

fn describe(document: &Transaction, lines: &BTreeMap<String, usize>) -> String {
    let open = document.lines.iter().filter(|line| !line.closed);
    let is_order = document.kind == Kind::SalesOrder;
    let total = if is_order {
        open_total(document)
    } else {
        document.total
    };
    let mut held: Vec<String> = open
        .map(|line| {
            let key = line.fields["custcol_waybill_line"].as_str().unwrap_or("-");
            let key = lines.get(key).map_or(key.to_owned(), usize::to_string);
            format!("{key}: {} for {}", line.quantity, line.amount)
        })
        .collect();
    held.sort();
    let left = if is_order { total } else { document.open };
    let kind = document.kind;
    format!("{kind:?} {total} open {left} [{}]", held.join(", "))
}
