//! The tables and their columns.

use rust_decimal::Decimal;

use super::cell::Cell;
use super::line::Line;
use crate::netsuite::document::Fields;
use crate::netsuite::kind::Kind;
use crate::netsuite::state::{Record, State};
use crate::netsuite::stock::{Level, Place};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Table {
    Item,
    Customer,
    CustomerSubsidiaryRelationship,
    Transaction,
    TransactionLine,
    LineLink,
    AggregateItemLocation,
    InventoryItemLocations,
    KitItemMember,
    AddressBook,
    Address,
    TrackingNumber,
    TrackingNumberMap,
    AccountingPeriod,
    List(List),
}

/// Tables that are a list of the set-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum List {
    Subsidiary,
    Location,
    Currency,
    Department,
    Classification,
    Term,
}

/// One row, not yet read.
#[derive(Debug, Clone)]
pub(crate) enum Row<'a> {
    Record(&'a Record),
    Line(Line<'a>),
    Link(Link),
    Stock(&'a Place, &'a Level),
    /// A kit, a component's place in it, and the component.
    Member(u64, usize, &'a Fields),
    /// Customer and one address of it.
    Address(u64, &'a Fields),
    Tracking {
        id: u64,
        transaction: u64,
        number: String,
    },
    Listed(Vec<Cell>),
}

pub(crate) const RELATIONSHIP: &[&str] = &["id", "entity", "subsidiary", "isprimarysub"];

/// A line of one document that came from a line of another.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub(crate) previous: (u64, u64, Kind),
    pub(crate) next: (u64, u64, Kind),
    /// The money applied; none on a link of lines.
    pub(crate) amount: Option<Decimal>,
}

pub(crate) const ITEM: &[&str] = &[
    "id",
    "itemid",
    "fullname",
    "displayname",
    "upccode",
    "externalid",
    "itemtype",
    "isinactive",
    "description",
    "createddate",
    "lastmodifieddate",
];
pub(crate) const CUSTOMER: &[&str] = &[
    "id",
    "entityid",
    "altname",
    "email",
    "phone",
    "companyname",
    "firstname",
    "lastname",
    "isperson",
    "isinactive",
    "subsidiary",
    "currency",
    "externalid",
    "terms",
    "searchstage",
    "datecreated",
    "lastmodifieddate",
];
/// There is no `subsidiary`, `location`, `createdfrom`, `total`, `trackingnumbers` or `shipstatus` here.
pub(crate) const TRANSACTION: &[&str] = &[
    "id",
    "tranid",
    "transactionnumber",
    "externalid",
    "type",
    "recordtype",
    "abbrevtype",
    "status",
    "trandate",
    "createddate",
    "lastmodifieddate",
    "entity",
    "currency",
    "exchangerate",
    "foreigntotal",
    "foreignamountunpaid",
    "foreignpaymentamountunused",
    "otherrefnum",
    "memo",
    "email",
    "voided",
    "source",
    "shipdate",
    "shipmethod",
    "duedate",
    "terms",
    "posting",
];
pub(crate) const TRANSACTION_LINE: &[&str] = &[
    "id",
    "transaction",
    "linesequencenumber",
    "uniquekey",
    "mainline",
    "taxline",
    "item",
    "itemtype",
    "quantity",
    "rate",
    "netamount",
    "foreignamount",
    "location",
    "subsidiary",
    "department",
    "class",
    "entity",
    "createdfrom",
    "isclosed",
    "quantityshiprecv",
    "quantitybilled",
    "quantitycommitted",
    "quantitybackordered",
    "kitmemberof",
    "memo",
];
pub(crate) const LINE_LINK: &[&str] = &[
    "previousdoc",
    "previousline",
    "previoustype",
    "nextdoc",
    "nextline",
    "nexttype",
    "linktype",
    "foreignamount",
];
pub(crate) const AGGREGATE: &[&str] = &[
    "item",
    "location",
    "quantityavailable",
    "quantityonhand",
    "quantitycommitted",
];
pub(crate) const LOCATIONS: &[&str] = &[
    "item",
    "location",
    "quantityavailable",
    "quantityonhand",
    "quantitycommitted",
    "lastquantityavailablechange",
];
pub(crate) const KIT_MEMBER: &[&str] = &["parentitem", "linenumber", "item", "quantity"];
pub(crate) const ADDRESS_BOOK: &[&str] = &[
    "entity",
    "internalid",
    "label",
    "defaultbilling",
    "defaultshipping",
    "addressbookaddress",
];
pub(crate) const ADDRESS: &[&str] = &[
    "nkey",
    "recordowner",
    "addressee",
    "attention",
    "addr1",
    "addr2",
    "addr3",
    "city",
    "state",
    "zip",
    "country",
    "addrphone",
];
pub(crate) const TRACKING: &[&str] = &["id", "trackingnumber"];
pub(crate) const TRACKING_MAP: &[&str] = &["transaction", "trackingnumber"];

pub(crate) const PERIOD: &[&str] = &[
    "id",
    "periodname",
    "startdate",
    "enddate",
    "closed",
    "alllocked",
    "arlocked",
    "aplocked",
    "isquarter",
    "isyear",
    "isadjust",
    "isposting",
    "isinactive",
];

impl Table {
    pub(crate) fn named(name: &str) -> Option<Table> {
        let table = match name.to_lowercase().as_str() {
            "item" => Table::Item,
            "customer" => Table::Customer,
            "customersubsidiaryrelationship" => Table::CustomerSubsidiaryRelationship,
            "transaction" => Table::Transaction,
            "transactionline" => Table::TransactionLine,
            "previoustransactionlinelink" | "nexttransactionlinelink" => Table::LineLink,
            "aggregateitemlocation" => Table::AggregateItemLocation,
            "inventoryitemlocations" => Table::InventoryItemLocations,
            "kititemmember" => Table::KitItemMember,
            "customeraddressbook" => Table::AddressBook,
            "customeraddressbookentityaddress" => Table::Address,
            "trackingnumber" => Table::TrackingNumber,
            "trackingnumbermap" => Table::TrackingNumberMap,
            "accountingperiod" => Table::AccountingPeriod,
            "subsidiary" => Table::List(List::Subsidiary),
            "location" => Table::List(List::Location),
            "currency" => Table::List(List::Currency),
            "department" => Table::List(List::Department),
            "classification" => Table::List(List::Classification),
            "term" => Table::List(List::Term),
            _ => return None,
        };
        Some(table)
    }

    pub(crate) fn columns(self) -> &'static [&'static str] {
        match self {
            Table::Item => ITEM,
            Table::Customer => CUSTOMER,
            Table::CustomerSubsidiaryRelationship => RELATIONSHIP,
            Table::Transaction => TRANSACTION,
            Table::TransactionLine => TRANSACTION_LINE,
            Table::LineLink => LINE_LINK,
            Table::AggregateItemLocation => AGGREGATE,
            Table::InventoryItemLocations => LOCATIONS,
            Table::KitItemMember => KIT_MEMBER,
            Table::AddressBook => ADDRESS_BOOK,
            Table::Address => ADDRESS,
            Table::TrackingNumber => TRACKING,
            Table::TrackingNumberMap => TRACKING_MAP,
            Table::AccountingPeriod => PERIOD,
            Table::List(List::Subsidiary | List::Location) => &[
                "id",
                "name",
                "fullname",
                "isinactive",
                "subsidiary",
                "currency",
            ],
            Table::List(List::Currency) => &[
                "id",
                "name",
                "symbol",
                "exchangerate",
                "currencyprecision",
                "isinactive",
            ],
            Table::List(List::Department | List::Classification | List::Term) => {
                &["id", "name", "isinactive"]
            }
        }
    }

    /// False for a table of a feature that is off: an assumption.
    pub(crate) fn is_known(self, state: &State) -> bool {
        self != Table::CustomerSubsidiaryRelationship || state.settings.multi_subsidiary_customers
    }

    /// True for a column of the table, custom fields of the account included.
    pub(crate) fn has(self, state: &State, column: &str) -> bool {
        let prefix = match self {
            Table::Item => "custitem",
            Table::Customer => "custentity",
            Table::Transaction => "custbody",
            Table::TransactionLine => "custcol",
            Table::CustomerSubsidiaryRelationship
            | Table::LineLink
            | Table::AggregateItemLocation
            | Table::InventoryItemLocations
            | Table::KitItemMember
            | Table::AddressBook
            | Table::Address
            | Table::TrackingNumber
            | Table::TrackingNumberMap
            | Table::AccountingPeriod
            | Table::List(_) => "\0",
        };
        self.columns().contains(&column)
            || column.starts_with(prefix) && state.settings.custom_fields.contains(column)
    }
}

pub(crate) fn id_cell(id: &str) -> Cell {
    id.parse().map_or_else(|_| Cell::text(id), Cell::Number)
}
