//! How the document of a credit is put together: mapped like a sale, then laid over the open lines of what
//! it is made from.

use super::credits::words;
use super::{Scene, Stage};
use crate::flows::order::document;
use crate::flows::order::ledger::TakenBy;
use crate::flows::order::part::Parts;
use crate::flows::order::proof;
use crate::flows::order::sale::Sale;
use crate::flows::order::standing::Credit;
use crate::flows::order::tax::references;
use crate::link::ExternalId;
use crate::money::Money;
use crate::netsuite::books::{BookDocument, BookLine, LineKind};
use crate::netsuite::made::{Made, MadeLine, TakenLine};
use crate::netsuite::return_authorization;
use crate::netsuite::sale::{self, Line, Sublist};
use crate::plan::{Action, On, Proof};
use crate::problem::{Code, Problem};

/// One document's share of a credit.
pub(super) struct Share<'a> {
    pub(super) credit: &'a Credit,
    pub(super) parts: Parts,
    /// The invoice or cash sale whose units it takes back; none for amounts alone.
    pub(super) source: Option<&'a BookDocument>,
    /// Which of the documents about the same refund or return it is, from 0.
    pub(super) number: usize,
}

/// A document about a share of a credit, as it would be without a source.
pub(super) struct Paper {
    pub(super) key: ExternalId,
    pub(super) sale: sale::Sale,
    /// What it comes to.
    pub(super) total: Money,
    /// The tax in it that NetSuite must compute.
    computed: Option<Money>,
    /// What it is about: a refund or return, and which of its documents.
    about: String,
    words: String,
}

impl Scene<'_> {
    pub(super) fn paper(
        &self,
        share: &Share<'_>,
        key: &ExternalId,
        further: Vec<Line>,
        stage: &mut Stage,
    ) -> Result<Paper, Problem> {
        let order = self.draft.order;
        let sold = Sale::of_parts(order, &share.parts)?;
        let date = self.posted(share.credit.at, key, stage)?;
        let mut drawn = document::body(self.draft, &sold, key, date, further)?;
        drawn.sale.memo = self.memo(share.credit.source);
        Ok(Paper {
            key: key.clone(),
            sale: drawn.sale,
            total: share.parts.total(order.currency)?,
            computed: drawn.computed,
            about: share.about(),
            words: words(share.credit.source),
        })
    }

    /// The body of the same made from `source`. A return authorization holds exactly what is credited, so
    /// it is taken whole.
    pub(super) fn made(&self, paper: &Paper, source: &BookDocument, record: &str) -> Made {
        let wanted = &paper.sale;
        let mut made = Made {
            external_id: paper.key.clone(),
            tran_date: wanted.tran_date,
            memo: Some(wanted.memo.clone()),
            to_be_emailed: false,
            location: None,
            shipping_cost: None,
            item: None,
            tax_details_override: None,
            tax_details: None,
        };
        if source.record != "returnauthorization" {
            made.location.clone_from(&wanted.location);
            made.shipping_cost = Some(wanted.shipping_cost);
            let items = self.taken(source, record, wanted.item.items.clone());
            made.item = Some(Sublist { items });
            made.tax_details_override = wanted.tax_details_override;
            made.tax_details.clone_from(&wanted.tax_details);
        }
        made
    }

    /// The lines of a transform: what is wanted of the open lines of `source`, in their order, and what
    /// they do not have.
    fn taken(&self, source: &BookDocument, record: &str, mut wanted: Vec<Line>) -> Vec<MadeLine> {
        let mut lines = Vec::new();
        for (open, number) in self.open(source, record).zip(1..) {
            let matched = wanted
                .iter()
                .position(|line| Some(line.key.as_str()) == open.key.as_deref() && !is_tax(line));
            lines.push(MadeLine::Taken(match matched {
                None => TakenLine::left_out(number),
                Some(at) => {
                    let line = wanted.remove(at);
                    TakenLine {
                        line: number,
                        quantity: line.quantity,
                        rate: Some(line.rate),
                        // A discount line has no quantity: its amount is said, or the source's stands.
                        amount: line.amount.or(line.quantity.is_none().then_some(line.rate)),
                        location: line.location,
                        tax_details_reference: line.tax_details_reference,
                    }
                }
            }));
        }
        lines.extend(wanted.into_iter().map(MadeLine::Added));
        lines
    }

    /// The lines of `source` that a new `record` can still take something of.
    fn open<'a>(
        &'a self,
        source: &'a BookDocument,
        record: &str,
    ) -> impl Iterator<Item = &'a BookLine> {
        let record = record.to_lowercase();
        let made = self.books.documents.iter().filter(move |document| {
            document.record == record && document.created_from.contains(&source.id)
        });
        let made: Vec<&BookDocument> = made.collect();
        source.lines.iter().filter(move |line| {
            let same = |other: &&BookLine| other.kind == LineKind::Item && other.key == line.key;
            let taken = made.iter().flat_map(|made| made.lines.iter()).filter(same);
            let left = if line.quantity.is_zero() {
                taken.count() == 0
            } else {
                line.quantity > taken.map(|line| line.quantity).sum()
            };
            line.kind == LineKind::Item && !line.closed && left
        })
    }

    /// Plans the document, with its proof.
    pub(super) fn post(
        &self,
        record: &str,
        paper: &Paper,
        source: Option<&BookDocument>,
        body: &impl serde::Serialize,
        stage: &mut Stage,
    ) -> Result<(), Problem> {
        let body = serde_json::to_value(body).unwrap_or_default();
        let key = &paper.key;
        let proof = match source.filter(|source| source.record == "returnauthorization") {
            Some(authorized) => self.whole(paper, authorized)?,
            None => proof::of_sale(&key.0, &body, (&paper.words, paper.total), paper.computed)?,
        };
        stage.plan.proofs.push(proof);
        let tax = &self.draft.store.tax;
        let (about, mut body) = (&paper.about, body);
        let Some(source) = source else {
            let later = references::set_apart(&mut body, tax);
            stage.write(Action::Create, record, key, about, body, None);
            if let Some(rows) = later {
                stage.write(Action::OverrideTax, record, key, about, rows, None);
            }
            return Ok(());
        };
        // What is copied has references of NetSuite's own.
        let later = references::apart(&mut body);
        let on = On {
            record: rest_name(&source.record).to_owned(),
            id: source.id.0.clone(),
        };
        stage.write(Action::Transform, record, key, about, body, Some(on));
        if let Some(rows) = later {
            stage.write(Action::OverrideTax, record, key, about, rows, None);
        }
        Ok(())
    }

    /// What a document of ours shows, against what it must: its exact tax is written again where that is
    /// what it lacks.
    ///
    /// # Errors
    ///
    /// `total_differs` where it is not.
    pub(super) fn keep(
        &self,
        record: &str,
        paper: &Paper,
        made: &BookDocument,
        stage: &mut Stage,
    ) -> Result<(), Problem> {
        let tax = &self.draft.store.tax;
        let wanted = paper.total.decimal();
        if (made.total - wanted).abs() <= tax.allowed() {
            return Ok(());
        }
        let mut body = serde_json::to_value(&paper.sale).unwrap_or_default();
        let Some(rows) = references::apart(&mut body) else {
            let number = made.number.as_deref().unwrap_or(&made.id.0);
            let what = format!(
                "{record} {number} shows {}, and Shopify {wanted}",
                made.total
            );
            return Err(Problem::new(Code::TotalDiffers, what)
                .because(&made.id)
                .field(
                    "total",
                    Some(wanted.to_string()),
                    Some(made.total.to_string()),
                ));
        };
        let on = On {
            record: record.to_owned(),
            id: made.id.0.clone(),
        };
        let (action, about) = (Action::OverrideTax, &paper.about);
        stage.write(action, record, &paper.key, about, rows, Some(on));
        Ok(())
    }

    /// The proof of a document that takes all of a return authorization, whose total was read.
    fn whole(&self, paper: &Paper, authorized: &BookDocument) -> Result<Proof, Problem> {
        let mut proof = Proof::new(paper.key.0.clone(), &paper.words, paper.total);
        let total = self.exact(authorized.total)?;
        proof.term("the return authorization, whole", total);
        let off = proof.remainder()?;
        if off != 0 && paper.computed.is_some() {
            // The read-back of the authorization was within the tolerance.
            proof.term("tax computed by NetSuite", total.currency.money(-off));
        }
        proof::proved(proof)
    }

    pub(super) fn memo(&self, source: TakenBy) -> String {
        format!("Shopify order {}, {}", self.draft.order.name, words(source))
    }

    pub(super) fn exact(&self, amount: rust_decimal::Decimal) -> Result<Money, Problem> {
        Ok(self.draft.order.currency.exact(amount)?)
    }
}

impl Share<'_> {
    fn about(&self) -> String {
        match self.number {
            0 => self.credit.source.name(),
            number => format!("{}_part{}", self.credit.source.name(), number + 1),
        }
    }
}

/// The name of a record type in an address.
fn rest_name(record: &str) -> &str {
    match record {
        "cashsale" => "cashSale",
        "returnauthorization" => return_authorization::RECORD,
        "salesorder" => "salesOrder",
        other => other,
    }
}

/// A tax line is named by its place in its own document.
fn is_tax(line: &Line) -> bool {
    line.key.starts_with("tax-")
}
