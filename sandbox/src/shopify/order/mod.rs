//! An order as the shop holds it: the values behind both the GraphQL answers and the webhook bodies.

mod agreement;
mod assign;
mod body;
mod body_after;
mod body_return;
mod charge;
mod dispute;
mod edit;
mod import;
mod life;
mod make;
mod payment;
mod place;
mod price;
mod refund;
mod refund_money;
mod return_process;
mod returns;
mod totals;
mod withdraw;
mod work;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::customer::Address;
use super::money::{Bag, Currencies};

pub use agreement::{Action, Agreement, Reason, Sale, Subject};
pub use assign::Blocked;
pub use charge::{AdditionalFee, Duty, NewDuty, NewFee};
pub use dispute::{Dispute, DisputeStatus, NewDispute};
pub(crate) use edit::Terms;
pub use edit::{Change, Editing, LineDiscount, OrderEdit};
pub use payment::{FinancialStatus, Transaction, TransactionKind, TransactionStatus};
pub use place::{
    Company, NewCustomer, NewDiscount, NewLine, NewShipping, NewTax, Payment, PlaceOrder,
    Presentment, Risk, Tender, line, line_at,
};
pub use refund::{
    DutyRefund, Refund, RefundDuty, RefundLine, RefundShipping, RefundUnits, Refunding, Restock,
};
pub use refund_money::{Adjustment, Discrepancy, GiveBack};
pub use return_process::{ProcessUnits, Processing};
pub use returns::{
    Disposition, DispositionKind, Exchange, NewReturnLine, Return, ReturnFee, ReturnLine,
    ReturnStatus, Returning,
};
pub use totals::Totals;
pub use work::{Fulfil, Fulfillment, FulfillmentLine, FulfillmentOrder, FulfillmentOrderLine};
pub(crate) use work::{Shipping, Tracking};

pub(crate) use import::Imported;
pub use import::Unreadable;
pub use life::{Cancelling, Refusal};
pub(crate) use make::Making;

/// An order with everything that happened to it.
#[derive(Clone, Debug)]
pub struct Order {
    pub id: u64,
    pub number: u32,
    pub name: String,
    pub created_at: DateTime<Utc>,
    pub processed_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub cancelled_at: Option<DateTime<Utc>>,
    /// Lower case, as in webhook bodies: `customer`, `fraud`, `inventory`, `declined`, `other`, `staff`.
    pub cancel_reason: Option<String>,
    /// What the staff noted when they cancelled it.
    pub staff_note: Option<String>,
    /// How many mails the customer got about its cancellation.
    pub cancel_mails: u32,
    pub closed_at: Option<DateTime<Utc>>,
    pub currencies: Currencies,
    pub taxes_included: bool,
    pub tax_exempt: bool,
    pub test: bool,
    pub source_name: String,
    pub risk: Risk,
    /// Days until payment is due, if the order has payment terms.
    pub net_days: Option<u32>,
    pub po_number: Option<String>,
    pub company: Option<Company>,
    pub note: Option<String>,
    pub attributes: Vec<(String, String)>,
    pub tags: Vec<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub customer: Option<u64>,
    pub billing_address: Option<Address>,
    pub shipping_address: Option<Address>,
    pub lines: Vec<Line>,
    pub shipping_lines: Vec<ShippingLine>,
    pub fees: Vec<AdditionalFee>,
    pub discounts: Vec<Discount>,
    pub transactions: Vec<Transaction>,
    pub fulfillment_orders: Vec<FulfillmentOrder>,
    pub fulfillments: Vec<Fulfillment>,
    pub refunds: Vec<Refund>,
    pub edits: Vec<OrderEdit>,
    pub returns: Vec<Return>,
    pub disputes: Vec<Dispute>,
    /// Oldest first: what the order is worth now is their sum.
    pub agreements: Vec<Agreement>,
    /// The price it was placed at.
    pub original_price: Bag,
    pub totals: Totals,
    pub financial_status: FinancialStatus,
    /// The body this order was loaded from; its values win over anything computed.
    pub(super) imported: Option<Imported>,
}

/// Something that was sold. A tip is a line too.
#[derive(Clone, Debug)]
pub struct Line {
    pub id: u64,
    pub variant: Option<u64>,
    pub product: Option<u64>,
    pub sku: Option<String>,
    pub title: String,
    pub variant_title: Option<String>,
    pub vendor: Option<String>,
    pub quantity: u32,
    /// Without refunded and removed units.
    pub current_quantity: u32,
    /// Shipped, whether or not it came back since.
    pub fulfilled: u32,
    /// Shipped units that are no longer in the order.
    pub returned: u32,
    /// Of one unit, before discounts; with tax if the order's taxes are included.
    pub price: Bag,
    pub taxable: bool,
    pub requires_shipping: bool,
    pub gift_card: bool,
    /// The gateway through which a tip was paid; `None` on anything that is no tip.
    pub tip: Option<String>,
    pub properties: Vec<(String, String)>,
    pub allocations: Vec<Allocation>,
    pub tax_lines: Vec<TaxLine>,
    pub duties: Vec<Duty>,
    pub grams: u32,
}

impl Line {
    /// Price times quantity, before discounts.
    pub fn original_total(&self) -> Bag {
        self.price.times(self.quantity)
    }

    pub fn discount(&self) -> Bag {
        self.allocations.iter().map(|a| a.amount).sum()
    }

    pub fn tax(&self) -> Bag {
        self.tax_lines.iter().map(|tax| tax.price).sum()
    }

    /// Shipped units that are still in the order.
    pub fn shipped(&self) -> u32 {
        self.fulfilled.saturating_sub(self.returned)
    }

    /// Units that are still to be shipped.
    pub fn unfulfilled(&self) -> u32 {
        self.current_quantity.saturating_sub(self.shipped())
    }

    pub(crate) fn name(&self) -> String {
        match &self.variant_title {
            Some(variant) => format!("{} - {variant}", self.title),
            None => self.title.clone(),
        }
    }
}

/// A way of shipping that was charged.
#[derive(Clone, Debug)]
pub struct ShippingLine {
    pub id: u64,
    pub title: String,
    pub code: Option<String>,
    pub source: Option<String>,
    pub price: Bag,
    /// Equals the price less the allocations, except in imported orders that say otherwise.
    pub discounted_price: Bag,
    pub allocations: Vec<Allocation>,
    pub tax_lines: Vec<TaxLine>,
    /// Taken off by an edit.
    pub removed: bool,
}

/// Tax of one kind on one line.
#[derive(Clone, Debug)]
pub struct TaxLine {
    pub title: String,
    pub rate: Decimal,
    pub price: Bag,
    /// Remitted by the channel (a marketplace), not by the merchant.
    pub channel_liable: bool,
}

/// A discount that was applied to the order (`discount_applications`).
#[derive(Clone, Debug)]
pub struct Discount {
    pub title: String,
    pub kind: DiscountKind,
    pub value: DiscountValue,
    pub on_shipping: bool,
    /// Spread over several lines, or on the lines it names.
    pub across: bool,
    /// Given after the order was placed.
    pub by_edit: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiscountKind {
    #[default]
    Code,
    Automatic,
    Manual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiscountValue {
    /// Percent, 0 to 100.
    Percentage(Decimal),
    /// In shop currency.
    Fixed(Decimal),
}

/// The part of a discount that one line carries.
#[derive(Clone, Debug)]
pub struct Allocation {
    /// Index into the order's discounts.
    pub discount: usize,
    /// On every unit ever ordered.
    pub amount: Bag,
    /// On the units that are left.
    pub(super) current: Bag,
}

impl Allocation {
    pub(super) fn of(discount: usize, amount: Bag) -> Self {
        Self {
            discount,
            amount,
            current: amount,
        }
    }
}

impl Order {
    /// Lower case, as in webhook bodies; `None` while nothing has shipped.
    pub fn fulfillment_status(&self) -> Option<&'static str> {
        let goods = || self.lines.iter().filter(|line| line.tip.is_none());
        let shipped: u32 = goods().map(|line| line.fulfilled).sum();
        let open: u32 = goods().map(Line::unfulfilled).sum();
        match (shipped, open) {
            (0, 0) if self.cancelled_at.is_some() => Some("restocked"),
            (0, _) => None,
            (_, 0) => Some("fulfilled"),
            (_, _) => Some("partial"),
        }
    }

    pub fn line(&self, id: u64) -> Option<&Line> {
        self.lines.iter().find(|line| line.id == id)
    }
}
