//! Makes the sales order what the sale is now: lines changed, added or closed by their key.
//!
//! The whole document is mapped as if it were written today and compared with the books, so an edit, a
//! cancelled unit and a wrong amount are all the same difference. A line that is not sold any more is
//! closed, never deleted; NetSuite keeps its amount in the total.

use serde_json::{Map, Value, json};

use super::{Scene, Stage};
use crate::config::store::CancelInShopify;
use crate::flows::order::change;
use crate::flows::order::document;
use crate::flows::order::proof::{self, amount, decimal, items};
use crate::flows::order::sale::Sale;
use crate::flows::order::tax::references;
use crate::money::{Error, Money};
use crate::netsuite::books::{BookDocument, BookLine, LineKind};
use crate::netsuite::sales_order;
use crate::netsuite::sales_order_change::TAX_DETAILS;
use crate::plan::{Action, On};
use crate::problem::Problem;

/// The key of a line in a body.
const KEY: &str = "custcol_waybill_line";

impl Scene<'_> {
    /// Plans the difference, if there is one.
    pub(super) fn amend(&self, sale: &Sale<'_>, stage: &mut Stage) -> Result<(), Problem> {
        let Some(order) = self.books.order() else {
            return Ok(());
        };
        let (wanted, computed) = document::sales_order_body(self.draft, sale)?;
        let Some(body) = self.difference(&wanted, order)? else {
            return Ok(());
        };
        let key = self.key();
        let source = ("Shopify's agreements, less cancelled units", sale.total);
        let proof = proof::of_sale(&key.0, &wanted, source, computed)?;
        stage.plan.proofs.push(proof);
        let total = sale.total.plus(self.kept_closed(&wanted, order)?)?;
        stage.totals.insert(key.0.clone(), total);
        let on = On {
            record: sales_order::RECORD.to_owned(),
            id: self.id.0.clone(),
        };
        let source = self.draft.order.id.to_string();
        let (record, mut body) = (sales_order::RECORD, body);
        let later = references::set_apart(&mut body, &self.draft.store.tax);
        if body.as_object().is_some_and(|body| !body.is_empty()) {
            stage.write(
                Action::Update,
                record,
                &key,
                &source,
                body,
                Some(on.clone()),
            );
        }
        if let Some(rows) = later {
            stage.write(Action::OverrideTax, record, &key, &source, rows, Some(on));
        }
        Ok(())
    }

    fn difference(&self, wanted: &Value, order: &BookDocument) -> Result<Option<Value>, Problem> {
        let currency = self.draft.order.currency;
        let mut lines = Vec::new();
        for line in items(wanted, "/item/items") {
            let key = line[KEY].as_str().unwrap_or_default();
            match held(order, key) {
                None => lines.push(line.clone()),
                Some(held) if held.closed => lines.extend(self.opened(line, held, key)?),
                Some(held) => lines.extend(changed(line, held, amount(line, currency)?)),
            }
        }
        let wants = |key: &str| items(wanted, "/item/items").any(|line| line[KEY] == key);
        for line in keyed(order).filter(|(key, line)| !line.closed && !wants(key)) {
            lines.push(self.closed(line.1)?);
        }
        let mut body = Map::new();
        if !lines.is_empty() {
            body.insert("item".to_owned(), json!({ "items": lines }));
        }
        let cost = decimal(&wanted["shippingCost"]).unwrap_or_default();
        if cost != shown(order, LineKind::Shipping) {
            body.insert("shippingCost".to_owned(), wanted["shippingCost"].clone());
        }
        let rows = wanted.get(TAX_DETAILS);
        let tax: rust_decimal::Decimal = items(wanted, "/taxDetails/items")
            .filter_map(|row| decimal(&row["taxAmount"]))
            .sum();
        if let Some(rows) = rows.filter(|_| !body.is_empty() || tax != shown(order, LineKind::Tax))
        {
            body.insert("taxDetailsOverride".to_owned(), true.into());
            body.insert(TAX_DETAILS.to_owned(), rows.clone());
        }
        Ok((!body.is_empty()).then_some(Value::Object(body)))
    }

    /// What is sold and closed in NetSuite. A discount was closed by us, when an edit took it away, and is
    /// opened again; that NetSuite takes this over REST is an assumption. Goods may have been closed by a
    /// person who knows why.
    fn opened(&self, line: &Value, held: &BookLine, key: &str) -> Result<Option<Value>, Problem> {
        if is_discount(key) {
            let rate = line["rate"].clone();
            return Ok(Some(
                json!({ "line": held.line, "isClosed": false, "rate": rate }),
            ));
        }
        if !self.changed || self.may_be_cancelled() {
            return Ok(None);
        }
        let why = format!(
            "line {} of the sales order is closed in NetSuite, and sold in Shopify: open it there",
            held.line
        );
        Err(change::too_late(self.draft.order, &why))
    }

    /// Whether a person ended the whole sales order in a store that cancels the Shopify order then: that
    /// flow waits for this one, and decides.
    fn may_be_cancelled(&self) -> bool {
        let order = self.books.order();
        let status = order.and_then(|order| order.status.as_deref());
        let ended = matches!(status, Some("C" | "H"));
        ended && self.draft.store.orders.cancel_in_shopify != CancelInShopify::Off
    }

    fn closed(&self, line: &BookLine) -> Result<Value, Problem> {
        if line.fulfilled.is_zero() && line.billed.is_zero() {
            return Ok(json!({ "line": line.line, "isClosed": true }));
        }
        let why = format!(
            "line {} of the sales order is not sold any more, and NetSuite has shipped or billed it",
            line.line
        );
        Err(change::too_late(self.draft.order, &why))
    }

    /// What closed lines add to the total that NetSuite shows.
    fn kept_closed(&self, wanted: &Value, order: &BookDocument) -> Result<Money, Error> {
        let currency = self.draft.order.currency;
        let mut sum = currency.money(0);
        for (key, line) in keyed(order) {
            let sold = items(wanted, "/item/items").find(|line| line[KEY] == key);
            let counted = match sold {
                Some(sold) if line.closed && !is_discount(key) => amount(sold, currency)?,
                Some(_) => continue,
                None => currency.money(0),
            };
            sum = sum.plus(currency.exact(line.amount)?)?.minus(counted)?;
        }
        Ok(sum)
    }
}

/// The change that makes `held` what `line` says; none when it is.
fn changed(line: &Value, held: &BookLine, amount: Money) -> Option<Value> {
    let quantity = decimal(&line["quantity"]);
    let same_quantity = quantity.is_none_or(|quantity| quantity == held.quantity);
    if same_quantity && amount.decimal() == held.amount {
        return None;
    }
    let mut change = Map::new();
    change.insert("line".to_owned(), held.line.into());
    for field in ["quantity", "rate", "amount"] {
        if let Some(value) = line.get(field) {
            change.insert(field.to_owned(), value.clone());
        }
    }
    Some(Value::Object(change))
}

fn is_discount(key: &str) -> bool {
    key.starts_with("discount")
}

fn held<'a>(order: &'a BookDocument, key: &str) -> Option<&'a BookLine> {
    keyed(order)
        .find(|(known, _)| *known == key)
        .map(|(_, line)| line)
}

fn keyed(order: &BookDocument) -> impl Iterator<Item = (&str, &BookLine)> {
    let of_items = order
        .lines
        .iter()
        .filter(|line| line.kind == LineKind::Item);
    of_items.filter_map(|line| Some((line.key.as_deref()?, line)))
}

/// What the order shows of shipping, or of tax.
fn shown(order: &BookDocument, kind: LineKind) -> rust_decimal::Decimal {
    let lines = order.lines.iter().filter(|line| line.kind == kind);
    lines.map(|line| line.amount).sum()
}
