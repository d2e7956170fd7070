//! Sales agreements: the sale, and what refunds took back of it.
//!
//! That sales of a refund carry negative quantities and amounts is an assumption; Shopify does not document the signs.

use apollo_compiler::resolvers::{ObjectValue, ResolveInfo};
use chrono::{DateTime, Utc};

use super::super::money::Bag;
use super::super::order::{Line, Order, Refund, TaxLine};
use super::Ctx;
use super::connection::page;
use super::line::{LineNode, ShippingLineNode};
use super::money::{bag, tax_line};
use super::node::{Record, Resolved, absent, global, leaf, optional, time};
use super::order::OrderNode;
use super::refund::RefundNode;

pub(super) fn agreements<'a>(
    ctx: &'a Ctx,
    order: &'a Order,
    info: &ResolveInfo<'_>,
) -> Resolved<'a> {
    let sale = std::iter::once(None);
    let refunds = order.refunds.iter().map(Some);
    page(
        info,
        sale.chain(refunds).collect(),
        move |refund| refund.map_or(order.id, |refund| refund.id).to_string(),
        move |refund| Agreement { ctx, order, refund },
    )
}

/// The order's own agreement, or a refund's.
struct Agreement<'a> {
    ctx: &'a Ctx,
    order: &'a Order,
    refund: Option<&'a Refund>,
}

impl Agreement<'_> {
    fn happened_at(&self) -> DateTime<Utc> {
        self.refund
            .map_or(self.order.processed_at, |refund| refund.at)
    }

    fn sales(&self) -> Vec<Sale<'_>> {
        let order = self.order;
        match self.refund {
            None => {
                let lines = order.lines.iter().map(|line| Sale::of_line(order, line));
                lines
                    .chain(
                        order
                            .shipping_lines
                            .iter()
                            .map(|line| Sale::of_shipping(order, line)),
                    )
                    .collect()
            }
            Some(refund) => Sale::of_refund(order, refund),
        }
    }
}

impl ObjectValue for Agreement<'_> {
    fn type_name(&self) -> &'static str {
        match self.refund {
            None => "OrderAgreement",
            Some(_) => "RefundAgreement",
        }
    }

    fn resolve_field<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Resolved<'b> {
        let (ctx, order) = (self.ctx, self.order);
        match info.field_name() {
            "id" => leaf(global(
                "SalesAgreement",
                self.refund.map_or(order.id, |refund| refund.id),
            )),
            "happenedAt" => time(Some(self.happened_at())),
            "reason" => leaf(if self.refund.is_some() {
                "REFUND"
            } else {
                "ORDER"
            }),
            "order" => optional(OrderNode::find(ctx, order.id)),
            "refund" => optional(self.refund.map(|refund| RefundNode { ctx, order, refund })),
            "sales" => page(
                info,
                self.sales(),
                |sale| sale.id.to_string(),
                move |sale| sale.node(ctx, order),
            ),
            _ => absent(info, self.type_name()),
        }
    }
}

/// One line of an agreement.
struct Sale<'a> {
    id: u64,
    about: About<'a>,
    returned: bool,
    quantity: Option<i64>,
    total: Bag,
    discount: Bag,
    tax: Bag,
    taxes: &'a [TaxLine],
}

enum About<'a> {
    Line(&'a Line),
    Shipping(&'a super::super::order::ShippingLine),
}

impl<'a> Sale<'a> {
    fn of_line(order: &Order, line: &'a Line) -> Self {
        let added = if order.taxes_included {
            Bag::default()
        } else {
            line.tax()
        };
        Self {
            id: line.id,
            about: About::Line(line),
            returned: false,
            quantity: Some(i64::from(line.quantity)),
            total: line.original_total() - line.discount() + added,
            discount: line.discount(),
            tax: line.tax(),
            taxes: &line.tax_lines,
        }
    }

    fn of_shipping(order: &Order, line: &'a super::super::order::ShippingLine) -> Self {
        let tax: Bag = line.tax_lines.iter().map(|tax| tax.price).sum();
        let added = if order.taxes_included {
            Bag::default()
        } else {
            tax
        };
        Self {
            id: line.id,
            about: About::Shipping(line),
            returned: false,
            quantity: Some(1),
            total: line.discounted_price + added,
            discount: line.price - line.discounted_price,
            tax,
            taxes: &line.tax_lines,
        }
    }

    fn of_refund(order: &'a Order, refund: &'a Refund) -> Vec<Self> {
        let with_tax = |subtotal: Bag, tax: Bag| {
            if order.taxes_included {
                subtotal
            } else {
                subtotal + tax
            }
        };
        let lines = refund.lines.iter().filter_map(|line| {
            Some(Self {
                id: line.id,
                about: About::Line(order.line(line.line)?),
                returned: true,
                quantity: Some(-i64::from(line.quantity)),
                total: -with_tax(line.subtotal, line.tax),
                discount: -line.discount,
                tax: -line.tax,
                taxes: &[],
            })
        });
        let shipping = refund.shipping.iter().filter_map(|line| {
            let charged = order
                .shipping_lines
                .iter()
                .find(|it| it.id == line.shipping_line)?;
            Some(Self {
                id: line.id,
                about: About::Shipping(charged),
                returned: true,
                quantity: None,
                total: -with_tax(line.subtotal, line.tax),
                discount: Bag::default(),
                tax: -line.tax,
                taxes: &[],
            })
        });
        lines.chain(shipping).collect()
    }

    fn node(self, ctx: &'a Ctx, order: &'a Order) -> Record<'a> {
        let (type_name, kind) = match &self.about {
            About::Shipping(_) => ("ShippingLineSale", "SHIPPING"),
            About::Line(line) if line.tip.is_some() => ("TipSale", "TIP"),
            About::Line(line) if line.gift_card => ("GiftCardSale", "GIFT_CARD"),
            About::Line(_) => ("ProductSale", "PRODUCT"),
        };
        let currencies = &order.currencies;
        let before_taxes = if order.taxes_included {
            self.discount - discount_tax(&self, order)
        } else {
            self.discount
        };
        let taxes = self.taxes.iter().enumerate().map(|(index, tax)| {
            Record::new("SaleTax")
                .leaf("id", format!("gid://shopify/SaleTax/{}-{index}", self.id))
                .record("amount", bag(tax.price, currencies))
                .record("taxLine", tax_line(tax, currencies))
        });
        let record = Record::new(type_name)
            .leaf("id", global("Sale", self.id))
            .leaf("actionType", if self.returned { "RETURN" } else { "ORDER" })
            .leaf("lineType", kind)
            .leaf("quantity", self.quantity)
            .record("totalAmount", bag(self.total, currencies))
            .record("totalTaxAmount", bag(self.tax, currencies))
            .record(
                "totalDiscountAmountBeforeTaxes",
                bag(before_taxes, currencies),
            )
            .record(
                "totalDiscountAmountAfterTaxes",
                bag(self.discount, currencies),
            )
            .records("taxes", taxes.collect());
        match self.about {
            About::Line(line) => record.object("lineItem", Some(LineNode { ctx, order, line })),
            About::Shipping(line) => {
                record.object("shippingLine", Some(ShippingLineNode { order, line }))
            }
        }
    }
}

/// The tax inside a discount of an order whose taxes are included.
fn discount_tax(sale: &Sale<'_>, order: &Order) -> Bag {
    let rate: rust_decimal::Decimal = sale.taxes.iter().map(|tax| tax.rate).sum();
    let part = |amount: rust_decimal::Decimal, currency: &str| {
        let net = amount / (rust_decimal::Decimal::ONE + rate);
        amount - super::super::money::round(net, currency)
    };
    Bag {
        shop: part(sale.discount.shop, &order.currencies.shop),
        presentment: part(sale.discount.presentment, &order.currencies.presentment),
    }
}
