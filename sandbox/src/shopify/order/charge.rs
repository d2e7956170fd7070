//! What is charged besides goods and shipping: duties on a line and additional fees on an order.

use rust_decimal::Decimal;
use serde::Deserialize;

use super::super::money::Bag;
use super::super::state::Ids;
use super::agreement::{Action, Sale, Standing, Subject};
use super::{NewShipping, NewTax, Order, PlaceOrder, TaxLine};

/// A duty on a line, to be placed with it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewDuty {
    /// Of all units together, in shop currency.
    pub price: Decimal,
    pub taxes: Vec<NewTax>,
    pub harmonized_system_code: Option<String>,
    pub country: Option<String>,
}

/// A fee on an order, to be placed with it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewFee {
    pub name: String,
    /// In shop currency.
    pub price: Decimal,
    pub taxes: Vec<NewTax>,
}

/// Import duty on all units of a line.
#[derive(Clone, Debug)]
pub struct Duty {
    pub id: u64,
    pub harmonized_system_code: Option<String>,
    pub country: Option<String>,
    pub price: Bag,
    pub tax_lines: Vec<TaxLine>,
}

/// A fee on the whole order.
#[derive(Clone, Debug)]
pub struct AdditionalFee {
    pub id: u64,
    pub name: String,
    pub price: Bag,
    pub tax_lines: Vec<TaxLine>,
}

impl Order {
    /// Adds the duties and fees an order is placed with.
    pub(super) fn add_charges(&mut self, input: &PlaceOrder, ids: &mut Ids) {
        for (index, line) in input.lines.iter().enumerate() {
            for new in &line.duties {
                let (price, tax_lines) = self.charged(new.price, &new.taxes);
                let duty = Duty {
                    id: ids.take(),
                    harmonized_system_code: new.harmonized_system_code.clone(),
                    country: new.country.clone(),
                    price,
                    tax_lines,
                };
                if let Some(line) = self.lines.get_mut(index) {
                    line.duties.push(duty);
                }
            }
        }
        for new in &input.fees {
            let (price, tax_lines) = self.charged(new.price, &new.taxes);
            self.fees.push(AdditionalFee {
                id: ids.take(),
                name: new.name.clone(),
                price,
                tax_lines,
            });
        }
    }

    /// A charge is priced and taxed as shipping is.
    fn charged(&self, price: Decimal, taxes: &[NewTax]) -> (Bag, Vec<TaxLine>) {
        let charge = NewShipping {
            taxes: taxes.to_vec(),
            ..NewShipping::new("", price)
        };
        let cart = PlaceOrder {
            shipping: vec![charge],
            tax_exempt: self.tax_exempt,
            ..PlaceOrder::default()
        };
        let (_, priced) = super::price::price(&cart, &self.currencies, self.taxes_included);
        let mut priced = priced.into_iter().map(|it| (it.price, it.tax_lines));
        priced.next().unwrap_or_default()
    }

    pub(crate) fn duties(&self) -> impl Iterator<Item = &Duty> {
        self.lines.iter().flat_map(|line| &line.duties)
    }

    /// Every charge as the subject of a sale, with its price and taxes.
    pub(super) fn charges(&self) -> impl Iterator<Item = (Subject, Bag, &[TaxLine])> {
        let duties = self.duties();
        let duties = duties.map(|it| (Subject::Duty(it.id), it.price, it.tax_lines.as_slice()));
        let fees = self.fees.iter();
        let fees = fees.map(|it| (Subject::Fee(it.id), it.price, it.tax_lines.as_slice()));
        duties.chain(fees)
    }

    /// The sales of every duty and fee.
    pub(super) fn charge_sales(&self, ids: &mut Ids) -> Vec<Sale> {
        let sale = |(subject, gross, taxes): (Subject, Bag, &[TaxLine])| {
            let worth = Standing {
                gross,
                discount: Bag::default(),
                taxes: taxes.to_vec(),
            };
            self.sale(Action::Order, subject, Some(1), worth, ids)
        };
        self.charges().map(sale).collect()
    }
}
