//! Tax, by the store's strategy: exact rows beside the lines, or lines of its own.

mod legacy;

use rust_decimal::Decimal;

use super::lines::priced;
use super::setting::{missing, required};
use crate::config::Store;
use crate::config::store::{TaxReferences, TaxRule, TaxStrategy};
use crate::money::Money;
use crate::netsuite::reference::Reference;
use crate::netsuite::sale::{Line, Sublist, TaxDetail};
use crate::problem::{Code, Problem};
use crate::shopify::order::{Order, Tax};

/// The reference of the header's shipping cost in `taxDetails`.
pub(super) const SHIPPING: &str = "SHIPPING";

/// The taxes of one document, gathered line by line.
pub(super) struct Taxes<'a> {
    store: &'a Store,
    order: &'a Order,
    rows: Vec<TaxDetail>,
    /// Tax that has a line of its own, by what a person calls it.
    owned: Vec<(String, Money)>,
    /// Tax that a marketplace remits.
    channel: Money,
}

impl<'a> Taxes<'a> {
    /// # Errors
    ///
    /// A strategy this version cannot follow is a `missing_setting`.
    pub(super) fn new(store: &'a Store, order: &'a Order) -> Result<Self, Problem> {
        let unsupported = |key: &str, value: &str| {
            missing(
                store,
                key,
                &format!(
                    "{key} = \"{value}\" is not supported yet: choose suitetax_override with references = \"own\", or tax_line"
                ),
            )
        };
        match (store.tax.strategy, store.tax.references) {
            (TaxStrategy::Native, _) => return Err(unsupported("tax.strategy", "native")),
            (TaxStrategy::LegacyRate, _) => return Err(unsupported("tax.strategy", "legacy_rate")),
            (TaxStrategy::SuitetaxOverride, TaxReferences::ReadBack) => {
                return Err(unsupported("tax.references", "read_back"));
            }
            (TaxStrategy::SuitetaxOverride, TaxReferences::Own) | (TaxStrategy::TaxLine, _) => {}
        }
        Ok(Self {
            store,
            order,
            rows: Vec::new(),
            owned: Vec::new(),
            channel: order.currency.money(0),
        })
    }

    /// Takes the taxes of a line (or of the shipping) worth `basis`, and gives the reference that
    /// the line must carry.
    pub(super) fn take<'t>(
        &mut self,
        reference: &str,
        basis: Money,
        taxes: impl IntoIterator<Item = &'t Tax>,
    ) -> Result<Option<String>, Problem> {
        let mut fresh = Vec::new();
        for tax in taxes.into_iter().filter(|tax| !tax.amount.is_zero()) {
            if tax.channel_liable {
                self.channel = self.channel.plus(tax.amount)?;
            } else if self.store.tax.strategy == TaxStrategy::SuitetaxOverride {
                add(&mut fresh, self.row(reference, basis, tax)?);
            } else {
                self.own(tax)?;
            }
        }
        for row in fresh {
            fold(&mut self.rows, row);
        }
        let taxed = |row: &TaxDetail| row.tax_details_reference == reference;
        Ok(self.rows.iter().any(taxed).then(|| reference.to_owned()))
    }

    /// Marks a line as one that NetSuite must not tax itself.
    pub(super) fn exempt(&self, line: &mut Line) {
        if self.store.tax.strategy == TaxStrategy::TaxLine {
            line.tax_code = self.exempt_code();
            line.is_taxable = line.tax_code.is_none().then_some(false);
        }
    }

    /// The same for the header.
    pub(super) fn header(&self) -> (Option<bool>, Option<Reference>) {
        if self.store.tax.strategy != TaxStrategy::TaxLine {
            return (None, None);
        }
        let code = self.exempt_code();
        (code.is_none().then_some(false), code)
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

    /// The rows, where the strategy has any: an empty list says that nothing is taxed.
    pub(super) fn details(self) -> Option<Sublist<TaxDetail>> {
        (self.store.tax.strategy == TaxStrategy::SuitetaxOverride)
            .then_some(Sublist { items: self.rows })
    }

    fn exempt_code(&self) -> Option<Reference> {
        self.store.tax.exempt_code.as_ref().map(Reference::id)
    }

    fn row(&self, reference: &str, basis: Money, tax: &Tax) -> Result<TaxDetail, Problem> {
        let rule = self.rule(tax)?;
        Ok(TaxDetail {
            tax_details_reference: reference.to_owned(),
            tax_type: Reference::id(&rule.kind),
            tax_code: Reference::id(&rule.code),
            tax_basis: basis.decimal(),
            tax_rate: percent(tax, basis),
            tax_amount: tax.amount.decimal(),
        })
    }

    /// The first entry of the map that fits this tax at this order's address.
    fn rule(&self, tax: &Tax) -> Result<&'a TaxRule, Problem> {
        let place = self.order.shipping_address.as_ref();
        let place = place.or(self.order.billing_address.as_ref());
        let country = place.and_then(|address| address.country_code.as_deref());
        let code = place.and_then(|address| address.province_code.as_deref());
        let name = place.and_then(|address| address.province.as_deref());
        let fits = |rule: &&TaxRule| {
            same_text(rule.country.as_deref(), &[country])
                && same_text(rule.province.as_deref(), &[code, name])
                && same_text(rule.title.as_deref(), &[Some(&tax.title)])
                && rule.rate.is_none_or(|rate| same_rate(rate, tax.rate))
        };
        self.store.tax.map.iter().find(fits).ok_or_else(|| {
            let rate = tax
                .rate
                .map_or("unknown".to_owned(), |rate| rate.normalize().to_string());
            let place = [country, code].map(|part| part.unwrap_or("-")).join(" ");
            Problem::new(
                Code::UnknownTax,
                format!(
                    "no [[store.tax.map]] entry of store {} fits {place}, title `{}`, rate {rate}",
                    self.store.name, tax.title
                ),
            )
            .because(format!("{} {place} {} {rate}", self.store.name, tax.title))
            .field("tax", Some(format!("{} {rate}", tax.title)), None)
        })
    }

    fn own(&mut self, tax: &Tax) -> Result<(), Problem> {
        let name = match tax.rate {
            Some(rate) => {
                format!(
                    "{} {} %",
                    tax.title,
                    (rate * Decimal::ONE_HUNDRED).normalize()
                )
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

/// Adds a tax to those on the same line. NetSuite keeps one row for a code: rates add up.
fn add(rows: &mut Vec<TaxDetail>, row: TaxDetail) {
    match rows.iter_mut().find(|old| same_code(old, &row)) {
        Some(old) => {
            old.tax_amount += row.tax_amount;
            old.tax_rate += row.tax_rate;
        }
        None => rows.push(row),
    }
}

/// Adds the row of a further shipping line: bases add up.
fn fold(rows: &mut Vec<TaxDetail>, row: TaxDetail) {
    match rows.iter_mut().find(|old| same_code(old, &row)) {
        Some(old) => {
            old.tax_amount += row.tax_amount;
            old.tax_basis += row.tax_basis;
            if old.tax_rate != row.tax_rate {
                old.tax_rate = effective(old.tax_amount, old.tax_basis);
            }
        }
        None => rows.push(row),
    }
}

fn same_code(one: &TaxDetail, other: &TaxDetail) -> bool {
    one.tax_details_reference == other.tax_details_reference
        && one.tax_code == other.tax_code
        && one.tax_type == other.tax_type
}

/// 8.25 for 8.25 %: Shopify's rate, else what the amounts say.
fn percent(tax: &Tax, basis: Money) -> Decimal {
    tax.rate.map_or_else(
        || effective(tax.amount.decimal(), basis.decimal()),
        |rate| (rate * Decimal::ONE_HUNDRED).normalize(),
    )
}

fn effective(amount: Decimal, basis: Decimal) -> Decimal {
    amount.checked_div(basis).map_or(Decimal::ZERO, |rate| {
        (rate * Decimal::ONE_HUNDRED).round_dp(4).normalize()
    })
}

/// Whether an entry's text, if it has one, is one of the order's.
fn same_text(rule: Option<&str>, texts: &[Option<&str>]) -> bool {
    rule.is_none_or(|rule| {
        texts
            .iter()
            .flatten()
            .any(|text| text.eq_ignore_ascii_case(rule))
    })
}

/// A rate may be written as Shopify has it (0.0825) or in percent (8.25).
fn same_rate(rule: Decimal, rate: Option<Decimal>) -> bool {
    rate.is_some_and(|rate| rule == rate || rule == rate * Decimal::ONE_HUNDRED)
}
