//! What happened to an order after it was placed: edits, refunds, returns, disputes; Shopify's facts, nothing interpreted.
//!
//! Amounts are in the store's currency basis, as in [`Order`](super::order::Order), and signed as
//! Shopify signs them. The lists are empty for an order that was only placed, paid and shipped: what
//! was sold is then what its lines say.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::order::Tax;
use crate::money::Money;

/// Units taken back, money given back, or both. One may have lines and no transactions (only a
/// restock), or transactions and no lines (goodwill).
///
/// It need not mean that goods came back, nor even a refund: an order edit that removes units may
/// leave one, too. Its agreement tells.
#[derive(Debug, Clone, Serialize)]
pub struct Refund {
    pub id: u64,
    pub created_at: DateTime<Utc>,
    /// Of an imported refund, when it happened; else as `created_at`.
    pub processed_at: DateTime<Utc>,
    pub note: Option<String>,
    /// The return it belongs to.
    pub return_id: Option<u64>,
    pub lines: Vec<RefundLine>,
    pub shipping: Vec<RefundShipping>,
    pub adjustments: Vec<Adjustment>,
    /// What is given back of each duty.
    pub duties: Vec<Money>,
    /// The ids of the order's transactions that pay it; money has moved only by the successful ones.
    pub transactions: Vec<u64>,
    /// Shopify's `totalRefundedSet`: the sum of its transactions.
    pub total: Money,
}

/// Units of one order line.
#[derive(Debug, Clone, Serialize)]
pub struct RefundLine {
    /// The id of the order line.
    pub line: u64,
    pub quantity: i64,
    pub restock: Restock,
    pub restocked: bool,
    /// The Shopify location the units went back to.
    pub location: Option<u64>,
    /// Net of discounts; includes `tax` when the order's prices do.
    pub subtotal: Money,
    pub tax: Money,
}

/// Shopify's `RefundLineItemRestockType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Restock {
    /// The units were never fulfilled, and are not going to be.
    Cancel,
    /// The units were fulfilled and came back into stock.
    Return,
    NoRestock,
    /// Restocked, and nobody knows whether cancelled or returned.
    Legacy,
}

/// What is given back of one shipping line.
#[derive(Debug, Clone, Serialize)]
pub struct RefundShipping {
    pub shipping_line: Option<u64>,
    /// Includes `tax` when the order's prices do.
    pub subtotal: Money,
    pub tax: Money,
}

/// What the money of a refund differs from the units of it. Negative when more was given than the
/// units account for: the money is the lines less the adjustments.
#[derive(Debug, Clone, Serialize)]
pub struct Adjustment {
    pub amount: Money,
    pub tax: Money,
    /// Shopify's `OrderAdjustmentDiscrepancyReason`, such as `REFUND_DISCREPANCY` or `RESTOCK`.
    pub reason: Option<String>,
}

/// Units that the customer sends back, asked for or on their way or there.
#[derive(Debug, Clone, Serialize)]
pub struct Return {
    pub id: u64,
    /// What people call it: `#1001-R1`.
    pub name: String,
    pub status: ReturnStatus,
    pub created_at: DateTime<Utc>,
    pub lines: Vec<ReturnLine>,
    /// What the customer pays for sending back, kept from the refund.
    pub shipping_fees: Vec<Money>,
    /// The ids of the order lines sent in exchange; none before the return is processed.
    pub exchange_lines: Vec<u64>,
    /// What became of the units that arrived.
    pub dispositions: Vec<Disposition>,
}

/// Shopify's `ReturnStatus`. Only an open or closed one is agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnStatus {
    /// The customer asks for it; the shop has not answered.
    Requested,
    Open,
    Closed,
    Canceled,
    Declined,
}

/// Units of one order line.
#[derive(Debug, Clone, Serialize)]
pub struct ReturnLine {
    /// The id of the order line.
    pub line: u64,
    pub quantity: i64,
    /// How many of them are refunded.
    pub refunded: i64,
    /// How many of them were dealt with, refunded or not.
    pub processed: i64,
    pub restocking_fee: Option<Money>,
}

/// What became of some returned units, and where.
#[derive(Debug, Clone, Serialize)]
pub struct Disposition {
    /// The id of the order line.
    pub line: u64,
    pub quantity: i64,
    pub kind: DispositionKind,
    pub location: Option<u64>,
    pub at: DateTime<Utc>,
}

/// Shopify's `ReverseFulfillmentOrderDispositionType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DispositionKind {
    Restocked,
    NotRestocked,
    /// Expected, and not in the parcel.
    Missing,
    /// There, and neither in stock nor discarded yet.
    ProcessingRequired,
}

/// One act by which shop and customer agreed on what is sold: the order itself, an edit, a refund, a
/// return.
#[derive(Debug, Clone, Serialize)]
pub struct Agreement {
    pub id: u64,
    pub happened_at: DateTime<Utc>,
    pub reason: AgreementReason,
    /// The refund that a refund agreement is about.
    pub refund: Option<u64>,
    /// The return that a return agreement is about.
    pub return_id: Option<u64>,
    pub sales: Vec<Sale>,
}

/// Shopify's `OrderActionType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AgreementReason {
    Order,
    Edit,
    Refund,
    Return,
    /// Shopify's own word for an action that this version of its API does not know.
    Unknown,
}

/// One position of an agreement: how many units more or less, and for how much.
///
/// Shopify does not document the signs of a `Return` sale.
#[derive(Debug, Clone, Serialize)]
pub struct Sale {
    pub action: SaleAction,
    pub kind: SaleKind,
    /// The id of the order line, of a product, a tip or a gift card.
    pub line: Option<u64>,
    /// The id of the shipping line; Shopify does not name it when the shipping is taken back.
    pub shipping_line: Option<u64>,
    pub quantity: Option<i64>,
    /// After discounts and taxes, as Shopify signs it.
    pub total: Money,
    pub discount_before_tax: Money,
    pub discount_after_tax: Money,
    pub tax: Money,
    pub taxes: Vec<Tax>,
}

/// Shopify's `SaleActionType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SaleAction {
    /// Sold.
    Order,
    /// Removed or sent back.
    Return,
    /// Another price, tax or discount for what was sold before.
    Update,
    /// Shopify's own word for an action that this version of its API does not know.
    Unknown,
}

/// Shopify's `SaleLineType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SaleKind {
    Product,
    Shipping,
    Tip,
    Duty,
    GiftCard,
    /// A restocking fee, or one for sending back.
    Fee,
    AdditionalFee,
    Adjustment,
    /// Shopify's own word for a kind that this version of its API does not know.
    Unknown,
}

/// A customer's bank asks a payment back.
#[derive(Debug, Clone, Serialize)]
pub struct Dispute {
    pub id: u64,
    /// What it began as: `CHARGEBACK` or `INQUIRY`.
    pub kind: String,
    /// Shopify's `DisputeStatus`, such as `NEEDS_RESPONSE` or `LOST`.
    pub status: String,
}
