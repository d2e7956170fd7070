//! Money bags and the small objects made of them: tax lines, discount allocations.

use rust_decimal::Decimal;

use super::super::money::{Bag, Currencies, graphql};
use super::super::order::{Allocation, Discount, DiscountKind, DiscountValue, Order, TaxLine};
use super::node::{Record, float};

pub(super) fn bag<'a>(amount: Bag, currencies: &Currencies) -> Record<'a> {
    Record::new("MoneyBag")
        .record("shopMoney", money(amount.shop, &currencies.shop))
        .record(
            "presentmentMoney",
            money(amount.presentment, &currencies.presentment),
        )
}

pub(super) fn money<'a>(amount: Decimal, currency: &str) -> Record<'a> {
    Record::new("MoneyV2")
        .leaf("amount", graphql(amount))
        .leaf("currencyCode", currency)
}

pub(super) fn tax_line<'a>(tax: &TaxLine, currencies: &Currencies) -> Record<'a> {
    Record::new("TaxLine")
        .leaf("title", tax.title.as_str())
        .leaf("rate", float(tax.rate))
        .leaf("ratePercentage", float(tax.rate * Decimal::ONE_HUNDRED))
        .leaf("channelLiable", tax.channel_liable)
        .leaf("source", "shopify")
        .leaf("price", graphql(tax.price.shop))
        .record("priceSet", bag(tax.price, currencies))
}

pub(super) fn discount<'a>(discount: &Discount, index: usize, currency: &str) -> Record<'a> {
    let record = match discount.kind {
        DiscountKind::Code => {
            Record::new("DiscountCodeApplication").leaf("code", discount.title.as_str())
        }
        DiscountKind::Automatic => {
            Record::new("AutomaticDiscountApplication").leaf("title", discount.title.as_str())
        }
        DiscountKind::Manual => Record::new("ManualDiscountApplication")
            .leaf("title", discount.title.as_str())
            .leaf("description", discount.title.as_str()),
    };
    let value = match discount.value {
        DiscountValue::Percentage(percent) => {
            Record::new("PricingPercentageValue").leaf("percentage", float(percent))
        }
        DiscountValue::Fixed(amount) => money(amount, currency),
    };
    record
        .leaf("index", i64::try_from(index).unwrap_or(i64::MAX))
        .leaf(
            "allocationMethod",
            if discount.across { "ACROSS" } else { "EACH" },
        )
        .leaf(
            "targetSelection",
            if discount.across { "ALL" } else { "ENTITLED" },
        )
        .leaf(
            "targetType",
            if discount.on_shipping {
                "SHIPPING_LINE"
            } else {
                "LINE_ITEM"
            },
        )
        .record("value", value)
}

/// An allocation of a discount the order does not name (imported bodies) is left out.
pub(super) fn allocation<'a>(order: &Order, allocation: &Allocation) -> Option<Record<'a>> {
    let application = order.discounts.get(allocation.discount)?;
    let currencies = &order.currencies;
    let application = discount(application, allocation.discount, &currencies.shop);
    Some(
        Record::new("DiscountAllocation")
            .record(
                "allocatedAmount",
                money(allocation.amount.shop, &currencies.shop),
            )
            .record("allocatedAmountSet", bag(allocation.amount, currencies))
            .record("discountApplication", application),
    )
}
