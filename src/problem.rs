//! The catalogue of problems: why a document is held, what to do, and who can do it.

use serde::{Deserialize, Serialize};

use crate::money;

/// Why a document is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub code: Code,
    /// What is wrong with this document, in one sentence without personal data.
    pub what: String,
    /// The field and its value on both sides, where that helps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<Box<Field>>,
    /// Documents with the same cause are mended together: `unknown_sku:MUG-1`.
    pub cause: String,
}

/// One field as each side has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shopify: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub netsuite: Option<String>,
}

/// Who can mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// Whoever keeps items and customers in NetSuite.
    NetsuiteUser,
    /// The NetSuite administrator: roles, forms, features.
    NetsuiteAdministrator,
    /// Whoever runs the shop.
    ShopifyUser,
    /// Whoever runs waybill: configuration, credentials.
    Operator,
    Bookkeeper,
    /// A defect of waybill.
    Developer,
}

/// Whether trying again without mending anything may do harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// Harmless, and useful once the cause is mended.
    Safe,
    /// Look first: something may have been written.
    LookFirst,
}

macro_rules! catalogue {
    ($($variant:ident $code:literal $who:ident $retry:ident $remedy:literal)*) => {
        /// The stable code of a problem.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Code { $(#[serde(rename = $code)] $variant,)* }

        impl Code {
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            #[must_use]
            pub fn as_str(self) -> &'static str { match self { $(Self::$variant => $code,)* } }

            /// What to do about it.
            #[must_use]
            pub fn remedy(self) -> &'static str { match self { $(Self::$variant => $remedy,)* } }

            #[must_use]
            pub fn who(self) -> Who { match self { $(Self::$variant => Who::$who,)* } }

            #[must_use]
            pub fn retry(self) -> Retry { match self { $(Self::$variant => Retry::$retry,)* } }
        }
    };
}

catalogue! {
    UnknownSku "unknown_sku" NetsuiteUser Safe
        "Create the item in NetSuite with exactly this SKU (case, leading zeros and blanks matter), or correct the SKU in Shopify; then replay."
    AmbiguousSku "ambiguous_sku" NetsuiteUser Safe
        "Two active NetSuite items carry this SKU: rename or deactivate one; then replay."
    InactiveItem "inactive_item" NetsuiteUser Safe
        "The NetSuite item is inactive: activate it, or correct the SKU in Shopify; then replay."
    AmbiguousVariant "ambiguous_variant" ShopifyUser Safe
        "Several Shopify variants carry this SKU: give all but one another SKU; then replay."
    NegativeStock "negative_stock" NetsuiteUser Safe
        "NetSuite has less than nothing of this item: correct its stock there, or choose [store.inventory] negative; then replay."
    UnknownTax "unknown_tax" Operator Safe
        "Add a [[store.tax.map]] entry for this country, province, title and rate; then replay."
    UnknownCurrency "unknown_currency" NetsuiteAdministrator Safe
        "Add the currency to NetSuite and to the customer; then replay."
    MissingSetting "missing_setting" Operator Safe
        "Set the named configuration key and restart; then replay."
    ManyCustomers "many_customers" NetsuiteUser Safe
        "Several NetSuite customers have this e-mail: merge them, set the external id on the right one, or choose [store.customers] many_matches; then replay."
    ManyOrders "many_orders" Bookkeeper LookFirst
        "Several NetSuite orders carry this order's number: correct the field named in [store.orders] adopt on all but one; then replay."
    CustomerElsewhere "customer_elsewhere" NetsuiteUser Safe
        "The customer belongs to another subsidiary or lacks the currency: add it there, or choose [store.customers] cross_subsidiary; then replay."
    MultiSubsidiaryOff "multi_subsidiary_off" NetsuiteAdministrator Safe
        "NetSuite shows no subsidiaries of customers: turn on Multi-Subsidiary Customer (Setup > Company > Enable Features, Company) and give the role Subsidiaries and Customers, or choose another [store.customers] cross_subsidiary; then replay."
    CustomerName "customer_name" Operator Safe
        "NetSuite has another entity of this name: set [store.customers] entity_id to a pattern that is unique; then replay."
    ContactTaken "contact_taken" ShopifyUser Safe
        "Another Shopify customer has this e-mail or phone number: merge the two in Shopify, or correct one; then replay."
    NoCustomer "no_customer" Operator Safe
        "The order has no customer: set [store.customers] guest to the NetSuite customer such orders are booked on; then replay."
    Unbalanced "unbalanced" Developer Safe
        "The document would not equal its source; nothing was written. Send this page to the developers: the equation shows the difference."
    SourceContradicts "source_contradicts" ShopifyUser Safe
        "Shopify's own numbers for this order disagree with each other: compare the order's page; then replay."
    TotalDiffers "total_differs" Bookkeeper LookFirst
        "NetSuite shows another total than Shopify: a script, a workflow or the tax set-up changed the document. Correct it in NetSuite; then replay."
    MissingInNetsuite "missing_in_netsuite" Bookkeeper LookFirst
        "The document was written and is not in NetSuite any more, and it is never written twice: if it was deleted on purpose leave it, else enter it again in NetSuite by hand."
    ChangedAfterImport "changed_after_import" Bookkeeper LookFirst
        "The order changed in Shopify in a way NetSuite cannot take any more (see both versions): correct the documents in NetSuite, or undo the change in Shopify; then replay."
    PaymentKept "payment_kept" ShopifyUser Safe
        "Nothing of the order is left and its payment was not given back: refund it in Shopify, or book in NetSuite by hand what is kept; then replay."
    AwaitsBilling "awaits_billing" Bookkeeper Safe
        "What was refunded is shipped and not billed, so nothing can be credited: bill the order in NetSuite; then replay."
    ClosedInNetsuite "closed_in_netsuite" ShopifyUser Safe
        "Somebody closed or cancelled the sales order in NetSuite, and Shopify cannot cancel its order as it stands: cancel or refund in Shopify what is left, or enter the sales order anew in NetSuite; then replay."
    RiskHold "risk_hold" ShopifyUser Safe
        "Shopify rates the order as risky and [store.orders] hold_if_risk asks to hold it: review it in Shopify; then replay."
    UnknownLine "unknown_line" NetsuiteUser Safe
        "The shipped lines cannot be told apart in Shopify: they must carry the order's custcol_waybill_line and whole units. Correct the sales order or item fulfillment in NetSuite; then replay."
    FulfillmentOnHold "fulfillment_on_hold" ShopifyUser Safe
        "NetSuite has shipped what is on hold in Shopify: release the hold on the Shopify order; it is tried again by itself, sooner with a replay."
    FulfillmentNotOpen "fulfillment_not_open" ShopifyUser Safe
        "NetSuite has shipped what Shopify has scheduled for later or given to a fulfillment service: open it on the Shopify order; it is tried again by itself, sooner with a replay."
    FulfilledElsewhere "fulfilled_elsewhere" ShopifyUser LookFirst
        "NetSuite has shipped more than is left to ship in Shopify, where the order was fulfilled with other numbers, refunded or cancelled: compare both, correct the wrong one; then replay."
    FulfillmentCancelled "fulfillment_cancelled" ShopifyUser LookFirst
        "The fulfillment was cancelled in Shopify by hand, and NetSuite still has it shipped: delete the item fulfillment in NetSuite if the goods came back, else fulfill it in Shopify by hand."
    FulfillmentMove "fulfillment_move" ShopifyUser Safe
        "NetSuite ships from another location than Shopify assigned, and Shopify refuses to move it: stock the product at that location in Shopify, or choose [store.fulfillments] elsewhere = \"as_assigned\"; then replay."
    FieldMissing "field_missing" Operator Safe
        "NetSuite's form demands a field: give it a value with [[store.field]], or make it optional on the form; then replay."
    FieldExpression "field_expression" Operator Safe
        "A [[store.field]] expression failed on this order: correct it in the configuration; then replay."
    AddressRefused "address_refused" ShopifyUser Safe
        "NetSuite refuses the address: correct the province or country in Shopify, or say with [store.states] what NetSuite calls the province; then replay."
    Refused "refused" Operator LookFirst
        "The other system refuses the write; its words are quoted. Mend what they name; then replay."
    Locked "locked" NetsuiteAdministrator Safe
        "A workflow has locked the record in NetSuite: release it; then replay."
    PeriodClosed "period_closed" Bookkeeper Safe
        "The accounting period of the date is closed: open it, or choose [store.orders] closed_period; then replay."
    Permission "permission" NetsuiteAdministrator Safe
        "Our role or scope lacks a permission: grant it (run `waybill check`); then replay."
    SourceMissing "source_missing" ShopifyUser Safe
        "Shopify announced this document and does not show it ten minutes later: if it was deleted leave it, else replay."
    SourceStale "source_stale" Operator Safe
        "Shopify still shows a version older than it announced ten minutes ago: replay later."
    RetriesExhausted "retries_exhausted" Operator LookFirst
        "It failed for 75 hours; the last failure is quoted. Mend the cause; then replay."
    Quarantined "quarantined" Developer LookFirst
        "The process died three times while working on this document alone: send this page to the developers, with the log of the crash."
    PlanMoved "plan_moved" Operator Safe
        "The approved plan is not what would be written now: look at the new plan and approve that."
    Unreadable "unreadable" Developer LookFirst
        "It was signed and is not understood; its bytes are kept. Send its topic to the developers."
    SubscriptionMissing "subscription_missing" Operator Safe
        "A webhook subscription is missing or wrong: Shopify removes one after eight failed deliveries. Run `waybill connect`; the sweeps find what was missed."
    PrivacyRequest "privacy_request" Operator LookFirst
        "A person asked for their data, or for its erasure: answer within 30 days."
}

/// An order whose amounts cannot be added up is held, not failed.
impl From<money::Error> for Problem {
    fn from(error: money::Error) -> Self {
        let code = match &error {
            money::Error::UnknownCurrency(_) => Code::UnknownCurrency,
            money::Error::NotAnAmount { .. }
            | money::Error::Mixed { .. }
            | money::Error::TooLarge => Code::SourceContradicts,
        };
        Self::new(code, error.to_string())
    }
}

impl Problem {
    /// A problem whose cause is its code alone.
    #[must_use]
    pub fn new(code: Code, what: impl Into<String>) -> Self {
        Self {
            code,
            what: what.into(),
            field: None,
            cause: code.as_str().to_owned(),
        }
    }

    /// Narrows the cause: all documents with the same `cause` are mended by the same act.
    #[must_use]
    pub fn because(mut self, cause: impl std::fmt::Display) -> Self {
        self.cause = format!("{}:{cause}", self.code.as_str());
        self
    }

    /// Names the field and what each side has.
    #[must_use]
    pub fn field(
        mut self,
        name: impl Into<String>,
        shopify: Option<String>,
        netsuite: Option<String>,
    ) -> Self {
        self.field = Some(Box::new(Field {
            name: name.into(),
            shopify,
            netsuite,
        }));
        self
    }
}
