//! Line items and shipping lines.

use apollo_compiler::resolvers::{ObjectValue, ResolveInfo};

use super::super::money::{Bag, graphql};
use super::super::order::{DiscountKind, Line, Order, ShippingLine, Subject};
use super::Ctx;
use super::catalog::{ProductNode, VariantNode};
use super::charge;
use super::money::{allocation, bag, money, tax_line};
use super::node::{Record, Resolved, absent, flag, gid, int, leaf, list, object, optional, text};

pub(super) struct LineNode<'a> {
    pub(super) ctx: &'a Ctx,
    pub(super) order: &'a Order,
    pub(super) line: &'a Line,
}

impl LineNode<'_> {
    /// Discounts named on the line itself, not those spread over the cart.
    fn line_level_discount(&self, with_codes: bool) -> Bag {
        self.line
            .allocations
            .iter()
            .filter(|allocation| {
                self.order
                    .discounts
                    .get(allocation.discount)
                    .is_some_and(|discount| {
                        !discount.across && (with_codes || discount.kind != DiscountKind::Code)
                    })
            })
            .map(|allocation| allocation.amount)
            .sum()
    }

    fn money(&self, info: &ResolveInfo<'_>) -> Option<Bag> {
        let line = self.line;
        let each = |total: Bag| total.share(0, 1, line.quantity, &self.order.currencies);
        let total = line.original_total();
        Some(match info.field_name() {
            "originalUnitPriceSet" => line.price,
            "originalTotalSet" => total,
            "discountedTotalSet" => {
                total - self.line_level_discount(flag(info, "withCodeDiscounts"))
            }
            "discountedUnitPriceSet" => each(total - self.line_level_discount(false)),
            "discountedUnitPriceAfterAllDiscountsSet" => each(total - line.discount()),
            "totalDiscountSet" => self.line_level_discount(true),
            "priceAfterAllDiscountsBeforeTaxesSet" => {
                let standing = self.order.standing(Subject::Line(line.id));
                if self.order.taxes_included {
                    standing.net() - standing.tax()
                } else {
                    standing.net()
                }
            }
            "unfulfilledOriginalTotalSet" => line.price.times(line.unfulfilled()),
            _ => return None,
        })
    }

    fn quantity(&self, field: &str) -> Option<u32> {
        let line = self.line;
        let open = line.unfulfilled();
        Some(match field {
            "quantity" => line.quantity,
            "currentQuantity" | "refundableQuantity" => line.current_quantity,
            "unfulfilledQuantity" | "fulfillableQuantity" => open,
            "nonFulfillableQuantity" => line.quantity - open.min(line.quantity),
            _ => return None,
        })
    }
}

impl ObjectValue for LineNode<'_> {
    fn type_name(&self) -> &'static str {
        "LineItem"
    }

    fn resolve_field<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Resolved<'b> {
        let (order, line) = (self.order, self.line);
        let field = info.field_name();
        if let Some(amount) = self.money(info) {
            return object(bag(amount, &order.currencies));
        }
        if let Some(quantity) = self.quantity(field) {
            return int(quantity);
        }
        match field {
            "id" => gid("LineItem", line.id),
            "name" => leaf(line.name()),
            "title" => leaf(line.title.as_str()),
            "variantTitle" => text(line.variant_title.as_deref()),
            "vendor" => text(line.vendor.as_deref()),
            "sku" => text(line.sku.as_deref()),
            "requiresShipping" => leaf(line.requires_shipping),
            "taxable" => leaf(line.taxable),
            "isGiftCard" => leaf(line.gift_card),
            "merchantEditable" | "restockable" => leaf(true),
            "originalUnitPrice" => leaf(graphql(line.price.shop)),
            "originalTotal" => leaf(graphql(line.original_total().shop)),
            "fulfillmentStatus" => leaf(match (line.fulfilled, line.unfulfilled()) {
                (0, _) => "unfulfilled",
                (_, 0) => "fulfilled",
                (_, _) => "partial",
            }),
            "customAttributes" => list(line.properties.iter().map(|(key, value)| {
                Record::new("Attribute")
                    .leaf("key", key.as_str())
                    .leaf("value", value.as_str())
            })),
            "discountAllocations" => list(
                line.allocations
                    .iter()
                    .filter_map(|it| allocation(order, it)),
            ),
            "taxLines" => {
                let first = super::node::count(info, "first").unwrap_or(usize::MAX);
                list(
                    line.tax_lines
                        .iter()
                        .take(first)
                        .map(|tax| tax_line(tax, &order.currencies)),
                )
            }
            "duties" => list(line.duties.iter().map(|it| charge::duty(order, it))),
            "variant" => optional(line.variant.and_then(|id| VariantNode::find(self.ctx, id))),
            "product" => optional(line.product.and_then(|id| ProductNode::find(self.ctx, id))),
            _ => absent(info, "LineItem"),
        }
    }
}

pub(super) struct ShippingLineNode<'a> {
    pub(super) order: &'a Order,
    pub(super) line: &'a ShippingLine,
}

impl ShippingLineNode<'_> {
    /// What is left after refunds and edits.
    fn current(&self) -> Bag {
        self.order.standing(Subject::Shipping(self.line.id)).net()
    }
}

impl ObjectValue for ShippingLineNode<'_> {
    fn type_name(&self) -> &'static str {
        "ShippingLine"
    }

    fn resolve_field<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Resolved<'b> {
        let (order, line) = (self.order, self.line);
        let currencies = &order.currencies;
        match info.field_name() {
            "id" => gid("ShippingLine", line.id),
            "title" => leaf(line.title.as_str()),
            "code" => text(line.code.as_deref()),
            "source" => text(line.source.as_deref()),
            "isRemoved" => leaf(line.removed),
            "custom" => leaf(false),
            "price" => leaf(graphql(line.price.shop)),
            "originalPrice" => object(money(line.price.shop, &currencies.shop)),
            "discountedPrice" => object(money(line.discounted_price.shop, &currencies.shop)),
            "originalPriceSet" => object(bag(line.price, currencies)),
            "discountedPriceSet" => object(bag(line.discounted_price, currencies)),
            "currentDiscountedPriceSet" => object(bag(self.current(), currencies)),
            "discountAllocations" => list(
                line.allocations
                    .iter()
                    .filter_map(|it| allocation(order, it)),
            ),
            "taxLines" => list(line.tax_lines.iter().map(|tax| tax_line(tax, currencies))),
            _ => absent(info, "ShippingLine"),
        }
    }
}
