//! Everything the account holds: records, indexes over them, stock, and the tokens it gave out.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::callback::{Change, Save};
use super::document::{self, Fields};
use super::kind::{Class, Kind};
use super::settings::{Currency, Settings};
use super::stock::Stock;

/// One record.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) id: u64,
    pub(crate) kind: Kind,
    pub(crate) fields: Fields,
    pub(crate) created: DateTime<Utc>,
    pub(crate) modified: DateTime<Utc>,
    /// The last `line` given out; lines are never renumbered.
    pub(crate) last_line: u64,
    /// `restWebServices` or `""` for the user interface.
    pub(crate) source: &'static str,
}

impl Record {
    pub(crate) fn external_id(&self) -> Option<&str> {
        document::text(&self.fields, "externalId")
    }

    pub(crate) fn total(&self) -> Decimal {
        document::decimal(&self.fields, "total").unwrap_or_default()
    }

    /// The customer, whatever the record calls it.
    pub(crate) fn customer(&self) -> Option<u64> {
        document::record_id(&self.fields, "entity")
            .or_else(|| document::record_id(&self.fields, "customer"))
    }

    pub(crate) fn currency(&self) -> &str {
        document::id(&self.fields, "currency").unwrap_or("1")
    }

    pub(crate) fn created_from(&self) -> Option<u64> {
        document::record_id(&self.fields, "createdFrom")
    }

    /// What a reference to it shows.
    pub(crate) fn name(&self) -> String {
        let field = match self.kind.class() {
            Class::Entity => "entityId",
            Class::Item => "itemId",
            Class::Transaction => "tranId",
            Class::Relationship => "externalId",
        };
        document::text(&self.fields, field)
            .unwrap_or_default()
            .into()
    }
}

pub(crate) struct State {
    pub(crate) settings: Settings,
    /// By class and id; ids are given out from one counter, so that a mixed-up id is not found.
    pub(crate) records: BTreeMap<(Class, u64), Record>,
    external_ids: HashMap<(Class, Option<Kind>, String), u64>,
    /// Transaction → those created from it.
    pub(crate) children: BTreeMap<u64, BTreeSet<u64>>,
    /// Sales order → the deposits for it.
    pub(crate) of_order: BTreeMap<u64, BTreeSet<u64>>,
    /// Document → the documents that use up a part of it, with the amount.
    pub(crate) applied: BTreeMap<u64, BTreeMap<u64, Decimal>>,
    pub(crate) stock: Stock,
    /// What the act under way has saved, for the script.
    pub(crate) saves: Vec<Save>,
    last_id: u64,
    last_line_key: u64,
    numbers: BTreeMap<Kind, u64>,
}

/// The first id given out; ids below are free for seeds.
const FIRST_ID: u64 = 1000;

impl State {
    pub(crate) fn new(settings: Settings) -> Self {
        State {
            settings,
            records: BTreeMap::new(),
            external_ids: HashMap::new(),
            children: BTreeMap::new(),
            of_order: BTreeMap::new(),
            applied: BTreeMap::new(),
            stock: Stock::default(),
            saves: Vec::new(),
            last_id: FIRST_ID,
            last_line_key: 0,
            numbers: BTreeMap::new(),
        }
    }

    pub(crate) fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// An id for a seed: the wished one if it is free.
    pub(crate) fn seed_id(&mut self, class: Class, wish: Option<u64>) -> u64 {
        match wish {
            Some(id) if !self.records.contains_key(&(class, id)) => {
                self.last_id = self.last_id.max(id);
                id
            }
            Some(_) | None => self.next_id(),
        }
    }

    pub(crate) fn next_line_key(&mut self) -> u64 {
        self.last_line_key += 1;
        self.last_line_key
    }

    /// The next document number, `SO1001`.
    pub(crate) fn next_number(&mut self, kind: Kind) -> String {
        let last = self.numbers.entry(kind).or_insert(1000);
        *last += 1;
        format!("{}{last}", kind.number_prefix())
    }

    pub(crate) fn get(&self, kind: Kind, id: u64) -> Option<&Record> {
        self.records
            .get(&(kind.class(), id))
            .filter(|record| record.kind == kind)
    }

    pub(crate) fn transaction(&self, id: u64) -> Option<&Record> {
        self.records.get(&(Class::Transaction, id))
    }

    pub(crate) fn item(&self, id: u64) -> Option<&Record> {
        self.records.get(&(Class::Item, id))
    }

    pub(crate) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Record> {
        self.of_class(kind.class())
            .filter(move |record| record.kind == kind)
    }

    pub(crate) fn of_class(&self, class: Class) -> impl Iterator<Item = &Record> {
        self.records
            .range((class, 0)..=(class, u64::MAX))
            .map(|(_, record)| record)
    }

    fn external_key(&self, kind: Kind, external_id: &str) -> (Class, Option<Kind>, String) {
        let alone =
            kind.class() == Class::Transaction && !self.settings.shared_transaction_external_ids;
        (kind.class(), alone.then_some(kind), external_id.into())
    }

    /// The record that holds this external id in the kind's space; it may be of another kind.
    pub(crate) fn holder(&self, kind: Kind, external_id: &str) -> Option<u64> {
        self.external_ids
            .get(&self.external_key(kind, external_id))
            .copied()
    }

    pub(crate) fn by_external_id(&self, kind: Kind, external_id: &str) -> Option<&Record> {
        self.get(kind, self.holder(kind, external_id)?)
    }

    /// The transactions with this external id: several only where each type has a space of its own.
    pub(crate) fn with_external_id(&self, external_id: &str) -> impl Iterator<Item = &Record> {
        let ids: BTreeSet<u64> = Kind::all()
            .filter(|kind| kind.class() == Class::Transaction)
            .filter_map(|kind| self.holder(kind, external_id))
            .collect();
        ids.into_iter().filter_map(|id| self.transaction(id))
    }

    /// Stores a record that passed every rule.
    pub(crate) fn put(&mut self, record: Record) {
        let key = (record.kind.class(), record.id);
        let old = self.records.get(&key).and_then(|old| {
            old.external_id()
                .map(|external| (old.kind, external.to_owned()))
        });
        if let Some((kind, external)) = old {
            self.external_ids
                .remove(&self.external_key(kind, &external));
        }
        if let Some(external) = record.external_id() {
            self.external_ids
                .insert(self.external_key(record.kind, external), record.id);
        }
        if let Some(parent) = record.created_from() {
            self.children.entry(parent).or_default().insert(record.id);
        }
        if let Some(order) = document::record_id(&record.fields, "salesOrder") {
            self.of_order.entry(order).or_default().insert(record.id);
        }
        self.records.insert(key, record);
    }

    /// Notes that somebody saved a record, for the script.
    pub(crate) fn saved(&mut self, kind: Kind, id: u64, change: Change) {
        self.saves.push(Save { kind, id, change });
    }

    /// Who made a record: `restWebServices`, or empty for a person or NetSuite itself.
    pub(crate) fn set_source(&mut self, kind: Kind, id: u64, source: &'static str) {
        if let Some(record) = self.records.get_mut(&(kind.class(), id)) {
            record.source = source;
        }
    }

    pub(crate) fn remove(&mut self, kind: Kind, id: u64) -> Option<Record> {
        let record = self.records.remove(&(kind.class(), id))?;
        if let Some(external) = record.external_id() {
            self.external_ids.remove(&self.external_key(kind, external));
        }
        if let Some(children) = record
            .created_from()
            .and_then(|parent| self.children.get_mut(&parent))
        {
            children.remove(&id);
        }
        for deposits in self.of_order.values_mut() {
            deposits.remove(&id);
        }
        for uses in self.applied.values_mut() {
            uses.remove(&id);
        }
        Some(record)
    }

    /// The documents of one kind made from a transaction, in order of creation.
    pub(crate) fn made_from(&self, parent: u64, kind: Kind) -> impl Iterator<Item = &Record> {
        let children = self.children.get(&parent).into_iter().flatten();
        children.filter_map(move |id| self.get(kind, *id))
    }

    pub(crate) fn currency(&self, id: &str) -> Option<&Currency> {
        self.settings
            .currencies
            .iter()
            .find(|currency| currency.id == id)
    }

    /// Decimals of an amount in the record's currency.
    pub(crate) fn exponent(&self, record: &Record) -> u32 {
        self.currency(record.currency())
            .map_or(2, |currency| currency.exponent)
    }

    /// What other documents have used of this one.
    pub(crate) fn used(&self, id: u64) -> Decimal {
        self.applied
            .get(&id)
            .into_iter()
            .flat_map(BTreeMap::values)
            .sum()
    }

    /// Today, for the API user.
    pub(crate) fn today(&self) -> NaiveDate {
        now().with_timezone(&self.time_zone()).date_naive()
    }

    pub(crate) fn time_zone(&self) -> chrono_tz::Tz {
        self.settings.time_zone.parse().unwrap_or(chrono_tz::UTC)
    }
}

/// NetSuite keeps times to the second.
pub(crate) fn now() -> DateTime<Utc> {
    let now = Utc::now();
    DateTime::from_timestamp(now.timestamp(), 0).unwrap_or(now)
}
