//! Money back: one customer refund for each successful refund transaction, out of credit memos first,
//! then out of what the deposits have left over; and credits that no money went back for, used for the
//! order's open invoices.

use rust_decimal::Decimal;

use super::{Scene, Stage};
use crate::config::Store;
use crate::flows::order::ledger::TakenBy;
use crate::flows::order::payments::tender;
use crate::flows::order::sale::payment_kept;
use crate::flows::order::setting::{missing, required};
use crate::flows::order::standing::{Standing, State};
use crate::link::ExternalId;
use crate::money::Money;
use crate::netsuite::application::Application;
use crate::netsuite::books::BookDocument;
use crate::netsuite::credit_memo::{self, Apply};
use crate::netsuite::customer_refund::{CustomerRefund, Payout, RECORD};
use crate::netsuite::reference::Reference;
use crate::netsuite::sale::Sublist;
use crate::plan::{Action, On, Proof};
use crate::problem::Problem;
use crate::shopify::order::{Transaction, TransactionKind, TransactionStatus};

/// Gateways by which money goes back without leaving the merchant.
const OWED: [&str; 2] = ["shopify_store_credit", "gift_card"];

/// What can be refunded.
struct Purse<'a> {
    credits: Vec<(&'a BookDocument, Decimal)>,
    deposits: Vec<(&'a BookDocument, Decimal)>,
}

impl Scene<'_> {
    /// Plans the refunds that are due.
    pub(super) fn refund(
        &self,
        standing: Option<&Standing>,
        stage: &mut Stage,
    ) -> Result<(), Problem> {
        let mut by_hand = self.refunds_by_hand();
        let mut purse = self.purse();
        let mut pending = false;
        for transaction in self.refunds() {
            pending |= transaction.status != TransactionStatus::Success;
            let key = self.name("crf", &transaction.id.to_string(), 0);
            if transaction.status != TransactionStatus::Success
                || self.books.by_external_id(&key).is_some()
            {
                continue;
            }
            let amount = transaction.amount.decimal();
            if let Some(at) = by_hand.iter().position(|paid| *paid == amount) {
                by_hand.remove(at);
                let note = format!("refund of {amount}: somebody booked it in NetSuite");
                stage.plan.notes.push(note);
                continue;
            }
            let unbilled = self.is_unbilled(transaction.id, standing);
            let Some((apply, deposit)) = purse.take(amount).filter(|_| !unbilled) else {
                stage.wait(format!(
                    "the refund of {} waits for the credit it is paid from",
                    transaction.amount
                ));
                continue;
            };
            self.customer_refund(transaction, &key, apply, deposit, stage)?;
        }
        if stage.plan.is_empty() && stage.waits.is_empty() && !pending {
            self.use_credits(&purse, stage);
            self.await_bill(&purse, standing, stage)?;
        }
        let emptied = standing.is_some_and(|standing| standing.sale.is_empty());
        if emptied && stage.plan.is_empty() && !pending && !purse.deposits.is_empty() {
            return Err(payment_kept(self.draft.order));
        }
        Ok(())
    }

    /// Refund transactions, oldest first.
    pub(super) fn refunds(&self) -> Vec<&Transaction> {
        let mut refunds: Vec<&Transaction> = self
            .draft
            .order
            .transactions
            .iter()
            .filter(|t| {
                let may_come = matches!(
                    t.status,
                    TransactionStatus::Success
                        | TransactionStatus::Pending
                        | TransactionStatus::AwaitingResponse
                );
                t.kind == TransactionKind::Refund && may_come && !t.test && !t.amount.is_zero()
            })
            .collect();
        refunds.sort_by_key(|transaction| (transaction.processed_at, transaction.id));
        refunds
    }

    /// Amounts that somebody refunded in NetSuite.
    fn refunds_by_hand(&self) -> Vec<Decimal> {
        let ours = format!("crf-{}-", self.draft.store.name);
        let is_ours = |refund: &&BookDocument| {
            let id = refund.external_id.as_ref();
            id.is_some_and(|id| id.0.starts_with(&ours))
        };
        let refunds = self.books.of("customerrefund");
        refunds
            .filter(|refund| !is_ours(refund))
            .map(|refund| refund.total)
            .collect()
    }

    /// Whether a refund is paid from a credit that waits for the bill. Any other money that went back is
    /// taken from what is there, whatever the order still needs: it has left.
    fn is_unbilled(&self, transaction: u64, standing: Option<&Standing>) -> bool {
        let refunds = self.draft.order.refunds.iter();
        let mut refunds = refunds.filter(|refund| refund.transactions.contains(&transaction));
        let credits = || standing.into_iter().flat_map(|standing| &standing.credits);
        refunds.any(|refund| {
            credits().any(|credit| {
                let mine = match credit.source {
                    TakenBy::Refund(id) => id == refund.id,
                    TakenBy::Return { id, .. } => refund.return_id == Some(id),
                };
                mine && credit.state == State::Unbilled
            })
        })
    }

    fn purse(&self) -> Purse<'_> {
        let open = |record| {
            let documents = self.books.of(record);
            let open = documents.filter(|document| !document.open.is_zero());
            open.map(|document| (document, document.open))
                .collect::<Vec<_>>()
        };
        Purse {
            credits: open("creditmemo"),
            deposits: open("customerdeposit"),
        }
    }

    fn customer_refund(
        &self,
        transaction: &Transaction,
        key: &ExternalId,
        apply: Vec<Application>,
        deposit: Vec<Application>,
        stage: &mut Stage,
    ) -> Result<(), Problem> {
        let order = self.draft.order;
        let mut proof = Proof::new(key.0.clone(), "the transaction", transaction.amount);
        for (name, rows) in [("from credit memos", &apply), ("from deposits", &deposit)] {
            let sum: Decimal = rows.iter().map(|row| row.amount).sum();
            if !sum.is_zero() {
                proof.term(name, self.exact(sum)?);
            }
        }
        stage.plan.proofs.push(super::super::proof::proved(proof)?);
        let rows = |items: Vec<Application>| (!items.is_empty()).then_some(Sublist { items });
        let body = CustomerRefund {
            external_id: key.clone(),
            customer: self.draft.entity.clone(),
            subsidiary: self.draft.store.subsidiary.as_ref().map(Reference::id),
            currency: self.draft.currency.clone(),
            tran_date: self.posted(
                transaction.processed_at.unwrap_or(order.processed_at),
                key,
                stage,
            )?,
            memo: format!(
                "Shopify order {}, {}",
                order.name,
                transaction.gateway.as_deref().unwrap_or("unknown gateway")
            ),
            payout: self.payout(transaction.gateway.as_deref())?,
            apply: rows(apply),
            deposit: rows(deposit),
        };
        let body = serde_json::to_value(body).unwrap_or_default();
        let source = transaction.id.to_string();
        stage.write(Action::Create, RECORD, key, &source, body, None);
        Ok(())
    }

    /// From which account a gateway's money goes back.
    pub(super) fn payout(&self, gateway: Option<&str>) -> Result<Payout, Problem> {
        let store = self.draft.store;
        owed_on(gateway, store)?;
        let tender = tender(gateway, self.draft.order.currency, store)?;
        let name = gateway.unwrap_or("default");
        let entry = store.payments.get(name).or(store.payments.get("default"));
        let own = entry
            .and_then(|entry| entry.refund_account.as_ref())
            .map(Reference::id);
        let account = match own.or(tender.account) {
            Some(account) => account,
            None => required(
                store,
                &format!("payments.{name}.refund_account"),
                None,
                &format!("money went back by `{name}`"),
            )?,
        };
        Ok(Payout {
            payment_option: tender.payment_option,
            payment_method: tender.payment_method,
            account,
        })
    }

    /// Goods sent in exchange are paid from the credit for what came back, once they are billed.
    fn await_bill(
        &self,
        purse: &Purse<'_>,
        standing: Option<&Standing>,
        stage: &mut Stage,
    ) -> Result<(), Problem> {
        let Some(standing) = standing.filter(|_| stage.plan.is_empty()) else {
            return Ok(());
        };
        let sum =
            |of: &[(&BookDocument, Decimal)]| -> Decimal { of.iter().map(|(_, open)| open).sum() };
        let sold = standing.sale.total(self.draft.order.currency)?.decimal();
        let billed: Decimal = self.invoices().map(|invoice| invoice.total).sum();
        let (credits, deposits) = (sum(&purse.credits), sum(&purse.deposits));
        if credits > Decimal::ZERO && sold - billed > deposits {
            stage.wait(format!("a credit of {credits} waits for the bill it pays"));
        }
        Ok(())
    }

    /// Credits that no money went back for pay what the order still owes: goods sent in exchange, or an
    /// invoice on terms.
    fn use_credits(&self, purse: &Purse<'_>, stage: &mut Stage) {
        let mut owed: Vec<(&BookDocument, Decimal)> = self
            .invoices()
            .map(|invoice| (invoice, invoice.open))
            .collect();
        for (credit, open) in &purse.credits {
            let mut left = *open;
            let mut items = Vec::new();
            for (invoice, due) in &mut owed {
                let amount = left.min(*due);
                if amount > Decimal::ZERO {
                    items.push(Application::to_invoice(
                        Reference::from(&invoice.id),
                        amount,
                    ));
                    left -= amount;
                    *due -= amount;
                }
            }
            if let (false, Some(key)) = (items.is_empty(), &credit.external_id) {
                let body = Apply {
                    apply: Sublist { items },
                };
                let on = On {
                    record: credit_memo::RECORD.to_owned(),
                    id: credit.id.0.clone(),
                };
                let body = serde_json::to_value(body).unwrap_or_default();
                stage.write(Action::Update, credit_memo::RECORD, key, "", body, Some(on));
            }
        }
    }

    /// What the further tenders of a cash sale take off its total.
    pub(super) fn tendered(&self) -> Result<Money, Problem> {
        let lines = self.books.order().into_iter().flat_map(|sale| &sale.lines);
        let tenders = lines.filter(|line| {
            line.key
                .as_deref()
                .is_some_and(|key| key.starts_with("tender-"))
        });
        self.exact(-tenders.map(|line| line.amount).sum::<Decimal>())
    }
}

/// Money that goes back as store credit or on a gift card stays with the merchant, who owes it from then
/// on: the account that is right for every other gateway is wrong for it.
///
/// # Errors
///
/// `missing_setting` when such a gateway has no entry of its own.
fn owed_on(gateway: Option<&str>, store: &Store) -> Result<(), Problem> {
    let owed = gateway.filter(|name| OWED.contains(name));
    match owed.filter(|name| !store.payments.contains_key(*name)) {
        None => Ok(()),
        Some(name) => Err(missing(
            store,
            &format!("payments.{name}"),
            &format!("money went back by `{name}`, which leaves no bank account"),
        )),
    }
}

impl Purse<'_> {
    /// Rows for `amount`: credit memos first, then deposits; `None` when it is not there yet.
    fn take(&mut self, amount: Decimal) -> Option<(Vec<Application>, Vec<Application>)> {
        let there = self.credits.iter().chain(&self.deposits);
        if there.map(|(_, open)| open).sum::<Decimal>() < amount {
            return None;
        }
        let (apply, left) = rows(&mut self.credits, amount, Application::of_credit_memo);
        let (deposit, _) = rows(&mut self.deposits, left, Application::of_deposit);
        Some((apply, deposit))
    }
}

fn rows(
    from: &mut [(&BookDocument, Decimal)],
    amount: Decimal,
    row: impl Fn(Reference, Decimal) -> Application,
) -> (Vec<Application>, Decimal) {
    let mut left = amount;
    let mut rows = Vec::new();
    for (document, open) in from {
        let part = left.min(*open);
        if part > Decimal::ZERO {
            rows.push(row(Reference::from(&document.id), part));
            *open -= part;
            left -= part;
        }
    }
    (rows, left)
}
