//! Bills what is shipped, where the store's setting says that waybill does, and pays the bills from the
//! order's deposits.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::{Scene, Stage};
use crate::flows::order::discounts;
use crate::netsuite::application::Application;
use crate::netsuite::books::{BookDocument, BookLine, LineKind};
use crate::netsuite::deposit_application::{self, DepositApplication};
use crate::netsuite::invoice::{self, Invoice};
use crate::netsuite::made::{Made, MadeLine, TakenLine};
use crate::netsuite::reference::Reference;
use crate::netsuite::sale::Sublist;
use crate::netsuite::sales_order;
use crate::plan::{Action, On};
use crate::problem::Problem;

/// What an invoice would bill now.
#[derive(Default)]
struct Billable {
    /// What it must not take, though NetSuite would.
    left_out: Vec<MadeLine>,
    /// Its lines before tax: NetSuite takes no invoice of less than nothing.
    amount: Decimal,
}

/// The amount of a line that can be billed now; `None` when nothing can. `billed` are the keys on invoices.
fn share(line: &BookLine, billed: &BTreeSet<&str>) -> Option<Decimal> {
    if line.quantity.is_zero() {
        let is_open = line.key.as_deref().is_none_or(|key| !billed.contains(key));
        return is_open.then_some(line.amount);
    }
    let done = if line.ships {
        line.fulfilled
    } else {
        line.quantity
    };
    let units = done - line.billed;
    (units > Decimal::ZERO).then(|| line.amount * units / line.quantity)
}

impl Scene<'_> {
    /// Plans an invoice of what is shipped and not billed, else the use of deposits for open invoices.
    pub(super) fn bill(&self, stage: &mut Stage) -> Result<(), Problem> {
        // E: something is shipped and not billed; F: all of it is shipped.
        let to_bill = self
            .books
            .order()
            .is_some_and(|order| matches!(order.status.as_deref(), Some("E" | "F")));
        if to_bill && stage.plan.is_empty() {
            let Billable { left_out, amount } = self.billable();
            if amount >= Decimal::ZERO {
                return self.invoice(left_out, stage);
            }
            stage.wait(
                "what is shipped is worth less than its discounts, which NetSuite bills whole: billed with the next units",
            );
        }
        self.use_deposits(stage)
    }

    fn invoice(&self, left_out: Vec<MadeLine>, stage: &mut Stage) -> Result<(), Problem> {
        let order = self.draft.order;
        let shipped = self
            .books
            .of("itemfulfillment")
            .filter(|fulfillment| fulfillment.status.as_deref() == Some("C"))
            .last();
        let about = match shipped {
            Some(fulfillment) => fulfillment.id.0.clone(),
            None => format!("order-{}", order.id),
        };
        let parts = 0..;
        let free = parts
            .map(|part| self.name("inv", &about, part))
            .find(|key| self.books.by_external_id(key).is_none());
        let Some(key) = free else {
            return Ok(());
        };
        let day = shipped.and_then(|fulfillment| fulfillment.date);
        let wanted = day.unwrap_or_else(|| super::day(order.processed_at, self.draft.store));
        let setting = self.draft.store.orders.closed_period;
        let posted = super::posting_day(wanted, self.draft.periods, setting)?;
        stage.plan.notes.extend(posted.note(&key));
        let body = Invoice {
            made: Made {
                external_id: key.clone(),
                tran_date: posted.day,
                memo: Some(format!("Shopify order {}", order.name)),
                to_be_emailed: false,
                location: None,
                shipping_cost: None,
                item: (!left_out.is_empty()).then_some(Sublist { items: left_out }),
                tax_details_override: None,
                tax_details: None,
            },
        };
        let body = serde_json::to_value(body).unwrap_or_default();
        let on = On {
            record: sales_order::RECORD.to_owned(),
            id: self.id.0.clone(),
        };
        stage.write(
            Action::Transform,
            invoice::RECORD,
            &key,
            &about,
            body,
            Some(on),
        );
        Ok(())
    }

    /// What an invoice takes now. A discount is billed with the goods it lowers, and NetSuite would bill it
    /// at any time.
    fn billable(&self) -> Billable {
        let billed: BTreeSet<&str> = self
            .invoices()
            .flat_map(|invoice| invoice.lines.iter())
            .filter_map(|line| line.key.as_deref())
            .collect();
        let lines = self.books.order().into_iter().flat_map(|it| &it.lines);
        let open: Vec<(&BookLine, Decimal)> = lines
            .filter(|line| line.kind == LineKind::Item && !line.closed)
            .filter_map(|line| Some((line, share(line, &billed)?)))
            .collect();
        let keys: BTreeSet<&str> = open
            .iter()
            .filter_map(|(line, _)| line.key.as_deref())
            .collect();
        let mut billable = Billable::default();
        for (number, (line, amount)) in (1..).zip(&open) {
            let lowered = line.key.as_deref().and_then(discounts::lowered);
            if lowered.is_some_and(|goods| !keys.contains(goods)) {
                let left_out = MadeLine::Taken(TakenLine::left_out(number));
                billable.left_out.push(left_out);
            } else {
                billable.amount += amount;
            }
        }
        billable
    }

    fn use_deposits(&self, stage: &mut Stage) -> Result<(), Problem> {
        let mut held: Vec<(&BookDocument, Decimal)> = self
            .books
            .of("customerdeposit")
            .map(|deposit| (deposit, deposit.open))
            .collect();
        for invoice in self.invoices() {
            let mut due = invoice.open;
            for (deposit, open) in &mut held {
                let amount = due.min(*open);
                if amount > Decimal::ZERO {
                    self.application(deposit, invoice, amount, stage)?;
                    *open -= amount;
                    due -= amount;
                }
            }
        }
        Ok(())
    }

    fn application(
        &self,
        deposit: &BookDocument,
        invoice: &BookDocument,
        amount: Decimal,
        stage: &mut Stage,
    ) -> Result<(), Problem> {
        let about = format!("{}-{}", deposit.id, invoice.id);
        let mut parts = (0..).map(|part| self.name("dapp", &about, part));
        let free = parts.find(|key| self.books.by_external_id(key).is_none());
        let Some(key) = free else {
            return Ok(());
        };
        let day = invoice.date.max(deposit.date);
        let wanted =
            day.unwrap_or_else(|| super::day(self.draft.order.processed_at, self.draft.store));
        let setting = self.draft.store.orders.closed_period;
        let posted = super::posting_day(wanted, self.draft.periods, setting)?;
        let body = DepositApplication {
            external_id: key.clone(),
            tran_date: posted.day,
            apply: Sublist {
                items: vec![Application::to_invoice(
                    Reference::from(&invoice.id),
                    amount,
                )],
            },
        };
        let body = serde_json::to_value(body).unwrap_or_default();
        let on = On {
            record: "customerDeposit".to_owned(),
            id: deposit.id.0.clone(),
        };
        stage.write(
            Action::Transform,
            deposit_application::RECORD,
            &key,
            &about,
            body,
            Some(on),
        );
        Ok(())
    }
}
