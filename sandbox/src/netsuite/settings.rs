//! What one NetSuite account is set up with: every list, preference and unsure fact, with a plain default.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::callback::Callbacks;

/// The set-up of the account. `Settings::default()` is a plain OneWorld account with SuiteTax.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The URL clients know the account by, in `aud`, links and `Location`; absent: the one they called.
    pub url: Option<String>,
    /// The account id as `runtime.accountId` has it, e.g. `1234567_SB1`.
    pub account: String,
    /// The integration record's consumer key: the `iss` of an assertion.
    pub client_id: String,
    /// The certificates uploaded for the integration; several while keys rotate.
    pub certificates: Vec<Certificate>,
    /// Life of an access token; NetSuite always says 3600.
    pub token_seconds: u64,
    /// Requests answered at once; one more is 429.
    pub concurrency: usize,
    /// The API user's time zone: SuiteQL dates and `TO_CHAR` are in it.
    pub time_zone: String,

    pub subsidiaries: Vec<Subsidiary>,
    pub currencies: Vec<Currency>,
    pub locations: Vec<Location>,
    pub tax_types: Vec<Entry>,
    pub tax_codes: Vec<TaxCode>,
    pub payment_methods: Vec<Entry>,
    pub payment_options: Vec<Entry>,
    pub accounts: Vec<Ledger>,
    pub ship_methods: Vec<ShipMethod>,
    pub terms: Vec<Entry>,
    pub price_levels: Vec<Entry>,
    pub departments: Vec<Entry>,
    pub classes: Vec<Entry>,
    pub sales_channels: Vec<Entry>,
    pub custom_forms: Vec<Entry>,
    /// Custom field ids that exist, e.g. `custbody_gift_note`. Another one is an unknown field.
    pub custom_fields: BTreeSet<String>,
    /// Fields the preferred form makes mandatory, by record: `{"salesOrder": ["location", "item.location"]}`.
    pub mandatory_fields: BTreeMap<String, BTreeSet<String>>,

    /// How transactions are taxed.
    pub tax: TaxMode,
    /// The rate NetSuite itself computes with, in percent (SuiteTax without override, and legacy).
    pub native_tax_rate: Decimal,
    /// How far a tax row's amount may be from basis × rate, in minor units. An assumption: rounding only.
    pub tax_row_tolerance_minor: u32,
    /// Unsure fact: a create may bring its own `taxDetailsReference`. When off, NetSuite assigns them.
    pub own_tax_references: bool,

    /// The preference "Default Sales Order Status".
    pub default_order_status: OrderStatus,
    /// A sent `tranId` is taken ("allow override" of auto-numbering).
    pub allow_number_override: bool,
    /// Customers get a number; when off, `entityId` is sent or made from the name.
    pub auto_number_entities: bool,
    /// Unsure fact: external ids of all transaction types share one space. When on, a deposit cannot
    /// have a sales order's external id.
    pub shared_transaction_external_ids: bool,
    /// Unsure fact: a line with `rate` but without `price` keeps its rate. When off, the item's own price wins.
    pub rate_without_price_level: bool,
    /// Unsure fact: `orderLine` in a transform is the order's `line` plus this.
    pub order_line_offset: u32,
    /// The script whose user events post to a URL; absent: it is not installed.
    pub callbacks: Option<Callbacks>,
    /// The feature Multi-Subsidiary Customer: a customer may belong to further subsidiaries.
    pub multi_subsidiary_customers: bool,
    /// The preference by which a new invoice of an order uses the order's open deposits at once.
    pub auto_apply_deposits: bool,
    /// The preference "Refund in Advance of Return": goods are credited before they are received.
    pub refund_in_advance_of_return: bool,
    /// Unsure fact: a credit memo or cash refund made straight from an invoice or cash sale, without a
    /// return authorization, puts its goods back into stock. When off, only a receipt does.
    pub direct_credits_restock: bool,
    /// Unsure fact: tax rows sent with a transform replace those it copied. When off, they are added to
    /// them, as in a PATCH.
    pub transform_replaces_tax_rows: bool,
    /// Unsure fact: a credit memo made from an unpaid invoice pays it unless the body says what it pays.
    pub credit_memo_pays_its_invoice: bool,
    /// Accounting periods that end before this day are closed.
    pub books_closed_before: Option<NaiveDate>,
    /// What a date in a closed period does.
    pub closed_period: ClosedPeriod,
    /// The account's own lists of states, by country; without an entry there is the plain list of
    /// [`crate::netsuite::record`], if any.
    pub states: BTreeMap<String, Vec<String>>,
    /// Text lengths, by field; see [`crate::netsuite::record::limits`].
    pub text_limits: BTreeMap<String, usize>,
}

/// A certificate mapping of the OAuth 2.0 client credentials set-up.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Certificate {
    /// The `kid` of the assertions.
    pub id: String,
    /// The public key, PEM (`BEGIN PUBLIC KEY`).
    pub public_key: String,
}

/// An entry of a list that has nothing but an id and a name.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Entry {
    pub id: String,
    pub name: String,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Subsidiary {
    pub id: String,
    pub name: String,
    /// Currency id.
    pub currency: String,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Currency {
    pub id: String,
    /// ISO 4217.
    pub code: String,
    /// Decimals of an amount.
    pub exponent: u32,
    /// What one unit is worth in the base currency.
    pub rate: Decimal,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Location {
    pub id: String,
    pub name: String,
    pub subsidiary: String,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct TaxCode {
    pub id: String,
    pub name: String,
    /// Tax type id.
    pub tax_type: String,
    /// Percent, used when NetSuite computes.
    pub rate: Decimal,
}

/// An account of the chart of accounts.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Ledger {
    pub id: String,
    pub name: String,
    /// A bank account in a foreign currency takes only that currency (currency id).
    pub currency: Option<String>,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct ShipMethod {
    pub id: String,
    pub name: String,
    /// `nonups`, `ups`, `fedex` or `usps`: says which package sublist a fulfillment has.
    pub carrier: String,
    /// The cost NetSuite computes when the order names none.
    pub rate: Decimal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TaxMode {
    /// `taxDetailsOverride` is honoured; without it the native rate is computed.
    SuiteTax,
    /// NetSuite always computes; sent tax amounts are ignored and `taxDetails` does not exist.
    Legacy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    PendingApproval,
    PendingFulfillment,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosedPeriod {
    Refuse,
    FirstOpen,
}

fn entries(list: &[(&str, &str)]) -> Vec<Entry> {
    let entry = |(id, name): &(&str, &str)| Entry {
        id: (*id).into(),
        name: (*name).into(),
    };
    list.iter().map(entry).collect()
}

impl Default for Settings {
    #[expect(clippy::too_many_lines, reason = "one line a setting")]
    fn default() -> Self {
        Settings {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            url: None,
            account: "1234567_SB1".into(),
            client_id: "sandbox-client-id".into(),
            certificates: default_certificates(),
            token_seconds: 3600,
            concurrency: 5,
            time_zone: "America/Los_Angeles".into(),
            subsidiaries: default_subsidiaries(),
            currencies: default_currencies(),
            locations: default_locations(),
            tax_types: entries(&[
                ("1", "US Sales Tax"),
                ("2", "VAT"),
                ("3", "GST"),
                ("4", "Consumption Tax"),
            ]),
            tax_codes: default_tax_codes(),
            payment_methods: entries(&[
                ("1", "Cash"),
                ("2", "Check"),
                ("5", "Visa"),
                ("8", "Shopify Payments"),
            ]),
            payment_options: entries(&[
                ("1", "Cash"),
                ("2", "Check"),
                ("5", "Visa"),
                ("8", "Shopify Payments"),
                ("9", "Gift Card"),
            ]),
            accounts: default_accounts(),
            ship_methods: default_ship_methods(),
            terms: entries(&[("1", "Net 15"), ("2", "Net 30"), ("4", "Due on receipt")]),
            price_levels: entries(&[("-1", "Custom"), ("1", "Base Price"), ("2", "Wholesale")]),
            departments: entries(&[("1", "Sales"), ("3", "E-Commerce")]),
            classes: entries(&[("1", "Retail"), ("2", "Wholesale")]),
            sales_channels: entries(&[("1", "Online"), ("2", "Point of sale")]),
            custom_forms: entries(&[("68", "Standard Sales Order"), ("101", "Web Order")]),
            custom_fields: BTreeSet::new(),
            mandatory_fields: BTreeMap::new(),
            tax: TaxMode::SuiteTax,
            native_tax_rate: Decimal::ZERO,
            tax_row_tolerance_minor: 5,
            own_tax_references: true,
            default_order_status: OrderStatus::PendingApproval,
            allow_number_override: false,
            auto_number_entities: false,
            shared_transaction_external_ids: true,
            rate_without_price_level: true,
            order_line_offset: 0,
            callbacks: None,
            multi_subsidiary_customers: false,
            auto_apply_deposits: false,
            refund_in_advance_of_return: false,
            direct_credits_restock: false,
            transform_replaces_tax_rows: true,
            credit_memo_pays_its_invoice: true,
            books_closed_before: None,
            closed_period: ClosedPeriod::Refuse,
            states: BTreeMap::new(),
            text_limits: BTreeMap::new(),
        }
    }
}

/// Private keys of the default certificates, PEM, for tests and the demo; `ES256` and `PS256`.
pub const TEST_KEY_EC: &str = include_str!("../../keys/ec-p256.pem");
pub const TEST_KEY_RSA: &str = include_str!("../../keys/rsa-3072.pem");
/// Their certificate ids.
pub const TEST_CERTIFICATE_EC: &str = "sandbox-ec";
pub const TEST_CERTIFICATE_RSA: &str = "sandbox-rsa";

fn default_certificates() -> Vec<Certificate> {
    [
        (
            TEST_CERTIFICATE_EC,
            include_str!("../../keys/ec-p256.pub.pem"),
        ),
        (
            TEST_CERTIFICATE_RSA,
            include_str!("../../keys/rsa-3072.pub.pem"),
        ),
    ]
    .map(|(id, public_key)| Certificate {
        id: id.into(),
        public_key: public_key.into(),
    })
    .into()
}

fn default_subsidiaries() -> Vec<Subsidiary> {
    [("1", "Parent Company", "1"), ("2", "Web Stores", "1")]
        .map(|(id, name, currency)| Subsidiary {
            id: id.into(),
            name: name.into(),
            currency: currency.into(),
        })
        .into()
}

fn default_currencies() -> Vec<Currency> {
    [
        ("1", "USD", 2, Decimal::ONE),
        ("2", "GBP", 2, Decimal::new(130, 2)),
        ("3", "CAD", 2, Decimal::new(72, 2)),
        ("4", "EUR", 2, Decimal::new(108, 2)),
        ("5", "AUD", 2, Decimal::new(65, 2)),
        ("6", "JPY", 0, Decimal::new(65, 4)),
        ("7", "KWD", 3, Decimal::new(325, 2)),
    ]
    .map(|(id, code, exponent, rate)| Currency {
        id: id.into(),
        code: code.into(),
        exponent,
        rate,
    })
    .into()
}

fn default_locations() -> Vec<Location> {
    [
        ("1", "Head Office", "1"),
        ("6", "Main Warehouse", "2"),
        ("7", "Second Warehouse", "2"),
    ]
    .map(|(id, name, subsidiary)| Location {
        id: id.into(),
        name: name.into(),
        subsidiary: subsidiary.into(),
    })
    .into()
}

fn default_tax_codes() -> Vec<TaxCode> {
    [
        ("9", "US Tax", "1", Decimal::new(825, 2)),
        ("10", "VAT 19", "2", Decimal::new(19, 0)),
        ("11", "GST 10", "3", Decimal::new(10, 0)),
        ("12", "JCT 10", "4", Decimal::new(10, 0)),
        ("13", "US Exempt", "1", Decimal::ZERO),
        ("14", "VAT Zero", "2", Decimal::ZERO),
    ]
    .map(|(id, name, tax_type, rate)| TaxCode {
        id: id.into(),
        name: name.into(),
        tax_type: tax_type.into(),
        rate,
    })
    .into()
}

fn default_accounts() -> Vec<Ledger> {
    [
        ("122", "Checking", None),
        ("123", "Shopify Clearing", None),
        ("124", "Euro Clearing", Some("4")),
        ("217", "Gift Card Liability", None),
    ]
    .map(|(id, name, currency)| Ledger {
        id: id.into(),
        name: name.into(),
        currency: currency.map(Into::into),
    })
    .into()
}

fn default_ship_methods() -> Vec<ShipMethod> {
    [
        ("31", "Standard", "nonups"),
        ("32", "Express", "nonups"),
        ("33", "UPS Ground", "ups"),
    ]
    .map(|(id, name, carrier)| ShipMethod {
        id: id.into(),
        name: name.into(),
        carrier: carrier.into(),
        rate: Decimal::ZERO,
    })
    .into()
}
