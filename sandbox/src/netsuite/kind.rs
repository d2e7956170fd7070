//! The record types the account has, and what each is called in the record service and in SuiteQL.

use serde::{Deserialize, Serialize};

/// A record type. Named in JSON as in the REST record service: `salesOrder`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    Customer,
    /// A further subsidiary of a customer.
    CustomerSubsidiaryRelationship,
    SalesOrder,
    Invoice,
    CashSale,
    ItemFulfillment,
    ReturnAuthorization,
    ItemReceipt,
    CreditMemo,
    CashRefund,
    CustomerDeposit,
    DepositApplication,
    CustomerPayment,
    CustomerRefund,
    InventoryItem,
    NonInventorySaleItem,
    ServiceSaleItem,
    OtherChargeSaleItem,
    DiscountItem,
    KitItem,
    GiftCertificateItem,
}

/// Ids are unique within one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Class {
    Entity,
    Item,
    Transaction,
    /// Records that tie two others together.
    Relationship,
}

const ALL: [(Kind, &str, &str); 21] = [
    (Kind::Customer, "customer", ""),
    (
        Kind::CustomerSubsidiaryRelationship,
        "customerSubsidiaryRelationship",
        "",
    ),
    (Kind::SalesOrder, "salesOrder", "SalesOrd"),
    (Kind::Invoice, "invoice", "CustInvc"),
    (Kind::CashSale, "cashSale", "CashSale"),
    (Kind::ItemFulfillment, "itemFulfillment", "ItemShip"),
    (Kind::ReturnAuthorization, "returnAuthorization", "RtnAuth"),
    (Kind::ItemReceipt, "itemReceipt", "ItemRcpt"),
    (Kind::CreditMemo, "creditMemo", "CustCred"),
    (Kind::CashRefund, "cashRefund", "CashRfnd"),
    (Kind::CustomerDeposit, "customerDeposit", "CustDep"),
    (Kind::DepositApplication, "depositApplication", "DepAppl"),
    (Kind::CustomerPayment, "customerPayment", "CustPymt"),
    (Kind::CustomerRefund, "customerRefund", "CustRfnd"),
    (Kind::InventoryItem, "inventoryItem", "InvtPart"),
    (
        Kind::NonInventorySaleItem,
        "nonInventorySaleItem",
        "NonInvtPart",
    ),
    (Kind::ServiceSaleItem, "serviceSaleItem", "Service"),
    (
        Kind::OtherChargeSaleItem,
        "otherChargeSaleItem",
        "OthCharge",
    ),
    (Kind::DiscountItem, "discountItem", "Discount"),
    (Kind::KitItem, "kitItem", "Kit"),
    (Kind::GiftCertificateItem, "giftCertificateItem", "GiftCert"),
];

impl Kind {
    pub(crate) fn all() -> impl Iterator<Item = Kind> {
        ALL.iter().map(|(kind, _, _)| *kind)
    }

    /// The type of a record-service path; case does not matter.
    pub(crate) fn named(name: &str) -> Option<Kind> {
        let found = ALL
            .iter()
            .find(|(_, rest, _)| rest.eq_ignore_ascii_case(name));
        found.map(|(kind, _, _)| *kind)
    }

    /// `salesOrder`.
    pub fn rest_name(self) -> &'static str {
        ALL.iter()
            .find(|(kind, _, _)| *kind == self)
            .map_or("", |(_, rest, _)| rest)
    }

    /// SuiteQL's `transaction.type` or `item.itemtype`.
    pub(crate) fn type_code(self) -> &'static str {
        ALL.iter()
            .find(|(kind, _, _)| *kind == self)
            .map_or("", |(_, _, code)| code)
    }

    pub(crate) fn class(self) -> Class {
        match self {
            Kind::Customer => Class::Entity,
            Kind::CustomerSubsidiaryRelationship => Class::Relationship,
            Kind::InventoryItem
            | Kind::NonInventorySaleItem
            | Kind::ServiceSaleItem
            | Kind::OtherChargeSaleItem
            | Kind::DiscountItem
            | Kind::KitItem
            | Kind::GiftCertificateItem => Class::Item,
            Kind::SalesOrder
            | Kind::Invoice
            | Kind::CashSale
            | Kind::ItemFulfillment
            | Kind::ReturnAuthorization
            | Kind::ItemReceipt
            | Kind::CreditMemo
            | Kind::CashRefund
            | Kind::CustomerDeposit
            | Kind::DepositApplication
            | Kind::CustomerPayment
            | Kind::CustomerRefund => Class::Transaction,
        }
    }

    /// Transactions with priced item lines, tax and a total.
    pub(crate) fn is_sale(self) -> bool {
        matches!(
            self,
            Kind::SalesOrder
                | Kind::Invoice
                | Kind::CashSale
                | Kind::ReturnAuthorization
                | Kind::CreditMemo
                | Kind::CashRefund
        )
    }

    /// Transactions that touch the general ledger, so that the period must be open.
    pub(crate) fn posts(self) -> bool {
        self.class() == Class::Transaction
            && !matches!(self, Kind::SalesOrder | Kind::ReturnAuthorization)
    }

    /// Transactions whose money is used up by applications and refunds.
    pub(crate) fn is_money_to_use(self) -> bool {
        matches!(
            self,
            Kind::CustomerDeposit | Kind::CustomerPayment | Kind::CreditMemo
        )
    }

    /// Items that are shipped, so that an order waits for their fulfillment.
    pub(crate) fn is_shipped(self) -> bool {
        matches!(
            self,
            Kind::InventoryItem | Kind::NonInventorySaleItem | Kind::KitItem
        )
    }

    /// Created by a transform only, never by POST.
    pub(crate) fn only_transformed(self) -> bool {
        matches!(
            self,
            Kind::ItemFulfillment | Kind::ItemReceipt | Kind::DepositApplication
        )
    }

    /// The prefix of the document number.
    pub(crate) fn number_prefix(self) -> &'static str {
        match self {
            Kind::SalesOrder => "SO",
            Kind::Invoice => "INV",
            Kind::CashSale => "CS",
            Kind::ItemFulfillment => "IF",
            Kind::ReturnAuthorization => "RMA",
            Kind::ItemReceipt => "IR",
            Kind::CreditMemo => "CM",
            Kind::CashRefund => "CR",
            Kind::CustomerDeposit => "CD",
            Kind::DepositApplication => "DA",
            Kind::CustomerPayment => "PYMT",
            Kind::CustomerRefund => "CRFND",
            Kind::Customer => "CUST",
            Kind::CustomerSubsidiaryRelationship
            | Kind::InventoryItem
            | Kind::NonInventorySaleItem
            | Kind::ServiceSaleItem
            | Kind::OtherChargeSaleItem
            | Kind::DiscountItem
            | Kind::KitItem
            | Kind::GiftCertificateItem => "",
        }
    }
}
