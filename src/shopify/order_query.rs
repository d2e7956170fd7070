//! The order as Shopify's GraphQL gives it: the query for an order of ordinary size, its pages and
//! the parts of a large one.
//!
//! The numbers of entries asked for are a bargain with Shopify's cost rules: one query may be asked
//! to pay 1000 points, and a Standard shop's bucket holds 2000. A test adds them up.

use chrono::{DateTime, Utc};
use cynic::{Id, QueryFragment, QueryVariables};

use super::schema::{
    self, Amount, CountryCode, CurrencyCode, DisputeStatus, DisputeType,
    OrderDisplayFinancialStatus, OrderDisplayFulfillmentStatus, OrderRiskRecommendationResult,
    OrderTransactionKind, OrderTransactionStatus, Rate, RiskAssessmentResult,
};

#[derive(QueryVariables)]
#[cynic(schema_module = "schema")]
pub(super) struct OrderVariables {
    pub(super) id: Id,
}

#[derive(QueryVariables)]
#[cynic(schema_module = "schema")]
pub(super) struct PageVariables {
    pub(super) id: Id,
    pub(super) after: Option<String>,
}

/// The whole of an order of up to 20 lines.
#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "QueryRoot",
    variables = "OrderVariables"
)]
pub(super) struct OrderQuery {
    #[arguments(id: $id)]
    pub(super) order: Option<Order>,
    /// Apart from the order: where the app may not see disputes, only this is null.
    #[cynic(rename = "order", alias)]
    #[arguments(id: $id)]
    pub(super) disputed: Option<Disputed>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "Order")]
pub(super) struct Disputed {
    pub(super) disputes: Vec<Dispute>,
}

/// Transactions, as many as one query can ask for; Shopify gives no further page.
#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "QueryRoot",
    variables = "OrderVariables"
)]
pub(super) struct OrderTransactionsQuery {
    #[arguments(id: $id)]
    pub(super) order: Option<OrderTransactions>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "Order")]
pub(super) struct OrderTransactions {
    pub(super) updated_at: DateTime<Utc>,
    #[arguments(first: 120)]
    pub(super) transactions: Vec<Transaction>,
}

/// Further lines, 30 at a time.
#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "QueryRoot",
    variables = "PageVariables"
)]
pub(super) struct OrderLinesQuery {
    #[arguments(id: $id)]
    pub(super) order: Option<OrderLines>,
}

/// The parts of which [`OrderQuery`] asks a few only, in larger numbers.
#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "QueryRoot",
    variables = "OrderVariables"
)]
pub(super) struct OrderPartsQuery {
    #[arguments(id: $id)]
    pub(super) order: Option<OrderParts>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "Order")]
pub(super) struct Order {
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) processed_at: DateTime<Utc>,
    pub(super) cancelled_at: Option<DateTime<Utc>>,
    pub(super) closed_at: Option<DateTime<Utc>>,
    pub(super) test: bool,
    pub(super) edited: bool,
    pub(super) source_name: Option<String>,
    pub(super) po_number: Option<String>,
    pub(super) purchasing_entity: Option<PurchasingEntity>,
    pub(super) note: Option<String>,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) custom_attributes: Vec<Attribute>,
    pub(super) currency_code: CurrencyCode,
    pub(super) presentment_currency_code: CurrencyCode,
    pub(super) taxes_included: bool,
    pub(super) tax_exempt: bool,
    pub(super) display_financial_status: Option<OrderDisplayFinancialStatus>,
    pub(super) display_fulfillment_status: OrderDisplayFulfillmentStatus,
    pub(super) payment_terms: Option<PaymentTerms>,
    pub(super) risk: RiskSummary,
    pub(super) customer: Option<Customer>,
    pub(super) billing_address: Option<Address>,
    pub(super) shipping_address: Option<Address>,
    #[arguments(first: 20)]
    pub(super) line_items: LineConnection,
    #[arguments(first: 5, includeRemovals: true)]
    pub(super) shipping_lines: ShippingLineConnection,
    #[arguments(first: 20)]
    pub(super) discount_applications: DiscountApplicationConnection,
    #[arguments(first: 6)]
    pub(super) transactions: Vec<Transaction>,
    #[arguments(first: 5)]
    pub(super) refunds: Vec<RefundId>,
    #[arguments(first: 5)]
    pub(super) returns: ReturnIdConnection,
    #[arguments(first: 10, displayable: true)]
    pub(super) fulfillment_orders: AssignedConnection,
    #[arguments(namespace: "waybill", key: "netsuite_id")]
    pub(super) metafield: Option<Metafield>,
    pub(super) total_price_set: MoneyBag,
    pub(super) subtotal_price_set: Option<MoneyBag>,
    pub(super) total_tax_set: Option<MoneyBag>,
    pub(super) total_discounts_set: Option<MoneyBag>,
    pub(super) total_shipping_price_set: MoneyBag,
    pub(super) total_tip_received_set: MoneyBag,
    pub(super) original_total_duties_set: Option<MoneyBag>,
    pub(super) original_total_additional_fees_set: Option<MoneyBag>,
    pub(super) additional_fees: Vec<AdditionalFee>,
    pub(super) total_cash_rounding_adjustment: CashRounding,
    pub(super) current_total_price_set: MoneyBag,
    pub(super) total_outstanding_set: MoneyBag,
    pub(super) total_refunded_set: MoneyBag,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "Order",
    variables = "PageVariables"
)]
pub(super) struct OrderLines {
    pub(super) updated_at: DateTime<Utc>,
    #[arguments(first: 30, after: $after)]
    pub(super) line_items: LineConnection,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "Order")]
pub(super) struct OrderParts {
    pub(super) updated_at: DateTime<Utc>,
    #[arguments(first: 30, includeRemovals: true)]
    pub(super) shipping_lines: ShippingLineConnection,
    #[arguments(first: 100)]
    pub(super) discount_applications: DiscountApplicationConnection,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct PageInfo {
    pub(super) has_next_page: bool,
    pub(super) end_cursor: Option<String>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "LineItemConnection")]
pub(super) struct LineConnection {
    pub(super) nodes: Vec<LineItem>,
    pub(super) page_info: PageInfo,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct LineItem {
    pub(super) id: Id,
    pub(super) sku: Option<String>,
    pub(super) title: String,
    pub(super) name: String,
    pub(super) quantity: i32,
    pub(super) current_quantity: i32,
    pub(super) unfulfilled_quantity: i32,
    pub(super) refundable_quantity: i32,
    pub(super) taxable: bool,
    pub(super) requires_shipping: bool,
    pub(super) is_gift_card: bool,
    pub(super) variant: Option<Variant>,
    pub(super) product: Option<Product>,
    pub(super) custom_attributes: Vec<Attribute>,
    pub(super) original_unit_price_set: MoneyBag,
    pub(super) discount_allocations: Vec<DiscountAllocation>,
    pub(super) tax_lines: Vec<TaxLine>,
    pub(super) duties: Vec<Duty>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "ProductVariant")]
pub(super) struct Variant {
    pub(super) id: Id,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct Product {
    pub(super) id: Id,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct Attribute {
    pub(super) key: String,
    pub(super) value: Option<String>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct MoneyBag {
    pub(super) shop_money: Money,
    pub(super) presentment_money: Money,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "MoneyV2")]
pub(super) struct Money {
    pub(super) amount: Amount,
    pub(super) currency_code: CurrencyCode,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct DiscountAllocation {
    pub(super) allocated_amount_set: MoneyBag,
    pub(super) discount_application: DiscountIndex,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "DiscountApplication")]
pub(super) struct DiscountIndex {
    pub(super) index: i32,
}

/// The same nodes twice: a type-dependent field beside a number does not survive exact numbers.
#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct DiscountApplicationConnection {
    pub(super) nodes: Vec<DiscountIndex>,
    #[cynic(rename = "nodes", alias)]
    pub(super) titles: Vec<DiscountTitle>,
    pub(super) page_info: PageInfo,
}

#[derive(cynic::InlineFragments)]
#[cynic(schema = "shopify", graphql_type = "DiscountApplication")]
pub(super) enum DiscountTitle {
    Code(CodeDiscount),
    Automatic(AutomaticDiscount),
    Manual(ManualDiscount),
    Script(ScriptDiscount),
    #[cynic(fallback)]
    Other,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "DiscountCodeApplication")]
pub(super) struct CodeDiscount {
    pub(super) code: String,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "AutomaticDiscountApplication")]
pub(super) struct AutomaticDiscount {
    pub(super) title: String,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "ManualDiscountApplication")]
pub(super) struct ManualDiscount {
    pub(super) title: String,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "ScriptDiscountApplication")]
pub(super) struct ScriptDiscount {
    pub(super) title: String,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct TaxLine {
    pub(super) title: String,
    pub(super) rate: Option<Rate>,
    pub(super) channel_liable: Option<bool>,
    pub(super) price_set: MoneyBag,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct AdditionalFee {
    pub(super) name: String,
    pub(super) price: MoneyBag,
    pub(super) tax_lines: Vec<TaxLine>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct Duty {
    pub(super) price: MoneyBag,
    pub(super) tax_lines: Vec<TaxLine>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct ShippingLineConnection {
    pub(super) nodes: Vec<ShippingLine>,
    pub(super) page_info: PageInfo,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct ShippingLine {
    pub(super) id: Option<Id>,
    pub(super) code: Option<String>,
    pub(super) title: String,
    pub(super) source: Option<String>,
    pub(super) is_removed: bool,
    pub(super) original_price_set: MoneyBag,
    pub(super) discount_allocations: Vec<DiscountAllocation>,
    pub(super) tax_lines: Vec<TaxLine>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "OrderTransaction")]
pub(super) struct Transaction {
    pub(super) id: Id,
    pub(super) kind: OrderTransactionKind,
    pub(super) status: OrderTransactionStatus,
    pub(super) gateway: Option<String>,
    pub(super) test: bool,
    pub(super) processed_at: Option<DateTime<Utc>>,
    pub(super) amount_set: MoneyBag,
    pub(super) amount_rounding_set: Option<MoneyBag>,
    pub(super) parent_transaction: Option<TransactionId>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "OrderTransaction")]
pub(super) struct TransactionId {
    pub(super) id: Id,
}

#[derive(Clone, QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "Refund")]
pub(super) struct RefundId {
    pub(super) id: Id,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "ReturnConnection")]
pub(super) struct ReturnIdConnection {
    pub(super) nodes: Vec<ReturnId>,
    pub(super) page_info: PageInfo,
}

#[derive(Clone, QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "Return")]
pub(super) struct ReturnId {
    pub(super) id: Id,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "LineItem")]
pub(super) struct LineId {
    pub(super) id: Id,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "ShippingLine")]
pub(super) struct ShippingLineId {
    pub(super) id: Option<Id>,
}

/// The version of the order that a part read by its own id belongs to.
#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "Order")]
pub(super) struct OrderVersion {
    pub(super) updated_at: DateTime<Utc>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "OrderDisputeSummary")]
pub(super) struct Dispute {
    pub(super) id: Id,
    pub(super) initiated_as: DisputeType,
    pub(super) status: DisputeStatus,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "FulfillmentOrderConnection")]
pub(super) struct AssignedConnection {
    pub(super) nodes: Vec<Assigned>,
    pub(super) page_info: PageInfo,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "FulfillmentOrder")]
pub(super) struct Assigned {
    pub(super) assigned_location: AssignedLocation,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "FulfillmentOrderAssignedLocation")]
pub(super) struct AssignedLocation {
    pub(super) location: Option<Location>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct Location {
    pub(super) id: Id,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct Metafield {
    pub(super) value: String,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "CashRoundingAdjustment")]
pub(super) struct CashRounding {
    pub(super) payment_set: MoneyBag,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct PaymentTerms {
    pub(super) payment_terms_name: String,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "OrderRiskSummary")]
pub(super) struct RiskSummary {
    pub(super) recommendation: OrderRiskRecommendationResult,
    pub(super) assessments: Vec<RiskAssessment>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "OrderRiskAssessment")]
pub(super) struct RiskAssessment {
    pub(super) risk_level: RiskAssessmentResult,
}

#[derive(cynic::InlineFragments)]
#[cynic(schema = "shopify")]
pub(super) enum PurchasingEntity {
    PurchasingCompany(PurchasingCompany),
    #[cynic(fallback)]
    Customer,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct PurchasingCompany {
    pub(super) company: Company,
    pub(super) location: CompanyLocation,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct Company {
    pub(super) id: Id,
    pub(super) name: String,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct CompanyLocation {
    pub(super) id: Id,
    pub(super) name: String,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
pub(super) struct Customer {
    pub(super) id: Id,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) display_name: String,
    pub(super) note: Option<String>,
    pub(super) tax_exempt: bool,
    pub(super) default_email_address: Option<EmailAddress>,
    pub(super) default_phone_number: Option<PhoneNumber>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "CustomerEmailAddress")]
pub(super) struct EmailAddress {
    pub(super) email_address: String,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "CustomerPhoneNumber")]
pub(super) struct PhoneNumber {
    pub(super) phone_number: String,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "MailingAddress")]
pub(super) struct Address {
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) company: Option<String>,
    pub(super) address1: Option<String>,
    pub(super) address2: Option<String>,
    pub(super) city: Option<String>,
    pub(super) province: Option<String>,
    pub(super) province_code: Option<String>,
    pub(super) zip: Option<String>,
    pub(super) country_code_v2: Option<CountryCode>,
    pub(super) phone: Option<String>,
}
