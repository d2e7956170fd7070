//! Committed order edits: lines, quantities, discounts and shipping that change after the order was placed.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::super::money::{Bag, round};
use super::super::state::Ids;
use super::agreement::{Action, Reason, Standing, Subject};
use super::withdraw::Whence;
use super::{
    Allocation, Discount, DiscountKind, DiscountValue, Line, NewLine, NewShipping, Order,
    PlaceOrder, Refund, RefundLine, Refusal, ShippingLine,
};

/// What a merchant changes in one commit.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Editing {
    /// Done one after the other.
    pub changes: Vec<Change>,
    pub staff_note: String,
    pub notify: bool,
}

/// One change of an order.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// A variant or a custom item, with a discount of its own if it has one.
    AddLine {
        line: NewLine,
        #[serde(default)]
        discount: Option<LineDiscount>,
    },
    /// The units the line has from now on; shipped units cannot be removed.
    SetQuantity {
        line: u64,
        quantity: u32,
    },
    AddDiscount {
        line: u64,
        discount: LineDiscount,
    },
    /// Takes a discount, by its index in the order's discounts, off the units that are left.
    RemoveDiscount {
        line: u64,
        discount: usize,
    },
    AddShipping(NewShipping),
    /// By the shipping line's id.
    RemoveShipping(u64),
}

/// A discount a merchant gives on one line.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineDiscount {
    pub title: String,
    /// A fixed value is off each unit.
    pub value: DiscountValue,
}

impl Editing {
    pub fn of(changes: impl IntoIterator<Item = Change>) -> Self {
        Self {
            changes: changes.into_iter().collect(),
            ..Self::default()
        }
    }

    pub fn add(line: NewLine) -> Self {
        let discount = None;
        Self::of([Change::AddLine { line, discount }])
    }

    pub fn set_quantity(line: u64, quantity: u32) -> Self {
        Self::of([Change::SetQuantity { line, quantity }])
    }
}

/// A committed edit: which ids gained and lost how many units.
#[derive(Clone, Debug, Default)]
pub struct OrderEdit {
    pub id: u64,
    pub at: DateTime<Utc>,
    pub staff_note: String,
    pub notify: bool,
    pub added: Vec<(u64, u32)>,
    pub removed: Vec<(u64, u32)>,
    /// Lines that got a discount, and lines that lost one.
    pub discounts_added: Vec<u64>,
    pub discounts_removed: Vec<u64>,
    pub shipping_added: Vec<u64>,
    pub shipping_removed: Vec<u64>,
}

/// What the shop decides about an edit.
pub(crate) struct Terms {
    /// Of the added lines, in their order.
    pub(crate) variants: Vec<Option<(u64, u64)>>,
    /// Where added lines ship from that say nothing.
    pub(crate) location: u64,
    /// Removed units leave a refund, too.
    pub(crate) refund: bool,
}

/// An edit while its changes are being made.
pub(super) struct Desk<'a> {
    ids: &'a mut Ids,
    at: DateTime<Utc>,
    /// Where added lines ship from that say nothing.
    location: u64,
    edit: OrderEdit,
}

impl Order {
    /// Commits an edit, all of it or nothing.
    pub(crate) fn commit(
        &mut self,
        editing: &Editing,
        terms: Terms,
        ids: &mut Ids,
        at: DateTime<Utc>,
    ) -> Result<u64, Refusal> {
        if self.cancelled_at.is_some() {
            return Err(Refusal::because("The order is canceled."));
        }
        let edit = OrderEdit {
            id: ids.take(),
            at,
            staff_note: editing.staff_note.clone(),
            notify: editing.notify,
            ..OrderEdit::default()
        };
        let mut desk = Desk {
            ids: &mut *ids,
            at,
            location: terms.location,
            edit,
        };
        self.agree(Reason::Edit, desk.ids, at);
        let mut variants = terms.variants.into_iter();
        for change in &editing.changes {
            self.change_by(change, &mut variants, &mut desk)?;
        }
        if self.agreements.last().is_none_or(|it| it.sales.is_empty()) {
            return Err(Refusal::because("No changes have been made."));
        }
        let (id, removed) = (desk.edit.id, desk.edit.removed.clone());
        self.edits.push(desk.edit);
        if terms.refund && !removed.is_empty() {
            self.leave_refund(&removed, ids, at);
        }
        self.recompute();
        Ok(id)
    }

    /// A refund of the removed units: no money, and no second agreement about them.
    fn leave_refund(&mut self, removed: &[(u64, u32)], ids: &mut Ids, at: DateTime<Utc>) {
        let sales = self.agreements.last().map(|it| it.sales.as_slice());
        let mut lines = Vec::new();
        for sale in sales.into_iter().flatten() {
            let Subject::Line(line) = sale.subject else {
                continue;
            };
            let taken = removed.iter().find(|(id, _)| *id == line);
            if let Some((_, units)) = taken.filter(|_| sale.action == Action::Return) {
                lines.push(RefundLine::of_sale(
                    sale,
                    line,
                    *units,
                    self.taxes_included,
                    ids,
                ));
            }
        }
        let mut refund = Refund::new(ids.take(), at);
        refund.lines = lines;
        refund.note = Some("Order edited".into());
        self.refunds.push(refund);
    }

    fn change_by(
        &mut self,
        change: &Change,
        variants: &mut impl Iterator<Item = Option<(u64, u64)>>,
        desk: &mut Desk<'_>,
    ) -> Result<(), Refusal> {
        match change {
            Change::AddLine { line, discount } => {
                let at = line.location.unwrap_or(desk.location);
                let variant = variants.next().flatten();
                let id = self.insert_line(line, variant, at, desk.ids, desk.at);
                desk.edit.added.push((id, line.quantity));
                match discount {
                    Some(discount) => self.add_discount(id, discount, desk),
                    None => Ok(()),
                }
            }
            Change::SetQuantity { line, quantity } => self.set_quantity(*line, *quantity, desk),
            Change::AddDiscount { line, discount } => self.add_discount(*line, discount, desk),
            Change::RemoveDiscount { line, discount } => {
                self.remove_discount(*line, *discount, desk)
            }
            Change::AddShipping(line) => {
                self.add_shipping(line, desk);
                Ok(())
            }
            Change::RemoveShipping(line) => self.remove_shipping(*line, desk),
        }
    }

    /// A new line with its sale and its work.
    pub(super) fn insert_line(
        &mut self,
        new: &NewLine,
        variant: Option<(u64, u64)>,
        location: u64,
        ids: &mut Ids,
        at: DateTime<Utc>,
    ) -> u64 {
        let cart = PlaceOrder {
            lines: vec![new.clone()],
            tax_exempt: self.tax_exempt,
            ..PlaceOrder::default()
        };
        let (priced, _) = super::price::price(&cart, &self.currencies, self.taxes_included);
        let id = ids.take();
        for priced in priced {
            let line = Line::make(new, priced, variant, id);
            let sale = self.line_sale(&line, ids);
            self.book(sale);
            self.lines.push(line);
        }
        self.add_work(id, new.quantity, location, ids, at);
        id
    }

    fn set_quantity(&mut self, id: u64, to: u32, desk: &mut Desk<'_>) -> Result<(), Refusal> {
        let line = self.line(id).ok_or(no_line())?;
        let from = line.current_quantity;
        if let Some(more) = to.checked_sub(from).filter(|more| *more > 0) {
            self.raise(id, more, desk);
            desk.edit.added.push((id, more));
        } else if let Some(fewer) = from.checked_sub(to).filter(|fewer| *fewer > 0) {
            if fewer > line.unfulfilled() {
                return Err(Refusal::because(
                    "Cannot remove fulfilled items from the order.",
                ));
            }
            self.withdraw(id, fewer, Whence::Unshipped, desk.ids)?;
            desk.edit.removed.push((id, fewer));
        }
        Ok(())
    }

    /// Added units cost the line's price; discounts given before do not reach them.
    fn raise(&mut self, id: u64, more: u32, desk: &mut Desk<'_>) {
        let Some(line) = self.line(id) else { return };
        let gross = line.price.times(more);
        let taxes = self.taxed(gross, &line.tax_lines, line.taxable && !self.tax_exempt);
        let worth = Standing {
            gross,
            discount: Bag::default(),
            taxes: taxes.clone(),
        };
        let quantity = Some(i64::from(more));
        let sale = self.sale(Action::Order, Subject::Line(id), quantity, worth, desk.ids);
        self.book(sale);
        let works = self.fulfillment_orders.iter();
        let location = works
            .clone()
            .find(|work| work.lines.iter().any(|line| line.line == id))
            .map_or(desk.location, |work| work.location);
        if let Some(line) = self.lines.iter_mut().find(|line| line.id == id) {
            line.quantity += more;
            line.current_quantity += more;
            add_taxes(&mut line.tax_lines, &taxes);
        }
        self.add_work(id, more, location, desk.ids, desk.at);
    }

    fn add_discount(
        &mut self,
        id: u64,
        discount: &LineDiscount,
        desk: &mut Desk<'_>,
    ) -> Result<(), Refusal> {
        let line = self.line(id).ok_or(no_line())?;
        let net = self.standing(Subject::Line(id)).net();
        let units = Decimal::from(line.current_quantity);
        let rate = self.currencies.rate;
        let asked = match discount.value {
            DiscountValue::Percentage(percent) => net.map(&self.currencies, |amount, currency| {
                round(amount * percent / Decimal::ONE_HUNDRED, currency)
            }),
            DiscountValue::Fixed(each) => Bag {
                shop: round(each, &self.currencies.shop) * units,
                presentment: round(each * rate, &self.currencies.presentment) * units,
            },
        };
        let amount = Bag {
            shop: asked.shop.min(net.shop),
            presentment: asked.presentment.min(net.presentment),
        };
        if amount.shop <= Decimal::ZERO {
            return Err(Refusal::because("The discount takes nothing off the line."));
        }
        self.discounts.push(Discount {
            title: discount.title.clone(),
            kind: DiscountKind::Manual,
            value: discount.value,
            on_shipping: false,
            across: false,
            by_edit: true,
        });
        let allocation = Allocation::of(self.discounts.len() - 1, amount);
        self.lower(id, amount, desk);
        if let Some(line) = self.lines.iter_mut().find(|line| line.id == id) {
            line.allocations.push(allocation);
        }
        desk.edit.discounts_added.push(id);
        Ok(())
    }

    fn remove_discount(
        &mut self,
        id: u64,
        discount: usize,
        desk: &mut Desk<'_>,
    ) -> Result<(), Refusal> {
        let missing = || Refusal::because("The line item has no such discount.");
        let line = self.line(id).ok_or(no_line())?;
        let found = line
            .allocations
            .iter()
            .find(|it| it.discount == discount && !it.current.is_zero());
        let amount = found.ok_or_else(missing)?.current;
        self.lower(id, -amount, desk);
        if let Some(line) = self.lines.iter_mut().find(|line| line.id == id) {
            for it in line
                .allocations
                .iter_mut()
                .filter(|it| it.discount == discount)
            {
                it.amount = it.amount - amount;
                it.current = Bag::default();
            }
            line.allocations.retain(|it| !it.amount.is_zero());
        }
        desk.edit.discounts_removed.push(id);
        Ok(())
    }

    /// Takes `amount` off the units a line has now, and computes their tax anew.
    fn lower(&mut self, id: u64, amount: Bag, desk: &mut Desk<'_>) {
        let Some(line) = self.line(id) else { return };
        let before = self.standing(Subject::Line(id));
        let taxable = line.taxable && !self.tax_exempt;
        let mut taxes = self.taxed(before.net() - amount, &line.tax_lines, taxable);
        for (tax, old) in taxes.iter_mut().zip(&before.taxes) {
            tax.price = tax.price - old.price;
        }
        let worth = Standing {
            gross: Bag::default(),
            discount: amount,
            taxes: taxes.clone(),
        };
        let sale = self.sale(Action::Update, Subject::Line(id), None, worth, desk.ids);
        self.book(sale);
        if let Some(line) = self.lines.iter_mut().find(|line| line.id == id) {
            add_taxes(&mut line.tax_lines, &taxes);
        }
    }

    fn add_shipping(&mut self, new: &NewShipping, desk: &mut Desk<'_>) {
        let cart = PlaceOrder {
            shipping: vec![new.clone()],
            tax_exempt: self.tax_exempt,
            ..PlaceOrder::default()
        };
        let (_, priced) = super::price::price(&cart, &self.currencies, self.taxes_included);
        for priced in priced {
            let line = ShippingLine::make(new, priced, desk.ids.take());
            let sale = self.shipping_sale(&line, desk.ids);
            self.book(sale);
            desk.edit.shipping_added.push(line.id);
            self.shipping_lines.push(line);
        }
    }

    fn remove_shipping(&mut self, id: u64, desk: &mut Desk<'_>) -> Result<(), Refusal> {
        let missing = || Refusal::because("Shipping line does not exist.");
        let standing = self.standing(Subject::Shipping(id));
        let line = self.shipping_lines.iter_mut().find(|line| line.id == id);
        let line = line.filter(|line| !line.removed).ok_or_else(missing)?;
        line.removed = true;
        let sale = self.taken_back(Subject::Shipping(id), Some(1), standing, desk.ids);
        self.book(sale);
        desk.edit.shipping_removed.push(id);
        Ok(())
    }
}

fn no_line() -> Refusal {
    Refusal::because("Line item does not exist.")
}

fn add_taxes(to: &mut [super::TaxLine], more: &[super::TaxLine]) {
    for (sum, tax) in to.iter_mut().zip(more) {
        sum.price += tax.price;
    }
}
