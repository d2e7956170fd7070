//! An order as a flow reads it: Shopify's facts in one currency basis, exact, nothing interpreted.
//!
//! It is also what `order` means in a `[[store.field]]` expression, so its field names are part of
//! the configuration's language.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Serialize;

pub use super::order_history::{
    Adjustment, Agreement, AgreementReason, Disposition, DispositionKind, Dispute, Refund,
    RefundLine, RefundShipping, Restock, Return, ReturnLine, ReturnStatus, Sale, SaleAction,
    SaleKind,
};
use crate::money::{Currency, Money};

/// One order, all of its lines and transactions. Amounts are in the store's currency basis.
#[derive(Debug, Clone, Serialize)]
pub struct Order {
    /// Shopify's numeric id (`legacyResourceId`); can exceed 2^53.
    pub id: u64,
    /// What people call it: `#1001`.
    pub name: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub processed_at: DateTime<Utc>,
    pub cancelled_at: Option<DateTime<Utc>>,
    pub closed_at: Option<DateTime<Utc>>,
    pub test: bool,
    pub edited: bool,
    pub source_name: Option<String>,
    pub po_number: Option<String>,
    /// The company's location that buys, if a company does.
    pub company: Option<Company>,
    pub note: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub tags: Vec<String>,
    pub attributes: Vec<Attribute>,
    pub currency: Currency,
    pub taxes_included: bool,
    pub tax_exempt: bool,
    /// `PAID`, `AUTHORIZED`, …: Shopify's `displayFinancialStatus`, for display and expressions.
    pub financial_status: Option<String>,
    /// Shopify's `displayFulfillmentStatus`.
    pub fulfillment_status: String,
    /// Whether Shopify's payment terms apply (`null` otherwise); the name, such as `Net 30`.
    pub payment_terms: Option<String>,
    /// The highest risk recommendation or level Shopify shows, such as `HIGH`.
    pub risk: Option<String>,
    pub customer: Option<Customer>,
    pub billing_address: Option<Address>,
    pub shipping_address: Option<Address>,
    pub lines: Vec<Line>,
    pub shipping: Vec<ShippingLine>,
    pub fees: Vec<Fee>,
    pub transactions: Vec<Transaction>,
    pub totals: Totals,
    pub refunds: Vec<Refund>,
    pub returns: Vec<Return>,
    /// What was agreed, one after the other; empty while all of it is what the lines say.
    pub agreements: Vec<Agreement>,
    pub disputes: Vec<Dispute>,
    /// What waybill wrote back earlier: the metafield `waybill.netsuite_id`.
    pub netsuite_id: Option<String>,
}

/// Shopify's own sums, as sold; `current` is after edits, refunds and returns.
#[derive(Debug, Clone, Serialize)]
pub struct Totals {
    pub total: Money,
    pub subtotal: Money,
    pub tax: Money,
    pub discounts: Money,
    pub shipping: Money,
    pub tip: Money,
    /// Null when the order has no duties.
    pub duties: Option<Money>,
    pub additional_fees: Option<Money>,
    pub cash_rounding: Money,
    pub current_total: Money,
    pub outstanding: Money,
    pub refunded: Money,
}

#[derive(Debug, Clone, Serialize)]
pub struct Attribute {
    pub key: String,
    pub value: Option<String>,
}

/// A business buyer: one location of a company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Company {
    pub id: u64,
    pub name: String,
    pub location: u64,
    pub location_name: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct Customer {
    pub id: u64,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    /// Shopify's `displayName`.
    pub name: String,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub note: Option<String>,
    pub tax_exempt: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Address {
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub company: Option<String>,
    pub address1: Option<String>,
    pub address2: Option<String>,
    pub city: Option<String>,
    /// The province's name; `province_code` is what NetSuite takes.
    pub province: Option<String>,
    pub province_code: Option<String>,
    /// What NetSuite calls it, where the store's settings say so; empty for no state at all.
    #[serde(skip)]
    pub netsuite_state: Option<String>,
    pub zip: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country_code: Option<String>,
    pub phone: Option<String>,
}

/// One line. `quantity` counts refunded and removed units, `current_quantity` does not.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    pub id: u64,
    pub variant_id: Option<u64>,
    pub product_id: Option<u64>,
    /// Exactly as Shopify holds it: case, leading zeros and blanks matter.
    pub sku: Option<String>,
    pub title: String,
    /// The title with the variant's.
    pub name: String,
    pub quantity: i64,
    pub current_quantity: i64,
    /// What is still to be fulfilled.
    pub unfulfilled_quantity: i64,
    /// What can still be refunded, fulfilled or not.
    pub refundable_quantity: i64,
    /// Before any discount; includes tax when the order's prices do.
    pub unit_price: Money,
    pub discounts: Vec<Discount>,
    pub taxes: Vec<Tax>,
    pub taxable: bool,
    pub requires_shipping: bool,
    pub gift_card: bool,
    pub duties: Vec<Duty>,
    pub attributes: Vec<Attribute>,
    /// The Shopify location the fulfillment order is assigned to.
    pub location: Option<u64>,
}

/// A part of a discount that Shopify allocated to one line.
#[derive(Debug, Clone, Serialize)]
pub struct Discount {
    pub amount: Money,
    /// Which of the order's discount applications it is a part of.
    pub index: i64,
    /// The code, or the title of an automatic or manual discount.
    pub title: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tax {
    pub title: String,
    /// 0.0825 for 8.25 %.
    pub rate: Option<Decimal>,
    pub amount: Money,
    /// A marketplace remits it; it is not the merchant's payable.
    pub channel_liable: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct Duty {
    pub amount: Money,
    pub taxes: Vec<Tax>,
}

/// An additional fee on the whole order.
#[derive(Debug, Clone, Serialize)]
pub struct Fee {
    pub name: String,
    /// Includes its taxes when the order's prices do.
    pub amount: Money,
    pub taxes: Vec<Tax>,
}

#[derive(Debug, Clone, Serialize)]
pub struct ShippingLine {
    pub id: Option<u64>,
    pub code: Option<String>,
    pub title: String,
    pub source: Option<String>,
    pub price: Money,
    pub discounts: Vec<Discount>,
    pub taxes: Vec<Tax>,
    pub removed: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct Transaction {
    pub id: u64,
    pub kind: TransactionKind,
    pub status: TransactionStatus,
    pub gateway: Option<String>,
    /// Of cash, as it was rounded: what is in the till, or was taken out of it.
    pub amount: Money,
    /// What `amount` was rounded by.
    pub rounding: Money,
    pub processed_at: Option<DateTime<Utc>>,
    pub parent: Option<u64>,
    pub test: bool,
}

/// Shopify's `OrderTransactionKind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TransactionKind {
    Authorization,
    Capture,
    Sale,
    Refund,
    Void,
    Change,
    EmvAuthorization,
    SuggestedRefund,
}

/// Shopify's `OrderTransactionStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TransactionStatus {
    Success,
    Pending,
    Failure,
    Error,
    AwaitingResponse,
    Unknown,
}
