//! What a cart costs, computed once in each of its two currencies so that neither goes below zero by a rounding.

use rust_decimal::Decimal;

use super::super::money::{Bag, Currencies, round};
use super::place::{NewDiscount, NewShipping, NewTax, PlaceOrder};
use super::{Allocation, DiscountValue, TaxLine};

/// The money on one line or shipping line.
pub(super) struct Priced {
    pub(super) price: Bag,
    pub(super) allocations: Vec<Allocation>,
    pub(super) tax_lines: Vec<TaxLine>,
}

/// Prices the lines, then the shipping lines, of a cart. The tip is no part of it.
pub(super) fn price(
    order: &PlaceOrder,
    currencies: &Currencies,
    taxes_included: bool,
) -> (Vec<Priced>, Vec<Priced>) {
    let of = |side: &Side<'_>| {
        let lines: Vec<_> = order.lines.iter().map(Cell::of_line).collect();
        let shipping: Vec<_> = order.shipping.iter().map(Cell::of_shipping).collect();
        (
            side.price(lines, order, false, taxes_included),
            side.price(shipping, order, true, taxes_included),
        )
    };
    let shop = of(&Side {
        currency: &currencies.shop,
        rate: Decimal::ONE,
    });
    let presentment = of(&Side {
        currency: &currencies.presentment,
        rate: currencies.rate,
    });
    (zip(shop.0, presentment.0), zip(shop.1, presentment.1))
}

fn zip(shop: Vec<Cell<'_>>, presentment: Vec<Cell<'_>>) -> Vec<Priced> {
    let both = |shop, presentment| Bag { shop, presentment };
    shop.into_iter()
        .zip(presentment)
        .map(|(shop, presentment)| Priced {
            price: both(shop.price, presentment.price),
            allocations: shop
                .allocations
                .iter()
                .zip(&presentment.allocations)
                .map(|(shop, presentment)| Allocation::of(shop.0, both(shop.1, presentment.1)))
                .filter(|allocation| !allocation.amount.is_zero())
                .collect(),
            tax_lines: shop
                .taxes
                .iter()
                .zip(shop.tax.iter().zip(&presentment.tax))
                .map(|(tax, (shop, presentment))| TaxLine {
                    title: tax.title.clone(),
                    rate: tax.rate,
                    price: both(*shop, *presentment),
                    channel_liable: tax.channel_liable,
                })
                .collect(),
        })
        .collect()
}

/// One of the two currencies.
struct Side<'a> {
    currency: &'a str,
    rate: Decimal,
}

/// A line while it is being priced.
struct Cell<'a> {
    taxes: &'a [NewTax],
    quantity: Decimal,
    price: Decimal,
    taxable: bool,
    discountable: bool,
    remaining: Decimal,
    allocations: Vec<(usize, Decimal)>,
    tax: Vec<Decimal>,
}

impl<'a> Cell<'a> {
    fn of_line(line: &'a super::NewLine) -> Self {
        Self {
            taxes: &line.taxes,
            quantity: Decimal::from(line.quantity),
            price: line.price,
            taxable: line.taxable,
            discountable: !line.gift_card,
            remaining: Decimal::ZERO,
            allocations: Vec::new(),
            tax: Vec::new(),
        }
    }

    fn of_shipping(shipping: &'a NewShipping) -> Self {
        Self {
            taxes: &shipping.taxes,
            quantity: Decimal::ONE,
            price: shipping.price,
            taxable: true,
            discountable: true,
            remaining: Decimal::ZERO,
            allocations: Vec::new(),
            tax: Vec::new(),
        }
    }
}

impl Side<'_> {
    fn convert(&self, amount: Decimal) -> Decimal {
        round(amount * self.rate, self.currency)
    }

    fn price<'a>(
        &self,
        mut cells: Vec<Cell<'a>>,
        order: &PlaceOrder,
        shipping: bool,
        taxes_included: bool,
    ) -> Vec<Cell<'a>> {
        for cell in &mut cells {
            cell.price = self.convert(cell.price);
            cell.remaining = cell.price * cell.quantity;
        }
        let ours = || {
            order
                .discounts
                .iter()
                .enumerate()
                .filter(|(_, discount)| discount.on_shipping == shipping)
        };
        for (index, discount) in ours().filter(|(_, discount)| !discount.lines.is_empty()) {
            self.spread(&mut cells, index, discount);
        }
        for (index, discount) in ours().filter(|(_, discount)| discount.lines.is_empty()) {
            self.spread(&mut cells, index, discount);
        }
        for cell in &mut cells {
            cell.taxable &= !order.tax_exempt;
            self.tax(cell, taxes_included);
        }
        cells
    }

    /// Each line's share is what the rounded running sum grows by, so no cent is lost and no line goes below zero.
    fn spread(&self, cells: &mut [Cell<'_>], index: usize, discount: &NewDiscount) {
        let meant = |position: usize, cell: &Cell<'_>| {
            cell.discountable && (discount.lines.is_empty() || discount.lines.contains(&position))
        };
        let total: Decimal = cells
            .iter()
            .enumerate()
            .filter(|(position, cell)| meant(*position, cell))
            .map(|(_, cell)| cell.remaining)
            .sum();
        let amount = match discount.value {
            DiscountValue::Percentage(percent) => {
                round(total * percent / Decimal::ONE_HUNDRED, self.currency)
            }
            DiscountValue::Fixed(fixed) => self.convert(fixed),
        }
        .min(total);
        let (mut running, mut given) = (Decimal::ZERO, Decimal::ZERO);
        for (position, cell) in cells.iter_mut().enumerate() {
            if total.is_zero() || !meant(position, cell) {
                continue;
            }
            running += cell.remaining;
            let up_to = round(amount * running / total, self.currency);
            cell.remaining -= up_to - given;
            cell.allocations.push((index, up_to - given));
            given = up_to;
        }
    }

    fn tax(&self, cell: &mut Cell<'_>, included: bool) {
        let rates: Decimal = cell.taxes.iter().map(|tax| tax.rate).sum();
        let base = if included {
            cell.remaining / (Decimal::ONE + rates)
        } else {
            cell.remaining
        };
        cell.tax = cell
            .taxes
            .iter()
            .map(|tax| {
                if cell.taxable {
                    round(base * tax.rate, self.currency)
                } else {
                    Decimal::ZERO
                }
            })
            .collect();
    }
}
