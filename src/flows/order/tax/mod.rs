//! Tax, by the store's strategy: exact rows beside the lines, lines of its own, or NetSuite's own
//! sum held to Shopify's.

mod legacy;
mod map;
pub(super) mod references;
mod rows;

use rust_decimal::Decimal;

use super::lines::priced;
use super::setting::required;
use crate::config::Store;
use crate::config::store::TaxStrategy;
use crate::money::Money;
use crate::netsuite::reference::Reference;
use crate::netsuite::sale::{LegacyTax, Line, Sublist, TaxDetail};
use crate::problem::Problem;
use crate::shopify::order::{Order, Tax};

/// The reference of the header's shipping cost in `taxDetails`.
const SHIPPING: &str = "SHIPPING";

/// The taxes of one document, gathered line by line.
pub(super) struct Taxes<'a> {
    store: &'a Store,
    order: &'a Order,
    rows: Vec<TaxDetail>,
    /// Tax that has a line of its own, by what a person calls it.
    owned: Vec<(String, Money)>,
    /// Tax that a marketplace remits.
    channel: Money,
    computed: Computed,
}

/// What NetSuite computes itself, and what it must come to.
struct Computed {
    tax: Money,
    /// What the tax is on.
    taxed: Money,
    /// The part of `tax` on the header's shipping cost.
    on_shipping: Money,
    shipping_code: Option<Reference>,
    /// The rate of all that is taxed, while there is only one.
    rate: Rate,
}

#[derive(Clone, Copy, PartialEq)]
enum Rate {
    None,
    One(Decimal),
    Several,
}

/// How NetSuite is told to tax a line; a discount is taxed as the line that it lowers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Treatment {
    is_taxable: Option<bool>,
    legacy: Option<legacy::Basis>,
}

/// What the header says of tax.
#[derive(Debug, Default)]
pub(super) struct Header {
    pub(super) is_taxable: Option<bool>,
    pub(super) shipping_tax_code: Option<Reference>,
    pub(super) tax_rate: Option<Decimal>,
    pub(super) tax: Option<String>,
    pub(super) shipping_tax: Option<String>,
}

impl<'a> Taxes<'a> {
    pub(super) fn new(store: &'a Store, order: &'a Order) -> Self {
        let nothing = order.currency.money(0);
        Self {
            store,
            order,
            rows: Vec::new(),
            owned: Vec::new(),
            channel: nothing,
            computed: Computed {
                tax: nothing,
                taxed: nothing,
                on_shipping: nothing,
                shipping_code: None,
                rate: Rate::None,
            },
        }
    }

    /// Taxes a line of which `left` is left after its discounts.
    ///
    /// # Errors
    ///
    /// `unknown_tax`.
    pub(super) fn line<'t>(
        &mut self,
        line: &mut Line,
        left: Money,
        taxes: impl IntoIterator<Item = &'t Tax>,
    ) -> Result<Treatment, Problem> {
        let ours = self.ours(taxes)?;
        let reference = format!("LINE_{}", line.key);
        if self.exactly(&reference, left, &ours)? {
            line.tax_details_reference = Some(reference);
        }
        let treatment = self.treatment(left, &ours)?;
        self.lowering(line, &treatment);
        let tax = self.compute(left, &ours, &treatment)?;
        if let Some(legacy) = &mut line.legacy {
            legacy.exact = Some(tax.decimal().to_string());
        }
        Ok(treatment)
    }

    /// Taxes a part of the header's shipping cost.
    ///
    /// # Errors
    ///
    /// `unknown_tax`.
    pub(super) fn shipping<'t>(
        &mut self,
        cost: Money,
        taxes: impl IntoIterator<Item = &'t Tax>,
    ) -> Result<(), Problem> {
        let ours = self.ours(taxes)?;
        self.exactly(SHIPPING, cost, &ours)?;
        let treatment = self.treatment(cost, &ours)?;
        let tax = self.compute(cost, &ours, &treatment)?;
        self.computed.on_shipping = self.computed.on_shipping.plus(tax)?;
        if let Some(legacy::Basis {
            code: Some(code), ..
        }) = treatment.legacy
        {
            self.computed.shipping_code = Some(code);
        }
        Ok(())
    }

    /// Makes a line be taxed as another one: a discount as the line it lowers.
    pub(super) fn lowering(&self, line: &mut Line, like: &Treatment) {
        line.is_taxable = like.is_taxable;
        if let Some(basis) = &like.legacy {
            line.legacy = Some(Box::new(LegacyTax {
                tax_rate1: basis.rate,
                exact: None,
            }));
            line.tax_code.clone_from(&basis.code);
        }
    }

    /// How the strategy taxes what has these taxes, `left` being what they are on.
    ///
    /// # Errors
    ///
    /// `unknown_tax`.
    pub(super) fn treatment_of<'t>(
        &self,
        left: Money,
        taxes: impl IntoIterator<Item = &'t Tax>,
    ) -> Result<Treatment, Problem> {
        let ours: Vec<&Tax> = taxes.into_iter().filter(|tax| is_ours(tax)).collect();
        self.treatment(left, &ours)
    }

    /// Marks a line as one that NetSuite must not tax itself, unless it was told how to.
    pub(super) fn exempt(&self, line: &mut Line) {
        let exempt = match self.store.tax.strategy {
            TaxStrategy::SuitetaxOverride => false,
            TaxStrategy::TaxLine => true,
            TaxStrategy::Native | TaxStrategy::LegacyRate => line.is_taxable != Some(true),
        };
        if exempt {
            line.tax_code = self.exempt_code();
            line.is_taxable = line.tax_code.is_none().then_some(false);
        }
    }

    /// The header's part, once all lines and the shipping are taxed.
    pub(super) fn header(&self) -> Header {
        let code = self.exempt_code();
        let computed = &self.computed;
        match self.store.tax.strategy {
            TaxStrategy::SuitetaxOverride => Header::default(),
            TaxStrategy::TaxLine => Header {
                is_taxable: code.is_none().then_some(false),
                shipping_tax_code: code,
                ..Header::default()
            },
            TaxStrategy::Native => Header {
                is_taxable: Some(!computed.tax.is_zero()),
                shipping_tax_code: code.filter(|_| computed.on_shipping.is_zero()),
                ..Header::default()
            },
            TaxStrategy::LegacyRate => Header {
                is_taxable: Some(!computed.tax.is_zero()),
                shipping_tax_code: match computed.on_shipping.is_zero() {
                    true => code,
                    false => computed.shipping_code.clone(),
                },
                tax_rate: computed.overall_rate(),
                tax: Some(computed.tax.decimal().to_string()),
                shipping_tax: Some(computed.on_shipping.decimal().to_string()),
            },
        }
    }

    /// The lines that hold tax, after all others.
    pub(super) fn lines(&self) -> Result<Vec<Line>, Problem> {
        let mut lines = Vec::new();
        for (number, (name, amount)) in self.owned.iter().enumerate() {
            let why = "the order has tax";
            let item = required(self.store, "items.tax", self.store.items.tax.as_ref(), why)?;
            let mut line = priced(item, format!("tax-{}", number + 1), 1, *amount);
            line.description = Some(name.clone());
            lines.push(line);
        }
        if !self.channel.is_zero() {
            let item = required(
                self.store,
                "items.channel_tax",
                self.store.items.channel_tax.as_ref(),
                "the order has tax that the channel remits",
            )?;
            let mut line = priced(item, "channel_tax".to_owned(), 1, self.channel);
            line.description = Some("Tax remitted by the channel".to_owned());
            lines.push(line);
        }
        Ok(lines)
    }

    /// What NetSuite must compute, where the strategy lets it.
    pub(super) fn computed(&self) -> Option<Money> {
        match self.store.tax.strategy {
            TaxStrategy::SuitetaxOverride | TaxStrategy::TaxLine => None,
            TaxStrategy::Native | TaxStrategy::LegacyRate => Some(self.computed.tax),
        }
    }

    /// The rows, where the strategy has any: an empty list says that nothing is taxed.
    pub(super) fn details(self) -> Option<Sublist<TaxDetail>> {
        (self.store.tax.strategy == TaxStrategy::SuitetaxOverride)
            .then_some(Sublist { items: self.rows })
    }

    /// The taxes that the merchant owes; those that a marketplace remits are set apart.
    fn ours<'t>(
        &mut self,
        taxes: impl IntoIterator<Item = &'t Tax>,
    ) -> Result<Vec<&'t Tax>, Problem> {
        let mut ours = Vec::new();
        for tax in taxes {
            if tax.channel_liable {
                self.channel = self.channel.plus(tax.amount)?;
            } else if is_ours(tax) {
                ours.push(tax);
            }
        }
        Ok(ours)
    }

    /// Takes the taxes as rows or as lines of their own; whether `reference` has rows now.
    fn exactly(&mut self, reference: &str, basis: Money, ours: &[&Tax]) -> Result<bool, Problem> {
        let mut fresh = Vec::new();
        for tax in ours {
            match self.store.tax.strategy {
                TaxStrategy::SuitetaxOverride => {
                    rows::add(&mut fresh, self.row(reference, basis, tax)?);
                }
                TaxStrategy::TaxLine => self.own(tax)?,
                TaxStrategy::Native | TaxStrategy::LegacyRate => {}
            }
        }
        let has_rows = !fresh.is_empty();
        for row in fresh {
            rows::fold(&mut self.rows, row);
        }
        Ok(has_rows)
    }

    fn treatment(&self, left: Money, ours: &[&Tax]) -> Result<Treatment, Problem> {
        let is_taxable = Some(!ours.is_empty());
        Ok(match self.store.tax.strategy {
            TaxStrategy::SuitetaxOverride | TaxStrategy::TaxLine => Treatment::default(),
            TaxStrategy::Native => Treatment {
                is_taxable,
                legacy: None,
            },
            TaxStrategy::LegacyRate if ours.is_empty() => Treatment {
                is_taxable,
                legacy: None,
            },
            TaxStrategy::LegacyRate => Treatment {
                is_taxable,
                legacy: Some(legacy::basis(self.store, self.order, left, ours)?),
            },
        })
    }

    /// Counts what NetSuite must come to; gives the tax.
    fn compute(
        &mut self,
        left: Money,
        ours: &[&Tax],
        treatment: &Treatment,
    ) -> Result<Money, Problem> {
        let tax = left.currency.sum(ours.iter().map(|tax| tax.amount))?;
        if self.computed().is_none() || ours.is_empty() {
            return Ok(tax);
        }
        let computed = &mut self.computed;
        computed.tax = computed.tax.plus(tax)?;
        computed.taxed = computed.taxed.plus(left)?;
        if let Some(basis) = &treatment.legacy {
            computed.rate = match computed.rate {
                Rate::None => Rate::One(basis.rate),
                Rate::One(rate) if rate == basis.rate => Rate::One(rate),
                Rate::One(_) | Rate::Several => Rate::Several,
            };
        }
        Ok(tax)
    }

    fn exempt_code(&self) -> Option<Reference> {
        self.store.tax.exempt_code.as_ref().map(Reference::id)
    }

    fn row(&self, reference: &str, basis: Money, tax: &Tax) -> Result<TaxDetail, Problem> {
        let rule = map::rule(self.store, self.order, tax)?;
        Ok(TaxDetail {
            tax_details_reference: reference.to_owned(),
            tax_type: rule.kind.as_ref().map(Reference::id),
            tax_code: Reference::id(&rule.code),
            tax_basis: basis.decimal(),
            tax_rate: rows::percent(tax, basis),
            tax_amount: tax.amount.decimal(),
        })
    }

    fn own(&mut self, tax: &Tax) -> Result<(), Problem> {
        let name = match tax.rate {
            Some(rate) => {
                let percent = (rate * Decimal::ONE_HUNDRED).normalize();
                format!("{} {percent} %", tax.title)
            }
            None => tax.title.clone(),
        };
        match self.owned.iter_mut().find(|(known, _)| *known == name) {
            Some((_, sum)) => *sum = sum.plus(tax.amount)?,
            None => self.owned.push((name, tax.amount)),
        }
        Ok(())
    }
}

impl Computed {
    /// In percent: the one rate, else what the tax is of all that is taxed.
    fn overall_rate(&self) -> Option<Decimal> {
        match self.rate {
            Rate::None => None,
            Rate::One(rate) => Some(rate),
            Rate::Several => Some(rows::effective(self.tax.decimal(), self.taxed.decimal())),
        }
    }
}

fn is_ours(tax: &Tax) -> bool {
    !tax.channel_liable && !tax.amount.is_zero()
}
