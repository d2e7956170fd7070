//! What a customer orders: the input of [`crate::shopify::Acts::place_order`].

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::super::customer::Address;
use super::charge::{NewDuty, NewFee};
use super::{DiscountKind, DiscountValue, TransactionKind, TransactionStatus};

/// An order to place; [`PlaceOrder::default`] is a paid order of nothing, to be filled by the `with_…` methods.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlaceOrder {
    pub lines: Vec<NewLine>,
    pub shipping: Vec<NewShipping>,
    /// In the order they are applied: those on a line first, then those across lines.
    pub discounts: Vec<NewDiscount>,
    pub fees: Vec<NewFee>,
    /// In shop currency.
    pub tip: Option<Decimal>,
    pub payment: Payment,
    /// Of payments that name none; `shopify_payments` when empty.
    pub gateway: Option<String>,
    pub customer: NewCustomer,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub billing_address: Option<Address>,
    pub shipping_address: Option<Address>,
    pub presentment: Option<Presentment>,
    /// The shop's setting when absent.
    pub taxes_included: Option<bool>,
    /// Nothing is taxed; the tax lines stay, at zero.
    pub tax_exempt: bool,
    pub created_at: Option<DateTime<Utc>>,
    pub processed_at: Option<DateTime<Utc>>,
    pub note: Option<String>,
    pub attributes: Vec<(String, String)>,
    pub tags: Vec<String>,
    /// `web` when absent.
    pub source_name: Option<String>,
    pub po_number: Option<String>,
    /// A business buyer: the location of a company that the order is billed to.
    pub company: Option<Company>,
    pub test: bool,
    pub risk: Risk,
    /// Payment is due so many days after the order: terms `Net 30` and the like.
    pub net_days: Option<u32>,
}

/// What Shopify's fraud analysis recommends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    Accept,
    Investigate,
    Cancel,
    /// Not analysed.
    #[default]
    None,
}

impl Risk {
    /// As GraphQL names the recommendation and the level behind it.
    pub(crate) fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Accept => ("ACCEPT", "LOW"),
            Self::Investigate => ("INVESTIGATE", "MEDIUM"),
            Self::Cancel => ("CANCEL", "HIGH"),
            Self::None => ("NONE", "NONE"),
        }
    }
}

/// One line; a line without SKU is a custom item, one with a SKU is a variant (made if the shop has none).
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewLine {
    pub sku: Option<String>,
    pub title: Option<String>,
    pub quantity: u32,
    /// Of one unit, in shop currency.
    pub price: Decimal,
    pub taxable: bool,
    pub requires_shipping: bool,
    pub gift_card: bool,
    pub properties: Vec<(String, String)>,
    pub taxes: Vec<NewTax>,
    /// A custom item although it has a SKU: no variant, no product.
    pub custom: bool,
    /// Where it ships from; the shop's first location when absent.
    pub location: Option<u64>,
    pub duties: Vec<NewDuty>,
}

impl Default for NewLine {
    fn default() -> Self {
        Self {
            sku: None,
            title: None,
            quantity: 1,
            price: Decimal::TEN,
            taxable: true,
            requires_shipping: true,
            gift_card: false,
            properties: Vec::new(),
            taxes: Vec::new(),
            custom: false,
            location: None,
            duties: Vec::new(),
        }
    }
}

/// `quantity` units of a SKU at 10.00 each.
pub fn line(sku: &str, quantity: u32) -> NewLine {
    line_at(sku, quantity, Decimal::TEN)
}

/// `quantity` units of a SKU at `price` each.
pub fn line_at(sku: &str, quantity: u32, price: Decimal) -> NewLine {
    NewLine {
        sku: Some(sku.into()),
        quantity,
        price,
        ..NewLine::default()
    }
}

impl NewLine {
    /// Adds a tax; `rate` is a fraction, 0.1 is ten percent.
    #[must_use]
    pub fn taxed(mut self, title: &str, rate: Decimal) -> Self {
        self.taxes.push(NewTax::new(title, rate));
        self
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewTax {
    pub title: String,
    /// A fraction: 0.1 is ten percent.
    pub rate: Decimal,
    pub channel_liable: bool,
}

impl NewTax {
    pub fn new(title: &str, rate: Decimal) -> Self {
        Self {
            title: title.into(),
            rate,
            channel_liable: false,
        }
    }

    /// A tax of the same kind as one that was charged.
    pub fn like(tax: &super::TaxLine) -> Self {
        Self {
            title: tax.title.clone(),
            rate: tax.rate,
            channel_liable: tax.channel_liable,
        }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewShipping {
    pub title: String,
    /// The title when absent.
    pub code: Option<String>,
    /// In shop currency, before discounts.
    pub price: Decimal,
    pub taxes: Vec<NewTax>,
}

impl NewShipping {
    pub fn new(title: &str, price: Decimal) -> Self {
        Self {
            title: title.into(),
            price,
            ..Self::default()
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewDiscount {
    pub title: String,
    #[serde(default)]
    pub kind: DiscountKind,
    pub value: DiscountValue,
    /// The lines it lowers, by index. Empty: spread across all lines.
    #[serde(default)]
    pub lines: Vec<usize>,
    /// Lowers shipping instead of lines.
    #[serde(default)]
    pub on_shipping: bool,
}

impl NewDiscount {
    /// A discount code over the whole cart.
    pub fn new(code: &str, value: DiscountValue) -> Self {
        Self {
            title: code.into(),
            kind: DiscountKind::Code,
            value,
            lines: Vec::new(),
            on_shipping: false,
        }
    }

    /// The same discount on these lines only, each by itself.
    #[must_use]
    pub fn on_lines(mut self, lines: &[usize]) -> Self {
        self.lines = lines.to_vec();
        self
    }

    /// The same discount on shipping.
    #[must_use]
    pub fn on_shipping(mut self) -> Self {
        self.on_shipping = true;
        self
    }
}

/// What the customer was shown.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Presentment {
    pub currency: String,
    /// Units of that currency for one of the shop's.
    pub rate: Decimal,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NewCustomer {
    /// Known by e-mail: the customer with the order's e-mail address, made if there is none.
    #[default]
    ByEmail,
    Existing(u64),
    /// No customer at all.
    Guest,
}

/// The location of a company, and the company.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Company {
    pub id: u64,
    pub name: String,
    pub location: u64,
    pub location_name: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payment {
    #[default]
    Paid,
    Authorized,
    Pending,
    Tenders(Vec<Tender>),
}

/// One way of paying a part.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tender {
    pub gateway: String,
    #[serde(default = "sale")]
    pub kind: TransactionKind,
    /// In shop currency; absent takes what the tenders before it left.
    #[serde(default)]
    pub amount: Option<Decimal>,
    #[serde(default)]
    pub status: TransactionStatus,
    /// What the cash handed over differs from the amount by; in shop currency.
    #[serde(default)]
    pub rounding: Decimal,
}

fn sale() -> TransactionKind {
    TransactionKind::Sale
}

impl Tender {
    pub fn sale(gateway: &str, amount: Decimal) -> Self {
        Self {
            gateway: gateway.into(),
            kind: TransactionKind::Sale,
            amount: Some(amount),
            status: TransactionStatus::Success,
            rounding: Decimal::ZERO,
        }
    }

    /// Pays what the tenders before it left.
    pub fn rest(gateway: &str) -> Self {
        Self {
            amount: None,
            ..Self::sale(gateway, Decimal::ZERO)
        }
    }
}

impl<const N: usize> From<[NewLine; N]> for PlaceOrder {
    fn from(lines: [NewLine; N]) -> Self {
        Self::of(lines)
    }
}

impl PlaceOrder {
    /// A paid order of these lines, free of shipping, by a customer in the United States.
    pub fn of(lines: impl IntoIterator<Item = NewLine>) -> Self {
        let address = Address::sample();
        Self {
            lines: lines.into_iter().collect(),
            email: Some("buyer@example.com".into()),
            billing_address: Some(address.clone()),
            shipping_address: Some(address),
            ..Self::default()
        }
    }

    #[must_use]
    pub fn with_shipping(mut self, shipping: NewShipping) -> Self {
        self.shipping.push(shipping);
        self
    }

    #[must_use]
    pub fn with_discount(mut self, discount: NewDiscount) -> Self {
        self.discounts.push(discount);
        self
    }

    #[must_use]
    pub fn with_payment(mut self, payment: Payment) -> Self {
        self.payment = payment;
        self
    }

    #[must_use]
    pub fn with_email(mut self, email: &str) -> Self {
        self.email = Some(email.into());
        self
    }
}
