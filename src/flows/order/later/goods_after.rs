//! Goods that come back after their credit was written: they are received, and credit nothing again.
//!
//! Each arrival is a return authorization of what arrived, its item receipt, and the authorization closed:
//! what it would credit is credited already.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::paper::Share;
use super::progress::{CREDITS, units_of};
use super::returned::Back;
use super::{Scene, Stage};
use crate::flows::order::part::{About, Parts};
use crate::flows::order::standing::Credit;
use crate::netsuite::books::{BookDocument, LineKind};
use crate::netsuite::return_authorization;
use crate::plan::{Action, On};
use crate::problem::Problem;

impl Scene<'_> {
    /// Plans what is still to be done about the goods of a credit that is written.
    pub(super) fn goods_after(&self, credit: &Credit, stage: &mut Stage) -> Result<(), Problem> {
        let mut back = self.back(credit, &credit.parts);
        for share in self.shares(credit)? {
            let mine = |line: u64| share.parts.units(line);
            let came = take(&mut back, mine);
            self.goods_of(&share, came, stage)?;
        }
        Ok(())
    }

    fn goods_of(
        &self,
        share: &Share<'_>,
        mut came: Vec<Back>,
        stage: &mut Stage,
    ) -> Result<(), Problem> {
        let Some(source) = share.source else {
            return Ok(());
        };
        let about = share.credit.source.name();
        let authorized: Vec<&BookDocument> = self
            .books
            .of("returnauthorization")
            .filter(|it| it.created_from.contains(&source.id))
            .filter(|it| self.taking_of(it).as_deref() == Some(&*about))
            .collect();
        // Over one that its credit was made from, the goods are received before the credit.
        if authorized.iter().any(|it| self.is_source_of_credit(it)) {
            return Ok(());
        }
        let before = stage.plan.writes.len();
        for made in authorized {
            let its = take(&mut came, |line| units_of(made, &line.to_string()));
            self.receive(share.credit, made, &its, stage)?;
            close(made, &about, stage);
        }
        if came.is_empty() || stage.plan.writes.len() > before {
            return Ok(());
        }
        let mut parts = Parts::default();
        for one in &came {
            if let Some(part) = share.parts.get(About::Line(one.line)) {
                parts.add(&part.split(one.quantity)?.0)?;
            }
        }
        let mut numbers = share.number..;
        let free = numbers.find_map(|number| {
            let key = self.name("rma", &about, number);
            let taken = self.books.by_external_id(&key).is_some();
            (!taken).then_some((number, key))
        });
        let Some((number, key)) = free else {
            return Ok(());
        };
        let arrived = Share {
            credit: share.credit,
            parts,
            source: share.source,
            number,
        };
        self.authorize(&arrived, source, &key, stage)
    }

    fn is_source_of_credit(&self, authorized: &BookDocument) -> bool {
        let credits = CREDITS.iter().flat_map(|record| self.books.of(record));
        credits
            .into_iter()
            .any(|it| it.created_from.contains(&authorized.id))
    }
}

/// Closes a return authorization that nothing more is made from.
fn close(authorized: &BookDocument, about: &str, stage: &mut Stage) {
    let items = authorized.lines.iter();
    let open = items.filter(|line| line.kind == LineKind::Item && !line.closed);
    let lines: Vec<Value> = open
        .map(|line| json!({ "line": line.line, "isClosed": true }))
        .collect();
    if let (false, Some(key)) = (lines.is_empty(), &authorized.external_id) {
        let record = return_authorization::RECORD;
        let on = On {
            record: record.to_owned(),
            id: authorized.id.0.clone(),
        };
        let body = json!({ "item": { "items": lines } });
        stage.write(Action::Update, record, key, about, body, Some(on));
    }
}

/// Takes, line by line, so many units out of `back` at most.
fn take(back: &mut Vec<Back>, most: impl Fn(u64) -> i64) -> Vec<Back> {
    let mut left: HashMap<u64, i64> = HashMap::new();
    let mut taken = Vec::new();
    for one in back.iter_mut() {
        let left = left.entry(one.line).or_insert_with(|| most(one.line));
        let quantity = one.quantity.min(*left);
        if quantity > 0 {
            *left -= quantity;
            one.quantity -= quantity;
            taken.push(Back {
                quantity,
                ..one.clone()
            });
        }
    }
    back.retain(|one| one.quantity > 0);
    taken
}
