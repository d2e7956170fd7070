//! From what a customer orders to an order with ids, prices, payments and work for the warehouse.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::super::money::{Bag, Currencies};
use super::super::state::Ids;
use super::place::{NewLine, NewShipping};
use super::price::{Priced, price};
use super::{Discount, FinancialStatus, Line, Order, PlaceOrder, ShippingLine, Totals};

/// What the shop decides about a new order.
pub(crate) struct Making<'a> {
    pub(crate) ids: &'a mut Ids,
    pub(crate) now: DateTime<Utc>,
    pub(crate) number: u32,
    pub(crate) currency: &'a str,
    pub(crate) taxes_included: bool,
    pub(crate) customer: Option<u64>,
    /// Variant and product of each line, in the order of the lines.
    pub(crate) variants: Vec<Option<(u64, u64)>>,
    /// Where lines ship from that say nothing.
    pub(crate) location: u64,
}

impl Order {
    /// Makes the order with its payments. Totals and status are computed.
    #[expect(clippy::too_many_lines, reason = "a table: one line for each field")]
    pub(crate) fn make(input: &PlaceOrder, making: Making<'_>) -> Self {
        let taxes_included = input.taxes_included.unwrap_or(making.taxes_included);
        let currencies = currencies(input, making.currency);
        let (lines, shipping) = price(input, &currencies, taxes_included);
        let created_at = input.created_at.unwrap_or(making.now);
        let ids = making.ids;
        let mut order = Self {
            id: ids.take(),
            number: making.number,
            name: format!("#{}", making.number),
            created_at,
            processed_at: input.processed_at.unwrap_or(created_at),
            updated_at: created_at,
            cancelled_at: None,
            cancel_reason: None,
            cancel_mails: 0,
            closed_at: None,
            currencies,
            taxes_included,
            tax_exempt: input.tax_exempt,
            test: input.test,
            risk: input.risk,
            net_days: input.net_days,
            source_name: input.source_name.clone().unwrap_or_else(|| "web".into()),
            po_number: input.po_number.clone(),
            company: input.company.clone(),
            note: input.note.clone(),
            attributes: input.attributes.clone(),
            tags: input.tags.clone(),
            email: input.email.clone(),
            phone: input.phone.clone(),
            customer: making.customer,
            billing_address: input.billing_address.clone(),
            shipping_address: input.shipping_address.clone(),
            lines: input
                .lines
                .iter()
                .zip(lines.into_iter().zip(making.variants))
                .map(|(line, (priced, variant))| Line::make(line, priced, variant, ids.take()))
                .collect(),
            shipping_lines: input
                .shipping
                .iter()
                .zip(shipping)
                .map(|(line, priced)| ShippingLine::make(line, priced, ids.take()))
                .collect(),
            discounts: input.discounts.iter().map(Discount::make).collect(),
            transactions: Vec::new(),
            fulfillment_orders: Vec::new(),
            fulfillments: Vec::new(),
            refunds: Vec::new(),
            edits: Vec::new(),
            returns: Vec::new(),
            disputes: Vec::new(),
            fees: Vec::new(),
            staff_note: None,
            agreements: Vec::new(),
            original_price: Bag::default(),
            totals: Totals::default(),
            financial_status: FinancialStatus::Pending,
            imported: None,
        };
        if let Some(amount) = input.tip {
            order.add_tip(amount, input.gateway.as_deref(), ids);
        }
        order.plan_fulfillment(
            &input
                .lines
                .iter()
                .map(|line| line.location)
                .collect::<Vec<_>>(),
            making.location,
            ids,
        );
        order.add_charges(input, ids);
        order.agree_on_order(ids, order.processed_at);
        order.recompute();
        order.original_price = order.totals.price;
        order.pay(&input.payment, input.gateway.as_deref(), ids, created_at);
        order
    }

    fn add_tip(&mut self, amount: Decimal, gateway: Option<&str>, ids: &mut Ids) {
        let priced = Priced {
            price: self.currencies.convert(amount),
            allocations: Vec::new(),
            tax_lines: Vec::new(),
        };
        let tip = NewLine {
            title: Some("Tip".into()),
            taxable: false,
            requires_shipping: false,
            ..NewLine::default()
        };
        let mut line = Line::make(&tip, priced, None, ids.take());
        line.tip = Some(gateway.unwrap_or(super::payment::GATEWAY).to_owned());
        self.lines.push(line);
    }
}

fn currencies(input: &PlaceOrder, shop: &str) -> Currencies {
    let (presentment, rate) = match &input.presentment {
        Some(presentment) => (presentment.currency.clone(), presentment.rate),
        None => (shop.to_owned(), Decimal::ONE),
    };
    Currencies {
        shop: shop.to_owned(),
        presentment,
        rate,
    }
}

impl Line {
    pub(super) fn make(
        line: &NewLine,
        priced: Priced,
        variant: Option<(u64, u64)>,
        id: u64,
    ) -> Self {
        let title = line.title.clone().or_else(|| line.sku.clone());
        Self {
            id,
            variant: variant.map(|(variant, _)| variant),
            product: variant.map(|(_, product)| product),
            sku: line.sku.clone(),
            title: title.unwrap_or_else(|| "Custom item".into()),
            variant_title: None,
            vendor: variant.map(|_| "Acme".into()),
            quantity: line.quantity,
            current_quantity: line.quantity,
            fulfilled: 0,
            returned: 0,
            price: priced.price,
            taxable: line.taxable,
            requires_shipping: line.requires_shipping,
            gift_card: line.gift_card,
            tip: None,
            properties: line.properties.clone(),
            allocations: priced.allocations,
            tax_lines: priced.tax_lines,
            duties: Vec::new(),
            grams: 0,
        }
    }
}

impl ShippingLine {
    pub(super) fn make(line: &NewShipping, priced: Priced, id: u64) -> Self {
        let discount: Bag = priced.allocations.iter().map(|a| a.amount).sum();
        Self {
            id,
            title: line.title.clone(),
            code: Some(line.code.clone().unwrap_or_else(|| line.title.clone())),
            source: Some("shopify".into()),
            price: priced.price,
            discounted_price: priced.price - discount,
            allocations: priced.allocations,
            tax_lines: priced.tax_lines,
            removed: false,
        }
    }
}

impl Discount {
    fn make(discount: &super::NewDiscount) -> Self {
        Self {
            title: discount.title.clone(),
            kind: discount.kind,
            value: discount.value,
            on_shipping: discount.on_shipping,
            across: discount.lines.is_empty() && !discount.on_shipping,
            by_edit: false,
        }
    }
}
