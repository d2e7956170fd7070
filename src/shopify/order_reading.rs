//! From Shopify's answer to the order a flow reads: ids to numbers, amounts to exact money.

use super::order::{
    Agreement, Attribute, Discount, Dispute, Duty, Fee, Line, Order, Refund, Return, ShippingLine,
    Tax, Totals, Transaction, TransactionKind, TransactionStatus,
};
use super::order_buyer::{address, company, customer};
use super::order_locations::Locations;
use super::order_query as wire;
use super::schema::number;
use crate::config::store::CurrencyBasis;
use crate::money::{Currency, Money};

/// The parts that may come with the first query or from a second one.
pub(super) struct Parts {
    shipping: Vec<wire::ShippingLine>,
    discounts: wire::DiscountApplicationConnection,
    pub(super) transactions: Vec<wire::Transaction>,
    pub(super) has_more: bool,
}

/// What happened since it was placed.
#[derive(Default)]
pub(super) struct History {
    pub(super) refunds: Vec<Refund>,
    pub(super) returns: Vec<Return>,
    pub(super) agreements: Vec<Agreement>,
    pub(super) disputes: Vec<wire::Dispute>,
}

/// Which of Shopify's two amounts is read, and its currency.
#[derive(Clone, Copy)]
pub(super) struct Basis {
    basis: CurrencyBasis,
    currency: Currency,
}

/// Index and title of each discount application.
type Titles = Vec<(i64, Option<String>)>;

impl Parts {
    pub(super) fn of(head: &mut wire::Order) -> Self {
        let none = wire::DiscountApplicationConnection {
            nodes: Vec::new(),
            titles: Vec::new(),
            page_info: wire::PageInfo {
                has_next_page: false,
                end_cursor: None,
            },
        };
        let discounts = std::mem::replace(&mut head.discount_applications, none);
        Self {
            has_more: head.shipping_lines.page_info.has_next_page
                || discounts.page_info.has_next_page,
            shipping: std::mem::take(&mut head.shipping_lines.nodes),
            discounts,
            transactions: std::mem::take(&mut head.transactions),
        }
    }

    /// Takes what a larger query gave.
    pub(super) fn larger(&mut self, parts: wire::OrderParts) {
        self.has_more = parts.shipping_lines.page_info.has_next_page
            || parts.discount_applications.page_info.has_next_page;
        self.shipping = parts.shipping_lines.nodes;
        self.discounts = parts.discount_applications;
    }
}

/// The order in the store's currency basis, or why it cannot be read.
pub(super) fn order(
    head: wire::Order,
    parts: Parts,
    history: History,
    locations: &Locations,
    basis: Basis,
) -> Result<Order, String> {
    let titles = titles(parts.discounts);
    let totals = basis.totals(&head)?;
    let line = |line| basis.line(line, &titles, locations);
    let shipping = |line| basis.shipping_line(line, &titles);
    Ok(Order {
        id: id(&head.id)?,
        name: head.name,
        created_at: head.created_at,
        updated_at: head.updated_at,
        processed_at: head.processed_at,
        cancelled_at: head.cancelled_at,
        closed_at: head.closed_at,
        test: head.test,
        edited: head.edited,
        source_name: head.source_name,
        po_number: head.po_number,
        company: head.purchasing_entity.map(company).transpose()?.flatten(),
        note: head.note,
        email: head.email,
        phone: head.phone,
        tags: head.tags,
        attributes: attributes(head.custom_attributes),
        currency: basis.currency,
        taxes_included: head.taxes_included,
        tax_exempt: head.tax_exempt,
        financial_status: head.display_financial_status.map(|status| status.0),
        fulfillment_status: head.display_fulfillment_status.0,
        payment_terms: head.payment_terms.map(|terms| terms.payment_terms_name),
        risk: risk(&head.risk).map(str::to_owned),
        customer: head.customer.map(customer).transpose()?,
        billing_address: head.billing_address.map(address),
        shipping_address: head.shipping_address.map(address),
        lines: all(head.line_items.nodes, line)?,
        shipping: all(parts.shipping, shipping)?,
        fees: all(head.additional_fees, |fee| basis.fee(fee))?,
        transactions: all(parts.transactions, |one| basis.transaction(one))?,
        totals,
        refunds: history.refunds,
        returns: history.returns,
        agreements: history.agreements,
        disputes: all(history.disputes, dispute)?,
        netsuite_id: head.metafield.map(|metafield| metafield.value),
    })
}

impl Basis {
    pub(super) fn of(head: &wire::Order, basis: CurrencyBasis) -> Result<Self, String> {
        let code = match basis {
            CurrencyBasis::Shop => &head.currency_code,
            CurrencyBasis::Presentment => &head.presentment_currency_code,
        };
        let currency = code.0.parse().map_err(text)?;
        Ok(Self { basis, currency })
    }

    pub(super) fn money(&self, bag: &wire::MoneyBag) -> Result<Money, String> {
        let money = match self.basis {
            CurrencyBasis::Shop => &bag.shop_money,
            CurrencyBasis::Presentment => &bag.presentment_money,
        };
        if money.currency_code.0 != self.currency.code() {
            let (other, own) = (&money.currency_code.0, self.currency);
            return Err(format!("an amount in {other} in an order in {own}"));
        }
        self.currency.parse(&money.amount.0).map_err(text)
    }

    /// Whether something happened to the order since it was placed, whatever it was: its flag, its
    /// refunds and returns, its cancellation, or numbers that are not what they were.
    pub(super) fn has_history(&self, head: &wire::Order) -> Result<bool, String> {
        let mut lines = head.line_items.nodes.iter();
        let moved = lines.any(|line| line.current_quantity != line.quantity);
        let total = self.money(&head.total_price_set)?;
        Ok(head.edited
            || moved
            || !head.refunds.is_empty()
            || !head.returns.nodes.is_empty()
            || head.cancelled_at.is_some()
            || self.money(&head.current_total_price_set)? != total)
    }

    fn optional(&self, bag: Option<&wire::MoneyBag>) -> Result<Option<Money>, String> {
        bag.map(|bag| self.money(bag)).transpose()
    }

    fn or_zero(&self, bag: Option<&wire::MoneyBag>) -> Result<Money, String> {
        Ok(self.optional(bag)?.unwrap_or(self.currency.money(0)))
    }

    fn totals(&self, head: &wire::Order) -> Result<Totals, String> {
        let rounding = &head.total_cash_rounding_adjustment.payment_set;
        Ok(Totals {
            total: self.money(&head.total_price_set)?,
            subtotal: self.or_zero(head.subtotal_price_set.as_ref())?,
            tax: self.or_zero(head.total_tax_set.as_ref())?,
            discounts: self.or_zero(head.total_discounts_set.as_ref())?,
            shipping: self.money(&head.total_shipping_price_set)?,
            tip: self.money(&head.total_tip_received_set)?,
            duties: self.optional(head.original_total_duties_set.as_ref())?,
            additional_fees: self.optional(head.original_total_additional_fees_set.as_ref())?,
            cash_rounding: self.money(rounding)?,
            current_total: self.money(&head.current_total_price_set)?,
            outstanding: self.money(&head.total_outstanding_set)?,
            refunded: self.money(&head.total_refunded_set)?,
        })
    }

    fn line(
        &self,
        line: wire::LineItem,
        titles: &Titles,
        locations: &Locations,
    ) -> Result<Line, String> {
        let id = id(&line.id)?;
        Ok(Line {
            id,
            variant_id: line.variant.and_then(|variant| number(&variant.id)),
            product_id: line.product.and_then(|product| number(&product.id)),
            sku: line.sku,
            title: line.title,
            name: line.name,
            quantity: line.quantity.into(),
            current_quantity: line.current_quantity.into(),
            unfulfilled_quantity: line.unfulfilled_quantity.into(),
            refundable_quantity: line.refundable_quantity.into(),
            unit_price: self.money(&line.original_unit_price_set)?,
            discounts: self.discounts(line.discount_allocations, titles)?,
            taxes: self.taxes(line.tax_lines)?,
            taxable: line.taxable,
            requires_shipping: line.requires_shipping,
            gift_card: line.is_gift_card,
            duties: all(line.duties, |duty| self.duty(duty))?,
            attributes: attributes(line.custom_attributes),
            location: locations.of_line(id),
        })
    }

    fn shipping_line(
        &self,
        line: wire::ShippingLine,
        titles: &Titles,
    ) -> Result<ShippingLine, String> {
        Ok(ShippingLine {
            id: line.id.as_ref().and_then(number),
            code: line.code,
            title: line.title,
            source: line.source,
            price: self.money(&line.original_price_set)?,
            discounts: self.discounts(line.discount_allocations, titles)?,
            taxes: self.taxes(line.tax_lines)?,
            removed: line.is_removed,
        })
    }

    fn discounts(
        &self,
        allocations: Vec<wire::DiscountAllocation>,
        titles: &Titles,
    ) -> Result<Vec<Discount>, String> {
        all(allocations, |allocation| {
            let index = i64::from(allocation.discount_application.index);
            let title = titles.iter().find(|(of, _)| *of == index);
            Ok(Discount {
                amount: self.money(&allocation.allocated_amount_set)?,
                index,
                title: title.and_then(|(_, title)| title.clone()),
            })
        })
    }

    fn taxes(&self, taxes: Vec<wire::TaxLine>) -> Result<Vec<Tax>, String> {
        all(taxes, |tax| {
            Ok(Tax {
                title: tax.title,
                rate: tax.rate.map(|rate| rate.0),
                amount: self.money(&tax.price_set)?,
                channel_liable: tax.channel_liable.unwrap_or(false),
            })
        })
    }

    fn duty(&self, duty: wire::Duty) -> Result<Duty, String> {
        Ok(Duty {
            amount: self.money(&duty.price)?,
            taxes: self.taxes(duty.tax_lines)?,
        })
    }

    fn fee(&self, fee: wire::AdditionalFee) -> Result<Fee, String> {
        Ok(Fee {
            name: fee.name,
            amount: self.money(&fee.price)?,
            taxes: self.taxes(fee.tax_lines)?,
        })
    }

    fn transaction(&self, transaction: wire::Transaction) -> Result<Transaction, String> {
        let parent = transaction.parent_transaction;
        let kind = kind(&transaction.kind.0)?;
        let rounding = match kind {
            TransactionKind::Sale | TransactionKind::Capture | TransactionKind::Refund => {
                self.or_zero(transaction.amount_rounding_set.as_ref())?
            }
            TransactionKind::Authorization
            | TransactionKind::Void
            | TransactionKind::Change
            | TransactionKind::EmvAuthorization
            | TransactionKind::SuggestedRefund => self.currency.money(0),
        };
        let amount = self.money(&transaction.amount_set)?;
        Ok(Transaction {
            id: id(&transaction.id)?,
            kind,
            status: status(&transaction.status.0),
            gateway: transaction.gateway,
            amount: amount.plus(rounding).map_err(text)?,
            rounding,
            processed_at: transaction.processed_at,
            parent: parent.and_then(|parent| number(&parent.id)),
            test: transaction.test,
        })
    }
}

pub(super) fn all<T, U>(
    list: Vec<T>,
    read: impl FnMut(T) -> Result<U, String>,
) -> Result<Vec<U>, String> {
    list.into_iter().map(read).collect()
}

pub(super) fn id(gid: &cynic::Id) -> Result<u64, String> {
    number(gid).ok_or_else(|| "an id without a number".to_owned())
}

fn text(error: crate::money::Error) -> String {
    error.to_string()
}

fn titles(applications: wire::DiscountApplicationConnection) -> Titles {
    let title = |title| match title {
        wire::DiscountTitle::Code(discount) => Some(discount.code),
        wire::DiscountTitle::Automatic(discount) => Some(discount.title),
        wire::DiscountTitle::Manual(discount) => Some(discount.title),
        wire::DiscountTitle::Script(discount) => Some(discount.title),
        wire::DiscountTitle::Other => None,
    };
    let indexes = applications.nodes.iter().map(|node| i64::from(node.index));
    indexes
        .zip(applications.titles.into_iter().map(title))
        .collect()
}

fn attributes(attributes: Vec<wire::Attribute>) -> Vec<Attribute> {
    attributes
        .into_iter()
        .map(|attribute| Attribute {
            key: attribute.key,
            value: attribute.value,
        })
        .collect()
}

fn dispute(dispute: wire::Dispute) -> Result<Dispute, String> {
    Ok(Dispute {
        id: id(&dispute.id)?,
        kind: dispute.initiated_as.0,
        status: dispute.status.0,
    })
}

/// The worst that the recommendation or any assessment says; `None` while nobody has judged.
fn risk(risk: &wire::RiskSummary) -> Option<&'static str> {
    let recommended = match risk.recommendation.0.as_str() {
        "CANCEL" => Some("HIGH"),
        "INVESTIGATE" => Some("MEDIUM"),
        "ACCEPT" => Some("LOW"),
        _ => None,
    };
    let assessed = |level| risk.assessments.iter().any(|one| one.risk_level.0 == level);
    ["HIGH", "MEDIUM", "LOW"]
        .into_iter()
        .find(|level| recommended == Some(level) || assessed(*level))
}

/// A kind that we do not know could be money: better no order than a wrong one.
fn kind(text: &str) -> Result<TransactionKind, String> {
    Ok(match text {
        "AUTHORIZATION" => TransactionKind::Authorization,
        "CAPTURE" => TransactionKind::Capture,
        "SALE" => TransactionKind::Sale,
        "REFUND" => TransactionKind::Refund,
        "VOID" => TransactionKind::Void,
        "CHANGE" => TransactionKind::Change,
        "EMV_AUTHORIZATION" => TransactionKind::EmvAuthorization,
        "SUGGESTED_REFUND" => TransactionKind::SuggestedRefund,
        _ => return Err(format!("a transaction of the unknown kind {text}")),
    })
}

fn status(text: &str) -> TransactionStatus {
    match text {
        "SUCCESS" => TransactionStatus::Success,
        "PENDING" => TransactionStatus::Pending,
        "FAILURE" => TransactionStatus::Failure,
        "ERROR" => TransactionStatus::Error,
        "AWAITING_RESPONSE" => TransactionStatus::AwaitingResponse,
        _ => TransactionStatus::Unknown,
    }
}
