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

impl Scene<'_> {
    /// Plans an invoice of what is shipped and not billed, else the use of deposits for open invoices.
    pub(super) fn bill(&self, stage: &mut Stage) -> Result<(), Problem> {
        // E: something is shipped and not billed; F: all of it is shipped.
        let to_bill = self
            .books
            .order()
            .is_some_and(|order| matches!(order.status.as_deref(), Some("E" | "F")));
        if to_bill && stage.plan.is_empty() {
            return self.invoice(stage);
        }
        self.use_deposits(stage)
    }

    fn invoice(&self, stage: &mut Stage) -> Result<(), Problem> {
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
                item: self.without_lone_discounts(),
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

    /// What the invoice takes, if not all that can be billed: a discount is billed with the goods it lowers,
    /// and NetSuite would bill it at any time.
    fn without_lone_discounts(&self) -> Option<Sublist<MadeLine>> {
        let order = self.books.order()?;
        let billed: BTreeSet<&str> = self
            .invoices()
            .flat_map(|invoice| invoice.lines.iter())
            .filter_map(|line| line.key.as_deref())
            .collect();
        let can_be_billed = |line: &&BookLine| {
            let left = match () {
                () if line.ships => line.fulfilled > line.billed,
                () if line.quantity.is_zero() => {
                    line.key.as_deref().is_none_or(|key| !billed.contains(key))
                }
                () => line.quantity > line.billed,
            };
            line.kind == LineKind::Item && !line.closed && left
        };
        let open: Vec<&BookLine> = order.lines.iter().filter(can_be_billed).collect();
        let keys: BTreeSet<&str> = open.iter().filter_map(|line| line.key.as_deref()).collect();
        let left_out: Vec<MadeLine> = (1..)
            .zip(&open)
            .filter(|(_, line)| {
                let lowered = line.key.as_deref().and_then(discounts::lowered);
                lowered.is_some_and(|goods| !keys.contains(goods))
            })
            .map(|(number, _)| MadeLine::Taken(TakenLine::left_out(number)))
            .collect();
        (!left_out.is_empty()).then_some(Sublist { items: left_out })
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
