//! Credits: what refunds and returns take back of what is billed, as return authorization, item receipt
//! and credit memo, or as a cash refund.
//!
//! Units that came back go over a return authorization, so that their receipt raises the stock where
//! Shopify put them. Units that did not, come straight off the invoice. What has no units is a credit memo
//! of its own. Nothing is posted before the return authorization's total is seen to be right.

use serde_json::Value;

use super::paper::Share;
use super::returned::Back;
use super::{Scene, Stage};
use crate::flows::order::ledger::TakenBy;
use crate::flows::order::part::{About, Part, Parts};
use crate::flows::order::setting::required;
use crate::flows::order::standing::{Credit, State};
use crate::link::ExternalId;
use crate::netsuite::books::{BookDocument, BookLine, LineKind};
use crate::netsuite::item_receipt::{ItemReceipt, ReceiptLine};
use crate::netsuite::reference::Reference;
use crate::netsuite::sale::Sublist;
use crate::netsuite::{cash_refund, credit_memo, item_receipt, return_authorization};
use crate::plan::{Action, On};
use crate::problem::{Code, Problem};

impl Scene<'_> {
    /// Plans what can be written of a credit now.
    pub(super) fn credit(&self, credit: &Credit, stage: &mut Stage) -> Result<(), Problem> {
        let name = credit.source.name();
        match credit.state {
            State::Written => {
                for share in self.shares(credit)? {
                    self.share(&share, stage)?;
                }
                return self.goods_after(credit, stage);
            }
            State::ByHand => {
                let note = format!("{name}: somebody credited these units in NetSuite");
                stage.plan.notes.push(note);
                return Ok(());
            }
            State::Unbilled => {
                stage.wait(format!(
                    "what {} takes back is shipped and not billed yet",
                    words(credit.source)
                ));
                return Ok(());
            }
            State::Ready => {}
        }
        let total = credit.parts.total(self.draft.order.currency)?;
        if total.is_negative() {
            let what = format!(
                "{} takes back less than nothing: {total}",
                words(credit.source)
            );
            return Err(Problem::new(Code::SourceContradicts, what).because(self.draft.order.id));
        }
        for share in self.shares(credit)? {
            self.share(&share, stage)?;
        }
        Ok(())
    }

    /// A credit has one document for each invoice that billed its units.
    pub(super) fn shares<'a>(&'a self, credit: &'a Credit) -> Result<Vec<Share<'a>>, Problem> {
        let share = |number, source, parts| Share {
            credit,
            parts,
            source,
            number,
        };
        if self.is_cash_sale() {
            let has_units = credit.parts.iter().any(is_units);
            let source = self.books.order().filter(|_| has_units);
            return Ok(vec![share(0, source, credit.parts.clone())]);
        }
        let (name, mut left) = (credit.source.name(), credit.parts.clone());
        let mut shares = Vec::new();
        for invoice in self.invoices() {
            let mut parts = Parts::default();
            for part in credit.parts.iter().filter(|part| is_units(part)) {
                let About::Line(line) = part.about else {
                    continue;
                };
                let open = left.units(line).min(self.creditable(invoice, line, &name));
                if let Some(rest) = left.get(part.about).filter(|_| open > 0) {
                    parts.add(&rest.split(open)?.0)?;
                }
            }
            if !parts.is_empty() {
                left.take(&parts)?;
                shares.push(share(shares.len(), Some(invoice), parts));
            }
        }
        match shares.first_mut() {
            Some(first) => left.iter().try_for_each(|part| first.parts.add(part))?,
            None => shares.push(share(0, None, left)),
        }
        Ok(shares)
    }

    /// Units of a line that an invoice billed and that nothing else than `taking` has taken back.
    fn creditable(&self, invoice: &BookDocument, line: u64, taking: &str) -> i64 {
        let key = line.to_string();
        let taken: i64 = ["returnauthorization", "creditmemo"]
            .iter()
            .flat_map(|record| self.books.of(record))
            .filter(|made| made.created_from.contains(&invoice.id))
            .filter(|made| self.taking_of(made).as_deref() != Some(taking))
            .map(|made| super::progress::units_of(made, &key))
            .sum();
        super::progress::units_of(invoice, &key) - taken
    }

    fn share(&self, share: &Share<'_>, stage: &mut Stage) -> Result<(), Problem> {
        let about = share.credit.source.name();
        let authorized = self.name("rma", &about, share.number);
        let back = self.back(share.credit, &share.parts);
        if self.is_credited(share, stage)? {
            return Ok(());
        }
        match (share.source, self.books.by_external_id(&authorized)) {
            (_, Some(made)) => self.receive_and_credit(share, made, &back, stage),
            (Some(source), None) if !back.is_empty() => {
                self.authorize(share, source, &authorized, stage)
            }
            (source, None) => self.credit_direct(share, source, stage),
        }
    }

    /// Whether the credit memo is there; then it must show what it should. A cash refund is its own
    /// payment and was proved with it.
    fn is_credited(&self, share: &Share<'_>, stage: &mut Stage) -> Result<bool, Problem> {
        let about = share.credit.source.name();
        let refunded = self.name("cr", &about, share.number);
        if self.books.by_external_id(&refunded).is_some() {
            return Ok(true);
        }
        let key = self.name("cm", &about, share.number);
        let Some(made) = self.books.by_external_id(&key) else {
            return Ok(false);
        };
        let paper = self.paper(share, &key, Vec::new(), stage)?;
        self.keep(credit_memo::RECORD, &paper, made, stage)?;
        Ok(true)
    }

    pub(super) fn authorize(
        &self,
        share: &Share<'_>,
        source: &BookDocument,
        key: &ExternalId,
        stage: &mut Stage,
    ) -> Result<(), Problem> {
        let record = return_authorization::RECORD;
        let paper = self.paper(share, key, Vec::new(), stage)?;
        let status = self.draft.store.returns.rma_status.as_deref();
        let body = return_authorization::ReturnAuthorization {
            made: self.made(&paper, source, record),
            order_status: Reference::id(status.unwrap_or("B")),
        };
        self.post(record, &paper, Some(source), &body, stage)
    }

    /// The goods are in: receive them, then credit them.
    fn receive_and_credit(
        &self,
        share: &Share<'_>,
        authorized: &BookDocument,
        back: &[Back],
        stage: &mut Stage,
    ) -> Result<(), Problem> {
        // Nothing is posted before this is right.
        let key = self.name("rma", &share.credit.source.name(), share.number);
        let paper = self.paper(share, &key, Vec::new(), stage)?;
        let before = stage.plan.writes.len();
        self.keep(return_authorization::RECORD, &paper, authorized, stage)?;
        if stage.plan.writes.len() > before {
            return Ok(());
        }
        self.receive(share.credit, authorized, back, stage)?;
        self.credit_direct(share, Some(authorized), stage)
    }

    /// Plans the item receipt of what came back, once.
    pub(super) fn receive(
        &self,
        credit: &Credit,
        authorized: &BookDocument,
        back: &[Back],
        stage: &mut Stage,
    ) -> Result<(), Problem> {
        let store = &self.draft.store.name;
        let id = authorized.external_id.as_ref();
        let about = id.and_then(|id| id.0.strip_prefix(&format!("rma-{store}-")));
        let Some(about) = about else {
            return Ok(());
        };
        let key = self.name("rcpt", about, 0);
        if self.books.by_external_id(&key).is_some() {
            return Ok(());
        }
        let mut lines = Vec::new();
        for line in authorized
            .lines
            .iter()
            .filter(|line| line.kind == LineKind::Item)
        {
            let shopify: Option<u64> = line.key.as_deref().and_then(|key| key.parse().ok());
            let Some(shopify) = shopify else {
                continue;
            };
            let came = back.iter().find(|one| one.line == shopify);
            lines.push(ReceiptLine::received(
                line.line,
                super::progress::units(line.quantity),
                self.shelf(came, line)?,
                came.is_some_and(|one| one.restocked),
            ));
        }
        if lines.is_empty() {
            return Ok(());
        }
        let body = ItemReceipt {
            external_id: key.clone(),
            tran_date: self.posted(credit.at, &key, stage)?,
            item: Sublist { items: lines },
        };
        let body = serde_json::to_value(body).unwrap_or_default();
        let on = On {
            record: return_authorization::RECORD.to_owned(),
            id: authorized.id.0.clone(),
        };
        stage.write(
            Action::Transform,
            item_receipt::RECORD,
            &key,
            about,
            body,
            Some(on),
        );
        Ok(())
    }

    /// Where returned goods are put: the location Shopify names, the store's for returns, or where they
    /// were shipped from.
    fn shelf(&self, came: Option<&Back>, line: &BookLine) -> Result<Reference, Problem> {
        let store = self.draft.store;
        let named = came.and_then(|one| one.location).map(|id| id.to_string());
        let mapped = named.as_ref().and_then(|id| store.locations.get(id));
        let id = mapped
            .and_then(|ids| ids.first())
            .or(store.returns.location.as_ref());
        match (id, &line.location) {
            (Some(id), _) => Ok(Reference::id(id)),
            (None, Some(shipped_from)) => Ok(Reference::from(shipped_from)),
            (None, None) => required(store, "returns.location", None, "goods came back"),
        }
    }

    /// Off the return authorization, invoice or cash sale, or a memo of its own for amounts alone.
    fn credit_direct(
        &self,
        share: &Share<'_>,
        source: Option<&BookDocument>,
        stage: &mut Stage,
    ) -> Result<(), Problem> {
        if self.is_cash_sale() {
            return self.cash_refund(share, source, stage);
        }
        let key = self.name("cm", &share.credit.source.name(), share.number);
        let record = credit_memo::RECORD;
        let paper = self.paper(share, &key, Vec::new(), stage)?;
        let Some(source) = source else {
            let mut body = serde_json::to_value(&paper.sale).unwrap_or_default();
            body["autoApply"] = Value::from(false);
            return self.post(record, &paper, None, &body, stage);
        };
        let body = credit_memo::CreditMemo {
            made: self.made(&paper, source, record),
            auto_apply: false,
            apply: Sublist { items: Vec::new() },
        };
        self.post(record, &paper, Some(source), &body, stage)
    }

    /// A cash refund pays out what it credits, so it waits until the money has gone.
    fn cash_refund(
        &self,
        share: &Share<'_>,
        source: Option<&BookDocument>,
        stage: &mut Stage,
    ) -> Result<(), Problem> {
        let key = self.name("cr", &share.credit.source.name(), share.number);
        if self.books.by_external_id(&key).is_some() {
            return Ok(());
        }
        let Some(paid) = self.payouts(share.credit, &stage.paid)? else {
            let of = words(share.credit.source);
            stage.wait(format!("the money of {of} has not gone back yet"));
            return Ok(());
        };
        let record = cash_refund::RECORD;
        let mut paper = self.paper(share, &key, paid.further, stage)?;
        paper.total = paid.amount;
        let payout = paid.payout;
        let Some(source) = source else {
            let mut body = serde_json::to_value(&paper.sale).unwrap_or_default();
            let payout = serde_json::to_value(payout).unwrap_or_default();
            if let (Some(body), Value::Object(payout)) = (body.as_object_mut(), payout) {
                body.extend(payout);
            }
            return self.post(record, &paper, None, &body, stage);
        };
        let made = self.made(&paper, source, record);
        let body = cash_refund::CashRefund { made, payout };
        self.post(record, &paper, Some(source), &body, stage)
    }
}

fn is_units(part: &Part) -> bool {
    matches!(part.about, About::Line(_)) && part.quantity > 0
}

/// What took it back, for a person.
pub(super) fn words(source: TakenBy) -> String {
    match source {
        TakenBy::Refund(id) => format!("refund {id}"),
        TakenBy::Return { id, .. } => format!("return {id}"),
    }
}
