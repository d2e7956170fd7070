//! What is linked: the kinds of pairs, as the database names them.

use serde::Serialize;

/// What is linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A Shopify order and its sales order (or cash sale).
    Order,
    /// A Shopify transaction and its customer deposit.
    Deposit,
    Customer,
    /// A shipped item fulfillment and its invoice.
    Invoice,
    /// A deposit or credit used for an invoice, and its record.
    Application,
    /// What a refund or return took back, and its return authorization.
    Return,
    Receipt,
    /// The same, and its credit memo or cash refund.
    Credit,
    /// A Shopify refund transaction and its customer refund.
    Refund,
    /// An item fulfillment's part at one place, and its Shopify fulfillment.
    Fulfillment,
    /// A NetSuite item, and its Shopify inventory item.
    Item,
    Company,
    CompanyLocation,
}

impl Kind {
    pub(super) const ALL: [Self; 13] = [
        Self::Order,
        Self::Deposit,
        Self::Customer,
        Self::Invoice,
        Self::Application,
        Self::Return,
        Self::Receipt,
        Self::Credit,
        Self::Refund,
        Self::Fulfillment,
        Self::Item,
        Self::Company,
        Self::CompanyLocation,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Deposit => "deposit",
            Self::Customer => "customer",
            Self::Invoice => "invoice",
            Self::Application => "application",
            Self::Return => "return",
            Self::Receipt => "receipt",
            Self::Credit => "credit",
            Self::Refund => "refund",
            Self::Fulfillment => "fulfillment",
            Self::Item => "item",
            Self::Company => "company",
            Self::CompanyLocation => "company_location",
        }
    }
}
