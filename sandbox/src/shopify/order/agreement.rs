//! Sales agreements: the ledger of what was sold, changed and taken back. Its sum is what the order is worth now.

use chrono::{DateTime, Utc};

use super::super::money::{Bag, round};
use super::super::state::Ids;
use super::{Line, Order, ShippingLine, TaxLine};

/// What customer and merchant agreed on at one time.
#[derive(Clone, Debug)]
pub struct Agreement {
    pub id: u64,
    pub at: DateTime<Utc>,
    pub reason: Reason,
    pub sales: Vec<Sale>,
}

/// What gave rise to an agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    Order,
    Edit,
    /// The refund's id.
    Refund(u64),
    /// The return's id.
    Return(u64),
}

/// One line of an agreement. What leaves the order is negative here, whatever sign the shop shows.
#[derive(Clone, Debug)]
pub struct Sale {
    pub id: u64,
    pub action: Action,
    pub subject: Subject,
    pub quantity: Option<i64>,
    /// After discounts and with tax.
    pub total: Bag,
    pub discount: Bag,
    /// One for each tax line of the subject, in its order.
    pub taxes: Vec<TaxLine>,
}

impl Sale {
    pub fn tax(&self) -> Bag {
        self.taxes.iter().map(|tax| tax.price).sum()
    }

    /// After discounts; holds the tax only if the order's prices do.
    pub(crate) fn subtotal(&self, taxes_included: bool) -> Bag {
        if taxes_included {
            self.total
        } else {
            self.total - self.tax()
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A purchase or charge.
    Order,
    /// A removal or return.
    Return,
    /// A change of price, tax or discount.
    Update,
}

/// What a sale is about, by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Line(u64),
    Shipping(u64),
    Duty(u64),
    /// An additional fee.
    Fee(u64),
    /// A refund's discrepancy.
    Adjustment(u64),
    /// A restocking fee, or the fee for the way back.
    ReturnFee(u64),
}

/// What is left of a line or a shipping line after everything that was agreed on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    /// Before discounts.
    pub(crate) gross: Bag,
    pub(crate) discount: Bag,
    pub(crate) taxes: Vec<TaxLine>,
}

impl Standing {
    pub(crate) fn tax(&self) -> Bag {
        self.taxes.iter().map(|tax| tax.price).sum()
    }

    pub(crate) fn net(&self) -> Bag {
        self.gross - self.discount
    }

    fn each(self, change: impl Fn(Bag) -> Bag) -> Self {
        Self {
            gross: change(self.gross),
            discount: change(self.discount),
            taxes: priced(&self.taxes, |tax| change(tax.price)),
        }
    }
}

/// The same tax lines with other amounts.
pub(super) fn priced(taxes: &[TaxLine], price: impl Fn(&TaxLine) -> Bag) -> Vec<TaxLine> {
    taxes
        .iter()
        .map(|tax| TaxLine {
            price: price(tax),
            ..tax.clone()
        })
        .collect()
}

impl Order {
    /// The agreement the order began with.
    pub(super) fn agree_on_order(&mut self, ids: &mut Ids, at: DateTime<Utc>) {
        self.agree(Reason::Order, ids, at);
        let lines = self.lines.iter().map(|line| self.line_sale(line, ids));
        let mut sales: Vec<Sale> = lines.collect();
        let shipping = self.shipping_lines.iter();
        sales.extend(shipping.map(|line| self.shipping_sale(line, ids)));
        sales.extend(self.charge_sales(ids));
        sales.into_iter().for_each(|sale| self.book(sale));
    }

    /// Begins an agreement, to be filled by [`Order::book`].
    pub(super) fn agree(&mut self, reason: Reason, ids: &mut Ids, at: DateTime<Utc>) {
        self.agreements.push(Agreement {
            id: ids.take(),
            at,
            reason,
            sales: Vec::new(),
        });
    }

    /// Adds a sale to the newest agreement.
    pub(super) fn book(&mut self, sale: Sale) {
        if let Some(agreement) = self.agreements.last_mut() {
            agreement.sales.push(sale);
        }
    }

    /// The sale of a line as it stands in the order, every unit of it.
    pub(super) fn line_sale(&self, line: &Line, ids: &mut Ids) -> Sale {
        let whole = Standing {
            gross: line.original_total(),
            discount: line.discount(),
            taxes: line.tax_lines.clone(),
        };
        let quantity = Some(i64::from(line.quantity));
        self.sale(Action::Order, Subject::Line(line.id), quantity, whole, ids)
    }

    pub(super) fn shipping_sale(&self, line: &ShippingLine, ids: &mut Ids) -> Sale {
        let whole = Standing {
            gross: line.price,
            discount: line.price - line.discounted_price,
            taxes: line.tax_lines.clone(),
        };
        let subject = Subject::Shipping(line.id);
        self.sale(Action::Order, subject, Some(1), whole, ids)
    }

    pub(super) fn sale(
        &self,
        action: Action,
        subject: Subject,
        quantity: Option<i64>,
        worth: Standing,
        ids: &mut Ids,
    ) -> Sale {
        let added = if self.taxes_included {
            Bag::default()
        } else {
            worth.tax()
        };
        Sale {
            id: ids.take(),
            action,
            subject,
            quantity,
            total: worth.net() + added,
            discount: worth.discount,
            taxes: worth.taxes,
        }
    }

    /// A sale that takes this much back.
    pub(super) fn taken_back(
        &self,
        subject: Subject,
        quantity: Option<i64>,
        worth: Standing,
        ids: &mut Ids,
    ) -> Sale {
        let worth = worth.each(|amount| -amount);
        let quantity = quantity.map(|quantity| -quantity);
        self.sale(Action::Return, subject, quantity, worth, ids)
    }

    /// What all agreements left of a line or a shipping line.
    pub(crate) fn standing(&self, subject: Subject) -> Standing {
        let sales = self.agreements.iter().flat_map(|it| &it.sales);
        let mut standing = Standing::default();
        for sale in sales.filter(|sale| sale.subject == subject) {
            standing.gross += sale.subtotal(self.taxes_included) + sale.discount;
            standing.discount += sale.discount;
            for (index, tax) in sale.taxes.iter().enumerate() {
                match standing.taxes.get_mut(index) {
                    Some(sum) => sum.price += tax.price,
                    None => standing.taxes.push(tax.clone()),
                }
            }
        }
        standing
    }

    /// The part of a line's standing that `units` of its `current` units make up.
    pub(super) fn share_of(&self, standing: Standing, units: u32, current: u32) -> Standing {
        standing.each(|amount| amount.share(0, units, current, &self.currencies))
    }

    /// Tax of these kinds on a discounted amount, rounded in each currency.
    pub(super) fn taxed(&self, net: Bag, kinds: &[TaxLine], taxable: bool) -> Vec<TaxLine> {
        let rates: rust_decimal::Decimal = kinds.iter().map(|tax| tax.rate).sum();
        let one = rust_decimal::Decimal::ONE;
        priced(kinds, |tax| {
            if !taxable {
                return Bag::default();
            }
            net.map(&self.currencies, |amount, currency| {
                let base = if self.taxes_included {
                    amount / (one + rates)
                } else {
                    amount
                };
                round(base * tax.rate, currency)
            })
        })
    }

    /// The sales that count towards the current totals. What an imported body was before, its own totals say.
    pub(super) fn counted_sales(&self) -> impl Iterator<Item = &Sale> {
        let known = match &self.imported {
            Some(imported) => imported.agreements,
            None => 0,
        };
        self.agreements
            .iter()
            .skip(known)
            .flat_map(|agreement| &agreement.sales)
    }
}
