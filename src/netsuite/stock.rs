//! Stock by SuiteQL: what is free of each item and committed to whose orders, which kits hold what, and what changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::Instant;

use super::Client;
use super::items::column;
use super::suiteql::{is_true, marks};
use crate::config::store::SkuField;
use crate::journal::Journal;
use crate::link::InternalId;
use crate::remote::{Call, Error, Outcome};

/// How many items one query carries: half of what an IN list may hold.
pub const CHUNK: usize = 500;

/// Kits in kits beyond this are taken for what they are called: a circle must end.
const DEEPEST: usize = 5;

/// An item and its stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stocked {
    pub id: InternalId,
    /// NetSuite's `itemtype`: `InvtPart`, `Kit`, `NonInvtPart`, …
    pub kind: String,
    pub inactive: bool,
    /// What stands in each of the fields asked for.
    pub skus: Vec<Option<String>>,
    /// By location.
    pub levels: BTreeMap<String, Level>,
}

impl Stocked {
    /// A kit that was made after the kits were asked for.
    #[must_use]
    pub fn is_unknown_kit(&self, kits: &Kits) -> bool {
        self.kind == "Kit" && !kits.is_kit(&self.id.0)
    }
}

/// Stock of one item at one location.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Level {
    /// On hand less all that is committed. None of a kit.
    pub available: Decimal,
    /// What is committed to the open sales orders that we wrote, by store.
    pub committed: BTreeMap<String, Decimal>,
}

/// Which kits hold which components, of the whole account.
#[derive(Debug, Default)]
pub struct Kits {
    members: BTreeMap<String, Vec<(String, Decimal)>>,
    holders: BTreeMap<String, Vec<String>>,
}

/// Items whose available quantity changed, by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Each with the time of the change as NetSuite tells it, to the second; none for an item that never moved.
    pub items: Vec<(InternalId, Option<String>)>,
    pub more: bool,
}

#[derive(Deserialize)]
struct Member {
    parentitem: String,
    item: String,
    quantity: Option<String>,
}

#[derive(Deserialize)]
struct ChangedRow {
    item: String,
    changed: Option<String>,
}

impl Kits {
    #[must_use]
    pub fn is_kit(&self, item: &str) -> bool {
        self.members.contains_key(item)
    }

    /// What one unit of an item takes from the shelves: of a kit its components, of any other the item
    /// itself. A kit in a kit is taken apart.
    #[must_use]
    pub fn pieces(&self, item: &str) -> Vec<(String, Decimal)> {
        let mut pieces = Vec::new();
        self.take_apart(item, Decimal::ONE, 0, &mut pieces);
        pieces
    }

    fn take_apart(
        &self,
        item: &str,
        count: Decimal,
        depth: usize,
        pieces: &mut Vec<(String, Decimal)>,
    ) {
        let members = self.members.get(item).filter(|_| depth < DEEPEST);
        let Some(members) = members else {
            match pieces.iter_mut().find(|(piece, _)| piece == item) {
                Some((_, all)) => *all += count,
                None => pieces.push((item.to_owned(), count)),
            }
            return;
        };
        for (member, each) in members {
            self.take_apart(member, count * each, depth + 1, pieces);
        }
    }

    /// What takes units of this item from the shelf, and how many: the item itself, and the kits with it.
    #[must_use]
    pub fn users(&self, piece: &str) -> Vec<(String, Decimal)> {
        let mut users = vec![(piece.to_owned(), Decimal::ONE)];
        let mut kits: Vec<&String> = self.holders.get(piece).into_iter().flatten().collect();
        let mut seen = 0;
        while let Some(kit) = kits.get(seen).copied() {
            let outer = self.holders.get(kit).into_iter().flatten();
            let outer: Vec<_> = outer.filter(|outer| !kits.contains(outer)).collect();
            kits.extend(outer);
            seen += 1;
        }
        for kit in kits {
            let each = self.pieces(kit).into_iter();
            let each: Decimal = each.filter(|it| it.0 == piece).map(|it| it.1).sum();
            users.push((kit.clone(), each));
        }
        users
    }
}

impl Client {
    /// These items with their stock at these locations; 500 items a query. `fields` hold SKUs;
    /// `stores` are those whose sales orders are told apart from all others.
    ///
    /// What is available and what is committed come from one query, so that an order saved meanwhile
    /// is in both or in neither.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] for a quantity that is no number.
    pub async fn stock(
        &self,
        journal: &Journal,
        items: &[&str],
        locations: &[&str],
        fields: &[SkuField],
        stores: &[&str],
    ) -> Result<Vec<Stocked>, Error> {
        let mut found: BTreeMap<String, Stocked> = BTreeMap::new();
        for chunk in items.chunks(CHUNK) {
            let query = query(fields, stores.len(), locations.len(), chunk.len())?;
            // Our sales orders are `so-<store>-<digits>`; a store's name may begin with another's.
            let prefixes: Vec<[String; 2]> = stores
                .iter()
                .map(|store| [format!("so-{store}-%"), format!("so-{store}-%-%")])
                .collect();
            let mut params: Vec<&str> = prefixes.iter().flatten().map(String::as_str).collect();
            params.extend(locations);
            params.extend(chunk);
            let rows: Vec<Value> = self.suiteql(journal, "stock", &query, &params).await?;
            for row in rows {
                let (item, location, level) =
                    read(&row, fields.len(), stores).ok_or_else(|| unreadable("stock"))?;
                let kept = found.entry(item.id.0.clone()).or_insert(item);
                kept.levels.insert(location, level);
            }
        }
        Ok(found.into_values().collect())
    }

    /// All kits of the account; kept as long as items are.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a SuiteQL read.
    pub async fn kits(&self, journal: &Journal) -> Result<Arc<Kits>, Error> {
        let mut kept = self.kits.lock().await;
        if let Some((asked, kits)) = kept.as_ref()
            && asked.elapsed() < self.items.kept_for()
        {
            return Ok(Arc::clone(kits));
        }
        let query =
            "SELECT parentitem, item, quantity FROM kititemmember ORDER BY parentitem, linenumber";
        let rows: Vec<Member> = self.suiteql(journal, "kits", query, &[]).await?;
        let mut kits = Kits::default();
        for row in rows {
            let each = row.quantity.as_deref().map_or(Ok(Decimal::ONE), str::parse);
            let each = each.map_err(|_| unreadable("kits"))?;
            let holders = kits.holders.entry(row.item.clone()).or_default();
            if !holders.contains(&row.parentitem) {
                holders.push(row.parentitem.clone());
            }
            let members = kits.members.entry(row.parentitem).or_default();
            members.push((row.item, each));
        }
        let kits = Arc::new(kits);
        *kept = Some((Instant::now(), Arc::clone(&kits)));
        Ok(kits)
    }

    /// All kits as they are now, whatever was kept.
    ///
    /// # Errors
    ///
    /// As [`Self::kits`].
    pub async fn kits_anew(&self, journal: &Journal) -> Result<Arc<Kits>, Error> {
        *self.kits.lock().await = None;
        self.kits(journal).await
    }

    /// The items whose available quantity at these locations changed from `since` to `until`, and with an id
    /// above `after`; up to 1000, by id. Without `since`, all that are stocked there.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a SuiteQL read.
    pub async fn stock_changed(
        &self,
        journal: &Journal,
        locations: &[String],
        since: Option<DateTime<Utc>>,
        until: DateTime<Utc>,
        after: Option<&str>,
    ) -> Result<Changed, Error> {
        let time = |time: DateTime<Utc>| {
            let text = time.format("%Y-%m-%d %H:%M:%S +00:00");
            format!("TO_TIMESTAMP_TZ('{text}', 'YYYY-MM-DD HH24:MI:SS TZH:TZM')")
        };
        let column = "lastquantityavailablechange";
        let window = since.map_or_else(String::new, |since| {
            let (since, until) = (time(since), time(until));
            format!(" AND {column} >= {since} AND {column} <= {until}")
        });
        let query = format!(
            "SELECT item, MAX(TO_CHAR({column}, 'YYYY-MM-DD HH24:MI:SS TZH:TZM')) AS changed \
             FROM inventoryitemlocations WHERE item > ? AND location IN ({}){window} \
             GROUP BY item ORDER BY item",
            marks(locations.len())
        );
        let mut params = vec![after.unwrap_or("0")];
        params.extend(locations.iter().map(String::as_str));
        let (rows, more): (Vec<ChangedRow>, bool) = self
            .suiteql_page(journal, "stock changes", &query, &params)
            .await?;
        let items = rows.into_iter();
        let items = items.map(|row| (InternalId(row.item), row.changed));
        Ok(Changed {
            items: items.collect(),
            more,
        })
    }
}

/// One row for each item and location, whether or not the item is stocked there.
fn query(
    fields: &[SkuField],
    stores: usize,
    locations: usize,
    items: usize,
) -> Result<String, Error> {
    let columns = fields.iter().map(column).collect::<Result<Vec<_>, _>>()?;
    let skus = columns.iter().enumerate();
    let skus: String = skus
        .map(|(index, column)| format!(", i.{column} AS sku_{index}"))
        .collect();
    let committed: String = (0..stores)
        .map(|index| {
            format!(
                ", SUM(CASE WHEN t.externalid LIKE ? AND t.externalid NOT LIKE ? \
                 THEN ABS(l.quantitycommitted) ELSE 0 END) AS committed_{index}"
            )
        })
        .collect();
    let mut grouped: Vec<&String> = columns.iter().collect();
    grouped.sort_unstable();
    grouped.dedup();
    let grouped: String = grouped
        .iter()
        .map(|column| format!(", i.{column}"))
        .collect();
    Ok(format!(
        "SELECT i.id AS item, i.itemtype, i.isinactive{skus}, p.id AS location, \
         MAX(s.quantityavailable) AS available{committed} \
         FROM item i JOIN location p ON p.id IN ({}) \
         LEFT JOIN aggregateitemlocation s ON s.item = i.id AND s.location = p.id \
         LEFT JOIN transactionline l ON l.item = i.id AND l.location = p.id AND l.quantitycommitted <> 0 \
         LEFT JOIN transaction t ON t.id = l.transaction \
         WHERE i.id IN ({}) GROUP BY i.id, i.itemtype, i.isinactive{grouped}, p.id ORDER BY i.id, p.id",
        marks(locations),
        marks(items)
    ))
}

fn read(row: &Value, fields: usize, stores: &[&str]) -> Option<(Stocked, String, Level)> {
    let text = |name: &str| row.get(name).and_then(Value::as_str);
    let number = |name: &str| match text(name) {
        Some(text) => text.parse::<Decimal>().ok(),
        None => Some(Decimal::ZERO),
    };
    let item = Stocked {
        id: InternalId(text("item")?.to_owned()),
        kind: text("itemtype").unwrap_or_default().to_owned(),
        inactive: is_true(text("isinactive")),
        skus: (0..fields)
            .map(|index| text(&format!("sku_{index}")).map(str::to_owned))
            .collect(),
        levels: BTreeMap::new(),
    };
    let level = Level {
        available: number("available")?,
        committed: stores
            .iter()
            .enumerate()
            .map(|(index, store)| {
                Some(((*store).to_owned(), number(&format!("committed_{index}"))?))
            })
            .collect::<Option<_>>()?,
    };
    Some((item, text("location")?.to_owned(), level))
}

fn unreadable(about: &str) -> Error {
    Error::Unreadable {
        call: Call(format!("POST netsuite suiteql {about}")),
        reason: "a quantity is no number, or an id is missing".to_owned(),
        outcome: Outcome::NotDone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kits(rows: &[(&str, &str, i64)]) -> Kits {
        let mut kits = Kits::default();
        for (kit, item, quantity) in rows {
            let members = kits.members.entry((*kit).to_owned()).or_default();
            members.push(((*item).to_owned(), Decimal::from(*quantity)));
            let holders = kits.holders.entry((*item).to_owned()).or_default();
            holders.push((*kit).to_owned());
        }
        kits
    }

    #[test]
    fn a_kit_in_a_kit_takes_the_components_of_both() {
        let kits = kits(&[("SET", "CUP", 2), ("GIFT", "SET", 3), ("GIFT", "CUP", 1)]);
        assert_eq!(kits.pieces("GIFT"), [("CUP".to_owned(), Decimal::from(7))]);
        let mut users = kits.users("CUP");
        users.sort();
        let expected = [("CUP", 1), ("GIFT", 7), ("SET", 2)];
        assert_eq!(
            users,
            expected.map(|(item, each)| (item.to_owned(), Decimal::from(each)))
        );
    }

    #[test]
    fn a_kit_that_holds_itself_ends() {
        let kits = kits(&[("A", "B", 1), ("B", "A", 1)]);
        assert_eq!(kits.pieces("A").len(), 1);
        assert_eq!(kits.users("A").len(), 3);
    }
}
