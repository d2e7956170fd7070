//! The NetSuite account, asked: whether we are let in, what the role may read, and whether the configured ids are there.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::Report;
use crate::config::Config;
use crate::config::store::{
    CrossSubsidiary, Location, OrderRecord, ReturnDirection, Store, TaxStrategy,
};
use crate::journal::Journal;
use crate::link::{ExternalId, InternalId};
use crate::netsuite::Client;
use crate::netsuite::record::Name;
use crate::netsuite::subsidiaries::Members;
use crate::problem::Code;
use crate::remote::{Error, Meaning};

/// No record has this external id: asking for it shows whether the role may, and nothing else.
const NOBODY: &str = "waybill-check";

/// Table, field, and whether it is needed whatever the strategy of tax.
const FIELDS: [(&str, &str, bool); 4] = [
    ("transactionline", "custcol_waybill_line", true),
    ("transactionline", "custcol_waybill_tax", false),
    ("transaction", "custbody_waybill_tax", false),
    ("transaction", "custbody_waybill_shipping_tax", false),
];

/// That the column can be asked for is all that counts.
#[derive(Deserialize)]
struct Field {}

#[derive(Deserialize)]
struct Row {
    id: String,
    isinactive: Option<String>,
}

/// Asks the account. Reads only; ends with the first call if we are not let in.
pub(super) async fn look(config: &Config, journal: &Journal, report: &mut Report) {
    let client = match Client::new(&config.netsuite, &config.timing) {
        Ok(client) => client,
        Err(error) => {
            let remedy = "name a PEM file with the private key of the certificate";
            return report.wrong("netsuite.private_key", &error.to_string(), remedy);
        }
    };
    let mut of = OfAccount {
        config,
        client,
        journal,
        report,
    };
    if of.is_let_in().await {
        of.records().await;
        of.periods().await;
        of.custom_fields().await;
        of.lists().await;
        of.relationships().await;
    }
}

struct OfAccount<'a> {
    config: &'a Config,
    client: Client,
    journal: &'a Journal,
    report: &'a mut Report,
}

impl OfAccount<'_> {
    /// One read of SuiteQL: the token, the features and the permission for reports.
    async fn is_let_in(&mut self) -> bool {
        let currencies = self.client.currencies(self.journal).await;
        match currencies {
            Ok(currencies) => {
                let currencies = currencies.len();
                let account = &self.config.netsuite.account;
                self.report.right(
                    "netsuite.access",
                    format!("{account} lets us in; it has {currencies} currencies"),
                );
                true
            }
            Err(error) => {
                let remedy = match error.meaning() {
                    Some(Meaning::Unauthorized) => {
                        "see that client_id, certificate_id and private_key belong together, that the mapping has not expired, and that this machine's clock is right"
                    }
                    Some(Meaning::Forbidden) => {
                        "give the role SuiteAnalytics Workbook, REST Web Services and Log in using OAuth 2.0 Access Tokens"
                    }
                    Some(_) | None => {
                        "see that the account's address can be reached from this machine, then try again"
                    }
                };
                self.report
                    .wrong("netsuite.access", &error.to_string(), remedy);
                false
            }
        }
    }

    /// One harmless read of each record that waybill handles.
    async fn records(&mut self) {
        let key = ExternalId(NOBODY.to_owned());
        let mut readable = 0;
        for (record, permission) in records(&self.config.stores) {
            let read = self
                .client
                .get(self.journal, record, Name::External(&key), false)
                .await;
            match read {
                Ok(_) => readable += 1,
                Err(error) => self.refused(record, permission, &error),
            }
        }
        self.report.right(
            "netsuite.records",
            format!("{readable} of them can be read"),
        );
    }

    fn refused(&mut self, record: &str, permission: &str, error: &Error) {
        let subject = format!("netsuite.records.{record}");
        let remedy = match error.meaning() {
            Some(Meaning::Forbidden) => format!("give waybill's role the permission {permission}"),
            Some(_) | None => {
                "try again; if it stays, look at the role and the features".to_owned()
            }
        };
        self.report.wrong(subject, &error.to_string(), &remedy);
    }

    async fn periods(&mut self) {
        match self.client.periods(self.journal).await {
            Ok(periods) if periods.is_empty() => self.report.look(
                "netsuite.periods",
                "no accounting period can be seen: whether a day is closed is not known before it is written",
                "give the role Manage Accounting Periods, View",
            ),
            Ok(periods) => self
                .report
                .right("netsuite.periods", format!("{} can be seen", periods.len())),
            Err(error) => self.report.look(
                "netsuite.periods",
                &error.to_string(),
                "give the role Manage Accounting Periods, View",
            ),
        }
    }

    /// The fields of the bundle: a column that is not there is refused.
    async fn custom_fields(&mut self) {
        let legacy = |store: &Store| store.tax.strategy == TaxStrategy::LegacyRate;
        let legacy = self.config.stores.iter().any(legacy);
        for (table, field, always) in FIELDS {
            if !always && !legacy {
                continue;
            }
            let key = if table == "transaction" {
                "id"
            } else {
                "transaction"
            };
            let query = format!("SELECT {field} AS field FROM {table} WHERE {key} = 0");
            let found = self
                .client
                .suiteql::<Field>(self.journal, "custom fields", &query, &[])
                .await;
            let subject = format!("netsuite.field.{field}");
            match found {
                Ok(_) => self.report.right(subject, "it is there"),
                Err(error) => self.report.wrong(
                    subject,
                    &format!("it cannot be read: {error}"),
                    "deploy suitescript/, or make the field by hand with this id",
                ),
            }
        }
    }

    /// Whether customers can be added to a store's subsidiary, where a store asks for it.
    async fn relationships(&mut self) {
        let adds = |store: &&Store| store.customers.cross_subsidiary == CrossSubsidiary::Add;
        let store = self.config.stores.iter().find(adds);
        let Some(subsidiary) = store.and_then(|store| store.subsidiary.as_ref()) else {
            return;
        };
        let subject = "store.customers.cross_subsidiary";
        let nobody = [InternalId("0".to_owned())];
        let members = self.client.members(self.journal, subsidiary, &nobody);
        match members.await {
            Ok(Members::Are(_)) => self
                .report
                .right(subject, "NetSuite shows the subsidiaries of customers"),
            Ok(Members::Unknown) => self.report.wrong(
                subject,
                "NetSuite shows no subsidiaries of customers",
                Code::MultiSubsidiaryOff.remedy(),
            ),
            Err(error) => {
                let remedy = "try again; if it stays, look at the role and the features";
                self.report.wrong(subject, &error.to_string(), remedy);
            }
        }
    }

    /// The configured ids that NetSuite lists: are they there, and in use?
    async fn lists(&mut self) {
        for (table, ids) in configured(&self.config.stores) {
            if !ids.is_empty() {
                self.list(table, &ids).await;
            }
        }
    }

    async fn list(&mut self, table: &'static str, ids: &BTreeMap<String, BTreeSet<String>>) {
        let asked: Vec<&str> = ids.keys().map(String::as_str).collect();
        let marks = vec!["?"; asked.len()].join(", ");
        let query = format!("SELECT id, isinactive FROM {table} WHERE id IN ({marks})");
        let rows = self
            .client
            .suiteql::<Row>(self.journal, table, &query, &asked)
            .await;
        let rows = match rows {
            Ok(rows) => rows,
            Err(error) => {
                let subject = format!("netsuite.{table}");
                let remedy = format!("give waybill's role the permission to view every {table}");
                return self.report.wrong(subject, &error.to_string(), &remedy);
            }
        };
        let mut right = 0;
        for (id, keys) in ids {
            let named = keys.iter().cloned().collect::<Vec<_>>().join(", ");
            let row = rows.iter().find(|row| row.id == *id);
            let what = match row {
                Some(row) if row.isinactive.as_deref() == Some("T") => "is inactive",
                Some(_) => {
                    right += 1;
                    continue;
                }
                None => "is not there, or our role may not see it",
            };
            self.report.wrong(
                named,
                &format!("the NetSuite {table} {id} {what}"),
                "correct the id, or mend it in NetSuite",
            );
        }
        if right > 0 {
            let subject = format!("netsuite.{table}");
            self.report
                .right(subject, format!("{right} configured ids are there"));
        }
    }
}

/// The records that the settings need, with the role's permission for each.
fn records(stores: &[Store]) -> Vec<(&'static str, &'static str)> {
    let mut records = vec![
        ("customer", "Lists: Customers, Edit"),
        ("salesOrder", "Transactions: Sales Order, Edit"),
        ("customerDeposit", "Transactions: Customer Deposit, Create"),
        ("itemFulfillment", "Transactions: Item Fulfillment, View"),
        (
            "invoice",
            "Transactions: Invoice, View (Create where waybill bills)",
        ),
        ("customerRefund", "Transactions: Customer Refund, Create"),
    ];
    let cash = |store: &Store| {
        let mut channels = store.orders.channel.values();
        store.orders.record == OrderRecord::CashSale
            || channels.any(|it| it.record == Some(OrderRecord::CashSale))
    };
    if stores.iter().any(cash) {
        records.push(("cashSale", "Transactions: Cash Sale, Create"));
        records.push(("cashRefund", "Transactions: Cash Sale Refund, Create"));
    }
    let returns = |store: &Store| store.returns.direction == ReturnDirection::ShopifyToNetsuite;
    if stores.iter().any(returns) {
        records.push((
            "returnAuthorization",
            "Transactions: Return Authorization, Edit",
        ));
        records.push(("itemReceipt", "Transactions: Item Receipt, Create"));
        records.push(("creditMemo", "Transactions: Credit Memo, Create"));
    }
    records
}

/// NetSuite id → the settings that name it, by SuiteQL's table.
type Named = BTreeMap<String, BTreeSet<String>>;

fn configured(stores: &[Store]) -> [(&'static str, Named); 3] {
    let (mut items, mut locations, mut subsidiaries) = (Named::new(), Named::new(), Named::new());
    for store in stores {
        let name = |named: &mut Named, id: &str, key: &str| {
            let key = format!("store.{}.{key}", store.name);
            named.entry(id.to_owned()).or_default().insert(key);
        };
        for (key, item) in of_items(store) {
            name(&mut items, item, &format!("items.{key}"));
        }
        for (gateway, item) in &store.items.tender {
            name(&mut items, item, &format!("items.tender.{gateway}"));
        }
        for (place, ids) in &store.locations {
            for id in ids {
                name(&mut locations, id, &format!("locations.{place}"));
            }
        }
        if let Location::Fixed(id) = &store.orders.location {
            name(&mut locations, id, "orders.location");
        }
        if let Some(id) = &store.subsidiary {
            name(&mut subsidiaries, id, "subsidiary");
        }
    }
    [
        ("item", items),
        ("location", locations),
        ("subsidiary", subsidiaries),
    ]
}

fn of_items(store: &Store) -> impl Iterator<Item = (&'static str, &str)> {
    let items = &store.items;
    let all = [
        ("discount", &items.discount),
        ("shipping", &items.shipping),
        ("tax", &items.tax),
        ("channel_tax", &items.channel_tax),
        ("tip", &items.tip),
        ("duty", &items.duty),
        ("gift_card", &items.gift_card),
        ("custom_line", &items.custom_line),
        ("rounding", &items.rounding),
        ("fee", &items.fee),
        ("restocking", &items.restocking),
        ("adjustment", &items.adjustment),
    ];
    all.into_iter()
        .filter_map(|(key, item)| Some((key, item.as_deref()?)))
}
