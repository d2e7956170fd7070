//! Sales agreements: the order's ledger as GraphQL shows it.
//!
//! The sign of what is taken back is a setting, because Shopify does not document it.

use apollo_compiler::resolvers::{ObjectValue, ResolveInfo};
use rust_decimal::Decimal;

use super::super::money::{Bag, round};
use super::super::order::{Action, Agreement, Order, Reason, Sale, Subject};
use super::super::settings::ReturnSign;
use super::Ctx;
use super::charge;
use super::connection::page;
use super::line::{LineNode, ShippingLineNode};
use super::money::{bag, tax_line};
use super::node::{Record, Resolved, absent, global, leaf, optional, time};
use super::order::OrderNode;
use super::refund::RefundNode;
use super::returns::{self, ReturnNode};

pub(super) fn agreements<'a>(
    ctx: &'a Ctx,
    order: &'a Order,
    info: &ResolveInfo<'_>,
) -> Resolved<'a> {
    page(
        info,
        order.agreements.iter().collect(),
        |it| it.id.to_string(),
        move |it| AgreementNode { ctx, order, it },
    )
}

struct AgreementNode<'a> {
    ctx: &'a Ctx,
    order: &'a Order,
    it: &'a Agreement,
}

impl ObjectValue for AgreementNode<'_> {
    fn type_name(&self) -> &'static str {
        match self.it.reason {
            Reason::Order => "OrderAgreement",
            Reason::Edit => "OrderEditAgreement",
            Reason::Refund(_) => "RefundAgreement",
            Reason::Return(_) => "ReturnAgreement",
        }
    }

    fn resolve_field<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Resolved<'b> {
        let (ctx, order, it) = (self.ctx, self.order, self.it);
        match info.field_name() {
            "id" => leaf(global("SalesAgreement", it.id)),
            "happenedAt" => time(Some(it.at)),
            "reason" => leaf(match it.reason {
                Reason::Order => "ORDER",
                Reason::Edit => "ORDER_EDIT",
                Reason::Refund(_) => "REFUND",
                Reason::Return(_) => "RETURN",
            }),
            "order" => optional(OrderNode::find(ctx, order.id)),
            "refund" => {
                let mut refunds = order.refunds.iter();
                let refund = refunds.find(|refund| it.reason == Reason::Refund(refund.id));
                optional(refund.map(|refund| RefundNode { ctx, order, refund }))
            }
            "return" => optional(match it.reason {
                Reason::Return(id) => ReturnNode::of(ctx, order, id),
                Reason::Order | Reason::Edit | Reason::Refund(_) => None,
            }),
            "sales" => page(
                info,
                it.sales.iter().collect(),
                |sale| sale.id.to_string(),
                move |sale| SaleShown::of(sale, order, ctx).node(),
            ),
            _ => absent(info, self.type_name()),
        }
    }
}

/// One line of an agreement, with the shop's sign for what is taken back.
struct SaleShown<'a> {
    ctx: &'a Ctx,
    order: &'a Order,
    sale: &'a Sale,
    flipped: bool,
}

impl<'a> SaleShown<'a> {
    fn of(sale: &'a Sale, order: &'a Order, ctx: &'a Ctx) -> Self {
        let positive = ctx.state(|state| state.settings.return_sign == ReturnSign::Positive);
        let flipped = positive && sale.action == Action::Return;
        Self {
            ctx,
            order,
            sale,
            flipped,
        }
    }

    fn signed(&self, amount: Bag) -> Bag {
        if self.flipped { -amount } else { amount }
    }

    /// The type, and the kind of line.
    fn kind(&self) -> (&'static str, &'static str) {
        match self.sale.subject {
            Subject::Shipping(_) => ("ShippingLineSale", "SHIPPING"),
            Subject::Duty(_) => ("DutySale", "DUTY"),
            Subject::Fee(_) => ("AdditionalFeeSale", "ADDITIONAL_FEE"),
            Subject::Adjustment(_) => ("AdjustmentSale", "ADJUSTMENT"),
            Subject::ReturnFee(_) => ("FeeSale", "FEE"),
            Subject::Line(id) => match self.order.line(id) {
                Some(line) if line.tip.is_some() => ("TipSale", "TIP"),
                Some(line) if line.gift_card => ("GiftCardSale", "GIFT_CARD"),
                Some(_) | None => ("ProductSale", "PRODUCT"),
            },
        }
    }

    fn node(&self) -> Record<'a> {
        let (sale, order) = (self.sale, self.order);
        let currencies = &order.currencies;
        let money = |amount: Bag| bag(self.signed(amount), currencies);
        let (type_name, kind) = self.kind();
        let taxes = sale.taxes.iter().enumerate().map(|(index, tax)| {
            Record::new("SaleTax")
                .leaf("id", format!("gid://shopify/SaleTax/{}-{index}", sale.id))
                .record("amount", money(tax.price))
                .record("taxLine", tax_line(tax, currencies))
        });
        let quantity = sale.quantity.map(|quantity| match self.flipped {
            true => -quantity,
            false => quantity,
        });
        let record = Record::new(type_name)
            .leaf("id", global("Sale", sale.id))
            .leaf("actionType", action(sale.action))
            .leaf("lineType", kind)
            .leaf("quantity", quantity)
            .record("totalAmount", money(sale.total))
            .record("totalTaxAmount", money(sale.tax()))
            .record(
                "totalDiscountAmountBeforeTaxes",
                money(before_taxes(sale, order)),
            )
            .record("totalDiscountAmountAfterTaxes", money(sale.discount))
            .records("taxes", taxes.collect());
        self.with_subject(record)
    }

    fn with_subject(&self, record: Record<'a>) -> Record<'a> {
        let (ctx, order) = (self.ctx, self.order);
        match self.sale.subject {
            Subject::Line(id) => {
                let line = order.line(id);
                record.object("lineItem", line.map(|line| LineNode { ctx, order, line }))
            }
            Subject::Shipping(id) => {
                let sold = self.sale.action != Action::Return;
                let mut lines = order.shipping_lines.iter();
                let line = lines.find(|line| line.id == id && sold);
                let node = line.map(|line| ShippingLineNode { order, line });
                record.object("shippingLine", node)
            }
            Subject::Duty(id) => {
                let found = order.duties().find(|it| it.id == id);
                record.object("duty", found.map(|it| charge::duty(order, it)))
            }
            Subject::Fee(id) => {
                let found = order.fees.iter().find(|it| it.id == id);
                let fee = found.map(|it| charge::fee("SaleAdditionalFee", order, it));
                record.object("additionalFee", fee)
            }
            Subject::ReturnFee(id) => record.object("fee", returns::fee_of(order, id)),
            Subject::Adjustment(_) => record,
        }
    }
}

fn action(action: Action) -> &'static str {
    match action {
        Action::Order => "ORDER",
        Action::Return => "RETURN",
        Action::Update => "UPDATE",
    }
}

/// A discount of an order whose taxes are included holds some tax itself.
fn before_taxes(sale: &Sale, order: &Order) -> Bag {
    if !order.taxes_included {
        return sale.discount;
    }
    let rates: Decimal = sale.taxes.iter().map(|tax| tax.rate).sum();
    let net = |amount: Decimal, currency: &str| round(amount / (Decimal::ONE + rates), currency);
    sale.discount.map(&order.currencies, net)
}
