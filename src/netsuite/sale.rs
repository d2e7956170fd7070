//! What a sales order and a cash sale have in common: who, when, where to, the lines, the tax.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;

use super::address::Address;
use super::reference::Reference;
use crate::link::ExternalId;

/// The common part of both bodies. Amounts are in `currency`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sale {
    pub external_id: ExternalId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_form: Option<Reference>,
    pub entity: Reference,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subsidiary: Option<Reference>,
    pub currency: Reference,
    pub tran_date: NaiveDate,
    pub other_ref_num: String,
    pub memo: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Shopify has told the buyer; NetSuite must not mail again.
    pub to_be_emailed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_address: Option<Address>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping_address: Option<Address>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ship_method: Option<Reference>,
    /// Always sent: without it the customer's default ship item may add a cost of its own.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub shipping_cost: Decimal,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping_tax_code: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_taxable: Option<bool>,
    /// Legacy tax: in percent, of all that is taxed.
    #[serde(
        skip_serializing_if = "Option::is_none",
        with = "rust_decimal::serde::arbitrary_precision_option"
    )]
    pub tax_rate: Option<Decimal>,
    /// Legacy tax: what `taxTotal` must be, for the bundle's script.
    #[serde(
        rename = "custbody_waybill_tax",
        skip_serializing_if = "Option::is_none"
    )]
    pub waybill_tax: Option<String>,
    /// Legacy tax: the part of it on the shipping cost.
    #[serde(
        rename = "custbody_waybill_shipping_tax",
        skip_serializing_if = "Option::is_none"
    )]
    pub waybill_shipping_tax: Option<String>,
    pub item: Sublist<Line>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_details_override: Option<bool>,
    /// Present and empty means: no tax at all, whatever the tax engine thinks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_details: Option<Sublist<TaxDetail>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sublist<T> {
    pub items: Vec<T>,
}

/// One line of the `item` sublist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    pub item: Reference,
    /// Discount lines have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Reference>,
    /// Net of tax, per unit; may have more decimals than the currency.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub rate: Decimal,
    /// Only where `rate` times `quantity` is not exactly it.
    #[serde(
        skip_serializing_if = "Option::is_none",
        with = "rust_decimal::serde::arbitrary_precision_option"
    )]
    pub amount: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit_inventory: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_taxable: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_code: Option<Reference>,
    #[serde(flatten)]
    pub legacy: Option<Box<LegacyTax>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_details_reference: Option<String>,
    /// Our key of the line: the Shopify line id, or what the line is about. Unique in the document.
    #[serde(rename = "custcol_waybill_line")]
    pub key: String,
}

/// What an account with legacy tax is told of a taxed line, beside the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LegacyTax {
    /// All of the line's taxes, in percent.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub tax_rate1: Decimal,
    /// The line's exact tax, for the bundle's script.
    #[serde(
        rename = "custcol_waybill_tax",
        skip_serializing_if = "Option::is_none"
    )]
    pub exact: Option<String>,
}

/// One row of `taxDetails`: one tax on one line, exact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TaxDetail {
    /// The line's own reference, or `SHIPPING`.
    pub tax_details_reference: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_type: Option<Reference>,
    pub tax_code: Reference,
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub tax_basis: Decimal,
    /// 8.25 for 8.25 %.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub tax_rate: Decimal,
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub tax_amount: Decimal,
}
