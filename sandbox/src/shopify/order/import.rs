//! An order loaded from a webhook body, so that GraphQL says what the body says, even where a sample contradicts itself.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::super::customer::Address;
use super::super::money::{Bag, Currencies};
use super::super::state::Ids;
use super::agreement::{Reason, Subject};
use super::{
    Allocation, Discount, DiscountKind, DiscountValue, FinancialStatus, Line, Order, Risk,
    ShippingLine, TaxLine, Totals, Transaction, TransactionKind, TransactionStatus,
};

/// Where an imported order came from.
#[derive(Clone, Debug)]
pub(crate) struct Imported {
    pub(crate) body: Value,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) totals: Totals,
    /// How many agreements tell what the body already counts.
    pub(crate) agreements: usize,
}

/// Why a body is no order.
#[derive(Debug, thiserror::Error)]
#[error("the order body has no usable `{0}`")]
pub struct Unreadable(pub(crate) &'static str);

/// A JSON object with the readers an import needs.
#[derive(Clone, Copy)]
struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    fn text(self, key: &str) -> Option<String> {
        self.0.get(key)?.as_str().map(str::to_owned)
    }

    fn flag(self, key: &str) -> bool {
        self.0.get(key).and_then(Value::as_bool).unwrap_or(false)
    }

    fn id(self, key: &str) -> Option<u64> {
        self.0.get(key)?.as_u64()
    }

    fn count(self, key: &str) -> Option<u32> {
        u32::try_from(self.id(key)?).ok()
    }

    fn time(self, key: &str) -> Option<DateTime<Utc>> {
        let text = self.0.get(key)?.as_str()?;
        Some(DateTime::parse_from_rfc3339(text).ok()?.to_utc())
    }

    fn decimal(self, key: &str) -> Option<Decimal> {
        let value = self.0.get(key)?;
        match value.as_str() {
            Some(text) => Decimal::from_str(text).ok(),
            None => Decimal::from_str(&value.to_string()).ok(),
        }
    }

    /// `<key>_set` if there is one, else the plain amount in both currencies.
    fn money(self, key: &str) -> Option<Bag> {
        self.set(&format!("{key}_set"))
            .or_else(|| self.decimal(key).map(Bag::same))
    }

    fn set(self, key: &str) -> Option<Bag> {
        let set = self.object(key)?;
        Some(Bag {
            shop: set.object("shop_money")?.decimal("amount")?,
            presentment: set.object("presentment_money")?.decimal("amount")?,
        })
    }

    fn object(self, key: &str) -> Option<Fields<'a>> {
        self.0.get(key)?.as_object().map(Fields)
    }

    fn list(self, key: &str) -> impl Iterator<Item = Fields<'a>> {
        let list = self.0.get(key).and_then(Value::as_array);
        list.into_iter()
            .flatten()
            .filter_map(Value::as_object)
            .map(Fields)
    }

    fn pairs(self, key: &str) -> Vec<(String, String)> {
        self.list(key)
            .filter_map(|pair| Some((pair.text("name")?, pair.text("value").unwrap_or_default())))
            .collect()
    }

    fn address(self, key: &str) -> Option<Address> {
        self.object(key)
            .map(|address| Address::from_body(address.0))
    }
}

impl Order {
    /// Reads an `orders/*` body. The customer and the fulfillment orders are the caller's to add.
    #[expect(clippy::too_many_lines, reason = "a table: one line for each field")]
    pub(crate) fn import(body: &Value, ids: &mut Ids) -> Result<Self, Unreadable> {
        let fields = body.as_object().map(Fields).ok_or(Unreadable("{…}"))?;
        let created_at = fields.time("created_at").ok_or(Unreadable("created_at"))?;
        let updated_at = fields.time("updated_at").unwrap_or(created_at);
        let currency = fields.text("currency").ok_or(Unreadable("currency"))?;
        let presentment = fields.text("presentment_currency");
        let status = fields.text("financial_status").unwrap_or_default();
        let totals = totals(fields).ok_or(Unreadable("total_price"))?;
        let number = fields.count("order_number").or(fields.count("number"));
        let tags = fields.text("tags").unwrap_or_default();
        let mut order = Self {
            id: fields.id("id").ok_or(Unreadable("id"))?,
            number: number.ok_or(Unreadable("order_number"))?,
            name: fields.text("name").ok_or(Unreadable("name"))?,
            created_at,
            processed_at: fields.time("processed_at").unwrap_or(created_at),
            updated_at,
            cancelled_at: fields.time("cancelled_at"),
            cancel_mails: 0,
            cancel_reason: fields.text("cancel_reason"),
            closed_at: fields.time("closed_at"),
            currencies: Currencies {
                presentment: presentment.unwrap_or_else(|| currency.clone()),
                shop: currency,
                rate: Decimal::ONE,
            },
            taxes_included: fields.flag("taxes_included"),
            tax_exempt: fields.flag("tax_exempt"),
            test: fields.flag("test"),
            risk: Risk::None,
            net_days: None,
            source_name: fields.text("source_name").unwrap_or_default(),
            po_number: fields.text("po_number"),
            company: None,
            note: fields.text("note"),
            attributes: fields.pairs("note_attributes"),
            tags: tags
                .split(',')
                .map(|tag| tag.trim().to_owned())
                .filter(|tag| !tag.is_empty())
                .collect(),
            email: fields.text("email"),
            phone: fields.text("phone"),
            customer: fields
                .object("customer")
                .and_then(|customer| customer.id("id")),
            billing_address: fields.address("billing_address"),
            shipping_address: fields.address("shipping_address"),
            lines: fields.list("line_items").filter_map(line).collect(),
            shipping_lines: fields
                .list("shipping_lines")
                .filter_map(shipping_line)
                .collect(),
            discounts: fields
                .list("discount_applications")
                .filter_map(discount)
                .collect(),
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
            original_price: totals.price,
            financial_status: FinancialStatus::parse(&status)
                .ok_or(Unreadable("financial_status"))?,
            imported: Some(Imported {
                body: body.clone(),
                updated_at,
                totals,
                agreements: 0,
            }),
            totals,
        };
        order.imply_transactions(fields, ids);
        order.imply_agreements(ids);
        Ok(order)
    }

    /// The sale of everything the body lists, and an edit that took away what is not there any more.
    fn imply_agreements(&mut self, ids: &mut Ids) {
        let at = self.processed_at;
        self.agree_on_order(ids, at);
        let gone: Vec<_> = self
            .lines
            .iter()
            .map(|line| {
                (
                    line.id,
                    line.quantity,
                    line.quantity.saturating_sub(line.current_quantity),
                )
            })
            .filter(|(_, _, gone)| *gone > 0)
            .collect();
        if !gone.is_empty() {
            self.agree(Reason::Edit, ids, self.updated_at);
        }
        for (id, quantity, gone) in gone {
            let subject = Subject::Line(id);
            let worth = self.share_of(self.standing(subject), gone, quantity);
            let sale = self.taken_back(subject, Some(i64::from(gone)), worth, ids);
            self.book(sale);
        }
        let known = self.agreements.len();
        if let Some(imported) = &mut self.imported {
            imported.agreements = known;
        }
    }

    /// Bodies carry no transactions: the ones that lead to the body's status are made up.
    fn imply_transactions(&mut self, fields: Fields<'_>, ids: &mut Ids) {
        let kinds: &[TransactionKind] = match self.financial_status {
            FinancialStatus::Pending => &[],
            FinancialStatus::Authorized | FinancialStatus::Expired => {
                &[TransactionKind::Authorization]
            }
            FinancialStatus::Voided => &[TransactionKind::Authorization, TransactionKind::Void],
            FinancialStatus::PartiallyPaid
            | FinancialStatus::Paid
            | FinancialStatus::PartiallyRefunded
            | FinancialStatus::Refunded => &[TransactionKind::Sale],
        };
        let gateways = fields.0.get("payment_gateway_names");
        let gateway = gateways.and_then(|names| names[0].as_str());
        let mut amount = self.totals.price;
        if self.financial_status == FinancialStatus::PartiallyPaid {
            amount = amount - self.totals.outstanding;
        }
        let mut parent = None;
        for kind in kinds {
            let id = ids.take();
            self.transactions.push(Transaction {
                id,
                kind: *kind,
                status: TransactionStatus::Success,
                gateway: gateway.unwrap_or("manual").to_owned(),
                amount,
                parent,
                rounding: Bag::default(),
                at: self.processed_at,
            });
            parent = Some(id);
        }
        if kinds == [TransactionKind::Sale] {
            self.totals.received = amount;
        }
    }
}

fn totals(fields: Fields<'_>) -> Option<Totals> {
    let price = fields.money("total_price")?;
    let subtotal = fields.money("subtotal_price").unwrap_or(price);
    let discounts = fields.money("total_discounts").unwrap_or_default();
    let shipping = fields.set("total_shipping_price_set").unwrap_or_default();
    let tax = fields.money("total_tax").unwrap_or_default();
    let discounted_shipping: Bag = fields
        .list("shipping_lines")
        .filter_map(|line| line.money("discounted_price"))
        .sum();
    Some(Totals {
        line_items: fields.money("total_line_items_price").unwrap_or(subtotal),
        subtotal,
        discounts,
        shipping,
        tax,
        tip: fields
            .decimal("total_tip_received")
            .map(Bag::same)
            .unwrap_or_default(),
        price,
        current_subtotal: fields.money("current_subtotal_price").unwrap_or(subtotal),
        current_discounts: fields.money("current_total_discounts").unwrap_or(discounts),
        current_shipping: fields
            .set("current_shipping_price_set")
            .unwrap_or(discounted_shipping),
        current_tax: fields.money("current_total_tax").unwrap_or(tax),
        current_price: fields.money("current_total_price").unwrap_or(price),
        outstanding: fields
            .decimal("total_outstanding")
            .map(Bag::same)
            .unwrap_or_default(),
        duties: fields.set("original_total_duties_set").unwrap_or_default(),
        fees: fields
            .set("original_total_additional_fees_set")
            .unwrap_or_default(),
        current_duties: fields.set("current_total_duties_set").unwrap_or_default(),
        current_fees: fields
            .set("current_total_additional_fees_set")
            .unwrap_or_default(),
        ..Totals::default()
    })
}

fn line(fields: Fields<'_>) -> Option<Line> {
    let quantity = fields.count("quantity")?;
    let tip = fields.object("tip");
    Some(Line {
        id: fields.id("id")?,
        variant: fields.id("variant_id"),
        product: fields.id("product_id"),
        sku: fields.text("sku"),
        title: fields.text("title").unwrap_or_default(),
        variant_title: fields
            .text("variant_title")
            .filter(|title| !title.is_empty()),
        vendor: fields.text("vendor"),
        quantity,
        current_quantity: fields.count("current_quantity").unwrap_or(quantity),
        fulfilled: match fields.count("fulfillable_quantity") {
            Some(fulfillable) if fields.text("fulfillment_status").is_some() => {
                quantity.saturating_sub(fulfillable)
            }
            Some(_) | None => 0,
        },
        returned: 0,
        price: fields.money("price")?,
        taxable: fields.flag("taxable"),
        requires_shipping: fields.flag("requires_shipping"),
        gift_card: fields.flag("gift_card"),
        tip: tip.map(|tip| tip.text("payment_gateway").unwrap_or_default()),
        properties: fields.pairs("properties"),
        allocations: fields
            .list("discount_allocations")
            .filter_map(allocation)
            .collect(),
        tax_lines: fields.list("tax_lines").filter_map(tax_line).collect(),
        duties: Vec::new(),
        grams: fields.count("grams").unwrap_or(0),
    })
}

fn shipping_line(fields: Fields<'_>) -> Option<ShippingLine> {
    let price = fields.money("price")?;
    Some(ShippingLine {
        id: fields.id("id")?,
        title: fields.text("title").unwrap_or_default(),
        code: fields.text("code"),
        source: fields.text("source"),
        price,
        discounted_price: fields.money("discounted_price").unwrap_or(price),
        allocations: fields
            .list("discount_allocations")
            .filter_map(allocation)
            .collect(),
        tax_lines: fields.list("tax_lines").filter_map(tax_line).collect(),
        removed: fields.flag("is_removed"),
    })
}

fn tax_line(fields: Fields<'_>) -> Option<TaxLine> {
    Some(TaxLine {
        title: fields.text("title").unwrap_or_default(),
        rate: fields.decimal("rate").unwrap_or_default(),
        price: fields.money("price")?,
        channel_liable: fields.flag("channel_liable"),
    })
}

fn allocation(fields: Fields<'_>) -> Option<Allocation> {
    let discount = usize::try_from(fields.id("discount_application_index")?).ok()?;
    Some(Allocation::of(discount, fields.money("amount")?))
}

fn discount(fields: Fields<'_>) -> Option<Discount> {
    let value = fields.decimal("value")?;
    let kind = fields.text("type")?;
    Some(Discount {
        title: fields
            .text("code")
            .or(fields.text("title"))
            .unwrap_or_default(),
        kind: match kind.as_str() {
            "discount_code" => DiscountKind::Code,
            "automatic" => DiscountKind::Automatic,
            _ => DiscountKind::Manual,
        },
        value: if fields.text("value_type").as_deref() == Some("percentage") {
            DiscountValue::Percentage(value)
        } else {
            DiscountValue::Fixed(value)
        },
        on_shipping: fields.text("target_type").as_deref() == Some("shipping_line"),
        across: fields.text("allocation_method").as_deref() == Some("across"),
        by_edit: false,
    })
}
